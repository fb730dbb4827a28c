/** The npm package, made and used as its users would: outside this repository. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { makeNpmPackage } from '../build/npm.ts'

const run = promisify(execFile)
const TSC = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')

const PROGRAM = `
import { CardScheme, CheckoutLoaderError, configure, handleReturn, loadCheckoutWebComponents, type Options } from '@sluice/flow'

configure({ scriptUrl: 'https://api.example/flow/index.js' })
export const options: Options = { publicKey: 'pk_sbox_x', componentOptions: { card: { acceptedCardSchemes: [CardScheme.Visa] } } }
export const found: { paymentId?: string } | undefined = handleReturn('?cko-payment-id=pay_x')
loadCheckoutWebComponents(options).catch((error: unknown) => {
  console.log(error instanceof CheckoutLoaderError && error.code)
})
`

test('the npm package compiles in a stranger’s program, strictly, and runs there', async (t) => {
  const app = await strangersApp(t)

  writeFileSync(join(app, 'shop.ts'), PROGRAM)
  const settings = ['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom', '--strict', '--types', '']
  await run(process.execPath, [TSC, join(app, 'shop.ts'), ...settings], { cwd: app })
  const { stdout } = await run(process.execPath, [join(app, 'shop.js')])

  assert.equal(stdout.trim(), 'browser_environment_required')
})

test('a mistake in the options is found by the types of the npm package', async (t) => {
  const app = await strangersApp(t)

  writeFileSync(join(app, 'shop.ts'), PROGRAM.replace("publicKey: 'pk_sbox_x'", 'publicKey: 42'))
  const compiled = run(process.execPath, [TSC, join(app, 'shop.ts'), '--module', 'nodenext', '--noEmit'], { cwd: app })

  await assert.rejects(compiled, ({ stdout }) => /'number' is not assignable to type 'string'/.test(stdout))
})

/** A folder of somebody else's with the package installed, as `npm publish` and `npm install` would leave it. */
async function strangersApp(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-npm-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const installed = join(folder, 'node_modules', '@sluice', 'flow')
  mkdirSync(installed, { recursive: true })
  await makeNpmPackage(installed)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}
