/**
 * The doors for shoppers who pay outside the shop, and for testers who play them: the page of a payment, the code that
 * was typed, and the same decisions as a call.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Simulator } from '../app.ts'
import { theOne } from '../bank.ts'
import type { Payment } from '../books.ts'
import { copiesOf, tellMerchant } from '../control.ts'
import { kindOfMethod } from '../issuer/methods.ts'
import { gonePage, returnUrlOf } from '../pages/shopper.ts'
import { Caller, PaymentPath } from '../wire.ts'
import { COMES_BACK, isPaidOutside, pageUrlOf } from './addresses.ts'
import { tillPage } from './till-page.ts'
import { decideAtTill, isTillChoice } from './till.ts'

const DecisionRequest = Type.Object({
  merchant: Caller.properties.merchant,
  choice: Type.Union([Type.Literal('approve'), Type.Literal('fail'), Type.Literal('cancel')]),
  /** How often the merchant is told, at once. */
  copies: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
})
type DecisionRequest = Static<typeof DecisionRequest>

export function tillRoutes(app: FastifyInstance, bank: Simulator) {
  const { books } = bank
  const params = { type: 'object', properties: { token: { type: 'string', pattern: '^[\\w-]{22,28}$' } } }

  app.get('/till/:token', { schema: { params }, attachValidation: true }, async (request, reply) => {
    const payment = await paymentOf(request)
    return reply
      .code(payment ? 200 : 404)
      .type('text/html; charset=utf-8')
      .send(payment ? tillPage(payment) : gonePage(request.headers['accept-language']?.split(/[,;]/)[0]))
  })

  app.post('/till/:token', { schema: { params }, attachValidation: true }, async (request, reply) => {
    const page = await paymentOf(request)
    if (!page) return reply.code(404).type('text/html; charset=utf-8').send(gonePage(undefined))
    const { choice } = (request.body ?? {}) as { choice?: unknown }
    // There is nothing to choose where a code was sent.
    if (!isTillChoice(choice) || kindOfMethod(page.method) === 'otp') {
      return reply.code(422).send({ error: 'choice_invalid', message: 'choice is approve, fail or cancel.' })
    }
    const payment = await decideAtTill(books, page, choice)
    if (payment && payment.state !== page.state) await tell(payment)
    const comesBack = COMES_BACK in (request.query as object)
    const back = comesBack ? returnUrlOf(page) : undefined
    return reply.redirect(back ?? `/till/${page.page_token}`, 303)
  })

  app.get(
    '/control/payments/:key/page',
    { schema: { params: PaymentPath, querystring: Caller } },
    async (request, reply) => {
      const { merchant } = request.query as Caller
      const payment = theOne(await books.find(merchant, (request.params as PaymentPath).key))
      const url = payment && pageUrlOf(bank, payment)
      if (!url) return reply.code(404).send({ error: 'page_not_found', message: 'The payment has no page.' })
      return { url, method: payment.method, state: payment.state }
    },
  )

  app.post(
    '/control/payments/:key/decisions',
    { schema: { params: PaymentPath, body: DecisionRequest } },
    async (request, reply) => {
      const { merchant, choice, copies } = request.body as DecisionRequest
      const page = theOne(await books.find(merchant, (request.params as PaymentPath).key))
      if (!page)
        return reply.code(404).send({ error: 'payment_not_found', message: 'No payment is booked under this key.' })
      const payment = await decideAtTill(books, page, choice, timeOf(request))
      const changed = payment !== undefined && payment.state !== page.state
      return { state: payment?.state, answers: changed ? await tell(payment, copies) : [] }
    },
  )

  async function paymentOf(request: FastifyRequest): Promise<Payment | undefined> {
    if (request.validationError) return undefined
    const payment = await books.findByPage((request.params as { token: string }).token)
    return payment && isPaidOutside(payment.method) ? payment : undefined
  }

  /** Nobody comes back to the shop with the news: the bank tells them, once where no switch says how often. */
  function tell(payment: Payment, copies = copiesOf(payment, 1)): Promise<number[]> {
    return tellMerchant(bank, payment, 'payment_news', {}, copies)
  }
}

function timeOf({ headers }: FastifyRequest): Date | undefined {
  const at = new Date(typeof headers['sluice-time'] === 'string' ? headers['sluice-time'] : Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}
