/** How long an attempt that has ended without money may still be paid. */
import { paymentMethod } from '@sluice/core/payment-methods'
import type { PaymentRow } from '../store/payments.ts'
import { LATE_MONEY_GRACE_S } from './schedule.ts'

const SECONDS_PER_DAY = 86_400

/** Whether its shopper has days to pay. */
export function hasDays(method: string): boolean {
  return givenS(method) >= SECONDS_PER_DAY
}

/**
 * The end of the time its method gives the shopper, or its own end if that is later, and the banks' time after it.
 * Milliseconds since 1970, of the merchant's time.
 */
export function lateMoneyUntil(attempt: Pick<PaymentRow, 'method' | 'facts' | 'requestedOn' | 'processedOn'>): number {
  const { method, facts, requestedOn, processedOn } = attempt
  const endsOn = facts.nextStep ? Date.parse(facts.nextStep.expires_on) : requestedOn.getTime() + givenS(method) * 1000
  return Math.max(endsOn, processedOn?.getTime() ?? 0) + LATE_MONEY_GRACE_S * 1000
}

function givenS(method: string): number {
  return paymentMethod(method)?.timeLimitS ?? 0
}
