/** A payment, found by any of the ids it is known under, and what has happened to it. */
import { isUnfinished } from '@sluice/core/action'
import { uuidOf } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { ActionRow } from '../store/actions.ts'
import type { PaymentKey, PaymentRow } from '../store/payments.ts'
import { type Caller, mayUse } from './merchant.ts'

/**
 * @param id `pay_…`, `sid_…` (the redirect its shopper went through) or `ps_…` (the newest payment of the session)
 * @throws Problem `resource_not_found`
 */
export async function findPayment(ctx: Context, caller: Caller, id: string): Promise<PaymentRow> {
  const key = paymentKey(id)
  const payment = key && (await ctx.store.readPayment(caller.entityKey, key))
  if (!payment || !mayUse(caller, payment.channelId)) throw new Problem('resource_not_found')
  return payment
}

/** What has happened to it, latest first. What has no result yet is left out. */
export async function readActions(ctx: Context, caller: Caller, payment: PaymentRow): Promise<ActionRow[]> {
  const actions = await ctx.store.readActions(caller.entityKey, payment.id)
  return actions.filter(({ state }) => !isUnfinished(state))
}

function paymentKey(id: string): PaymentKey | undefined {
  const kinds = { id: 'payment', sid: 'redirect', session: 'session' } as const
  for (const by of ['id', 'sid', 'session'] as const) {
    const uuid = uuidOf(kinds[by], id)
    if (uuid !== undefined) return { by, id: uuid }
  }
  return undefined
}
