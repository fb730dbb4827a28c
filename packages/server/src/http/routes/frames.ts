/**
 * What the frames origin answers to its own documents, and to whoever seals without one. The sealing keys are public, and
 * a session opens with its own secret; a public key says whose shop it is. A secret key has no business here.
 */
import { uuidOf } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { SubmitSessionBody } from '@sluice/core/wire/submit'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { abandonAttempt } from '../../operations/abandon-attempt.ts'
import { confirmPayment } from '../../operations/confirm-payment.ts'
import type { Caller } from '../../operations/merchant.ts'
import { readShownSession } from '../../operations/read-session.ts'
import { VERSION } from '../../version.ts'
import { OPEN, requires, UNLIMITED } from '../access.ts'
import { authenticatedCaller, SESSION_SECRET_HEADER } from '../auth.ts'
import type { Limits } from '../limits.ts'
import { displayedSession } from '../replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { sessionIdOf, submit } from './payment-sessions.ts'
import { idParams } from './schemas.ts'

/** On every answer of the listener, until a document says otherwise: nobody may frame, sniff, cache or embed it. */
export const FRAMES_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

const SessionParams = idParams('ps_…')

/** A code the shopper typed, and the payment that waits for it. */
const ConfirmBody = Type.Object({ payment_id: Type.String(), code: Type.String() })
const CONFIRM_BYTES = 1024

export function frameRoutes(ctx: Context, limits: Limits): Routes {
  return async (app) => {
    app.get('/health/live', { config: { access: UNLIMITED } }, () => ({ status: 'ok', version: VERSION }))

    app.get('/frame/sealing-keys', { config: { access: OPEN } }, () => ctx.vault.sealingKeys())

    app.get(
      '/frame/sealing-audience',
      { config: { access: requires('payment-sessions:pay', { publicKey: 'instead-of-secret' }) } },
      (request) => ({ aud: request.caller?.entity }),
    )

    app.get(
      '/frame/payment-sessions/:id',
      {
        config: { access: requires('payment-sessions', { publicKey: 'with-session-secret', optional: true }) },
        schema: { params: Type.Object({ id: Type.String() }) },
      },
      async (request) => {
        if (!request.caller) await limits.countAddress(request.ip)
        const secret = request.headers[SESSION_SECRET_HEADER]
        const { caller, sessionId } = openedBy(ctx, request.params.id, typeof secret === 'string' ? secret : '')
        return displayedSession(ctx, await readShownSession(ctx, request.caller ?? caller, sessionId))
      },
    )

    app.post(
      '/frame/payment-sessions/:id/submit',
      {
        attachValidation: true,
        bodyLimit: ctx.config.limits.submitBodyBytes,
        config: { access: requires('payment-sessions', { publicKey: 'with-session-secret' }) },
        schema: { params: SessionParams, body: SubmitSessionBody },
      },
      (request, reply) => submit(ctx, request, reply),
    )

    app.post(
      '/frame/payment-sessions/:id/confirm',
      {
        attachValidation: true,
        bodyLimit: CONFIRM_BYTES,
        config: { access: requires('payment-sessions', { publicKey: 'with-session-secret' }) },
        schema: { params: SessionParams, body: ConfirmBody },
      },
      async (request, reply) => {
        const { payment_id: id, code } = readBody(request, ConfirmBody).value
        const paymentId = typeof id === 'string' ? uuidOf('payment', id) : undefined
        if (paymentId === undefined) throw new Problem('resource_not_found')
        const wanted = { paymentId, code: typeof code === 'string' ? code.trim() : '' }
        const answer = await confirmPayment(ctx, authenticatedCaller(request), sessionIdOf(request), wanted)
        return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
      },
    )

    app.post(
      '/frame/payment-sessions/:id/abandon',
      {
        config: { access: requires('payment-sessions', { publicKey: 'with-session-secret' }) },
        schema: { params: SessionParams },
      },
      async (request, reply) => {
        await abandonAttempt(ctx, authenticatedCaller(request), sessionIdOf(request))
        return reply.code(204).send()
      },
    )
  }
}

/** A wrong secret and an unknown session are one answer: nobody can find out which sessions exist. */
function openedBy(ctx: Context, id: string, secret: string): { caller: Caller; sessionId: string } {
  const sessionId = uuidOf('session', id)
  const entityKey = sessionId === undefined ? undefined : ctx.vault.entityOfSecret(secret, sessionId)
  if (sessionId === undefined || entityKey === undefined) throw new Problem('resource_not_found')
  return { caller: { entityKey, channels: 'all' }, sessionId }
}
