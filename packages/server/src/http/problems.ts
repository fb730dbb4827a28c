/** Errors as answers: the only place where one becomes a status, an envelope and headers. */
import {
  type InvalidQuery,
  InvalidRequest,
  type InvalidScenario,
  PROBLEMS,
  Problem,
  type ProblemCode,
} from '@sluice/core/problems'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { VERSION } from '../version.ts'
import { Unauthorized } from './auth.ts'
import { SchemaMismatch } from './validation.ts'

/** The body of every error but 401 and 502, which have none, and those of the token endpoint. */
interface Envelope {
  request_id: string
  error_type: string
  error_codes: readonly string[]
  query_error?: Refusal['queryError']
  scenario_errors?: Refusal['scenarioErrors']
}

/** An error as it leaves the house. */
export interface Refusal {
  status: number
  type: string
  codes: readonly string[]
  retryAfterS?: number | undefined
  /** Where a query cannot be read any further, and why. */
  queryError?: InvalidQuery['queryError'] | undefined
  /** What is wrong with a scenario, and where. */
  scenarioErrors?: InvalidScenario['scenarioErrors'] | undefined
}

/** Seconds after which a database that was gone is worth another try. */
const RETRY_DATABASE_AFTER_S = 1

export function answerErrors(app: FastifyInstance, log: Logger) {
  app.setNotFoundHandler((request, reply) => send(request, reply, refusal('resource_not_found')))
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof Unauthorized) {
      return reply.code(401).header('cache-control', 'no-store').header('www-authenticate', challenge(error)).send()
    }
    const known = refusalOf(error)
    if (known.status >= 500 && known.status !== 502) {
      const line = { request_id: request.id, route: request.routeOptions.url, err: error }
      if (known.status === 503) log.warn(line, 'the database is not available')
      else log.error(line, 'a request failed')
    }
    return send(request, reply, known)
  })
}

/** What Fastify refuses before a route is found: a path that cannot be decoded. */
export function answerUnroutable(_error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  identify(request, reply)
  return send(request, reply, refusal('resource_not_found'))
}

/** What every answer carries. */
export function identify(request: FastifyRequest, reply: FastifyReply) {
  reply.header('cko-request-id', request.id).header('cko-version', VERSION)
}

/** A cache may keep a 404 unasked, also of a name that will soon be there for good. */
function send(request: FastifyRequest, reply: FastifyReply, refused: Refusal) {
  const { status, type, codes, retryAfterS, queryError, scenarioErrors } = refused
  reply.code(status).header('cache-control', 'no-store')
  if (retryAfterS !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterS)))
  if (status === 502) return reply.send()
  const envelope: Envelope = {
    request_id: request.id,
    error_type: type,
    error_codes: codes,
    ...(queryError && { query_error: queryError }),
    ...(scenarioErrors && { scenario_errors: scenarioErrors }),
  }
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(envelope))
}

/** RFC 6750 §3 */
function challenge({ message }: Unauthorized): string {
  return `Bearer error="invalid_token", error_description="${message}"`
}

export function refusal(code: ProblemCode, retryAfterS?: number): Refusal {
  const { status, type } = PROBLEMS[code]
  return { status, type, codes: [code], retryAfterS }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Problem) return withRetryAfter(error)
  if (error instanceof InvalidRequest) return error
  if (error instanceof SchemaMismatch) return mismatchRefusal(error)
  const code = codeOf(error)
  if (code?.startsWith('FST_') || isBrokenRequest(error)) return transportRefusal(code)
  if (isDatabaseGone(error)) return refusal('service_unavailable', RETRY_DATABASE_AFTER_S)
  return refusal('internal_error')
}

/** An id of a foreign shape names nothing; everything else of a request can be mended. */
function mismatchRefusal({ part, codes }: SchemaMismatch): Refusal {
  return part === 'params' ? refusal('resource_not_found') : new InvalidRequest(codes)
}

/** 429 and 503 always say when to come back. */
function withRetryAfter(problem: Problem): Refusal {
  const { status, type, codes } = problem
  const waits = status === 429 || status === 503
  return { status, type, codes, retryAfterS: problem.retryAfterS ?? (waits ? 1 : undefined) }
}

function transportRefusal(code: string | undefined): Refusal {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refusal('request_body_too_large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return refusal('media_type_unsupported')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return refusal('request_http_invalid')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_NOT_FOUND':
      return refusal('resource_not_found')
    default:
      return refusal('internal_error')
  }
}

/** The body's stream broke off: the client is gone, and hears of nothing. */
function isBrokenRequest(error: unknown): boolean {
  return codeOf(error) === 'ECONNRESET' && (error as Error).message === 'aborted'
}

/** SQLSTATE classes and codes: connection, resources, operator intervention, read-only after a failover, lock time-out. */
const GONE_SQLSTATE = /^(?:08|53|57P0|57014|25006|55P03|40P01|58030)/
const GONE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
/** What the driver says without a code. */
const GONE_DRIVER =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout)/

/** The database is not there, is full, or too busy to answer in time: not the caller's doing, and it passes. */
export function isDatabaseGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isDatabaseGone)) return true
  const code = codeOf(error)
  if (code !== undefined) return GONE_SQLSTATE.test(code) || GONE_SYSTEM.has(code)
  return GONE_DRIVER.test(error.message) || isDatabaseGone(error.cause)
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
