import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cardNumbersInText, seemsToHoldCardNumber } from '../src/wire/card-numbers.ts'
import { memberCode, membersOf } from '../src/wire/codes.ts'
import { BODIES, bodyWith, smallestBody } from './bodies.ts'

const CARD = '4242424242424242'

test('a card number is found in one piece, in groups and beside other digits', () => {
  for (const text of [
    CARD,
    `pay with ${CARD}, please`,
    '4242 4242 4242 4242',
    '4242-4242-4242-4242 exp 12/30 cvv 100',
    '2 x 4242 4242 4242 4242',
    '12 4242424242424242 3',
    '3782 822463 10005',
    'card:6011000990139424.',
    '6799990100000000019',
    '4222222222222',
    `order_${CARD}`,
  ]) {
    assert.ok(seemsToHoldCardNumber(text), text)
  }
})

test('other numbers are left alone', () => {
  for (const text of [
    '4242424242424241',
    '424242424242',
    '42424242424242424242',
    '4242  4242  4242  4242',
    '1763805600003',
    '0000000000000000',
    '+44 20 7946 0958',
    'a716-446655440000',
    '550e8400-e29b-41d4-a716-446655440000',
    `${'ab'.repeat(8)}${CARD}ff`,
    '',
  ]) {
    assert.ok(!seemsToHoldCardNumber(text), text)
  }
})

test('a thousand milliseconds in a row are order numbers, not cards', () => {
  for (let at = 0; at < 1000; at++) assert.ok(!seemsToHoldCardNumber(String(Date.UTC(2026, 10, 22) + at)))
})

test('text of any length is searched in no time', () => {
  for (const text of ['1 '.repeat(200_000), '4'.repeat(400_000), '4-'.repeat(200_000), `${'4'.repeat(400_000)}x`]) {
    const before = performance.now()
    seemsToHoldCardNumber(text)
    assert.ok(performance.now() - before < 1000)
  }
})

for (const [kind, schema] of Object.entries(BODIES)) {
  test(`a card number in any free text of ${kind} is told by the member's own code, elsewhere by none`, () => {
    for (const { path, schema: member } of membersOf(schema)) {
      if (member.type !== 'string') continue
      const body = bodyWith(schema, path, `x ${CARD}`)
      assert.deepEqual(cardNumbersInText(schema, body), member.format === 'text' ? [memberCode(path, 'invalid')] : [])
    }
  })
}

test('phone numbers, product codes, ticket numbers and sealed details are not free text', () => {
  const body = smallestBody({
    session_data: CARD,
    customer: { phone: { number: CARD } },
    items: [{ reference: CARD, sku: CARD }],
    processing: { airline_data: [{ ticket: { number: CARD } }], shipping_info: [{ tracking_number: CARD }] },
  })
  assert.deepEqual(cardNumbersInText(BODIES.complete, body), [])
})

test('names and values of metadata are free text, also when a value is a number', () => {
  assert.deepEqual(cardNumbersInText(BODIES.create, { metadata: { note: CARD } }), ['metadata_invalid'])
  assert.deepEqual(cardNumbersInText(BODIES.create, { metadata: { note: Number(CARD) } }), ['metadata_invalid'])
  assert.deepEqual(cardNumbersInText(BODIES.create, { metadata: { [CARD]: 'note' } }), ['metadata_key_invalid'])
})

test('several members that hold card numbers are told at once, in the order of the schema', () => {
  const body = { metadata: { a: CARD }, description: CARD, items: [{ name: CARD }, { name: CARD }] }
  assert.deepEqual(cardNumbersInText(BODIES.create, body), [
    'description_invalid',
    'items_name_invalid',
    'metadata_invalid',
  ])
})
