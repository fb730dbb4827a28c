/** Requests with an idempotency key, and answers that are sent as the bytes that are kept. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { KeptAnswer, KeyedRequest } from '../operations/once.ts'
import { authenticatedCaller } from './auth.ts'

/** What a request under an idempotency key may be answered. */
export const KEYED = ['idempotency_key_invalid', 'idempotency_key_reused', 'session_already_in_use'] as const

export function keyed(request: FastifyRequest, body: unknown): KeyedRequest {
  const header = request.headers['cko-idempotency-key']
  return {
    entityKey: authenticatedCaller(request).entityKey,
    key: typeof header === 'string' ? header : undefined,
    endpoint: `${request.method} ${request.url.split('?', 1)[0]}`,
    body,
  }
}

/** Answers are sent as the bytes that are kept. */
export function sendKept(ctx: Context, reply: FastifyReply, { status, body, subject, replayed }: KeptAnswer) {
  reply.raw.once('finish', () => void ctx.seam('reply.written', subject))
  if (replayed) reply.header('idempotent-replayed', 'true')
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
