/** A shop's receiver of webhooks, a process of its own. Says 200 to everything, and can be switched off: nobody listens. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `start` also forgets what has been received. Each order is answered with a `Reception`. */
export type ReceiverOrder = 'start' | 'switch-on' | 'switch-off' | 'count' | 'report'

/** What came since `start`. */
export interface Reception {
  url: string
  /** Different events. */
  events: number
  /** Requests: more than events when something came twice. */
  requests: number
  /** Milliseconds since 1970 of the first and the last of them. */
  firstAt: number
  lastAt: number
  /** In a `report`: for each request the milliseconds from its event's `created_on` until it was here. */
  latencies: number[]
}

let port = 0
let ids = new Set<string>()
let latencies: number[] = []
let firstAt = 0
let lastAt = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    lastAt = Date.now()
    firstAt ||= lastAt
    const event = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    ids.add(event.id)
    latencies.push(lastAt - Date.parse(event.created_on))
    response.writeHead(200, { 'content-length': 2 }).end('ok')
  })
})

process.on('message', (order: ReceiverOrder) => void obey(order))

async function obey(order: ReceiverOrder) {
  if (order === 'start') {
    ids = new Set()
    latencies = []
    firstAt = 0
    lastAt = 0
  }
  if (order === 'switch-off') {
    const closed = new Promise((done) => void server.close(done))
    server.closeAllConnections()
    await closed
  }
  if (order === 'switch-on' || (order === 'start' && !server.listening)) {
    await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done))
    port = (server.address() as AddressInfo).port
  }
  const reception: Reception = {
    url: `http://127.0.0.1:${port}/webhooks`,
    events: ids.size,
    requests: latencies.length,
    firstAt,
    lastAt,
    latencies: order === 'report' ? latencies : [],
  }
  process.send?.(reception)
}
