import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clean } from '../src/wire/clean.ts'
import { BODIES, smallestBody } from './bodies.ts'

test('members the schema does not know are dropped, and named with their type', () => {
  const body = smallestBody({
    colour: 'red',
    payment_method: { type: 'card', number: '4242424242424242', cvv: '100' },
    billing: { address: { country: 'GB', planet: 3 }, note: null },
    items: [
      { name: 'Book', weight: 3 },
      { name: 'Pen', tags: [] },
    ],
  })
  const { value, unknown } = clean(BODIES.create, body)
  assert.deepEqual(value, smallestBody({ items: [{ name: 'Book' }, { name: 'Pen' }] }))
  assert.deepEqual(
    unknown,
    [
      { path: 'billing.address.planet', type: 'number' },
      { path: 'billing.note', type: 'null' },
      { path: 'colour', type: 'string' },
      { path: 'payment_method', type: 'object' },
      { path: 'items.weight', type: 'number' },
      { path: 'items.tags', type: 'array' },
    ].toSorted((a, b) => order(unknown, a.path) - order(unknown, b.path)),
  )
})

test('the name of an unknown member is not shown when it may hold a secret', () => {
  const { unknown } = clean(BODIES.create, {
    '4242 4242 4242 4242': 1,
    '4242424242424242': 1,
    'n4242-4242': 1,
    cvv731: 1,
    ['x'.repeat(65)]: 1,
    'a\nb': 1,
    snake_case: 1,
  })
  assert.deepEqual(unknown.map(({ path }) => path).toSorted(), [
    '(unprintable)',
    '(unprintable)',
    '(unprintable)',
    '(unprintable)',
    '(unprintable)',
    '(unprintable)',
    'snake_case',
  ])
})

test('a thousand unknown members are not a thousand log entries', () => {
  const body = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`member_${at}`, 1]))
  assert.equal(clean(BODIES.create, body).unknown.length, 32)
})

test('names every object has by birth are unknown members like any', () => {
  const body = JSON.parse(
    '{"__proto__":{"admin":true},"constructor":1,"amount":5,"metadata":{"constructor":"x","a":"b"}}',
  )
  const { value } = clean(BODIES.create, body)
  assert.deepEqual(value, { amount: 5, metadata: { constructor: 'x', a: 'b' } })
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.equal((value as { admin?: boolean }).admin, undefined)
})

test('a name every object has by birth changes nothing in metadata either', () => {
  const body = JSON.parse('{"metadata":{"__proto__":"x","a":"b"}}')
  assert.deepEqual(clean(BODIES.create, body).value, { metadata: { a: 'b' } })
})

test('a payment type is kept in its canonical spelling, in whatever case it came', () => {
  for (const [given, kept] of [
    ['regular', 'Regular'],
    ['MOTO', 'MOTO'],
    ['moto', 'MOTO'],
    ['RECURRING', 'Recurring'],
    ['payLater', 'PayLater'],
  ]) {
    assert.equal(clean<{ payment_type: string }>(BODIES.submit, { payment_type: given }).value.payment_type, kept)
  }
})

test('a moment is kept in UTC, so that all who read it mean the same', () => {
  for (const [given, kept] of [
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z'],
    ['2026-11-22T10:00:00', '2026-11-22T10:00:00Z'],
    ['2026-11-22T10:00', '2026-11-22T10:00:00Z'],
    ['2026-11-22T10:00:00+0130', '2026-11-22T08:30:00Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
    ['2026-11-22t10:00:00.1239999z', '2026-11-22T10:00:00.123Z'],
  ]) {
    assert.equal(clean<{ capture_on: string }>(BODIES.submit, { capture_on: given }).value.capture_on, kept)
  }
})

test('minus zero is zero', () => {
  assert.ok(Object.is(clean<{ amount: number }>(BODIES.create, { amount: -0 }).value.amount, 0))
})

test('the body itself is not changed', () => {
  const body = Object.freeze(smallestBody({ colour: 'red', payment_type: 'moto' }))
  clean(BODIES.create, body)
  assert.deepEqual(body, smallestBody({ colour: 'red', payment_type: 'moto' }))
})

/** Unknown members are named as they are met; the test does not care in which order. */
function order(unknown: readonly { path: string }[], path: string): number {
  return unknown.findIndex((member) => member.path === path)
}
