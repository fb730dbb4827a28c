/**
 * A merchant's server changes a session nobody is paying at this moment: the final amount, another address, a reference.
 * Decided on what was read and written by compare-and-set, as an attempt is begun; so nobody ever pays a sum that was
 * changed under his hands.
 */
import { isFinal } from '@sluice/core/payment'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { updateRefusalOf } from '@sluice/core/submit'
import { inOrder } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { updateSessionProblems } from '@sluice/core/wire/rules'
import type { UpdateSessionBody } from '@sluice/core/wire/update'
import type { Context } from '../context.ts'
import { type Caller, channelOf, mayUse, merchantOf } from './merchant.ts'
import { manifestOf, offerOf } from './offer.ts'
import { findCustomer, type SessionView } from './request-session.ts'
import { liveAttempt } from './submit-session.ts'

/** The session may move between the read and the change; after this many times something else is wrong. */
const MOST_READS = 5

export interface SessionChange {
  changes: UpdateSessionBody
  /** What is wrong with the body already: answered together with what the rules find. */
  problems: readonly string[]
  /** Whether the merchant decided on this version of the session; he did not say = on any. */
  accepts: (version: number) => boolean
}

/**
 * @param sessionId UUID
 * @throws Problem `resource_not_found`; what the state refuses; `payment_session_changed`; `customer_not_found`
 * @throws InvalidRequest with every problem of the body, and of the session as it would be
 */
export async function updateSession(
  ctx: Context,
  caller: Caller,
  sessionId: string,
  { changes, problems, accepts }: SessionChange,
): Promise<SessionView> {
  const { entityKey } = caller
  const merchant = await merchantOf(ctx, entityKey)

  for (let read = 0; read < MOST_READS; read++) {
    const session = await ctx.store.readSession(entityKey, sessionId)
    if (!session || !mayUse(caller, session.channelId)) throw new Problem('resource_not_found')
    const channel = await channelOf(ctx, merchant, session.channelId)
    const codes = updateSessionProblems(session.request, changes, {
      amountRules: manifestOf(ctx, channel.settings),
      refuseCardNumbersInText: ctx.config.refuseCardNumbersInText,
    })
    if (problems.length + codes.length > 0)
      throw new InvalidRequest(inOrder(CreateSessionBody, [...problems, ...codes]))

    const live = await liveAttempt(ctx, entityKey, session)
    if (live && isFinal(live.phase)) continue
    const refusal = updateRefusalOf({ state: session.state, expired: session.expiresOn <= session.now, live })
    if (refusal) throw new Problem(refusal.code, refusal.retryAfterS)
    if (!accepts(session.version)) throw new Problem('payment_session_changed')
    await findCustomer(ctx, entityKey, changes)

    const changed = await ctx.store.updateSession(entityKey, { id: sessionId, version: session.version, changes })
    if (changed) {
      return { merchant, channel, session: changed, methods: await offerOf(ctx, entityKey, channel, changed.request) }
    }
  }
  throw new Problem('session_already_in_use', 1)
}
