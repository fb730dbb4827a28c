import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commissionOf, shareByWeight, sharesById, sumOf } from '../src/allocations.ts'
import { type OperablePayment, possibleOperations } from '../src/operations.ts'
import { CaptureBody, operationProblems } from '../src/wire/operations.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const HELD: OperablePayment = {
  phase: 'authorized',
  method: 'card',
  requested: 100,
  authorized: 100,
  capturing: 0,
  captured: 0,
  voiding: 0,
  voided: 0,
  refunding: 0,
  refunded: 0,
  returned: 0,
  chargedBack: 0,
  authUntil: new Date('2026-11-29T12:00:00Z'),
  processedOn: NOW,
  requestedOn: NOW,
  now: NOW,
  request: {},
}
const ABLE = { multiCapture: true, partialVoid: true, increment: true, refundWindowDays: 180 }

test('shares add up to the amount, and no share is more than its weight', () => {
  const weights = fc.array(fc.nat({ max: 999_999_999 }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, noNaN: true }), (of, part) => {
      const total = of.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const amount = Math.floor(total * part)
      const shares = shareByWeight(amount, of)
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        amount,
      )
      for (const [place, share] of shares.entries()) assert.ok(share >= 0 && share <= (of[place] as number))
    }),
  )
})

test('the largest remainder gets the odd unit, of equal ones the first', () => {
  assert.deepEqual(shareByWeight(100, [1, 1, 1]), [34, 33, 33])
  assert.deepEqual(shareByWeight(10, [667, 333]), [7, 3])
  assert.deepEqual(shareByWeight(999_999_999_999, [1, 2]), [333_333_333_333, 666_666_666_666])
  assert.throws(() => shareByWeight(1, [0, 0]), RangeError)
})

test('a commission is a fixed amount and a percentage, and never more than the share', () => {
  assert.equal(commissionOf(1000, { amount: 10, percentage: 1.5 }), 25)
  assert.equal(commissionOf(5, { amount: 10 }), 5)
  assert.equal(commissionOf(0, { amount: 10 }), 0)
  assert.equal(commissionOf(1000, undefined), 0)
  assert.equal(sumOf([{ amount: 1 }, { amount: 2 }]), 3)
  assert.deepEqual([...sharesById([[{ id: 'a', amount: 1 }], [{ id: 'a', amount: 2 }]])], [['a', 3]])
})

test('what is possible follows from phase, amounts, time and the processor', () => {
  const names = (payment: Partial<OperablePayment>, able = ABLE) =>
    Object.entries(possibleOperations({ ...HELD, ...payment }, able))
      .filter(([, possible]) => possible)
      .map(([name]) => name)
  assert.deepEqual(names({}), ['capture', 'void', 'authorize'])
  assert.deepEqual(names({ request: { authorization_type: 'Final' } }), ['capture', 'void'])
  assert.deepEqual(names({ captured: 40 }), ['capture', 'void', 'refund', 'authorize'])
  assert.deepEqual(names({ captured: 40 }, { ...ABLE, multiCapture: false, increment: false }), ['void', 'refund'])
  assert.deepEqual(names({ capturing: 100 }), [])
  assert.deepEqual(names({ captured: 100 }), ['refund'])
  assert.deepEqual(names({ captured: 100, returned: 100 }), [])
  assert.deepEqual(names({ authUntil: NOW }), ['void'])
  assert.deepEqual(names({ captured: 100, now: new Date('2027-05-22T12:00:00Z') }), [])
  for (const phase of ['declined', 'verified', 'pending', 'in_doubt'] as const) assert.deepEqual(names({ phase }), [])
})

test('an amount is right for its currency and its processor', () => {
  const rules = { maxAmount: 5000, roundsThreeDecimals: true }
  const codes = (amount: unknown, currency: string) => operationProblems(CaptureBody, { amount }, currency, rules, true)
  assert.deepEqual(codes(1234, 'GBP'), [])
  assert.deepEqual(codes(1234, 'JPY'), [])
  assert.deepEqual(codes(1230, 'KWD'), [])
  assert.deepEqual(codes(1234, 'KWD'), ['amount_invalid'])
  assert.deepEqual(codes(5001, 'GBP'), ['amount_invalid'])
  assert.deepEqual(codes(undefined, 'KWD'), [])
  assert.deepEqual(codes('1234', 'KWD'), [], 'a wrong type is the schema’s business')
  const text = { reference: '4242 4242 4242 4242' }
  assert.deepEqual(operationProblems(CaptureBody, text, 'GBP', rules, true), ['reference_invalid'])
  assert.deepEqual(operationProblems(CaptureBody, text, 'GBP', rules, false), [])
})

test('while it waits, a payment can be voided where its method allows it', () => {
  const offered = (phase: OperablePayment['phase'], method: string) =>
    possibleOperations({ ...HELD, phase, method, authorized: 0 }, ABLE).void
  assert.ok(offered('pending', 'sepa') && offered('pending', 'paynow') && offered('redirected', 'gcash'))
  assert.ok(!offered('pending', 'multibanco') && !offered('redirected', 'ideal') && !offered('pending', 'card'))
  assert.ok(!offered('declined', 'sepa') && !offered('cancelled', 'paynow'))
})
