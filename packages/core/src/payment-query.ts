/**
 * The language in which payments are searched: `status:'Captured' AND (amount>=1000 OR NOT currency:'GBP')`.
 *
 * ```
 * query      = sum
 * sum        = product { OR product }
 * product    = factor { AND factor }
 * factor     = NOT factor | "(" sum ")" | comparison
 * comparison = field operator value
 * operator   = ":" | "=" | "!=" | "<" | "<=" | ">" | ">="
 * value      = "'" text "'" | '"' text '"' | word
 * ```
 *
 * In quotes `\` stands before a quote or another `\`. Words of the language are read in any case. `NOT` binds closer than
 * `AND`, and `AND` closer than `OR`.
 */
import { type IdKind, uuidOf } from './ids.ts'
import type { PaymentStatus } from './payment.ts'
import { timestampMs } from './wire/formats.ts'

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** One comparison. `value` as the database compares it: folded text, a UUID, minor units, or milliseconds since 1970. */
export interface Comparison {
  is: 'comparison'
  field: FieldName
  comparator: Comparator
  value: string | number
}

export type Condition = Comparison | { is: 'all' | 'any'; parts: readonly Condition[] } | { is: 'not'; part: Condition }

/** Why a text is no query. `position`: which character, counted from 1, where the query cannot be read any further. */
export class QueryError extends Error {
  override name = 'QueryError'
  readonly position: number

  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

/** How the values of a field are spelled, and so how they compare. */
type Kind = 'text' | 'folded' | 'status' | 'minor units' | 'moment' | IdKind

/** The fields, named as in the answer. The statement that searches gives each its value under the same name. */
const FIELDS = {
  id: 'payment',
  payment_session_id: 'session',
  processing_channel_id: 'channel',
  reference: 'text',
  status: 'status',
  amount: 'minor units',
  currency: 'folded',
  payment_type: 'folded',
  response_code: 'text',
  requested_on: 'moment',
  processed_on: 'moment',
  'customer.id': 'customer',
  'customer.email': 'folded',
  'customer.name': 'folded',
  'source.type': 'folded',
  'source.scheme': 'folded',
  'source.last4': 'text',
  'source.bin': 'text',
  'source.fingerprint': 'text',
} as const satisfies Record<string, Kind>
export type FieldName = keyof typeof FIELDS

export const SEARCH_FIELDS = Object.keys(FIELDS) as FieldName[]

/** Other names that people try. */
const ALIASES: Record<string, FieldName> = {
  customer_id: 'customer.id',
  customer_email: 'customer.email',
  customer_name: 'customer.name',
  'card.last4': 'source.last4',
  'source.last_4': 'source.last4',
  last4: 'source.last4',
  'card.bin': 'source.bin',
  bin: 'source.bin',
  'card.scheme': 'source.scheme',
  scheme: 'source.scheme',
}

const STATUSES: readonly PaymentStatus[] = [
  'Pending',
  'Declined',
  'Canceled',
  'Expired',
  'Card Verified',
  'Refunded',
  'Partially Refunded',
  'Captured',
  'Partially Captured',
  'Voided',
  'Authorized',
]

/** A query is written by a person or a small program: more than this is neither. */
const MOST_COMPARISONS = 100
const DEEPEST = 32

/** Equals no UUID: what is compared with a text that is no id of the kind. */
const NO_ID = ''

const SPACE = /\s*/y
const WORD = /[\p{L}\p{N}_.@+:-]+/uy
const FIELD = /[A-Za-z_][A-Za-z0-9_.]*/y
const COMPARATOR = /!=|<=|>=|[:=<>]/y
const NUMBER = /^-?\d{1,15}$/

interface Reader {
  text: string
  at: number
  comparisons: number
}

/** @throws QueryError */
export function parsePaymentQuery(text: string): Condition {
  const reader: Reader = { text, at: 0, comparisons: 0 }
  const condition = readSum(reader, 0)
  skipSpace(reader)
  if (reader.at < text.length) fail(reader, 'expected AND, OR or the end of the query')
  return condition
}

/** What a query names exactly, whatever else it asks: payments can be looked up by it instead of looked through. */
export function namedBy(condition: Condition, field: FieldName): string | undefined {
  if (condition.is === 'all') {
    for (const part of condition.parts) {
      const value = namedBy(part, field)
      if (value !== undefined) return value
    }
  }
  if (condition.is !== 'comparison' || condition.field !== field || condition.comparator !== '=') return undefined
  return String(condition.value)
}

/** How many steps it takes at most to judge one payment. */
export function stepsOf(condition: Condition): number {
  if (condition.is === 'comparison') return 1
  if (condition.is === 'not') return 1 + stepsOf(condition.part)
  return condition.parts.reduce((steps, part) => steps + stepsOf(part), 1)
}

function readSum(reader: Reader, depth: number): Condition {
  return readList(reader, depth, 'any', 'OR', readProduct)
}

function readProduct(reader: Reader, depth: number): Condition {
  return readList(reader, depth, 'all', 'AND', readFactor)
}

function readList(
  reader: Reader,
  depth: number,
  is: 'all' | 'any',
  joint: string,
  readPart: (reader: Reader, depth: number) => Condition,
): Condition {
  const first = readPart(reader, depth)
  const parts = [first]
  while (takeKeyword(reader, joint)) parts.push(readPart(reader, depth))
  return parts.length === 1 ? first : { is, parts }
}

function readFactor(reader: Reader, depth: number): Condition {
  if (depth > DEEPEST) fail(reader, `nested more than ${DEEPEST} deep`)
  if (takeKeyword(reader, 'NOT')) return { is: 'not', part: readFactor(reader, depth + 1) }
  skipSpace(reader)
  if (reader.text[reader.at] !== '(') return readComparison(reader)
  reader.at++
  const inner = readSum(reader, depth + 1)
  skipSpace(reader)
  if (reader.text[reader.at] !== ')') fail(reader, 'expected AND, OR or )')
  reader.at++
  return inner
}

function readComparison(reader: Reader): Comparison {
  if (++reader.comparisons > MOST_COMPARISONS) fail(reader, `more than ${MOST_COMPARISONS} comparisons`)
  skipSpace(reader)
  const start = reader.at
  const name = take(reader, FIELD)?.toLowerCase()
  if (name === undefined) fail(reader, 'expected the name of a field')
  const field = isField(name) ? name : ownAlias(name)
  if (field === undefined) failAt(reader, start, 'there is no such field')
  skipSpace(reader)
  const operatorAt = reader.at
  const operator = take(reader, COMPARATOR)
  if (operator === undefined) fail(reader, 'expected one of : = != < <= > >=')
  const comparator = operator === ':' ? '=' : (operator as Comparator)
  const kind = FIELDS[field]
  if (comparator !== '=' && comparator !== '!=' && !isOrdered(kind)) {
    failAt(reader, operatorAt, 'the field has no order: use : or !=')
  }
  skipSpace(reader)
  const valueAt = reader.at
  const value = valueOf(kind, readValue(reader))
  if (value === undefined) failAt(reader, valueAt, EXPECTED[kind] ?? 'expected another value')
  return { is: 'comparison', field, comparator, value }
}

const EXPECTED: Partial<Record<Kind, string>> = {
  'minor units': 'expected a whole number of minor units',
  moment: 'expected a moment (ISO 8601)',
  status: `expected a status: ${STATUSES.join(', ')}`,
}

function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name)
}

