/** An authorization is good for seven days of the merchant's time: what is not captured by then goes back to the shopper. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

test('what was not captured is released at the bank when its time comes, and not before', async (t) => {
  const sluice = await startSluice(t)
  await change(sluice, { freeze: true })
  const id = await authorize(sluice)
  const { expires_on } = await sluice.payment(id)
  await change(sluice, { to: new Date(Date.parse(expires_on) - 1).toISOString() })
  assert.equal((await sluice.payment(id)).status, 'Authorized')

  await change(sluice, { advance: 'PT0.001S' })

  const payment = await sluice.payment(id)
  assert.equal(payment.status, 'Voided')
  assert.deepEqual([payment.balances.total_voided, payment.balances.available_to_capture], [1000, 0])
  assert.equal(payment._links.capture, undefined)
  const [action] = (await sluice.get(`/payments/${id}/actions`)).body
  assert.deepEqual([action.type, action.amount, action.approved, action.processed_on], ['Void', 1000, true, expires_on])
  assert.deepEqual(await eventTypes(sluice, id), ['payment_approved', 'payment_voided'])
  assert.deepEqual(
    (await sluice.ledger()).map(({ kind, amount }) => [kind, amount]),
    [
      ['authorization', 1000],
      ['void', 1000],
    ],
  )
  await sluice.assertSound()
})

test('after a partial capture the rest is released, and more cannot be captured', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  await change(sluice, { freeze: true })
  const id = await authorize(sluice)
  const part = await sluice.post(`/payments/${id}/captures`, { amount: 300 })
  assert.equal(part.status, 202, part.text)
  await change(sluice, { advance: 'P7D' })

  const { status, balances, _links } = await sluice.payment(id)
  assert.equal(status, 'Partially Captured')
  assert.deepEqual([balances.total_captured, balances.total_voided, balances.available_to_capture], [300, 700, 0])
  assert.equal(_links.capture, undefined)
  assert.deepEqual(await eventTypes(sluice, id), ['payment_approved', 'payment_captured', 'payment_voided'])
  await sluice.assertSound()
})

test('a capture after the end is refused, also when nothing was released yet', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  await change(sluice, { freeze: true })
  const id = await authorize(sluice)
  await sleepEightDays(sluice)
  const early = await sluice.post(`/payments/${id}/captures`, {})
  assert.deepEqual([early.status, early.body.error_codes], [422, ['payment_expired']])
  await change(sluice, { advance: 'PT0S' })
  const late = await sluice.post(`/payments/${id}/captures`, { amount: 1 })
  assert.deepEqual([late.status, late.body.error_codes], [422, ['payment_expired']])
  assert.equal((await sluice.payment(id)).status, 'Voided')
  await sluice.assertSound()
})

test('a captured payment has nothing left to release', async (t) => {
  const sluice = await startSluice(t)
  const { body } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  await change(sluice, { advance: 'P8D' })
  assert.equal((await sluice.payment(body.id)).status, 'Captured')
  assert.deepEqual(await eventTypes(sluice, body.id), ['payment_approved', 'payment_captured'])
  await sluice.assertSound()
})

test('what a reversal is going to release is not captured when the time that was set for it comes', async (t) => {
  const sluice = await startSluice(t)
  const capture_on = new Date(Date.now() + 86_400_000).toISOString()
  const metadata = { sluice_simulator: 'refund.pending:172800' }
  const { body } = await sluice.submit(await sluice.requestSession({ capture_on, metadata }), CARDS.approved)
  await sluice.post(`/payments/${body.id}/captures`, { amount: 400 })
  await eventually(async () => (await sluice.payment(body.id)).balances.total_captured === 400)
  assert.equal((await sluice.post(`/payments/${body.id}/reversals`)).status, 202)
  await sluice.post('/sandbox/clock', { advance: 'P5D' })
  const { balances } = await sluice.payment(body.id)
  assert.deepEqual([balances.total_captured, balances.total_refunded, balances.total_voided], [400, 400, 600])
  await sluice.assertSound()
})

test('a capture put off to the last moment comes before the release, also when both were slept through', async (t) => {
  const sluice = await startSluice(t)
  const { now } = await change(sluice, { freeze: true })
  const capture_on = new Date(Date.parse(now) + 7 * 86_400_000 - 1).toISOString()
  const { body: intime } = await sluice.submit(await sluice.requestSession({ capture_on }), CARDS.approved)
  await change(sluice, { to: new Date(Date.parse(now) + 8 * 86_400_000).toISOString() })
  assert.deepEqual(await eventTypes(sluice, intime.id), ['payment_approved', 'payment_captured'])

  const later = new Date(Date.parse(now) + 15 * 86_400_000 - 1).toISOString()
  const { body: late } = await sluice.submit(await sluice.requestSession({ capture_on: later }), CARDS.approved)
  await sleepEightDays(sluice)
  await eventually(async () => (await sluice.payment(late.id)).status === 'Voided')
  // The bank keeps no hold for so long: it is asked first all the same.
  assert.deepEqual(await eventTypes(sluice, late.id), [
    'payment_approved',
    'payment_capture_declined',
    'payment_voided',
  ])
  await sluice.assertSound()
})

test('a capture on its way keeps its amount; when the bank declines it, that is released, too', async (t) => {
  let sent = 0
  const held = Promise.withResolvers<void>()
  const sluice = await startSluice(t, {
    seam: (name) => {
      // The first message is the authorization, the second its capture.
      if (name === 'processor.answered' && ++sent === 2) return held.promise
    },
  })
  await change(sluice, { freeze: true })
  const metadata = { sluice_simulator: 'capture.code:20005' }
  const { body } = await sluice.submit(await sluice.requestSession({ metadata }), CARDS.approved)
  await eventually(async () => sent === 2)
  await sleepEightDays(sluice)
  assert.equal(await sluice.ctx.dueWork.run(await entityKey(sluice)), 0, 'all of it is on its way')
  assert.deepEqual(await eventTypes(sluice, body.id), ['payment_approved'])

  held.resolve()

  await eventually(async () => (await sluice.payment(body.id)).status === 'Voided')
  assert.deepEqual(await eventTypes(sluice, body.id), [
    'payment_approved',
    'payment_capture_declined',
    'payment_voided',
  ])
  await sluice.assertSound()
})

test('eight who look at once release it once', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  const id = await authorize(sluice)
  await sleepEightDays(sluice)
  const key = await entityKey(sluice)
  await Promise.all(Array.from({ length: 8 }, () => sluice.ctx.dueWork.run(key)))
  await change(sluice, { advance: 'PT0S' })
  assert.deepEqual(await eventTypes(sluice, id), ['payment_approved', 'payment_voided'])
  assert.equal((await sluice.ledger()).filter(({ kind }) => kind === 'void').length, 1)
  await sluice.assertSound()
})

test('a bank that does not release it: the amount stays reserved, a person is told, and it is tried every hour', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  await change(sluice, { freeze: true })
  const id = await authorize(sluice, { sluice_simulator: 'void.code:20005' })
  await change(sluice, { advance: 'P7DT3H' })
  const { rows } = await sluice.ctx.store.db.query<{ voiding: number; review: string; asked: number }>({
    name: 'test_refused_void',
    text: `select p.voiding, p.review, a.asked
             from payments p join payment_actions a on a.entity_key = p.entity_key and a.payment_id = p.id and a.kind = 'void'
            where p.id = $1`,
    values: [uuidOf('payment', id)],
  })
  assert.deepEqual(rows, [
    { voiding: 1000, review: 'the processor does not release an authorization whose time is over', asked: 4 },
  ])
  assert.equal((await sluice.payment(id)).balances.available_to_capture, 0)
  await sluice.assertSound()
})

test('a processor that lets go by itself is not told', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  const id = await authorize(sluice)
  await sluice.ctx.store.db.query({
    name: 'test_by_itself',
    text: `update payments set processor = processor || '{"authorization_ends": "by_itself"}' where id = $1`,
    values: [uuidOf('payment', id)],
  })
  await change(sluice, { advance: 'P8D' })
  assert.equal((await sluice.payment(id)).status, 'Voided')
  assert.deepEqual(await eventTypes(sluice, id), ['payment_approved', 'payment_voided'])
  assert.deepEqual(
    (await sluice.ledger()).map(({ kind }) => kind),
    ['authorization'],
  )
})

/** Takes a payment that is authorized and not captured. Its id. */
async function authorize(sluice: Sluice, metadata: object = {}): Promise<string> {
  const { status, text, body } = await sluice.submit(
    await sluice.requestSession({ capture: false, metadata }),
    CARDS.approved,
  )
  assert.equal(status, 201, text)
  return body.id
}

