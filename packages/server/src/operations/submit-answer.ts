/** What submit and complete answer. */
import { wireId } from '@sluice/core/ids'
import type { KeptAnswer } from './once.ts'

/** `subject`: the payment. */
export type SubmitAnswer = KeptAnswer

export function storedAnswer(paymentId: string, { status, body }: { status: number; body: string }): SubmitAnswer {
  return { status, body, subject: wireId('payment', paymentId), replayed: false }
}
