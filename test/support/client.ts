/** The calls a test or a bench makes of a running Sluice, as one merchant. */
import { makeSessionData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import type { Config } from '@sluice/server/config'
import { assertConforms, documentOf } from './openapi.ts'

export const SECRET_KEY = 'sk_sbox_sluicesandboxsecretkey22222'
export const SANDBOX_ENTITY = 'ent_sluicesandboxentity2222224'
export const PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222'

/** The least a session needs, in GBP pence. */
export const SESSION_BODY = {
  amount: 1000,
  currency: 'GBP',
  reference: 'ORD-123A',
  billing: { address: { country: 'GB' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by the test that asked for it
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Json
}

export interface Session {
  id: string
  payment_session_secret: string
  [member: string]: Json
}

/** The calls a test makes of a running Sluice, as one merchant. Every answer of the API has to be as it is documented. */
export function client(urls: Pick<Config['urls'], 'api' | 'frames' | 'simulator'>, key: string) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = path.startsWith('http') ? path : urls.api + path
    const document = url.startsWith(`${urls.api}/`) ? await documentOf(urls.api) : undefined
    const reply = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await reply.text()
    if (document) assertConforms(document, { method, url, status: reply.status, headers: reply.headers, text })
    const json = reply.headers.get('content-type')?.includes('json') && text !== ''
    return { status: reply.status, headers: reply.headers, text, body: json ? JSON.parse(text) : undefined }
  }

  return {
    urls,
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => call('POST', path, body, headers),
    /** A session with the members given laid over the smallest body. */
    async requestSession(members: Record<string, unknown> = {}): Promise<Session> {
      const answer = await call('POST', '/payment-sessions', { ...SESSION_BODY, ...members })
      if (answer.status !== 201) throw new Error(`no session: ${answer.status} ${answer.text}`)
      return answer.body
    },
    seal(session: Session, card: TypedCard, shown: { amount?: number; currency?: string } = {}): Promise<string> {
      return makeSessionData({
        framesUrl: urls.frames,
        sessionId: session.id,
        secret: session.payment_session_secret,
        card,
        ...shown,
      })
    },
    /** Seals the card and submits it with the secret key. */
    async submit(session: Session, card: TypedCard, members: Record<string, unknown> = {}): Promise<Answer> {
      const session_data = await this.seal(session, card)
      return await call('POST', `/payment-sessions/${session.id}/submit`, { session_data, ...members })
    },
    /** Submits as the shopper's browser does: public key and session secret. */
    submitFromBrowser(session: Session, body: unknown, publicKey = PUBLIC_KEY): Promise<Answer> {
      return call('POST', `/payment-sessions/${session.id}/submit`, body, {
        authorization: `Bearer ${publicKey}`,
        'sluice-session-secret': session.payment_session_secret,
      })
    },
    async payment(id: string): Promise<Json> {
      const answer = await call('GET', `/payments/${id}`)
      if (answer.status !== 200) throw new Error(`no payment ${id}: ${answer.status} ${answer.text}`)
      return answer.body
    },
    /** What the bank itself has on its books of a merchant. */
    async ledger(entity = SANDBOX_ENTITY): Promise<Json[]> {
      return (await call('GET', `${urls.simulator}/ledger?merchant=${entity}`)).body
    },
  }
}
