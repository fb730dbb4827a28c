/** Rows as the wire spells them. Every reply's type is its schema's. */
import { PUBLIC_ACTION_TYPE } from '@sluice/core/action'
import { wireId } from '@sluice/core/ids'
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import { possibleOperations } from '@sluice/core/operations'
import { balancesOf, isFinal, type PaymentPhase, publicStatus } from '@sluice/core/payment'
import { type ComponentReason, componentReason, declineReason, responseSummary } from '@sluice/core/response-codes'
import { returnReason } from '@sluice/core/return-reasons'
import { publicSessionStatus } from '@sluice/core/session'
import { TEST_CREDITOR_ID } from '@sluice/core/creditor-id'
import { methodEntries, sessionToken, type SessionTokenFacts } from '@sluice/core/session-token'
import type { IncrementReply } from '@sluice/core/wire/operations'
import type { PaymentActionsReply, PaymentReply, SessionReply } from '@sluice/core/wire/replies'
import type { DisplayedPayment, DisplayedSession } from '@sluice/sealing/frames-api'
import type { Context } from '../context.ts'
import { metadataOf } from '../operations/event-data.ts'
import { manifestOf } from '../operations/offer.ts'
import type { ShownSession } from '../operations/read-session.ts'
import { landingUrl } from '../operations/landing-url.ts'
import type { SessionView } from '../operations/request-session.ts'
import type { ActionRow } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'

/** `POST /payment-sessions` and `GET /payment-sessions/{id}`. */
export function sessionReply(ctx: Context, view: SessionView): SessionReply {
  const { session } = view
  const { request } = session
  const id = wireId('session', session.id)
  const secret = ctx.vault.sessionSecret(view.merchant.entityKey, session.id)
  const reply: SessionReply = {
    id,
    status: publicSessionStatus(session.state, session.expiresOn <= session.now),
    amount: session.amount,
    currency: session.currency,
    expires_on: session.expiresOn.toISOString(),
    payment_session_token: sessionToken(tokenFacts(ctx, view, id, secret), encodeBase64),
    payment_session_secret: secret,
    _links: { self: { href: `${ctx.config.urls.api}/payment-sessions/${id}` } },
  }
  if (session.paymentId !== null) reply.payment_id = wireId('payment', session.paymentId)
  if (!session.payable) reply.payable = false
  copy(request, reply, ['reference', 'description', 'customer', 'billing'])
  if (request['items'] !== undefined) reply.products = request['items'] as NonNullable<SessionReply['products']>
  return reply
}

function tokenFacts(ctx: Context, view: SessionView, id: string, secret: string): SessionTokenFacts {
  const { merchant, channel, session, methods } = view
  const request = session.request as unknown as TokenRequest
  return {
    id,
    entityId: wireId('entity', merchant.id),
    processingChannelId: wireId('channel', channel.id),
    secret,
    amount: session.amount,
    currency: session.currency,
    locale: request.locale ?? DEFAULT_LOCALE,
    paymentType: request.payment_type ?? 'Regular',
    merchantName: request.display_name ?? merchant.name,
    methods,
    billing: request.billing,
    customer: request.customer,
    configuration: request.payment_method_configuration,
    ...walletFacts(ctx, view),
    creditorId: channel.settings.creditor_id ?? (ctx.config.mode === 'sandbox' ? TEST_CREDITOR_ID : undefined),
    riskEnabled: request.risk?.enabled ?? true,
    apiUrl: ctx.config.urls.api,
    framesUrl: ctx.config.urls.frames,
  }
}

function walletFacts(ctx: Context, { merchant, channel, methods }: SessionView): Pick<SessionTokenFacts, 'wallets'> {
  if (!methods.includes('googlepay') && !methods.includes('applepay')) return {}
  const entity = wireId('entity', merchant.id)
  const { google } = ctx.vault.walletRecipients(entity)
  const { wallets, googleGateway } = manifestOf(ctx, channel.settings)
  const gateway = googleGateway && { merchantId: entity, ...googleGateway }
  return {
    wallets: {
      recipient: wallets === 'decrypted' ? 'merchant' : 'gateway',
      ...(google && { google: { ...google, ...(gateway && { gateway }) } }),
    },
  }
}

/** `GET /frame/payment-sessions/{id}`: what the shopper's browser may know. */
export function displayedSession(ctx: Context, { view, payment }: ShownSession): DisplayedSession {
  const { session, merchant } = view
  const id = wireId('session', session.id)
  const facts = tokenFacts(ctx, view, id, ctx.vault.sessionSecret(merchant.entityKey, session.id))
  const customer = session.request['customer'] as { name?: string } | undefined
  return {
    id,
    status: publicSessionStatus(session.state, session.expiresOn <= session.now),
    amount: session.amount,
    currency: session.currency,
    locale: facts.locale,
    merchant_name: facts.merchantName,
    expires_on: session.expiresOn.toISOString(),
    payment_type: facts.paymentType,
    ...(!session.payable && { payable: false }),
    ...(customer?.name !== undefined && { customer_name: customer.name }),
    payment_methods: methodEntries(facts),
    ...(payment && { latest_payment: displayedPayment(payment) }),
  }
}

