/** What arrives on a connection before, or instead of, a request. */
import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { VERSION } from '../version.ts'
import { refusal, type Refusal } from './problems.ts'

interface ParseError extends Error {
  code?: unknown
  /** What was being parsed. */
  rawPacket?: unknown
  /** Where in it the parser gave up. */
  bytesParsed?: unknown
}

/** Sockets whose bytes a `ReplayedSocket` reads: what their first parser still says about them is void. */
const handedOver = new WeakSet<object>()

const PARSE_ERROR = /^(HPE|ERR_HTTP)_/

/** For the server's `clientError`: answers in the envelope what Node's parser refuses, and lets `patch` in. */
export function answerParseError(server: Server, error: ParseError, socket: Duplex) {
  if (handedOver.has(socket)) return
  // A broken connection or a failed TLS handshake leaves nobody who could read an answer.
  if (!PARSE_ERROR.test(String(error.code)) || !socket.writable) return socket.destroy()
  const unread = lowerCasePatch(error)
  if (unread) return replay(server, socket, unread)
  // Node keeps the answer that is being written here; a second one into the same bytes would garble both.
  const answering = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage
  if (answering?.headersSent) return socket.destroy()
  socket.write(rawAnswer(parseRefusal(error.code)))
  if (socket instanceof ReplayedSocket) socket.end()
  else (socket as Socket).destroySoon()
}

function parseRefusal(code: unknown): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return refusal('request_headers_too_large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal('request_timed_out')
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return refusal('request_body_too_large')
  return refusal('request_http_invalid')
}

const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
}

function rawAnswer({ status, type, codes }: Refusal): string {
  const requestId = randomUUID()
  const body = JSON.stringify({ request_id: requestId, error_type: type, error_codes: codes })
  return [
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    `Cko-Request-Id: ${requestId}`,
    `Cko-Version: ${VERSION}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

const LOWER_CASE_PATCH = 'patch '

/**
 * One official client sends PATCH in lower case, which `fetch` does not correct and Node's parser refuses. Answers the
 * bytes not yet parsed with the method put right, or `undefined` when that was not the reason.
 */
function lowerCasePatch({ code, rawPacket, bytesParsed }: ParseError): Buffer | undefined {
  if (code !== 'HPE_INVALID_METHOD' || !Buffer.isBuffer(rawPacket)) return undefined
  const start = rawPacket.subarray(0, Number(bytesParsed ?? 0) + 1).lastIndexOf('p')
  const unread = rawPacket.subarray(start)
  if (start < 0 || unread.toString('latin1', 0, LOWER_CASE_PATCH.length) !== LOWER_CASE_PATCH) return undefined
  return Buffer.concat([Buffer.from('PATCH '), unread.subarray(LOWER_CASE_PATCH.length)])
}

/** Gives the connection to a new parser, beginning with these bytes; the old one will not hear of it again. */
function replay(server: Server, socket: Duplex, bytes: Buffer) {
  const origin = socket instanceof ReplayedSocket ? socket.origin : (socket as Socket)
  handedOver.add(socket)
  if (socket instanceof ReplayedSocket) socket.release()
  else for (const event of ['data', 'end', 'drain', 'error', 'timeout']) origin.removeAllListeners(event)
  origin.setTimeout(0)
  // Over TLS the bytes are decrypted already: `connection` would begin with a handshake.
  server.emit(origin instanceof TLSSocket ? 'secureConnection' : 'connection', new ReplayedSocket(origin, bytes))
}

/** A connection whose first bytes have been read already. */
class ReplayedSocket extends Duplex {
  readonly origin: Socket
  readonly #listeners: [event: string, listener: (given: never) => void][]

  constructor(origin: Socket, first: Buffer) {
    super({ allowHalfOpen: true })
    this.origin = origin
    this.#listeners = [
      ['data', (bytes: Buffer) => !this.push(bytes) && origin.pause()],
      ['end', () => this.push(null)],
      ['close', () => this.destroy()],
      ['error', (error: Error) => this.destroy(error)],
      ['timeout', () => this.emit('timeout')],
    ]
    for (const [event, listener] of this.#listeners) origin.on(event, listener as () => void)
    this.push(first)
    origin.resume()
  }

  get remoteAddress() {
    return this.origin.remoteAddress
  }

  get remotePort() {
    return this.origin.remotePort
  }

  setTimeout(ms: number, listener?: () => void) {
    this.origin.setTimeout(ms)
    if (listener) this.once('timeout', listener)
    return this
  }

  /** Stops reading and leaves the connection open, for the next one to take over. */
  release() {
    for (const [event, listener] of this.#listeners) this.origin.removeListener(event, listener as () => void)
  }

  override _read() {
    this.origin.resume()
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.origin.write(bytes, encoding, done)
  }

  override _final(done: (error?: Error | null) => void) {
    this.origin.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void) {
    if (!handedOver.has(this)) this.origin.destroy()
    done(error)
  }
}
