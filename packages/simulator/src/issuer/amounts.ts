/**
 * The amount rule: the last two digits of an amount choose the code. It is asked for with the switch `amounts`, because
 * an ordinary price may well end in 05.
 */
import type { Fidelity } from './cards.ts'

export const AMOUNT_RULES: readonly AmountRule[] = [
  { lastTwoDigits: 5, code: '20005', fidelity: 'inferred' },
  { lastTwoDigits: 12, code: '20012', fidelity: 'inferred' },
  { lastTwoDigits: 14, code: '20014', fidelity: 'inferred' },
  { lastTwoDigits: 51, code: '20051', fidelity: 'inferred' },
]

interface AmountRule {
  /** Of the amount in minor units. */
  lastTwoDigits: number
  code: string
  fidelity: Fidelity
}

/** @param amount in minor units */
export function codeOfAmount(amount: number): string | undefined {
  return AMOUNT_RULES.find(({ lastTwoDigits }) => lastTwoDigits === amount % 100)?.code
}
