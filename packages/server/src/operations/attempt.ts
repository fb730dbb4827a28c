/** One attempt on a session, from what is remembered before the bank is asked to what is recorded of its answer. */
import { wireId } from '@sluice/core/ids'
import { type Amounts, balancesOf } from '@sluice/core/payment'
import { paymentMethod } from '@sluice/core/payment-methods'
import { responseSummary } from '@sluice/core/response-codes'
import type { Context } from '../context.ts'
import { isAskedByKey, type Outcome, type ProcessorFacts } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow, PaymentSource } from '../store/payments.ts'
import type { AnsweredCall, NewEvent, Settlement } from '../store/settlements.ts'
import { firstShares } from './allocate.ts'
import { decidedData, gatewayData } from './event-data.ts'
import { newId } from './ids.ts'
import { hasDays, lateMoneyUntil } from './late-money.ts'
import { manifestOf } from './offer.ts'
import { LONG_WAIT_S, nextAskInS } from './schedule.ts'
import { actionAnswer, approvedAnswer, declinedAnswer, pendingAnswer, UNDONE_CODE } from './submit-answer.ts'

/** What settling needs to know of a payment: a row that was read, or an attempt that has just begun. */
export type Attempt = Pick<
  PaymentRow,
  | 'id'
  | 'sessionId'
  | 'channelId'
  | 'processor'
  | 'customerId'
  | 'method'
  | 'currency'
  | 'requested'
  | 'request'
  | 'source'
  | 'captureOn'
  | 'version'
  | 'phase'
  | 'leases'
> & {
  facts: ProcessorFacts
  reference: string | null
  /** The merchant's time at which it was begun or read. */
  now: Date
}

/**
 * The answer of a processor; the certainty that it was never asked (`not_sent`); the end of the shopper's time
 * (`lapsed`); a payment nobody can answer for, which is to be undone (`undoing`) and then was (`undone`); the end of our own
 * authentication, with which the attempt is declined and not authorized (`not_authenticated`).
 */
export type AttemptOutcome =
  | Outcome
  | { kind: 'not_sent'; why: string }
  | { kind: 'lapsed' }
  | { kind: 'undoing' }
  | { kind: 'undone' }
  | NotAuthenticated

/** `event` tells how the authentication ended. */
export interface NotAuthenticated {
  kind: 'not_authenticated'
  code: string
  facts: ProcessorFacts
  /** threeDSServerTransID */
  transId: string
  authentication: NonNullable<Settlement['authentication']>
  event: NewEvent
}

/** The challenge or bank page waits this long, where the method names no limit of its own. Merchant's time. */
const AUTHENTICATION_WINDOW_S = 15 * 60
const REDIRECT_WINDOW_S = 60 * 60
const SECONDS_PER_DAY = 86_400

