/** Identifiers of SEPA creditors (EPC262-08, AT-02): country, check digits, a business code that is not checked, the rest. */
import { isIban97 } from './iban.ts'

/** The one that the Deutsche Bundesbank publishes for tests. */
export const TEST_CREDITOR_ID = 'DE98ZZZ09999999999'

/** In capitals, without blanks: at most 35 characters. */
export function isCreditorId(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}$/.test(text)) return false
  return isIban97(text.slice(0, 4) + text.slice(7))
}
