/** What is known of an attempt is recorded, whoever learned it: the request, the shopper's return, or the reconciler. */
import { FAILED_PHASES, type PaymentPhase } from '@sluice/core/payment'
import { wireId } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { AnsweredCall, Settlement } from '../store/settlements.ts'
import { type Attempt, type AttemptOutcome, settlementOf } from './attempt.ts'
import { gatewayData } from './event-data.ts'
import { newId } from './ids.ts'

export interface Settled {
  /** False when somebody else was first: the row says what he recorded. */
  settled: boolean
  settlement: Settlement
}

/** @param changes what the caller knows better than the outcome alone */
export async function settle(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  outcome: AttemptOutcome,
  call: AnsweredCall | null,
  changes: Partial<Settlement> = {},
): Promise<Settled> {
  const settlement = { ...settlementOf(ctx, merchant, attempt, outcome, call), ...changes }
  const { settled } = await ctx.store.settleAttempt(merchant.entityKey, settlement)
  const paymentId = wireId('payment', attempt.id)
  if (!settled && outcome.kind === 'approved') await giveBackIfOver(ctx, merchant, attempt.id, outcome.amount)
  await ctx.seam('attempt.settled', paymentId)
  await ctx.seam('event.committed', paymentId)
  ctx.wakeJobs()
  return { settled, settlement }
}

/** The bank holds money for an attempt that somebody else has ended without: it may not stay there. */
async function giveBackIfOver(ctx: Context, merchant: Merchant, paymentId: string, amount: number): Promise<void> {
  const payment = await ctx.store.readPayment(merchant.entityKey, { by: 'id', id: paymentId })
  if (payment && hasFailed(payment.phase)) await giveBack(ctx, merchant, payment, amount, null)
}

function hasFailed(phase: PaymentPhase): boolean {
  return (FAILED_PHASES as readonly PaymentPhase[]).includes(phase)
}

/**
 * Records money that came after the end, and gives it back: the session has, or may get, another payment.
 * @param amount what the bank holds, in minor units
 */
export async function giveBack(
  ctx: Context,
  merchant: Merchant,
  payment: PaymentRow,
  amount: number,
  call: AnsweredCall | null,
): Promise<void> {
  const { entityKey } = merchant
  await ctx.store.recordLateMoney(entityKey, {
    paymentId: payment.id,
    version: payment.version,
    amount,
    actionId: newId(ctx, entityKey),
    ledgerId: newId(ctx, entityKey),
    event: {
      id: newId(ctx, entityKey),
      source: 'sluice',
      type: 'payment_approved_late',
      data: gatewayData(payment),
    },
    call,
  })
  ctx.wakeJobs()
}
