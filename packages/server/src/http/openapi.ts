/** `/openapi.json`: the API described by the very schemas that check it. OpenAPI 3.1. */
import swagger from '@fastify/swagger'
import { PROBLEMS, type ProblemCode } from '@sluice/core/problems'
import { SCOPES } from '@sluice/core/scopes'
import { possibleCodes } from '@sluice/core/wire/codes'
import type { FastifyInstance, FastifySchema } from 'fastify'
import type { Context } from '../context.ts'
import { VERSION } from '../version.ts'
import { type Access, OPEN } from './access.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the operation may answer beside what its schema and its access say; for the reference. */
    problems?: readonly ProblemCode[]
    /** What may be wrong with its body, where that does not follow from the names of the members. */
    bodyCodes?: readonly string[]
    /** Its answers carry the `ETag` of what they show. */
    versioned?: boolean
  }
}

const TAGS = [
  { name: 'Payment sessions', description: 'One checkout each: asked for by your server, paid in the browser.' },
  { name: 'Payments', description: 'One attempt each, with what became of it.' },
  { name: 'Workflows', description: 'Which events go where.' },
  { name: 'Events', description: 'What happened, in order; delivered, read and delivered again.' },
  { name: 'Tokens', description: 'Card details, handed over by a page and held for a quarter of an hour.' },
  { name: 'Authentication', description: 'Access tokens for OAuth clients.' },
  { name: 'Discovery', description: 'Where things are.' },
  { name: 'Sandbox', description: 'Only in sandbox mode.' },
  { name: 'Operations', description: 'For whoever runs the server.' },
]

const DESCRIPTION = `Payment sessions: one checkout each, from request to approved payment.

Amounts are integers in minor units of the currency (ISO 4217). Every answer carries \`Cko-Request-Id\` and \`Cko-Version\`.
Every error but 401 and 502, which have no body, is \`{request_id, error_type, error_codes}\`, and lists all that is wrong;
a mistake in a request for an access token is \`{error}\` (RFC 6749).`

/** Has to be registered before the routes it describes. */
export async function describeApi(app: FastifyInstance, ctx: Context) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: ctx.config.urls.api }],
      tags: TAGS,
      components: components(ctx.config.urls.api) as object,
    },
    transform: ({ schema, url, route }) => ({ schema: describeOperation(schema ?? {}, route.config), url }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('this is an OpenAPI 3 document')
      return withErrors(document.openapiObject as unknown as OpenApi)
    },
  })

  let document: string | undefined
  app.get('/openapi.json', { config: { access: OPEN }, schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(document)
  })
}

interface Operation {
  security?: unknown[]
  requestBody?: unknown
  parameters?: { in: string }[]
  responses: Record<string, { description?: string; headers?: unknown; $ref?: string; content?: unknown }>
  'x-problems'?: readonly ProblemCode[]
  'x-body-codes'?: readonly string[]
  'x-versioned'?: boolean
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

interface RouteConfig {
  access?: Access
  problems?: readonly ProblemCode[]
  bodyCodes?: readonly string[]
  versioned?: boolean
}

/** What the route's settings say, where the second pass can find it. */
function describeOperation(schema: FastifySchema, config: RouteConfig = {}): Record<string, unknown> {
  const { access = OPEN, problems = [], bodyCodes, versioned = false } = config
  return {
    ...schema,
    ...(access.scopes.length > 0 && { security: securityOf(access) }),
    'x-problems': problems,
    'x-body-codes': bodyCodes ?? (schema.body ? possibleCodes(schema.body) : []),
    'x-versioned': versioned,
  }
}

/** Alternatives: a secret key, a token with one of the scopes, and where allowed a public key with the session's secret. */
function securityOf({ scopes, publicKey, optional }: Access): Record<string, string[]>[] {
  const tokenScopes = scopes.length === SCOPES.length ? [[]] : scopes.map((scope) => [scope as string])
  return [
    publicKey === 'instead-of-secret' ? { publicKey: [] } : { secretKey: [] },
    ...tokenScopes.map((oauth2) => ({ oauth2 })),
    ...(publicKey === 'with-session-secret' ? [{ publicKey: [], sessionSecret: [] }] : []),
    ...(optional ? [{}] : []),
  ]
}

const ANSWER_HEADERS = {
  'Cko-Request-Id': { $ref: '#/components/headers/RequestId' },
  'Cko-Version': { $ref: '#/components/headers/Version' },
}

function withErrors(document: OpenApi): OpenApi {
  for (const operations of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) describeAnswers(method, operation)
  }
  return document
}

