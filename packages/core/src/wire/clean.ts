/**
 * What is kept of a request body: the members the schema knows; payment types and timestamps in their one canonical
 * spelling. Everything else is dropped, and named with its type so that the request log can show it; its value is never
 * kept.
 */
import type { TSchema } from 'typebox'
import { isMap, type JsonSchema } from './codes.ts'
import { canonicalPaymentType, canonicalTimestamp } from './formats.ts'

/** A member that was sent and is not in the schema. */
export interface UnknownMember {
  /** Dotted, without indexes: `items.colour`. */
  path: string
  type: 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null'
}

export interface Cleaned<Body> {
  value: Body
  unknown: UnknownMember[]
}

/** A log line is not a place to store a body: more unknown members than these are not named. */
const MOST_UNKNOWN_NAMED = 32
const PLAIN_NAME = /^[A-Za-z_$][\w$.-]{0,63}$/

type Rebuild = (value: unknown, unknown: UnknownMember[]) => unknown

const rebuilders = new WeakMap<TSchema, Rebuild>()

/**
 * Rebuilds a valid body from its schema. It never throws: what does not have the shape the schema says is left out.
 * The body itself is not changed.
 */
export function clean<Body = Record<string, unknown>>(schema: TSchema, body: unknown): Cleaned<Body> {
  let rebuild = rebuilders.get(schema)
  if (!rebuild) {
    rebuild = rebuilderOf(schema, '')
    rebuilders.set(schema, rebuild)
  }
  const unknown: UnknownMember[] = []
  return { value: rebuild(body, unknown) as Body, unknown }
}

function rebuilderOf(schema: JsonSchema, path: string): Rebuild {
  if (schema.items) return listRebuilder(rebuilderOf(schema.items, path))
  if (isMap(schema)) return mapRebuilder(schema)
  if (schema.properties) return objectRebuilder(schema.properties, path)
  if (schema.format === 'payment-type') return canonicalRebuilder(canonicalPaymentType)
  if (schema.format === 'timestamp') return canonicalRebuilder(canonicalTimestamp)
  return rebuildScalar
}

function objectRebuilder(properties: Record<string, JsonSchema>, path: string): Rebuild {
  const prefix = path === '' ? '' : `${path}.`
  const members = new Map(
    Object.entries(properties).map(([name, schema]) => [name, rebuilderOf(schema, prefix + name)] as const),
  )
  return (value, unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const given = value as Record<string, unknown>
    const kept: Record<string, unknown> = {}
    for (const name of Object.keys(given)) {
      const rebuild = members.get(name)
      if (rebuild) {
        const member = rebuild(given[name], unknown)
        if (member !== undefined) kept[name] = member
      } else if (unknown.length < MOST_UNKNOWN_NAMED) {
        unknown.push({ path: prefix + printable(name), type: typeOf(given[name]) })
      }
    }
    return kept
  }
}

function listRebuilder(rebuildItem: Rebuild): Rebuild {
  return (value, unknown) => {
    if (!Array.isArray(value)) return undefined
    return value.map((item) => rebuildItem(item, unknown)).filter((item) => item !== undefined)
  }
}

function canonicalRebuilder(canonical: (text: string) => string | undefined): Rebuild {
  return (value) => (typeof value === 'string' ? canonical(value) : undefined)
}

/** Names are the caller's own; `__proto__` is not one (the schema refuses it). */
function mapRebuilder({ additionalProperties: inner }: JsonSchema): Rebuild {
  const rebuild = typeof inner === 'object' && inner.items ? listRebuilder(rebuildScalar) : rebuildScalar
  return (value, unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const kept: Record<string, unknown> = {}
    for (const name of Object.keys(value)) {
      const member = rebuild((value as Record<string, unknown>)[name], unknown)
      if (member !== undefined && name !== '__proto__') kept[name] = member
    }
    return kept
  }
}

/** JSON can write minus zero, and nobody means it. */
function rebuildScalar(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return typeof value === 'number' ? value + 0 : undefined
}

function typeOf(value: unknown): UnknownMember['type'] {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as 'string' | 'number' | 'boolean' | 'object'
}

/** Longer than any word of a name: a key, or a secret, that got into the place of one. */
const TOO_LONG_A_WORD = /[A-Za-z0-9]{25}/

/**
 * A member's name is the caller's text too: what does not look like a name, or may hold a card number, a security code or
 * a secret, is not shown. Three digits in a row are as many as the shortest security code has.
 */
function printable(name: string): string {
  const plain = PLAIN_NAME.test(name) && !TOO_LONG_A_WORD.test(name)
  return plain && !/\d{3}/.test(name.replaceAll(/[-_.]/g, '')) ? name : '(unprintable)'
}
