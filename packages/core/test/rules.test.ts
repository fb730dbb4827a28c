import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CURRENCIES } from '../src/currencies.ts'
import {
  attemptProblems,
  browserSubmitProblems,
  completeSessionProblems,
  createSessionProblems,
  paymentBody,
  RULE_CODES,
  settledMemberProblems,
  updateSessionProblems,
  SANDBOX_AMOUNT_RULES,
  strictLocaleProblems,
} from '../src/wire/rules.ts'
import { possibleCodes } from '../src/wire/codes.ts'
import { SubmitSessionBody } from '../src/wire/submit.ts'
import { BODIES, smallestBody } from './bodies.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const DAY_MS = 24 * 60 * 60 * 1000
const OPTIONS = { now: NOW, channelRequired: false, amountRules: SANDBOX_AMOUNT_RULES, refuseCardNumbersInText: true }
const ENTITY = `ent_${'a'.repeat(26)}`

const problems = (changes: Record<string, unknown>, options = {}) =>
  createSessionProblems(smallestBody(changes), { ...OPTIONS, ...options })
const at = (milliseconds: number) => new Date(milliseconds).toISOString()

test('the smallest body breaks no rule', () => {
  assert.deepEqual(problems({}), [])
})

test('an amount is at most what the processor takes', () => {
  assert.deepEqual(problems({ amount: 999_999_999 }), [])
  assert.deepEqual(problems({ amount: 1_000_000_000 }), ['amount_invalid'])
  const own = { amountRules: { maxAmount: 10_000_000_000, roundsThreeDecimals: false } }
  assert.deepEqual(problems({ amount: 10_000_000_000 }, own), [])
  assert.deepEqual(problems({ amount: 10_000_000_001 }, own), ['amount_invalid'])
})

test('amounts of three-decimal currencies end in 0 where the processor rounds them, and only those', () => {
  for (const { code, exponent } of CURRENCIES.values()) {
    assert.deepEqual(problems({ amount: 1230, currency: code }), [])
    assert.deepEqual(problems({ amount: 1234, currency: code }), exponent === 3 ? ['amount_invalid'] : [])
  }
  const exact = { amountRules: { maxAmount: 999_999_999, roundsThreeDecimals: false } }
  assert.deepEqual(problems({ amount: 1234, currency: 'KWD' }, exact), [])
})

test('a session expires after now and within 30 days', () => {
  for (const [moment, codes] of [
    [NOW - 1, ['expires_on_invalid']],
    [NOW, ['expires_on_invalid']],
    [NOW + 1, []],
    [NOW + 30 * DAY_MS, []],
    [NOW + 30 * DAY_MS + 1, ['expires_on_invalid']],
  ] as const) {
    assert.deepEqual(problems({ expires_on: at(moment) }), codes)
  }
})

test('a capture is not planned for the past', () => {
  assert.deepEqual(problems({ capture_on: at(NOW - 1) }), ['capture_on_invalid'])
  assert.deepEqual(problems({ capture_on: at(NOW) }), [])
  assert.deepEqual(problems({ capture_on: at(NOW + 365 * DAY_MS) }), [])
})

test('on submit a capture may be planned for the past: it happens at once', () => {
  assert.deepEqual(attemptProblems(smallestBody(), { capture_on: at(NOW - DAY_MS) }, OPTIONS), [])
})

test('shares of sub-entities add up to the amount', () => {
  const shares = (...amounts: number[]) => ({ amount_allocations: amounts.map((amount) => ({ id: ENTITY, amount })) })
  assert.deepEqual(problems(shares(1000)), [])
  assert.deepEqual(problems(shares(400, 600, 0)), [])
  assert.deepEqual(problems(shares(400, 601)), ['amount_allocations_sum_invalid'])
  assert.deepEqual(problems({ ...shares(0), amount: 0 }), [])
})

test('an amount that is replaced on submit needs shares that add up to it', () => {
  const session = smallestBody({ amount_allocations: [{ id: ENTITY, amount: 1000 }] })
  const shares = (amount: number) => ({ amount_allocations: [{ id: ENTITY, amount }] })
  assert.deepEqual(attemptProblems(session, { amount: 900 }, OPTIONS), ['amount_allocations_sum_invalid'])
  assert.deepEqual(attemptProblems(session, { amount: 1000 }, OPTIONS), [])
  assert.deepEqual(attemptProblems(session, { amount: 900, ...shares(900) }, OPTIONS), [])
  assert.deepEqual(attemptProblems(session, shares(900), OPTIONS), ['amount_allocations_sum_invalid'])
  assert.deepEqual(attemptProblems(session, { reference: 'other' }, OPTIONS), [])
})

