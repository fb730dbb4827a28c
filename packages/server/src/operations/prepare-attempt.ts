/** Everything that is decided before an attempt is remembered: who pays, how much, by what, and whether that may be. */
import { methodProblems } from '@sluice/core/eligibility'
import { uuidOf, wireId } from '@sluice/core/ids'
import { needsUniqueReference } from '@sluice/core/payment-methods'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { switchesProblem } from '@sluice/core/switches'
import { attemptProblems, paymentBody } from '@sluice/core/wire/rules'
import type { SubmitSessionBody } from '@sluice/core/wire/submit'
import type { Context } from '../context.ts'
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Channel, Merchant } from '../store/merchants.ts'
import type { NewAttempt, PaymentSource } from '../store/payments.ts'
import type { SessionRequest, SessionRow } from '../store/sessions.ts'
import type { CardRef } from '../vault/card-ref.ts'
import type { Opened, OpenedDetails } from '../vault/vault.ts'
import { gatewayData } from './event-data.ts'
import { capturesByItself } from './attempt.ts'
import { isAuthenticatedByUs, scaDecision } from './sca.ts'
import { exemptThreeDs } from './three-ds-object.ts'
import { withBillingOfWallet } from './wallet-billing.ts'
import { cardOfWallet, spendWalletOf } from './wallets.ts'
import { newId } from './ids.ts'
import { methodSource, missingDetails } from './method-details.ts'
import { asEligibilityRequest, manifestOf, offerConditions, storedCardsNamed } from './offer.ts'

/** Where a submit comes from: the shopper's own browser, or the merchant's server, which speaks for him. */
export interface Payer {
  origin: 'browser' | 'server'
  /** The address the request came from; the shopper's only when his browser sent it. */
  address: string
}

/** An attempt that may begin: what is committed, and the card that is not. */
export interface PreparedAttempt {
  record: NewAttempt
  card: CardRef | undefined
  details: OpenedDetails
}

interface Wanted {
  merchant: Merchant
  channel: Channel
  session: Pick<SessionRow, 'id' | 'version' | 'payable' | 'request' | 'now'>
  /** What this submit replaces of the session's request, for this attempt only. */
  overrides: SubmitSessionBody
  sealed: Opened
  fingerprint: string
  payer: Payer
}

const SECONDS_PER_DAY = 86_400

/** Opens sealed details at the merchant's time. `sessionId` is absent where there is no session yet. */
export async function openSealed(
  ctx: Context,
  merchant: Merchant,
  sessionData: string,
  now: Date,
  sessionId?: string,
): Promise<Opened> {
  return await ctx.vault.open(sessionData, {
    entity: wireId('entity', merchant.id),
    at: now.getTime(),
    ...(sessionId === undefined ? {} : { sessionId }),
  })
}

/**
 * @throws Problem `session_data_invalid`, `payment_session_not_payable`, `amount_changed`, `customer_not_found`
 * @throws InvalidRequest with every problem of the card, the amounts and the method's rules
 */
export async function prepareAttempt(ctx: Context, wanted: Wanted): Promise<PreparedAttempt> {
  const { merchant, channel, session, overrides, sealed } = wanted
  if (!sealed.ok) {
    if (sealed.reason === 'details') throw new InvalidRequest(sealed.problems)
    throw new Problem('session_data_invalid')
  }
  const { details } = sealed
  const request = paymentBody(session.request, overrides) as SessionRequest & { amount: number; currency: string }
  refuseUnseenAmount(wanted, details, request)

  const card = await cardOf(ctx, merchant, channel.settings, request, details)
  await refuseProblems(ctx, wanted, details, card, request)
  const customerId = await customerOf(ctx, merchant, request)
  await spendWalletOf(ctx, merchant, details)

  // What is offered follows the session's country; what is paid, and told to the bank, is of the address chosen.
  const billed = withBillingOfWallet(request, details)
  const id = newId(ctx, merchant.entityKey)
  const attempt = {
    id,
    sessionId: session.id,
    customerId,
    method: details.method,
    currency: request.currency,
    requested: request.amount,
    request: withPayerAddress(billed, wanted.payer, details),
    source: sourceOf(details, card, billed, { id, now: session.now }),
    channelId: channel.id,
    processor: channel.settings,
    captureOn: null,
    phase: 'sending' as const,
    leases: 1,
    version: 1,
    facts: {},
    reference: null,
    now: session.now,
  }
  const record: NewAttempt = {
    paymentId: id,
    eventId: newId(ctx, merchant.entityKey),
    callId: newId(ctx, merchant.entityKey),
    ...(isAuthenticatedByUs(ctx, channel.settings, card) ? withAuthentication(attempt) : WITHOUT_AUTHENTICATION),
    key: wireId('payment', id),
    sessionId: session.id,
    sessionVersion: session.version,
    channelId: channel.id,
    customerId,
    method: details.method,
    amount: request.amount,
    currency: request.currency,
    nonce: details.nonce,
    fingerprint: wanted.fingerprint,
    processor: channel.settings,
    source: attempt.source,
    request: attempt.request,
    warnings: [
      ...warningsOf(session, overrides, request, details.method),
      ...warningsOfSwitches(ctx, channel.settings, request),
    ],
    captureOn: capturesByItself(details.method) ? null : captureTime(request, session.now),
    eventData: gatewayData(attempt),
  }
  return { record, card, details }
}

