/** Why a bank sent a debit back: the reasons of the SEPA rulebooks (ISO 20022) that its R-transactions carry. */
const RETURN_REASONS: Readonly<Record<string, string>> = {
  AC01: 'Account number incorrect',
  AC04: 'Account closed',
  AC06: 'Account blocked',
  AC13: 'Account of a consumer',
  AG01: 'Direct debit not permitted on this account',
  AG02: 'Operation code incorrect',
  AM04: 'Insufficient funds',
  AM05: 'Duplicate collection',
  BE05: 'Creditor not recognised',
  MD01: 'No mandate',
  MD06: 'Refund requested by the payer',
  MD07: 'Payer deceased',
  MS02: 'Refused by the payer',
  MS03: 'Reason not specified',
  RC01: 'Bank identifier incorrect',
  SL01: "Service of the payer's bank",
}

/** The reason in words, or `undefined` for a code that is none. */
export function returnReason(code: string): string | undefined {
  return Object.hasOwn(RETURN_REASONS, code) ? RETURN_REASONS[code] : undefined
}
