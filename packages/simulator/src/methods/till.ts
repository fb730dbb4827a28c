/** What a shopper does outside the shop: approves in an app, pays a reference, scans a code, types one. Changes of the books. */
import { become, cancelled, settleByTime } from '../bank.ts'
import type { Books, Payment } from '../books.ts'
import { declined } from '../issuer/decide.ts'
import { kindOfMethod, ONE_TIME_CODE } from '../issuer/methods.ts'
import type { Answer } from '../wire.ts'

export type TillChoice = 'approve' | 'fail' | 'cancel'

export function isTillChoice(value: unknown): value is TillChoice {
  return value === 'approve' || value === 'fail' || value === 'cancel'
}

/**
 * The first choice counts, and only while the payment waits. Booked at `at`, the merchant's time; where nobody
 * says it, at the time of the request that led to the payment.
 */
export function decideAtTill(books: Books, page: Payment, choice: TillChoice, at?: Date): Promise<Payment | undefined> {
  return books.write({ merchant: page.merchant, key: page.key }, (desk) => {
    const payment = desk.payments.find(({ nth }) => nth === page.nth)
    if (payment && at) settleByTime(desk, payment, at)
    const waits = payment?.state === 'pending' || payment?.state === 'action'
    if (!payment || !waits || kindOfMethod(payment.method) === 'card') return payment
    const { approved, failed } = payment.plan
    const to = choice === 'approve' ? approved : choice === 'fail' ? failed : cancelled(payment.answer)
    if (to) become(desk, payment, to, at ?? new Date(payment.requested_on))
    return payment
  })
}

/** `PIN entry tries exceeded` */
const TOO_MANY_TRIES = '20075'

/**
 * A code the shopper typed. Each call is a try; what does not wait for a code is answered as it is. The answer is that of
 * this try: others that were made at the same moment are booked with it.
 */
export function confirm(
  books: Books,
  merchant: string,
  key: string,
  otp: string,
  at: Date,
): Promise<{ payment: Payment; answer: Answer } | undefined> {
  return books.write({ merchant, key }, (desk) => {
    for (const one of desk.payments) settleByTime(desk, one, at)
    const payment = desk.payments.at(-1)
    if (!payment) return undefined
    if (payment.answer.outcome !== 'pending' || payment.answer.next_step?.type !== 'enter_code') {
      return { payment, answer: payment.answer }
    }
    const { next_step: step, outcome: _, ...facts } = payment.answer
    const left = step.tries_left - 1
    if (otp === ONE_TIME_CODE && payment.plan.approved) become(desk, payment, payment.plan.approved, at)
    else if (left <= 0) become(desk, payment, declined(TOO_MANY_TRIES, facts), at)
    else {
      payment.answer = { ...payment.answer, next_step: { ...step, tries_left: left } }
      desk.changed(payment)
    }
    return { payment, answer: payment.answer }
  })
}
