/** What a sealed `session_data` says once it is opened. Members are spelled as they travel. */

/** A public key to seal for, as the frames origin serves it (RFC 7517). */
export interface SealingKey {
  kid: string
  kty: 'OKP' | 'EC'
  crv: 'X25519' | 'P-256'
  x: string
  /** P-256 only. */
  y?: string
}

/** The keys of this hour, and the server's own word on what time it is: `<seconds since 1970>.<MAC>`. */
export interface SealingKeys {
  keys: SealingKey[]
  issued: string
}

/** A card as the shopper typed it: digits without spaces, year with four digits. */
export interface TypedCard {
  number: string
  expiry_month: number
  expiry_year: number
  cvv?: string
  name?: string
  /** The shopper's choice on a co-badged card. */
  preferred_scheme?: 'visa' | 'mastercard' | 'cartes_bancaires'
  /** The shopper agreed to have the card kept. */
  store?: boolean
}

/** The shopper's browser, for 3-D Secure (EMV 3DS 2.2, table A.1). */
export interface BrowserData {
  accept_header?: string
  user_agent?: string
  /** BCP 47 */
  language?: string
  java_enabled?: boolean
  javascript_enabled?: boolean
  color_depth?: number
  /** Pixels. */
  screen_height?: number
  screen_width?: number
  /** Minutes that UTC is ahead of the browser's time, as `Date.getTimezoneOffset()` says it. */
  timezone_offset?: number
  /** What the keeper's page was served with: the address and headers of the request that the browser made for it. */
  ticket?: string
  /** What `POST /frame/3ds/prepare` answered, and whether the issuer's method page was done: Y, N not in time, U none. */
  three_ds?: { prepared?: string; completion: 'Y' | 'N' | 'U' }
}

export interface SealedDetails {
  v: 1
  /** The session paid for, `ps_…`. Absent when no session exists yet; then `aud` is there. */
  sid?: string
  /** Without a session: the merchant paid, `ent_…`. */
  aud?: string
  /** A version 4 UUID made for this sealing: what makes it good for one attempt. */
  jti: string
  /** `SealingKeys.issued`, unchanged. */
  issued: string
  /** What the shopper was shown, in minor units; absent when the sealer shows nothing. */
  amount?: number
  /** ISO 4217 */
  currency?: string
  /** `card`, `stored_card`, or the name of another payment method. */
  method: string
  card?: TypedCard
  /** With `stored_card`: the card on file, `src_…`. */
  stored?: { instrument_id: string; cvv?: string }
  /** With `applepay` and `googlepay`: what the wallet handed over, as it spells it. See `@sluice/core/wallets/tokens`. */
  wallet?: { type: 'applepay' | 'googlepay'; token: object }
  /** The payer's name where the method asks for it. */
  holder?: string
  /** Whatever else a method asks for: `{ "bank": "…" }`. */
  details?: Record<string, string>
  browser?: BrowserData
  /** The origin of the page that holds the frame. */
  origin?: string
}
