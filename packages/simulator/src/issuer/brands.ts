/** Card brands by the first digits of the number. */

export interface Brand {
  /** As the wire spells it in payments. */
  scheme: string
  lengths: readonly number[]
  /** Electronic commerce indicators of this brand: fully authenticated, attempted, none. */
  eci: { authenticated: string; attempted: string; none: string }
}

const MOST_BRANDS_ECI = { authenticated: '05', attempted: '06', none: '07' }
const MASTERCARD_ECI = { authenticated: '02', attempted: '01', none: '00' }

const VISA: Brand = {
  scheme: 'VISA',
  lengths: [13, 16, 18, 19],
  eci: MOST_BRANDS_ECI,
}
const MASTERCARD: Brand = {
  scheme: 'MASTERCARD',
  lengths: [16],
  eci: MASTERCARD_ECI,
}
const MAESTRO: Brand = {
  scheme: 'MAESTRO',
  lengths: [12, 13, 14, 15, 16, 17, 18, 19],
  eci: MASTERCARD_ECI,
}
const AMEX: Brand = {
  scheme: 'AMEX',
  lengths: [15],
  eci: MOST_BRANDS_ECI,
}
const DINERS: Brand = {
  scheme: 'DINERS',
  lengths: [14, 16, 17, 18, 19],
  eci: MOST_BRANDS_ECI,
}
const DISCOVER: Brand = {
  scheme: 'DISCOVER',
  lengths: [16, 17, 18, 19],
  eci: MOST_BRANDS_ECI,
}
const JCB: Brand = {
  scheme: 'JCB',
  lengths: [16, 17, 18, 19],
  eci: MOST_BRANDS_ECI,
}
const UNIONPAY: Brand = {
  scheme: 'UNIONPAY',
  lengths: [16, 17, 18, 19],
  eci: MOST_BRANDS_ECI,
}
const UNKNOWN: Brand = { scheme: 'UNKNOWN', lengths: [], eci: MOST_BRANDS_ECI }

/** First match wins. The co-badged and overlapping ranges of real networks are not reproduced. */
const RANGES: ReadonlyArray<readonly [pattern: RegExp, brand: Brand]> = [
  [/^4/, VISA],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, MASTERCARD],
  [/^3[47]/, AMEX],
  [/^3(0[0-59]|[689])/, DINERS],
  [/^35(2[89]|[3-8])/, JCB],
  [/^(6011|64[4-9]|65)/, DISCOVER],
  [/^62/, UNIONPAY],
  // A published test card of the Maestro range 50 is sold as a Mastercard debit card.
  [/^500018/, MASTERCARD],
  [/^(5[06-9]|6)/, MAESTRO],
]

export function brandOf(number: string): Brand {
  return RANGES.find(([pattern]) => pattern.test(number))?.[1] ?? UNKNOWN
}
