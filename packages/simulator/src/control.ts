/** What a test makes the bank do by itself: money that comes back, disputes, results that were a long time coming. */
import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Simulator } from './app.ts'
import { endRefund, theOne } from './bank.ts'
import type { Desk, Movement, Payment } from './books.ts'
import { kindOfMethod } from './issuer/methods.ts'
import { timeNamedBy } from './merchant-time.ts'
import { switchValue } from './switches.ts'
import { ControlRequest, PaymentPath } from './wire.ts'

/** A merchant that does not answer is not waited for longer. */
const NOTIFICATION_DEADLINE_MS = 5_000

type Told = { type: string; body: Record<string, unknown> }

/** Every control answers what the merchant was told, and how he answered. */
export function controlRoutes(app: FastifyInstance, bank: Simulator) {
  const control = (
    path: string,
    act: (desk: Desk, payment: Payment, asked: ControlRequest, at: Date) => Told | 'too_much' | undefined,
  ) => {
    app.post(
      `/control/payments/:key/${path}`,
      { schema: { params: PaymentPath, body: ControlRequest } },
      async (request, reply) => {
        const asked = request.body as ControlRequest
        const { key } = request.params as PaymentPath
        const refused = (what: string) =>
          reply.code(404).send({ error: `${what}_not_found`, message: `No ${what} is booked under this key.` })
        const subject = { merchant: asked.merchant, key, ...(asked.refund ? { followupKey: asked.refund } : {}) }
        const done = await bank.books.write(subject, (desk) => {
          const payment = theOne(desk.payments)
          return (
            payment && {
              payment,
              told: act(desk, payment, asked, timeNamedBy(request) ?? new Date(payment.requested_on)),
            }
          )
        })
        if (!done) return refused('payment')
        if (!done.told) return refused('refund')
        if (done.told === 'too_much') {
          return reply.code(422).send({ error: 'amount_invalid', message: 'Not so much was captured.' })
        }
        const { payment, told } = done
        return {
          ...told.body,
          type: told.type,
          answers: await tellMerchant(bank, payment, told.type, told.body, asked.copies ?? 1, asked.event),
        }
      },
    )
  }

  control('notifications', () => ({ type: 'payment_news', body: {} }))

  control('returns', (desk, payment, asked, at) => {
    const amount = asked.amount ?? payment.captured
    if (amount === 0 || amount > payment.captured) return 'too_much'
    move(desk, payment, 'return', amount, at)
    return { type: 'returned', body: { amount, code: asked.code ?? returnCode(payment) } }
  })

  control('disputes', (desk, payment, asked, at) => {
    const amount = asked.amount ?? payment.captured
    const stage = asked.stage ?? 'opened'
    if (amount > payment.captured) return 'too_much'
    if (stage === 'opened') move(desk, payment, 'chargeback', amount, at)
    if (stage === 'won' || stage === 'canceled') move(desk, payment, 'chargeback_won', amount, at)
    const dispute = asked.dispute ?? `dsp_${payment.reference}`
    return { type: 'dispute', body: { dispute, stage, amount, reason: asked.code ?? '10.4' } }
  })

  control('refund-results', (desk, payment, asked, at) => {
    const { followup } = desk
    if (followup?.kind !== 'refund' || followup.of !== payment.key) return undefined
    const code = asked.outcome === 'failed' ? (asked.code ?? '20005') : '10000'
    const { since: _since, of_capture: _ofCapture, ...answer } = endRefund(desk, payment, followup, code, at)
    return { type: 'action_settled', body: { ...answer, action: followup.key } }
  })
}

/**
 * Tells the merchant, so many times at once: with the same id, as a network does that repeats itself. The id follows from
 * what is told, so that telling it again is the same notification.
 * @returns the status of each answer, 0 for none
 */
export async function tellMerchant(
  bank: Pick<Simulator, 'secret'>,
  payment: Payment,
  type: string,
  body: Record<string, unknown>,
  copies: number,
  event = '',
): Promise<number[]> {
  const url = payment.request['notification_url']
  if (typeof url !== 'string') return []
  const facts = JSON.stringify([payment.merchant, payment.key, payment.state, type, body, event])
  const id = `ntf_${createHmac('sha256', bank.secret).update(`notification\n${facts}`).digest('hex').slice(0, 24)}`
  const text = JSON.stringify({ id, type, key: payment.key, ...body })
  const send = async () => {
    const signal = AbortSignal.timeout(NOTIFICATION_DEADLINE_MS)
    const headers = { 'content-type': 'application/json' }
    return await fetch(url, { method: 'POST', body: text, headers, signal, redirect: 'error' }).then(
      ({ status }) => status,
      () => 0,
    )
  }
  return await Promise.all(Array.from({ length: copies }, send))
}

/** How often a switch wants the merchant to be told of what the shopper chose; nothing where none says so. */
export function copiesOf({ switches }: Payment): number | undefined {
  const copies = switchValue(switches, 'authorize', 'notify')
  return copies === undefined ? undefined : Number(copies === '' ? 1 : copies)
}

/** Why a bank sends a debit back when nobody says why: there was not enough in the account. */
function returnCode({ method }: Payment): string {
  return kindOfMethod(method) === 'debit' ? 'AM04' : '20087'
}

export function move(desk: Desk, payment: Payment, kind: Movement['kind'], amount: number, at: Date) {
  desk.move({
    merchant: payment.merchant,
    key: payment.key,
    of: payment.key,
    kind,
    amount,
    currency: payment.currency,
    at: at.toISOString(),
    reference: payment.reference,
  })
}
