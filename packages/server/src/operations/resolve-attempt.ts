/**
 * What became of an attempt nobody has an answer for? The reconciler only asks: it never sends an authorization again,
 * the card is gone by then. How it asks, and what silence means, follows from the processor's class.
 */
import { wireId } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import type { ActionOutcome, Manifest, Outcome, Processor, Retrieved } from '../processors/processor.ts'
import type { Channel, Merchant } from '../store/merchants.ts'
import type { AnsweredCall, PaymentRow } from '../store/payments.ts'
import { afterSettling } from './after-settling.ts'
import { type Asked, ask } from './ask.ts'
import { type AttemptOutcome, isOver, settlementOf } from './attempt.ts'
import { gatewayData } from './event-data.ts'
import { newId } from './ids.ts'
import { channelOf, merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { HOURLY_S, nextAskInS, REVERSAL_WAIT_S, REVIEW_AFTER_FAILURES } from './schedule.ts'

const INQUIRY_DEADLINE_MS = 5_000
/** A bank's page may be open this long; what is not paid by then is not paid any more. */
const ABANDONED_WATCH_S = 86_400

interface Turn {
  ctx: Context
  merchant: Merchant
  channel: Channel
  manifest: Manifest
  payment: PaymentRow
}

/** One turn for one attempt that is due. `paymentId`: UUID. */
export async function resolveAttempt(ctx: Context, entityKey: number, paymentId: string): Promise<void> {
  const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: paymentId })
  if (!payment || payment.leaseLeftS > 0) return
  const merchant = await merchantOf(ctx, entityKey)
  const channel = await channelOf(ctx, merchant, payment.channelId)
  const turn: Turn = { ctx, merchant, channel, manifest: manifestOf(ctx, channel), payment }

  if (isOver(payment.phase)) return await watchAbandoned(turn)
  if (payment.phase === 'reversing') return await reverse(turn)
  if (payment.phase === 'authenticating' || payment.phase === 'redirected') return await endShoppersTime(turn)
  switch (turn.manifest.class) {
    case 'A':
    case 'B':
      return await inquire(turn)
    case 'C':
      return await giveUpWhenOld(turn)
    case 'D':
      return await leaveToAPerson(turn)
  }
}

/** Classes A and B: the processor is asked by our key. "Not found" is believed when it is old, and then made sure of. */
async function inquire(turn: Turn): Promise<void> {
  const { payment, manifest } = turn
  const asked = await send<Retrieved>(turn, 'retrieve', (processor, request, signal) =>
    processor.retrieve(request, signal),
  )
  if (!asked) return
  const { outcome, call } = asked
  if (outcome.kind === 'not_found') {
    if (ageS(payment) < manifest.notFoundFinalAfterS) return await postpone(turn, call)
    return await settle(turn, { kind: 'undoing' }, call)
  }
  const decided = outcome.kind !== 'unknown' && outcome.kind !== 'not_sent' && outcome.kind !== payment.phase
  return decided ? await settle(turn, outcome, call) : await postpone(turn, call)
}

/** Class C: it can only be told to undo, once its answer can no longer be on the way. */
async function giveUpWhenOld(turn: Turn): Promise<void> {
  const youngS = REVERSAL_WAIT_S - ageS(turn.payment)
  if (youngS > 0) return await postpone(turn, null, { askInS: youngS })
  return await settle(turn, { kind: 'undoing' }, null)
}

/** Class D: it can neither be asked nor told. A settlement file or a person will know. */
async function leaveToAPerson(turn: Turn): Promise<void> {
  await postpone(turn, null, {
    askInS: HOURLY_S,
    review: 'outcome unknown: the processor can neither be asked nor told',
  })
}

/** The challenge or bank page was left. It is stopped first: what cannot be paid any more has expired. */
async function endShoppersTime(turn: Turn): Promise<void> {
  const asked = await send<Outcome>(turn, 'cancel', (processor, request, signal) => processor.cancel(request, signal))
  if (!asked) return
  const { outcome, call } = asked
  if (outcome.kind === 'cancelled') return await settle(turn, { kind: 'lapsed' }, call)
  if (outcome.kind === 'approved' || outcome.kind === 'declined') return await settle(turn, outcome, call)
  return await postpone(turn, call)
}

/**
 * An attempt that was left for another one without the processor's word that it stopped (`on_abandoned: allow`). Should
 * the bank approve it after all, the money is given back: the session has, or may get, another payment.
 */
