/**
 * The string formats the schemas name. They are pure functions, given to the validator by name; none of the names is
 * one of JSON Schema's own, so that a validator that was not given them fails at start instead of checking less.
 */
import { isCreditorId } from '../creditor-id.ts'
import { isCountry } from '../countries.ts'
import { isCurrency } from '../currencies.ts'
import { parseDuration } from '../durations.ts'

/** The URL parser every JavaScript host has. It is pure; only the language's own type library does not know it. */
declare const URL: { canParse(text: string): boolean }

const UNSTORABLE = /[\0\ud800-\udfff]/u
/** What connectors write where the vault puts the card. From a caller it is an attempt to have it put elsewhere. */
const CARD_PLACEHOLDER = /^\{\{card\.[a-z_]+\}\}$/
const EMAIL =
  /^[^\s@"(),:;<>[\\\]\p{Cc}]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u
const WEB_URL = /^https?:\/\/[^\s/?#@%\\]+(?:[/?#]|$)/i
const NEVER_IN_A_URL = /[\p{Cc}\s\\"<>^`{|}]/u
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))?$/i
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const COMPACT_DATE = /^(\d{4})(\d\d)(\d\d)$/
const COMMON_LOCALE = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Text that can be stored and sent on: no U+0000, no half of a surrogate pair, no placeholder of a card. */
export function isText(value: string): boolean {
  return !UNSTORABLE.test(value) && !CARD_PLACEHOLDER.test(value)
}

/** A mailbox as web forms understand it: no comments, no quoted names, no display name. */
export function isEmail(value: string): boolean {
  return isText(value) && EMAIL.test(value)
}

/**
 * An absolute http or https address that every parser reads alike: no user name, no white space, control characters
 * or backslashes, which browsers quietly repair.
 */
export function isWebUrl(value: string): boolean {
  return WEB_URL.test(value) && !NEVER_IN_A_URL.test(value) && isText(value) && URL.canParse(value)
}

/**
 * Milliseconds since 1970 of an ISO 8601 moment (RFC 3339), or `undefined`. Up to nine decimals; seconds may be left
 * out. A time without an offset is UTC, as some clients mean it when they leave it out. In UTC the year has four digits.
 */
export function timestampMs(value: string): number | undefined {
  const parts = TIMESTAMP.exec(value)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] =
    parts
  if (!isDay(Number(year), Number(month), Number(day))) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1)
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute) - offset, Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)))
  const inUtc = date.getUTCFullYear()
  return inUtc >= 1 && inUtc <= 9999 ? date.getTime() : undefined
}

/**
 * The one spelling of a moment that is kept, in UTC: `2026-11-22T10:00:00Z`, with milliseconds when there are any. All
 * who read it later, the database included, then mean the same moment.
 */
export function canonicalTimestamp(value: string): string | undefined {
  const milliseconds = timestampMs(value)
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}

/** `yyyy-mm-dd`, a day that is in the calendar. */
export function isDate(value: string): boolean {
  return matchesDay(DATE.exec(value))
}

/** `yyyymmdd`, a day that is in the calendar. */
export function isCompactDate(value: string): boolean {
  return matchesDay(COMPACT_DATE.exec(value))
}

/** A well-formed BCP 47 language tag; whether we have texts in it is another question. */
export function isLanguageTag(value: string): boolean {
  if (COMMON_LOCALE.test(value)) return true
  try {
    return value !== '' && Intl.getCanonicalLocales(value).length === 1
  } catch {
    return false
  }
}

export function isIpv4(value: string): boolean {
  return IPV4.test(value)
}

/** RFC 4291 §2.2, with or without a zone-free IPv4 tail; no zone index, no brackets. */
export function isIpv6(value: string): boolean {
  const halves = value.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) as string[]
  let count = groups.reduce((sum, half) => sum + half.length, 0)
  if (last.length > 0 && isIpv4(last.at(-1) as string)) {
    last.pop()
    count += 1
  }
  if (halves.length === 2 ? count > 7 : count !== 8) return false
  return groups.flat().every((group) => /^[0-9a-f]{1,4}$/i.test(group))
}

const PAYMENT_TYPES = ['Regular', 'Recurring', 'MOTO', 'Installment', 'Unscheduled', 'PayLater'] as const
export type PaymentType = (typeof PAYMENT_TYPES)[number]

const PAYMENT_TYPE_OF = new Map<string, PaymentType>(PAYMENT_TYPES.map((type) => [type.toLowerCase(), type]))

/** The canonical spelling of a payment type given in any case, or `undefined`. */
export function canonicalPaymentType(value: string): PaymentType | undefined {
  return PAYMENT_TYPE_OF.get(value.toLowerCase())
}

/**
 * Every format by the name the schemas use. `text` is what people write freely: it is searched for card numbers.
 * `opaque-text` and `phone-number` hold to the same alphabet and are not searched.
 */
export const FORMATS = {
  text: isText,
  'opaque-text': isText,
  'phone-number': isText,
  'metadata-key': (value: string) => value !== '__proto__' && isText(value),
  'email-address': isEmail,
  'web-url': isWebUrl,
  timestamp: (value: string) => timestampMs(value) !== undefined,
  'iso-duration': (value: string) => parseDuration(value) !== undefined,
  'calendar-date': isDate,
  'compact-date': isCompactDate,
  'date-or-timestamp': (value: string) => isDate(value) || timestampMs(value) !== undefined,
  'language-tag': isLanguageTag,
  'currency-code': isCurrency,
  'country-code': isCountry,
  'ip-address': (value: string) => isIpv4(value) || isIpv6(value),
  'ipv4-address': isIpv4,
  'ipv6-address': isIpv6,
  'creditor-id': isCreditorId,
  'payment-type': (value: string) => canonicalPaymentType(value) !== undefined,
} as const satisfies Record<string, (value: string) => boolean>

export type FormatName = keyof typeof FORMATS

/** Teaches a validator (Ajv 8) the formats. */
export function registerFormats(ajv: { addFormat(name: string, check: (value: string) => boolean): unknown }): void {
  for (const [name, check] of Object.entries(FORMATS)) ajv.addFormat(name, check)
}

function matchesDay(parts: RegExpExecArray | null): boolean {
  return parts !== null && isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

/** There is no year 0, neither in the calendar nor in the database. */
function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day <= length
}
