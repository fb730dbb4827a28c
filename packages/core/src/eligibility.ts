/**
 * Which payment methods a session offers, and why. Pure: the request, what the channel is set up for and what its
 * processor can do come in, and every method of the table answers with its reasons.
 */
import {
  type MethodName,
  PAYMENT_METHODS,
  type PaymentMethod,
  paymentMethod,
  type TextRule,
} from './payment-methods.ts'

/**
 * Every reason, as the short sentence a person reads and the `error_code` with which a submit by the method is refused.
 * `payment_method_not_supported`: nothing in the request's values makes the method usable, short of another kind of
 * session. `required`: the code is the member's, `customer_email_required`.
 */
export const REASONS = {
  matches: { message: 'Amount, currency, billing country and payment type fit the method.', problem: 'none' },
  disabled_by_request: {
    message: 'disabled_payment_methods names the method.',
    problem: 'payment_method_not_supported',
  },
  not_in_enabled_list: {
    message: 'enabled_payment_methods is given and does not name the method.',
    problem: 'payment_method_not_supported',
  },
  not_enabled_for_channel: {
    message: 'The processing channel is not set up for the method.',
    problem: 'payment_method_not_supported',
  },
  method_retired: { message: 'The method was closed by its operator.', problem: 'payment_method_not_supported' },
  no_processor: {
    message: 'No processor connected to the channel executes the method.',
    problem: 'payment_method_not_supported',
  },
  country_not_supported: {
    message: 'The method is not offered in the billing country.',
    problem: 'payment_method_not_supported',
  },
  country_not_supported_by_processor: {
    message: 'The processor does not serve the billing country.',
    problem: 'payment_method_not_supported',
  },
  payment_type_not_supported: {
    message: 'The method cannot be used for this payment type.',
    problem: 'payment_method_not_supported',
  },
  wallets_not_for_moto: {
    message: 'A wallet needs the shopper at the device, so it cannot serve a MOTO payment.',
    problem: 'payment_method_not_supported',
  },
  wallets_not_supported_by_processor: {
    message: 'The processor takes no wallet tokens.',
    problem: 'payment_method_not_supported',
  },
  wallet_not_set_up: {
    message: 'The installation has no merchant identifier, certificate or key with the wallet.',
    problem: 'payment_method_not_supported',
  },
  no_authenticator: {
    message: 'The channel authenticates outside the processor, and the installation has nobody to ask.',
    problem: 'payment_method_not_supported',
  },
  amount_zero_not_supported: {
    message: 'An amount of 0 verifies a card; the method has none.',
    problem: 'payment_method_not_supported',
  },
  amount_zero_not_supported_by_processor: {
    message: 'The processor cannot verify a card with an amount of 0.',
    problem: 'payment_method_not_supported',
  },
  no_stored_cards: {
    message: 'No saved card is kept for the customer or instruments named.',
    problem: 'payment_method_not_supported',
  },
  currency_not_supported: { message: 'The method does not take the currency.', problem: 'currency_not_supported' },
  currency_not_supported_by_processor: {
    message: 'The processor does not settle the currency.',
    problem: 'currency_not_supported',
  },
  currency_not_of_country: {
    message: "The method takes only the billing country's own currency.",
    problem: 'currency_not_supported',
  },
  amount_above_processor_limit: {
    message: 'The amount is above what the processor takes.',
    problem: 'amount_invalid',
  },
  amounts_differ: {
    message: 'The amount is not the sum of unit_price times quantity over items.',
    problem: 'items_invalid',
  },
  member_missing: { message: 'The session lacks a member the method needs.', problem: 'required' },
} as const satisfies Record<string, { message: string; problem: string }>

export type ReasonCode = keyof typeof REASONS

/** One reason as the wire shows it. `field`: the dotted path of the member meant. */
export interface Reason {
  code: ReasonCode
  message: string
  field?: string
}

/** One method's answer, as `GET /payment-sessions/{id}/eligibility` lists it under `methods`. */
export interface MethodEligibility {
  type: MethodName
  offered: boolean
  reasons: readonly Reason[]
}

/**
 * The members of a session request that decide, spelled as on the wire; a submit's overrides already laid over them.
 * Amount in minor units, currency ISO 4217, country ISO 3166-1 alpha-2. Further members (`customer`, `shipping` …) are
 * only asked whether they are there.
 */
export interface EligibilityRequest {
  amount: number
  currency: string
  payment_type?: string | undefined
  billing?: { address?: { country?: string | undefined } | undefined } | undefined
  reference?: string | undefined
  description?: string | undefined
  items?: readonly { unit_price?: number | undefined; quantity?: number | undefined }[] | undefined
  enabled_payment_methods?: readonly string[] | undefined
  disabled_payment_methods?: readonly string[] | undefined
}

