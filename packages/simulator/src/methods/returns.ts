/**
 * Debits that come back by themselves, days after they were collected. The bank has no clock: it looks when it is asked to,
 * by who moves a merchant's clock, and now and then, when it asks the merchants of such debits what time it is.
 */
import type { Simulator } from '../app.ts'
import type { Payment } from '../books.ts'
import { move, tellMerchant } from '../control.ts'
import { timeAtMerchant } from '../merchant-time.ts'

/** Real time. */
const LOOK_EVERY_MS = 15_000

/**
 * Sends back what falls due at the merchant's time, and tells him.
 * @returns how much was told, and when the next is due, ISO 8601
 */
export async function returnDebits(
  bank: Pick<Simulator, 'books' | 'secret'>,
  merchant: string,
  at: Date,
): Promise<{ told: number; next?: string }> {
  let told = 0
  for (;;) {
    const [first] = await bank.books.toReturn(merchant)
    if (!first?.returns_on) return { told }
    if (new Date(first.returns_on) > at) return { told, next: first.returns_on }
    const sent = await sendBack(bank, first, new Date(first.returns_on))
    if (!sent) continue
    told += 1
    await tellMerchant(bank, sent.payment, 'returned', sent.body, 1)
  }
}

/** Whatever was not refunded meanwhile. */
function sendBack({ books }: Pick<Simulator, 'books'>, { merchant, key, nth }: Payment, at: Date) {
  return books.write({ merchant, key }, (desk) => {
    const payment = desk.payments.find((one) => one.nth === nth)
    if (!payment?.returns_on) return undefined
    payment.returns_on = null
    desk.changed(payment)
    const amount = payment.captured - payment.refunded
    const { code } = payment.plan.returned ?? {}
    if (amount <= 0 || code === undefined) return undefined
    move(desk, payment, 'return', amount, at)
    return { payment, body: { amount, code } }
  })
}

/** Looks now and then. @returns ends it */
export function watchReturns(bank: Simulator): () => void {
  const timer = setInterval(() => {
    look(bank).catch((cause: Error) => {
      bank.log.warn({ err: { message: cause.message } }, 'debits were not sent back')
    })
  }, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

async function look(bank: Simulator): Promise<void> {
  for (const payment of await bank.books.toReturn()) {
    const now = await timeAtMerchant(payment)
    if (now) await returnDebits(bank, payment.merchant, now)
  }
}
