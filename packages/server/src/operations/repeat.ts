/** A request that was made before: the answer it got, the news that it is being worked on, or the rest of the work. */
import { millisecondsOf, wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Manifest } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { Opened } from '../vault/vault.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { pendingAnswer } from './attempt.ts'
import { newId } from './ids.ts'
import { channelOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { cardOf } from './prepare-attempt.ts'
import { askAndSettle } from './run-attempt.ts'
import { storedAnswer, type SubmitAnswer } from './submit-answer.ts'

/** A repeat stops being safe when the processor forgets our key: nothing is sent in the last minutes before that. */
const WINDOW_MARGIN_S = 600

/** @throws Problem `session_already_in_use` while somebody holds the lease */
export async function answerRepeat(
  ctx: Context,
  merchant: Merchant,
  earlier: PaymentRow,
  sealed: Opened,
): Promise<SubmitAnswer> {
  if (earlier.answer !== null && earlier.answerStatus !== null) {
    return {
      status: earlier.answerStatus,
      body: earlier.answer,
      subject: wireId('payment', earlier.id),
      replayed: true,
    }
  }
  if (earlier.leaseLeftS > 0) throw new Problem('session_already_in_use', earlier.leaseLeftS)

  const channel = await channelOf(ctx, merchant, earlier.channelId)
  const details = sealed.ok ? sealed.details : undefined
  if (details && mayAskAgain(ctx, earlier, manifestOf(ctx, channel))) {
    const card = await cardOf(ctx, merchant, earlier.request, details)
    const callId = newId(ctx, merchant.entityKey)
    const leased = await ctx.store.leaseAttempt(merchant.entityKey, {
      id: earlier.id,
      version: earlier.version,
      phases: ['sending', 'in_doubt'],
      call: { id: callId, kind: 'authorize', key: wireId('payment', earlier.id) },
    })
    if (!leased) throw new Problem('session_already_in_use', 1)
    return await askAndSettle(ctx, merchant, { channel, card, details }, callId, earlier, {
      deadline: AbortSignal.timeout(PROCESSOR_DEADLINE_MS),
      repeated: true,
    })
  }
  return storedAnswer(earlier.id, pendingAnswer(earlier))
}

/** Only a processor that knows our key again may hear the same authorization twice. */
function mayAskAgain(ctx: Context, earlier: PaymentRow, manifest: Manifest): boolean {
  if (earlier.phase !== 'sending' && earlier.phase !== 'in_doubt') return false
  if (manifest.class !== 'A') return false
  const ageS = (ctx.now() - millisecondsOf(earlier.id)) / 1000
  return ageS < manifest.idempotencyWindowS - WINDOW_MARGIN_S
}
