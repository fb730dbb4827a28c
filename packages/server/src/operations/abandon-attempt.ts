/**
 * A shopper who left the bank's page pays another way, on another session: a shop that starts without one makes a new
 * session for each attempt. The submit that would supersede the old attempt never comes, so it is stopped by itself.
 */
import { isFinal } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import { refusalOf } from '@sluice/core/submit'
import type { Context } from '../context.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { type Caller, mayUse, merchantOf } from './merchant.ts'
import { liveAttempt } from './submit-session.ts'
import { supersede } from './supersede.ts'

/** The session may move between two reads; after this many times something else is wrong. */
const MOST_READS = 5

/**
 * Returns when no attempt of the session can be approved any more.
 * @param sessionId UUID
 * @throws Problem `resource_not_found`, `payment_session_already_completed`, `session_already_in_use` while the attempt
 *   is being sent or somebody else asks about it, `payment_session_attempt_pending` while nobody knows that it stopped
 */
export async function abandonAttempt(ctx: Context, caller: Caller, sessionId: string): Promise<void> {
  const { entityKey } = caller
  const merchant = await merchantOf(ctx, entityKey)
  const deadline = AbortSignal.timeout(PROCESSOR_DEADLINE_MS)

  for (let read = 0; read < MOST_READS; read++) {
    const session = await ctx.store.readSession(entityKey, sessionId)
    if (!session || !mayUse(caller, session.channelId)) throw new Problem('resource_not_found')
    const live = await liveAttempt(ctx, entityKey, session)
    if (live && isFinal(live.phase)) continue
    if (!live && session.state !== 'completed') return

    // An attempt that waits may be stopped also when the session's time is over.
    const refusal = refusalOf({ state: session.state, expired: false, live })
    if (refusal) throw new Problem(refusal.code, refusal.retryAfterS)
    if (live) await supersede(ctx, merchant, live, deadline, 'stopped')
  }
  throw new Problem('session_already_in_use', 1)
}