/** What an outcome makes of an attempt, as one statement records it. */
export function settlementOf(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  outcome: AttemptOutcome,
  call: AnsweredCall | null,
): Settlement {
  const base: Settlement = {
    paymentId: attempt.id,
    version: attempt.version,
    lease: RESTS_ON_SILENCE.includes(outcome.kind) ? attempt.leases : null,
    phase: 'in_doubt',
    authorized: 0,
    action: null,
    captureActionId: null,
    captureAllocations: null,
    ledgerId: null,
    responseCode: null,
    reference: null,
    facts: {},
    source: null,
    authLifetimeS: null,
    sid: null,
    deadlineInS: null,
    askInS: null,
    review: null,
    answer: null,
    uncounted: null,
    authentication: null,
    eventsBefore: [],
    event: {
      id: newId(ctx, merchant.entityKey),
      source: 'sluice',
      type: 'payment_in_doubt',
      data: gatewayData(attempt),
    },
    call,
  }
  switch (outcome.kind) {
    case 'approved':
      // More than was asked for is no answer to what was asked.
      if (outcome.amount > attempt.requested) return { ...base, askInS: nextAskInS(1), review: MORE_THAN_ASKED }
      // Less than was asked for, and nobody asked for a part: it is given back, and the payment declined.
      if (outcome.amount < attempt.requested && !takesPart(attempt)) return undoing(base, outcome.facts)
      return attempt.requested === 0
        ? verified(ctx, merchant, attempt, outcome, base)
        : approved(ctx, merchant, attempt, outcome, base)
    case 'declined':
      return declined(ctx, merchant, attempt, outcome.code, outcome.facts, base)
    case 'action':
      return actionRequired(ctx, merchant, attempt, outcome, base)
    case 'pending':
      return {
        ...base,
        ...learned(attempt, outcome.facts),
        phase: 'pending',
        ...pendingTimes(attempt, outcome.facts),
        answer: pendingAnswer(attempt, outcome.facts),
        // That it is pending was told when the shopper was sent away: back without an outcome, it is so still.
        event:
          attempt.phase === 'redirected'
            ? { ...base.event, type: 'payment_processing' }
            : gatewayEvent(base, 'payment_pending', attempt),
      }
    case 'cancelled':
      return ended(ctx, merchant, attempt, { ...base, ...learned(attempt, outcome.facts) }, 'cancelled')
    case 'not_sent':
      return { ...base, phase: 'not_sent', uncounted: 'not_sent', event: { ...base.event, type: 'payment_not_sent' } }
    case 'unknown':
      return { ...base, askInS: nextAskInS(1) }
    case 'lapsed':
      return lapsed(ctx, merchant, attempt, base)
    case 'undoing':
      return undoing(base, {})
    case 'undone':
      return declined(ctx, merchant, attempt, UNDONE_CODE, {}, base)
    case 'not_authenticated':
      return notAuthenticated(ctx, merchant, attempt, outcome, base)
  }
}

/** Outcomes that are our own conclusion, and not a processor's word: only whoever holds the lease may draw them. */
const RESTS_ON_SILENCE: readonly string[] = [
  'not_sent',
  'unknown',
  'lapsed',
  'undoing',
  'not_authenticated',
] satisfies AttemptOutcome['kind'][]

const MORE_THAN_ASKED = 'the processor approved more than was asked for'

/** `Customer cancellation` */
const CANCELLED_CODE = '20017'
/** `Re-enter transaction / transaction has expired` */
const EXPIRED_CODE = '20019'
/** `Initial 3DS transaction not completed within 15 minutes` */
export const NOT_AUTHENTICATED_CODE = '20152'
/** `Cardholder failed 3DS authentication` */
const FAILED_AUTHENTICATION_CODE = '20151'

/** The shopper's time is over: a challenge that was not answered declines, a bank page that was left expires. */
function lapsed(ctx: Context, merchant: Merchant, attempt: Attempt, base: Settlement): Settlement {
  if (attempt.phase === 'authenticating') {
    return declined(ctx, merchant, attempt, NOT_AUTHENTICATED_CODE, {}, base)
  }
  return ended(ctx, merchant, attempt, base, 'expired')
}

/** Over before anybody decided. */
function ended(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  base: Settlement,
  phase: 'cancelled' | 'expired',
): Settlement {
  const actionId = newId(ctx, merchant.entityKey)
  const [type, code] = phase === 'cancelled' ? ['payment_canceled', CANCELLED_CODE] : ['payment_expired', EXPIRED_CODE]
  const event = gatewayEvent(base, type, attempt, code)
  return {
    ...base,
    phase,
    action: { id: actionId, kind: authorizationKind(attempt), amount: attempt.requested },
    responseCode: code,
    askInS: lastLookInS(ctx, attempt),
    answer: declinedAnswer(attempt, code),
    event: { ...event, data: { ...event.data, action_id: wireId('action', actionId) } },
  }
}

/** Who had days may have paid before it was stopped: it is asked about once more when that money must have come. */
function lastLookInS(ctx: Context, { method, processor, facts, now }: Attempt): number | null {
  if (!hasDays(method) || !isAskedByKey(manifestOf(ctx, processor))) return null
  return (lateMoneyUntil({ method, facts, requestedOn: now, processedOn: now }) - now.getTime()) / 1000
}

