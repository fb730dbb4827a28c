/** The short torture; `torture.ts` is the long one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { torture } from '../support/crash-torture.ts'

test('a server killed twelve times under load charges nobody twice, loses no answer and leaves nothing stuck', async (t) => {
  const result = await torture(t, { kills: 12, shoppers: 8, seed: 'short', log: (line) => t.diagnostic(line) })
  t.diagnostic(JSON.stringify(result))
  assert.ok(result.cut > 0, 'no kill ever hit a request')
  assert.ok(result.approved > 0 && result.declined > 0)
})
