/** What a sealer asks of the frames origin. */
import type { SealingKeys } from './payload.ts'

/** What a shopper is shown about a session: amount in minor units, ISO 4217 currency, BCP 47 locale, ISO 8601 time. */
export interface DisplayedSession {
  id: string
  status: string
  amount: number
  currency: string
  locale: string
  merchant_name: string
  expires_on: string
  payment_type: string
  /** Present while the merchant's server has not set the final amount. */
  payable?: false
  customer_name?: string
  /** In the order to show; each as in the session's token. */
  payment_methods: { type: string; [member: string]: unknown }[]
  /** The newest attempt; absent before the first one. */
  latest_payment?: DisplayedPayment
}

/** What the shopper may know of an attempt. */
export interface DisplayedPayment {
  id: string
  /** `jti` of the `session_data` that began it: how whoever sealed it finds it again. */
  attempt: string
  /** `Processing` while it is being sent or its outcome is not known yet. */
  status: 'Approved' | 'Declined' | 'Action Required' | 'Processing' | 'Cancelled'
  /** Name of the method. */
  type: string
  /** In the component's words: `not_enough_funds`, `try_again` … */
  decline_reason?: string
  /** `next_step`: as `@sluice/core/next-step` describes it. */
  action?: { type: string; url?: string; next_step?: { type: string; expires_on: string; [member: string]: unknown } }
  /** Where the shopper belongs once it ended: `success_url` or `failure_url` with the three `cko-…` parameters. */
  landing_url?: string
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
