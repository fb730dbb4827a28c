/**
 * Every payment method the wire has a name for, as data: where it can be offered, what it needs, how it is paid and what
 * can be done afterwards. What a row does not say stands in its family above the table. The order of the rows is the
 * order in which methods are offered. `docs/reference/payment-methods.md` is checked against this table.
 */
import type { PaymentType } from './wire/formats.ts'

/**
 * How the shopper pays. direct: the result is in the submit answer. redirect: at another page. app: approved in an app
 * while ours waits. otp: a code is typed in our page. qr: a code is shown and paid in an app. voucher: a reference is
 * paid later. debit: accepted now, settled days later. sdk: in the partner's widget. Of a method that knows several
 * ways, the one used here.
 */
export type MethodKind = 'direct' | 'redirect' | 'app' | 'otp' | 'qr' | 'voucher' | 'debit' | 'sdk'

/** What the component asks the shopper for; the session may prefill it. */
export type CollectedInput =
  | 'card'
  | 'saved_card'
  | 'wallet_sheet'
  | 'partner_widget'
  | 'holder_name'
  | 'email'
  | 'phone'
  | 'billing_address'
  | 'shipping_address'
  | 'otp'
  | 'iban'
  | 'bank_account'
  | 'mandate_consent'
  | 'national_id'
  | 'blik_code'

/** A rule for free text at submit. Length in characters; alphanumeric is `a-z A-Z 0-9`. */
export interface TextRule {
  maxLength?: number
  alphanumeric?: 'strict' | 'with_spaces'
  /** No two payments of an entity by this method may carry the same text. */
  unique?: boolean
}

