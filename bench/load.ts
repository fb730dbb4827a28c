/** The load generator, a process of its own: its work must not take turns with the server's. */
import autocannon from 'autocannon'

export interface LoadRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

/** The requests are dealt out to the connections, each of which sends its own in order and waits for every answer. */
export interface LoadOrder {
  url: string
  connections: number
  requests: readonly LoadRequest[]
  /** Round and round for so long; when absent, each request once. */
  seconds?: number
}

/** Latencies of the answers, in ms. */
export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** How often autocannon looks whether it is done. */
const SAMPLE_MS = 50
/** Without any answer for so long, something is wrong. */
const LONGEST_SILENCE_S = 30

process.on('message', (order: LoadOrder) => void serve(order))

async function serve(order: LoadOrder) {
  process.send?.(await runUntilAnswered(order).catch((error: Error) => ({ error: error.message })))
}

/** On a busy machine a short run may end before its first answer: then it is no measure, and a longer one is made. */
async function runUntilAnswered(order: LoadOrder): Promise<LoadResult> {
  for (let { seconds } = order; ; seconds = seconds && seconds * 2) {
    const result = await run({ ...order, ...(seconds !== undefined && { seconds }) })
    if (result) return result
    if (seconds === undefined || seconds > LONGEST_SILENCE_S) throw new Error(`${order.url} does not answer`)
  }
}

/** @returns `undefined` when nothing was answered, and nothing went wrong either */
function run({ url, connections, requests, seconds }: LoadOrder): Promise<LoadResult | undefined> {
  const hands = deal(requests, connections)
  let dealt = 0
  let answers = 0
  const startedAt = performance.now()
  let lastAt = startedAt
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult | undefined>()
  const running = autocannon(
    {
      url,
      connections,
      ...(seconds === undefined ? { amount: requests.length } : { duration: seconds }),
      sampleInt: SAMPLE_MS,
      setupClient: (client) => client.setRequests(hands[dealt++ % hands.length] as autocannon.Request[]),
    },
    (cause: Error | null, { non2xx, errors, timeouts, statusCodeStats, latency }) => {
      if (cause) reject(cause)
      else if (non2xx + errors + timeouts > 0) {
        const answered = JSON.stringify(statusCodeStats)
        reject(new Error(`${url} answered ${answered}, with ${errors} errors and ${timeouts} time-outs`))
      } else if (answers === 0) resolve(undefined)
      else resolve({ perSecond: (answers * 1000) / (lastAt - startedAt), p50Ms: latency.p50, p99Ms: latency.p99 })
    },
  )
  running.on('response', () => {
    answers++
    lastAt = performance.now()
  })
  return promise
}

/** A single request is everybody's. */
function deal(requests: readonly LoadRequest[], connections: number): LoadRequest[][] {
  if (requests.length === 1) return [[...requests]]
  return Array.from({ length: connections }, (_, hand) => requests.filter((_, at) => at % connections === hand))
}
