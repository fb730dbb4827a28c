import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMap, type JsonSchema, memberCode, membersOf, possibleCodes } from '../src/wire/codes.ts'
import { BODIES, bodyWith, bodyWithout, codesFor, rightValue, smallestBody, wrongValues } from './bodies.ts'

/** One test per code and kind of body would say the same three times: the first kind that has the member shows it. */
const shown = new Set<string>()

for (const [kind, schema] of Object.entries(BODIES)) {
  for (const member of membersOf(schema)) {
    const code = memberCode(member.path, 'invalid')
    if (shown.has(code)) continue
    shown.add(code)
    const name = member.path.join('.')
    test(`${code}: a wrong ${name} of ${kind} is told by its own code, a right one by none`, () => {
      const right = bodyWith(schema, member.path, rightValue(member.schema))
      assert.deepEqual(codesFor(schema, right), [], JSON.stringify(right))
      for (const wrong of wrongValues(member.schema)) {
        const body = bodyWith(schema, member.path, wrong)
        assert.deepEqual(codesFor(schema, body), [code], JSON.stringify(wrong)?.slice(0, 200))
      }
    })
    if (isMap(member.schema)) {
      const ofKey = memberCode([...member.path, 'key'], 'invalid')
      shown.add(ofKey)
      test(`${ofKey}: a wrong name in ${name} of ${kind} is told by its own code`, () => {
        for (const key of ['k'.repeat(256), 'a\0', '\ud800', '__proto__']) {
          const value = JSON.parse(`{${JSON.stringify(key)}: "x"}`)
          assert.deepEqual(codesFor(schema, bodyWith(schema as JsonSchema, member.path, value)), [ofKey])
        }
      })
    }
  }
  for (const member of membersOf(schema as JsonSchema).filter(({ required }) => required)) {
    const code = memberCode(member.path, 'required')
    if (shown.has(code)) continue
    shown.add(code)
    test(`${code}: a missing ${member.path.join('.')} of ${kind} is told by its own code`, () => {
      assert.deepEqual(codesFor(schema, bodyWithout(schema as JsonSchema, member.path)), [code])
    })
  }
}

test('request_invalid: a body that is no object is told by one code', () => {
  for (const body of [null, [], 'text', 7, true]) {
    for (const schema of Object.values(BODIES)) assert.deepEqual(codesFor(schema, body), ['request_invalid'])
  }
})

test('every code a schema can produce is shown by a test of its own', () => {
  for (const schema of Object.values(BODIES)) {
    assert.deepEqual(
      possibleCodes(schema).filter((code) => code !== 'request_invalid' && !shown.has(code)),
      [],
    )
  }
})

test('all problems of a body come back at once, each once, in the order of the schema', () => {
  const body = {
    '3ds': { challenge_indicator: 'please' },
    items: [{ name: 7 }, { quantity: 0 }, { name: 8 }],
    amount: '1000',
    billing: { address: {}, phone: { number: '1' } },
    success_url: 'javascript:alert(1)',
    enabled_payment_methods: ['card', 'nope', 'nope'],
  }
  assert.deepEqual(codesFor(BODIES.create, body), [
    'amount_invalid',
    'currency_required',
    'billing_address_country_required',
    'billing_phone_number_invalid',
    'success_url_invalid',
    'failure_url_required',
    'enabled_payment_methods_invalid',
    'items_name_invalid',
    'items_quantity_invalid',
    'three_ds_challenge_indicator_invalid',
  ])
})

test('an empty body is told everything it lacks', () => {
  assert.deepEqual(codesFor(BODIES.create, {}), [
    'amount_required',
    'currency_required',
    'billing_required',
    'success_url_required',
    'failure_url_required',
  ])
  assert.deepEqual(codesFor(BODIES.submit, {}), ['session_data_required'])
})

test('names of members we do not know are not looked at, wherever they stand', () => {
  const body = smallestBody({
    colour: { deep: [1] },
    billing: { address: { country: 'GB', planet: 'Earth' }, note: null },
    items: [{ name: 'Book', weight: 3 }],
    payment_method: { type: 'card' },
  })
  assert.deepEqual(codesFor(BODIES.create, body), [])
})
