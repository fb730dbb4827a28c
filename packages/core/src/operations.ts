/** What may still be done with a payment: the links of its answer, and the refusals of what is asked for, follow from it. */
import { paymentMethod } from './payment-methods.ts'
import { type Amounts, balancesOf, type PaymentPhase } from './payment.ts'

/** What of a processor's manifest decides. */
export interface OperationAbilities {
  multiCapture: boolean
  partialVoid: boolean
  increment: boolean
  /** After so many days a refund is not taken any more. */
  refundWindowDays: number
}

/** A payment as far as it matters. Times are the merchant's. */
export interface OperablePayment extends Amounts {
  phase: PaymentPhase
  method: string
  authUntil: Date | null
  processedOn: Date | null
  requestedOn: Date
  now: Date
  /** The merchant's request of it. */
  request: Record<string, unknown>
}

export interface PossibleOperations {
  capture: boolean
  void: boolean
  refund: boolean
  /** An increment of the authorization. */
  authorize: boolean
}

const DAY_MS = 86_400_000

/** Whether the bank still keeps the hold. */
export function isHeld({ authUntil, now }: Pick<OperablePayment, 'authUntil' | 'now'>): boolean {
  return authUntil === null || now < authUntil
}

/** What could succeed if it were asked for now. */
export function possibleOperations(payment: OperablePayment, abilities: OperationAbilities): PossibleOperations {
  if (payment.phase !== 'authorized') {
    return { capture: false, void: mayVoidWhileWaiting(payment), refund: false, authorize: false }
  }
  const { available_to_capture: open, available_to_refund: refundable } = balancesOf(payment)
  const held = isHeld(payment)
  const refundableUntil = (payment.processedOn ?? payment.requestedOn).getTime() + abilities.refundWindowDays * DAY_MS
  return {
    capture: open > 0 && held && mayCaptureAgain(payment, abilities),
    void: open > 0,
    refund: refundable > 0 && payment.now.getTime() <= refundableUntil,
    authorize: open > 0 && held && mayIncrement(payment, abilities),
  }
}

/** A method whose payment can be stopped as a whole while its shopper, or his bank, has not done his part. */
export function mayVoidWhileWaiting({ phase, method }: Pick<OperablePayment, 'phase' | 'method'>): boolean {
  const waits = phase === 'pending' || phase === 'redirected'
  return waits && paymentMethod(method)?.void === 'while_pending'
}

/** A processor without several captures takes one of each payment. */
export function mayCaptureAgain({ capturing, captured }: Amounts, { multiCapture }: OperationAbilities): boolean {
  return multiCapture || capturing + captured === 0
}

/** An authorization that was asked for as final stays as it is. */
export function mayIncrement(
  { request }: Pick<OperablePayment, 'request'>,
  { increment }: OperationAbilities,
): boolean {
  return increment && request['authorization_type'] !== 'Final'
}
