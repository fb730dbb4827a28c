/** The npm package, packed, unpacked and used as its users would: outside this repository. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeNpmPackage } from '../build/npm.ts'

const run = promisify(execFile)
const INSTALLED = join(import.meta.dirname, '../../../node_modules')
/** What a shop has beside the kit. */
const OF_THE_SHOP = ['checkout-sdk-node', 'playwright-core', '@types']

const PAYS = `
import assert from 'node:assert/strict'
import { Checkout } from 'checkout-sdk-node'
import { CARDS, createSluice } from '@sluice/testing'
import { fillCard } from '@sluice/testing/playwright'

const sluice = await createSluice()
const sdk = new Checkout(sluice.keys.secret, { pk: sluice.keys.public, host: sluice.urls.api })
const session = await sdk.paymentSessions.request({
  amount: 2500,
  currency: 'GBP',
  billing: { address: { country: 'GB' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
})
const session_data = await sluice.seal(session, CARDS.approved)
const { id } = await sdk.paymentSessions.submit(session.id, { session_data })
await sluice.waitForWebhook({ type: 'payment_captured', data: { id } }, 60_000)
const { status, amount } = await sdk.payments.get(id)
const { status: flow } = await fetch(sluice.urls.api + '/flow/index.js')
const broken = await sluice.verify()
await sluice.close()
console.log(JSON.stringify({ status, amount, flow, broken, fillCard: typeof fillCard }))
`

/** Every `@ts-expect-error` is one: where a type is lost, the line below it is right and the compiler complains. */
const COMPILES = `
import { CARDS, createSluice, type World } from '@sluice/testing'
import { fillCard } from '@sluice/testing/playwright'
import type { Page } from 'playwright-core'

export async function buy(page: Page): Promise<World> {
  const rules = [{ outcomes: [{ code: '20051', weight: 1 }] }]
  const sluice = await createSluice({ clock: 'frozen', scenario: { name: 'mine', rules } })
  await fillCard(page, { number: CARDS.approved.number })
  const hold = await sluice.hold('attempt.settled', { nth: 2 })
  await hold.release()
  // @ts-expect-error: no such seam
  await sluice.hold('nowhere')
  // @ts-expect-error: no such member
  await sluice.scenario({ name: 'mine', ruels: rules })
  // @ts-expect-error: no number
  await fillCard(page, {})
  // @ts-expect-error: no such member
  await sluice.seal({}, { number: 4242 })
  return sluice
}
`

test('the npm package is paid through by a stranger’s program, with the official SDK, and compiles in it', async (t) => {
  const app = mkdtempSync(join(tmpdir(), 'sluice-stranger-'))
  t.after(() => rmSync(app, { recursive: true, force: true }))
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  const temporary = join(app, 'temporary')
  mkdirSync(temporary)
  const kit = await install(app)

  await t.test('it takes a payment, and leaves nothing behind', async () => {
    writeFileSync(join(app, 'pay.js'), PAYS)
    const { stdout } = await run(process.execPath, ['pay.js'], { cwd: app, env: { ...process.env, TMPDIR: temporary } })
    assert.deepEqual(JSON.parse(stdout), {
      status: 'Captured',
      amount: 2500,
      flow: 200,
      broken: [],
      fillCard: 'function',
    })
    assert.deepEqual(readdirSync(temporary), [])
  })

  await t.test('its types say what it takes', async () => {
    writeFileSync(join(app, 'buy.ts'), COMPILES)
    const settings = [
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
      '--types',
      'node',
      '--strict',
    ]
    const tsc = [join(INSTALLED, 'typescript/bin/tsc'), 'buy.ts', ...settings, '--skipLibCheck', '--noEmit']
    await run(process.execPath, tsc, { cwd: app })
  })

  await t.test('nothing in it needs this repository, TypeScript or a package that is not published', () => {
    const { dependencies, private: isPrivate } = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8'))
    assert.equal(isPrivate, undefined)
    for (const name of Object.keys(dependencies)) assert.ok(!name.startsWith('@sluice/') && name !== 'vite', name)
    const files = globSync('**/*.*', { cwd: kit }).filter((path) => !path.startsWith('lib/flow/'))
    assert.deepEqual(
      files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts')),
      [],
    )
    for (const path of files.filter((one) => one.endsWith('.js'))) {
      assert.doesNotMatch(readFileSync(join(kit, path), 'utf8'), /(?:from |import\(|resolve\()'@sluice\//, path)
    }
  })
})

/** As `npm publish` and `npm install` would leave it; what it depends on is what is installed here. @returns its folder */
async function install(app: string): Promise<string> {
  const made = join(app, 'made')
  await makeNpmPackage(made)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { stdout } = await run(npm, ['pack', '--silent', '--offline', '--ignore-scripts', '--pack-destination', app], {
    cwd: made,
  })
  rmSync(made, { recursive: true })
  const kit = join(app, 'node_modules', '@sluice', 'testing')
  mkdirSync(kit, { recursive: true })
  await run('tar', ['-xzf', join(app, stdout.trim()), '-C', kit, '--strip-components=1'])
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8'))
  const platform = Object.keys(optionalDependencies).filter((name) => globSync(join(INSTALLED, name)).length > 0)
  for (const name of [...Object.keys(dependencies), ...platform, ...OF_THE_SHOP]) {
    const at = join(app, 'node_modules', name)
    mkdirSync(dirname(at), { recursive: true })
    symlinkSync(join(INSTALLED, name), at)
  }
  return kit
}
