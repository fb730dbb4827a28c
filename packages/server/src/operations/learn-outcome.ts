/** What became of an attempt that waits, asked out of turn: its shopper is back, its page polls, its processor has news. */
import { wireId } from '@sluice/core/ids'
import { componentReason } from '@sluice/core/response-codes'
import type { Context } from '../context.ts'
import type { Outcome, Retrieved } from '../processors/processor.ts'
import type { PaymentRow } from '../store/payments.ts'
import { type Asked, ask } from './ask.ts'
import { withOurThreeDs } from './attempt.ts'
import { newId } from './ids.ts'
import { merchantOf } from './merchant.ts'
import { authorizationKeyOf, inquiryOf } from './processor-request.ts'
import { settle } from './settle.ts'
import { isWithUs } from './supersede.ts'

const COMPLETE_DEADLINE_MS = 8_000

/**
 * How far asking got: what the processor says is recorded (`answered`), it said nothing that can be understood (`silent`),
 * or somebody else had the attempt in hand and nothing was asked (`taken`).
 */
export type Learned = 'answered' | 'silent' | 'taken'

/**
 * Asks what became of an attempt that waits for its shopper or for a bank, unless somebody asks already.
 * @param callId of a message to be recorded over the last one of that id; a new one without
 */
export async function learnOutcome(
  ctx: Context,
  entityKey: number,
  waiting: PaymentRow,
  { deadlineMs = COMPLETE_DEADLINE_MS, callId = newId(ctx, entityKey) } = {},
): Promise<Learned> {
  // Its challenge is ours, and ends on our own page: the processor has nothing to say.
  if (isWithUs(waiting)) return 'answered'
  const merchant = await merchantOf(ctx, entityKey)
  const key = authorizationKeyOf(waiting)
  const lease = await ctx.store.leaseAttempt(entityKey, {
    id: waiting.id,
    version: waiting.version,
    leases: waiting.leases,
    phases: ['authenticating', 'redirected', 'pending'],
    call: { id: callId, kind: 'complete', key },
  })
  if (lease === undefined) return 'taken'
  const attempt = { ...waiting, leases: lease }

  const { outcome, call } = await ask<Outcome>(
    ctx,
    attempt.processor,
    callId,
    wireId('payment', waiting.id),
    (processor) => processor.complete(inquiryOf(merchant, attempt), AbortSignal.timeout(deadlineMs)),
  )
  if (isNoNews(attempt, outcome)) {
    // Back, and still nothing decided: the page is open for the shopper until their time is over, as it was planned.
    const { id, version } = attempt
    const facts = outcome.kind === 'pending' ? { facts: withOurThreeDs(attempt, outcome.facts) } : {}
    await ctx.store.postponeAttempt(entityKey, {
      id,
      version,
      lease,
      askInS: 'as planned',
      review: null,
      call,
      ...facts,
    })
  } else await settle(ctx, merchant, attempt, hasLapsed(attempt, outcome) ? { kind: 'lapsed' } : outcome, call)
  return isSilence(outcome) ? 'silent' : 'answered'
}

/** No answer, or none that can be understood: whatever the bank has done, we have not heard of it. */
export function isSilence({ kind }: Asked<Retrieved>['outcome']): boolean {
  return kind === 'unknown' || kind === 'not_sent'
}

/** Whether an attempt that waits goes on waiting after this answer. */
export function isNoNews({ phase }: PaymentRow, { kind }: Asked<Outcome>['outcome']): boolean {
  if (phase === 'pending' && (kind === 'pending' || kind === 'unknown')) return true
  return kind === 'action' || kind === 'not_sent'
}

/** The bank ended it for want of an answer first, and says so: nobody declined anything. */
export function hasLapsed({ phase }: PaymentRow, outcome: Asked<Retrieved>['outcome']): boolean {
  const waited = phase === 'redirected' || phase === 'pending'
  return waited && outcome.kind === 'declined' && componentReason(outcome.code) === 'payment_expired'
}
