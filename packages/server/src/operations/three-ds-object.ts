/** What is shown and told of an authentication outside the processor: the payment's `3ds`, and the authentication events. */
import { wireId } from '@sluice/core/ids'
import type { AuthenticationResult as Status } from '@sluice/core/three-ds/decide-sca'
import type { AuthenticationAnswer, AuthenticationResult } from '../authenticators/authenticator.ts'
import type { NewEvent } from '../store/settlements.ts'
import type { Attempt } from './attempt.ts'
import { metadataOf } from './event-data.ts'

/** What an authentication came to, in the words of the decision, with what was said of it. */
export interface Ended {
  status: Status
  result?: AuthenticationResult
  /** Of the question that led to a challenge. */
  answer?: AuthenticationAnswer
  /** Spoken with whoever did not answer it. */
  version?: string
  why?: string
}

/** What is known of it at its end: by its result, or else by the challenge that had none. */
function known({ result, answer, version }: Ended) {
  return {
    version: result?.version ?? answer?.version ?? version,
    dsTransId: result?.dsTransId ?? answer?.dsTransId,
    acsTransId: result?.acsTransId ?? answer?.acsTransId,
    challenged: result?.challenged ?? answer !== undefined,
  }
}

/** `3ds` of a payment whose authentication has ended. */
export function threeDsOf(
  attempt: Attempt,
  ended: Ended,
  { downgraded, steppedUp }: { downgraded: boolean; steppedUp: boolean },
): Record<string, unknown> {
  const { status, result, answer } = ended
  const { version, dsTransId, challenged } = known(ended)
  const common = {
    downgraded,
    enrolled: status === 'not_enrolled' ? 'N' : result || answer ? 'Y' : 'U',
    ...(steppedUp && { upgrade_reason: 'soft_decline' }),
    ...(version !== undefined && { version }),
    exemption: exemptionOf(attempt) ?? 'none',
    challenged,
    ...(dsTransId !== undefined && { xid: dsTransId }),
  }
  // Whose result does not come in time counts as one who could not be authenticated.
  if (!result) return status === 'timed_out' ? { ...common, authentication_response: 'U' } : common
  const proven = result.status === 'Y' || result.status === 'A'
  return {
    ...common,
    signature_valid: 'Y',
    authentication_response: result.status,
    ...(!proven && result.statusReason !== undefined && { authentication_status_reason: result.statusReason }),
    ...(result.cryptogram !== undefined && { cryptogram: result.cryptogram }),
    ...(result.eci !== undefined && { eci: result.eci }),
  }
}

/** While the shopper is challenged. */
export function challengedThreeDs(attempt: Attempt, answer: AuthenticationAnswer, steppedUp: boolean) {
  return {
    downgraded: false,
    enrolled: 'Y',
    ...(steppedUp && { upgrade_reason: 'soft_decline' }),
    authentication_response: 'C',
    version: answer.version,
    exemption: exemptionOf(attempt) ?? 'none',
    challenged: true,
    ...(answer.dsTransId !== undefined && { xid: answer.dsTransId }),
  }
}

/** Of a payment that is exempt: nobody was asked. */
export function exemptThreeDs(exemption: string): Record<string, unknown> {
  return { downgraded: false, enrolled: 'U', exemption, exemption_applied: exemption, challenged: false }
}

function exemptionOf({ request }: Attempt): string | undefined {
  return (request['3ds'] as { exemption?: string } | undefined)?.exemption
}

const TYPE_OF: Partial<Record<Status, string>> = {
  Y: 'authentication_approved',
  A: 'authentication_attempted',
  I: 'authentication_attempted',
  abandoned: 'authentication_expired',
  timed_out: 'authentication_expired',
}

export function startedEvent(id: string, attempt: Attempt, transId: string): NewEvent {
  return eventOf(id, 'authentication_started', attempt, transId, {})
}

export function endedEvent(id: string, attempt: Attempt, transId: string, ended: Ended): NewEvent {
  const { status, result, why } = ended
  const { version, dsTransId, acsTransId, challenged } = known(ended)
  const proven = result?.status === 'Y' || result?.status === 'A'
  return eventOf(id, TYPE_OF[status] ?? 'authentication_failed', attempt, transId, {
    ...(proven ? {} : { reason: status, reason_description: why ?? DESCRIPTIONS[status] }),
    response_code: result?.status ?? 'U',
    protocol_version: version,
    eci: result?.eci,
    transaction_status_reason: result?.statusReason,
    challenged,
    ds_transaction_id: dsTransId,
    acs_transaction_id: acsTransId,
  })
}

const DESCRIPTIONS: Partial<Record<Status, string>> = {
  N: 'The shopper was not authenticated.',
  R: 'The issuer rejected the authentication.',
  U: 'Authentication could not be performed.',
  not_enrolled: 'The card takes no part in 3D Secure.',
  failed: 'The authenticator gave no usable answer.',
  timed_out: 'The result did not come in time.',
  abandoned: 'The shopper did not finish the challenge in time.',
}

/** As the reference's authentication events: the amount is a text, and the payment is `payment_id`. */
function eventOf(id: string, type: string, attempt: Attempt, transId: string, more: Record<string, unknown>): NewEvent {
  const { request, source } = attempt
  const data = {
    payment_id: wireId('payment', attempt.id),
    session_id: wireId('redirect', transId),
    reference: request['reference'],
    amount: String(attempt.requested),
    currency: attempt.currency,
    type: attempt.requested === 0 ? 'non_payment' : 'payment',
    scheme: source['scheme'],
    experience: '3ds',
    challenge_indicator: (request['3ds'] as { challenge_indicator?: string } | undefined)?.challenge_indicator,
    exemption_applied: 'none',
    '3ds_transaction_id': transId,
    metadata: metadataOf(attempt),
    ...more,
  }
  const told = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))
  return { id, source: 'authentication', type, data: told }
}
