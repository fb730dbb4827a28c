/** What the shop's server does with the API: the session, the three ways to pay on it, and reading what became of it. */
import { createHash } from 'node:crypto'
import type { Answer, CallApi } from './api.ts'
import type { Standing } from './pages.ts'
import { amountOf, CURRENCY, type Line, linesOf } from './products.ts'
import type { Settings } from './settings.ts'
import type { Merchant } from './shop.ts'
import { type Order, placeOrder, type Visitor, type Wanted } from './visitors.ts'

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

/** What a session is, until it takes no more payments. */
const OPEN = ['Pending', 'Action Required']

export interface Checkout {
  /**
   * `POST /payment-sessions`: what a shop does before it shows the form. A basket that has an open session gets it once
   * more, so that Back from the bank, a reload or a second tab cannot pay it twice. The sessionless mode makes none: its
   * answer is 204, unless the shopper is back from the bank, and there is one by now.
   */
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

interface Found {
  order?: Order
  /** It waits for the shopper at their bank. */
  atBank?: boolean
  /** What to answer instead of making another. */
  answer?: Answer
}

export function openCheckout(call: CallApi, merchant: Merchant): Checkout {
  /** The newest order of the basket as it stands whose session is open or approved, if there is one. */
  async function findUnfinished(visitor: Visitor, wanted: Wanted): Promise<Found> {
    const orders = [...visitor.orders.values()].filter(
      (order) => !order.settled && !order.failed && isSame(order.wanted, wanted, visitor.settings),
    )
    for (const order of orders.reverse()) {
      await order.session
      if (!order.sessionId) continue
      const session = await call(visitor.calls, 'GET', `/payment-sessions/${order.sessionId}`)
      // As long as nobody knows how that one stands, another would be a risk.
      if (session.status !== 200) return { answer: session }
      const { status } = session.body
      if (status === 'Approved') return { answer: alreadyPaid(order) }
      if (OPEN.includes(status)) return { order, atBank: status === 'Action Required' }
      order.failed = true
    }
    return {}
  }

  /**
   * Sends what was sealed. The API answers an identical repeat with the same payment, so an answer that was lost is asked
   * for again: here once, and later when the form hands over the same `session_data` with what was in the body then.
   */
  async function send(visitor: Visitor, path: string, order: Order, session_data: string, body: object) {
    const digest = digestOf(session_data)
    if (order.submitted?.digest !== digest) order.submitted = { digest, body }
    const whole = { session_data, ...order.submitted.body }
    const answer = await call(visitor.calls, 'POST', path, whole)
    return answer.status === 0 ? await call(visitor.calls, 'POST', path, whole) : answer
  }

  return {
    async requestSession(visitor, origin) {
      const wanted = wantedFor(visitor, merchant)
      const found = await findUnfinished(visitor, wanted)
      if (found.answer) return found.answer
      if (found.order?.session) return await found.order.session
      if (visitor.settings.integration === 'sessionless') return { status: 204, body: undefined }
      const order = placeOrder(visitor, linesOf(visitor.basket), wanted)
      order.session = call(visitor.calls, 'POST', '/payment-sessions', bodyOf(order, origin))
      const answer = await order.session
      if (answer.status === 201) order.sessionId = answer.body.id
      return answer
    },

    async submit(visitor, sessionId, session_data) {
      const order = [...visitor.orders.values()].find((one) => one.sessionId === sessionId)
      if (!order) return { status: 404, body: { error: 'This session is of no order of yours.' } }
      const { lines, amount } = order
      if (order.submitted?.digest !== digestOf(session_data)) {
        order.lines = linesOf(visitor.basket)
        order.amount = amountOf(visitor.basket)
      }
      const body = { amount: order.amount, items: itemsOf(order.lines) }
      const answer = await send(visitor, `/payment-sessions/${sessionId}/submit`, order, session_data, body)
      // Refused for good: what was charged before, if anything, was charged for that.
      if (answer.status === 422) Object.assign(order, { lines, amount })
      return answer
    },

    async complete(visitor, origin, session_data) {
      const digest = digestOf(session_data)
      let order = [...visitor.orders.values()].find(({ submitted }) => submitted?.digest === digest)
      if (!order) {
        const wanted = wantedFor(visitor, merchant)
        const found = await findUnfinished(visitor, wanted)
        if (found.answer) return found.answer
        // The bank may yet say yes to it. A submit to its session stops that; a session beside it would not.
        if (found.atBank) return { status: 409, body: { unfinished: true, error: 'Not finished.' } }
        order = placeOrder(visitor, linesOf(visitor.basket), wanted)
      }
      const answering = send(visitor, '/payment-sessions/complete', order, session_data, bodyOf(order, origin))
      // Whoever reloads the page meanwhile waits for it.
      order.session = answering.then(sessionIn)
      const answer = await answering
      const id = answer.body?.payment_session_id
      if (id) order.sessionId = id
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

/** The body of a session, except for what names the order. */
function wantedFor({ basket, settings }: Visitor, { channel }: Merchant): Wanted {
  return {
    amount: amountOf(basket),
    currency: CURRENCY,
    items: itemsOf(linesOf(basket)),
    processing_channel_id: channel,
    locale: settings.locale,
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    billing: { address: { address_line1: '12 St James’s Square', city: 'London', zip: 'SW1Y 4JH', country: 'GB' } },
    ...(settings.threeDs === 'on' && { '3ds': { enabled: true } }),
    ...(settings.bank !== '' && { metadata: { sluice_simulator: settings.bank } }),
  }
}

function bodyOf({ reference, wanted }: Order, origin: string) {
  return {
    ...wanted,
    reference,
    success_url: `${origin}/success?order=${reference}`,
    failure_url: `${origin}/failure?order=${reference}`,
  }
}

/** Where the shop's server submits, it names amount and items then: its session may have others. */
function isSame(one: Wanted, other: Wanted, { integration }: Settings): boolean {
  const named = integration === 'server' || integration === 'sessionless' ? { amount: 0, items: [] } : {}
  return JSON.stringify({ ...one, ...named }) === JSON.stringify({ ...other, ...named })
}

/** The session that `complete` made, as `POST /payment-sessions` answers it. */
function sessionIn({ status, body }: Answer): Answer {
  const { payment_session_id: id, payment_session_secret } = body ?? {}
  return id ? { status: 201, body: { id, payment_session_secret } } : { status, body }
}

/** The page goes on to the order, rather than pay it again. */
function alreadyPaid({ reference }: Order): Answer {
  return { status: 409, body: { order: reference, error: 'This order is paid already.' } }
}

function itemsOf(lines: Line[]) {
  return lines.map(({ product, quantity }) => ({
    reference: product.id,
    name: product.name,
    quantity,
    unit_price: product.price,
  }))
}

/** What was sealed is not kept. */
function digestOf(sessionData: string): string {
  return createHash('sha256').update(sessionData).digest('hex')
}
