/** What submit and complete answer. */
import { wireId } from '@sluice/core/ids'
import { pendingAnswer } from './attempt.ts'
import type { KeptAnswer } from './once.ts'

/** `subject`: the payment. */
export type SubmitAnswer = KeptAnswer

/** An answer as it is kept with the payment. */
export function storedAnswer(paymentId: string, { status, body }: { status: number; body: string }): SubmitAnswer {
  return { status, body, subject: wireId('payment', paymentId), final: true, replayed: false }
}

/** The answer while the outcome is being found out: kept nowhere. */
export function openAnswer(payment: Parameters<typeof pendingAnswer>[0]): SubmitAnswer {
  return { ...storedAnswer(payment.id, pendingAnswer(payment)), final: false }
}