async function watchAbandoned(turn: Turn): Promise<void> {
  const { ctx, merchant, payment, manifest } = turn
  const watchable = manifest.class === 'A' || manifest.class === 'B'
  if (!watchable || ageS(payment) > ABANDONED_WATCH_S) return await postpone(turn, null, { askInS: null })
  const asked = await send<Retrieved>(turn, 'retrieve', (processor, request, signal) =>
    processor.retrieve(request, signal),
  )
  if (!asked) return
  const { outcome, call } = asked
  if (outcome.kind === 'approved') {
    await ctx.store.recordLateMoney(merchant.entityKey, {
      paymentId: payment.id,
      version: payment.version,
      amount: outcome.amount,
      actionId: newId(ctx, merchant.entityKey),
      ledgerId: newId(ctx, merchant.entityKey),
      event: {
        id: newId(ctx, merchant.entityKey),
        source: 'sluice',
        type: 'payment_approved_late',
        data: gatewayData(payment),
      },
      call,
    })
    return ctx.wakeJobs()
  }
  const over = outcome.kind === 'declined' || outcome.kind === 'cancelled'
  await postpone(turn, call, { askInS: over ? null : nextAskInS(payment.asked + 2) })
}

/** Store and forward: the reversal is repeated until it is acknowledged. */
async function reverse(turn: Turn): Promise<void> {
  const { payment } = turn
  const asked = await send<ActionOutcome>(turn, 'reverse', (processor, request, signal) =>
    processor.reverse(
      {
        ...request,
        of: wireId('payment', payment.id),
        amount: payment.requested,
        currency: payment.currency,
      },
      signal,
    ),
  )
  if (!asked) return
  if (asked.outcome.kind === 'succeeded') return await settle(turn, { kind: 'undone' }, asked.call)
  const stuck = payment.asked + 1 >= REVIEW_AFTER_FAILURES
  return await postpone(turn, asked.call, {
    askInS: stuck ? HOURLY_S : nextAskInS(payment.asked),
    review: stuck ? 'the processor does not acknowledge the reversal' : null,
  })
}

type Question<Answer> = (
  processor: Processor,
  request: Parameters<Processor['retrieve']>[0],
  signal: AbortSignal,
) => Promise<Answer>

/** Takes the lease, remembers the message and asks; `undefined` when somebody else looks after the attempt by now. */
async function send<Answer extends { kind: string }>(
  { ctx, merchant, channel, payment }: Turn,
  kind: 'retrieve' | 'cancel' | 'reverse',
  question: Question<Answer>,
): Promise<Asked<Answer> | undefined> {
  const callId = newId(ctx, merchant.entityKey)
  const paymentId = wireId('payment', payment.id)
  // A reversal is a message of its own; the others are about the one that went before.
  const key = kind === 'reverse' ? `${paymentId}_reversal` : paymentId
  const leased = await ctx.store.leaseAttempt(merchant.entityKey, {
    id: payment.id,
    version: payment.version,
    phases: [payment.phase],
    call: { id: callId, kind, key },
  })
  if (!leased) return undefined
  const request = {
    entity: wireId('entity', merchant.id),
    channel: wireId('channel', channel.id),
    key,
    at: payment.now.toISOString(),
    settings: channel.settings,
    ...(payment.reference === null ? {} : { reference: payment.reference }),
  }
  return await ask<Answer>(ctx, channel.settings, callId, paymentId, (processor) =>
    question(processor, request, AbortSignal.timeout(INQUIRY_DEADLINE_MS)),
  )
}

async function settle(turn: Turn, outcome: AttemptOutcome, call: AnsweredCall | null): Promise<void> {
  const { ctx, merchant, payment, manifest } = turn
  const settlement = settlementOf(ctx, merchant, payment, outcome, call, manifest)
  const { settled } = await ctx.store.settleAttempt(merchant.entityKey, settlement)
  if (!settled) ctx.log.info({ payment: wireId('payment', payment.id) }, 'somebody else settled the attempt first')
  await afterSettling(ctx, wireId('payment', payment.id))
}

async function postpone(
  { ctx, merchant, payment }: Turn,
  call: AnsweredCall | null,
  when: { askInS?: number | null; review?: string | null } = {},
): Promise<void> {
  const { askInS = nextAskInS(payment.asked + 1), review = null } = when
  await ctx.store.postponeAttempt(merchant.entityKey, {
    id: payment.id,
    version: payment.version,
    askInS: askInS === null ? null : spread(ctx, merchant, payment, askInS),
    review,
    call,
  })
}

/** Up to a tenth later, so that attempts that fell silent together are not asked about together. */
function spread(ctx: Context, merchant: Merchant, payment: PaymentRow, askInS: number): number {
  const choice = ctx.random(merchant.seed, wireId('payment', payment.id), `ask ${payment.asked}`)
  return askInS * (1 + (choice / 2 ** 32) * 0.1)
}

/** Seconds of the merchant's time since the attempt began. */
function ageS(payment: PaymentRow): number {
  return (payment.now.getTime() - payment.requestedOn.getTime()) / 1000
}
