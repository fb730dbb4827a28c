/** Reads a request's JSON. What is refused here never reaches a schema, an operation or the database. */
import { isUtf8 } from 'node:buffer'
import { Problem } from '@sluice/core/problems'
import type { FastifyInstance } from 'fastify'

export interface JsonLimits {
  /** Objects and arrays inside one another. */
  jsonDepth: number
  /** Members of all objects and elements of all lists together. */
  jsonKeys: number
}

/** Bodies are JSON and objects. No body is an empty one: SDKs announce JSON on every request, also on those without. */
export function acceptJson(app: FastifyInstance, limits: JsonLimits) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, parseJsonObject(bytes as Buffer, limits))
    } catch (refusal) {
      done(refusal as Error)
    }
  })
}

/** @throws Problem `request_json_invalid` for anything that is not exactly one harmless JSON object in UTF-8. */
export function parseJsonObject(bytes: Buffer, limits: JsonLimits): object {
  if (bytes.length === 0) return {}
  if (!isUtf8(bytes)) throw new Problem('request_json_invalid')
  const text = bytes.toString('utf8')
  const inspect = scan(text, limits)
  let value: unknown
  try {
    value = inspect ? JSON.parse(text, refuseWhatCannotBeKept) : JSON.parse(text)
  } catch {
    throw new Problem('request_json_invalid')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Problem('request_json_invalid')
  return value
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const LOWER_E = 0x65
const UPPER_E = 0x45

/** A double holds every integer of so many digits. */
const SAFE_DIGITS = 15

/** Names through which a parsed object could reach a prototype. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor'])

/**
 * One pass over the text before it is parsed: depth, number of values, no name twice in one object, no forbidden name.
 * Grammar is left to `JSON.parse`: in a text that is not JSON the pass may see anything, and the parser refuses it.
 * @returns whether values have to be looked at while parsing: the text has escapes of code units, or unusual numbers
 */
function scan(text: string, limits: JsonLimits): boolean {
  const escapes = text.includes('\\')
  let inspect = escapes && text.includes('\\u')
  const open: (Set<string> | undefined)[] = []
  let names: Set<string> | undefined
  let nameExpected = false
  let values = 0

  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const end = endOfString(text, at, escapes)
      if (nameExpected && names) {
        const name = nameAt(text, at, end, escapes)
        if (names.has(name) || FORBIDDEN_NAMES.has(name)) throw new Problem('request_json_invalid')
        names.add(name)
        nameExpected = false
      }
      at = end
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (open.length >= limits.jsonDepth || ++values > limits.jsonKeys) throw new Problem('request_json_invalid')
      open.push(names)
      nameExpected = unit === OPEN_OBJECT
      names = nameExpected ? new Set() : undefined
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      names = open.pop()
      nameExpected = false
    } else if (unit === COMMA) {
      if (++values > limits.jsonKeys) throw new Problem('request_json_invalid')
      nameExpected = names !== undefined
    } else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) {
      const end = endOfNumber(text, at)
      inspect ||= isUnusualNumber(text, at, end)
      at = end - 1
    }
  }
  return inspect
}

/** Position of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number, escapes: boolean): number {
  let end = text.indexOf('"', start + 1)
  while (escapes && end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end < 0) throw new Problem('request_json_invalid')
  return end
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

function nameAt(text: string, start: number, end: number, escapes: boolean): string {
  const raw = text.slice(start + 1, end)
  if (!escapes || !raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    throw new Problem('request_json_invalid')
  }
}

/** Position after the number that begins at `start`. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && isPartOfNumber(text.charCodeAt(end))) end++
  return end
}

function isPartOfNumber(unit: number): boolean {
  return (
    (unit >= ZERO && unit <= NINE) ||
    unit === DOT ||
    unit === LOWER_E ||
    unit === UPPER_E ||
    unit === MINUS ||
    unit === 0x2b
  )
}

function isUnusualNumber(text: string, start: number, end: number): boolean {
  if (end - start > SAFE_DIGITS) return true
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at)
    if (unit === DOT || unit === LOWER_E || unit === UPPER_E) return true
  }
  return false
}

const PLAIN_INTEGER = new RegExp(`^-?\\d{1,${SAFE_DIGITS}}(\\.0{1,${SAFE_DIGITS}})?$`)

/**
 * Refuses text that PostgreSQL cannot hold (U+0000, half a surrogate pair). A number that looks like an integer only
 * because a double forgot the rest (`10.00000000000000000001`, `12345678901234567890`) or is out of range (`1e999`)
 * becomes NaN, which no schema takes, so that its member is named in the answer.
 */
function refuseWhatCannotBeKept(this: unknown, name: string, value: unknown, context?: { source?: string }): unknown {
  if (isUnkeepable(name)) throw new Problem('request_json_invalid')
  if (typeof value === 'string' && isUnkeepable(value)) throw new Problem('request_json_invalid')
  if (typeof value === 'number') {
    const exact = Number.isInteger(value) ? PLAIN_INTEGER.test(context?.source ?? '') : Number.isFinite(value)
    if (!exact) return Number.NaN
  }
  return value
}

function isUnkeepable(text: string): boolean {
  return !text.isWellFormed() || text.includes('\u0000')
}
