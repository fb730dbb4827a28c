/** What is true of a card number without asking anybody: its scheme, its length, its check digit, its expiry. */
import { type CardType, cardTypeNamed, typeStarting } from './card-type-library.ts'

/** Schemes that payments spell otherwise on the wire than the detection library does, in capitals: `VISA`, `MASTERCARD` … */
const SHORTER: Partial<Record<CardType, string>> = { 'american-express': 'AMEX', 'diners-club': 'DINERS' }

/** Lengths that are issued but that the detection library does not list. */
const FURTHER_LENGTHS: Record<string, readonly number[]> = {
  VISA: [13],
  DISCOVER: [17, 18],
  DINERS: [15, 17, 18],
}

/** Leading digits that are issued but that the detection library leaves to nobody, or to Maestro, its last resort. */
const FURTHER_PREFIXES: readonly (readonly [prefix: string, type: CardType])[] = [
  ['3095', 'diners-club'],
  ['62', 'unionpay'],
  ['81', 'unionpay'],
]

/** UnionPay has issued numbers without a check digit. */
const WITHOUT_CHECK_DIGIT = new Set(['UNIONPAY'])

export interface Scheme {
  /** As payments spell it on the wire: `VISA`, `MASTERCARD`, `AMEX` … */
  name: string
  lengths: readonly number[]
  cvvLength: number
}

/** The scheme of a whole number by its leading digits, or `undefined` when no scheme issues such numbers. */
export function schemeOf(number: string): Scheme | undefined {
  return /^\d{4,19}$/.test(number) ? schemeStarting(number) : undefined
}

/**
 * The scheme of a number that is still being typed, as soon as its first digits leave no other. From four digits on it
 * says what `schemeOf` says.
 */
export function schemeStarting(digits: string): Scheme | undefined {
  if (digits === '') return undefined
  const found = typeStarting(digits)
  const further = FURTHER_PREFIXES.find(([prefix]) => digits.startsWith(prefix))?.[1]
  const type = further && (!found || found.type === 'maestro') ? cardTypeNamed(further) : found
  if (!type || (digits.length < 4 && type === found && type.matchStrength === undefined)) return undefined
  const name = SHORTER[type.type] ?? type.type.toUpperCase()
  return { name, lengths: [...type.lengths, ...(FURTHER_LENGTHS[name] ?? [])], cvvLength: type.code.size }
}

/** Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Whether a scheme could have issued this number: known leading digits, a length of that scheme, check digit right. */
export function isCardNumber(number: string): boolean {
  const scheme = schemeOf(number)
  if (!scheme?.lengths.includes(number.length)) return false
  return WITHOUT_CHECK_DIGIT.has(scheme.name) || passesLuhn(number)
}

/**
 * Whether a card is past its expiry. It is good through the last day of the month printed on it.
 * @param month 1..12
 * @param year four digits
 * @param at milliseconds since 1970, the merchant's time
 */
export function isExpired(month: number, year: number, at: number): boolean {
  return at >= Date.UTC(year, month, 1)
}

const MASKED = '[card number]'
const SHORTEST = 13
const LONGEST = 19

/**
 * The text with every card number in it replaced: each run of 13 to 19 digits that passes the Luhn check, also one
 * whose digits stand in groups (`4242 4242 4242 4242`, `4242-4242-…`).
 */
export function maskCardNumbers(text: string): string {
  return text.replace(/\d+(?:[ -]\d+)*/g, (run) => maskRun(run))
}

export function holdsCardNumber(text: string): boolean {
  return maskCardNumbers(text) !== text
}

/** `run` is groups of digits with one separator between them; a card number is any number of neighbouring groups. */
function maskRun(run: string): string {
  const pieces = run.split(/([ -])/)
  let masked = ''
  for (let from = 0; from < pieces.length; from += 2) {
    const to = endOfNumber(pieces, from)
    masked += to === undefined ? pieces[from] : MASKED
    if (to !== undefined) from = to
    masked += pieces[from + 1] ?? ''
  }
  return masked
}

function endOfNumber(pieces: readonly string[], from: number): number | undefined {
  let digits = ''
  for (let to = from; to < pieces.length && digits.length <= LONGEST; to += 2) {
    digits += pieces[to]
    if (digits.length >= SHORTEST && digits.length <= LONGEST && passesLuhn(digits)) return to
  }
  return undefined
}
