/** The bank is asked about an attempt that was remembered, and what it says is recorded. */
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import { ask } from './ask.ts'
import type { Attempt } from './attempt.ts'
import { runOutside } from './authenticate-attempt.ts'
import { authorizationOf } from './authorization.ts'
import type { PreparedAttempt } from './prepare-attempt.ts'
import { recordOutcome } from './record-outcome.ts'
import { isAuthenticatedByUs } from './sca.ts'
import type { SubmitAnswer } from './submit-answer.ts'

/** @throws Problem when the processor was surely never reached: 502, and the identical submit runs afresh */
export async function runAttempt(
  ctx: Context,
  merchant: Merchant,
  prepared: PreparedAttempt,
  begunOn: Date,
  deadline: AbortSignal,
): Promise<SubmitAnswer> {
  const { record } = prepared
  await ctx.seam('submit.claimed', record.key)
  const attempt: Attempt = {
    id: record.paymentId,
    sessionId: record.sessionId,
    channelId: record.channelId,
    processor: record.processor,
    customerId: record.customerId,
    method: record.method,
    currency: record.currency,
    requested: record.amount,
    request: record.request,
    source: record.source,
    captureOn: record.captureOn === null ? null : new Date(record.captureOn),
    phase: 'sending',
    leases: 1,
    version: 1,
    facts: record.facts,
    reference: null,
    now: begunOn,
  }
  const { card, details } = prepared
  if (card && isAuthenticatedByUs(ctx, record.processor, card)) {
    return await runOutside(ctx, merchant, { card, details }, record.callId, attempt, deadline)
  }
  return await askAndSettle(ctx, merchant, prepared, record.callId, attempt, { deadline })
}

/**
 * Also for an attempt whose outcome is unknown and whose shopper has repeated the request (`repeated`): the same key, so
 * that nothing is done twice.
 */
export async function askAndSettle(
  ctx: Context,
  merchant: Merchant,
  { card, details }: Pick<PreparedAttempt, 'card' | 'details'>,
  callId: string,
  attempt: Attempt,
  { deadline, repeated = false }: { deadline: AbortSignal; repeated?: boolean },
): Promise<SubmitAnswer> {
  try {
    const request = authorizationOf(ctx, merchant, attempt, { card, details })
    const asked = await ask<Outcome>(ctx, attempt.processor, callId, request.key, (processor) =>
      processor.authorize(request, deadline),
    )
    return await recordOutcome(ctx, merchant, attempt, { card, details }, asked, repeated)
  } finally {
    if (card) ctx.vault.forget(card)
  }
}
