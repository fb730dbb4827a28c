/**
 * The library that knows which leading digits belong to which scheme. Its parts are imported one by one, of a version that
 * is pinned to the letter: the whole has another half with which to change the table, and browsers would load that.
 * `test/card-type-library.test.ts` compares what is made of them with the whole.
 */
import { addMatchingCardsToResults } from 'credit-card-type/dist/lib/add-matching-cards-to-results.js'
import cardTypes from 'credit-card-type/dist/lib/card-types.js'
import { findBestMatch } from 'credit-card-type/dist/lib/find-best-match.js'
import type { CreditCardType } from 'credit-card-type/dist/types.js'

/** The order in which the library tries them: of several that match, none of them best, the first is meant. */
const ORDER = [
  'visa',
  'mastercard',
  'american-express',
  'diners-club',
  'discover',
  'troy',
  'jcb',
  'unionpay',
  'naranja',
  'verve',
  'maestro',
  'elo',
  'mir',
  'hiper',
  'hipercard',
] as const

/** A scheme by the library's name. */
export type CardType = (typeof ORDER)[number]

export type CardTypeEntry = CreditCardType & { type: CardType }

export function cardTypeNamed(type: CardType): CardTypeEntry {
  return cardTypes[type] as CardTypeEntry
}

/** The type that matches best; the first of all that match, as long as none does. */
export function typeStarting(digits: string): CardTypeEntry | undefined {
  const results: CreditCardType[] = []
  for (const type of ORDER) addMatchingCardsToResults(digits, cardTypeNamed(type), results)
  return (findBestMatch(results) ?? results[0]) as CardTypeEntry | undefined
}
