/**
 * The doors for shoppers who pay outside the shop, and for testers who play them: the page of a payment, the code that
 * was typed, and the same decisions as a call.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Simulator } from '../app.ts'
import { lookAtPage, theOne } from '../bank.ts'
import type { Payment } from '../books.ts'
import { copiesOf, tellMerchant } from '../control.ts'
import { kindOfMethod } from '../issuer/methods.ts'
import { timeAtMerchant, timeNamedBy } from '../merchant-time.ts'
import { gonePage, returnUrlOf } from '../pages/shopper.ts'
import { statementToken } from '../pages/statement-address.ts'
import type { TellOfPage } from '../scenarios/hooks.ts'
import { Caller, PaymentPath } from '../wire.ts'
import { COMES_BACK, isPaidOutside, pageUrlOf } from './addresses.ts'
import { CLOSE_WINDOW, tillPage } from './till-page.ts'
import { decideAtTill, isTillChoice } from './till.ts'

const DecisionRequest = Type.Object({
  merchant: Caller.properties.merchant,
  choice: Type.Union([Type.Literal('approve'), Type.Literal('fail'), Type.Literal('cancel')]),
  /** How often the merchant is told, at once. */
  copies: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
})
type DecisionRequest = Static<typeof DecisionRequest>

/** As for the bank's other pages; and one script, by its hash. */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  `script-src 'sha256-${createHash('sha256').update(CLOSE_WINDOW).digest('base64')}'`,
].join('; ')

export function tillRoutes(app: FastifyInstance, bank: Simulator, tellOfPage: TellOfPage) {
  const { books } = bank
  const params = { type: 'object', properties: { token: { type: 'string', pattern: '^[\\w-]{22,28}$' } } }

  app.get('/till/:token', { schema: { params }, attachValidation: true }, async (request, reply) => {
    const page = await paymentOf(request)
    const payment = page && (await lookAtPage(books, page, await timeAtPage(page)))
    return reply
      .code(payment ? 200 : 404)
      .header('content-security-policy', PAGE_POLICY)
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
    const payment = await decideAtTill(books, page, choice, await timeAtPage(page))
    // Nobody comes back to the shop with the news: the bank tells them.
    if (payment && payment.state !== page.state) await tellOfPage(payment, 1)
    const comesBack = COMES_BACK in (request.query as object)
    const back = comesBack ? returnUrlOf(page) : undefined
    return reply.redirect(back ?? `/till/${page.page_token}`, 303)
  })

  app.get('/control/statement', { schema: { querystring: Caller } }, (request) => {
    const { merchant } = request.query as Caller
    return { url: `${bank.url()}/statement/${encodeURIComponent(merchant)}/${statementToken(bank, merchant)}` }
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
      const payment = await decideAtTill(books, page, choice, timeNamedBy(request) ?? (await timeAtPage(page)))
      const changed = payment !== undefined && payment.state !== page.state
      const told = copies ?? (payment && copiesOf(payment)) ?? 1
      const answers = changed ? await tellMerchant(bank, payment, 'payment_news', {}, told) : []
      return { state: payment?.state, answers }
    },
  )

  /** The merchant's time, of a payment that still waits: what has ended stays as it is. */
  async function timeAtPage(page: Payment): Promise<Date | undefined> {
    return page.state === 'pending' ? await timeAtMerchant(page) : undefined
  }

  async function paymentOf(request: FastifyRequest): Promise<Payment | undefined> {
    if (request.validationError) return undefined
    const payment = await books.findByPage((request.params as { token: string }).token)
    return payment && isPaidOutside(payment.method) ? payment : undefined
  }
}