test('an amount or currency that is replaced on submit keeps to the rules of amounts', () => {
  assert.deepEqual(attemptProblems(smallestBody(), { amount: 1_000_000_000 }, OPTIONS), ['amount_invalid'])
  assert.deepEqual(attemptProblems(smallestBody({ amount: 1234 }), { currency: 'KWD' }, OPTIONS), ['amount_invalid'])
  assert.deepEqual(attemptProblems(smallestBody({ amount: 1234 }), { currency: 'EUR' }, OPTIONS), [])
})

test('the total of a line is quantity times unit price, less the discount', () => {
  const line = { quantity: 3, unit_price: 500, total_amount: 1500 }
  assert.deepEqual(problems({ items: [line] }), [])
  assert.deepEqual(problems({ items: [{ ...line, discount_amount: 100 }] }), ['items_total_amount_invalid'])
  assert.deepEqual(problems({ items: [{ ...line, discount_amount: 100, total_amount: 1400 }] }), [])
  assert.deepEqual(problems({ items: [line, { ...line, total_amount: 1501 }] }), ['items_total_amount_invalid'])
  assert.deepEqual(problems({ items: [{ unit_price: 500, total_amount: 7 }] }), [])
  const large = 999_999_999_999
  assert.deepEqual(problems({ items: [{ quantity: 2_147_483_647, unit_price: large, total_amount: large }] }), [
    'items_total_amount_invalid',
  ])
  assert.deepEqual(attemptProblems(smallestBody(), { items: [{ ...line, total_amount: 1 }] }, OPTIONS), [
    'items_total_amount_invalid',
  ])
})

test('whoever asks for Tamara by name names the customer', () => {
  assert.deepEqual(problems({ enabled_payment_methods: ['card', 'tamara'] }), ['customer_required'])
  assert.deepEqual(problems({ enabled_payment_methods: ['tamara'], customer: { name: 'A' } }), [])
  assert.deepEqual(problems({ enabled_payment_methods: ['card'] }), [])
})

test('a channel is named where there are several', () => {
  assert.deepEqual(problems({}, { channelRequired: true }), ['processing_channel_id_required'])
  assert.deepEqual(problems({ processing_channel_id: `pc_${'a'.repeat(26)}` }, { channelRequired: true }), [])
})

test('an operating system is named unless the shopper is on the web', () => {
  for (const [processing, codes] of [
    [{ terminal_type: 'APP' }, ['processing_os_type_required']],
    [{ terminal_type: 'WAP' }, ['processing_os_type_required']],
    [{ terminal_type: 'WAP', os_type: 'IOS' }, []],
    [{ terminal_type: 'WEB' }, []],
    [{}, []],
  ] as const) {
    assert.deepEqual(problems({ processing }), codes)
  }
})

test('an individual who sends money has a name and an address, others have not', () => {
  assert.deepEqual(problems({ sender: { type: 'individual' } }), [
    'sender_first_name_required',
    'sender_last_name_required',
    'sender_address_required',
  ])
  assert.deepEqual(problems({ sender: { type: 'individual', first_name: 'A', last_name: 'B', address: {} } }), [])
  for (const type of ['corporate', 'government', 'instrument', undefined]) {
    assert.deepEqual(problems({ sender: { type } }), [])
  }
})

test('a corporate or government account holder has a company name', () => {
  for (const method of ['card', 'applepay', 'googlepay']) {
    const holder = (account_holder: object) => ({ payment_method_configuration: { [method]: { account_holder } } })
    const code = `payment_method_configuration_${method}_account_holder_company_name_required`
    assert.deepEqual(problems(holder({ type: 'corporate' })), [code])
    assert.deepEqual(problems(holder({ type: 'government' })), [code])
    assert.deepEqual(problems(holder({ type: 'corporate', company_name: 'A Ltd' })), [])
    assert.deepEqual(problems(holder({ type: 'individual' })), [])
  }
})

test('a card number in free text is refused, unless the setting allows it', () => {
  assert.deepEqual(problems({ description: '4242 4242 4242 4242' }), ['description_invalid'])
  assert.deepEqual(problems({ description: '4242 4242 4242 4242' }, { refuseCardNumbersInText: false }), [])
  assert.deepEqual(attemptProblems(smallestBody(), { reference: '4242424242424242' }, OPTIONS), ['reference_invalid'])
})

test('all broken rules of a body come back at once, in the order of the schema', () => {
  const broken = {
    amount: 1_000_000_000,
    capture_on: at(NOW - 1),
    expires_on: at(NOW - 1),
    enabled_payment_methods: ['tamara'],
    amount_allocations: [{ id: ENTITY, amount: 1 }],
    description: '4242424242424242',
    processing: { terminal_type: 'APP' },
  }
  assert.deepEqual(problems(broken, { channelRequired: true }), [
    'amount_invalid',
    'description_invalid',
    'customer_required',
    'processing_os_type_required',
    'processing_channel_id_required',
    'expires_on_invalid',
    'amount_allocations_sum_invalid',
    'capture_on_invalid',
  ])
})

