/**
 * What the first digits of a card number tell: the issuer identification number (BIN). Schemes are known for every
 * number; everything else comes from the networks' tables, which are not public, so it is known of the published test
 * cards alone. One table for the vault, the card form and the simulator: they never say different things of a card.
 */
import { schemeOf } from './cards.ts'

/** The spellings of a scheme: in tokens, and in card metadata and the component's options. By that of payments. */
const SPELLINGS: Record<string, { title: string; name: string }> = {
  VISA: { title: 'Visa', name: 'visa' },
  MASTERCARD: { title: 'Mastercard', name: 'mastercard' },
  AMEX: { title: 'American Express', name: 'american_express' },
  DINERS: { title: 'Diners Club International', name: 'diners_club_international' },
  DISCOVER: { title: 'Discover', name: 'discover' },
  JCB: { title: 'JCB', name: 'jcb' },
  UNIONPAY: { title: 'UnionPay', name: 'china_union_pay' },
  MAESTRO: { title: 'Maestro', name: 'maestro' },
  ELO: { title: 'Elo', name: 'elo' },
  MIR: { title: 'Mir', name: 'mir' },
  HIPER: { title: 'Hiper', name: 'hiper' },
  HIPERCARD: { title: 'Hipercard', name: 'hipercard' },
  NARANJA: { title: 'Naranja', name: 'naranja' },
  TROY: { title: 'Troy', name: 'troy' },
  VERVE: { title: 'Verve', name: 'verve' },
}

/** Code and name of the product an ordinary test card of the scheme is. */
const TEST_PRODUCTS: Record<string, readonly [id: string, type: string]> = {
  VISA: ['F', 'CLASSIC'],
  MASTERCARD: ['MCS', 'STANDARD'],
  MAESTRO: ['MSI', 'MAESTRO'],
  AMEX: ['AX', 'AMERICAN EXPRESS'],
  DINERS: ['DN', 'DINERS CLUB'],
  DISCOVER: ['DI', 'DISCOVER'],
  JCB: ['JC', 'JCB'],
  UNIONPAY: ['UP', 'UNIONPAY'],
}

type CardType = 'CREDIT' | 'DEBIT' | 'PREPAID'

interface TestRange {
  /** Leading digits, eight of them. */
  prefix: string
  /** Absent: `CREDIT`. */
  type?: CardType
  /** Issuer's country, ISO 3166-1 alpha-2. Absent: `GB`. */
  country?: string
  /** Second brand of co-badged cards, as the wire's `local_schemes` spell it. */
  localScheme?: string
}

/** The published test cards of which more is known than their scheme. */
const TEST_RANGES: readonly TestRange[] = [
  { prefix: '40000200', country: 'US' },
  { prefix: '42731490', country: 'TR' },
  { prefix: '45394679', country: 'ES' },
  { prefix: '40240071', country: 'US' },
  { prefix: '49163017', country: 'US' },
  { prefix: '44858998', country: 'US' },
  { prefix: '46591055', type: 'DEBIT' },
  { prefix: '40952548', type: 'DEBIT', country: 'US' },
  { prefix: '40001481', type: 'PREPAID' },
  { prefix: '40001416', type: 'PREPAID' },
  { prefix: '40001443', type: 'PREPAID' },
  { prefix: '46585840', type: 'DEBIT' },
  { prefix: '54360310', country: 'MU' },
  { prefix: '55850765', country: 'HU' },
  { prefix: '53054847', type: 'DEBIT', country: 'DE' },
  { prefix: '50001866', type: 'DEBIT' },
  { prefix: '40100617', type: 'DEBIT', country: 'FR', localScheme: 'cartes_bancaires' },
  { prefix: '40100562', country: 'FR', localScheme: 'cartes_bancaires' },
  { prefix: '34567890', country: 'ES' },
  { prefix: '34182923', country: 'US' },
  { prefix: '36160940', country: 'KR' },
  { prefix: '35301113', country: 'JP' },
  { prefix: '35820694', country: 'JP' },
  { prefix: '35660270', country: 'JP' },
  { prefix: '45562945', country: 'UY' },
  { prefix: '45006228', country: 'CA' },
]

const RANGE_OF_PREFIX = new Map(TEST_RANGES.map((range) => [range.prefix, range]))
const PREFIX_LENGTH = 8

/**
 * The digits of a number that may be shown and kept beside the last four: eight, but six where the number is so short
 * that eight and the last four would nearly be all of it.
 */
export function binOf(number: string): string {
  return number.slice(0, number.length < 16 ? 6 : PREFIX_LENGTH)
}

/** The second brand of a co-badged card, as payments spell it: `CARTES_BANCAIRES`. */
export function localSchemeOf(number: string): string | undefined {
  return rangeOf(number)?.localScheme?.toUpperCase()
}

/** What the sandbox's issuer says of a card, in the members and spellings of a payment's `source`. */
export interface IssuerFacts {
  issuer: string
  /** ISO 3166-1 alpha-2. */
  issuer_country: string
  card_type: CardType
  card_category: 'CONSUMER'
  product_id?: string
  product_type?: string
  /** Second brands: `cartes_bancaires`. */
  local_schemes?: string[]
}

/**
 * Facts of a test card by its first eight digits or more. A card that is not in the table is an ordinary British one.
 * @param scheme as payments spell it: `VISA`
 */
export function testCardFacts(number: string, scheme: string): IssuerFacts {
  const { type = 'CREDIT', country = 'GB', localScheme } = rangeOf(number) ?? {}
  const product = TEST_PRODUCTS[scheme]
  return {
    issuer: `SLUICE TEST BANK ${country}`,
    issuer_country: country,
    card_type: type,
    card_category: 'CONSUMER',
    ...(product && { product_id: product[0], product_type: product[1] }),
    ...(localScheme !== undefined && { local_schemes: [localScheme] }),
  }
}

/** The scheme as tokens spell it: `Visa`, `American Express`. */
export function schemeTitle(scheme: string): string {
  return SPELLINGS[scheme]?.title ?? scheme
}

/** What the card form hears of the first eight digits. Lower case, as the options of the component spell it. */
export interface CardMetadata {
  /** Eight digits. */
  bin: string
  /** `visa`, `mastercard`, `american_express` … or `unknown`. */
  scheme: string
  /** `credit`, `debit` or `prepaid`. */
  card_type?: string
  /** `consumer` */
  card_category?: string
  /** Second brands of a co-badged card. */
  local_schemes?: string[]
  issuer?: string
  /** ISO 3166-1 alpha-2. */
  issuer_country?: string
  product_id?: string
  product_type?: string
}

/**
 * @param bin eight digits
 * @param testCards whether cards are test cards: else only scheme and second brands are known
 */
export function cardMetadata(bin: string, testCards: boolean): CardMetadata {
  const scheme = schemeOf(bin)?.name
  if (scheme === undefined) return { bin, scheme: 'unknown' }
  const name = SPELLINGS[scheme]?.name ?? scheme.toLowerCase()
  const localScheme = rangeOf(bin)?.localScheme
  const localSchemes = localScheme === undefined ? {} : { local_schemes: [localScheme] }
  if (!testCards) return { bin, scheme: name, ...localSchemes }
  const { card_type, card_category, ...facts } = testCardFacts(bin, scheme)
  return {
    bin,
    scheme: name,
    card_type: card_type.toLowerCase(),
    card_category: card_category.toLowerCase(),
    ...facts,
  }
}

function rangeOf(number: string): TestRange | undefined {
  return RANGE_OF_PREFIX.get(number.slice(0, PREFIX_LENGTH))
}
