/** `session_data` without a card frame: for the command line, tests and examples. */
import { fetchDisplayedSession, fetchSealingKeys } from './frames-api.ts'
import type { BrowserData, SealedDetails, TypedCard } from './payload.ts'
import { chooseSealingKey, seal } from './seal.ts'

/** Exactly one of `card`, `stored`, `wallet` and `method` says how it is paid; `card` is the usual one. */
export interface HowPaid {
  card?: TypedCard
  stored?: { instrument_id: string; cvv?: string }
  /** What Google Pay or Apple Pay handed over; `method` is then the wallet's. */
  wallet?: { type: 'applepay' | 'googlepay'; token: object }
  /** A method that needs neither: `ideal`, `paypal` … */
  method?: string
  holder?: string
  details?: Record<string, string>
  browser?: BrowserData
}

export interface SessionDataRequest extends HowPaid {
  /** Origin of the frames listener, without a trailing slash: `http://localhost:4243`. */
  framesUrl: string
  /** The session to pay, `ps_…`, and its `payment_session_secret`. */
  sessionId: string
  secret: string
  /** What the shopper was shown, in minor units and ISO 4217; asked of the server when left out. */
  amount?: number
  currency?: string
  fetch?: typeof fetch
}

/**
 * Makes the `session_data` for one attempt on a session. It lives 15 minutes and is good for one attempt.
 * @throws when the frames origin does not answer, or does not know the session under this secret
 */
export async function makeSessionData(request: SessionDataRequest): Promise<string> {
  const { framesUrl, sessionId, secret, fetch: using = fetch } = request
  const told = shownBy(request)
  const known = told.amount !== undefined && told.currency !== undefined
  const shown = known ? told : { ...shownBy(await fetchDisplayedSession(framesUrl, sessionId, secret, using)), ...told }
  return sealFor(framesUrl, using, { sid: sessionId, ...shown, ...payment(request) })
}

export interface SessionlessRequest extends HowPaid {
  framesUrl: string
  /** The merchant to pay, `ent_…`: there is no session yet that could say it. */
  entityId: string
  amount?: number
  currency?: string
  fetch?: typeof fetch
}

/** Makes the `session_data` for `POST /payment-sessions/complete`, which creates the session and pays it at once. */
export function makeSessionlessData(request: SessionlessRequest): Promise<string> {
  const { framesUrl, entityId, fetch: using = fetch } = request
  return sealFor(framesUrl, using, { aud: entityId, ...shownBy(request), ...payment(request) })
}

type Shown = Pick<SealedDetails, 'amount' | 'currency'>
type Unsealed = Omit<SealedDetails, 'v' | 'jti' | 'issued'>

async function sealFor(framesUrl: string, using: typeof fetch, details: Unsealed): Promise<string> {
  const { keys, issued } = await fetchSealingKeys(framesUrl, using)
  return seal({ v: 1, jti: crypto.randomUUID(), issued, ...details }, await chooseSealingKey(keys))
}

function shownBy({ amount, currency }: Shown): Shown {
  return { ...(amount !== undefined && { amount }), ...(currency !== undefined && { currency }) }
}

function payment(how: HowPaid): HowPaid & { method: string } {
  const method = how.card ? 'card' : how.stored ? 'stored_card' : (how.wallet?.type ?? how.method)
  if (!method) throw new TypeError('one of card, stored, wallet and method is needed')
  return {
    method,
    ...(how.card && { card: how.card }),
    ...(how.stored && { stored: how.stored }),
    ...(how.wallet && { wallet: how.wallet }),
    ...(how.holder !== undefined && { holder: how.holder }),
    ...(how.details && { details: how.details }),
    ...(how.browser && { browser: how.browser }),
  }
}
