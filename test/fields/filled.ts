/** Request members with everything in them: made from the schemas, so that a new member is tried without being asked. */
import { COUNTRIES } from '@sluice/core/countries'
import { isMap, type JsonSchema } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import type { Json } from '../support/sluice.ts'

/** The requests of the list of fields: create, submit with a secret key, complete. */
export type Letter = 'C' | 'S' | 'K'

export const SCHEMAS = {
  C: CreateSessionBody,
  S: SubmitSessionBody,
  K: CompleteSessionBody,
} as unknown as Record<Letter, JsonSchema>

const NTH: Record<Letter, number> = { C: 0, S: 1, K: 2 }

/**
 * A member with every member below it, in lists one of each. Every value differs from the next one's, and from those of
 * another letter, as far as there are that many.
 * @param name of a top-level member the request takes
 */
export function filled(letter: Letter, name: string): Json {
  const schema = SCHEMAS[letter].properties?.[name]
  if (!schema) throw new Error(`${name} is no member of ${letter}`)
  let count = NTH[letter]
  const value = valueOf(schema, () => (count += 3))
  return mended(name, value)
}

function valueOf(schema: JsonSchema, next: () => number): Json {
  if (schema.enum) return schema.enum[next() % schema.enum.length]
  if (schema.items) return [valueOf(schema.items, next)]
  if (isMap(schema)) return { [`name ${next()}`]: `text ${next()}` }
  if (schema.anyOf) return valueOf(schema.anyOf[0] as JsonSchema, next)
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, valueOf(inner, next)]))
  }
  if (schema.type === 'boolean') return next() % 2 === 0
  if (schema.type === 'string') return textOf(schema, next())
  const { minimum = 0, maximum = 1e9 } = schema as { minimum?: number; maximum?: number }
  return Math.min(maximum, Math.max(minimum, 0) + next())
}

/** Words of two digits and more: the shortest members take five characters. */
function textOf({ pattern, format, maxLength = 99 }: JsonSchema & { maxLength?: number }, n: number): string {
  const day = `${2001 + (n % 20)}-03-${String(1 + (n % 28)).padStart(2, '0')}`
  if (pattern !== undefined) return PATTERNED[pattern]?.(n) ?? wireIdLike(pattern, n)
  switch (format) {
    case 'phone-number':
      return maxLength < 10 ? `+${n % 100}` : `555 ${String(n).padStart(6, '0')}`
    case 'email-address':
      return `shopper${n}@shop.example`
    case 'web-url':
      return `https://shop.example/${n}`
    case 'timestamp':
      return `${day}T10:00:00Z`
    case 'calendar-date':
    case 'date-or-timestamp':
      return day
    case 'compact-date':
      return day.replaceAll('-', '')
    case 'country-code':
      return [...COUNTRIES][n % COUNTRIES.size] as string
    case 'ipv4-address':
    case 'ip-address':
      return `198.51.100.${n % 256}`
    case 'ipv6-address':
      return `2001:db8::${n.toString(16)}`
    case 'language-tag':
      return ['de-DE', 'fr-FR', 'es-ES'][n % 3] as string
    default:
      return `t${n}`.slice(0, maxLength)
  }
}

const PATTERNED: Record<string, (n: number) => string> = {
  '^ent_[a-z0-9]{26}$': (n) => `ent_${String(n).padStart(26, 'a')}`,
  '^[a-zA-Z0-9]{1,15}$': (n) => `Ramp${n}`,
  '^[0-9]{6}$': (n) => String(n).padStart(6, '0'),
  '^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}))?$': (n) => ['de-DE', 'fr-FR', 'es-ES'][n % 3] as string,
}

/** `^dsid_[A-Za-z0-9_]{26}$`: the prefix and any 26 characters. */
function wireIdLike(pattern: string, n: number): string {
  return pattern.slice(1, pattern.indexOf('[')) + String(n).padStart(26, 'a')
}

/** What a rule between members asks for. */
function mended(name: string, value: Json): Json {
  if (name === 'items') {
    for (const item of value) item.total_amount = item.quantity * item.unit_price - item.discount_amount
  }
  if (name === 'amount_allocations') value[0].amount = 1000
  // An id is looked up: a shopper of these tests is known by his e-mail address.
  if (name === 'customer') delete value.id
  return value
}
