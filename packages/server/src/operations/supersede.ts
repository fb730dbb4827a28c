/**
 * A shopper who left the bank's page for another way to pay: the attempt that waits for him is stopped before the next
 * one begins. Only the processor's definite yes makes room; its "too late" settles the old attempt as approved.
 */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import { ask } from './ask.ts'
import { settlementOf } from './attempt.ts'
import { newId } from './ids.ts'
import { channelOf } from './merchant.ts'
import { manifestOf } from './offer.ts'

/** What is left of submit's twelve seconds must do for the new attempt. */
const CANCEL_DEADLINE_MS = 2_000
const RETRY_S = 5
/** An attempt that was left without the processor's word is asked about again: it may yet be paid. */
const ABANDONED_ASK_S = 60

/**
 * Returns when the session has moved on; the caller reads it again.
 * @throws Problem `payment_session_attempt_pending` when the processor cannot or does not say that it stopped
 */
export async function supersede(
  ctx: Context,
  merchant: Merchant,
  live: PaymentRow,
  deadline: AbortSignal,
): Promise<void> {
  const channel = await channelOf(ctx, merchant, live.channelId)
  const callId = newId(ctx, merchant.entityKey)
  const key = wireId('payment', live.id)
  const leased = await ctx.store.leaseAttempt(merchant.entityKey, {
    id: live.id,
    version: live.version,
    phases: ['authenticating', 'redirected', 'pending'],
    call: { id: callId, kind: 'cancel', key },
  })
  if (!leased) throw new Problem('session_already_in_use', 1)

  const { outcome, call } = await ask<Outcome>(ctx, channel.settings, callId, key, (processor) =>
    processor.cancel(
      {
        entity: wireId('entity', merchant.id),
        channel: wireId('channel', channel.id),
        key,
        at: live.now.toISOString(),
        settings: channel.settings,
        ...(live.reference === null ? {} : { reference: live.reference }),
      },
      AbortSignal.any([deadline, AbortSignal.timeout(CANCEL_DEADLINE_MS)]),
    ),
  )
  const stopped = outcome.kind === 'cancelled' || outcome.kind === 'declined'
  if (stopped || outcome.kind === 'approved' || channel.settings.on_abandoned === 'allow') {
    const decided = stopped || outcome.kind === 'approved' ? outcome : { kind: 'cancelled' as const, facts: {} }
    const settlement = settlementOf(ctx, merchant, live, decided, call, manifestOf(ctx, channel))
    const abandoned = decided !== outcome
    await ctx.store.settleAttempt(merchant.entityKey, {
      ...settlement,
      uncounted: stopped || abandoned,
      ...(abandoned && { askInS: ABANDONED_ASK_S }),
    })
    ctx.wakeJobs()
    return
  }
  await ctx.store.postponeAttempt(merchant.entityKey, {
    id: live.id,
    version: live.version,
    askInS: RETRY_S,
    review: null,
    call,
  })
  throw new Problem('payment_session_attempt_pending', RETRY_S)
}
