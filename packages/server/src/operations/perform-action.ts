/**
 * Captures, voids, refunds and increments that are due: claimed, sent, recorded. They carry no card, so one whose answer
 * was lost is sent again under the same key for as long as the processor remembers it; one that the processor is working
 * on is asked about in the same way.
 */
import type { ActionKind } from '@sluice/core/action'
import { wireId } from '@sluice/core/ids'
import { isHeld } from '@sluice/core/operations'
import type { Context } from '../context.ts'
import type { ActionOutcome, Followup, Manifest, Processor } from '../processors/processor.ts'
import type { ActionSettlement, ClaimedAction } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'
import { type Asked, ask, PROCESSOR_DEADLINE_MS } from './ask.ts'
import { newId } from './ids.ts'
import { merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { actionEvent } from './action-event.ts'
import { authorizationKeyOf, inquiryOf } from './processor-request.ts'
import { HOURLY_S, nextAskInS, WINDOW_MARGIN_S } from './schedule.ts'

/** Somebody else changed the payment between the read and the record: it is read and recorded again. */
const MOST_TRIES = 20

/** One turn for one action that is due. `actionId`: UUID. */
export async function performAction(ctx: Context, entityKey: number, actionId: string): Promise<void> {
  const key = wireId('action', actionId)
  const claimed = await ctx.store.claimAction(entityKey, { id: actionId, callId: newId(ctx, entityKey), key })
  if (!claimed) return
  const { callId } = claimed
  const payment = await readPayment(ctx, entityKey, claimed)
  const merchant = await merchantOf(ctx, entityKey)

  if (claimed.kind === 'capture' && payment.facts.capturedWithAuthorization) {
    const call = { id: callId, sent: 'no' as const, outcome: 'captured_with_authorization', exchange: null }
    const code = payment.responseCode ?? '10000'
    const outcome = { kind: 'succeeded' as const, code, amount: claimed.amount, facts: {} }
    return await record(ctx, entityKey, claimed, payment, { outcome, call }, 0, null)
  }
  const manifest = manifestOf(ctx, payment.processor)
  if (claimed.kind === 'void' && hasEnded(payment) && manifest.authorizationEnds === 'by_itself') {
    const call = { id: callId, sent: 'no' as const, outcome: 'ended_by_itself', exchange: null }
    const outcome = { kind: 'succeeded' as const, code: '10000', amount: claimed.amount, facts: {} }
    return await record(ctx, entityKey, claimed, payment, { outcome, call }, 0, null)
  }
  if (!mayRepeat(manifest, claimed)) {
    const call = { id: callId, sent: 'no' as const, outcome: 'not_sent', exchange: null }
    const review = `${claimed.kind} of unknown outcome: the processor would not recognise a repeat`
    const asked: Asked<ActionOutcome> = { outcome: { kind: 'unknown', why: review }, call }
    return await record(ctx, entityKey, claimed, payment, asked, HOURLY_S, review)
  }
  const request: Followup = {
    ...inquiryOf(merchant, payment),
    key,
    of: authorizationKeyOf(payment),
    amount: claimed.amount,
    currency: payment.currency,
    ...toldOf(claimed, payment),
  }
  const asked = await ask<ActionOutcome>(ctx, payment.processor, callId, wireId('payment', payment.id), (processor) =>
    question(processor, claimed.kind)(request, AbortSignal.timeout(PROCESSOR_DEADLINE_MS)),
  )
  const doubt = doubtAbout(claimed, payment, asked.outcome)
  if (doubt === undefined) return await record(ctx, entityKey, claimed, payment, asked, nextAskInS(claimed.asked), null)
  const unclear = { outcome: { kind: 'unknown' as const, why: doubt }, call: asked.call }
  await record(ctx, entityKey, claimed, payment, unclear, HOURLY_S, doubt)
}

/** An answer that must not be taken for the end: a person looks at it, and it is asked again. */
export function doubtAbout(
  claimed: Pick<ClaimedAction, 'kind' | 'amount'>,
  payment: PaymentRow,
  outcome: Asked<ActionOutcome>['outcome'],
): string | undefined {
  if (outcome.kind === 'succeeded' && outcome.amount !== claimed.amount) {
    return `the processor confirmed another amount than the ${claimed.kind} was of`
  }
  if (outcome.kind === 'failed' && claimed.kind === 'reversal') {
    return 'the processor does not give back money that it may not keep'
  }
  if (outcome.kind === 'failed' && claimed.kind === 'void' && hasEnded(payment)) {
    return 'the processor does not release an authorization whose time is over'
  }
  return undefined
}

/** The authorization was good until a moment that has passed. */
function hasEnded(payment: PaymentRow): boolean {
  return !isHeld(payment)
}

/** As long as the processor remembers the key, a repeat is answered and does not act; what never left is no repeat. */
function mayRepeat({ idempotencyWindowS }: Manifest, { sinceFirstCallS }: ClaimedAction): boolean {
  return sinceFirstCallS === null || sinceFirstCallS < idempotencyWindowS - WINDOW_MARGIN_S
}

function question(processor: Processor, kind: ActionKind): Processor['capture'] {
  switch (kind) {
    case 'capture':
      return processor.capture
    case 'void':
      return processor.void
    case 'refund':
      return processor.refund
    case 'increment':
      return processor.increment
    case 'reversal':
      return processor.reverse
    default:
      throw new Error(`a ${kind} is not sent as an action`)
  }
}

/** What the processor is told beside the amount. */
function toldOf(
  { kind, reference, details, allocations, ofAction, releasesRest }: ClaimedAction,
  payment: PaymentRow,
): Partial<Followup> {
  const said = {
    ...details,
    ...(reference === null ? {} : { reference }),
    ...(allocations === null ? {} : { amount_allocations: allocations }),
  }
  return {
    // The one capture of a processor that captures with the approval has no name of its own there.
    ...(ofAction === null || payment.facts.capturedWithAuthorization ? {} : { ofCapture: wireId('action', ofAction) }),
    ...(kind === 'capture' ? { final: releasesRest } : {}),
    ...(Object.keys(said).length === 0 ? {} : { details: said }),
  }
}

/** @param before the payment as it was read when the action was claimed */
async function record(
  ctx: Context,
  entityKey: number,
  action: ClaimedAction,
  before: PaymentRow,
  { outcome, call }: Asked<ActionOutcome>,
  retryInS: number,
  review: string | null,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const payment = tries === 0 ? before : await readPayment(ctx, entityKey, action)
    const settlement: ActionSettlement = {
      id: action.id,
      paymentId: payment.id,
      version: payment.version,
      reservations: payment.reservations,
      from: ['sending'],
      undoes: false,
      state: stateAfter(outcome),
      releaseId: outcome.kind === 'succeeded' && action.releasesRest ? newId(ctx, entityKey) : null,
      responseCode: 'code' in outcome ? outcome.code : null,
      facts: 'facts' in outcome ? outcome.facts : {},
      retryInS,
      review,
      ledgerId: newId(ctx, entityKey),
      event: actionEvent(ctx, entityKey, payment, action, outcome),
      call,
    }
    if (await ctx.store.settleAction(entityKey, settlement)) {
      if (settlement.event) await ctx.seam('event.committed', wireId('payment', payment.id))
      if (settlement.releaseId !== null) ctx.wakeJobs()
      return
    }
    // The processor may have told its result before its answer came.
    const [now] = (await ctx.store.readActions(entityKey, payment.id)).filter(({ id }) => id === action.id)
    if (now?.state !== 'sending') return
  }
  ctx.log.error({ action: action.id }, 'an action could not be recorded; it will be sent again under its key')
}

function stateAfter({ kind }: Asked<ActionOutcome>['outcome']): ActionSettlement['state'] {
  return kind === 'succeeded' || kind === 'failed' || kind === 'pending' ? kind : 'in_doubt'
}

async function readPayment(ctx: Context, entityKey: number, action: ClaimedAction): Promise<PaymentRow> {
  const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: action.paymentId })
  if (!payment) throw new Error(`action ${action.id} belongs to no payment`)
  return payment
}
