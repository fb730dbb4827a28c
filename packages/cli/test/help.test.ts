import assert from 'node:assert/strict'
import test from 'node:test'
import { run } from './support.ts'

test('the help of a command names what each flag takes', async () => {
  const { out } = await run(['start', '--help']).ended
  for (const flag of ['--port <number>', '--mode <sandbox|production>', '--data-dir <folder>', '--tls [true|false]']) {
    assert.ok(out.includes(flag), flag)
  }
  assert.doesNotMatch(out, /preset|<value>/)
  const sealing = (await run(['session-data', '--help']).ended).out
  assert.match(sealing, /--cvv <digits> .*default: "100"/)
})