function displayedPayment(payment: PaymentRow): DisplayedPayment {
  const status = DISPLAYED_STATUS[payment.phase] ?? 'Processing'
  const shown: DisplayedPayment = {
    id: wireId('payment', payment.id),
    attempt: payment.nonce,
    status,
    type: payment.method,
  }
  if (status === 'Declined' || status === 'Cancelled') shown.decline_reason = componentReasonOf(payment)
  const url = status === 'Action Required' ? redirectOf(payment) : undefined
  if (url !== undefined) shown.action = { type: 'redirect', url }
  const { nextStep } = payment.facts
  // Whatever else is being processed is on its way to the bank.
  if (payment.phase === 'pending') shown.action = { type: 'poll', ...(nextStep && { next_step: nextStep }) }
  if (isFinal(payment.phase)) shown.landing_url = landingUrl(payment)
  return shown
}

/** Any other phase: the bank has not said yet. */
const DISPLAYED_STATUS: Partial<Record<PaymentPhase, DisplayedPayment['status']>> = {
  authenticating: 'Action Required',
  redirected: 'Action Required',
  authorized: 'Approved',
  verified: 'Approved',
  declined: 'Declined',
  expired: 'Declined',
  not_sent: 'Declined',
  cancelled: 'Cancelled',
}

function componentReasonOf({ phase, responseCode }: PaymentRow): ComponentReason {
  if (phase === 'cancelled') return 'payment_cancelled'
  if (phase === 'expired') return 'payment_expired'
  return responseCode === null ? 'try_again' : componentReason(responseCode)
}

/** What of a stored request, checked against its schema before it was stored, the token shows. */
interface TokenRequest {
  locale?: string
  payment_type?: string
  display_name?: string
  billing: SessionTokenFacts['billing']
  customer?: SessionTokenFacts['customer']
  payment_method_configuration?: SessionTokenFacts['configuration']
  risk?: { enabled?: boolean }
}

function encodeBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** What is sent back as it came. */
const ECHOED = [
  'reference',
  'description',
  'display_name',
  'sender',
  'recipient',
  'instruction',
  'shipping',
  'billing',
  'billing_descriptor',
  'payment_plan',
  'amount_allocations',
  'items',
  'authorization_type',
  'locale',
] as const

/** `GET /payments/{id}`. `actions` only when it was asked for by the id under which its shopper left the page. */
export function paymentReply(ctx: Context, payment: PaymentRow, actions?: readonly ActionRow[]): PaymentReply {
  const { request, facts } = payment
  const self = `${ctx.config.urls.api}/payments/${wireId('payment', payment.id)}`
  const approved = payment.phase === 'authorized' || payment.phase === 'verified'
  const balances = balancesOf(payment)
  const partial = payment.phase === 'authorized' && payment.authorized < payment.requested
  const reply: PaymentReply = {
    id: wireId('payment', payment.id),
    requested_on: payment.requestedOn.toISOString(),
    processing_channel_id: wireId('channel', payment.channelId),
    source: payment.source as NonNullable<PaymentReply['source']>,
    amount: partial ? payment.authorized : payment.requested,
    currency: payment.currency,
    payment_type: (request['payment_type'] as string | undefined) ?? 'Regular',
    approved,
    status: publicStatus(payment.phase, payment),
    capture: request['capture'] !== false,
    balances,
    risk: facts.risk ?? { flagged: false, score: 0 },
    processing: { ...(request['processing'] as object | undefined), ...facts.processing },
    metadata: metadataOf(payment) as NonNullable<PaymentReply['metadata']>,
    _links: { self: { href: self }, actions: { href: `${self}/actions` } },
  }
  copy(request, reply, ECHOED)
  if (partial) reply.amount_requested = payment.requested
  if (payment.processedOn) reply.processed_on = payment.processedOn.toISOString()
  if (payment.sid !== null) reply.authentication_id = wireId('redirect', payment.sid)
  if (payment.authUntil) reply.expires_on = payment.authUntil.toISOString()
  if (payment.captureOn) reply.capture_on = payment.captureOn.toISOString()
  if (payment.warnings.length > 0) reply.warnings = payment.warnings
  const customer = customerOf(payment)
  if (customer) reply.customer = customer
  if (request['ip_address'] !== undefined) reply.payment_ip = request['ip_address'] as string
  if (facts.threeDs) reply['3ds'] = facts.threeDs
  if (facts.eci !== undefined) reply.eci = facts.eci
  if (facts.schemeId !== undefined) reply.scheme_id = facts.schemeId
  if (payment.responseCode !== null) {
    reply.response_code = payment.responseCode
    reply.response_summary = responseSummary(payment.responseCode) ?? payment.responseCode
    if (payment.phase === 'declined') reply.decline_reason = declineReason(payment.responseCode)
  }
  const possible = possibleOperations(payment, manifestOf(ctx, payment.processor))
  if (possible.capture) reply._links.capture = { href: `${self}/captures` }
  if (possible.void) reply._links.void = { href: `${self}/voids` }
  if (possible.refund) reply._links.refund = { href: `${self}/refunds` }
  if (possible.authorize) reply._links.authorize = { href: `${self}/authorizations` }
  const action = payment.phase === 'authenticating' || payment.phase === 'redirected' ? redirectOf(payment) : undefined
  if (action !== undefined) reply._links.redirect = { href: action }
  if (actions) reply.actions = actions.map(actionSummary)
  return reply
}