function describeAnswers(method: string, operation: Operation) {
  const { 'x-problems': problems = [], 'x-body-codes': bodyCodes = [], 'x-versioned': versioned, responses } = operation
  delete operation['x-problems']
  delete operation['x-body-codes']
  delete operation['x-versioned']
  const headers = { ...ANSWER_HEADERS, ...(versioned && { ETag: { $ref: '#/components/headers/ETag' } }) }
  for (const answer of Object.values(responses)) answer.headers = headers

  const codes: string[] = [...problems, 'rate_limit_exceeded', 'internal_error', 'service_unavailable']
  if (operation.security) {
    responses['401'] = { $ref: '#/components/responses/Unauthorized' }
    codes.push('action_not_allowed')
  }
  if (operation.parameters?.some((parameter) => parameter.in === 'path')) codes.push('resource_not_found')
  const answersMistakes = responses[400] !== undefined // by words of its own, whatever is wrong with the body
  // Where none is asked for, one that is no JSON is refused all the same.
  const mayHaveBody = operation.requestBody !== undefined || method !== 'get'
  if (mayHaveBody && !answersMistakes)
    codes.push('request_body_too_large', 'media_type_unsupported', 'request_json_invalid')

  const known = new Map<number, string[]>()
  for (const code of codes) {
    const { status } = PROBLEMS[code as ProblemCode]
    known.set(status, [...(known.get(status) ?? []), code])
  }
  if (bodyCodes.length > 0 && !answersMistakes) known.set(422, [...(known.get(422) ?? []), ...bodyCodes])
  for (const [status, listed] of known) {
    if (isProblem(responses[status])) responses[status] = problemAnswer(status, listed)
  }
  if (responses[502]) responses[502] = { description: MEANING[502] as string, headers: ANSWER_HEADERS }
  responses.default ??= problemAnswer(undefined, [])
}

/** An answer of the route's own (the token endpoint's 400, the monitor's 503) stays as the route describes it. */
function isProblem(answer: unknown): boolean {
  return answer === undefined || JSON.stringify(answer).includes('"error_codes"')
}

const MEANING: Record<number, string> = {
  403: 'The credential does not have the scope.',
  404: 'There is no such thing, or it is another merchant’s.',
  412: 'It has changed since it was read.',
  413: 'The body is larger than the limit.',
  415: 'The body is not JSON.',
  422: 'Something in the request has to be changed; all problems come at once.',
  429: 'Try again after `Retry-After` seconds.',
  500: 'Our mistake; the request id finds it in the log.',
  502: 'Surely nothing was sent to the processor: the identical request may be made again. No body.',
  503: 'The database cannot be reached or is full; try again after `Retry-After` seconds.',
}

function problemAnswer(status: number | undefined, codes: readonly string[]) {
  const meaning = (status && MEANING[status]) || 'Any other error.'
  const list = codes.map((code) => `\`${code}\``).join(', ')
  const waits = status === 429 || status === 503
  return {
    description: list ? `${meaning} Codes: ${list}.` : meaning,
    headers: { ...ANSWER_HEADERS, ...(waits && { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }) },
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Problem' },
        ...(codes[0] && { example: exampleOf(codes[0]) }),
      },
    },
  }
}

function exampleOf(code: string) {
  const type = code in PROBLEMS ? PROBLEMS[code as ProblemCode].type : 'request_invalid'
  return { request_id: '5342217f-7fa2-4626-a6c9-c979a04671a6', error_type: type, error_codes: [code] }
}

function components(api: string) {
  return {
    schemas: {
      Problem: {
        type: 'object',
        required: ['request_id', 'error_type', 'error_codes'],
        properties: {
          request_id: { type: 'string', format: 'uuid', description: 'The same as `Cko-Request-Id`.' },
          error_type: { type: 'string', description: 'The class of the error.' },
          error_codes: { type: 'array', items: { type: 'string' }, description: 'One for each thing that is wrong.' },
          query_error: {
            type: 'object',
            description: 'Only with `query_invalid`: where the query cannot be read any further, and why.',
            required: ['position', 'message'],
            properties: {
              position: { type: 'integer', description: 'Which character, counted from 1.' },
              message: { type: 'string', description: 'What was expected there.' },
            },
          },
          scenario_errors: {
            type: 'array',
            description: 'Only with `scenario_invalid`: what is wrong with the document.',
            items: {
              type: 'object',
              required: ['path', 'problem'],
              properties: {
                path: { type: 'string', description: 'Where: a JSON pointer, empty for the whole document.' },
                problem: { type: 'string', description: 'What would be right.' },
              },
            },
          },
        },
      },
    },
    headers: {
      RequestId: { description: 'Names this request in the log.', schema: { type: 'string', format: 'uuid' } },
      Version: { description: 'Version of the server.', schema: { type: 'string' } },
      ETag: {
        description: 'Version of what is shown, for `If-Match`. A replayed answer has none.',
        schema: { type: 'string' },
      },
      RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
    },
    responses: {
      Unauthorized: {
        description: 'The key or token is missing, unknown, revoked or expired, or of the wrong kind. No body.',
        headers: {
          ...ANSWER_HEADERS,
          'WWW-Authenticate': { description: 'The reason (RFC 6750).', schema: { type: 'string' } },
        },
      },
    },
    securitySchemes: {
      secretKey: { type: 'http', scheme: 'bearer', description: 'A secret key, `sk_…`; `Bearer` may be left out.' },
      publicKey: { type: 'http', scheme: 'bearer', description: 'A public key, `pk_…`; `Bearer` may be left out.' },
      sessionSecret: {
        type: 'apiKey',
        in: 'header',
        name: 'Sluice-Session-Secret',
        description: 'The `payment_session_secret` of the session.',
      },
      oauth2: {
        type: 'oauth2',
        description: 'A scope covers those below it: `gateway` covers `gateway:payment-details`.',
        flows: {
          clientCredentials: {
            tokenUrl: `${api}/connect/token`,
            scopes: Object.fromEntries(SCOPES.map((scope) => [scope, ''])),
          },
        },
      },
    },
  }
}
