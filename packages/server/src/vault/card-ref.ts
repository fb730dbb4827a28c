/**
 * A card as every room but the vault sees it: what may be shown and decided on, and a handle that only the vault can
 * turn into a number. The handle is an object of this process's memory; it cannot be serialised, stored or logged.
 */
export interface CardRef {
  /** `card` typed by the shopper now, `stored` an instrument on file. */
  readonly origin: 'card' | 'stored'
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
  /** Stored instrument behind it, when there is one: its UUID. */
  readonly instrumentId?: string
}