function ownAlias(name: string): FieldName | undefined {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined
}

function isOrdered(kind: Kind): boolean {
  return kind === 'minor units' || kind === 'moment'
}

function valueOf(kind: Kind, text: string): string | number | undefined {
  switch (kind) {
    case 'text':
      return text
    case 'folded':
      return foldCase(text)
    case 'status':
      return STATUSES.find((status) => status.toLowerCase() === text.toLowerCase())
    case 'minor units':
      return NUMBER.test(text) ? Number(text) : undefined
    case 'moment':
      return timestampMs(text)
    default:
      return uuidOf(kind, text) ?? NO_ID
  }
}

/** As the database folds it, whatever its locale: the letters of ASCII. */
function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function readValue(reader: Reader): string {
  const quote = reader.text[reader.at]
  if (quote === "'" || quote === '"') return readQuoted(reader, quote)
  const word = take(reader, WORD)
  if (word === undefined) fail(reader, 'expected a value')
  return word
}

function readQuoted(reader: Reader, quote: string): string {
  const start = reader.at
  let value = ''
  for (reader.at++; reader.at < reader.text.length; reader.at++) {
    let character = reader.text[reader.at] as string
    if (character === quote) {
      reader.at++
      return value
    }
    if (character === '\\') {
      const escaped = reader.text[reader.at + 1]
      if (escaped !== "'" && escaped !== '"' && escaped !== '\\') fail(reader, 'expected a quote or \\ after \\')
      character = escaped
      reader.at++
    }
    value += character
  }
  return failAt(reader, start, 'the quote is never closed')
}

/** A word of the language stands by itself: `ORDER` does not begin with one. */
function takeKeyword(reader: Reader, keyword: string): boolean {
  skipSpace(reader)
  const end = reader.at + keyword.length
  if (reader.text.slice(reader.at, end).toUpperCase() !== keyword) return false
  if (/[A-Za-z0-9_.:=!<>]/.test(reader.text[end] ?? '')) return false
  reader.at = end
  return true
}

function skipSpace(reader: Reader): void {
  take(reader, SPACE)
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0]
  if (found !== undefined) reader.at += found.length
  return found
}

function fail(reader: Reader, message: string): never {
  return failAt(reader, reader.at, message)
}

/** Positions count characters as people do, not the units of a string. */
function failAt({ text }: Reader, at: number, message: string): never {
  throw new QueryError(Array.from(text.slice(0, at)).length + 1, message)
}
