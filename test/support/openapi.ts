/**
 * The server's own description as a judge: every answer of the API that a test sees has to be one that `/openapi.json`
 * announces, with every member it requires and none it does not name.
 */
import assert from 'node:assert/strict'
import { registerFormats } from '@sluice/core/wire/formats'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** The parts of an OpenAPI 3.1 document that answers are checked with. */
export interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Response>; schemas: Record<string, Schema> }
}

interface Operation {
  operationId: string
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
}

interface Response {
  $ref?: string
  content?: Record<string, { schema: Schema }>
}

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  patternProperties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  [keyword: string]: unknown
}

/** An answer as it came, with the request it answers. */
export interface SeenAnswer {
  method: string
  url: string
  status: number
  headers: Headers
  text: string
}

/** Refusals of the transport: any path may answer them, and the document describes them once, as `default`. */
const TRANSPORT_STATUSES = new Set([400, 408, 421, 431])
/** Served, and not part of the API. */
const NOT_DESCRIBED = /^\/(?:openapi\.json$|docs(?:\/|$)|returns\/|flow\/)/
const REQUEST_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const documents = new Map<string, Promise<OpenApi>>()
const judges = new WeakMap<OpenApi, Map<string, ValidateFunction>>()

/**
 * The document of the API at this origin, asked for once. `undefined` when the API is not there: a test that kills its
 * server may do so at any moment.
 */
export async function documentOf(api: string): Promise<OpenApi | undefined> {
  let document = documents.get(api)
  if (!document) {
    document = fetch(`${api}/openapi.json`).then(async (reply) => (await reply.json()) as OpenApi)
    documents.set(api, document)
  }
  try {
    return await document
  } catch {
    documents.delete(api)
    return undefined
  }
}

/** @throws AssertionError when the document does not announce this answer */
export function assertConforms(document: OpenApi, answer: SeenAnswer): void {
  const { method, status, headers, text } = answer
  const path = new URL(answer.url).pathname
  const what = `${method} ${path} answered ${status}`
  assert.match(headers.get('cko-request-id') ?? '', REQUEST_ID, `${what} without Cko-Request-Id`)
  assert.ok(headers.get('cko-version'), `${what} without Cko-Version`)

  const found = operationAt(document, method, path)
  if (!found) {
    if (status < 400 && NOT_DESCRIBED.test(path)) return
    assert.ok(
      status === 404 || TRANSPORT_STATUSES.has(status) || NOT_DESCRIBED.test(path),
      `${what}: no such operation`,
    )
    return assertProblem(document, what, answer)
  }
  const described = responseOf(document, found.operation, status)
  assert.ok(described, `${what}, which ${found.operation.operationId} does not announce`)
  if (status === 429 || status === 503)
    assert.ok(isRetryAfter(headers) || path === '/health/ready', `${what} without Retry-After`)
  if (!described.content) return assert.equal(text, '', `${what} with a body`)

  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  const media = described.content[type]
  assert.ok(media, `${what} as ${type || 'nothing'}, announced is ${Object.keys(described.content)}`)
  if (type !== 'application/json') return
  check(document, `${found.key} ${status}`, media.schema, JSON.parse(text), `${what}: ${text.slice(0, 1000)}`)
  if (status >= 400 && text.includes('"error_codes"')) assertEnvelope(what, answer)
}

/** The operation a request goes to: a path of words alone wins over one with an id in it. */
export function operationAt(document: OpenApi, method: string, path: string) {
  const candidates = Object.keys(document.paths)
    .filter((template) => patternOf(template).test(path))
    .sort((a, b) => a.split('{').length - b.split('{').length)
  for (const template of candidates) {
    const operation = document.paths[template]?.[method.toLowerCase()]
    if (operation) return { operation, key: `${method} ${template}` }
  }
  return undefined
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

function responseOf(document: OpenApi, { responses }: Operation, status: number): Response | undefined {
  const named = responses[status] ?? (TRANSPORT_STATUSES.has(status) ? responses.default : undefined)
  return named?.$ref ? document.components.responses[nameOf(named.$ref)] : named
}

function assertProblem(document: OpenApi, what: string, answer: SeenAnswer) {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, `${what} without an envelope`)
  check(document, 'problem', { $ref: '#/components/schemas/Problem' }, JSON.parse(answer.text), what)
  assertEnvelope(what, answer)
}

function assertEnvelope(what: string, { headers, text }: SeenAnswer) {
  const { request_id, error_codes } = JSON.parse(text) as { request_id: string; error_codes: string[] }
  assert.equal(request_id, headers.get('cko-request-id'), `${what} under two request ids`)
  assert.ok(error_codes.length > 0, `${what} without a code`)
  assert.equal(new Set(error_codes).size, error_codes.length, `${what} with a code twice: ${error_codes}`)
}

function isRetryAfter(headers: Headers): boolean {
  return /^[1-9]\d*$/.test(headers.get('retry-after') ?? '')
}

function check(document: OpenApi, key: string, schema: Schema, value: unknown, what: string) {
  let known = judges.get(document)
  if (!known) {
    known = new Map()
    judges.set(document, known)
  }
  let validate = known.get(key)
  if (!validate) {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
    formats.default(ajv)
    registerFormats(ajv)
    validate = ajv.compile(closed(document, schema))
    known.set(key, validate)
  }
  if (validate(value)) return
  const errors = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`
  })
  assert.fail(`${what}\ndoes not conform: ${errors.join('; ')}`)
}

/** The schema with references filled in and every object closed: a member that is not described is a mistake. */
function closed(document: OpenApi, schema: Schema): Schema {
  if (schema.$ref) return closed(document, document.components.schemas[nameOf(schema.$ref)] as Schema)
  const each = (schemas: Record<string, Schema>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, inner]) => [name, closed(document, inner)]))
  const { properties, patternProperties, additionalProperties, items, anyOf } = schema
  return {
    ...schema,
    ...(properties && { properties: each(properties) }),
    ...(patternProperties && { patternProperties: each(patternProperties) }),
    ...(items && { items: closed(document, items) }),
    ...(anyOf && { anyOf: anyOf.map((one) => closed(document, one)) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: closed(document, additionalProperties) }),
    ...(properties && additionalProperties === undefined && !patternProperties && { additionalProperties: false }),
  }
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}
