/** A merchant's receiver of webhooks: reads events as the plugin of a shop system does, or answers whatever it is told to. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Json } from './client.ts'

export interface Received {
  /** Milliseconds of real time since the receiver was opened. */
  at: number
  headers: IncomingMessage['headers']
  /** The very bytes. */
  raw: Buffer
  event: Json
}

export type Behaviour = (received: Received, response: ServerResponse) => void

const OK: Behaviour = (_received, response) => void response.writeHead(200).end('ok')

export async function openReceiver(t: TestContext, first: Behaviour = OK) {
  let behaviour = first
  const received: Received[] = []
  const since = performance.now()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const one = {
        at: performance.now() - since,
        headers: request.headers,
        raw,
        event: JSON.parse(raw.toString('utf8')),
      }
      received.push(one)
      behaviour(one, response)
    })
    request.on('error', () => {})
    response.on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  server.unref() // a test that failed while cleaning up must not keep its process alive
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** From now on. */
    answer(next: Behaviour) {
      behaviour = next
    },
    types: () => received.map(({ event }) => event.type as string),
    /** What came of one payment. */
    of: (paymentId: string) => received.filter(({ event }) => event.data.id === paymentId),
  }
}

/** What the plugin of a shop system makes of a message: 401 for a bad signature, else the order and what happened to it. */
export function readAsPlugin({ raw, headers }: Pick<Received, 'raw' | 'headers'>, key: string) {
  const expected = createHmac('sha256', key).update(raw).digest('hex')
  if (headers['cko-signature'] !== expected) return { status: 401 }
  const { type, data } = JSON.parse(raw.toString('utf8'))
  return {
    status: 200,
    type,
    payment: data.id,
    action: data.action_id,
    amount: data.amount,
    currency: data.currency,
    reference: data.reference,
    order: data.metadata?.order_id,
    session: data.metadata?.cko_payment_session_id,
    summary: data.response_summary,
  }
}
