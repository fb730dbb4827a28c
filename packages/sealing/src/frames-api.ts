/** What a sealer asks of the frames origin. */
import type { SealingKeys } from './payload.ts'

/** What a shopper is shown about a session: amount in minor units, ISO 4217 currency, BCP 47 locale. */
export interface DisplayedSession {
  id: string
  status: string
  amount: number
  currency: string
  locale: string
  payment_methods: string[]
}

type Fetch = typeof fetch

/** `GET /frame/sealing-keys`: to be called at the moment of sealing, the answer is good for 15 minutes. */
export function fetchSealingKeys(framesUrl: string, using: Fetch = fetch): Promise<SealingKeys> {
  return getJson(using, `${framesUrl}/frame/sealing-keys`, {})
}

/** `GET /frame/payment-sessions/{id}`, opened by the session's secret alone. */
export function fetchDisplayedSession(
  framesUrl: string,
  sessionId: string,
  secret: string,
  using: Fetch = fetch,
): Promise<DisplayedSession> {
  const url = `${framesUrl}/frame/payment-sessions/${encodeURIComponent(sessionId)}`
  return getJson(using, url, { 'Sluice-Session-Secret': secret })
}

async function getJson<T>(using: Fetch, url: string, headers: Record<string, string>): Promise<T> {
  const answer = await using(url, { headers, redirect: 'error' })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return (await answer.json()) as T
}