function authorizationKind({ requested }: Attempt): 'authorization' | 'card_verification' {
  return requested === 0 ? 'card_verification' : 'authorization'
}

function undoing(base: Settlement, facts: ProcessorFacts): Settlement {
  return {
    ...base,
    phase: 'reversing',
    reference: facts.reference ?? null,
    askInS: 0,
    event: { ...base.event, type: 'payment_reversing' },
  }
}

function approved(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  outcome: Extract<Outcome, { kind: 'approved' }>,
  base: Settlement,
): Settlement {
  const actionId = newId(ctx, merchant.entityKey)
  const captureActionId = capturesNow(attempt) ? newId(ctx, merchant.entityKey) : null
  const capturedWithAuthorization = outcome.capturedAmount === outcome.amount
  const known = learned(attempt, { ...outcome.facts, ...(capturedWithAuthorization && { capturedWithAuthorization }) })
  const settled = { ...attempt, ...known }
  const amounts = amountsOf(attempt.requested, outcome.amount, captureActionId === null ? 0 : outcome.amount)
  // Of a method that always captures by itself nobody hears an approval, but that the capture is on its way.
  const ownCapture = capturesByItself(attempt.method) ? captureActionId : null
  const data = decidedData(settled, ownCapture ?? actionId, outcome.code)
  return {
    ...base,
    ...known,
    phase: 'authorized',
    authorized: outcome.amount,
    action: { id: actionId, kind: 'authorization', amount: outcome.amount },
    captureActionId,
    captureAllocations: captureActionId === null ? null : firstShares(attempt, outcome.amount),
    ledgerId: newId(ctx, merchant.entityKey),
    responseCode: outcome.code,
    authLifetimeS: manifestOf(ctx, attempt.processor).authLifetimeDays * SECONDS_PER_DAY,
    answer: approvedAnswer(attempt, outcome.amount),
    event: {
      ...base.event,
      source: 'gateway',
      type: ownCapture === null ? 'payment_approved' : 'payment_capture_pending',
      data: { ...data, amount: outcome.amount, balances: balancesOf(amounts) },
    },
  }
}

function verified(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  outcome: Extract<Outcome, { kind: 'approved' }>,
  base: Settlement,
): Settlement {
  const actionId = newId(ctx, merchant.entityKey)
  const settled = { ...attempt, ...learned(attempt, outcome.facts) }
  return {
    ...base,
    ...learned(attempt, outcome.facts),
    phase: 'verified',
    action: { id: actionId, kind: 'card_verification', amount: 0 },
    ledgerId: newId(ctx, merchant.entityKey),
    responseCode: outcome.code,
    answer: approvedAnswer(attempt, 0),
    event: {
      ...base.event,
      source: 'gateway',
      type: 'card_verified',
      data: decidedData(settled, actionId, outcome.code),
    },
  }
}

function declined(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  code: string,
  facts: ProcessorFacts,
  base: Settlement,
): Settlement {
  const actionId = newId(ctx, merchant.entityKey)
  const settled = { ...attempt, ...learned(attempt, facts) }
  const verification = attempt.requested === 0
  const data = decidedData(settled, actionId, code)
  const failedAuthentication = code === NOT_AUTHENTICATED_CODE || code === FAILED_AUTHENTICATION_CODE
  return {
    ...base,
    ...learned(attempt, facts),
    phase: 'declined',
    action: { id: actionId, kind: authorizationKind(attempt), amount: attempt.requested },
    responseCode: code,
    answer: declinedAnswer(attempt, code),
    eventsBefore: failedAuthentication
      ? [{ id: newId(ctx, merchant.entityKey), source: 'gateway', type: 'payment_authentication_failed', data }]
      : [],
    event: {
      ...base.event,
      source: 'gateway',
      type: verification ? 'card_verification_declined' : 'payment_declined',
      data,
    },
  }
}

