import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstUuidOf, ID_PREFIXES, type IdKind, millisecondsOf, uuidOf, uuidV7, wireId } from '../src/ids.ts'

const kinds = Object.keys(ID_PREFIXES) as IdKind[]
const madeUuid = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    fc.integer({ min: 0, max: 4095 }),
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
  )
  .map(([time, bucket, random]) => ({ time, bucket, uuid: uuidV7(time, bucket, random) }))

test('an id is its prefix and 26 characters, and leads back to its UUID', () => {
  fc.assert(
    fc.property(madeUuid, fc.constantFrom(...kinds), ({ uuid }, kind) => {
      const wire = wireId(kind, uuid)
      assert.match(wire, new RegExp(`^${ID_PREFIXES[kind]}_[a-z2-7]{26}$`))
      assert.equal(uuidOf(kind, wire), uuid)
    }),
  )
})

test('a made UUID is of version 7 and says when it was made and for which bucket', () => {
  fc.assert(
    fc.property(madeUuid, ({ time, bucket, uuid }) => {
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.equal(millisecondsOf(uuid), time)
      assert.equal(Number.parseInt(uuid.slice(15, 18), 16), bucket)
      assert.ok(uuid >= firstUuidOf(time))
    }),
  )
})

test('an id of another kind, shape, case or spelling is no id', () => {
  const wire = wireId('payment', '0198a1b2-c3d4-7000-8000-000000000000')
  assert.equal(uuidOf('session', wire), undefined)
  assert.equal(uuidOf('payment', wire.toUpperCase()), undefined)
  assert.equal(uuidOf('payment', `${wire}a`), undefined)
  assert.equal(uuidOf('payment', wire.slice(0, -1)), undefined)
  assert.equal(uuidOf('payment', `${wire.slice(0, -1)}1`), undefined)
  assert.equal(uuidOf('payment', `${wire.slice(0, -1)}b`), undefined, 'the two spare bits must be 0')
  assert.equal(uuidOf('payment', ''), undefined)
})

test('any text is an id or is not, and never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void uuidOf('payment', text)))
})

test('what is no UUID has no wire form', () => {
  assert.throws(() => wireId('payment', 'nonsense'), TypeError)
})
