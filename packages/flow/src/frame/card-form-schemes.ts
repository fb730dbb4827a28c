/** Schemes and card types as the component's options spell them. */

/** Where the options' spelling is not the wire's in lower case. */
const OPTION_NAMES: Record<string, string> = {
  amex: 'american_express',
  diners: 'diners_club_international',
  diners_club: 'diners_club_international',
  unionpay: 'china_union_pay',
}

/**
 * Names that are more than their spelling with a capital. The marks have a list too; with it the keeper would load the
 * drawings, which it never shows.
 */
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
  const plain = name.toLowerCase().replace(/[\s-]+/g, '_')
  return OPTION_NAMES[plain] ?? plain
}

/** `American Express` of `american_express`: the same in every language. */
export function schemeLabel(name: string): string {
  return PROPER_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1)
}
