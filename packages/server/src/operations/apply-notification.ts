/**
 * What a processor told is applied: news of an attempt are asked about and not believed, results of actions end them,
 * and money that a bank moved by itself is recorded whatever our own books say.
 */
import { isUnfinished, UNFINISHED_ACTION_STATES } from '@sluice/core/action'
import { uuidOf, wireId } from '@sluice/core/ids'
import { balancesOf, isFinal } from '@sluice/core/payment'
import type { Context } from '../context.ts'
import type { ProcessorNotification } from '../processors/processor.ts'
import type { ActionRow } from '../store/actions.ts'
import type { ClaimedNotification, NotificationEnd, Report } from '../store/notifications.ts'
import type { PaymentRow } from '../store/payments.ts'
import { actionEvent } from './action-event.ts'
import { actionData } from './event-data.ts'
import { newId } from './ids.ts'
import { doubtAbout } from './perform-action.ts'
import { paymentOfKey } from './processor-request.ts'
import { mayBePaidLate, resolveAttempt } from './resolve-attempt.ts'
import { learnOutcome } from './learn-outcome.ts'
import { HOURLY_S, nextAskInS } from './schedule.ts'

/** A processor may be quicker than our own commit; what is still unknown after this long is not ours. */
const UNKNOWN_FOR_S = 72 * 3600
/** Somebody else works on the payment: he may be done by then. Real time. */
const REST_S = 1
const MOST_TRIES = 20

type Of<Kind extends ProcessorNotification['kind']> = Extract<ProcessorNotification, { kind: Kind }>

/** One turn for one notification that is due. `id`: UUID. */
export async function applyNotification(ctx: Context, entityKey: number, id: string): Promise<void> {
  const claimed = await ctx.store.claimNotification(entityKey, id)
  if (!claimed) return
  const end = await apply(ctx, entityKey, claimed)
  if (end !== 'recorded') await ctx.store.endNotification(entityKey, { id, ...end })
  ctx.wakeJobs()
}

type End = Omit<NotificationEnd, 'id'>
const APPLIED: End = { outcome: 'applied', againInS: 0, restS: 0 }
const BUSY: End = { outcome: null, againInS: 0, restS: REST_S }

async function apply(ctx: Context, entityKey: number, claimed: ClaimedNotification): Promise<End | 'recorded'> {
  const { notification } = claimed
  const payment = await paymentOf(ctx, entityKey, claimed)
  if (!payment) return unknown(claimed)
  switch (notification.kind) {
    case 'payment_news':
      return await lookInto(ctx, entityKey, payment, claimed.tries)
    case 'action_settled':
      return await endAction(ctx, entityKey, claimed, notification)
    case 'returned':
    case 'dispute':
      return await report(ctx, entityKey, claimed, notification)
  }
}

/** A payment of another channel is as unknown as one that is not there. */
async function paymentOf(
  ctx: Context,
  entityKey: number,
  { notification, channelId }: ClaimedNotification,
): Promise<PaymentRow | undefined> {
  const id = paymentOfKey(notification.about)
  const payment = id === undefined ? undefined : await ctx.store.readPayment(entityKey, { by: 'id', id })
  return payment?.channelId === channelId ? payment : undefined
}

function unknown({ tries, ageS }: ClaimedNotification): End {
  if (ageS > UNKNOWN_FOR_S) return { outcome: 'given_up', againInS: 0, restS: 0 }
  return { outcome: null, againInS: nextAskInS(tries), restS: 0 }
}

/**
 * The processor is asked, as when the shopper returns; whoever asks at this moment may have asked too early. News of which
 * it does not say more are not over: it may never tell them again.
 */
async function lookInto(ctx: Context, entityKey: number, payment: PaymentRow, tries: number): Promise<End> {
  if (payment.leaseLeftS > 0) return BUSY
  if (['authenticating', 'redirected', 'pending'].includes(payment.phase)) {
    const learned = await learnOutcome(ctx, entityKey, payment)
    if (learned === 'answered') return APPLIED
    return learned === 'taken' ? BUSY : { outcome: null, againInS: nextAskInS(tries), restS: 0 }
  }
  if (isFinal(payment.phase) && !mayBePaidLate(payment)) return APPLIED
  await resolveAttempt(ctx, entityKey, payment.id)
  const after = await ctx.store.readPayment(entityKey, { by: 'id', id: payment.id })
  const somebodyElseAsks = after?.phase === payment.phase && after.leaseLeftS > 0
  return somebodyElseAsks ? BUSY : APPLIED
}

/** The result of a capture, void or refund, whether it was being waited for or our own message is still on its way. */
async function endAction(
  ctx: Context,
  entityKey: number,
  claimed: ClaimedNotification,
  { about, action: actionId, outcome }: Of<'action_settled'>,
): Promise<End | 'recorded'> {
  const uuid = uuidOf('action', actionId)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const payment = await paymentOf(ctx, entityKey, claimed)
    if (!payment) return unknown(claimed)
    const action = (await ctx.store.readActions(entityKey, payment.id)).find(({ id }) => id === uuid)
    if (!action) return unknown(claimed)
    const undoes = action.kind === 'refund' && action.state === 'succeeded' && outcome.kind === 'failed'
    if (!isUnfinished(action.state) && !undoes) {
      return action.state === outcome.kind ? APPLIED : await contradict(ctx, entityKey, claimed, action)
    }
    const doubt = doubtAbout(action, payment, outcome)
    const doubtful = doubt !== undefined
    const before = undoes ? notYetRefunded(payment, action) : payment
    const settled = await ctx.store.settleAction(entityKey, {
      id: action.id,
      paymentId: payment.id,
      version: payment.version,
      reservations: payment.reservations,
      from: undoes ? ['succeeded'] : UNFINISHED_ACTION_STATES,
      undoes,
      state: doubtful ? 'in_doubt' : outcome.kind,
      releaseId: !doubtful && outcome.kind === 'succeeded' && action.releasesRest ? newId(ctx, entityKey) : null,
      responseCode: doubtful ? null : outcome.code,
      facts: outcome.facts,
      retryInS: doubtful ? HOURLY_S : null,
      review: doubt ?? null,
      ledgerId: newId(ctx, entityKey),
      event: doubtful ? null : actionEvent(ctx, entityKey, before, { ...action, wasPending: true }, outcome),
      call: null,
    })
    if (!settled) continue
    await ctx.seam('event.committed', about)
    return APPLIED
  }
  return BUSY
}

