/** The bank is asked about an attempt that was remembered, and what it says is recorded. */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentSource } from '../store/payments.ts'
import { ask } from './ask.ts'
import type { Attempt } from './attempt.ts'
import { authorizationOf } from './authorization.ts'
import { newId } from './ids.ts'
import { cardSettings, type PreparedAttempt } from './prepare-attempt.ts'
import { settle } from './settle.ts'
import { openAnswer, storedAnswer, type SubmitAnswer } from './submit-answer.ts'

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
    facts: {},
    reference: null,
    now: begunOn,
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
    const { outcome: said, call } = await ask<Outcome>(ctx, attempt.processor, callId, request.key, (processor) =>
      processor.authorize(request, deadline),
    )
    // That a repeat surely did not leave the house says nothing of the message before it.
    const outcome = repeated && said.kind === 'not_sent' ? { kind: 'unknown' as const, why: said.why } : said
    if (attempt.phase === 'in_doubt' && outcome.kind === 'unknown') {
      const { id, version, leases: lease } = attempt
      const plan = { id, version, lease, askInS: 'as planned' as const, review: null, call }
      await ctx.store.postponeAttempt(merchant.entityKey, plan)
      return await answerOfWinner(ctx, merchant, attempt)
    }
    const source =
      outcome.kind === 'approved' ? await sourceOfApproved(ctx, merchant, attempt, { card, details }) : attempt.source
    const { settled, settlement } = await settle(ctx, merchant, { ...attempt, source }, outcome, call)
    if (!settled) return await answerOfWinner(ctx, merchant, attempt)
    if (outcome.kind === 'not_sent') throw new Problem('processor_unreachable')
    return settlement.answer ? storedAnswer(attempt.id, settlement.answer) : openAnswer(attempt)
  } finally {
    if (card) ctx.vault.forget(card)
  }
}

/** Somebody else may have settled the attempt: what they recorded is the answer. */
async function answerOfWinner(ctx: Context, merchant: Merchant, attempt: Attempt): Promise<SubmitAnswer> {
  const row = await ctx.store.readPayment(merchant.entityKey, { by: 'id', id: attempt.id })
  if (row && row.answer !== null && row.answerStatus !== null) {
    return storedAnswer(attempt.id, { status: row.answerStatus, body: row.answer })
  }
  return openAnswer(attempt)
}

/** The bank has said yes: a card that cannot be kept is a pity, and no reason to lose the payment. */
async function sourceOfApproved(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  paidWith: Pick<PreparedAttempt, 'card' | 'details'>,
): Promise<PaymentSource> {
  try {
    return await keepCard(ctx, merchant, attempt, paidWith)
  } catch (cause) {
    ctx.log.error({ payment: wireId('payment', attempt.id), err: cause }, 'a card could not be kept')
    return attempt.source
  }
}

/** Keeps the card where the merchant asked for it, or left it to the shopper and he agreed. */
async function keepCard(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  { card, details }: Pick<PreparedAttempt, 'card' | 'details'>,
): Promise<PaymentSource> {
  if (!card || card.origin === 'stored' || attempt.customerId === null) return attempt.source
  const wish = cardSettings(attempt.request)?.store_payment_details
  if (wish !== 'enabled' && !(wish === 'collect_consent' && details.storeConsent)) return attempt.source
  const { id } = await ctx.vault.keep(merchant.entityKey, card, {
    id: newId(ctx, merchant.entityKey),
    customerId: attempt.customerId,
  })
  return { ...attempt.source, id: wireId('instrument', id) }
}
