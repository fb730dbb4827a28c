/** A session as it stands now, and why it offers what it offers. */
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import { lookAtWaiting } from './look-at-waiting.ts'
import { type Caller, channelOf, mayUse, merchantOf } from './merchant.ts'
import { explainOffer, offerOf } from './offer.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { SessionView } from './request-session.ts'

/**
 * @param sessionId UUID
 * @throws Problem `resource_not_found`, the same for a session that does not exist, one of somebody else, and
 *   one on a channel the credential is not good for
 */
export async function readSession(ctx: Context, caller: Caller, sessionId: string): Promise<SessionView> {
  const session = await ctx.store.readSession(caller.entityKey, sessionId)
  if (!session || !mayUse(caller, session.channelId)) throw new Problem('resource_not_found')
  const merchant = await merchantOf(ctx, caller.entityKey)
  const channel = await channelOf(ctx, merchant, session.channelId)
  return { merchant, channel, session, methods: await offerOf(ctx, caller.entityKey, channel, session.request) }
}

/** A session with its newest attempt. */
export interface ShownSession {
  view: SessionView
  payment: PaymentRow | undefined
}

/** As `readSession`, for who shows the session to its shopper, and waits: an attempt that waits as well is looked at. */
export async function readShownSession(ctx: Context, caller: Caller, sessionId: string): Promise<ShownSession> {
  const view = await readSession(ctx, caller, sessionId)
  const tried = view.session.paymentId !== null
  const latest = () => ctx.store.readPayment(caller.entityKey, { by: 'session', id: sessionId })
  const payment = tried ? await latest() : undefined
  if (!payment || !(await lookAtWaiting(ctx, caller.entityKey, payment))) return { view, payment }
  return { view: await readSession(ctx, caller, sessionId), payment: await latest() }
}

/** Every method of the table, offered or not, with its reasons. */
export async function explainSession(ctx: Context, caller: Caller, sessionId: string) {
  const { channel, session } = await readSession(ctx, caller, sessionId)
  const methods = await explainOffer(ctx, caller.entityKey, channel, session.request)
  return methods.map(({ reasons, ...method }) => ({ ...method, reasons: [...reasons] }))
}