const WITHOUT_AUTHENTICATION: Pick<NewAttempt, 'firstMessage' | 'facts'> = { firstMessage: 'authorize', facts: {} }

/** What is claimed in place of an authentication is known from here on, whoever hears the processor's answer. */
function withAuthentication(attempt: Parameters<typeof scaDecision>[0]): Pick<NewAttempt, 'firstMessage' | 'facts'> {
  const decision = scaDecision(attempt)
  const threeDs = decision.do === 'authorize_with_exemption' ? exemptThreeDs(decision.exemption) : undefined
  return {
    firstMessage: decision.do === 'authenticate' ? 'authenticate' : 'authorize',
    facts: { authenticatedByUs: true, ...(threeDs && { threeDs }) },
  }
}

/** Nobody pays a sum he did not see: only the merchant's server, naming the amount itself, may charge another. */
function refuseUnseenAmount(wanted: Wanted, shown: OpenedDetails, request: { amount: number; currency: string }): void {
  if (!wanted.session.payable) throw new Problem('payment_session_not_payable')
  const namedByServer = wanted.payer.origin === 'server' && wanted.overrides.amount !== undefined
  const amountDiffers = shown.amount !== undefined && shown.amount !== request.amount && !namedByServer
  const currencyDiffers = shown.currency !== undefined && shown.currency !== request.currency && !namedByServer
  if (amountDiffers || currencyDiffers) throw new Problem('amount_changed')
}

async function refuseProblems(
  ctx: Context,
  { merchant, channel, session, overrides }: Wanted,
  details: OpenedDetails,
  card: CardRef | undefined,
  request: SessionRequest,
): Promise<void> {
  const manifest = manifestOf(ctx, channel.settings)
  const conditions = await offerConditions(ctx, merchant.entityKey, channel, request)
  const facts = card ? { scheme: card.scheme } : {}
  const codes = [
    ...attemptProblems(session.request, overrides, {
      amountRules: manifest,
      refuseCardNumbersInText: ctx.config.refuseCardNumbersInText,
    }),
    ...methodProblems(details.method, asEligibilityRequest(request), conditions, facts),
    ...cardProblems(card, request),
    ...(card ? [] : missingDetails(details, request)),
    ...(await referenceProblems(ctx, merchant, session.id, details.method, request)),
  ]
  const captureOn = captureTime(request, session.now)
  const latest = session.now.getTime() + manifest.authLifetimeDays * SECONDS_PER_DAY * 1000
  if (captureOn !== null && Date.parse(captureOn) > latest) codes.push('capture_on_invalid')
  if (codes.length > 0) throw new InvalidRequest([...new Set(codes)])
}

/** A reference that its method takes once must not have been used on another session. */
async function referenceProblems(
  ctx: Context,
  merchant: Merchant,
  sessionId: string,
  method: string,
  request: SessionRequest,
): Promise<string[]> {
  const reference = request['reference'] as string | undefined
  if (reference === undefined || !needsUniqueReference(method)) return []
  const taken = await ctx.store.isReferenceTakenAtBenefit(merchant.entityKey, { reference, sessionId })
  return taken ? ['reference_invalid'] : []
}

/** Somebody on the telephone does not read out the CVV; a card on file may be charged without it. */
function cardProblems(card: CardRef | undefined, request: SessionRequest): string[] {
  const cvvNeeded = card?.origin === 'card' && request['payment_type'] !== 'MOTO'
  return cvvNeeded && !card.cvvSupplied ? ['cvv_required'] : []
}

/**
 * The card typed, the one in the token of a wallet that we open ourselves, or the card on file that was chosen among those
 * the merchant's server named.
 */
export async function cardOf(
  ctx: Context,
  merchant: Merchant,
  settings: ChannelProcessorSettings,
  request: SessionRequest,
  details: OpenedDetails,
): Promise<CardRef | undefined> {
  if (details.wallet) return await cardOfWallet(ctx, merchant, settings, request, details.wallet)
  if (!details.stored) return details.card
  const named = storedCardsNamed(request)
  const offered = named ? await ctx.vault.instrumentsOf(merchant.entityKey, named) : []
  const chosen = details.stored
  if (!offered.some(({ id }) => id === chosen.instrumentId)) throw new InvalidRequest(['source_id_invalid'])
  const card = await ctx.vault.stored(merchant.entityKey, chosen)
  if (!card) throw new InvalidRequest(['source_id_invalid'])
  return card
}