export interface PaymentMethod {
  name: string
  label: string
  /** ISO 4217 codes of sessions it is offered for. */
  currencies: 'all' | readonly string[]
  /** ISO 3166-1 alpha-2 codes of billing countries it is offered in. */
  countries: 'all' | readonly string[]
  /** Where a country takes only its own currency of those above. */
  currencyOfCountry?: Readonly<Record<string, string>>
  paymentTypes: readonly PaymentType[]
  /**
   * Dotted paths the session must carry; through a list (`items.name`) every entry must have the member. Of an inner
   * list one suffices.
   */
  needs: readonly (string | readonly string[])[]
  kind: MethodKind
  collects: readonly CollectedInput[]
  /** Of what is collected: what the shopper may leave empty. */
  optional: readonly CollectedInput[]
  /** Dialling codes, without the plus, of the telephones it reaches. */
  phoneCodes: 'all' | readonly string[]
  /** `automatic`: the method always captures by itself. `manual`: the merchant may capture later. */
  capture: 'automatic' | 'manual'
  void: 'no' | 'before_capture' | 'while_pending'
  refund: boolean
  partialRefund: boolean
  /** How long the shopper has, in seconds, before the attempt expires. For cards: the 3DS challenge. */
  timeLimitS: number
  /** An amount of 0 verifies the card. */
  zeroAmount: boolean
  /** A wallet needs the shopper at the device, and a processor that takes its tokens. */
  wallet: boolean
  /** Usable without a session, by `POST /payment-sessions/complete`. */
  sessionless: boolean
  /** Offered only on a channel whose own list names it. */
  optIn: boolean
  /** Closed by its operator: known, never offered. */
  retired: boolean
  /** Rules for `reference` and `description`, checked at submit, when the method is known. */
  reference?: TextRule
  description?: TextRule
  /** Whether currencies, countries and needed members are published facts or our best reading. */
  fidelity: 'confirmed' | 'inferred'
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const ANY = {
  needs: [],
  collects: [],
  optional: [],
  phoneCodes: 'all',
  paymentTypes: ['Regular'],
  refund: true,
  partialRefund: true,
  zeroAmount: false,
  wallet: false,
  sessionless: false,
  optIn: false,
  retired: false,
  fidelity: 'confirmed',
} as const

const CARD = {
  ...ANY,
  kind: 'direct',
  currencies: 'all',
  countries: 'all',
  paymentTypes: ['Regular', 'Recurring', 'MOTO', 'Installment', 'Unscheduled', 'PayLater'],
  capture: 'manual',
  void: 'before_capture',
  timeLimitS: 15 * MINUTE,
  zeroAmount: true,
} as const

const WALLET = {
  ...CARD,
  wallet: true,
  collects: ['wallet_sheet'],
  paymentTypes: ['Regular', 'Recurring', 'Installment', 'Unscheduled', 'PayLater'],
} as const

const INSTANT = { ...ANY, capture: 'automatic', void: 'no' } as const
const REDIRECT = { ...INSTANT, kind: 'redirect', timeLimitS: HOUR } as const
const APP = { ...INSTANT, kind: 'app', timeLimitS: 5 * MINUTE } as const
const QR = { ...INSTANT, kind: 'qr', void: 'while_pending', timeLimitS: 15 * MINUTE } as const

/** Approved by the shopper and held: the merchant may capture later and void before. */
const HELD = { ...ANY, capture: 'manual', void: 'before_capture' } as const
const HELD_APP = { ...HELD, kind: 'app', timeLimitS: 5 * MINUTE, collects: ['phone'] } as const
const HELD_REDIRECT = { ...HELD, kind: 'redirect', timeLimitS: HOUR } as const
const SDK = { ...HELD, kind: 'sdk', timeLimitS: HOUR, collects: ['partner_widget'] } as const

const DEBIT = {
  ...ANY,
  kind: 'debit',
  capture: 'automatic',
  void: 'while_pending',
  timeLimitS: 3 * DAY,
  paymentTypes: ['Regular', 'Recurring'],
} as const

/** The Asian wallets of one network: any of them takes its home currency and those of the two settlement places. */
const ALIPAY_PLUS = {
  ...REDIRECT,
  void: 'while_pending',
  paymentTypes: ['Regular', 'Recurring'],
  needs: ['customer.email'],
  sessionless: true,
} as const

// biome-ignore format: one row per line reads as the table it is
export const PAYMENT_METHODS = [
  { ...CARD, name: 'card', label: 'Card', collects: ['card'] },
  {
    ...CARD, name: 'stored_card', label: 'Saved cards', collects: ['saved_card'],
    needs: [[
      'customer.id', 'payment_method_configuration.stored_card.customer_id', 'payment_method_configuration.stored_card.instrument_ids',
    ]],
  },
  { ...WALLET, name: 'applepay', label: 'Apple Pay' },
  { ...WALLET, name: 'googlepay', label: 'Google Pay' },
  {
    ...CARD, name: 'remember_me', label: 'Remember Me', kind: 'otp', wallet: true, optIn: true, collects: ['email', 'phone', 'otp', 'card'],
    paymentTypes: WALLET.paymentTypes,
  },
  {
    ...SDK, name: 'paypal', label: 'PayPal', countries: 'all', needs: ['items'], paymentTypes: ['Regular', 'Recurring'],
    currencies: ['AUD', 'BRL', 'CAD', 'CNY', 'CZK', 'DKK', 'EUR', 'HKD', 'HUF', 'INR', 'ILS', 'JPY', 'MXN', 'TWD', 'NZD', 'NOK', 'PHP', 'PLN', 'GBP', 'RUB', 'SGD', 'SEK', 'CHF', 'THB', 'USD'],
  },
  {
    ...HELD_REDIRECT, name: 'klarna', label: 'Klarna', currencies: ['EUR', 'DKK', 'GBP', 'NOK', 'SEK'], needs: ['items'], sessionless: true,
    collects: ['holder_name', 'email', 'billing_address'],
    countries: ['AT', 'DK', 'ES', 'FI', 'DE', 'NL', 'NO', 'SE', 'GB'],
    currencyOfCountry: { AT: 'EUR', DK: 'DKK', ES: 'EUR', FI: 'EUR', DE: 'EUR', NL: 'EUR', NO: 'NOK', SE: 'SEK', GB: 'GBP' },
  },

  { ...ALIPAY_PLUS, name: 'alipay_cn', label: 'Alipay CN', currencies: ['CNY', 'HKD', 'SGD'], countries: ['CN'] },
  { ...ALIPAY_PLUS, name: 'alipay_hk', label: 'Alipay HK', currencies: ['HKD', 'SGD'], countries: ['HK'] },
  { ...REDIRECT, name: 'alma', label: 'Alma', currencies: ['EUR'], countries: ['FR'], sessionless: true },
  { ...REDIRECT, name: 'bancontact', label: 'Bancontact', currencies: ['EUR'], countries: ['BE'], collects: ['holder_name'], sessionless: true },
  {
    ...REDIRECT, name: 'benefit', label: 'BenefitPay gateway', currencies: ['BHD'], countries: ['BH'], needs: ['reference'], sessionless: true,
    reference: { alphanumeric: 'strict', unique: true },
  },
  { ...ALIPAY_PLUS, name: 'dana', label: 'DANA', currencies: ['IDR', 'HKD', 'SGD'], countries: ['ID'] },
  { ...REDIRECT, name: 'eps', label: 'EPS', currencies: ['EUR'], countries: ['AT'], collects: ['holder_name'], sessionless: true },
  { ...ALIPAY_PLUS, name: 'gcash', label: 'GCash', currencies: ['PHP', 'HKD', 'SGD'], countries: ['PH'] },
  {
    ...REDIRECT, name: 'ideal', label: 'iDEAL', currencies: ['EUR'], countries: ['NL'], needs: ['reference'], sessionless: true,
    reference: { maxLength: 35, alphanumeric: 'strict' }, description: { maxLength: 35 },
  },
  { ...ALIPAY_PLUS, name: 'kakaopay', label: 'KakaoPay', currencies: ['KRW', 'HKD', 'SGD'], countries: ['KR'] },
  { ...REDIRECT, name: 'knet', label: 'KNET', currencies: ['KWD'], countries: ['KW'], sessionless: true },
  { ...HELD_APP, name: 'mbway', label: 'MB WAY', currencies: ['EUR'], countries: ['PT'], phoneCodes: ['351'], needs: ['reference'], sessionless: true },
  {
    ...INSTANT, name: 'multibanco', label: 'Multibanco', kind: 'voucher', timeLimitS: 7 * DAY, currencies: ['EUR'], countries: ['PT'],
    collects: ['holder_name'], sessionless: true,
  },
  { ...REDIRECT, name: 'p24', label: 'Przelewy24', currencies: ['EUR', 'PLN'], countries: ['PL'], collects: ['holder_name', 'email'], sessionless: true },
  {
    ...REDIRECT, name: 'qpay', label: 'QPay', currencies: ['QAR'], countries: ['QA'], collects: ['national_id'], optional: ['national_id'], sessionless: true,
    description: { maxLength: 255, alphanumeric: 'with_spaces' },
  },
  {
    ...DEBIT, name: 'sepa', label: 'SEPA Direct Debit', currencies: ['EUR'], sessionless: true,
    countries: ['AT', 'BE', 'CY', 'DE', 'EE', 'ES', 'FI', 'FR', 'GR', 'IE', 'IT', 'LT', 'LU', 'LV', 'MT', 'NL', 'PT', 'SI', 'SK', 'AD', 'BG', 'HR', 'LI', 'MC', 'SM', 'VA'],
    collects: ['iban', 'holder_name', 'billing_address', 'mandate_consent'],
  },
  {
    ...INSTANT, name: 'stcpay', label: 'stc pay', kind: 'otp', timeLimitS: 5 * MINUTE, currencies: ['SAR'], countries: ['SA'], needs: ['reference'],
    collects: ['phone', 'otp'], phoneCodes: ['966'],
  },
  {
    ...HELD_REDIRECT, name: 'tabby', label: 'Tabby', currencies: ['AED', 'KWD', 'SAR'], countries: ['AE', 'KW', 'SA'], needs: ['reference'],
    collects: ['phone', 'email'], phoneCodes: ['965', '966', '971'],
  },
  {
    ...HELD_REDIRECT, name: 'tamara', label: 'Tamara', currencies: ['AED', 'SAR'], countries: ['AE', 'SA'],
    needs: ['reference', 'customer.email', 'customer.name', 'customer.phone.number', 'shipping.address.address_line1', 'shipping.address.city', 'shipping.address.country'],
    collects: ['holder_name', 'email', 'phone', 'shipping_address'], phoneCodes: ['966', '971'],
  },
  { ...ALIPAY_PLUS, name: 'tng', label: "Touch 'n Go", currencies: ['MYR', 'HKD', 'SGD'], countries: ['MY'] },
  { ...ALIPAY_PLUS, name: 'truemoney', label: 'TrueMoney', currencies: ['THB', 'HKD', 'SGD'], countries: ['TH'] },

  {
    ...DEBIT, name: 'plaid', label: 'Pay by bank account (US)', currencies: ['USD'], countries: ['US'], paymentTypes: ['Regular'],
    collects: ['bank_account', 'holder_name', 'billing_address', 'phone'], phoneCodes: ['1'],
  },
  { ...DEBIT, name: 'ach', label: 'ACH direct debit', currencies: ['USD'], countries: ['US'], collects: ['bank_account', 'holder_name'] },
  { ...DEBIT, name: 'bacs', label: 'Bacs Direct Debit', currencies: ['GBP'], countries: ['GB'], collects: ['bank_account', 'holder_name', 'email', 'mandate_consent'] },
  { ...APP, name: 'bizum', label: 'Bizum', currencies: ['EUR'], countries: ['ES'], collects: ['phone'], phoneCodes: ['34'], fidelity: 'inferred' },
  {
    ...APP, name: 'blik', label: 'BLIK', currencies: ['PLN'], countries: ['PL'], paymentTypes: ['Regular', 'Recurring'], collects: ['blik_code'],
    reference: { maxLength: 35 },
  },
  {
    ...HELD_REDIRECT, name: 'mobilepay', label: 'MobilePay', currencies: ['DKK', 'EUR'], countries: ['DK', 'FI'], collects: ['phone'], optional: ['phone'], fidelity: 'inferred',
    currencyOfCountry: { DK: 'DKK', FI: 'EUR' }, phoneCodes: ['45', '358'],
  },
  { ...QR, name: 'octopus', label: 'Octopus', currencies: ['HKD'], countries: ['HK'], sessionless: true, fidelity: 'inferred' },
  { ...QR, name: 'paynow', label: 'PayNow', currencies: ['SGD'], countries: ['SG'], fidelity: 'inferred' },
  {
    ...REDIRECT, name: 'sequra', label: 'SeQura', currencies: ['EUR'], countries: ['ES', 'FR', 'IT', 'PT'], fidelity: 'inferred',
    needs: ['items', 'items.type', 'items.name', 'items.quantity', 'items.unit_price', 'items.reference', 'items.total_amount', 'processing.product_type'],
  },
  { ...APP, name: 'swish', label: 'Swish', currencies: ['SEK'], countries: ['SE'], collects: ['phone'], phoneCodes: ['46'], sessionless: true, fidelity: 'inferred' },
  { ...HELD_APP, name: 'twint', label: 'TWINT', currencies: ['CHF'], countries: ['CH'], collects: [], fidelity: 'inferred' },
  { ...HELD_APP, name: 'vipps', label: 'Vipps', currencies: ['NOK'], countries: ['NO'], optional: ['phone'], phoneCodes: ['47'], fidelity: 'inferred' },
  {
    ...QR, name: 'wechatpay', label: 'WeChat Pay', currencies: ['CNY', 'HKD', 'SGD', 'USD', 'EUR', 'GBP', 'AUD'], countries: 'all', fidelity: 'inferred',
    needs: ['items', 'items.wxpay_goods_id', 'items.name', 'items.quantity', 'items.unit_price', 'processing.product_type'],
  },
  { ...SDK, name: 'venmo', label: 'Venmo', currencies: ['USD'], countries: ['US'], fidelity: 'inferred' },
  { ...APP, name: 'upi', label: 'UPI', currencies: ['INR'], countries: ['IN'], fidelity: 'inferred' },
  { ...REDIRECT, name: 'sofort', label: 'Sofort', currencies: ['EUR'], countries: ['AT', 'BE', 'DE', 'ES', 'IT', 'NL'], retired: true },
  { ...REDIRECT, name: 'giropay', label: 'giropay', currencies: ['EUR'], countries: ['DE'], retired: true },
] as const satisfies readonly PaymentMethod[]

export type MethodName = (typeof PAYMENT_METHODS)[number]['name']

/** All names, in the order of the table: what `enabled_payment_methods` and `disabled_payment_methods` may hold. */
export const METHOD_NAMES: readonly MethodName[] = PAYMENT_METHODS.map((method) => method.name)

const BY_NAME: ReadonlyMap<string, PaymentMethod & { name: MethodName }> = new Map(
  PAYMENT_METHODS.map((method) => [method.name, method]),
)

/** The row of a method, or `undefined` for a name the wire does not know. */
export function paymentMethod(name: string): (PaymentMethod & { name: MethodName }) | undefined {
  return BY_NAME.get(name)
}

/** Whether the store must refuse a second payment by this method under the same reference. */
export function needsUniqueReference(name: string): boolean {
  return BY_NAME.get(name)?.reference?.unique === true
}
