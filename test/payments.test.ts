import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from './support/cards.ts'
import { eventually, startSluice } from './support/sluice.ts'

test('an approved payment is captured a moment later, and both are told', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()

  const answer = await sluice.submit(session, CARDS.approved)

  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(Object.keys(answer.body), ['id', 'status', 'type'])
  assert.equal(answer.body.status, 'Approved')
  const payment = await eventually(async () => {
    const now = await sluice.payment(answer.body.id)
    return now.status === 'Captured' && now
  })
  assert.equal(payment.balances.total_captured, 1000)
  assert.equal(payment.metadata.cko_payment_session_id, session.id)
})