async function customerOf(ctx: Context, merchant: Merchant, request: SessionRequest): Promise<string | null> {
  const { id, email, name, phone } = (request['customer'] ?? {}) as {
    id?: string
    email?: string
    name?: string
    phone?: unknown
  }
  const uuid = id === undefined ? undefined : uuidOf('customer', id)
  if (id === undefined && email === undefined) return null
  const found = await ctx.store.findOrCreateCustomer(merchant.entityKey, {
    newId: newId(ctx, merchant.entityKey),
    ...(uuid === undefined ? {} : { id: uuid }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(phone === undefined ? {} : { phone }),
  })
  if (!found || (id !== undefined && uuid === undefined)) throw new Problem('customer_not_found')
  return found.id
}

/** `source` of the payment: what may be shown of the card, or the method. */
function sourceOf(
  details: OpenedDetails,
  card: CardRef | undefined,
  request: SessionRequest,
  attempt: { id: string; now: Date },
): PaymentSource {
  const billing = request['billing'] as { address?: unknown; phone?: unknown } | undefined
  const common = {
    ...(billing?.address === undefined ? {} : { billing_address: billing.address }),
    ...(billing?.phone === undefined ? {} : { phone: billing.phone }),
  }
  const holder = cardSettings(request)?.account_holder
  // What the processor finds in the token of a wallet, it says of the card itself.
  const named = details.wallet && details.holder !== undefined ? { name: details.holder } : {}
  if (!card && details.wallet) return { type: 'card', card_wallet_type: details.wallet.type, ...named, ...common }
  if (!card) return { type: details.method, ...common, ...methodSource(details, request, attempt) }
  return {
    type: 'card',
    ...(card.wallet === undefined ? {} : { card_wallet_type: card.wallet }),
    ...(card.instrumentId === undefined ? {} : { id: wireId('instrument', card.instrumentId) }),
    expiry_month: card.expiryMonth,
    expiry_year: card.expiryYear,
    ...(card.name === undefined ? named : { name: card.name }),
    scheme: chosenScheme(details, request) ?? card.scheme,
    ...(details.localScheme === undefined ? {} : { local_schemes: [details.localScheme.toLowerCase()] }),
    last4: card.last4,
    bin: card.bin,
    fingerprint: card.fingerprint,
    ...(holder === undefined ? {} : { account_holder: holder }),
    ...common,
  }
}

/** The brand of a co-badged card that is charged: the shopper's choice, else the merchant's where the card carries it. */
function chosenScheme({ preferredScheme, localScheme }: OpenedDetails, request: SessionRequest): string | undefined {
  const processing = request['processing'] as { preferred_scheme?: string } | undefined
  const merchants = processing?.preferred_scheme?.toUpperCase()
  return preferredScheme ?? (merchants === localScheme ? merchants : undefined)
}

/** What the merchant's server set for cards. */
export function cardSettings(request: SessionRequest) {
  const configuration = request['payment_method_configuration'] as
    | { card?: { store_payment_details?: string; account_holder?: object } }
    | undefined
  return configuration?.card
}

/**
 * The shopper's own address is known when his browser asks. A merchant's server tells it; where it says nothing, the
 * address is the one the card frame was served to.
 */
function withPayerAddress(request: SessionRequest, payer: Payer, { payerAddress }: OpenedDetails): SessionRequest {
  const address = payer.origin === 'browser' ? payer.address : (request['ip_address'] ?? payerAddress)
  return address === undefined ? request : { ...request, ip_address: address }
}

/** What some clients send unasked: it changes what happens to the money, so a difference is worth showing. */
const SENT_UNASKED = { capture: true, payment_type: 'Regular' } as const

function warningsOf(
  { request: before, now }: Wanted['session'],
  overrides: SubmitSessionBody,
  request: SessionRequest,
  method: string,
): string[] {
  const warnings: string[] = []
  const session = paymentBody(before, {})
  for (const name of ['capture', 'payment_type'] as const) {
    const was = session[name] ?? SENT_UNASKED[name]
    const is = request[name]
    const saidHere = overrides[name] !== undefined
    if (saidHere && is !== was) warnings.push(`${name} was ${was} on the session and is ${is} on this submit`)
  }
  if (capturesByItself(method)) {
    const asked = request['capture'] === false || request['capture_on'] !== undefined
    if (asked) warnings.push(`${method} captures by itself: it cannot be captured later`)
    return warnings
  }
  if (request['capture_on'] !== undefined && captureTime(request, now) === null) {
    warnings.push(`capture_on ${request['capture_on']} had passed when the payment was made: it is captured at once`)
  }
  return warnings
}

/** The simulated bank refuses a payment for a word it does not know: its answer has no place for a reason. */
function warningsOfSwitches(ctx: Context, settings: ChannelProcessorSettings, request: SessionRequest): string[] {
  if (ctx.config.mode === 'production' || settings.processor !== 'simulator') return []
  const problem = switchesProblem((request['metadata'] as Record<string, unknown> | undefined)?.['sluice_simulator'])
  return problem === undefined ? [] : [`${problem}. The bank declines the payment for it`]
}

/** When to capture, or null for a moment after the approval: a time fixed at creation is often past when the shopper pays. */
function captureTime(request: SessionRequest, now: Date): string | null {
  const captureOn = request['capture_on'] as string | undefined
  return captureOn === undefined || Date.parse(captureOn) <= now.getTime() ? null : captureOn
}
