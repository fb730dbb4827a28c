import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CURRENCIES } from '../src/currencies.ts'
import { METHOD_NAMES } from '../src/payment-methods.ts'
import { cardNumbersInText } from '../src/wire/card-numbers.ts'
import { clean } from '../src/wire/clean.ts'
import { type JsonSchema, membersOf } from '../src/wire/codes.ts'
import {
  attemptProblems,
  completeSessionProblems,
  createSessionProblems,
  SANDBOX_AMOUNT_RULES,
} from '../src/wire/rules.ts'
import { anyBody, BODIES, codesFor, smallestBody } from './bodies.ts'

const RULES = { now: Date.UTC(2026, 10, 22), amountRules: SANDBOX_AMOUNT_RULES, refuseCardNumbersInText: true }

test('the smallest body is right', () => {
  assert.deepEqual(codesFor(BODIES.create, smallestBody()), [])
})

test('bodies the official clients are known to send are right', () => {
  const phone = { country_code: '+1', number: '415 555 2671' }
  assert.deepEqual(
    codesFor(
      BODIES.create,
      smallestBody({
        currency: 'USD',
        locale: 'en-GB',
        capture: true,
        payment_type: 'Regular',
        billing: { address: { address_line1: '123 High St.', city: 'London', state: 'str', country: 'GB' }, phone },
        disabled_payment_methods: ['blik'],
        customer: { name: 'John Smith', email: 'john.smith@example.com', phone },
        expires_on: '2026-11-22T10:00:00.1234567+00:00',
      }),
    ),
    [],
  )
  assert.deepEqual(
    codesFor(BODIES.submit, {
      session_data: 'eyJ.x.y.z.t',
      amount: 1000,
      payment_type: 'Regular',
      capture: true,
      locale: 'en-GB',
      billing: { address: { country: 'GB' }, phone: { number: '7700900123' } },
      '3ds': { enabled: true },
    }),
    [],
  )
})

for (const [kind, schema] of Object.entries(BODIES)) {
  test(`any body of ${kind} that is made from its schema is right`, () => {
    fc.assert(
      fc.property(anyBody(schema as JsonSchema), (body) => {
        assert.deepEqual(codesFor(schema, body), [])
      }),
      { numRuns: 60 },
    )
  })

  test(`a body of ${kind} is kept as it was sent, but for unknown members and other spellings`, () => {
    fc.assert(
      fc.property(anyBody(schema as JsonSchema), (body) => {
        const once = clean(schema, body)
        assert.deepEqual(once.unknown, [])
        assert.deepEqual(codesFor(schema, once.value), [])
        assert.deepEqual(clean(schema, once.value).value, once.value, 'a clean body stays as it is')
        assert.deepEqual(Object.keys(once.value), Object.keys(body as object))
      }),
      { numRuns: 60 },
    )
  })

  test(`no body of ${kind}, however hostile, makes anything throw`, () => {
    const hostile = fc.oneof(
      fc.anything({ withNullPrototype: true, maxDepth: 4 }),
      fc.json().map((json) => JSON.parse(json)),
      fc.object({
        key: fc.constantFrom(
          ...Object.keys((schema as JsonSchema).properties ?? {}),
          '__proto__',
          'constructor',
          'toString',
        ),
      }),
    )
    fc.assert(
      fc.property(hostile, (body) => {
        const codes = codesFor(schema, body)
        const known = clean(schema, body).value
        cardNumbersInText(schema, body)
        createSessionProblems(body, RULES)
        completeSessionProblems(body, RULES)
        attemptProblems(smallestBody(), body, RULES)
        if (codes.length === 0) assert.deepEqual(codesFor(schema, known), [])
      }),
      { numRuns: 200 },
    )
  })
}

test('every currency of the table is right, and so is every payment method', () => {
  for (const currency of CURRENCIES.keys()) assert.deepEqual(codesFor(BODIES.create, smallestBody({ currency })), [])
  assert.deepEqual(codesFor(BODIES.create, smallestBody({ enabled_payment_methods: [...METHOD_NAMES] })), [])
})

test('only three upper-case letters of the table are a currency', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABCEGPSUXYZabc€'), minLength: 3, maxLength: 3 }), (currency) => {
      assert.deepEqual(
        codesFor(BODIES.create, smallestBody({ currency })),
        CURRENCIES.has(currency) ? [] : ['currency_invalid'],
      )
    }),
  )
})

test('an amount is a whole number of minor units', () => {
  for (const amount of [0, -0, 1, 999_999_999_999, 1e3]) {
    assert.deepEqual(codesFor(BODIES.create, smallestBody({ amount })), [])
  }
  for (const amount of ['1000', 10.5, -1, 1e12, 1e21, Number.POSITIVE_INFINITY, null, true, [1000]]) {
    assert.deepEqual(codesFor(BODIES.create, smallestBody({ amount })), ['amount_invalid'])
  }
})

test('lengths count characters, not halves of them', () => {
  assert.deepEqual(codesFor(BODIES.create, smallestBody({ reference: '🙂'.repeat(50) })), [])
  assert.deepEqual(codesFor(BODIES.create, smallestBody({ reference: '🙂'.repeat(51) })), ['reference_invalid'])
})

test('metadata holds eighteen values, and the session’s id does not count', () => {
  const values = Object.fromEntries(Array.from({ length: 18 }, (_, at) => [`key-${at}`, at]))
  const body = (metadata: object) => smallestBody({ metadata })
  assert.deepEqual(codesFor(BODIES.create, body(values)), [])
  assert.deepEqual(codesFor(BODIES.create, body({ ...values, cko_payment_session_id: 'x' })), [])
  assert.deepEqual(codesFor(BODIES.create, body({ ...values, more: 1 })), ['metadata_invalid'])
  assert.deepEqual(codesFor(BODIES.create, body({ ...values, cko_payment_session_id: 'x', more: 1 })), [
    'metadata_invalid',
  ])
  assert.deepEqual(codesFor(BODIES.create, body({ a: 'v'.repeat(255), b: true, c: 1.5, d: '' })), [])
  for (const value of ['v'.repeat(256), null, ['x'], { deep: 1 }]) {
    assert.deepEqual(codesFor(BODIES.create, body({ a: value })), ['metadata_invalid'])
  }
})

test('no schema fills in a default: what was not said on submit is not an override', () => {
  for (const schema of Object.values(BODIES)) {
    for (const { path, schema: member } of membersOf(schema)) {
      assert.ok(!('default' in member), path.join('.'))
    }
  }
})
