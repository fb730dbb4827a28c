/** Schemes and card types as shops list them, in the words of each wallet. */

/** By the name of the scheme in the component's options. */
const APPLE: Readonly<Record<string, string>> = {
  american_express: 'amex',
  cartes_bancaires: 'cartesBancaires',
  china_union_pay: 'chinaUnionPay',
  discover: 'discover',
  jcb: 'jcb',
  mada: 'mada',
  mastercard: 'masterCard',
  visa: 'visa',
}
const GOOGLE: Readonly<Record<string, string>> = {
  american_express: 'AMEX',
  discover: 'DISCOVER',
  jcb: 'JCB',
  mastercard: 'MASTERCARD',
  visa: 'VISA',
}

/**
 * The networks of a session that a shop's list leaves over, in the session's order; all of them without a list.
 * @param schemes `american_express`, `visa` …
 */
export function walletNetworks(
  wallet: 'applepay' | 'googlepay',
  offered: readonly string[],
  schemes: readonly string[] | undefined,
): string[] {
  if (!schemes) return [...offered]
  const names = wallet === 'applepay' ? APPLE : GOOGLE
  const wanted = schemes.map((scheme) => names[scheme])
  return offered.filter((network) => wanted.includes(network))
}

/**
 * `merchantCapabilities` of Apple Pay. Naming neither kind of card means both.
 * @param types `credit`, `debit` …
 */
export function appleCapabilities(offered: readonly string[], types: readonly string[] | undefined): string[] {
  const kinds = (types ?? []).flatMap((type) =>
    type === 'credit' ? ['supportsCredit'] : type === 'debit' ? ['supportsDebit'] : [],
  )
  return [...offered, ...kinds]
}

/** `allowCreditCards` and `allowPrepaidCards` of Google Pay. */
export function googleCardTypes(types: readonly string[] | undefined): Record<string, boolean> {
  return types ? { allowCreditCards: types.includes('credit'), allowPrepaidCards: types.includes('prepaid') } : {}
}
