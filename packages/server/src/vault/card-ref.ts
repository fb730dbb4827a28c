/**
 * A card as every room but the vault sees it: what may be shown and decided on, and a handle that only the vault can
 * turn into a number. The handle is an object of this process's memory; it cannot be serialised, stored or logged.
 */
export interface CardRef {
  /** `card` typed by the shopper now, `stored` an instrument on file, `wallet` out of the token of a wallet. */
  readonly origin: 'card' | 'stored' | 'wallet'
  /** As the wire spells it in payments: `VISA`, `MASTERCARD`, `AMEX` … */
  readonly scheme: string
  readonly last4: string
  /** First six to eight digits. */
  readonly bin: string
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly name?: string
  /** HMAC of the number under the entity's fingerprint key, 64 hex characters. */
  readonly fingerprint: string
  readonly cvvSupplied: boolean
  /** Out of which wallet. */
  readonly wallet?: 'applepay' | 'googlepay'
  /** A wallet's cryptogram is with it: its owner has been authenticated on the device. */
  readonly authenticated?: boolean
  /** Electronic commerce indicator that came with the cryptogram. */
  readonly eci?: string
  /** Stored instrument behind it, when there is one: its UUID. */
  readonly instrumentId?: string
}
