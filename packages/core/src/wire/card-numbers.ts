/** Finds card numbers where nobody expects them: in text that people write freely. */
import type { TSchema } from 'typebox'
import { passesLuhn } from '../cards.ts'
import { inOrder, isMap, type JsonSchema, memberCode } from './codes.ts'

const SHORTEST = 13
const LONGEST = 19

/** Groups of digits with at most one space or dash between them, not glued to a letter as in a hash. */
const DIGIT_GROUPS = /(?<![\p{L}\d])\d(?:[ -]?\d){12,}(?![\p{L}\d])/gu

type Search = (value: unknown, codes: string[]) => void

const searches = new WeakMap<TSchema, Search>()

/**
 * The codes of the free-text members (`format: 'text'`) that hold what looks like a card number, `<member>_invalid`, in
 * the order of the schema. Names and values of `metadata` are free text too; phone numbers and product codes are not.
 */
export function cardNumbersInText(schema: TSchema, value: unknown): string[] {
  let search = searches.get(schema)
  if (!search) {
    search = searchOf(schema, []) ?? (() => {})
    searches.set(schema, search)
  }
  const codes: string[] = []
  search(value, codes)
  return codes.length === 0 ? codes : inOrder(schema, codes)
}

/**
 * Whether a text holds 13 to 19 digits that pass the Luhn check: in one piece, or in groups with single spaces or
 * dashes between them. A request is refused for it, so it is narrower than what logs are masked by: one number in ten
 * passes the check. Digits next to a letter are part of a hash or a UUID; numbers that begin with 0, 1 or 7 are no
 * payment cards, and the milliseconds of a clock, a common order number, begin with 1.
 */
export function seemsToHoldCardNumber(text: string): boolean {
  if (text.length < SHORTEST) return false
  for (const [run] of text.matchAll(DIGIT_GROUPS)) {
    if (anyStretchIsCardNumber(run.split(/[ -]/))) return true
  }
  return false
}

/** A card number may stand beside other digits (`2 x 4242 4242 …`), so each stretch of neighbouring groups is tried. */
function anyStretchIsCardNumber(groups: readonly string[]): boolean {
  return groups.some((_, first) => {
    let digits = ''
    for (const group of groups.slice(first, first + LONGEST)) {
      digits += group
      if (digits.length > LONGEST) return false
      if (digits.length >= SHORTEST && !/^[017]/.test(digits) && passesLuhn(digits)) return true
    }
    return false
  })
}

/** A search of the members that can hold free text, or `undefined` when none can. */
function searchOf(schema: JsonSchema, path: readonly string[]): Search | undefined {
  if (schema.items) return searchOfList(schema.items, path)
  if (isMap(schema)) return searchOfMap(path)
  if (schema.properties) return searchOfObject(schema.properties, path)
  const freeText = [schema, ...(schema.anyOf ?? [])].some((one) => one.format === 'text')
  if (!freeText) return undefined
  const code = memberCode(path, 'invalid')
  return (value, codes) => {
    if (typeof value === 'string' && seemsToHoldCardNumber(value)) codes.push(code)
  }
}

function searchOfObject(properties: Record<string, JsonSchema>, path: readonly string[]): Search | undefined {
  const members = new Map<string, Search>()
  for (const [name, schema] of Object.entries(properties)) {
    const search = searchOf(schema, [...path, name])
    if (search) members.set(name, search)
  }
  if (members.size === 0) return undefined
  return (value, codes) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const name of Object.keys(value)) members.get(name)?.((value as Record<string, unknown>)[name], codes)
  }
}

function searchOfList(item: JsonSchema, path: readonly string[]): Search | undefined {
  const search = searchOf(item, path)
  if (!search) return undefined
  return (value, codes) => {
    if (Array.isArray(value)) for (const one of value) search(one, codes)
  }
}

function searchOfMap(path: readonly string[]): Search {
  const ofValue = memberCode(path, 'invalid')
  const ofKey = memberCode([...path, 'key'], 'invalid')
  return (value, codes) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const name of Object.keys(value)) {
      const inner = (value as Record<string, unknown>)[name]
      if (seemsToHoldCardNumber(name)) codes.push(ofKey)
      if (typeof inner === 'number' || typeof inner === 'string') {
        if (seemsToHoldCardNumber(String(inner))) codes.push(ofValue)
      }
    }
  }
}
