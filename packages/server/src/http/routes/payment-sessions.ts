/** Payment sessions: asked for, read, explained, paid. */
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { uuidOf } from '@sluice/core/ids'
import { CreateSessionBody } from '@sluice/core/wire/create'
import {
  CompleteActionReply,
  CompleteReply,
  EligibilityReply,
  SessionReply,
  SubmitActionReply,
  SubmitReply,
} from '@sluice/core/wire/replies'
import { browserSubmitProblems, strictLocaleProblems } from '@sluice/core/wire/rules'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import { completeSession } from '../../operations/complete-session.ts'
import { once } from '../../operations/once.ts'
import { explainSession, readSession } from '../../operations/read-session.ts'
import { requestSession } from '../../operations/request-session.ts'
import { submitSession } from '../../operations/submit-session.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { KEYED, keyed, sendKept } from '../keyed.ts'
import { sessionReply } from '../replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { idParams } from './schemas.ts'

const SCOPE = 'payment-sessions'
const SessionParams = idParams('ps_…')

/** What an attempt may be answered once its body is right. */
const ATTEMPT = [
  'session_data_invalid',
  'payment_method_not_supported',
  'currency_not_supported',
  'customer_not_found',
  'amount_changed',
  'processor_unreachable',
] as const
/** What the state of a session may refuse. */
const STATE = [
  'payment_session_expired',
  'payment_session_already_completed',
  'payment_session_attempts_exceeded',
  'payment_session_attempt_pending',
  'payment_session_not_payable',
  'payment_session_canceled',
] as const

export function paymentSessionRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/payment-sessions',
      {
        attachValidation: true,
        config: { access: requires(SCOPE), problems: [...KEYED, 'customer_not_found'] },
        schema: {
          operationId: 'requestPaymentSession',
          summary: 'Request a payment session',
          tags: ['Payment sessions'],
          body: CreateSessionBody,
          response: { 201: SessionReply },
        },
      },
      async (request, reply) => {
        const caller = authenticatedCaller(request)
        const { value, problems } = readBody(request, CreateSessionBody)
        const answer = await once(ctx, keyed(request, value), async () => {
          const view = await requestSession(ctx, caller, value, problems)
          const created = sessionReply(ctx, view)
          return { status: 201, body: JSON.stringify(created), subject: created.id, final: true, replayed: false }
        })
        return sendKept(ctx, reply, answer)
      },
    )

    app.get(
      '/payment-sessions/:id',
      {
        config: { access: requires(SCOPE, { publicKey: 'with-session-secret' }) },
        schema: {
          operationId: 'getPaymentSession',
          summary: 'Get a payment session',
          tags: ['Payment sessions'],
          params: SessionParams,
          response: { 200: SessionReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        return sessionReply(ctx, await readSession(ctx, caller, sessionIdOf(request)))
      },
    )

    app.get(
      '/payment-sessions/:id/eligibility',
      {
        config: { access: requires(SCOPE) },
        schema: {
          operationId: 'explainPaymentSession',
          summary: 'Which payment methods the session offers, and why',
          tags: ['Payment sessions'],
          params: SessionParams,
          response: { 200: EligibilityReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        return { methods: await explainSession(ctx, caller, sessionIdOf(request)) }
      },
    )

    app.post(
      '/payment-sessions/:id/submit',
      {
        attachValidation: true,
        bodyLimit: ctx.config.limits.submitBodyBytes,
        config: {
          access: requires(SCOPE, { publicKey: 'with-session-secret' }),
          problems: [...KEYED, ...STATE, ...ATTEMPT],
        },
        schema: {
          operationId: 'submitPaymentSession',
          summary: 'Submit a payment attempt on a session',
          tags: ['Payment sessions'],
          params: SessionParams,
          body: SubmitSessionBody,
          response: { 201: SubmitReply, 202: SubmitActionReply },
        },
      },
      (request, reply) => submit(ctx, request, reply),
    )

    app.post(
      '/payment-sessions/complete',
      {
        attachValidation: true,
        bodyLimit: ctx.config.limits.submitBodyBytes,
        config: { access: requires(SCOPE), problems: [...KEYED, ...ATTEMPT] },
        schema: {
          operationId: 'completePaymentSession',
          summary: 'Request a session and submit an attempt on it at once',
          tags: ['Payment sessions'],
          body: CompleteSessionBody,
          response: { 201: CompleteReply, 202: CompleteActionReply },
        },
      },
      async (request, reply) => {
        const caller = authenticatedCaller(request)
        const { value, problems } = readBody(request, CompleteSessionBody)
        const payer = { origin: 'server' as const, address: request.ip }
        const answer = await once(ctx, keyed(request, value), () =>
          completeSession(ctx, caller, value, problems, payer),
        )
        return sendKept(ctx, reply, answer)
      },
    )
  }
}

/** A submit, on the API and on the frames origin. Whoever comes with a public key may send `session_data` only. */
export async function submit(ctx: Context, request: FastifyRequest, reply: FastifyReply) {
  const caller = authenticatedCaller(request)
  const sessionId = sessionIdOf(request)
  const fromBrowser = caller.kind === 'public'
  const { value, problems } = readBody(request, SubmitSessionBody)
  const codes = [
    ...(fromBrowser ? browserSubmitProblems(request.body) : []),
    ...(fromBrowser ? problems.filter(isAboutSessionData) : problems),
    ...(ctx.config.strictLocale ? strictLocaleProblems(request.body) : []),
  ]
  if (codes.length > 0) {
    // Whether the session exists is answered before what is wrong with the body.
    await readSession(ctx, caller, sessionId)
    throw new InvalidRequest(codes)
  }
  const payer = { origin: fromBrowser ? ('browser' as const) : ('server' as const), address: request.ip }
  const answer = await once(ctx, keyed(request, value), () => submitSession(ctx, caller, sessionId, value, payer))
  return sendKept(ctx, reply, answer)
}

/** The UUID of the session in the path. Any other shape names nothing. */
function sessionIdOf(request: FastifyRequest): string {
  const id = uuidOf('session', (request.params as { id: string }).id)
  if (id === undefined) throw new Problem('resource_not_found')
  return id
}

function isAboutSessionData(code: string): boolean {
  return code.startsWith('session_data_')
}
