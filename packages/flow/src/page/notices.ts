/** What the shopper reads when a payment was not made: keys of texts. */
import type { Refusal } from '../common/messages.ts'

/** How a session has ended that was not paid: what the shopper reads, and the API's code for it. */
export const CLOSED: Record<string, { key: string; code: string }> = {
  Expired: { key: 'sluice.session_expired', code: 'payment_session_expired' },
  Declined: { key: 'sluice.attempts_used_up', code: 'payment_session_attempts_exceeded' },
  Canceled: { key: 'payment.declined.invalid_payment_session_data', code: 'payment_session_canceled' },
}

/** Reasons with a text of their own; all others are `try_again`. */
const DECLINE_TEXTS =
  /^(card_not_supported|invalid_customer_data|invalid_payment_session_data|merchant_misconfiguration|not_enough_funds|payment_cancelled|payment_expired)$/

export function declineKey(reason: string | undefined): string {
  return `payment.declined.${DECLINE_TEXTS.test(reason ?? '') ? reason : 'try_again'}`
}

const REFUSAL_TEXTS: Record<string, string> = {
  payment_session_expired: 'sluice.session_expired',
  payment_session_attempts_exceeded: 'sluice.attempts_used_up',
  amount_changed: 'sluice.amount_changed',
}

export function refusalKey({ errorCodes = [], status }: Refusal): string {
  for (const one of errorCodes) {
    const key = REFUSAL_TEXTS[one]
    if (key) return key
  }
  if (status === 429) return 'sluice.too_many_requests'
  if (status === undefined && !navigator.onLine) return 'sluice.offline'
  return 'payment.declined.try_again'
}
