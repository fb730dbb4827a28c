/** Who is in the shop: a basket, orders and settings behind a cookie, in memory. A real shop has a database for it. */
import { randomBytes } from 'node:crypto'
import type { Answer, Call } from './api.ts'
import type { Basket, Line } from './products.ts'
import { DEFAULTS, type Settings } from './settings.ts'

const COOKIE = 'demo_shop'
const MOST_VISITORS = 500
const MOST_ORDERS = 50

export interface Order {
  /** The shop's own number; `reference` of the payment session. */
  reference: string
  lines: Line[]
  /** Minor units. */
  amount: number
  currency: string
  /** `ps_…`, once the session was made. */
  sessionId?: string
  /** What its session is requested with, except for what names the order: the same again is the same order. */
  wanted: Wanted
  /** How the API answered when the session was requested: with what the card form needs. */
  session?: Promise<Answer>
  /** The newest submit: the SHA-256 of its `session_data`, and what went with it. */
  submitted?: { digest: string; body: object }
  /** Paid for, and taken out of the basket. */
  settled?: boolean
  /** Its session takes no more payments, and none was approved. */
  failed?: boolean
}

/** Of the body of `POST /payment-sessions`. */
export interface Wanted {
  /** Minor units. */
  amount: number
  currency: string
  items: object[]
  [member: string]: unknown
}

export interface Visitor {
  id: string
  basket: Basket
  orders: Map<string, Order>
  settings: Settings
  /** The newest calls of the shop's server to the API, for the panel. */
  calls: Call[]
}

export interface Visitors {
  /** The visitor of a `Cookie` header; a new one when it names none. */
  of(cookies: string | undefined): Visitor
}

export function openVisitors(): Visitors {
  const visitors = new Map<string, Visitor>()
  return {
    of(cookies) {
      const known = visitors.get(idIn(cookies) ?? '')
      const visitor: Visitor = known ?? {
        id: randomBytes(16).toString('base64url'),
        basket: new Map(),
        orders: new Map(),
        settings: DEFAULTS,
        calls: [],
      }
      // Whoever was here last is forgotten last.
      visitors.delete(visitor.id)
      visitors.set(visitor.id, visitor)
      if (visitors.size > MOST_VISITORS) visitors.delete(visitors.keys().next().value as string)
      return visitor
    },
  }
}

/** `Lax`: the cookie has to come along when a bank sends the shopper back. */
export function cookieOf(visitor: Visitor, secure: boolean): string {
  return `${COOKIE}=${visitor.id}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** Writes the order down, as the basket stands now. */
export function placeOrder(visitor: Visitor, lines: Line[], wanted: Wanted): Order {
  const order: Order = {
    reference: `ORD-${randomBytes(5).toString('hex').toUpperCase()}`,
    lines,
    amount: wanted.amount,
    currency: wanted.currency,
    wanted,
  }
  visitor.orders.set(order.reference, order)
  if (visitor.orders.size > MOST_ORDERS) visitor.orders.delete(visitor.orders.keys().next().value as string)
  return order
}

function idIn(cookies: string | undefined): string | undefined {
  return new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(cookies ?? '')?.[1]
}