/** What a processor's manifest says that decides on methods. */
export interface ProcessorAbilities {
  methods: readonly string[]
  currencies: 'all' | readonly string[]
  countries: 'all' | readonly string[]
  /** Minor units. */
  maxAmount: number
  zeroAmount: boolean
  wallets: 'passthrough' | 'decrypted' | 'none'
}

type DeviceWallet = 'applepay' | 'googlepay'

export interface EligibilityChannel {
  /** The methods the operator set the channel up for. */
  methods: 'all' | readonly string[]
  /** `undefined`: none connected. */
  processor: ProcessorAbilities | undefined
  /** Whether the installation has what each wallet asks of who takes its tokens in the processor's way. */
  walletsSetUp: Readonly<Record<DeviceWallet, boolean>>
  /** False where cards are authenticated outside the processor, and nobody is set up who could. */
  authenticatorSetUp: boolean
  /** Whether the vault keeps a card of the customer or instruments that the merchant's server named. */
  hasStoredCards: boolean
}

/** Every method of the table, offered or not, with all its reasons at once. */
export function eligibility(request: EligibilityRequest, channel: EligibilityChannel): MethodEligibility[] {
  return PAYMENT_METHODS.map((method) => {
    const against = obstacles(method, request, channel)
    const offered = against.length === 0
    return { type: method.name, offered, reasons: offered ? [reason('matches')] : against }
  })
}

/** The names of the methods offered, card first, always in the order of the table. */
export function offeredMethods(request: EligibilityRequest, channel: EligibilityChannel): MethodName[] {
  const names: MethodName[] = []
  for (const method of METHODS_OF_COUNTRY.get(countryOf(request)) ?? METHODS_OF_ANY_COUNTRY) {
    if (obstacles(method, request, channel).length === 0) names.push(method.name)
  }
  return names
}

/** Most methods belong to one country: creating a session, where nobody asks for reasons, looks at the others only. */
const METHODS_OF_ANY_COUNTRY = PAYMENT_METHODS.filter((method) => method.countries === 'all')
const METHODS_OF_COUNTRY = new Map(
  PAYMENT_METHODS.flatMap((method) => (method.countries === 'all' ? [] : method.countries)).map((country) => [
    country as string,
    PAYMENT_METHODS.filter((method) => among(method.countries, country)),
  ]),
)

/**
 * Why an attempt by `method` must be refused: `error_codes`, empty when it may go on. `request` is the session's request
 * with the attempt's overrides laid over it. `scheme`: the card's, in any of its spellings. A method the session does
 * not offer answers alone. Whether a reference was used before only the store knows: `needsUniqueReference`.
 */
export function methodProblems(
  method: string,
  request: EligibilityRequest,
  channel: EligibilityChannel,
  facts: { scheme?: string | undefined } = {},
): string[] {
  const row = paymentMethod(method)
  if (!row) return ['payment_method_not_supported']
  const codes = obstacles(row, request, channel).map(problemOf)
  if (codes.includes('payment_method_not_supported')) return ['payment_method_not_supported']

  if (breaks(request.reference, row.reference)) codes.push('reference_invalid')
  if (isAmex(facts.scheme) && breaks(request.reference, AMEX_REFERENCE)) codes.push('reference_invalid')
  if (breaks(request.description, row.description)) codes.push('description_invalid')
  return [...new Set(codes)]
}

