/**
 * What the shopper types, as it is shown: pure, and without memory but for the text that stood there before. Every
 * function answers the text to show and where the caret belongs: after the same digit as it stood.
 */
import { isCardNumber, schemeStarting } from '@sluice/core/cards'

export interface Edited {
  text: string
  /** UTF-16 code units from the start. */
  caret: number
}

/**
 * What a text alone does not tell: Backspace from Delete, when only a separator was deleted; typed digits from digits
 * that came in one piece, perhaps with more around them. Absent when it was typed.
 */
export type Change = 'backward' | 'forward' | 'pasted'

/** Longest card number there is (ISO/IEC 7812-1). */
const LONGEST_NUMBER = 19
const LONGEST_CVV = 4
/** As the vault takes it, UTF-16 code units. */
export const LONGEST_NAME = 255

const AMEX_GROUPS = [4, 6, 5]
const DINERS_GROUPS = [4, 6, 4]
const COMMON_GROUPS = [4, 4, 4, 4, 3]

const SEPARATOR = ' / '

/** Zeros of the decimal digits that keyboards of our languages write: full-width, Arabic, Persian, Devanagari. */
const ZEROS = [0xff10, 0x0660, 0x06f0, 0x0966]

/** `12345` of `１２-٣٤५`: whatever is not a digit is left out. */
export function digitsOf(text: string): string {
  return westernDigits(text).replace(/\D/g, '')
}

