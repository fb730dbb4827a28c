/**
 * An attempt on a session: remember, ask, record. What is about to happen is committed, then the bank is asked with
 * nothing held open, then the answer, the new state and its event are committed together. A silence is recorded as
 * `in_doubt`, never guessed.
 */
import { wireId } from '@sluice/core/ids'
import { isFinal } from '@sluice/core/payment'
import { needsUniqueReference } from '@sluice/core/payment-methods'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { refusalOf } from '@sluice/core/submit'
import type { SubmitSessionBody } from '@sluice/core/wire/submit'
import type { Context } from '../context.ts'
import type { Channel, Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Opened } from '../vault/vault.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Caller, channelOf, findChannel, mayUse, merchantOf } from './merchant.ts'
import { openSealed, type Payer, prepareAttempt } from './prepare-attempt.ts'
import { answerRepeat } from './repeat.ts'
import { runAttempt } from './run-attempt.ts'
import { underScenario } from './scenarios.ts'
import type { SubmitAnswer } from './submit-answer.ts'
import { supersede } from './supersede.ts'

/** The session may move between the read and the claim; after this many times something else is wrong. */
const MOST_READS = 5

/**
 * @param sessionId UUID
 * @throws Problem in the order of checks: not found, known nonce, state of the session, `session_data_invalid` …
 * @throws InvalidRequest with every problem of the card, the amounts and the method's rules
 */
export async function submitSession(
  ctx: Context,
  caller: Caller,
  sessionId: string,
  body: SubmitSessionBody,
  payer: Payer,
): Promise<SubmitAnswer> {
  const { entityKey } = caller
  const merchant = await merchantOf(ctx, entityKey)
  const fingerprint = fingerprintOf(ctx, ['submit', sessionId], body)
  const deadline = AbortSignal.timeout(PROCESSOR_DEADLINE_MS)

  // Everything is decided on what was read; the claim refuses it when the session has moved since, and it is read again.
  let refusedVersion: number | undefined
  for (let read = 0; read < MOST_READS; read++) {
    const session = await ctx.store.readSession(entityKey, sessionId)
    if (!session || !mayUse(caller, session.channelId)) throw new Problem('resource_not_found')
    const sealed = await openSealed(ctx, merchant, body.session_data, session.now, wireId('session', sessionId))
    const earlier = await findEarlier(ctx, entityKey, sealed, fingerprint)
    if (earlier) return await answerRepeat(ctx, merchant, earlier, sealed)

    const live = await liveAttempt(ctx, entityKey, session)
    if (live && isFinal(live.phase)) continue
    const refusal = refusalOf({ state: session.state, expired: session.expiresOn <= session.now, live })
    if (refusal) throw new Problem(refusal.code, refusal.retryAfterS)

    const channel = await attemptChannel(ctx, merchant, caller, session, body)
    const wanted = { merchant, channel, session, overrides: body, sealed, fingerprint, payer }
    const prepared = await prepareAttempt(ctx, wanted)
    if (live) {
      await supersede(ctx, merchant, live, deadline, 'stopped-or-watched')
      continue
    }
    if (refusedVersion === session.version) refuseUsedReference(prepared.details.method)
    const directed = await underScenario(ctx, merchant, caller, prepared)
    const { begun, now } = await ctx.store.beginAttempt(entityKey, directed.record)
    if (begun) return await runAttempt(ctx, merchant, directed, now, deadline)
    refusedVersion = session.version
  }
  throw new Problem('session_already_in_use', 1)
}

/** The attempt the session is busy with. */
export async function liveAttempt(ctx: Context, entityKey: number, session: SessionRow) {
  if (session.state !== 'processing' && session.state !== 'action_required') return undefined
  return session.paymentId === null
    ? undefined
    : await ctx.store.readPayment(entityKey, { by: 'id', id: session.paymentId })
}

/**
 * The attempt that an identical request made before.
 * @throws Problem `session_data_invalid` when the sealed details were spent and anything around them differs
 */
export async function findEarlier(
  ctx: Context,
  entityKey: number,
  sealed: Opened,
  fingerprint: string,
): Promise<PaymentRow | undefined> {
  const nonce = sealed.ok ? { nonce: sealed.details.nonce } : {}
  const earlier = await ctx.store.findEarlierAttempt(entityKey, { fingerprint, ...nonce })
  if (earlier && earlier.fingerprint !== fingerprint) throw new Problem('session_data_invalid')
  return earlier
}

/** The session did not move and the details were not spent: what kept an attempt from beginning is its reference. */
export function refuseUsedReference(method: string): void {
  if (needsUniqueReference(method)) throw new InvalidRequest(['reference_invalid'])
}

/** A submit may move its attempt to another channel of the merchant. */
async function attemptChannel(
  ctx: Context,
  merchant: Merchant,
  caller: Caller,
  session: SessionRow,
  body: SubmitSessionBody,
): Promise<Channel> {
  if (body.processing_channel_id === undefined) return await channelOf(ctx, merchant, session.channelId)
  const { channel, code } = await findChannel(ctx, merchant, caller, body.processing_channel_id)
  if (!channel) throw new InvalidRequest([code])
  return channel
}
