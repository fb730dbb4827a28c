/** Where a shopper belongs whose attempt has ended. */
import { wireId } from '@sluice/core/ids'
import type { PaymentPhase } from '@sluice/core/payment'
import type { Context } from '../context.ts'
import type { PaymentRow } from '../store/payments.ts'

const SUCCESSFUL: readonly PaymentPhase[] = ['authorized', 'verified', 'pending', 'in_doubt', 'sending']

const PAID: readonly PaymentPhase[] = ['authorized', 'verified']

/**
 * As `landingUrl`. Who comes back from an attempt that failed, while its session was paid by another one in another tab,
 * has paid.
 */
export async function landingOf(ctx: Context, entityKey: number, payment: PaymentRow): Promise<string> {
  if (SUCCESSFUL.includes(payment.phase)) return landingUrl(payment)
  const latest = await ctx.store.readPayment(entityKey, { by: 'session', id: payment.sessionId })
  return landingUrl(latest && PAID.includes(latest.phase) ? latest : payment)
}

/** `success_url` or `failure_url` with the three parameters, behind whatever query the merchant gave them. */
export function landingUrl(payment: PaymentRow): string {
  const succeeded = SUCCESSFUL.includes(payment.phase)
  const url = new URL(payment.request[succeeded ? 'success_url' : 'failure_url'] as string)
  url.searchParams.append('cko-payment-session-id', wireId('session', payment.sessionId))
  if (payment.sid !== null) url.searchParams.append('cko-session-id', wireId('redirect', payment.sid))
  url.searchParams.append('cko-payment-id', wireId('payment', payment.id))
  return url.href
}
