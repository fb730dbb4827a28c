/** What submit and complete answer. */
import { wireId } from '@sluice/core/ids'
import { declineReason } from '@sluice/core/response-codes'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { KeptAnswer } from './once.ts'

/** `subject`: the payment. */
export type SubmitAnswer = KeptAnswer

/** An answer is kept as the bytes that were sent, so that a repeat gets the same ones: `body` is JSON. */
interface Answer {
  status: number
  body: string
}

/** What an answer says of its payment. */
type Answered = Pick<PaymentRow, 'id' | 'method'>

/** `Response received too late / timeout`: what a payment is declined with that was undone for want of an answer. */
export const UNDONE_CODE = '20068'

/** An answer as it is kept with the payment. */
export function storedAnswer(paymentId: string, { status, body }: Answer): SubmitAnswer {
  return { status, body, subject: wireId('payment', paymentId), final: true, replayed: false }
}

/** The answer while the outcome is being found out: kept nowhere. */
export function openAnswer(payment: Answered): SubmitAnswer {
  return { ...storedAnswer(payment.id, pendingAnswer(payment)), final: false }
}

/** @param amount what was approved, in minor units: maybe a part of what was requested */
export function approvedAnswer(payment: Answered & Pick<PaymentRow, 'requested'>, amount: number): Answer {
  const part = amount < payment.requested ? { amount, amount_requested: payment.requested } : {}
  return answerOf(201, payment, 'Approved', part)
}

export function declinedAnswer(payment: Answered, code: string): Answer {
  return answerOf(201, payment, 'Declined', { decline_reason: declineReason(code), response_code: code })
}

/** The shopper is to go to the address. */
export function actionAnswer(payment: Answered, url: string): Answer {
  return answerOf(202, payment, 'Action Required', { action: { type: 'redirect', url } })
}

/** The outcome is not known yet: the component asks again until it is. Never stored in doubt. */
export function pendingAnswer(payment: Answered, { nextStep }: ProcessorFacts = {}): Answer {
  return answerOf(202, payment, 'Pending', { action: { type: 'poll', ...(nextStep && { next_step: nextStep }) } })
}

/** What a submit would answer that asked only now: an attempt that went on after its first answer. */
export function answerNow(payment: PaymentRow): Answer {
  switch (payment.phase) {
    case 'authorized':
    case 'verified':
      return approvedAnswer(payment, payment.authorized)
    case 'cancelled':
    case 'expired':
    case 'declined':
    case 'not_sent':
      return declinedAnswer(payment, payment.responseCode ?? UNDONE_CODE)
    default:
      return pendingAnswer(payment, payment.facts)
  }
}

function answerOf(status: number, { id, method }: Answered, says: string, more: Record<string, unknown>): Answer {
  return { status, body: JSON.stringify({ id: wireId('payment', id), status: says, type: method, ...more }) }
}
