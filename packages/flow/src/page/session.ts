/** The session as the shop handed it over, and the shortcut inside it. */

/** What a keeper has to know to ask for the rest. */
export interface SessionKey {
  id: string
  payment_session_secret: string
}

/** A method as token and session list it: `card` with its schemes, `ideal`, … */
export interface SessionMethod {
  type: string
  [member: string]: unknown
}

/** What is enough to draw the component before the session itself was asked for. */
export interface SessionHint {
  amount: number
  currency: string
  payment_methods: SessionMethod[]
}

/** The key of the body of `POST /payment-sessions`, whatever else is in it; `undefined` when it is not one. */
export function sessionKeyOf(session: unknown): SessionKey | undefined {
  const { id, payment_session_secret } = (session ?? {}) as Partial<SessionKey>
  return isText(id) && isText(payment_session_secret) ? { id, payment_session_secret } : undefined
}

/** Base64 of the word base64 and a colon stand before the base64 of the token's JSON. */
const MARK = 'YmFzZTY0:'

/**
 * What the session's token says. Anybody may have written it, so it is a hint for the first picture and never more: the
 * keeper asks for the session all the same, and what the keeper says replaces it.
 * @returns `undefined` for a token that is absent or makes no sense, or that is another session's
 */
export function readToken(session: unknown, key: SessionKey): SessionHint | undefined {
  const { payment_session_token: token } = session as { payment_session_token?: unknown }
  if (!isText(token) || !token.startsWith(MARK)) return undefined
  try {
    const bytes = Uint8Array.from(atob(token.slice(MARK.length)), (letter) => letter.charCodeAt(0))
    const { id, amount, currency, payment_methods } = JSON.parse(new TextDecoder().decode(bytes))
    const sound =
      id === key.id &&
      isAmount(amount) &&
      isCurrencyCode(currency) &&
      Array.isArray(payment_methods) &&
      payment_methods.every((method) => isText(method?.type))
    return sound ? { amount, currency, payment_methods } : undefined
  } catch {
    return undefined
  }
}

export function isCurrencyCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{3}$/.test(value)
}

export function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