/** The payment as if the refund were still on its way. */
function notYetRefunded(payment: PaymentRow, { amount }: ActionRow): PaymentRow {
  return { ...payment, refunding: payment.refunding + amount, refunded: payment.refunded - amount }
}

/** The opposite of what an action had come to is told of it. Nothing is moved by that: a person looks at it. */
async function contradict(
  ctx: Context,
  entityKey: number,
  claimed: ClaimedNotification,
  action: ActionRow,
): Promise<End | 'recorded'> {
  return await reported(ctx, entityKey, claimed, (payment) => ({
    id: claimed.id,
    paymentId: payment.id,
    version: payment.version,
    reservations: payment.reservations,
    actionId: null,
    ledgerId: newId(ctx, entityKey),
    ledgerKind: null,
    amount: action.amount,
    code: null,
    review: `the processor tells the opposite of what the ${action.kind} had come to`,
    event: {
      id: newId(ctx, entityKey),
      source: 'sluice',
      type: 'payment_action_contradicted',
      data: actionData(payment, action, action.responseCode ?? '', {}, balancesOf(payment)),
    },
  }))
}

/** Money that came back, and disputes: facts of the bank, that no state of ours can refuse. */
async function report(
  ctx: Context,
  entityKey: number,
  claimed: ClaimedNotification,
  notification: Of<'returned'> | Of<'dispute'>,
): Promise<End | 'recorded'> {
  return await reported(ctx, entityKey, claimed, (payment) =>
    notification.kind === 'returned'
      ? returnOf(ctx, entityKey, claimed.id, payment, notification)
      : disputeOf(ctx, entityKey, claimed.id, payment, notification),
  )
}

/** Records what is made of the payment as it was read, and reads it again when it has moved on. */
async function reported(
  ctx: Context,
  entityKey: number,
  claimed: ClaimedNotification,
  reportOn: (payment: PaymentRow) => Report,
): Promise<End | 'recorded'> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const payment = await paymentOf(ctx, entityKey, claimed)
    if (!payment) return unknown(claimed)
    if (await ctx.store.recordReport(entityKey, reportOn(payment))) {
      await ctx.seam('event.committed', claimed.notification.about)
      return 'recorded'
    }
  }
  return BUSY
}

function returnOf(
  ctx: Context,
  entityKey: number,
  id: string,
  payment: PaymentRow,
  { amount, code }: Of<'returned'>,
): Report {
  const actionId = newId(ctx, entityKey)
  const after = { ...payment, returned: payment.returned + amount }
  return {
    id,
    paymentId: payment.id,
    version: payment.version,
    reservations: payment.reservations,
    actionId,
    ledgerId: newId(ctx, entityKey),
    ledgerKind: 'return',
    amount,
    code,
    review: contradiction(after),
    event: {
      id: newId(ctx, entityKey),
      source: 'gateway',
      type: 'payment_returned',
      data: actionData(payment, { id: actionId, amount, reference: null }, code, {}, balancesOf(after)),
    },
  }
}

/** The money is gone while a dispute is open, and back when it is won or withdrawn. */
const LEDGER_KIND = {
  opened: 'chargeback',
  won: 'chargeback_won',
  canceled: 'chargeback_won',
  lost: null,
  expired: null,
  resolved: null,
} as const satisfies Record<Of<'dispute'>['stage'], Report['ledgerKind']>

const DISPUTE_EVENT = {
  opened: 'dispute_evidence_required',
  won: 'dispute_won',
  canceled: 'dispute_canceled',
  lost: 'dispute_lost',
  expired: 'dispute_expired',
  resolved: 'dispute_resolved',
} as const satisfies Record<Of<'dispute'>['stage'], string>

function disputeOf(
  ctx: Context,
  entityKey: number,
  id: string,
  payment: PaymentRow,
  { dispute, stage, amount, reason }: Of<'dispute'>,
): Report {
  const ledgerKind = LEDGER_KIND[stage]
  const moved = ledgerKind === 'chargeback' ? amount : ledgerKind === 'chargeback_won' ? -amount : 0
  const after = { ...payment, chargedBack: payment.chargedBack + moved }
  const {
    action_id: _,
    response_code: _code,
    response_summary: _summary,
    ...about
  } = actionData(payment, { id: payment.id, amount, reference: null }, reason, {}, balancesOf(after))
  return {
    id,
    paymentId: payment.id,
    version: payment.version,
    reservations: payment.reservations,
    actionId: null,
    ledgerId: newId(ctx, entityKey),
    ledgerKind,
    amount,
    code: null,
    review: contradiction(after),
    event: {
      id: newId(ctx, entityKey),
      source: 'dispute',
      type: DISPUTE_EVENT[stage],
      data: { ...about, id: dispute, payment_id: wireId('payment', payment.id), reason_code: reason },
    },
  }
}

function contradiction({ captured, refunded, returned, chargedBack }: PaymentRow): string | null {
  return refunded + returned + Math.max(0, chargedBack) > captured
    ? 'the bank took back more than is left of what was captured'
    : null
}
