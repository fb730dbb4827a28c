import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireId } from '@sluice/core/ids'
import {
  type Comparator,
  type Condition,
  namedBy,
  parsePaymentQuery,
  QueryError,
  SEARCH_FIELDS,
} from '@sluice/core/payment-query'
import fc from 'fast-check'

const UUID = '0190a0b0-c0d0-7000-8000-00000000abcd'

const compare = (field: string, comparator: Comparator, value: string | number) =>
  ({ is: 'comparison', field, comparator, value }) as Condition

test('a query says which payments are meant', () => {
  const cases: [string, Condition][] = [
    [`id:'${wireId('payment', UUID)}'`, compare('id', '=', UUID)],
    ["id:'nothing'", compare('id', '=', '')],
    ["reference:'A B'", compare('reference', '=', 'A B')],
    ['reference:ORDER-1', compare('reference', '=', 'ORDER-1')],
    [String.raw`reference:'it\'s \\ "so"'`, compare('reference', '=', `it's \\ "so"`)],
    ['reference:"it\'s"', compare('reference', '=', "it's")],
    ['status:"card verified"', compare('status', '=', 'Card Verified')],
    ['amount >= 1000', compare('amount', '>=', 1000)],
    ['currency != gbp', compare('currency', '!=', 'gbp')],
    ['Customer_Email=ADA@Example.com', compare('customer.email', '=', 'ada@example.com')],
    ['last4:4242', compare('source.last4', '=', '4242')],
    ['requested_on<2026-01-02T03:04:05Z', compare('requested_on', '<', Date.UTC(2026, 0, 2, 3, 4, 5))],
  ]
  for (const [query, condition] of cases) assert.deepEqual(parsePaymentQuery(query), condition, query)
})

test('NOT binds closer than AND, AND closer than OR, and parentheses closest', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((value) => compare('reference', '=', value)) as [
    Condition,
    Condition,
    Condition,
  ]
  const not = (part: Condition): Condition => ({ is: 'not', part })
  const all = (...parts: Condition[]): Condition => ({ is: 'all', parts })
  const any = (...parts: Condition[]): Condition => ({ is: 'any', parts })
  const parse = (query: string) => parsePaymentQuery(query.replaceAll(/\b[abc]\b/g, 'reference:$&'))
  assert.deepEqual(parse('a OR b AND c'), any(a, all(b, c)))
  assert.deepEqual(parse('(a or b) and c'), all(any(a, b), c))
  assert.deepEqual(parse('NOT a AND b'), all(not(a), b))
  assert.deepEqual(parse('NOT (a AND b)OR NOT NOT c'), any(not(all(a, b)), not(not(c))))
  assert.deepEqual(parse(' ( ( a ) ) '), a)
})

test('what cannot be read is refused with the character at which it stops', () => {
  const cases: [string, number, RegExp][] = [
    ['', 1, /name of a field/],
    ['amount', 7, /expected one of/],
    ['amount:', 8, /a value/],
    ['amount:ten', 8, /whole number/],
    ['amount:1.5', 8, /whole number/],
    ["colour:'red'", 1, /no such field/],
    ["constructor:'x'", 1, /no such field/],
    ["status:'Done'", 8, /Authorized/],
    ["reference>'a'", 10, /no order/],
    ["reference:'a", 11, /never closed/],
    [String.raw`reference:'a\n'`, 13, /after/],
    ["reference:'a' reference:'b'", 15, /AND, OR or the end/],
    ["(reference:'a'", 15, /AND, OR or \)/],
    ["reference:'a' AND", 18, /name of a field/],
    ["reference:'a')", 14, /AND, OR or the end/],
    ["reference:'😀' ;", 15, /AND, OR or the end/],
    ["requested_on:'yesterday'", 14, /moment/],
    [`${'('.repeat(40)}amount:1`, 34, /deep/],
    [`${'NOT '.repeat(40)}amount:1`, 132, /deep/],
    [Array.from({ length: 101 }, () => 'amount:1').join(' OR '), 1201, /more than 100/],
  ]
  for (const [query, position, message] of cases) {
    assert.throws(
      () => parsePaymentQuery(query),
      (error) => error instanceof QueryError && error.position === position && message.test(error.message),
      `${query}: ${errorOf(query)}`,
    )
  }
})

function errorOf(query: string): string {
  try {
    return JSON.stringify(parsePaymentQuery(query))
  } catch (error) {
    return error instanceof QueryError ? `${error.position} ${error.message}` : String(error)
  }
}

const comparison = fc.oneof(
  fc.record({
    is: fc.constant('comparison' as const),
    field: fc.constantFrom('reference' as const, 'source.last4' as const, 'response_code' as const),
    comparator: fc.constantFrom('=' as const, '!=' as const),
    value: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({
    is: fc.constant('comparison' as const),
    field: fc.constant('amount' as const),
    comparator: fc.constantFrom<Comparator>('=', '!=', '<', '<=', '>', '>='),
    value: fc.nat(),
  }),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparison,
    fc.record({ is: fc.constant('not' as const), part: tie('condition') }),
    fc.record({
      is: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}))

test('every condition that is written down is read as it was', () => {
  fc.assert(
    fc.property(condition, fc.constantFrom("'", '"'), (meant, quote) => {
      assert.deepEqual(parsePaymentQuery(written(meant, quote)), structuredClone(meant))
    }),
  )
})

test('whatever is typed is a query or is refused at one of its characters', () => {
  const token = fc.oneof(
    fc.constantFrom('(', ')', ' ', "'", '"', '\\', 'AND', 'OR', 'NOT', ':', '!=', '>', '1', "';--", '$1'),
    fc.constantFrom(...SEARCH_FIELDS),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(
      fc.array(token).map((tokens) => tokens.join('')),
      (text) => {
        try {
          parsePaymentQuery(text)
        } catch (error) {
          assert.ok(error instanceof QueryError, String(error))
          assert.ok(error.position >= 1 && error.position <= Array.from(text).length + 1)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a value is named by a query that cannot hold without it', () => {
  const named = (query: string) => namedBy(parsePaymentQuery(query), 'reference')
  assert.equal(named("reference:'a'"), 'a')
  assert.equal(named("amount>1 AND (reference:'a' AND currency:GBP)"), 'a')
  for (const query of ["reference!='a'", "NOT reference:'a'", "reference:'a' OR amount:1", 'amount:1']) {
    assert.equal(named(query), undefined, query)
  }
})

function written(condition: Condition, quote: string): string {
  switch (condition.is) {
    case 'comparison': {
      const { field, comparator, value } = condition
      const text = typeof value === 'number' ? String(value) : quote + value.replaceAll(/['"\\]/g, '\\$&') + quote
      return `${field} ${comparator} ${text}`
    }
    case 'not':
      return `NOT (${written(condition.part, quote)})`
    default:
      return condition.parts.map((part) => `(${written(part, quote)})`).join(condition.is === 'all' ? ' AND ' : ' or ')
  }
}
