/** What the books keep of the details of a payment without a card: who looks at a statement learns nobody's account. */

const ACCOUNTS: readonly string[] = ['iban', 'bank_account_number']
/** Good for one look, which decides the payment; or nobody's business afterwards. */
const NOT_KEPT: readonly string[] = ['national_id', 'blik_code']

/** Of an account its last four characters. */
export function keptDetails(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details)
      .filter(([name]) => !NOT_KEPT.includes(name))
      .map(([name, value]) => [name, ACCOUNTS.includes(name) ? `•••• ${String(value).trim().slice(-4)}` : value]),
  )
}
