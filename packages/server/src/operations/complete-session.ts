/** Session and attempt in one call, for shops that start without a session: everything of create and of submit. */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import { inOrder } from '@sluice/core/wire/codes'
import { completeSessionProblems } from '@sluice/core/wire/rules'
import { CompleteSessionBody } from '@sluice/core/wire/submit'
import type { Context } from '../context.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Caller, merchantOf } from './merchant.ts'
import { openSealed, type Payer, prepareAttempt } from './prepare-attempt.ts'
import { answerRepeat } from './repeat.ts'
import { newSession, sessionChannel } from './request-session.ts'
import { underScenario } from './scenarios.ts'
import { runAttempt } from './run-attempt.ts'
import type { SubmitAnswer } from './submit-answer.ts'
import { findEarlier, refuseUsedReference } from './submit-session.ts'

/**
 * @param problems what the schema found wrong with the body: answered together with what the rules find
 * @returns the answer of submit with the session's id and secret. The secret is derived, never stored: it is added to the stored
 * bytes, the same way for the first answer and for every repeat.
 */
export async function completeSession(
  ctx: Context,
  caller: Caller,
  body: CompleteSessionBody,
  problems: readonly string[],
  payer: Payer,
): Promise<SubmitAnswer> {
  const { entityKey } = caller
  const merchant = await merchantOf(ctx, entityKey)
  const channel = await sessionChannel(ctx, merchant, caller, body, (options) =>
    inOrder(CompleteSessionBody, [...problems, ...completeSessionProblems(body, options)]),
  )
  const { session_data, ...request } = body
  const fingerprint = fingerprintOf(ctx, ['complete'], body)
  const deadline = AbortSignal.timeout(PROCESSOR_DEADLINE_MS)
  const now = await ctx.store.entityNow(entityKey)
  const sealed = await openSealed(ctx, merchant, session_data, now)
  const repeat = async () => {
    const earlier = await findEarlier(ctx, entityKey, sealed, fingerprint)
    if (!earlier) return undefined
    return withSession(ctx, entityKey, earlier.sessionId, await answerRepeat(ctx, merchant, earlier, sealed))
  }
  const known = await repeat()
  if (known) return known

  const session = newSession(ctx, entityKey, channel, request)
  const payment = await prepareAttempt(ctx, {
    merchant,
    channel,
    session: { ...session, version: 1, now },
    overrides: { session_data },
    sealed,
    fingerprint,
    payer,
  })
  const prepared = await underScenario(ctx, merchant, caller, payment)
  const { begun, now: begunOn } = await ctx.store.beginCompletion(entityKey, { session, attempt: prepared.record })
  if (!begun) {
    const other = await repeat()
    if (other) return other
    refuseUsedReference(prepared.details.method)
    throw new Problem('session_already_in_use', 1)
  }
  return withSession(ctx, entityKey, session.id, await runAttempt(ctx, merchant, prepared, begunOn, deadline))
}

function withSession(ctx: Context, entityKey: number, sessionId: string, answer: SubmitAnswer): SubmitAnswer {
  const body: unknown = JSON.parse(answer.body)
  return {
    ...answer,
    body: JSON.stringify({
      ...(body as object),
      payment_session_id: wireId('session', sessionId),
      payment_session_secret: ctx.vault.sessionSecret(entityKey, sessionId),
    }),
  }
}
