/**
 * What the frames origin answers to the card frame and to whoever seals without one. No credentials here: the keys are
 * public, and a session opens with its own secret.
 */
import { uuidOf, wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import { publicSessionStatus } from '@sluice/core/session'
import type { DisplayedSession } from '@sluice/sealing/frames-api'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { readSession } from '../../operations/read-session.ts'
import type { SessionView } from '../../operations/request-session.ts'
import { VERSION } from '../../version.ts'
import { SESSION_SECRET_HEADER } from '../auth.ts'
import type { Routes } from '../types.ts'

/** On every answer of the listener. They are data for scripts of this origin: nobody may frame, sniff, cache or embed them. */
export const FRAMES_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export function frameRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get('/health/live', () => ({ status: 'ok', version: VERSION }))

    app.get('/frame/sealing-keys', () => ctx.vault.sealingKeys())

    app.get(
      '/frame/payment-sessions/:id',
      { schema: { params: Type.Object({ id: Type.String() }) } },
      async (request) => {
        const secret = request.headers[SESSION_SECRET_HEADER]
        return displayed(await sessionOpenedBy(ctx, request.params.id, typeof secret === 'string' ? secret : ''))
      },
    )
  }
}

/** A wrong secret and an unknown session are one answer: nobody can find out which sessions exist. */
async function sessionOpenedBy(ctx: Context, id: string, secret: string): Promise<SessionView> {
  const sessionId = uuidOf('session', id)
  const entityKey = sessionId === undefined ? undefined : ctx.vault.entityOfSecret(secret, sessionId)
  if (sessionId === undefined || entityKey === undefined) throw new Problem('resource_not_found')
  return await readSession(ctx, { entityKey, channels: 'all' }, sessionId)
}

function displayed({ session, methods }: SessionView): DisplayedSession {
  const { id, state, amount, currency, request, expiresOn, now } = session
  return {
    id: wireId('session', id),
    status: publicSessionStatus(state, expiresOn <= now),
    amount,
    currency,
    locale: typeof request['locale'] === 'string' ? request['locale'] : DEFAULT_LOCALE,
    payment_methods: [...methods],
  }
}
