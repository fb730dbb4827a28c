/** What passes between a connector and the house that speaks HTTP for it. */
import type { CardRef } from '../vault/card-ref.ts'
import type { WalletRef } from '../vault/wallets/wallet-ref.ts'

/**
 * A request a connector wants sent. Card data is written as placeholders, whole JSON string values, that the vault
 * fills in while sending: `{{card.number}}`, `{{card.expiry_month}}`, `{{card.expiry_year}}`, `{{card.cvv}}`,
 * `{{card.name}}`, `{{card.cryptogram}}`; with a wallet instead of a card, its token: `{{wallet.token}}`. A member whose
 * placeholder has no value is left out.
 */
export interface Message {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: unknown
  /** An answer that is longer is not read to its end and counts as none. Default: 64 KiB. */
  maxAnswerBytes?: number
}

export interface Reply {
  status: number
  headers: Record<string, string>
  /** Parsed JSON; `undefined` when the answer was empty or not JSON. */
  body: unknown
}

/**
 * Sends one message and waits for the answer. Throws `ProcessorError` with `sent: 'no'` when no byte left the house,
 * `'maybe'` when the connection broke before an answer, `'yes'` when an answer began. Never follows redirects, never
 * retries.
 */
export type Exchange = (message: Message, card: CardRef | WalletRef | undefined, signal: AbortSignal) => Promise<Reply>
