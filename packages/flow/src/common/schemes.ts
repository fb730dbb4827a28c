/** Schemes and card types: how the component's options spell them, and how a person reads them. */

/** Where the options' spelling is not the wire's in lower case. */
const OPTION_NAMES: Record<string, string> = {
  amex: 'american_express',
  diners: 'diners_club_international',
  diners_club: 'diners_club_international',
  unionpay: 'china_union_pay',
}

/** Names that are not their spelling with a capital. */
const PROPER_NAMES: Record<string, string> = {
  american_express: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  china_union_pay: 'UnionPay',
  diners_club_international: 'Diners Club',
  jcb: 'JCB',
  mada: 'mada',
}

/** `american_express` of `AMEX`, `Amex` or `American Express`; `deferred_debit` of `DEFERRED DEBIT`. */
export function optionName(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return OPTION_NAMES[plain] ?? plain
}

/** `American Express` of `american_express`, `Visa` of `visa`: the same in every language. */
export function schemeLabel(option: string): string {
  return PROPER_NAMES[option] ?? option.charAt(0).toUpperCase() + option.slice(1).replaceAll('_', ' ')
}
