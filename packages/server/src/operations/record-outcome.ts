/** What the bank said of an attempt is recorded and answered, and the card kept where that was wanted. */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentSource } from '../store/payments.ts'
import type { Asked } from './ask.ts'
import type { Attempt } from './attempt.ts'
import { newId } from './ids.ts'
import { cardSettings, type PreparedAttempt } from './prepare-attempt.ts'
import { settle } from './settle.ts'
import { openAnswer, storedAnswer, type SubmitAnswer } from './submit-answer.ts'

/**
 * @param repeated the shopper's own repeat of an attempt whose outcome was unknown
 * @throws Problem when the processor was surely never reached: 502, and the identical submit runs afresh
 */
export async function recordOutcome(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  paidWith: Pick<PreparedAttempt, 'card' | 'details'>,
  { outcome: said, call }: Asked<Outcome>,
  repeated: boolean,
): Promise<SubmitAnswer> {
  // That a repeat surely did not leave the house says nothing of the message before it.
  const outcome = repeated && said.kind === 'not_sent' ? { kind: 'unknown' as const, why: said.why } : said
  if (attempt.phase === 'in_doubt' && outcome.kind === 'unknown') {
    const { id, version, leases: lease } = attempt
    const plan = { id, version, lease, askInS: 'as planned' as const, review: null, call }
    await ctx.store.postponeAttempt(merchant.entityKey, plan)
    return await answerOfWinner(ctx, merchant, attempt)
  }
  const source = outcome.kind === 'approved' ? await sourceOfApproved(ctx, merchant, attempt, paidWith) : attempt.source
  const { settled, settlement } = await settle(ctx, merchant, { ...attempt, source }, outcome, call)
  if (!settled) return await answerOfWinner(ctx, merchant, attempt)
  if (outcome.kind === 'not_sent') throw new Problem('processor_unreachable')
  return settlement.answer ? storedAnswer(attempt.id, settlement.answer) : openAnswer(attempt)
}

/** Somebody else may have settled the attempt: what they recorded is the answer. */
export async function answerOfWinner(ctx: Context, merchant: Merchant, attempt: Attempt): Promise<SubmitAnswer> {
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
  // A device's number is good for this payment only.
  if (!card || card.origin !== 'card' || attempt.customerId === null) return attempt.source
  const wish = cardSettings(attempt.request)?.store_payment_details
  if (wish !== 'enabled' && !(wish === 'collect_consent' && details.storeConsent)) return attempt.source
  const { id } = await ctx.vault.keep(merchant.entityKey, card, {
    id: newId(ctx, merchant.entityKey),
    customerId: attempt.customerId,
  })
  return { ...attempt.source, id: wireId('instrument', id) }
}
