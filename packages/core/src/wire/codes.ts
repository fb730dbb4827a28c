/**
 * Error codes follow from the schema: the path of the member that is wrong, its segments joined by `_`, then `required`
 * or `invalid`. Indexes of lists are dropped, `3ds` is spelled `three_ds`.
 */
import type { TSchema } from 'typebox'

/** What a validator (Ajv 8) says of one miss. */
export interface SchemaError {
  instancePath: string
  schemaPath: string
  keyword: string
  params: Record<string, unknown>
  /** Set when the name of a member is wrong, not its value. */
  propertyName?: string
}

/** The part of JSON Schema our request bodies are written in. */
export interface JsonSchema {
  type?: string
  format?: string
  pattern?: string
  enum?: readonly unknown[]
  properties?: Record<string, JsonSchema>
  required?: readonly string[]
  items?: JsonSchema
  anyOf?: readonly JsonSchema[]
  additionalProperties?: JsonSchema | boolean
  patternProperties?: Record<string, JsonSchema>
  propertyNames?: JsonSchema
  description?: string
}

/** A body that is no object at all. */
const NOT_AN_OBJECT = 'request_invalid'

/** The codes of a body's misses: one per member and problem, each once, in the order of the schema. */
export function codesOf(schema: TSchema, errors: readonly SchemaError[]): string[] {
  return inOrder(
    schema,
    errors.map((error) => codeOf(schema as JsonSchema, error)),
  )
}

/** Codes without repeats, in the order of the schema's members; those of no member come last, as they were given. */
export function inOrder(schema: TSchema, codes: readonly string[]): string[] {
  const distinct = [...new Set(codes)]
  if (distinct.length < 2) return distinct
  const places = placesOf(schema)
  return distinct.sort((a, b) => placeOf(a, places) - placeOf(b, places))
}

/** Every code the schema can produce, in its order: `request_invalid`, `amount_required`, `amount_invalid`, … */
export function possibleCodes(schema: TSchema): string[] {
  const codes = membersOf(schema as JsonSchema, []).flatMap(({ path, schema: member, required }) => [
    ...(required ? [memberCode(path, 'required')] : []),
    memberCode(path, 'invalid'),
    ...(judgesNames(member) ? [memberCode([...path, 'key'], 'invalid')] : []),
  ])
  return [...new Set([NOT_AN_OBJECT, ...codes])]
}

/** A member of a schema, however deep; lists and their entries are one member. */
export interface Member {
  path: readonly string[]
  schema: JsonSchema
  required: boolean
}

/** Every member of a schema, an object before its own members. */
export function membersOf(schema: JsonSchema, path: readonly string[] = []): Member[] {
  if (schema.items) return membersOf(schema.items, path)
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const here = [...path, name]
    return [
      { path: here, schema: inner, required: schema.required?.includes(name) ?? false },
      ...membersOf(inner, here),
    ]
  })
}

/** The code of a member: `memberCode(['items', 'name'], 'required')` is `items_name_required`. */
export function memberCode(path: readonly string[], problem: 'required' | 'invalid' | 'not_allowed'): string {
  return path.length === 0 ? NOT_AN_OBJECT : [...path.map(spelled), problem].join('_')
}

function codeOf(root: JsonSchema, error: SchemaError): string {
  const { path, schema } = memberAt(root, error.instancePath)
  if (isMap(schema)) {
    const ofName = error.keyword === 'propertyNames' || error.propertyName !== undefined
    return memberCode(ofName ? [...path, 'key'] : path, 'invalid')
  }
  if (error.keyword === 'required') return memberCode([...path, String(error.params.missingProperty)], 'required')
  return memberCode(path, 'invalid')
}

/** The member a JSON pointer leads to. What lies inside a map is the map's: its names are the caller's, not ours. */
function memberAt(root: JsonSchema, pointer: string): { path: string[]; schema: JsonSchema } {
  let schema = root
  const path: string[] = []
  for (const escaped of pointer.split('/').slice(1)) {
    if (isMap(schema)) break
    if (schema.items) {
      schema = schema.items
      continue
    }
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    const inner = schema.properties?.[name]
    if (!inner) break
    path.push(name)
    schema = inner
  }
  return { path, schema }
}

export function isMap(schema: JsonSchema): boolean {
  return schema.type === 'object' && schema.properties === undefined
}

/** Whether the names in a map may be wrong: not those of a document of any form, which has a judge of its own. */
export function judgesNames(schema: JsonSchema): boolean {
  const ofAnyForm = Object.values(schema.patternProperties ?? {}).some((value) => Object.keys(value).length === 0)
  return isMap(schema) && !ofAnyForm
}

const places = new WeakMap<TSchema, Map<string, number>>()

/** Where each member stands, by its name as codes spell it. */
function placesOf(schema: TSchema): Map<string, number> {
  let order = places.get(schema)
  if (!order) {
    order = new Map(membersOf(schema as JsonSchema).map(({ path }, place) => [path.map(spelled).join('_'), place]))
    places.set(schema, order)
  }
  return order
}

/** The place of the member a code begins with: `amount_allocations_sum_invalid` stands with `amount_allocations`. */
function placeOf(code: string, order: Map<string, number>): number {
  for (let end = code.lastIndexOf('_'); end > 0; end = code.lastIndexOf('_', end - 1)) {
    const place = order.get(code.slice(0, end))
    if (place !== undefined) return place
  }
  return order.size
}

/** A segment as codes spell it. */
function spelled(name: string): string {
  if (name === '3ds') return 'three_ds'
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
