/**
 * Every request a keeper makes, all to its own origin. What came back is told as it is; `undefined` when nothing did, or
 * not whole, or not in time: whether the server heard us is then unknown.
 */
import type { SealedDetails, TypedCard } from '@sluice/sealing/payload'

export interface HttpAnswer {
  status: number
  /** JSON that was read, or `undefined` when the body is none. */
  body: unknown
  /** `Cko-Request-Id`: it was our server that answered, and no proxy before it. */
  requestId?: string
  /** `Retry-After` */
  retryAfterMs?: number
}

export interface SessionRef {
  id: string
  payment_session_secret: string
}

/** What `POST /tokens` takes. */
export type TokenRequest = (
  | ({ type: 'card' } & TypedCard)
  | { type: 'cvv'; token_data: { cvv: string } }
  | { type: 'applepay' | 'googlepay'; token_data: object; billing_address?: Record<string, string> }
) & {
  max_usage_attempts?: number
}

/** The server answers a submit within 12 s, whatever the processor does. */
const SUBMIT_MS = 15_000
const QUESTION_MS = 8_000
/** Nobody waits for it: a card is as good without. */
const METADATA_MS = 4_000

export type ServerCalls = ReturnType<typeof serverCalls>

/**
 * @param origin of the frames listener; empty for a document of that origin
 */
export function serverCalls(publicKey: string, origin = '', using: typeof fetch = fetch) {
  async function call(path: string, withinMs: number, init: RequestInit = {}): Promise<HttpAnswer | undefined> {
    try {
      const answer = await using(origin + path, {
        ...init,
        headers: { authorization: `Bearer ${publicKey}`, ...init.headers },
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        signal: AbortSignal.timeout(withinMs),
      })
      return read(answer, await answer.text())
    } catch {
      return undefined
    }
  }

  const post = (path: string, withinMs: number, body: unknown, headers: Record<string, string>) =>
    call(path, withinMs, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  return {
    /** `SessionFacts` */
    session: (session: SessionRef) => call(pathOf(session), QUESTION_MS, { headers: secretOf(session) }),
    /** A `PaymentAnswer`, under the attempt's own idempotency key: the same bytes any number of times are one attempt. */
    submit: (session: SessionRef, sessionData: string, attempt: SealedDetails['jti']) =>
      post(
        `${pathOf(session)}/submit`,
        SUBMIT_MS,
        { session_data: sessionData },
        { ...secretOf(session), 'cko-idempotency-key': attempt },
      ),
    /** 204 when the attempt that waits for the shopper was stopped for good. */
    abandon: (session: SessionRef) =>
      call(`${pathOf(session)}/abandon`, QUESTION_MS, { method: 'POST', headers: secretOf(session) }),
    /** A `PaymentAnswer`, as of a submit. */
    confirm: (session: SessionRef, paymentId: string, code: string) =>
      post(`${pathOf(session)}/confirm`, SUBMIT_MS, { payment_id: paymentId, code }, secretOf(session)),
    /** What 3-D Secure wants of the browser for a card that begins with these eight digits. */
    prepareThreeDs: (bin: string, session?: SessionRef) =>
      post(
        '/frame/3ds/prepare',
        METADATA_MS,
        { bin, ...(session && { session_id: session.id }) },
        session ? secretOf(session) : {},
      ),
    /** `SealingKeys` */
    sealingKeys: () => call('/frame/sealing-keys', QUESTION_MS),
    /** `{ aud: 'ent_…' }`: whom to seal for without a session. */
    sealingAudience: () => call('/frame/sealing-audience', QUESTION_MS),
    /** `CardMetadata` of eight leading digits. */
    cardMetadata: (bin: string) => call(`/frame/card-metadata/${bin}`, METADATA_MS),
    /** What a wallet's sheet needs. */
    wallet: (step: string, body?: object) =>
      body ? post(`/frame/wallets/${step}`, QUESTION_MS, body, {}) : call(`/frame/wallets/${step}`, QUESTION_MS),
    /** A `TokenAnswer`. */
    token: (body: TokenRequest, headers: Record<string, string>) => post('/tokens', SUBMIT_MS, body, headers),
  }
}

function pathOf({ id }: SessionRef): string {
  return `/frame/payment-sessions/${encodeURIComponent(id)}`
}

function secretOf({ payment_session_secret: secret }: SessionRef): Record<string, string> {
  return { 'sluice-session-secret': secret }
}

function read({ status, headers }: Response, text: string): HttpAnswer {
  const requestId = headers.get('cko-request-id')
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return {
    status,
    body: parsed(text),
    ...(requestId && { requestId }),
    ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `error_codes` of an answer that is a problem. */
export function errorCodesOf(body: unknown): string[] {
  const codes = (body as { error_codes?: unknown } | null | undefined)?.error_codes
  return Array.isArray(codes) ? codes.filter((code) => typeof code === 'string') : []
}
