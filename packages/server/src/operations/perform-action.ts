/**
 * Captures, voids and refunds that are due: claimed, sent, recorded. They carry no card, so one whose answer was lost is
 * sent again under the same key for as long as the processor remembers it.
 */
import type { ActionKind } from '@sluice/core/action'
import { wireId } from '@sluice/core/ids'
import { type Amounts, balancesOf } from '@sluice/core/payment'
import type { Context } from '../context.ts'
import type { ActionOutcome, Followup, Manifest, Processor } from '../processors/processor.ts'
import type { ActionSettlement, ClaimedAction } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { NewEvent } from '../store/settlements.ts'
import { type Asked, ask, PROCESSOR_DEADLINE_MS } from './ask.ts'
import { actionData } from './event-data.ts'
import { newId } from './ids.ts'
import { merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { inquiryOf } from './processor-request.ts'
import { HOURLY_S, nextAskInS, WINDOW_MARGIN_S } from './schedule.ts'

/** Somebody else changed the payment between the read and the record: it is read and recorded again. */
const MOST_TRIES = 5

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
  if (!mayRepeat(manifestOf(ctx, payment.processor), claimed)) {
    const call = { id: callId, sent: 'no' as const, outcome: 'not_sent', exchange: null }
    const review = `${claimed.kind} of unknown outcome: the processor would not recognise a repeat`
    const asked: Asked<ActionOutcome> = { outcome: { kind: 'unknown', why: review }, call }
    return await record(ctx, entityKey, claimed, payment, asked, HOURLY_S, review)
  }
  const request: Followup = {
    ...inquiryOf(merchant, payment),
    key,
    of: wireId('payment', payment.id),
    amount: claimed.amount,
    currency: payment.currency,
  }
  const asked = await ask<ActionOutcome>(ctx, payment.processor, callId, request.of, (processor) =>
    question(processor, claimed.kind)(request, AbortSignal.timeout(PROCESSOR_DEADLINE_MS)),
  )
  const doubt = doubtAbout(claimed, asked.outcome)
  if (doubt === undefined) return await record(ctx, entityKey, claimed, payment, asked, nextAskInS(claimed.asked), null)
  const unclear = { outcome: { kind: 'unknown' as const, why: doubt }, call: asked.call }
  await record(ctx, entityKey, claimed, payment, unclear, HOURLY_S, doubt)
}

/** An answer that must not be taken for the end: a person looks at it, and it is asked again. */
function doubtAbout(claimed: ClaimedAction, outcome: Asked<ActionOutcome>['outcome']): string | undefined {
  if (outcome.kind === 'succeeded' && outcome.amount !== claimed.amount) {
    return `the processor confirmed another amount than the ${claimed.kind} was of`
  }
  if (outcome.kind === 'failed' && claimed.kind === 'reversal') {
    return 'the processor does not give back money that it may not keep'
  }
  return undefined
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
    case 'reversal':
      return processor.reverse
    default:
      throw new Error(`a ${kind} is not sent as an action`)
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
      state: outcome.kind === 'succeeded' || outcome.kind === 'failed' ? outcome.kind : 'in_doubt',
      responseCode: 'code' in outcome ? outcome.code : null,
      facts: 'facts' in outcome ? outcome.facts : {},
      retryInS,
      review,
      ledgerId: newId(ctx, entityKey),
      event: eventOf(ctx, entityKey, payment, action, outcome),
      call,
    }
    if (await ctx.store.settleAction(entityKey, settlement)) {
      if (settlement.event) await ctx.seam('event.committed', wireId('payment', payment.id))
      return
    }
  }
  ctx.log.error({ action: action.id }, 'an action could not be recorded; it will be sent again under its key')
}

const SETTLED_COLUMN = { capture: 'captured', void: 'voided', refund: 'refunded' } as const
const RESERVED_COLUMN = { capture: 'capturing', void: 'voiding', refund: 'refunding' } as const
const EVENT_TYPES = {
  capture: { succeeded: 'payment_captured', failed: 'payment_capture_declined' },
  void: { succeeded: 'payment_voided', failed: 'payment_void_declined' },
  refund: { succeeded: 'payment_refunded', failed: 'payment_refund_declined' },
  reversal: { succeeded: 'payment_voided', failed: 'payment_void_declined' },
} as const

function eventOf(
  ctx: Context,
  entityKey: number,
  payment: PaymentRow,
  { id, kind, amount }: ClaimedAction,
  outcome: Asked<ActionOutcome>['outcome'],
): NewEvent | null {
  if (outcome.kind !== 'succeeded' && outcome.kind !== 'failed') return null
  if (kind === 'authorization' || kind === 'card_verification') return null
  const after = amountsAfter(payment, kind, amount, outcome.kind)
  return {
    id: newId(ctx, entityKey),
    source: 'gateway',
    type: EVENT_TYPES[kind][outcome.kind],
    data: actionData(payment, { id, amount, reference: null }, outcome.code, outcome.facts, balancesOf(after)),
  }
}

/** A reversal gives back what the payment never counted as its own. */
function amountsAfter(
  payment: Amounts,
  kind: keyof typeof EVENT_TYPES,
  amount: number,
  outcome: 'succeeded' | 'failed',
): Amounts {
  if (kind === 'reversal') return payment
  const after: Amounts = { ...payment, [RESERVED_COLUMN[kind]]: payment[RESERVED_COLUMN[kind]] - amount }
  if (outcome === 'succeeded') after[SETTLED_COLUMN[kind]] += amount
  return after
}

async function readPayment(ctx: Context, entityKey: number, action: ClaimedAction): Promise<PaymentRow> {
  const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: action.paymentId })
  if (!payment) throw new Error(`action ${action.id} belongs to no payment`)
  return payment
}
