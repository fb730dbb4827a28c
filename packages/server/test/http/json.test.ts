import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@sluice/core/problems'
import fc from 'fast-check'
import { parseJsonObject } from '../../src/http/json.ts'

const LIMITS = { jsonDepth: 32, jsonKeys: 1000 }
const parse = (text: string | Buffer) => parseJsonObject(Buffer.from(text as string), LIMITS)

function refused(text: string | Buffer) {
  assert.throws(
    () => parse(text),
    (error) => error instanceof Problem && error.codes[0] === 'request_json_invalid',
    JSON.stringify(String(text).slice(0, 80)),
  )
}

test('no body is an empty object', () => {
  assert.deepEqual(parse(''), {})
})

test('only one JSON object is a body', () => {
  for (const text of [
    '[]',
    '"text"',
    '1',
    'null',
    'true',
    'NaN',
    '{',
    '{}{}',
    '{} x',
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    ' ',
  ]) {
    refused(text)
  }
})

test('a byte order mark, text that is not UTF-8 and half a surrogate pair are refused', () => {
  refused('\ufeff{}')
  refused(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
  refused(Buffer.from('{"a":"\ud800"}', 'utf16le'))
  for (const value of ['\\ud800', 'x\\udc00y', '\\ud83d\\u0041', '\\u0000', 'a\\u0000b']) refused(`{"a":"${value}"}`)
  refused('{"\\ud800":1}')
  refused('{"a\\u0000":1}')
})

test('text that can be kept comes through unchanged, escaped or not', () => {
  assert.deepEqual(parse('{"a":"\\ud83d\\ude00 \\"\\\\ caf\\u00e9 😀"}'), { a: '😀 "\\ café 😀' })
})

test('a member may not come twice in one object, however it is spelled', () => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":{"a":1,"b":[{"c":1}],"a":1}}', '{"":1,"":2}'])
    refused(text)
  assert.deepEqual(parse('{"a":{"a":1},"b":[{"a":1},{"a":2}]}'), { a: { a: 1 }, b: [{ a: 1 }, { a: 2 }] })
})

test('names that reach a prototype are refused at any depth, however they are spelled', () => {
  for (const name of ['__proto__', 'constructor', '\\u005f_proto__', 'c\\u006fnstructor']) {
    refused(`{"${name}":{"polluted":true}}`)
    refused(`{"metadata":[{"${name}":1}]}`)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('nesting is limited, and text that only looks nested is not counted', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
  assert.ok(parse(nested(32)))
  refused(nested(33))
  refused(`{"a":${'['.repeat(100_000)}`)
  assert.ok(parse(`{"a":"${'[{'.repeat(1000)}"}`))
})

test('members and elements together are limited', () => {
  const members = (count: number) => `{${Array.from({ length: count }, (_, at) => `"m${at}":0`).join(',')}}`
  assert.ok(parse(members(1000)))
  refused(members(1001))
  assert.ok(parse(`{"a":[${'0,'.repeat(997)}0]}`))
  refused(`{"a":[${'0,'.repeat(1000)}0]}`)
})

test('a number that a double cannot hold becomes NaN, so that its member is refused by name', () => {
  for (const number of [
    '1e999',
    '-1e999',
    '12345678901234567890',
    '10.00000000000000000001',
    '1e3',
    '9007199254740993',
  ]) {
    assert.deepEqual(parse(`{"amount":${number}}`), { amount: Number.NaN }, number)
  }
  for (const [number, value] of [
    ['10.0', 10],
    ['1.5', 1.5],
    ['-0', -0],
    ['999999999999', 999_999_999_999],
  ] as const) {
    assert.deepEqual(parse(`{"amount":${number}}`), { amount: value }, number)
  }
})

test('whatever JSON.stringify writes of an object is read as it was', () => {
  const name = fc.string().filter((text) => text !== '__proto__' && text !== 'constructor' && !text.includes('\0'))
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('\0')),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 8 }), fc.constantFrom(undefined, 2), (object, indent) => {
      assert.deepEqual(parse(JSON.stringify(object, null, indent)), JSON.parse(JSON.stringify(object)))
    }),
    { numRuns: 500 },
  )
})

test('whatever bytes come, the answer is an object or a refusal', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '0',
    '-',
    '1e',
    '.',
    'a',
    'null',
    ' ',
    '\u0000',
    '😀',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(token, { maxLength: 40 }).map((tokens) => `{${tokens.join('')}}`),
        fc.string(),
      ),
      (text) => {
        try {
          assert.equal(typeof parse(text), 'object')
        } catch (error) {
          assert.ok(error instanceof Problem)
        }
      },
    ),
    { numRuns: 2000 },
  )
})
