/** How the shopper pays with each method the bank knows. */
import { paymentMethod } from '@sluice/core/payment-methods'

/** `redirect`: on a page of the bank or wallet. `app`: in an app, while the shop waits: pending, then decided. */
export type PlayedKind = 'card' | 'redirect' | 'app'

/** Seconds of the merchant's time after which a payment in an app has been confirmed. */
export const APP_CONFIRMATION_S = 2

/** @returns `undefined` for a method this bank does not serve */
export function kindOfMethod(name: string): PlayedKind | undefined {
  if (name === 'card' || name === 'stored_card') return 'card'
  const kind = paymentMethod(name)?.kind
  return kind === 'redirect' || kind === 'app' ? kind : undefined
}

/** Seconds the shopper has on a redirect method's page. */
export function timeLimitS(name: string): number {
  return paymentMethod(name)?.timeLimitS ?? 3600
}

export function labelOf(name: string): string {
  return paymentMethod(name)?.label ?? name
}
