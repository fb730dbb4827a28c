/** How the shopper pays with each method the bank knows, and what makes it come out one way or another. */
import { type MethodKind, type PaymentMethod, paymentMethod } from '@sluice/core/payment-methods'

/**
 * `redirect`: on a page of the bank or wallet. `app`: in an app, while the shop waits. `otp`: by a code that is sent. `qr`: by
 * a code that is scanned. `voucher`: by a reference, later. `debit`: accepted now, collected later. `sdk`: in a
 * window of the partner's beside the shop.
 */
export type PlayedKind = 'card' | 'redirect' | 'app' | 'otp' | 'qr' | 'voucher' | 'debit' | 'sdk'

const PLAYED: readonly MethodKind[] = ['redirect', 'app', 'otp', 'qr', 'voucher', 'debit', 'sdk']

/** Seconds of the merchant's time after which a payment in an app has been confirmed. */
export const APP_CONFIRMATION_S = 2
/** The code that every shopper is sent. */
export const ONE_TIME_CODE = '123456'
export const CODE_TRIES = 3

/**
 * What a tester makes happen by what he types. `code`: the response code, or the reason for which a debit is sent back;
 * absent where nobody ever answers.
 */
export interface Trigger {
  kind: PlayedKind
  /** Of which member of the payment. */
  member: 'phone' | 'account'
  endsWith: string
  code?: string
  /** When it comes to that: at once, when the payment is decided, or so many days after it was collected. */
  when: 'at_once' | 'decided' | { daysLater: number }
  fidelity: 'confirmed' | 'inferred'
}

export const TRIGGERS: readonly Trigger[] = [
  { kind: 'app', member: 'phone', endsWith: '0', code: '20005', when: 'decided', fidelity: 'inferred' },
  { kind: 'app', member: 'phone', endsWith: '1', when: 'decided', fidelity: 'inferred' },
  { kind: 'debit', member: 'account', endsWith: '0014', code: '20014', when: 'at_once', fidelity: 'inferred' },
  { kind: 'debit', member: 'account', endsWith: '0051', code: '20051', when: 'decided', fidelity: 'inferred' },
  { kind: 'debit', member: 'account', endsWith: '0404', code: 'AM04', when: { daysLater: 2 }, fidelity: 'inferred' },
  { kind: 'debit', member: 'account', endsWith: '0606', code: 'MD06', when: { daysLater: 10 }, fidelity: 'inferred' },
]

/** What comes of it, in words. */
export function triggeredOutcome({ code, when }: Trigger): string {
  if (typeof when === 'object') return `collected, and sent back with ${code} ${when.daysLater} days later`
  const outcome = code === undefined ? 'no answer: the payment expires' : `declined with ${code}`
  return `${outcome}, ${when.replace('_', ' ')}`
}

/** What each kind does when nothing is triggered. */
export const BEHAVIOURS: readonly { kind: PlayedKind; what: string; fidelity: 'confirmed' | 'inferred' }[] = [
  {
    kind: 'redirect',
    what: 'A page with Approve, Decline, Cancel and Leave pending; it is open for the time limit of the method.',
    fidelity: 'inferred',
  },
  {
    kind: 'app',
    what: `Approved ${APP_CONFIRMATION_S} seconds later, or on the page of the payment before that.`,
    fidelity: 'inferred',
  },
  {
    kind: 'otp',
    what: `The code is ${ONE_TIME_CODE}; after ${CODE_TRIES} wrong ones the payment is declined with 20075.`,
    fidelity: 'inferred',
  },
  { kind: 'qr', what: 'The code leads to the page of the payment, where it is paid or refused.', fidelity: 'inferred' },
  {
    kind: 'voucher',
    what: 'Paid on the page of the payment, for as long as the reference is good.',
    fidelity: 'inferred',
  },
  {
    kind: 'debit',
    what: 'Accepted at once, collected when the time limit of the method has passed, or on the page of the payment before that.',
    fidelity: 'inferred',
  },
  {
    kind: 'sdk',
    what: 'A window of its own, or the same page in place of the shop, with Pay and Refuse; it is open for the time limit of the method.',
    fidelity: 'inferred',
  },
]

const PAID_BY_CARD: readonly string[] = ['card', 'stored_card', 'applepay', 'googlepay']

/** @returns `undefined` for a method this bank does not serve */
export function kindOfMethod(name: string): PlayedKind | undefined {
  if (PAID_BY_CARD.includes(name)) return 'card'
  const method: PaymentMethod | undefined = paymentMethod(name)
  if (!method || method.wallet) return undefined
  return PLAYED.includes(method.kind) ? (method.kind as PlayedKind) : undefined
}

/** Seconds the shopper, or the bank, has. */
export function timeLimitS(name: string): number {
  return paymentMethod(name)?.timeLimitS ?? 3600
}

/** The money moves with the approval: there is no capture to ask for. */
export function capturesByItself(name: string): boolean {
  return paymentMethod(name)?.capture === 'automatic'
}

export function labelOf(name: string): string {
  return paymentMethod(name)?.label ?? name
}
