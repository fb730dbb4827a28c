/**
 * Sends a connector's message, filling in the card on the way. What it must get right above all is whether the message
 * may have left the house: a caller is told to try again only when it surely did not.
 */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'
import type { Exchange, Message, Reply } from '../processors/exchange.ts'
import { ProcessorError } from '../processors/processor.ts'
import type { CardRef } from './card-ref.ts'
import { secretsOf } from './card-secrets.ts'
import { isWalletRef, tokenOf, type WalletRef } from './wallets/wallet-ref.ts'
import { rememberCardOf } from './mask.ts'

export { maskMessage, maskReply } from './mask.ts'

const CONNECT_TIMEOUT_MS = 2_000
const KEEP_ALIVE_MS = 30_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024

type Sent = ProcessorError['sent']

/**
 * The only way a card leaves the house. See `Exchange` for what it answers and throws.
 * @param trusted a server's certificate (PEM) to trust beside what Node trusts; its names are checked all the same
 * @param identity a certificate of ours and its key (PEM), for servers that ask who calls
 */
export function openExchange(trusted?: string, identity?: { cert: string; key: string }): Exchange {
  const agent = newAgent(trusted, identity)
  return async (message, card, signal) => {
    const reply = await dispatch(agent, written(message, card), message.maxAnswerBytes ?? MAX_ANSWER_BYTES, signal)
    if (card && !isWalletRef(card)) rememberCardOf(reply, card)
    return reply
  }
}

/**
 * Connections are kept alive and shared by all who hold the exchange; idle ones do not keep the process running. HTTP/1.1
 * without pipelining: one message on a connection at a time, so that a broken connection says something about one message
 * only.
 */
function newAgent(trusted: string | undefined, identity: { cert: string; key: string } | undefined): Agent {
  return new Agent({
    allowH2: false,
    pipelining: 1,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(trusted === undefined ? identity : { secureContext: trusting(trusted, identity) }),
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Only the server's own certificate, not those that may follow it: it need be no root, and vouches for nobody else. */
function trusting(certificates: string, identity: { cert: string; key: string } | undefined) {
  const own = new X509Certificate(certificates).toString()
  return createSecureContext({ ca: [...getCACertificates('default'), own], allowPartialTrustChain: true, ...identity })
}

/** A message that cannot even be written was surely not sent. */
function written(message: Message, card: CardRef | WalletRef | undefined): Dispatcher.DispatchOptions {
  try {
    return requestOf(message, card)
  } catch (cause) {
    if (cause instanceof ProcessorError) throw cause
    throw new ProcessorError(`the message could not be written: ${(cause as Error).message}`, 'no')
  }
}

function requestOf(message: Message, card: CardRef | WalletRef | undefined): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = new URL(message.url)
  const body = message.body === undefined ? undefined : fillIn(message.body, card)
  return {
    origin,
    path: pathname + search,
    method: message.method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...message.headers,
    },
    ...(body !== undefined && { body }),
  }
}

/**
 * One message, one answer. `sent` follows the client's own steps: undici starts a request only in the moment in which it
 * writes it to a connected socket. Before that, nothing has left: connection refused, name unknown, time-out while
 * connecting. From then on until an answer begins we cannot know, whatever the error says; a kept-alive connection that
 * the server closes in this moment looks like any other.
 */
function dispatch(
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  maxAnswerBytes: number,
  signal: AbortSignal,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let sent: Sent = 'no'
    let over = false
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let headers: Record<string, string> = {}
    const chunks: Buffer[] = []
    let size = 0

    function fail(why: string): void {
      if (over) return
      end()
      reject(new ProcessorError(why, sent))
      controller?.abort(new Error(why))
    }

    function end(): void {
      over = true
      signal.removeEventListener('abort', onAbort)
    }

    function onAbort(): void {
      fail('the deadline has passed')
    }

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)

    agent.dispatch(request, {
      onRequestStart(started) {
        // Given up while connecting, or put on a second connection after the first broke: it must not be written.
        if (over || sent !== 'no') return started.abort(new Error('given up'))
        controller = started
        sent = 'maybe'
      },
      onResponseStarted() {
        sent = 'yes'
      },
      onResponseStart(_controller, code, fields) {
        if (code < 200) return
        sent = 'yes'
        status = code
        headers = flatHeaders(fields)
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (size > maxAnswerBytes) return fail(`the answer is longer than ${maxAnswerBytes} bytes`)
        chunks.push(chunk)
      },
      onResponseEnd() {
        if (over) return
        end()
        resolve({ status, headers, body: parseJson(Buffer.concat(chunks)) })
      },
      onResponseError(_controller, error) {
        fail(describe(error))
      },
    })
  })
}

function flatHeaders(fields: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')])
  return Object.fromEntries(entries)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Code and text only: the error itself may hold the bytes of an answer, and with them an echo of the card. */
function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return `${code}: ${error.message}`
}

const PLACEHOLDER = /^\{\{(?:card\.(number|expiry_month|expiry_year|cvv|name|cryptogram)|wallet\.(token))\}\}$/
type CardMember = 'number' | 'expiry_month' | 'expiry_year' | 'cvv' | 'name' | 'cryptogram' | 'token'

/**
 * The body as JSON with the card filled in; a placeholder without a value leaves its member out.
 * @throws ProcessorError, not sent, when placeholders stand in more than one object or one stands twice: a connector
 * writes the card in one place, so another one came in with a merchant's text and would carry the number elsewhere.
 */
function fillIn(body: unknown, card: CardRef | WalletRef | undefined): string {
  const values = card && (isWalletRef(card) ? { token: tokenOf(card) } : cardValues(card))
  const homes = new Set<object>()
  const members = new Set<string>()
  return JSON.stringify(body, function fill(this: object, _name, value: unknown) {
    const found = typeof value === 'string' ? PLACEHOLDER.exec(value) : null
    const member = found?.[1] ?? found?.[2]
    if (member === undefined) return value
    if (homes.add(this).size > 1 || members.has(member)) {
      throw new ProcessorError('a message holds card placeholders in more than one place', 'no')
    }
    members.add(member)
    return (values as Partial<Record<CardMember, unknown>> | undefined)?.[member as CardMember]
  })
}

function cardValues(card: CardRef): Partial<Record<CardMember, string | number | undefined>> {
  const { number, cvv, cryptogram } = secretsOf(card)
  return {
    number: number.reveal().toString('utf8'),
    expiry_month: card.expiryMonth,
    expiry_year: card.expiryYear,
    cvv: cvv?.reveal().toString('utf8'),
    name: card.name,
    cryptogram: cryptogram?.reveal().toString('utf8'),
  }
}
