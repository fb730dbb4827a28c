/**
 * The texts a shopper reads: kept in `locales/<tag>.json`, one flat table of key and text for each locale of
 * `@sluice/core/locales`. Keys are those of the official component (`card.card_number`, …) and the ones below, which are
 * ours. Our tone: short, polite, what to do next; no exclamation marks, nobody is blamed.
 */

/** Texts the official component has no key for. */
export type OwnTextKey =
  /** The pay button, with the amount it will pay: `{AMOUNT}`. */
  | 'sluice.pay_amount'
  /** Name of the list of ways to pay. */
  | 'sluice.payment_methods'
  /** Name of the frame with the card's fields. */
  | 'sluice.card_details'
  /** Said of the row of scheme marks. */
  | 'sluice.accepted_cards'
  /** Name of the choice between the brands of a co-badged card. */
  | 'sluice.card_brand'
  /** Of the expiry date, when it is not one; that it has passed is `card.expiry_date.invalid`. */
  | 'sluice.expiry_date.incomplete'
  /** Where to find a security code of three digits. */
  | 'sluice.security_code.hint.back'
  /** Where to find a security code of four digits. */
  | 'sluice.security_code.hint.front'
  /** A card number was entered as the name. */
  | 'sluice.name_not_a_card'
  /** A frame was loaded anew, or the shopper came back: number and security code are gone. */
  | 'sluice.reenter_card'
  /** Heading of the bank's page above the shop's. */
  | 'sluice.challenge.title'
  /** Leaves the bank's page without paying. */
  | 'sluice.challenge.cancel'
  /** While the bank's page is loading. */
  | 'sluice.challenge.loading'
  /** The bank is done, and the shop's own page is being opened. */
  | 'sluice.returning'
  /** Came back from the bank's page without having paid. */
  | 'sluice.pay_another_way'
  /** The answer was lost and is being asked for. */
  | 'sluice.checking'
  /** The answer was lost and could not be found out; with a button `sluice.check_again`. */
  | 'sluice.unknown_outcome'
  | 'sluice.check_again'
  /** A button, after something failed that is worth repeating. */
  | 'sluice.retry'
  | 'sluice.offline'
  | 'sluice.too_many_requests'
  /** The session costs something else than the shopper was shown. */
  | 'sluice.amount_changed'
  | 'sluice.session_expired'
  | 'sluice.attempts_used_up'
  /** Nothing can be shown; with a button `sluice.retry` when trying again may help. */
  | 'sluice.load_failed'
  /** Of a billing address. */
  | 'sluice.address.line1'
  | 'sluice.address.line2'
  | 'sluice.address.zip'
  | 'sluice.address.city'
  | 'sluice.address.country'
  /** What the shopper allows with a direct debit, in the words of the SEPA rulebook: `{CREDITOR}`. */
  | 'sluice.mandate'
  /** The checkbox below it. */
  | 'sluice.mandate.consent'
  /** A direct debit was accepted, and is collected later. */
  | 'sluice.debit.accepted'
  | 'sluice.debit.collected'
  /** Above a QR code: `{PAYMENT_METHOD}`. */
  | 'sluice.scan_code'
  /** Of a one-time code: `{DIGITS}`, how many it has. */
  | 'sluice.code.incomplete'
  /** While the payment waits for what the shopper does in an app. */
  | 'sluice.waiting_for_approval'
  /** Above what is paid later, and its parts. */
  | 'sluice.voucher.intro'
  | 'sluice.voucher.entity'
  | 'sluice.voucher.reference'
  | 'sluice.voucher.amount'
  | 'sluice.voucher.pay_by'
  /** A button, and what it says for two seconds. */
  | 'sluice.copy'
  | 'sluice.copied'

/**
 * Keys of texts that only the forms of methods other than cards show. The module with these forms brings a whole table of
 * its own; the tables that the keeper loads for everybody are built without them.
 */
export const OF_FORMS =
  /^(bacs|bank_|button|customer|form\.(?!required|full_name\.p)|klarna|otp|payment\.approval|payment_context|sepa|stored_card|tag|sluice\.(address|code|cop|debit|mandate|scan|voucher|waiting))/

/** A stretch of a text: plain, or inside `<tag>…</tag>`, for the caller to render as an element of its choice. */
export interface TextPart {
  text: string
  /** `address`, `contact` or `countdown`. */
  tag?: string
}

export interface Texts {
  /** BCP 47 */
  locale: string
  /** The text as one string: placeholders filled in, tags left out. */
  text(key: string, values?: Record<string, string>): string
  /** The text in stretches, for the few that have tags. */
  parts(key: string, values?: Record<string, string>): TextPart[]
}

/**
 * Texts of one locale.
 * @param table complete: whoever made it laid English under the locale, and the shop's own texts over it. A key that is
 * missing all the same is shown as it is.
 */
export function createTexts(table: Record<string, string>, locale: string): Texts {
  const template = (key: string) => (Object.hasOwn(table, key) ? (table[key] as string) : key)
  const parts = (key: string, values?: Record<string, string>) => split(template(key), values)
  return {
    locale,
    text: (key, values) =>
      parts(key, values)
        .map((part) => part.text)
        .join(''),
    parts,
  }
}

/** Tags are looked for before values come in, so that a value can never be read as a tag. Any other tag is plain text. */
function split(template: string, values: Record<string, string> = {}): TextPart[] {
  const fill = (text: string) =>
    text.replace(/\{([A-Z_]+)\}/g, (braced, name: string) =>
      Object.hasOwn(values, name) ? (values[name] as string) : braced,
    )
  // What `split` gives for two groups: plain, tag, inside, plain, tag, inside, …, plain.
  const pieces = template.split(/<(address|contact|countdown)>(.*?)<\/\1>/)
  const parts: TextPart[] = []
  for (let at = 0; at < pieces.length; at += 3) {
    if (pieces[at]) parts.push({ text: fill(pieces[at] as string) })
    const tag = pieces[at + 1]
    if (tag) parts.push({ text: fill(pieces[at + 2] as string), tag })
  }
  return parts
}

/** As `@sluice/core/currencies` has them, which is too large for the shop's page; a test compares the two. */
const NO_DECIMALS = /BIF|CLF|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|VND|VUV|XAF|XOF|XPF/
const THREE_DECIMALS = /BHD|IQD|JOD|KWD|LYD|OMR|TND/

/**
 * An amount as people of a locale write it, `€10.00` or `10,00 €`, with as many decimals as the currency has on our
 * wire: what `Intl` takes for granted differs between browsers.
 * @param minorUnits whole number
 * @param currency ISO 4217
 * @param locale BCP 47; one that the browser does not understand gives English
 */
export function formatAmount(minorUnits: number, currency: string, locale: string): string {
  const exponent = NO_DECIMALS.test(currency) ? 0 : THREE_DECIMALS.test(currency) ? 3 : 2
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  } as const
  const amount = minorUnits / 10 ** exponent
  try {
    const written = new Intl.NumberFormat(locale, options).format(amount)
    // A sign like `US$` would be torn apart between letters that run the other way.
    return directionOf(locale) === 'rtl' ? `\u2066${written}\u2069` : written
  } catch {
    return new Intl.NumberFormat('en-GB', options).format(amount)
  }
}

/** Which way a locale is written; also of those that exist only in a shop's own translations. */
export function directionOf(locale: string): 'ltr' | 'rtl' {
  return /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/i.test(locale) ? 'rtl' : 'ltr'
}
