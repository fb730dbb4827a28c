/**
 * The amount rule: the last two digits of an amount choose the code. It is asked for with the switch `amounts`, because
 * an ordinary price may well end in 05.
 */
const CODE_OF_LAST_TWO_DIGITS = new Map<number, string>([
  [5, '20005'],
  [12, '20012'],
  [14, '20014'],
  [51, '20051'],
])

/** @param amount in minor units */
export function codeOfAmount(amount: number): string | undefined {
  return CODE_OF_LAST_TWO_DIGITS.get(amount % 100)
}
