/** Currencies of ISO 4217, each with the number of decimals its amounts have on the wire. */

export interface Currency {
  /** ISO 4217 alphabetic code. */
  code: string
  /** Decimals of the minor unit: an amount of 1000 is 10.00 with two, 1000 with none, 1.000 with three. */
  exponent: 0 | 2 | 3
  /** No longer legal tender. Official clients still let it through, so a session may still name it. */
  retired: boolean
}

/** `CLF` has four decimals in ISO 4217, and none on this API. */
const NO_DECIMALS = words('BIF CLF DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF')

const THREE_DECIMALS = words('BHD IQD JOD KWD LYD OMR TND')

/** `CLP` has no decimals in ISO 4217, and is sent with two on this API. */
const TWO_DECIMALS = words(`
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
  CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
  KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
  NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
  TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`)

const RETIRED = words('EEK HRK LTL LVL SLL VEF ZMK ZWL')

/** Every currency a request may name, by its code. */
export const CURRENCIES: ReadonlyMap<string, Currency> = new Map(
  [
    ...NO_DECIMALS.map((code): Currency => ({ code, exponent: 0, retired: false })),
    ...TWO_DECIMALS.map((code): Currency => ({ code, exponent: 2, retired: false })),
    ...THREE_DECIMALS.map((code): Currency => ({ code, exponent: 3, retired: false })),
    ...RETIRED.map((code): Currency => ({ code, exponent: 2, retired: true })),
  ]
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map((currency) => [currency.code, currency]),
)

export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code)
}

/** Decimals of a currency's minor unit; two for a code that is not in the table. */
export function exponentOf(code: string): 0 | 2 | 3 {
  return CURRENCIES.get(code)?.exponent ?? 2
}

/**
 * An amount in minor units as a decimal string in major units, without grouping: `majorUnits(1234, 'KWD')` is `1.234`.
 * @param amount a whole number, possibly negative
 */
export function majorUnits(amount: number, code: string): string {
  const exponent = exponentOf(code)
  const digits = Math.abs(amount)
    .toString()
    .padStart(exponent + 1, '0')
  const sign = amount < 0 ? '-' : ''
  if (exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
