/**
 * Rules that join several members of a body, or a member and the clock: what a schema cannot say. Each is a pure
 * function that returns codes. They run on bodies the schema has refused, too, so that all problems come back at once:
 * a member of the wrong type is nobody's business here.
 */
import type { TSchema } from 'typebox'
import { exponentOf, isCurrency } from '../currencies.ts'
import { isObject } from '../shape.ts'
import { cardNumbersInText } from './card-numbers.ts'
import { inOrder, memberCode } from './codes.ts'
import { CreateSessionBody } from './create.ts'
import { timestampMs } from './formats.ts'
import { CompleteSessionBody, SubmitSessionBody } from './submit.ts'
import { UpdateSessionBody } from './update.ts'

/** What a processor's manifest says of amounts. */
export interface AmountRules {
  /** Largest amount in minor units. */
  readonly maxAmount: number
  /** Amounts of three-decimal currencies must end in 0. */
  readonly roundsThreeDecimals: boolean
}

export const SANDBOX_AMOUNT_RULES: AmountRules = { maxAmount: 999_999_999, roundsThreeDecimals: true }

export interface RuleOptions {
  /** The merchant's time in milliseconds since 1970. */
  readonly now: number
  /** The merchant has several processing channels and the credentials name none. */
  readonly channelRequired?: boolean
  /** Those of the processor that will be asked; absent when it is not known yet which. */
  readonly amountRules?: AmountRules | undefined
  readonly refuseCardNumbersInText: boolean
}

/** The longest a session may live. */
const LONGEST_SESSION_MS = 30 * 24 * 60 * 60 * 1000

type Body = Record<string, unknown>

/** What is wrong with a body of `POST /payment-sessions` beyond its schema. */
export function createSessionProblems(body: unknown, options: RuleOptions): string[] {
  return inOrder(CreateSessionBody, newSessionCodes(CreateSessionBody, body, options))
}

/** What is wrong with a body of `POST /payment-sessions/complete` beyond its schema. */
export function completeSessionProblems(body: unknown, options: RuleOptions): string[] {
  return inOrder(CompleteSessionBody, newSessionCodes(CompleteSessionBody, body, options))
}

/**
 * What is wrong with a secret-key submit beyond its schema. The rules see the attempt as it would be made: the body's
 * members over the session's. What the session alone breaks was settled when it was created and is not said again.
 * A `capture_on` that is past is no problem here: the payment is captured as soon as it is approved.
 * @param session the session's stored request
 */
export function attemptProblems(
  session: object,
  body: unknown,
  options: Partial<Pick<RuleOptions, 'amountRules' | 'refuseCardNumbersInText'>>,
): string[] {
  if (!isObject(body)) return []
  const attempt = paymentBody(session as Body, body)
  const touchesAmount = 'amount' in body || 'currency' in body || 'amount_allocations' in body
  return inOrder(SubmitSessionBody, [
    ...(touchesAmount ? [...amountCodes(attempt, options.amountRules), ...allocationCodes(attempt)] : []),
    ...partyCodes(body),
    ...itemCodes(body),
    ...processingCodes(body),
    ...(options.refuseCardNumbersInText ? cardNumbersInText(SubmitSessionBody, body) : []),
  ])
}

/**
 * The request of one attempt: the members sent on submit replace the session's whole members, for this attempt only;
 * what is absent stays as in the session. `session_data` is not part of it. A `capture_on`, whichever of the two gave
 * it, makes `capture` true. Neither argument is changed.
 * @param session the session's stored request
 * @param overrides a cleaned submit body
 */
export function paymentBody<Request extends object>(session: Request, overrides: object): Request {
  const { session_data: _, ...replaced } = overrides as Body
  const attempt: Body = { ...session, ...replaced }
  if (attempt.capture_on !== undefined) attempt.capture = true
  return attempt as Request
}

/**
 * What is wrong with a change of a session beyond its schema. The rules see the session as it would be afterwards; what
 * it breaks without the change was settled when it was created and is not said again.
 * @param session the session's stored request
 * @param body a cleaned body of `PATCH /payment-sessions/{id}`
 */
export function updateSessionProblems(
  session: object,
  body: unknown,
  options: Pick<RuleOptions, 'amountRules' | 'refuseCardNumbersInText'>,
): string[] {
  if (!isObject(body)) return []
  const changed: Body = { ...session, ...body }
  const touchesAmount = 'amount' in body || 'currency' in body || 'amount_allocations' in body
  return inOrder(UpdateSessionBody, [
    ...(touchesAmount ? [...amountCodes(changed, options.amountRules), ...allocationCodes(changed)] : []),
    ...customerCodes(changed),
    ...itemCodes(body),
    ...(options.refuseCardNumbersInText ? cardNumbersInText(UpdateSessionBody, body) : []),
  ])
}

/** The members of a session that are settled when it is made. */
const SETTLED_MEMBERS = Object.keys(CreateSessionBody.properties).filter(
  (name) => !Object.hasOwn(UpdateSessionBody.properties, name),
)

/** A change of what is settled is refused by name, not passed over: `<member>_not_allowed`. */
export function settledMemberProblems(body: unknown): string[] {
  if (!isObject(body)) return []
  return SETTLED_MEMBERS.filter((name) => Object.hasOwn(body, name)).map((name) => memberCode([name], 'not_allowed'))
}

/** A browser may send `session_data` and nothing else we know: `<member>_not_allowed`. Unknown members are ignored. */
export function browserSubmitProblems(body: unknown): string[] {
  if (!isObject(body)) return []
  return Object.keys(SubmitSessionBody.properties)
    .filter((name) => name !== 'session_data' && Object.hasOwn(body, name))
    .map((name) => memberCode([name], 'not_allowed'))
}

