/** `data` of events: the payment as receivers of webhooks know it. Spelled as the reference's webhooks, not as its API. */
import { wireId } from '@sluice/core/ids'
import { balancesOf } from '@sluice/core/payment'
import { responseSummary } from '@sluice/core/response-codes'
import { returnReason } from '@sluice/core/return-reasons'
import type { Attempt } from './attempt.ts'

/** Members of every event about a payment. `processed_on` is added by the statement that writes the event. */
export function gatewayData(attempt: Attempt): Record<string, unknown> {
  const { request } = attempt
  return dropUndefined({
    id: wireId('payment', attempt.id),
    reference: request['reference'],
    amount: attempt.requested,
    currency: attempt.currency,
    payment_type: request['payment_type'] ?? 'Regular',
    customer: customerData(attempt),
    payment_ip: request['ip_address'],
    metadata: metadataOf(attempt),
    source: webhookSource(attempt.source),
  })
}

/** What a declined payment and a verified card hold; the event of an approved payment says what it holds. */
const NOTHING_MOVED = balancesOf({
  requested: 0,
  authorized: 0,
  capturing: 0,
  captured: 0,
  voiding: 0,
  voided: 0,
  refunding: 0,
  refunded: 0,
  returned: 0,
  chargedBack: 0,
})

/** An authorization or verification that was decided: approved or declined by `code`. */
export function decidedData(attempt: Attempt, actionId: string | null, code: string): Record<string, unknown> {
  const { facts } = attempt
  return dropUndefined({
    ...gatewayData(attempt),
    action_id: actionId === null ? undefined : wireId('action', actionId),
    auth_code: facts.authCode,
    response_code: code,
    response_summary: responseSummary(code),
    processing: { ...facts.processing, Aft: aftText(attempt) },
    '3ds': facts.threeDs,
    eci: facts.eci,
    scheme_id: facts.schemeId,
    risk: facts.risk ?? { flagged: false, score: 0 },
    cko_network_token_available: false,
    pan_type_processed: attempt.source['type'] === 'card' ? 'fpan' : undefined,
    balances: NOTHING_MOVED,
  })
}

/** A capture, void or refund: `amount` is the action's. */
export function actionData(
  attempt: Attempt,
  action: { id: string; amount: number; reference: string | null },
  code: string,
  facts: { processing?: Record<string, string> },
  balances: object,
): Record<string, unknown> {
  return dropUndefined({
    id: wireId('payment', attempt.id),
    action_id: wireId('action', action.id),
    reference: action.reference ?? attempt.request['reference'],
    amount: action.amount,
    currency: attempt.currency,
    response_code: code,
    response_summary: responseSummary(code) ?? returnReason(code),
    balances,
    metadata: metadataOf(attempt),
    processing: facts.processing ?? {},
  })
}

/** The merchant's values and, whatever he sent under that name, the session the payment belongs to. */
export function metadataOf(attempt: Pick<Attempt, 'request' | 'sessionId'>): Record<string, unknown> {
  return {
    ...(attempt.request['metadata'] as Record<string, unknown> | undefined),
    cko_payment_session_id: wireId('session', attempt.sessionId),
  }
}

function customerData(attempt: Attempt): unknown {
  const customer = attempt.request['customer'] as Record<string, unknown> | undefined
  if (attempt.customerId === null) return customer
  return { ...customer, id: wireId('customer', attempt.customerId) }
}

/** Receivers read `last_4` and `line1`, `line2`, `town_city` where the API says `last4` and `address_line1` …. */
function webhookSource(source: Record<string, unknown>): Record<string, unknown> {
  const { last4, billing_address, ...rest } = source
  const address = billing_address as Record<string, unknown> | undefined
  return dropUndefined({
    ...rest,
    last_4: last4,
    billing_address: address && {
      line1: address['address_line1'],
      line2: address['address_line2'],
      town_city: address['city'],
      state: address['state'],
      zip: address['zip'],
      country: address['country'],
    },
  })
}

/** The text receivers know, not a boolean. */
function aftText(attempt: Attempt): string {
  const processing = attempt.request['processing'] as { aft?: boolean } | undefined
  return processing?.aft === true ? 'True' : 'False'
}

function dropUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
