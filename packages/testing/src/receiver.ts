/** A receiver of a world's webhooks on this machine, and the waiting for one of them. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Call, expectOk, type Json } from './calls.ts'

/** One delivery, with a signature that was right. */
export interface Webhook {
  id: string
  type: string
  data: Json
  /** The whole event as it was sent. */
  event: Json
  headers: IncomingMessage['headers']
}

/** A type; members the event has to have (`{ type: 'payment_captured', data: { id } }`); or a question. */
export type WebhookMatch = string | { [member: string]: Json } | ((webhook: Webhook) => boolean)

export interface Receiver {
  readonly url: string
  /** Everything that was delivered, in its order. */
  readonly received: readonly Webhook[]
  /**
   * The first delivery that matches and that no earlier call was given, also one that is there already.
   * @throws after `timeoutMs` of real time (default 10 s), with the types of what was delivered instead; when it is closed
   */
  wait(match: WebhookMatch, timeoutMs?: number): Promise<Webhook>
  /** Has nothing more delivered, and ends who waits. */
  close(): Promise<void>
}

interface Waiting {
  match: WebhookMatch
  resolve: (webhook: Webhook) => void
  reject: (cause: Error) => void
}

/** @param entity `ent_…`: all of its events are delivered */
export async function openReceiver(call: Call, entity: string): Promise<Receiver> {
  const key = crypto.randomUUID()
  const received: Webhook[] = []
  const given = new Set<Webhook>()
  const waiting = new Set<Waiting>()

  const take = (webhook: Webhook) => {
    received.push(webhook)
    const waiter = [...waiting].find(({ match }) => fits(webhook, match))
    if (!waiter) return
    waiting.delete(waiter)
    given.add(webhook)
    waiter.resolve(webhook)
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      if (!isSigned(raw, request.headers['cko-signature'], key)) return void response.writeHead(401).end()
      const event = JSON.parse(raw.toString('utf8'))
      take({ id: event.id, type: event.type, data: event.data, event, headers: request.headers })
      response.writeHead(200).end()
    })
    request.on('error', () => undefined)
  })
  server.unref()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>((done) => server.close(() => done()))
  }
  const workflow = await expectOk(call, 'POST', '/workflows', {
    name: 'Test',
    conditions: [{ type: 'entity', entities: [entity] }],
    actions: [{ type: 'webhook', url, signature: { key } }],
  }).catch(async (cause) => {
    await close()
    throw cause
  })

  return {
    url,
    received,
    wait(match, timeoutMs = 10_000) {
      const there = received.find((webhook) => !given.has(webhook) && fits(webhook, match))
      if (there) {
        given.add(there)
        return Promise.resolve(there)
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiting = {
          match,
          resolve: (webhook) => {
            clearTimeout(limit)
            resolve(webhook)
          },
          reject: (cause) => {
            clearTimeout(limit)
            reject(cause)
          },
        }
        const limit = setTimeout(() => {
          waiting.delete(waiter)
          const types = received.map(({ type }) => type).join(', ') || 'nothing'
          reject(new Error(`no webhook ${said(match)} within ${timeoutMs} ms; delivered: ${types}`))
        }, timeoutMs)
        waiting.add(waiter)
      })
    },
    async close() {
      for (const { match, reject } of waiting) {
        reject(new Error(`the world was closed while a test waited for the webhook ${said(match)}`))
      }
      waiting.clear()
      // A server that goes on would try for days. One that has ended already has nothing to stop.
      await call('DELETE', `/workflows/${workflow.id}`).catch(() => undefined)
      await close()
    },
  }
}

function isSigned(raw: Buffer, header: unknown, key: string): boolean {
  const expected = createHmac('sha256', key).update(raw).digest()
  const signature = Buffer.from(typeof header === 'string' ? header : '', 'hex')
  return signature.length === expected.length && timingSafeEqual(signature, expected)
}

function fits(webhook: Webhook, match: WebhookMatch): boolean {
  if (typeof match === 'function') return match(webhook)
  return typeof match === 'string' ? webhook.type === match : has(webhook.event, match)
}

/** Whether every member that is wanted is there, however deep. */
function has(value: Json, wanted: Json): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted
  return Object.entries(wanted).every(([name, member]) => has(value?.[name], member))
}

function said(match: WebhookMatch): string {
  if (typeof match === 'function') return 'that answers the question'
  return typeof match === 'string' ? match : JSON.stringify(match)
}
