/**
 * Whatever is asked for after a payment, in whatever order, by however many at once, and whatever the bank does meanwhile:
 * no more is captured than was held, no more given back than was captured, and both sides' books agree.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

const RUNS = 12
const AMOUNT = 1000

type Step =
  | { path: 'captures' | 'voids' | 'refunds' | 'authorizations'; amount: number | undefined; final: boolean }
  | { path: 'reversals' }
  | { path: 'returns'; amount: number }

const amount = fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ path: fc.constantFrom('captures', 'refunds'), amount, final: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ path: fc.constant('voids'), amount, final: fc.constant(false) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      path: fc.constant('authorizations'),
      amount: fc.integer({ min: 1, max: 400 }),
      final: fc.constant(false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ path: fc.constant('reversals') }) },
  { weight: 1, arbitrary: fc.record({ path: fc.constant('returns'), amount: fc.integer({ min: 1, max: 500 }) }) },
)

/** What loses an answer, refuses or takes its time, on some of the payments. */
const switches = fc.constantFrom(
  undefined,
  'capture.drop_after_booking',
  'refund.http_500 capture.garbled',
  'refund.pending:1',
  'refund.code:20005',
  'void.unknown_code',
)

const scenario = fc.record({
  switches,
  shared: fc.boolean(),
  // Those of one group are asked for at the same moment.
  groups: fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
})

test('money is never made or lost, whatever is asked for at once', async (t) => {
  const sluice = await startSluice(t)
  await fc.assert(
    fc.asyncProperty(scenario, async ({ switches, shared, groups }) => {
      const payment = await authorized(sluice, switches, shared)
      let event = 0
      for (const group of groups) {
        const answers = await Promise.all(group.map((one) => run(sluice, payment.id, one, `e${event++}`)))
        for (const { status, text } of answers) assert.ok([200, 201, 202, 403, 422].includes(status), text)
      }
      const { balances } = await settled(sluice, payment.id)
      const ledger = (await sluice.ledger()).filter(({ of }) => of === payment.id)
      const sum = (...kinds: string[]) =>
        ledger.filter(({ kind }) => kinds.includes(kind)).reduce((total, { amount }) => total + amount, 0)
      assert.equal(balances.total_authorized, sum('authorization', 'increment'))
      assert.equal(balances.total_captured, sum('capture'))
      assert.equal(balances.total_voided, sum('void'))
      assert.equal(balances.total_refunded, sum('refund'))
      assert.ok(sum('capture', 'void') <= sum('authorization', 'increment'))
      assert.ok(sum('refund') <= sum('capture'))
      await sluice.assertSound()
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
})

function run(sluice: Sluice, id: string, one: Step, event: string) {
  if (one.path === 'returns') {
    return sluice.post(`/sandbox/payments/${id}/returns`, { amount: one.amount, event })
  }
  if (one.path === 'reversals') return sluice.post(`/payments/${id}/reversals`)
  const { path, amount, final } = one
  return sluice.post(`/payments/${id}/${path}`, {
    ...(amount !== undefined && { amount }),
    ...(path === 'captures' && final && { capture_type: 'Final' }),
  })
}

async function authorized(sluice: Sluice, switches: string | undefined, shared: boolean): Promise<Json> {
  const allocations = [
    { id: `ent_${'a'.repeat(26)}`, amount: 333 },
    { id: `ent_${'b'.repeat(26)}`, amount: AMOUNT - 333 },
  ]
  const session = await sluice.requestSession({
    amount: AMOUNT,
    capture: false,
    ...(shared && { amount_allocations: allocations }),
    ...(switches && { metadata: { sluice_simulator: switches } }),
  })
  const { body } = await sluice.submit(session, CARDS.approved)
  assert.equal(body.status, 'Approved')
  return body
}

/** Waits until nothing of the payment is under way; the clock is moved on past every pause. */
async function settled(sluice: Sluice, id: string): Promise<Json> {
  await eventually(async () => {
    const { rows } = await sluice.ctx.store.db.query<{ open: number }>({
      name: 'under_way',
      text: `
        select (select count(*) from payment_actions where state not in ('succeeded', 'failed'))
             + (select count(*) from processor_notifications where due_on is not null) as open`,
      values: [],
    })
    if (rows[0]?.open === 0) return true
    await sluice.advance('5 seconds')
    return false
  }, 30_000)
  return await sluice.payment(id)
}
