import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SESSION_BODY, startSluice } from './support/sluice.ts'

const PAY = fileURLToPath(new URL('../examples/server-node/pay.js', import.meta.url))

test('the example pays with a secret key and with OAuth, and reads both payments back as captured', async (t) => {
  const sluice = await startSluice(t)

  const { code, stdout, stderr } = await run(PAY, { SLUICE_API: sluice.urls.api })

  assert.equal(code, 0, stderr)
  assert.equal(stderr, '')
  const once = [
    /^ {2}session {3}ps_[a-z2-7]{26}$/,
    /^ {2}payment {3}pay_[a-z2-7]{26}$/,
    /^ {2}submit {4}Approved$/,
    /^ {2}read back Captured, 10\.00 of 10\.00 GBP captured$/,
  ]
  const lines = stdout.trimEnd().split('\n')
  const wanted = [/^With a secret key$/, ...once, /^With OAuth client credentials$/, ...once]
  assert.equal(lines.length, wanted.length, stdout)
  for (const [at, pattern] of wanted.entries()) assert.match(lines[at] as string, pattern)

  for (const id of stdout.match(/pay_[a-z2-7]{26}/g) as string[]) {
    const payment = await sluice.payment(id)
    assert.equal(payment.amount, SESSION_BODY.amount)
    assert.equal(payment.status, 'Captured')
  }
})

test('the example shows a decline with its reason', async (t) => {
  const sluice = await startSluice(t)

  const { code, stdout } = await run(PAY, { SLUICE_API: sluice.urls.api, SLUICE_CARD: '4544249167673670' })

  assert.equal(code, 0)
  assert.match(stdout, /submit {4}Declined: Insufficient Funds/i)
  assert.match(stdout, /read back Declined, 0\.00 of 10\.00 GBP captured/)
})

test('the example ends with one line and exit code 1 when nobody listens', async () => {
  const { code, stderr } = await run(PAY, { SLUICE_API: 'http://localhost:1' })

  assert.equal(code, 1)
  assert.match(stderr, /^Failed: .*Is Sluice running at http:\/\/localhost:1\?\n$/)
})

/** Runs a script as its reader would: under the `node` that happens to be there, which may be older than the tests'. */
function run(script: string, env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      'node',
      [script],
      { env: { ...process.env, ...env }, timeout: 60_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
