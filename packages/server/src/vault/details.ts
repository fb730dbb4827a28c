/** What an opened `session_data` may say: its shape, and what is wrong with the card in it. */
import { cardProblems, isCvv, isHolderName } from '@sluice/core/card-problems'
import { uuidOf } from '@sluice/core/ids'
import { isObject } from '@sluice/core/shape'
import { isWalletToken } from '@sluice/core/wallets/tokens'
import { isText } from '@sluice/core/wire/formats'
import type { SealedDetails } from '@sluice/sealing/payload'

type Check = (value: unknown) => boolean

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MAX_AMOUNT = 999_999_999_999
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cs}]/u

const text =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max && !CONTROL_CHARACTERS.test(value) && isText(value)
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const integer =
  (min: number, max: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
const flag: Check = (value) => typeof value === 'boolean'
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const isClosed = (value: Record<string, unknown>, members: readonly string[]) =>
  Object.keys(value).every((name) => members.includes(name))

/** A closed object: every member named here and no other. */
const shape =
  (members: Record<string, Check>): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((name) => Object.hasOwn(members, name)) &&
    Object.entries(members).every(([name, check]) => check(value[name]))

const words: Check = (value) => {
  if (!isObject(value)) return false
  const entries = Object.entries(value)
  return entries.length <= 20 && entries.every(([name, word]) => /^[a-z0-9_]{1,40}$/.test(name) && text(255)(word))
}

/** What a card says is judged by `cardProblems`, so that the shopper hears what to mend; here only its form counts. */
const CARD = shape({
  number: text(40),
  expiry_month: integer(-9999, 9999),
  expiry_year: integer(-9999, 9999),
  cvv: optional(text(10)),
  name: optional(text(255)),
  preferred_scheme: optional(text(40)),
  store: optional(flag),
})

const BROWSER = shape({
  accept_header: optional(text(2048)),
  user_agent: optional(text(2048)),
  language: optional(text(35)),
  java_enabled: optional(flag),
  javascript_enabled: optional(flag),
  color_depth: optional(integer(1, 64)),
  screen_height: optional(integer(0, 999_999)),
  screen_width: optional(integer(0, 999_999)),
  timezone_offset: optional(integer(-1440, 1440)),
  // Whatever it says: one that is not ours is ignored.
  ticket: optional((value) => typeof value === 'string'),
  three_ds: optional(shape({ prepared: optional(text(64)), completion: matching(/^[YNU]$/) })),
})

const DETAILS = shape({
  v: (value) => value === 1,
  sid: optional(text(40)),
  aud: optional(text(40)),
  jti: matching(UUID_V4),
  issued: text(60),
  amount: optional(integer(0, MAX_AMOUNT)),
  currency: optional(matching(/^[A-Z]{3}$/)),
  method: matching(/^[a-z0-9_]{1,40}$/),
  card: optional(CARD),
  stored: optional(shape({ instrument_id: (value) => isInstrumentId(value), cvv: optional(text(10)) })),
  // Which wallet it is of says what form it has.
  wallet: optional(
    (value) => isObject(value) && isClosed(value, ['type', 'token']) && isWalletToken(value['type'], value['token']),
  ),
  holder: optional(text(255)),
  details: optional(words),
  browser: optional(BROWSER),
  origin: optional(text(255)),
})

/** The details, when the bytes are JSON of the closed shape and the method has what it needs and nothing else. */
export function parseDetails(plain: Uint8Array): SealedDetails | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain))
  } catch {
    return undefined
  }
  if (!DETAILS(value)) return undefined
  const details = value as SealedDetails
  const fits =
    (details.method === 'card') === (details.card !== undefined) &&
    (details.method === 'stored_card') === (details.stored !== undefined) &&
    (details.method === 'applepay' || details.method === 'googlepay' ? details.method : undefined) ===
      details.wallet?.type
  return fits ? details : undefined
}

/**
 * What the shopper has to mend, as `error_codes`; empty when nothing.
 * @param at the merchant's time, milliseconds since 1970; without it the expiry is left to the issuer to judge
 */
export function detailsProblems({ card, stored, holder }: SealedDetails, at: number | undefined): string[] {
  const problems = card ? cardProblems(card, at) : []
  if (stored?.cvv !== undefined && !isCvv(stored.cvv)) problems.push('cvv_invalid')
  if (holder !== undefined && !isHolderName(holder)) problems.push('account_holder_invalid')
  return problems
}

function isInstrumentId(value: unknown): boolean {
  return typeof value === 'string' && uuidOf('instrument', value) !== undefined
}
