/** The shop's server calls Sluice's API with its secret key, and keeps what was said for the panel, without secrets. */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'

/** A submit answers within 12 seconds, whatever the bank does. */
const TIMEOUT_MS = 20_000
const MOST_CALLS = 60

/** One call, as the panel shows it. */
export interface Call {
  /** Milliseconds since 1970. */
  at: number
  method: string
  path: string
  /** HTTP status; 0 when no answer came. */
  status: number
  tookMs: number
  request?: unknown
  response?: unknown
}

export interface Answer {
  /** HTTP status; 0 when no answer came. */
  status: number
  /** The parsed body; `undefined` without one. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the API's own reference says what is in it
  body: any
}

export interface ApiSettings {
  /** Origin of the API. */
  api: string
  secretKey: string
  /** PEM: the certificates to trust, in place of the system's. */
  trusted?: string[] | undefined
}

/** Never throws: a call that did not come through has status 0. */
export type CallApi = (log: Call[], method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>

export function openApi(settings: ApiSettings): CallApi {
  return async (log, method, path, body) => {
    const at = Date.now()
    const since = performance.now()
    const answer = await send(settings, method, path, body).catch((): Answer => ({ status: 0, body: undefined }))
    log.push({
      at,
      method,
      path,
      status: answer.status,
      tookMs: Math.round(performance.now() - since),
      ...(body && { request: masked(body) }),
      ...(answer.body !== undefined && { response: masked(answer.body) }),
    })
    log.splice(0, log.length - MOST_CALLS)
    return answer
  }
}

function send({ api, secretKey, trusted }: ApiSettings, method: string, path: string, body?: object): Promise<Answer> {
  const url = new URL(path, api)
  const headers = {
    authorization: `Bearer ${secretKey}`,
    accept: 'application/json',
    ...(body && { 'content-type': 'application/json' }),
  }
  const send = url.protocol === 'https:' ? overHttps : overHttp
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(trusted && { ca: trusted }) }
    const request = send(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more: string) => (text += more))
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(text) }))
    })
    request.once('error', reject)
    request.end(body && JSON.stringify(body))
  })
}

/** What is worth something is shortened: the session's secret, its token, and the sealed card. */
const SHORTENED = new Set(['payment_session_secret', 'payment_session_token', 'session_data'])

function masked(value: unknown, name = ''): unknown {
  if (typeof value === 'string' && SHORTENED.has(name)) return `${value.slice(0, 7)}… (${value.length} characters)`
  if (Array.isArray(value)) return value.map((one) => masked(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, key)]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
