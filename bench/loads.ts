/** What is sent to the servers: bodies, and the orders for the load generator. */
import { fetchSealingKeys } from '@sluice/sealing/frames-api'
import { makeSessionData } from '@sluice/sealing/make'
import { SANDBOX_CHANNEL, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import type { LoadOrder } from './load.ts'
import type { SluiceProcess } from './sluice.ts'

export const CONNECTIONS = 64

const HEADERS = { authorization: `Bearer ${SANDBOX_KEYS.secret}`, 'content-type': 'application/json' }

/** An ordinary shop's session: about 700 bytes. */
const SESSION_BODY = {
  amount: 3498,
  currency: 'GBP',
  reference: 'ORD-2026-004711',
  description: 'Two books',
  processing_channel_id: SANDBOX_CHANNEL,
  billing: {
    address: { address_line1: '12 Wharf Road', city: 'London', zip: 'N1 7GR', country: 'GB' },
    phone: { country_code: '+44', number: '2079460123' },
  },
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
  items: [
    { reference: 'BK-1', name: 'Notes on the Engine', quantity: 1, unit_price: 1999 },
    { reference: 'BK-2', name: 'Tables of Logarithms', quantity: 1, unit_price: 1499 },
  ],
  '3ds': { enabled: false },
  metadata: { basket: '8c1f0a', source: 'web' },
  success_url: 'https://shop.example/checkout/success',
  failure_url: 'https://shop.example/checkout/failure',
}

const CARD = { number: '4242424242424242', expiry_month: 12, expiry_year: 2030, cvv: '100', name: 'Ada Lovelace' }

export interface Session {
  id: string
  payment_session_secret: string
}

/** The same request for Sluice and for the handlers it is compared with. */
export function createOrder(url: string, seconds: number): LoadOrder {
  const requests = [{ method: 'POST', path: '/payment-sessions', headers: HEADERS, body: JSON.stringify(SESSION_BODY) }]
  return { url, connections: CONNECTIONS, requests, seconds }
}

export function readOrder({ api }: SluiceProcess, sessions: readonly Session[], seconds: number): LoadOrder {
  const requests = sessions.map(({ id }) => ({ method: 'GET', path: `/payment-sessions/${id}`, headers: HEADERS }))
  return { url: api, connections: CONNECTIONS, requests, seconds }
}

/** Seals a card for each of the sessions, which are paid once. */
export async function submitOrder({ api, frames }: SluiceProcess, sessions: readonly Session[]): Promise<LoadOrder> {
  const keys = await fetchSealingKeys(frames)
  const requests = []
  for (const { id, payment_session_secret: secret } of sessions) {
    const session_data = await makeSessionData({
      framesUrl: frames,
      sessionId: id,
      secret,
      card: CARD,
      amount: SESSION_BODY.amount,
      currency: SESSION_BODY.currency,
      fetch: async () => Response.json(keys), // asked once for all of them
    })
    const path = `/payment-sessions/${id}/submit`
    requests.push({ method: 'POST', path, headers: HEADERS, body: JSON.stringify({ session_data }) })
  }
  return { url: api, connections: CONNECTIONS, requests }
}

export async function createSessions({ api }: SluiceProcess, count: number): Promise<Session[]> {
  const sessions: Session[] = []
  async function create() {
    while (sessions.length < count) {
      const body = JSON.stringify(SESSION_BODY)
      const answer = await fetch(`${api}/payment-sessions`, { method: 'POST', headers: HEADERS, body })
      if (answer.status !== 201) throw new Error(`no session: ${answer.status} ${await answer.text()}`)
      sessions.push((await answer.json()) as Session)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, create))
  return sessions.slice(0, count)
}
