/** What the shop's server does with the API: the session, the three ways to pay on it, and reading what became of it. */
import type { Answer, CallApi } from './api.ts'
import type { Standing } from './pages.ts'
import { amountOf, type Basket, CURRENCY, linesOf } from './products.ts'
import type { Merchant } from './shop.ts'
import { type Order, placeOrder, type Visitor } from './visitors.ts'

/** The bank said yes. What has been refunded or voided since was paid all the same. */
const PAID = [
  'Authorized',
  'Captured',
  'Partially Captured',
  'Card Verified',
  'Refunded',
  'Partially Refunded',
  'Voided',
]
const NOT_PAID = ['Declined', 'Canceled', 'Expired']

export interface Checkout {
  /** `POST /payment-sessions`: what a shop does before it shows the form. */
  requestSession(visitor: Visitor, origin: string): Promise<Answer>
  /** `POST /payment-sessions/{id}/submit`, for `handleSubmit`, with the amount of the basket as it stands now. */
  submit(visitor: Visitor, sessionId: string, sessionData: string): Promise<Answer>
  /** `POST /payment-sessions/complete`: session and payment in one call, for the sessionless mode. */
  complete(visitor: Visitor, origin: string, sessionData: string): Promise<Answer>
  /** How an order stands. Asks for its session, and for the payment that the session names. */
  standing(visitor: Visitor, order: Order | undefined): Promise<Standing>
  /** What was bought leaves the basket. */
  settle(visitor: Visitor, order: Order): void
}

export function openCheckout(call: CallApi, merchant: Merchant): Checkout {
  return {
    async requestSession(visitor, origin) {
      const order = placeOrder(visitor, linesOf(visitor.basket), CURRENCY)
      const answer = await call(
        visitor.calls,
        'POST',
        '/payment-sessions',
        sessionBody(visitor, order, merchant, origin),
      )
      if (answer.status === 201) order.sessionId = answer.body.id
      return answer
    },

    async submit(visitor, sessionId, session_data) {
      const order = [...visitor.orders.values()].find((one) => one.sessionId === sessionId)
      if (!order) return { status: 404, body: { error: 'This session is of no order of yours.' } }
      order.lines = linesOf(visitor.basket)
      order.amount = amountOf(visitor.basket)
      const body = { session_data, amount: order.amount, items: itemsOf(visitor.basket) }
      return call(visitor.calls, 'POST', `/payment-sessions/${sessionId}/submit`, body)
    },

    async complete(visitor, origin, session_data) {
      const order = placeOrder(visitor, linesOf(visitor.basket), CURRENCY)
      const body = { session_data, ...sessionBody(visitor, order, merchant, origin) }
      const answer = await call(visitor.calls, 'POST', '/payment-sessions/complete', body)
      order.sessionId = answer.body?.payment_session_id
      return answer
    },

    async standing(visitor, order) {
      if (!order?.sessionId) return { how: 'unknown' }
      const session = await call(visitor.calls, 'GET', `/payment-sessions/${order.sessionId}`)
      const paymentId = session.body?.payment_id
      if (session.status !== 200 || typeof paymentId !== 'string') return { how: 'waiting' }
      const { status, body: payment } = await call(visitor.calls, 'GET', `/payments/${paymentId}`)
      if (status !== 200) return { how: 'waiting' }
      if (NOT_PAID.includes(payment.status)) return { how: 'declined', reason: payment.actions?.[0]?.response_summary }
      // Goods leave only for their full price.
      const enough = payment.amount === order.amount && payment.currency === order.currency
      if (!PAID.includes(payment.status) || !enough) return { how: 'waiting' }
      const { scheme, last4 } = payment.source ?? {}
      return { how: 'paid', payment: paymentId, card: scheme && last4 ? `${scheme} ending in ${last4}` : undefined }
    },

    settle({ basket }, order) {
      if (order.settled) return
      order.settled = true
      for (const { product, quantity } of order.lines) {
        const left = (basket.get(product.id) ?? 0) - quantity
        if (left > 0) basket.set(product.id, left)
        else basket.delete(product.id)
      }
    },
  }
}

function sessionBody({ basket, settings }: Visitor, order: Order, { channel }: Merchant, origin: string) {
  return {
    amount: order.amount,
    currency: order.currency,
    reference: order.reference,
    processing_channel_id: channel,
    locale: settings.locale,
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    billing: { address: { address_line1: '12 St James’s Square', city: 'London', zip: 'SW1Y 4JH', country: 'GB' } },
    items: itemsOf(basket),
    success_url: `${origin}/success?order=${order.reference}`,
    failure_url: `${origin}/failure?order=${order.reference}`,
    ...(settings.threeDs === 'on' && { '3ds': { enabled: true } }),
    ...(settings.bank !== '' && { metadata: { sluice_simulator: settings.bank } }),
  }
}

function itemsOf(basket: Basket) {
  return linesOf(basket).map(({ product, quantity }) => ({
    reference: product.id,
    name: product.name,
    quantity,
    unit_price: product.price,
  }))
}