/** The authentication and the attempt end in one statement: nobody finds one of them without the other. */
function notAuthenticated(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  { code, facts, transId, authentication, event }: NotAuthenticated,
  base: Settlement,
): Settlement {
  const settlement = declined(ctx, merchant, attempt, code, facts, base)
  return { ...settlement, sid: transId, authentication, eventsBefore: [event, ...settlement.eventsBefore] }
}

function actionRequired(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  outcome: Extract<Outcome, { kind: 'action' }>,
  base: Settlement,
): Settlement {
  const authentication = outcome.purpose === 'authentication'
  const limitS = paymentMethod(attempt.method)?.timeLimitS ?? REDIRECT_WINDOW_S
  const windowS = authentication ? AUTHENTICATION_WINDOW_S : limitS
  return {
    ...base,
    ...learned(attempt, outcome.facts),
    phase: authentication ? 'authenticating' : 'redirected',
    sid: newId(ctx, merchant.entityKey),
    deadlineInS: windowS,
    askInS: windowS,
    answer: actionAnswer(attempt, outcome.url),
    event: authentication
      ? { ...base.event, type: 'payment_authentication_requested' }
      : gatewayEvent(base, 'payment_pending', attempt),
  }
}

/** When the processor is asked, and when the shopper's or the bank's time is over. A card that waits has no such end. */
function pendingTimes({ method, now }: Attempt, { nextStep }: ProcessorFacts) {
  const row = paymentMethod(method)
  const limitS = row && row.kind !== 'direct' ? row.timeLimitS : null
  const deadlineInS = nextStep ? Math.max(0, (Date.parse(nextStep.expires_on) - now.getTime()) / 1000) : limitS
  const askInS = deadlineInS !== null && deadlineInS >= SECONDS_PER_DAY ? LONG_WAIT_S : nextAskInS(1)
  return { deadlineInS, askInS: Math.min(askInS, deadlineInS ?? askInS) }
}

function gatewayEvent(base: Settlement, type: string, attempt: Attempt, code?: string): NewEvent {
  const reason = code === undefined ? {} : { response_code: code, response_summary: responseSummary(code) }
  return { ...base.event, source: 'gateway', type, data: { ...gatewayData(attempt), ...reason } }
}

/** What the processor told us of the payment and its card, laid over what we knew. */
function learned(attempt: Attempt, facts: ProcessorFacts) {
  const { source: told, ...rest } = withOurThreeDs(attempt, facts)
  const source: PaymentSource = { ...attempt.source, ...told }
  if (facts.avsCheck !== undefined) source['avs_check'] = facts.avsCheck
  if (facts.cvvCheck !== undefined) source['cvv_check'] = facts.cvvCheck
  return { facts: rest, source, reference: facts.reference ?? attempt.reference }
}

/** Where the authentication is ours, what the processor says of one is not told: not now, and not when it is asked later. */
export function withOurThreeDs(attempt: Pick<Attempt, 'facts'>, facts: ProcessorFacts): ProcessorFacts {
  if (!attempt.facts.authenticatedByUs) return facts
  const { threeDs: _, ...rest } = facts
  const { threeDs } = attempt.facts
  return { ...rest, ...(threeDs && { threeDs }) }
}

function takesPart(attempt: Attempt): boolean {
  return (attempt.request['partial_authorization'] as { enabled?: boolean } | undefined)?.enabled === true
}

/** `capture_on` makes it true; a time that has passed captures at once. */
function capturesNow(attempt: Attempt): boolean {
  if (capturesByItself(attempt.method)) return true
  return attempt.request['capture'] !== false && attempt.captureOn === null
}

/** Whatever the merchant asked for: the shopper has paid when they have agreed. */
export function capturesByItself(method: string): boolean {
  return paymentMethod(method)?.capture === 'automatic'
}

function amountsOf(requested: number, authorized: number, capturing: number): Amounts {
  return {
    requested,
    authorized,
    capturing,
    captured: 0,
    voiding: 0,
    voided: 0,
    refunding: 0,
    refunded: 0,
    returned: 0,
    chargedBack: 0,
  }
}