/** `GET /payments/{id}/actions`: latest first. */
export function paymentActionsReply(payment: PaymentRow, actions: readonly ActionRow[]): PaymentActionsReply {
  return actions.map((action) => {
    const reply: PaymentActionsReply[number] = {
      id: wireId('action', action.id),
      type: PUBLIC_ACTION_TYPE[action.kind],
      processed_on: (action.processedOn ?? action.requestedOn).toISOString(),
      amount: action.amount,
      approved: action.state === 'succeeded',
      response_code: action.responseCode ?? '',
      response_summary: responseSummary(action.responseCode ?? '') ?? returnReason(action.responseCode ?? '') ?? '',
      processing: action.facts.processing ?? {},
      metadata: {
        ...(metadataOf(payment) as NonNullable<PaymentReply['metadata']>),
        ...(action.details['metadata'] as PaymentReply['metadata']),
      },
    }
    if (action.allocations)
      reply.amount_allocations = action.allocations as NonNullable<PaymentReply['amount_allocations']>
    if (action.facts.authCode !== undefined) reply.auth_code = action.facts.authCode
    const reference = action.reference ?? payment.request['reference']
    if (reference !== undefined) reply.reference = reference as string
    if (action.kind === 'increment') reply.authorization_type = 'Incremental'
    if (action.kind === 'authorization') {
      reply.authorization_type = (payment.request['authorization_type'] as string | undefined) ?? 'Final'
    }
    return reply
  })
}

/** `POST /payments/{id}/authorizations`, 201: the payment and the increment as they are after the bank was asked. */
export function incrementReply(ctx: Context, payment: PaymentRow, action: ActionRow): IncrementReply {
  const { facts } = payment
  const approved = action.state === 'succeeded'
  const code = action.responseCode ?? ''
  const reference = action.reference ?? (payment.request['reference'] as string | undefined)
  return {
    action_id: wireId('action', action.id),
    amount: action.amount,
    currency: payment.currency,
    approved,
    status: approved ? 'Authorized' : 'Declined',
    ...(action.facts.authCode !== undefined && { auth_code: action.facts.authCode }),
    response_code: code,
    response_summary: responseSummary(code) ?? code,
    ...(payment.authUntil && { expires_on: payment.authUntil.toISOString() }),
    balances: balancesOf(payment),
    processed_on: (action.processedOn ?? action.requestedOn).toISOString(),
    ...(reference !== undefined && { reference }),
    processing: action.facts.processing ?? {},
    ...(facts.eci !== undefined && { eci: facts.eci }),
    ...(facts.schemeId !== undefined && { scheme_id: facts.schemeId }),
    risk: { flagged: facts.risk?.flagged ?? false },
    _links: { payment: { href: `${ctx.config.urls.api}/payments/${wireId('payment', payment.id)}` } },
  }
}

function actionSummary({ id, kind, responseCode }: ActionRow) {
  const summary = responseCode === null ? undefined : responseSummary(responseCode)
  return {
    id: wireId('action', id),
    type: PUBLIC_ACTION_TYPE[kind],
    ...(responseCode === null ? {} : { response_code: responseCode }),
    ...(summary === undefined ? {} : { response_summary: summary }),
  }
}

function customerOf({ request, customerId }: PaymentRow): PaymentReply['customer'] {
  const sent = request['customer'] as NonNullable<PaymentReply['customer']> | undefined
  return customerId === null ? sent : { ...sent, id: wireId('customer', customerId) }
}

/**
 * Where the shopper was sent: it stands in the answer he was given. Not for a challenge of ours: its address is of use
 * only with the key that was in that answer alone.
 */
function redirectOf({ answer, facts }: PaymentRow): string | undefined {
  return answer === null || facts.challengedByUs
    ? undefined
    : (JSON.parse(answer) as { action?: { url?: string } }).action?.url
}

function copy<Name extends string>(
  from: Record<string, unknown>,
  to: Partial<Record<Name, unknown>>,
  names: readonly Name[],
) {
  for (const name of names) if (from[name] !== undefined) to[name] = from[name]
}
