/** The one test that sits a lease out: the others end leases by SQL, and this shows that waiting does the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from '../support/cards.ts'
import { startKillable } from '../support/crash.ts'

/** One attempt may be worked on for so long before somebody else takes it over. */
const LEASE_S = 30
/** The reconciler looks twice a second; the rest is for a busy machine. */
const MARGIN_S = 8

test('after a kill a repeat is told how long to wait, and once the lease is over it gets the answer', async (t) => {
  const sluice = await startKillable(t)
  await sluice.start({ holdAt: 'processor.answered' })
  const world = await sluice.world('A')
  const session = await world.requestSession()
  const body = { session_data: await world.seal(session, CARDS.approved) }
  const submit = () => world.post(`/payment-sessions/${session.id}/submit`, body)

  const begunAt = performance.now()
  const lost = assert.rejects(submit())
  await sluice.held(1)
  await sluice.kill()
  await lost
  await sluice.start()
  const { id } = await world.payment(session.id)

  let answer = await submit()
  let refusals = 0
  while (answer.status === 429) {
    refusals += 1
    assert.equal(answer.body.error_type, 'duplicate_requests_detected')
    assert.deepEqual(answer.body.error_codes, ['session_already_in_use'])
    const retryAfterS = Number(answer.headers.get('retry-after'))
    assert.ok(retryAfterS >= 1 && retryAfterS <= LEASE_S, `retry-after: ${retryAfterS}`)
    const elapsedS = (performance.now() - begunAt) / 1000
    assert.ok(elapsedS < LEASE_S + MARGIN_S, 'a 429 must not outlive the lease')
    // In the last moments the reconciler may end it between the answer and this look.
    if (elapsedS < LEASE_S - MARGIN_S) assert.equal((await world.attempt(id)).phase, 'sending', 'a 429 changes nothing')
    await new Promise((resolve) => setTimeout(resolve, retryAfterS * 1000))
    answer = await submit()
  }

  assert.ok(refusals > 0)
  const elapsedS = (performance.now() - begunAt) / 1000
  assert.ok(elapsedS > LEASE_S - 1 && elapsedS < LEASE_S + MARGIN_S, `answered after ${elapsedS} s`)
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(answer.body, { id, status: 'Approved', type: 'card' })
  assert.equal(await world.heldAuthorizations(), 1)
  await sluice.assertSound()
})