async function change(sluice: Sluice, body: object): Promise<Json> {
  const answer = await sluice.post('/sandbox/clock', body)
  assert.equal(answer.status, 200, `${JSON.stringify(body)}: ${answer.text}`)
  return answer.body
}

/** Moves the clock and does nothing of what falls due on the way: as if the servers had been down for so long. */
async function sleepEightDays(sluice: Sluice): Promise<void> {
  const key = await entityKey(sluice)
  const { now } = await sluice.ctx.store.readClock(key)
  await sluice.ctx.store.moveClock(key, new Date(now.getTime() + 8 * 86_400_000))
}

async function entityKey(sluice: Sluice): Promise<number> {
  const { rows } = await sluice.ctx.store.db.query<{ entity_key: number }>({
    name: 'test_entity_key',
    text: 'select min(entity_key) as entity_key from entities',
    values: [],
  })
  return (rows[0] as { entity_key: number }).entity_key
}

/** What merchants hear of a payment, in its order. */
async function eventTypes(sluice: Sluice, paymentId: string): Promise<string[]> {
  const { rows } = await sluice.ctx.store.db.query<{ type: string }>({
    name: 'test_event_types',
    text: `select type from events where subject_id = $1 and source = 'gateway' order by version`,
    values: [uuidOf('payment', paymentId)],
  })
  return rows.map(({ type }) => type)
}