/** In strict mode `locale` is refused on submit, as the reference does; otherwise it is an unknown member like any. */
export function strictLocaleProblems(body: unknown): string[] {
  return isObject(body) && Object.hasOwn(body, 'locale') ? [memberCode(['locale'], 'invalid')] : []
}

const ofHolders = ['card', 'applepay', 'googlepay'].map((method) =>
  memberCode(['payment_method_configuration', method, 'account_holder', 'company_name'], 'required'),
)
const ofSenders = ['first_name', 'last_name', 'address'].map((name) => memberCode(['sender', name], 'required'))
const ofAttempts = ['processing_os_type_required', ...ofHolders, 'amount_allocations_sum_invalid', ...ofSenders]

/** The codes that rules give and the schema of the same body does not, for each kind of body. */
export const RULE_CODES: Record<
  'create' | 'complete' | 'update' | 'submit' | 'browserSubmit' | 'capture' | 'refund',
  readonly string[]
> = {
  capture: ['amount_allocations_sum_invalid'],
  refund: ['amount_allocations_sum_invalid'],
  create: ['customer_required', 'processing_channel_id_required', ...ofAttempts],
  complete: ['processing_channel_id_required', ...ofAttempts],
  update: ['amount_allocations_sum_invalid', ...SETTLED_MEMBERS.map((name) => memberCode([name], 'not_allowed'))],
  submit: ofAttempts,
  browserSubmit: Object.keys(SubmitSessionBody.properties)
    .filter((name) => name !== 'session_data')
    .map((name) => memberCode([name], 'not_allowed')),
}

function newSessionCodes(schema: TSchema, body: unknown, options: RuleOptions): string[] {
  if (!isObject(body)) return []
  return [
    ...amountCodes(body, options.amountRules),
    ...allocationCodes(body),
    ...channelCodes(body, options.channelRequired ?? false),
    ...momentCodes(body, options.now),
    ...customerCodes(body),
    ...partyCodes(body),
    ...itemCodes(body),
    ...processingCodes(body),
    ...(options.refuseCardNumbersInText ? cardNumbersInText(schema, body) : []),
  ]
}

function amountCodes({ amount, currency }: Body, rules: AmountRules | undefined): string[] {
  if (!rules || !isWhole(amount)) return []
  if (amount > rules.maxAmount) return ['amount_invalid']
  const ofThreeDecimals = typeof currency === 'string' && isCurrency(currency) && exponentOf(currency) === 3
  return rules.roundsThreeDecimals && ofThreeDecimals && amount % 10 !== 0 ? ['amount_invalid'] : []
}

function allocationCodes({ amount, amount_allocations: allocations }: Body): string[] {
  if (!isWhole(amount) || !Array.isArray(allocations) || allocations.length === 0) return []
  const shares = allocations.map((allocation) => (isObject(allocation) ? allocation.amount : undefined))
  if (!shares.every(isWhole)) return []
  return shares.reduce((sum, share) => sum + share, 0) === amount ? [] : ['amount_allocations_sum_invalid']
}

function channelCodes(body: Body, required: boolean): string[] {
  return required && body.processing_channel_id === undefined ? ['processing_channel_id_required'] : []
}

function momentCodes(body: Body, now: number): string[] {
  const expiresOn = momentOf(body.expires_on)
  const captureOn = momentOf(body.capture_on)
  return [
    ...(expiresOn !== undefined && (expiresOn <= now || expiresOn > now + LONGEST_SESSION_MS)
      ? ['expires_on_invalid']
      : []),
    ...(captureOn !== undefined && captureOn < now ? ['capture_on_invalid'] : []),
  ]
}

/** Tamara serves known customers only, and whoever asks for it by name would otherwise never see it. */
function customerCodes({ customer, enabled_payment_methods: enabled }: Body): string[] {
  return customer === undefined && Array.isArray(enabled) && enabled.includes('tamara') ? ['customer_required'] : []
}

function partyCodes({ sender, payment_method_configuration: configuration }: Body): string[] {
  const codes: string[] = []
  if (isObject(sender) && sender.type === 'individual') {
    for (const name of ['first_name', 'last_name', 'address']) {
      if (sender[name] === undefined) codes.push(memberCode(['sender', name], 'required'))
    }
  }
  for (const method of ['card', 'applepay', 'googlepay']) {
    const settings = isObject(configuration) ? configuration[method] : undefined
    const holder = isObject(settings) ? settings.account_holder : undefined
    if (!isObject(holder) || holder.company_name !== undefined) continue
    if (holder.type === 'corporate' || holder.type === 'government') {
      codes.push(memberCode(['payment_method_configuration', method, 'account_holder', 'company_name'], 'required'))
    }
  }
  return codes
}

/** A total that is given must be what its line says: quantity times unit price, less the discount. */
function itemCodes({ items }: Body): string[] {
  if (!Array.isArray(items)) return []
  const wrong = items.some((item) => {
    if (!isObject(item)) return false
    const { quantity, unit_price: unitPrice, total_amount: total, discount_amount: discount = 0 } = item
    if (!isWhole(quantity) || !isWhole(unitPrice) || !isWhole(total) || !isWhole(discount)) return false
    return BigInt(quantity) * BigInt(unitPrice) - BigInt(discount) !== BigInt(total)
  })
  return wrong ? ['items_total_amount_invalid'] : []
}

function processingCodes({ processing }: Body): string[] {
  if (!isObject(processing) || processing.os_type !== undefined) return []
  return processing.terminal_type === 'APP' || processing.terminal_type === 'WAP' ? ['processing_os_type_required'] : []
}

function momentOf(value: unknown): number | undefined {
  return typeof value === 'string' ? timestampMs(value) : undefined
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
