/** Payment sessions: asked for, read, explained, changed, paid. */
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { uuidOf } from '@sluice/core/ids'
import { possibleCodes } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import {
  CompleteActionReply,
  CompleteReply,
  EligibilityReply,
  SessionReply,
  SubmitActionReply,
  SubmitReply,
} from '@sluice/core/wire/replies'
import { browserSubmitProblems, RULE_CODES, settledMemberProblems, strictLocaleProblems } from '@sluice/core/wire/rules'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import { UpdateSessionBody } from '@sluice/core/wire/update'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { completeSession } from '../../operations/complete-session.ts'
import { type KeptAnswer, once } from '../../operations/once.ts'
import { explainSession, readSession } from '../../operations/read-session.ts'
import { requestSession } from '../../operations/request-session.ts'
import { submitSession } from '../../operations/submit-session.ts'
import { updateSession } from '../../operations/update-session.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { etagOf, matches } from '../etags.ts'
import { KEYED, keyed, sendKept } from '../keyed.ts'
import { sessionReply } from '../replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { idParams } from './schemas.ts'

const SCOPE = 'payment-sessions'
const SessionParams = idParams('ps_…')
const UpdateHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The `ETag` of the session as you read it: the change is made to that version only.' }),
  ),
})

/** What an attempt may be answered once its body is right. */
const ATTEMPT = [
  'session_data_invalid',
  'payment_method_not_supported',
  'currency_not_supported',
  'customer_not_found',
  'amount_changed',
  'processor_unreachable',
] as const
/** What the state of a session may refuse: an attempt and a change alike … */
const FINAL_STATE = [
  'payment_session_expired',
  'payment_session_already_completed',
  'payment_session_attempts_exceeded',
  'payment_session_attempt_pending',
  'payment_session_canceled',
] as const
/** … and an attempt alone. */
const STATE = [...FINAL_STATE, 'payment_session_not_payable'] as const

export function paymentSessionRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/payment-sessions',
      {
        attachValidation: true,
        config: { access: requires(SCOPE), problems: [...KEYED, 'customer_not_found'], versioned: true },
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
          reply.header('etag', etagOf(view.session))
          const created = sessionReply(ctx, view)
          return { status: 201, body: JSON.stringify(created), subject: created.id, final: true, replayed: false }
        })
        return sendKept(ctx, reply, answer)
      },
    )

    app.get(
      '/payment-sessions/:id',
      {
        config: { access: requires(SCOPE, { publicKey: 'with-session-secret' }), versioned: true },
        schema: {
          operationId: 'getPaymentSession',
          summary: 'Get a payment session',
          tags: ['Payment sessions'],
          params: SessionParams,
          response: { 200: SessionReply },
        },
      },
      async (request, reply) => {
        const caller = authenticatedCaller(request)
        const view = await readSession(ctx, caller, sessionIdOf(request))
        reply.header('etag', etagOf(view.session))
        return sessionReply(ctx, view)
      },
    )

    app.patch(
      '/payment-sessions/:id',
      {
        attachValidation: true,
        config: {
          access: requires(SCOPE),
          problems: [...KEYED, ...FINAL_STATE, 'payment_session_changed', 'customer_not_found'],
          bodyCodes: [...possibleCodes(UpdateSessionBody), ...RULE_CODES.update],
          versioned: true,
        },
        schema: {
          operationId: 'updatePaymentSession',
          summary: 'Change a payment session',
          tags: ['Payment sessions'],
          params: SessionParams,
          headers: UpdateHeaders,
          body: UpdateSessionBody,
          response: { 200: SessionReply },
        },
      },
      async (request, reply) => {
        const caller = authenticatedCaller(request)
        const sessionId = sessionIdOf(request)
        const { value: changes, problems } = readBody(request, UpdateSessionBody)
        const wrong = [...problems, ...settledMemberProblems(request.body)]
        const ifMatch = request.headers['if-match']
        const accepts = (version: number) => matches(ifMatch, version)
        const answer = await once(ctx, keyed(request, changes), async () => {
          const view = await updateSession(ctx, caller, sessionId, { changes, problems: wrong, accepts })
          reply.header('etag', etagOf(view.session))
          const changed = sessionReply(ctx, view)
          return { status: 200, body: JSON.stringify(changed), subject: changed.id, final: true, replayed: false }
        })
        return sendKept(ctx, reply, answer)
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
        return sendKept(ctx, reply, withBrowserShare(ctx, answer, value.session_data))
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
  return sendKept(ctx, reply, withBrowserShare(ctx, answer, value.session_data))
}

/**
 * The address of a challenge of ours gets the browser's half of the key to the card that waits. It follows from the sealed
 * details, so that a repeat is answered with the same bytes; it is added here, so that no kept answer holds it.
 */
function withBrowserShare(ctx: Context, answer: KeptAnswer, sessionData: string): KeptAnswer {
  if (answer.status !== 202) return answer
  const body = JSON.parse(answer.body) as { action?: { url?: string } }
  const url = body.action?.url
  if (!url?.startsWith(`${ctx.config.urls.frames}/3ds/`)) return answer
  const whole = { ...body, action: { ...body.action, url: `${url}#${ctx.vault.browserShare(sessionData)}` } }
  return { ...answer, body: JSON.stringify(whole) }
}

/** The UUID of the session in the path. Any other shape names nothing. */
export function sessionIdOf(request: FastifyRequest): string {
  const id = uuidOf('session', (request.params as { id: string }).id)
  if (id === undefined) throw new Problem('resource_not_found')
  return id
}

function isAboutSessionData(code: string): boolean {
  return code.startsWith('session_data_')
}