/** Keeps every position: each digit becomes one digit. */
function westernDigits(text: string): string {
  return text.replace(/[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => {
    const code = digit.charCodeAt(0)
    return String(code - (ZEROS.find((zero) => code >= zero && code <= zero + 9) as number))
  })
}

/**
 * A card number in the groups its scheme prints, cut at the scheme's longest number.
 * @param before what the input showed
 */
export function formatNumber(typed: Edited, before: string, change?: Change): Edited {
  let { digits, caret } = digitsAt(typed, before, change)
  const stood = digitsOf(before)
  const pasted = change === 'pasted' ? cardNumberIn(typed.text) : undefined
  if (pasted !== undefined) {
    digits = pasted
    caret = pasted.length
  } else if (digits.length > longestNumber(digits) && digits.length > stood.length && caret < digits.length) {
    // A digit too many, typed into the middle: it is the one to go, not the last one of a number that was whole.
    caret = Math.max(0, caret - (digits.length - stood.length))
    digits = stood
  }
  digits = digits.slice(0, longestNumber(digits))
  const text = grouped(digits)
  return { text, caret: afterDigit(text, Math.min(caret, digits.length), digits.length) }
}

/** Digits in the groups that the scheme's cards print. */
function grouped(digits: string): string {
  const groups: string[] = []
  let at = 0
  for (const size of groupsOf(digits)) {
    if (at < digits.length) groups.push(digits.slice(at, at + size))
    at += size
  }
  return groups.join(' ')
}

function groupsOf(digits: string): readonly number[] {
  const scheme = schemeStarting(digits)?.name
  if (scheme === 'AMEX') return AMEX_GROUPS
  // Longer Diners numbers are issued under other schemes' rules and printed like theirs.
  if (scheme === 'DINERS' && digits.length <= 14) return DINERS_GROUPS
  return COMMON_GROUPS
}

function longestNumber(digits: string): number {
  return Math.max(...(schemeStarting(digits)?.lengths ?? [LONGEST_NUMBER]))
}

/**
 * The card number in a text that holds more: `4242 4242 4242 4242 12/30 123`. `undefined` when all of the digits are
 * one, or none of them are.
 */
function cardNumberIn(text: string): string | undefined {
  const groups = westernDigits(text).match(/\d+/g) ?? []
  if (isCardNumber(groups.join(''))) return undefined
  for (let from = 0; from < groups.length; from++) {
    let number = ''
    for (let to = from; to < groups.length && number.length <= LONGEST_NUMBER; to++) {
      number += groups[to]
      if (isCardNumber(number)) return number
    }
  }
  return undefined
}

/**
 * An expiry date as `MM / YY`. Takes `MMYY`, `MM/YY`, `MM/YYYY`, `MM-YYYY`, `YYYY-MM` and their like; a month that one
 * digit tells gets its zero at once.
 */
export function formatExpiry(typed: Edited, before: string, change?: Change): Edited {
  const text = westernDigits(typed.text)
  const whole = yearFirst(text)
  if (whole !== undefined) return atEnd(whole)
  const { digits, caret } = digitsAt({ ...typed, text }, before, change)
  const sure = !isDeleting(change) && /^\D*\d\D*[/\-.]/.test(text)
  const month = monthOf(digits, sure)
  if (month === undefined) return { text: digits.slice(0, 1), caret: Math.min(caret, 1) }
  const year = yearOf(digits.slice(month.used))
  const shown = month.text + SEPARATOR + year
  // The zero we wrote stands before the caret too, unless the caret stood before everything.
  const after = caret === 0 ? 0 : caret - month.used + 2
  return { text: shown, caret: afterDigit(shown, Math.min(after, 2 + year.length), 2 + year.length) }
}

function yearFirst(text: string): string | undefined {
  const parts = /^\D*(20\d\d)\D*(0[1-9]|1[0-2])(\D+\d\d)?\D*$/.exec(text)
  return parts ? parts[2] + SEPARATOR + (parts[1] as string).slice(2) : undefined
}

/**
 * The month of the leading digits, and how many of them it took; `undefined` while it may still become another.
 * @param sure a separator follows the first digit: `1/` is January
 */
function monthOf(digits: string, sure: boolean): { text: string; used: number } | undefined {
  const first = digits.charAt(0)
  const two = digits.slice(0, 2)
  if (/[2-9]/.test(first)) return { text: `0${first}`, used: 1 }
  if (/^(0[1-9]|1[0-2])$/.test(two) && !sure) return { text: two, used: 2 }
  if (first === '1' && (sure || two.length === 2)) return { text: '01', used: 1 }
  return undefined
}

/** Two digits; `20` may be on its way to `2030`, of which the last two stay. */
function yearOf(digits: string): string {
  if (!digits.startsWith('20')) return digits.slice(0, 2)
  return digits.length < 4 ? digits : digits.slice(2, 4)
}

/** `{ month: 12, year: 2030 }` of `12 / 30`; `undefined` unless it is whole. */
export function expiryOf(text: string): { month: number; year: number } | undefined {
  const parts = /^(0[1-9]|1[0-2]) \/ (\d\d)$/.exec(text)
  return parts ? { month: Number(parts[1]), year: 2000 + Number(parts[2]) } : undefined
}

/** @param length of the scheme's codes, while it is known */
export function formatCvv(typed: Edited, length = LONGEST_CVV): Edited {
  const { digits, caret } = digitsAt(typed, '')
  const text = digits.slice(0, length)
  return { text, caret: Math.min(caret, text.length) }
}

/** A name as the shopper writes it, in one line: line breaks and tabs of a pasted one become spaces. */
export function formatName(typed: Edited): Edited {
  const text = typed.text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cs}/gu, '')
    .slice(0, LONGEST_NAME)
    // Half of a pair that the cut left over.
    .replace(/\p{Cs}/gu, '')
  return { text, caret: Math.min(typed.caret, text.length) }
}

/** The digits typed and how many of them stand before the caret; a separator that was deleted takes its digit along. */
function digitsAt(typed: Edited, before: string, change?: Change): { digits: string; caret: number } {
  const digits = digitsOf(typed.text)
  const caret = digitsOf(typed.text.slice(0, typed.caret)).length
  const onlySeparator = isDeleting(change) && typed.text.length < before.length && digits === digitsOf(before)
  if (!onlySeparator) return { digits, caret }
  const gone = change === 'backward' ? caret - 1 : caret
  if (gone < 0) return { digits, caret }
  return { digits: digits.slice(0, gone) + digits.slice(gone + 1), caret: Math.min(caret, gone) }
}

function isDeleting(change: Change | undefined): boolean {
  return change === 'backward' || change === 'forward'
}

/** The place after the n-th of the digits; after the last one it is the end, behind a separator that waits for more. */
function afterDigit(text: string, n: number, all: number): number {
  if (n === all) return text.length
  let at = 0
  for (let seen = 0; seen < n; at++) if (/\d/.test(text.charAt(at))) seen++
  return at
}

function atEnd(text: string): Edited {
  return { text, caret: text.length }
}
