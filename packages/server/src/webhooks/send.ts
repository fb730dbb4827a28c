/**
 * Sends one message to one receiver: an address that a merchant wrote. It knows nothing of events and cards; it knows
 * that a receiver may be anything: silent, endless, a redirect, or a way into our own network.
 */
import { setTimeout as timer } from 'node:timers'
import { Agent, type Dispatcher } from 'undici'
import type { Config } from '../config.ts'
import { AddressRefused, isPublicAddress, publicLookup, type Resolve } from './addresses.ts'

/** A delivery has so long, from the first byte of the connection to the answer's status. */
const TOTAL_MS = 10_000
const CONNECT_TIMEOUT_MS = 3_000
/** Once the status is there the delivery has succeeded or failed; the body is read for who looks into it. */
const BODY_MS = 1_000
const MOST_BODY_BYTES = 16 * 1024
/** What of it is kept. */
const MOST_KEPT_CHARACTERS = 1_024
const MAX_HEADER_BYTES = 16 * 1024
const KEEP_ALIVE_MS = 10_000

export interface WebhookMessage {
  url: string
  headers: Record<string, string>
  body: Buffer
}

/** What came of it. Without a status there was no answer, and `error` says why. */
export interface WebhookAnswer {
  succeeded: boolean
  status?: number
  error?: string
  /** The beginning of the answer's body. */
  body?: string
  durationMs: number
}

/** Never throws: whatever goes wrong is an answer. */
export type SendWebhook = (message: WebhookMessage) => Promise<WebhookAnswer>

export interface WebhookSettings {
  mode: Config['mode']
  /** Real time, milliseconds since 1970. */
  now: () => number
  /** The system's resolver, where a test does not bring its own. */
  resolve?: Resolve
}

/**
 * In sandbox every address and port may be asked, so that a developer can receive on his own machine. In production only
 * https on port 443 of public addresses: literals are checked as they stand, names after they were resolved. Redirects
 * are answers like any other, and not followed.
 */
export function openWebhookSender({ mode, now, resolve }: WebhookSettings): SendWebhook {
  const guarded = mode === 'production'
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(guarded && { lookup: publicLookup(resolve) }) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return async (message) => {
    const began = now()
    const outcome = guarded && isRefused(message.url) ? REFUSED : await post(agent, message)
    return { ...outcome, durationMs: Math.max(0, now() - began) }
  }
}

const REFUSED = { succeeded: false, error: 'the address is not one of the public internet' }

/** Whether production may not go there, as far as the URL itself says. */
export function isRefused(url: string): boolean {
  const { protocol, port, hostname } = new URL(url)
  if (protocol !== 'https:' || port !== '') return true
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  if (literal.includes(':') || /^[\d.]+$/.test(literal)) return !isPublicAddress(literal)
  return /^(?:[^.]+|.*\.(?:localhost|local|internal|home\.arpa))\.?$/i.test(literal)
}

function post(agent: Agent, { url, headers, body }: WebhookMessage): Promise<Omit<WebhookAnswer, 'durationMs'>> {
  const { origin, pathname, search } = new URL(url)
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let over = false
    let status: number | undefined
    const chunks: Buffer[] = []
    let size = 0
    let clock = timer(() => end('no answer within 10 seconds'), TOTAL_MS)

    /** The first to call decides; what is still open is closed. */
    function end(error?: string, close = true): void {
      if (over) return
      over = true
      clearTimeout(clock)
      if (close) controller?.abort(new Error('done'))
      resolve(
        status === undefined
          ? { succeeded: false, error: error ?? 'the connection was closed without an answer' }
          : { succeeded: status >= 200 && status < 300, status, body: kept(chunks) },
      )
    }

    try {
      agent.dispatch(
        { origin, path: pathname + search, method: 'POST', headers, body },
        {
          onRequestStart(started) {
            controller = started
            // Given up while connecting: it must not be written.
            if (over) started.abort(new Error('given up'))
          },
          onResponseStart(_controller, code) {
            if (code < 200 || over) return
            status = code
            clearTimeout(clock)
            clock = timer(end, BODY_MS)
          },
          onResponseData(_controller, chunk) {
            if (over) return
            chunks.push(chunk.subarray(0, MOST_BODY_BYTES - size))
            size += chunk.length
            if (size >= MOST_BODY_BYTES) end()
          },
          onResponseEnd() {
            end(undefined, false)
          },
          onResponseError(_controller, error) {
            end(describe(error), false)
          },
        },
      )
    } catch (cause) {
      end(describe(cause as Error))
    }
  })
}

/** Text that a database and a page can show: no U+0000. */
function kept(chunks: readonly Buffer[]): string {
  const text = Buffer.concat(chunks).toString('utf8').slice(0, MOST_KEPT_CHARACTERS)
  return text.toWellFormed().replaceAll('\u0000', '\ufffd')
}

/** The kind of failure, in words of ours: what an error says of the network behind us is not the merchant's to know. */
function describe(error: Error): string {
  if (error instanceof AddressRefused) return REFUSED.error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return WORDS[code] ?? (code.startsWith('ERR_TLS') || /CERT|SSL/.test(code) ? 'the certificate is not valid' : FAILED)
}

const FAILED = 'the connection failed'
const WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  UND_ERR_SOCKET: 'the connection was closed without an answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 3 seconds',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name could not be looked up',
  UND_ERR_HEADERS_OVERFLOW: 'the head of the answer is too long',
}
