/** Where a shopper belongs whose attempt has ended. */
import { wireId } from '@sluice/core/ids'
import type { PaymentPhase } from '@sluice/core/payment'
import type { PaymentRow } from '../store/payments.ts'

const SUCCESSFUL: readonly PaymentPhase[] = ['authorized', 'verified', 'pending', 'in_doubt', 'sending']

/** `success_url` or `failure_url` with the three parameters, behind whatever query the merchant gave them. */
export function landingUrl(payment: PaymentRow): string {
  const succeeded = SUCCESSFUL.includes(payment.phase)
  const url = new URL(payment.request[succeeded ? 'success_url' : 'failure_url'] as string)
  url.searchParams.append('cko-payment-session-id', wireId('session', payment.sessionId))
  if (payment.sid !== null) url.searchParams.append('cko-session-id', wireId('redirect', payment.sid))
  url.searchParams.append('cko-payment-id', wireId('payment', payment.id))
  return url.href
}
