/** A request that was made before: the answer it got, the news that it is being worked on, or the rest of the work. */
import { millisecondsOf, wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { CardRef } from '../vault/card-ref.ts'
import type { Opened, OpenedDetails } from '../vault/vault.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { newId } from './ids.ts'
import { manifestOf } from './offer.ts'
import { authorizeAgain, runOutside } from './authenticate-attempt.ts'
import { cardOf } from './prepare-attempt.ts'
import { authorizationKeyOf } from './processor-request.ts'
import { isAuthenticatedByUs } from './sca.ts'
import { askAndSettle } from './run-attempt.ts'
import { WINDOW_MARGIN_S } from './schedule.ts'
import { openAnswer, storedAnswer, type SubmitAnswer } from './submit-answer.ts'

/** @throws Problem `session_already_in_use` while somebody holds the lease */
export async function answerRepeat(
  ctx: Context,
  merchant: Merchant,
  earlier: PaymentRow,
  sealed: Opened,
): Promise<SubmitAnswer> {
  const { id, answer, answerStatus } = earlier
  if (answer !== null && answerStatus !== null) {
    return { ...storedAnswer(id, { status: answerStatus, body: answer }), replayed: true }
  }
  if (earlier.leaseLeftS > 0) throw new Problem('session_already_in_use', waitS(earlier))
  if (!sealed.ok || !mayAskAgain(ctx, earlier)) return openAnswer(earlier)

  const { details } = sealed
  const had = await cardAgain(ctx, merchant, earlier, details)
  if (!had) return openAnswer(earlier)
  const { card } = had
  const callId = newId(ctx, merchant.entityKey)
  const outside = isAuthenticatedByUs(ctx, earlier.processor, card)
  const sent = !outside || (await ctx.store.wasAuthorizationBegun(merchant.entityKey, id))
  const kind = sent ? 'authorize' : 'authenticate'
  const lease = await ctx.store.leaseAttempt(merchant.entityKey, {
    id,
    version: earlier.version,
    leases: earlier.leases,
    phases: ['sending', 'in_doubt'],
    call: { id: callId, kind, key: authorizationKeyOf(earlier) },
  })
  if (lease === undefined) throw new Problem('session_already_in_use', 1)
  const deadline = AbortSignal.timeout(PROCESSOR_DEADLINE_MS)
  const attempt = { ...earlier, leases: lease }
  if (outside && card) {
    const goOn = sent ? authorizeAgain : runOutside
    return await goOn(ctx, merchant, { card, details }, callId, attempt, deadline)
  }
  return await askAndSettle(ctx, merchant, { card, details }, callId, attempt, { deadline, repeated: true })
}

/**
 * The card of an attempt that was begun with it; `undefined` when it cannot be had any more: a wallet's token that is too
 * old by now, keys that cannot be fetched, a stored card that is gone. That refuses nothing: the bank may hold the money.
 */
async function cardAgain(
  ctx: Context,
  merchant: Merchant,
  { id, processor, request }: PaymentRow,
  details: OpenedDetails,
): Promise<{ card: CardRef | undefined } | undefined> {
  try {
    return { card: await cardOf(ctx, merchant, processor, request, details) }
  } catch (cause) {
    if (!(cause instanceof InvalidRequest || cause instanceof Problem)) throw cause
    ctx.log.info({ payment: wireId('payment', id), err: cause }, 'an attempt in doubt is not sent again: no card')
    return undefined
  }
}

/** Whoever took the lease over only asks what became of the attempt: that is a matter of seconds. */
const TAKEN_OVER_WAIT_S = 2

function waitS({ leases, leaseLeftS }: PaymentRow): number {
  return leases > 1 ? Math.min(leaseLeftS, TAKEN_OVER_WAIT_S) : leaseLeftS
}

/** Only a processor that knows our key again may hear the same authorization twice. */
function mayAskAgain(ctx: Context, earlier: PaymentRow): boolean {
  const manifest = manifestOf(ctx, earlier.processor)
  if (earlier.phase !== 'sending' && earlier.phase !== 'in_doubt') return false
  if (manifest.class !== 'A') return false
  const ageS = (ctx.now() - millisecondsOf(earlier.id)) / 1000
  return ageS < manifest.idempotencyWindowS - WINDOW_MARGIN_S
}
