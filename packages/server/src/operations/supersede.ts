/**
 * A shopper who left the bank's page for another way to pay: the attempt that waits for them is stopped before the next
 * one begins, on the same session or on another. Only the processor's definite yes makes room; its "too late" settles
 * the old attempt as approved.
 */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import { isAskedByKey, type Outcome } from '../processors/processor.ts'
import type { ChannelSettings, Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import { ask } from './ask.ts'
import { newId } from './ids.ts'
import { manifestOf } from './offer.ts'
import { authorizationKeyOf, inquiryOf } from './processor-request.ts'
import { settle } from './settle.ts'

/** What is left of submit's twelve seconds must do for the new attempt. */
const CANCEL_DEADLINE_MS = 2_000
const RETRY_S = 5
/** An attempt that was left without the processor's word is asked about again: it may yet be paid. */
const ABANDONED_ASK_S = 60

/**
 * Returns when the session has moved on; the caller reads it again.
 * @param leave `stopped-or-watched`: where the operator allows it, an attempt of which the processor does not say that
 *   it stopped is left all the same, and watched; `stopped`: never
 * @throws Problem `payment_session_attempt_pending` when the processor cannot or does not say that it stopped
 */
export async function supersede(
  ctx: Context,
  merchant: Merchant,
  waiting: PaymentRow,
  deadline: AbortSignal,
  leave: 'stopped' | 'stopped-or-watched',
): Promise<void> {
  if (isWithUs(waiting)) return await stopAuthentication(ctx, merchant, waiting)
  const callId = newId(ctx, merchant.entityKey)
  const key = authorizationKeyOf(waiting)
  const lease = await ctx.store.leaseAttempt(merchant.entityKey, {
    id: waiting.id,
    version: waiting.version,
    leases: waiting.leases,
    phases: ['authenticating', 'redirected', 'pending'],
    call: { id: callId, kind: 'cancel', key },
  })
  if (lease === undefined) throw new Problem('session_already_in_use', 1)
  const attempt = { ...waiting, leases: lease }

  const { outcome, call } = await ask<Outcome>(
    ctx,
    attempt.processor,
    callId,
    wireId('payment', waiting.id),
    (processor) =>
      processor.cancel(
        inquiryOf(merchant, attempt),
        AbortSignal.any([deadline, AbortSignal.timeout(CANCEL_DEADLINE_MS)]),
      ),
  )
  if (outcome.kind === 'cancelled') {
    await settle(ctx, merchant, attempt, outcome, call, { uncounted: 'superseded' })
    return
  }
  if (outcome.kind === 'approved' || outcome.kind === 'declined') {
    await settle(ctx, merchant, attempt, outcome, call)
    return
  }
  if (leave === 'stopped-or-watched' && mayAbandon(ctx, attempt)) {
    const left = { uncounted: 'superseded' as const, askInS: ABANDONED_ASK_S, lease }
    await settle(ctx, merchant, attempt, { kind: 'cancelled', facts: {} }, call, left)
    return
  }
  const { id, version } = attempt
  await ctx.store.postponeAttempt(merchant.entityKey, { id, version, lease, askInS: 'as planned', review: null, call })
  throw new Problem('payment_session_attempt_pending', RETRY_S)
}

/**
 * The shopper is in a challenge of ours: the processor has never heard of the attempt, or has declined it. A processor may
 * hold a challenge of its own where we authenticate: of a card in a wallet that it alone opens.
 */
export function isWithUs({ phase, facts }: Pick<PaymentRow, 'phase' | 'facts'>): boolean {
  return phase === 'authenticating' && facts.challengedByUs === true
}

/** Nobody has to be asked: without us the card that waits is of no use to anybody. */
async function stopAuthentication(ctx: Context, merchant: Merchant, waiting: PaymentRow): Promise<void> {
  const { id, version, leases } = waiting
  const lease = await ctx.store.leaseAttempt(merchant.entityKey, { id, version, leases, phases: ['authenticating'] })
  if (lease === undefined) throw new Problem('session_already_in_use', 1)
  await settle(ctx, merchant, { ...waiting, leases: lease }, { kind: 'cancelled', facts: {} }, null, {
    uncounted: 'superseded',
    lease,
  })
}

/** Only where the operator allows it, and the processor can be asked later whether it was paid after all. */
function mayAbandon(ctx: Context, { processor }: PaymentRow): boolean {
  const allowed = (processor as Partial<ChannelSettings>).on_abandoned === 'allow'
  return allowed && isAskedByKey(manifestOf(ctx, processor))
}