/** What stands against offering the method, in the order in which a person would mend it. */
function obstacles(method: PaymentMethod, request: EligibilityRequest, channel: EligibilityChannel): Reason[] {
  const against: Reason[] = []
  const refuse = (code: ReasonCode, field?: string) => against.push(reason(code, field))
  const { amount, currency } = request
  const country = countryOf(request)
  const paymentType = request.payment_type ?? 'Regular'

  // Naming a method in both lists disables it: leaving out what was meant to show is the smaller harm.
  if (request.disabled_payment_methods?.includes(method.name)) refuse('disabled_by_request', 'disabled_payment_methods')
  const enabled = request.enabled_payment_methods
  if (enabled && !enabled.includes(method.name)) refuse('not_in_enabled_list', 'enabled_payment_methods')
  const setUp = channel.methods === 'all' ? !method.optIn : channel.methods.includes(method.name)
  if (!setUp) refuse('not_enabled_for_channel')
  if (method.retired) refuse('method_retired')

  if (!among(method.countries, country)) refuse('country_not_supported', 'billing.address.country')
  if (!among(method.currencies, currency)) refuse('currency_not_supported', 'currency')
  else if (among(method.countries, country) && (method.currencyOfCountry?.[country] ?? currency) !== currency) {
    refuse('currency_not_of_country', 'currency')
  }
  if (method.wallet && paymentType === 'MOTO') refuse('wallets_not_for_moto', 'payment_type')
  else if (!among(method.paymentTypes, paymentType)) refuse('payment_type_not_supported', 'payment_type')
  if (amount === 0 && !method.zeroAmount) refuse('amount_zero_not_supported', 'amount')

  for (const field of missingMembers(method, request)) refuse('member_missing', field)
  if (method.name === 'paypal' && request.items?.length && itemsTotal(request.items) !== amount) {
    refuse('amounts_differ', 'items')
  }
  if (method.name === 'stored_card' && !channel.hasStoredCards) refuse('no_stored_cards')

  const processor = channel.processor
  if (!processor?.methods.includes(method.name)) {
    refuse('no_processor')
    return against
  }
  if (!among(processor.countries, country)) refuse('country_not_supported_by_processor', 'billing.address.country')
  if (!among(processor.currencies, currency)) refuse('currency_not_supported_by_processor', 'currency')
  if (amount > processor.maxAmount) refuse('amount_above_processor_limit', 'amount')
  if (amount === 0 && method.zeroAmount && !processor.zeroAmount) {
    refuse('amount_zero_not_supported_by_processor', 'amount')
  }
  const { name } = method
  if (isDeviceWallet(name)) {
    if (processor.wallets === 'none') refuse('wallets_not_supported_by_processor')
    else if (!channel.walletsSetUp[name]) refuse('wallet_not_set_up')
  }
  if (isCard(name) && !channel.authenticatorSetUp) refuse('no_authenticator')
  return against
}

/** Remember Me is ours and pays with a card number; these two hand over a token only some processors read. */
function isDeviceWallet(name: string): name is DeviceWallet {
  return name === 'applepay' || name === 'googlepay'
}

/** Whose number is ours to have authenticated. */
function isCard(name: string): boolean {
  return name === 'card' || name === 'stored_card' || name === 'remember_me'
}

function countryOf(request: EligibilityRequest): string {
  return request.billing?.address?.country ?? ''
}

function reason(code: ReasonCode, field?: string): Reason {
  const { message } = REASONS[code]
  return field === undefined ? { code, message } : { code, message, field }
}

/** `member_missing` of `customer.email` is `customer_email_required`: path segments joined, as for every member. */
function problemOf(reason: Reason): string {
  const { problem } = REASONS[reason.code]
  return problem === 'required' ? `${(reason.field ?? '').replaceAll('.', '_')}_required` : problem
}

function among(list: 'all' | readonly string[], value: string): boolean {
  return list === 'all' || list.includes(value)
}

/** Dotted paths, each once; below a list that is missing altogether its members are not named again. */
function missingMembers(method: PaymentMethod, request: EligibilityRequest): string[] {
  const missing: string[] = []
  for (const need of method.needs) {
    const paths = typeof need === 'string' ? [need] : need
    const path = paths[0] as string
    if (missing.some((parent) => path.startsWith(`${parent}.`))) continue
    if (!paths.some((candidate) => isGiven(request, candidate.split('.')))) missing.push(path)
  }
  return missing
}

/** An empty text or list is not given; through a list every entry must have the member. */
function isGiven(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.length > 0 && (path.length === 0 || value.every((one) => isGiven(one, path)))
  const [member, ...rest] = path
  if (member === undefined) return value !== undefined && value !== null && value !== ''
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return false
  return isGiven((value as Record<string, unknown>)[member], rest)
}

/** Minor units. */
function itemsTotal(items: NonNullable<EligibilityRequest['items']>): number {
  return items.reduce((total, item) => total + (item.unit_price ?? 0) * (item.quantity ?? 1), 0)
}

/** American Express prints no more of a reference on its statements. */
const AMEX_REFERENCE: TextRule = { maxLength: 30 }

/** `Amex`, `AMERICAN_EXPRESS`, `american-express` and `American Express` are one scheme. */
function isAmex(scheme: string | undefined): boolean {
  const letters = scheme?.toLowerCase().replaceAll(/[^a-z]/g, '')
  return letters === 'amex' || letters === 'americanexpress'
}

const ALPHANUMERIC = { strict: /^[a-zA-Z0-9]*$/, with_spaces: /^[a-zA-Z0-9 ]*$/ }

function breaks(text: string | undefined, rule: TextRule | undefined): boolean {
  if (text === undefined || rule === undefined) return false
  if (rule.maxLength !== undefined && [...text].length > rule.maxLength) return true
  return rule.alphanumeric !== undefined && !ALPHANUMERIC[rule.alphanumeric].test(text)
}
