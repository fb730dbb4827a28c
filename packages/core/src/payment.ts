/** A payment: one attempt on a session. Its phase says how far the authorization got; its amounts say the rest. */

export const PAYMENT_PHASES = [
  'created',
  'authenticating',
  'redirected',
  'sending',
  'pending',
  'in_doubt',
  'reversing',
  'authorized',
  'verified',
  'declined',
  'cancelled',
  'expired',
  'not_sent',
] as const
export type PaymentPhase = (typeof PAYMENT_PHASES)[number]

/**
 * Where each phase may go. `in_doubt`: we do not know whether our message acted. `pending`: the rail knows and will
 * tell. `not_sent`: the processor was surely never reached. Final phases go nowhere; an authorized payment changes by
 * its amounts alone.
 */
export const PAYMENT_MOVES: Record<PaymentPhase, readonly PaymentPhase[]> = {
  created: ['authenticating', 'redirected', 'sending'],
  authenticating: [
    'sending',
    'pending',
    'authorized',
    'verified',
    'declined',
    'expired',
    'cancelled',
    'in_doubt',
    'reversing',
  ],
  redirected: ['pending', 'in_doubt', 'authorized', 'verified', 'declined', 'expired', 'cancelled', 'reversing'],
  sending: [
    'authenticating',
    'redirected',
    'pending',
    'authorized',
    'verified',
    'declined',
    'cancelled',
    'in_doubt',
    'reversing',
    'not_sent',
  ],
  pending: ['authorized', 'verified', 'declined', 'cancelled', 'expired', 'reversing'],
  in_doubt: [
    'sending',
    'authenticating',
    'redirected',
    'pending',
    'authorized',
    'verified',
    'declined',
    'cancelled',
    'expired',
    'reversing',
  ],
  reversing: ['declined', 'authorized'],
  authorized: [],
  verified: [],
  declined: [],
  cancelled: [],
  expired: [],
  not_sent: [],
}

/** Phases in which an attempt is over without money: another attempt may begin. */
export const FAILED_PHASES = ['declined', 'cancelled', 'expired', 'not_sent'] as const satisfies PaymentPhase[]

/** Nobody will learn anything by waiting: the attempt is over, for good or ill. */
export function isFinal(phase: PaymentPhase): boolean {
  return PAYMENT_MOVES[phase].length === 0
}

/** Phases in which the shopper has something to do. */
export const WAITING_FOR_SHOPPER = ['authenticating', 'redirected'] as const satisfies PaymentPhase[]

export function mayMove(from: PaymentPhase, to: PaymentPhase): boolean {
  return PAYMENT_MOVES[from].includes(to)
}

/** The phases from which `to` can be reached: what a compare-and-set names. */
export function phasesBefore(to: PaymentPhase): PaymentPhase[] {
  return PAYMENT_PHASES.filter((from) => mayMove(from, to))
}

/** Amounts of a payment in minor units of its currency. What is *-ing* is reserved, not yet confirmed. */
export interface Amounts {
  requested: number
  authorized: number
  capturing: number
  captured: number
  voiding: number
  voided: number
  refunding: number
  refunded: number
  returned: number
  /** Taken back by the shopper's bank in a dispute; below zero while only the end of one was told. */
  chargedBack: number
}

export type PaymentStatus =
  | 'Pending'
  | 'Declined'
  | 'Canceled'
  | 'Expired'
  | 'Card Verified'
  | 'Refunded'
  | 'Partially Refunded'
  | 'Captured'
  | 'Partially Captured'
  | 'Voided'
  | 'Authorized'

const STATUS_OF_PHASE: Partial<Record<PaymentPhase, PaymentStatus>> = {
  declined: 'Declined',
  not_sent: 'Declined',
  cancelled: 'Canceled',
  expired: 'Expired',
  verified: 'Card Verified',
}

/** `status` of a payment on the wire: derived from phase and amounts, never stored. First match wins. */
export function publicStatus(phase: PaymentPhase, amounts: Amounts): PaymentStatus {
  if (phase !== 'authorized') return STATUS_OF_PHASE[phase] ?? 'Pending'
  if (amounts.refunded > 0) {
    return amounts.refunded === amounts.captured && amounts.refunding === 0 ? 'Refunded' : 'Partially Refunded'
  }
  if (amounts.captured > 0) return amounts.captured === amounts.authorized ? 'Captured' : 'Partially Captured'
  if (amounts.voided === amounts.authorized) return 'Voided'
  return 'Authorized'
}

/** `balances` on the wire, in minor units: what happened, and what may still be asked for. */
export interface Balances {
  total_authorized: number
  total_voided: number
  available_to_void: number
  total_captured: number
  available_to_capture: number
  total_refunded: number
  available_to_refund: number
}

/** What can still be captured, voided and refunded follows from what was booked and what is reserved. */
export function balancesOf(amounts: Amounts): Balances {
  const open = amounts.authorized - amounts.capturing - amounts.captured - amounts.voiding - amounts.voided
  // A bank that took money back has given it to the shopper already.
  const lost = amounts.returned + Math.max(0, amounts.chargedBack)
  return {
    total_authorized: amounts.authorized,
    total_voided: amounts.voided,
    available_to_void: open,
    total_captured: amounts.captured,
    available_to_capture: open,
    total_refunded: amounts.refunded,
    available_to_refund: Math.max(0, amounts.captured - amounts.refunding - amounts.refunded - lost),
  }
}
