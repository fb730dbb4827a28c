/**
 * The numbers behind the handles. Nothing outside this room can read the map, and nothing in a handle leads to it: a
 * `CardRef` that was copied, serialised or made by hand stands for no card.
 */
import type { CardRef } from './card-ref.ts'
import { type Secret, secretText } from './secret.ts'

interface CardSecrets {
  number: Secret
  cvv?: Secret
  /** Of a wallet; as secret as a security code. */
  cryptogram?: Secret
}

/** The shopper's choice of a card on file. The CVV typed with it is behind the handle. */
export interface StoredChoice {
  /** UUID */
  readonly instrumentId: string
  readonly cvvSupplied: boolean
}

const cards = new WeakMap<CardRef, CardSecrets>()
const choices = new WeakMap<StoredChoice, Secret>()

/** Makes a handle. `facts` is everything a `CardRef` shows. */
export function holdCard(
  facts: Omit<CardRef, 'cvvSupplied'>,
  number: Secret,
  cvv: Secret | undefined,
  cryptogram?: Secret,
): CardRef {
  const card: CardRef = Object.freeze({ ...facts, cvvSupplied: cvv !== undefined })
  cards.set(card, { number, ...(cvv && { cvv }), ...(cryptogram && { cryptogram }) })
  return card
}

export function findSecrets(card: CardRef): CardSecrets | undefined {
  return cards.get(card)
}

/** @throws when this is no handle of this process, or its card was forgotten */
export function secretsOf(card: CardRef): CardSecrets {
  const found = findSecrets(card)
  if (!found) throw new Error('not a card of this vault')
  return found
}

/** Overwrites number and CVV; the handle stands for nothing afterwards. */
export function forgetCard(card: CardRef): void {
  const found = cards.get(card)
  found?.number.destroy()
  found?.cvv?.destroy()
  found?.cryptogram?.destroy()
  cards.delete(card)
}

export function holdChoice(instrumentId: string, cvv: string | undefined): StoredChoice {
  const choice = Object.freeze({ instrumentId, cvvSupplied: cvv !== undefined })
  if (cvv !== undefined) choices.set(choice, secretText(cvv))
  return choice
}

export function cvvOfChoice(choice: Pick<StoredChoice, 'instrumentId'>): Secret | undefined {
  return choices.get(choice as StoredChoice)
}