test('a complete keeps to the rules of a create', () => {
  const body = smallestBody({ session_data: 'x', capture_on: at(NOW - 1), amount: 1_000_000_000 })
  assert.deepEqual(completeSessionProblems(body, OPTIONS), ['amount_invalid', 'capture_on_invalid'])
})

for (const name of Object.keys(SubmitSessionBody.properties).filter((member) => member !== 'session_data')) {
  const code = `${name === '3ds' ? 'three_ds' : name}_not_allowed`
  test(`${code}: a browser may not send ${name}, whatever its value`, () => {
    for (const value of [1, null, {}, 'x']) {
      assert.deepEqual(browserSubmitProblems({ session_data: 'x', [name]: value }), [code])
    }
  })
}

test('a browser may send session_data, and what we do not know is ignored', () => {
  assert.deepEqual(browserSubmitProblems({ session_data: 'x', locale: 'en-GB', colour: 'red' }), [])
  for (const body of [null, undefined, [], 'x']) assert.deepEqual(browserSubmitProblems(body), [])
})

test('a locale on submit is refused only in strict mode', () => {
  assert.deepEqual(strictLocaleProblems({ session_data: 'x', locale: 'en-GB' }), ['locale_invalid'])
  assert.deepEqual(strictLocaleProblems({ session_data: 'x' }), [])
})

test('what is sent on submit replaces whole members of the session for this attempt, and nothing else', () => {
  const session = Object.freeze(
    smallestBody({ reference: 'A', '3ds': { enabled: true, attempt_n3d: true }, metadata: { a: 1 } }),
  )
  const attempt = paymentBody(session, { session_data: 'x', amount: 5, '3ds': { enabled: false } })
  assert.deepEqual(attempt, { ...session, amount: 5, '3ds': { enabled: false } })
  assert.deepEqual(paymentBody(session, { session_data: 'x' }), session)
})

test('a time of capture, from session or submit, means that the payment is captured', () => {
  const captureOn = at(NOW + DAY_MS)
  assert.equal(paymentBody(smallestBody({ capture: false }), { capture_on: captureOn }).capture, true)
  assert.equal(paymentBody(smallestBody({ capture_on: captureOn }), { capture: false }).capture, true)
  assert.equal(paymentBody(smallestBody({ capture: true }), { capture: false }).capture, false)
  assert.equal(paymentBody(smallestBody(), {}).capture, undefined)
})

test('the codes of rules are told apart from those of the schema', () => {
  for (const kind of ['create', 'complete', 'submit'] as const) {
    const ofSchema = new Set(possibleCodes(BODIES[kind]))
    assert.deepEqual(
      RULE_CODES[kind].filter((code) => ofSchema.has(code)),
      [],
    )
  }
  assert.ok(RULE_CODES.browserSubmit.includes('three_ds_not_allowed'))
})

test('a change of a session is checked as the session would be after it', () => {
  const options = { amountRules: SANDBOX_AMOUNT_RULES, refuseCardNumbersInText: true }
  const shares = [{ id: `ent_${'a'.repeat(26)}`, amount: 1000 }]
  const session = smallestBody({ amount: 1000, currency: 'KWD', amount_allocations: shares })
  const codes = (body: object) => updateSessionProblems(session, body, options)
  assert.deepEqual(codes({ reference: 'B', payable: false }), [])
  assert.deepEqual(codes({ amount: 1001 }), ['amount_invalid', 'amount_allocations_sum_invalid'])
  assert.deepEqual(codes({ amount: 10 }), ['amount_allocations_sum_invalid'])
  assert.deepEqual(codes({ amount: 10, amount_allocations: [{ ...shares[0], amount: 10 }] }), [])
  assert.deepEqual(codes({ items: [{ quantity: 2, unit_price: 3, total_amount: 7 }] }), ['items_total_amount_invalid'])
  assert.deepEqual(codes({ reference: '4242424242424242' }), ['reference_invalid'])
  assert.deepEqual(codes([]), [])
})

test('what is settled when a session is made is refused in a change, whatever its value', () => {
  assert.deepEqual(settledMemberProblems({ amount: 1, '3ds': null, expires_on: 'x', unknown: 1 }), [
    'expires_on_not_allowed',
    'three_ds_not_allowed',
  ])
  assert.deepEqual(settledMemberProblems(null), [])
})
