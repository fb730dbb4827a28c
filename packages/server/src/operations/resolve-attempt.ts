/**
 * What became of an attempt nobody has an answer for? The reconciler only asks: it never sends an authorization again,
 * the card is gone by then. How it asks, and what silence means, follows from the processor's class.
 */
import { wireId } from '@sluice/core/ids'
import { isFinal, mayMove } from '@sluice/core/payment'
import type { Context } from '../context.ts'
import {
  type ActionOutcome,
  isAskedByKey,
  type Manifest,
  type Outcome,
  type Processor,
  type ProcessorFacts,
  type Retrieved,
} from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { AnsweredCall } from '../store/settlements.ts'
import { type Asked, ask } from './ask.ts'
import { type AttemptOutcome, NOT_AUTHENTICATED_CODE, settlementOf, withOurThreeDs } from './attempt.ts'
import { newId } from './ids.ts'
import { hasDays, lateMoneyUntil } from './late-money.ts'
import { hasLapsed, isSilence } from './learn-outcome.ts'
import { merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { authorizationKeyOf, inquiryOf } from './processor-request.ts'
import { authenticatesOutside } from './sca.ts'
import { expireAuthentication } from './finish-authentication.ts'
import { isWithUs } from './supersede.ts'
import { HOURLY_S, LONG_WAIT_S, nextAskInS, REVERSAL_WAIT_S, REVIEW_AFTER_FAILURES } from './schedule.ts'
import { chosenFor } from './scenarios.ts'
import { giveBack, settle } from './settle.ts'

const INQUIRY_DEADLINE_MS = 5_000
const SECONDS_PER_DAY = 86_400
/** Nobody waits for an attempt that was left: its first questions are spared. */
const ABANDONED_FIRST_TURN = 3

interface Turn {
  ctx: Context
  merchant: Merchant
  manifest: Manifest
  payment: PaymentRow
}

/** Over, because its time was or somebody stopped it: a bank that had it may say yes all the same. */
export function mayBePaidLate({
  phase,
  responseCode,
  facts,
}: Pick<PaymentRow, 'phase' | 'responseCode' | 'facts'>): boolean {
  const challengeWasLeft = phase === 'declined' && responseCode === NOT_AUTHENTICATED_CODE && !facts.challengedByUs
  return phase === 'cancelled' || phase === 'expired' || challengeWasLeft
}

/** One turn for one attempt that is due. `paymentId`: UUID. */
export async function resolveAttempt(ctx: Context, entityKey: number, paymentId: string): Promise<void> {
  const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: paymentId })
  if (!payment || payment.leaseLeftS > 0) return
  const merchant = await merchantOf(ctx, entityKey)
  const turn: Turn = { ctx, merchant, manifest: manifestOf(ctx, payment.processor), payment }

  if (isFinal(payment.phase)) return await watchForLateMoney(turn)
  if (payment.phase === 'reversing') return await reverse(turn)
  if (isWithUs(payment)) return await expireAuthentication(ctx, merchant, payment)
  if (await wasNeverSent(turn)) return await endUnsent(turn)
  if (payment.phase === 'authenticating' || payment.phase === 'redirected') return await endShoppersTime(turn)
  if (hasRunOut(payment)) return await endShoppersTime(turn)
  switch (turn.manifest.class) {
    case 'A':
    case 'B':
      return await inquire(turn)
    case 'C':
      return payment.phase === 'pending' ? await waitToBeTold(turn) : await giveUpWhenOld(turn)
    case 'D':
      return await waitToBeTold(turn)
  }
}

/** The server died while the shopper was being authenticated: nothing has reached the processor, and the card is gone. */
async function wasNeverSent({ ctx, merchant, payment }: Turn): Promise<boolean> {
  if (payment.phase !== 'sending' || !authenticatesOutside(ctx, payment.processor)) return false
  return !(await ctx.store.wasAuthorizationBegun(merchant.entityKey, payment.id))
}

/** Under a lease of our own, so that whoever had the one before can begin no authorization any more. */
async function endUnsent(turn: Turn): Promise<void> {
  const { ctx, merchant, payment } = turn
  const { id, version, leases } = payment
  const lease = await ctx.store.leaseAttempt(merchant.entityKey, { id, version, leases, phases: ['sending'] })
  if (lease === undefined) return
  const held = { ...turn, payment: { ...payment, leases: lease } }
  await settleOrPostpone(held, { kind: 'not_sent', why: 'the authentication was not finished' }, null)
}

/** Classes A and B: the processor is asked by our key. "Not found" is believed when it is old, and then made sure of. */
async function inquire(turn: Turn): Promise<void> {
  const { payment, manifest } = turn
  const asked = await send<Retrieved>(turn, 'retrieve', (processor, request, signal) =>
    processor.retrieve(request, signal),
  )
  if (!asked) return
  const { outcome, call, held } = asked
  if (outcome.kind === 'not_found') {
    if (ageS(payment) < manifest.notFoundFinalAfterS) return await postpone(held, call)
    return await settleOrPostpone(held, { kind: 'undoing' }, call)
  }
  if (hasLapsed(payment, outcome)) return await settleOrPostpone(held, { kind: 'lapsed' }, call)
  if (isSilence(outcome)) return await postpone(held, call, { askInS: soonerS(payment) })
  return await settleOrPostpone(held, outcome, call)
}

/** Class C: it can only be told to undo, once its answer can no longer be on the way. */
async function giveUpWhenOld(turn: Turn): Promise<void> {
  const youngS = REVERSAL_WAIT_S - ageS(turn.payment)
  if (youngS > 0) return await postpone(turn, null, { askInS: youngS })
  return await settleOrPostpone(turn, { kind: 'undoing' }, null)
}

/** It cannot be asked, but it says by itself what came of a payment that its shopper, or a bank, has time for. */
async function waitToBeTold(turn: Turn): Promise<void> {
  const { phase, deadlineOn, now } = turn.payment
  if (phase !== 'pending' || deadlineOn === null || deadlineOn <= now) return await leaveToAPerson(turn)
  await postpone(turn, null, { askInS: (deadlineOn.getTime() - now.getTime()) / 1000 })
}

/** Neither asked nor told: a settlement file or a person will know. */
async function leaveToAPerson(turn: Turn): Promise<void> {
  await postpone(turn, null, { askInS: HOURLY_S, review: 'outcome unknown: the processor cannot be asked about it' })
}

/** The challenge or bank page was left. It is stopped first: what cannot be paid any more has expired. */
async function endShoppersTime(turn: Turn): Promise<void> {
  const asked = await send<Outcome>(turn, 'cancel', (processor, request, signal) => processor.cancel(request, signal))
  if (!asked) return
  const { outcome, call, held } = asked
  const { payment } = held
  if (outcome.kind === 'cancelled' || hasLapsed(payment, outcome)) {
    return await settleOrPostpone(held, { kind: 'lapsed' }, call)
  }
  if (outcome.kind === 'approved' || outcome.kind === 'declined') return await settleOrPostpone(held, outcome, call)
  const stuck = held.payment.asked + 1 >= REVIEW_AFTER_FAILURES
  await postpone(
    held,
    call,
    stuck ? { review: 'the shopper left, and the processor does not say that it stopped' } : {},
  )
}

/** An attempt that waits for its shopper without a page of the bank: the time they were given is over. */
function hasRunOut({ phase, facts, deadlineOn, now }: PaymentRow): boolean {
  return phase === 'pending' && facts.nextStep !== undefined && deadlineOn !== null && deadlineOn <= now
}

/**
 * An attempt that ended without money, by its shopper's choice or for want of time, and that a bank may approve all the
 * same. Then the money is given back: the session has, or may get, another payment. It is watched for as long as its
 * method gives its shopper, and the banks after him; news of it are looked into whenever they come. What was asked and not
 * answered is asked again: only the processor's word ends it.
 */
async function watchForLateMoney(turn: Turn): Promise<void> {
  const asked = await send<Retrieved>(turn, 'retrieve', (processor, request, signal) =>
    isAskedByKey(turn.manifest) ? processor.retrieve(request, signal) : processor.complete(request, signal),
  )
  if (!asked) return
  const { outcome, call, held } = asked
  const { payment } = held
  if (outcome.kind === 'approved') return await giveBack(held.ctx, held.merchant, payment, outcome.amount, call)
  const isUnheardOf = outcome.kind === 'not_found' && ageS(payment) >= held.manifest.notFoundFinalAfterS
  const isStopped = outcome.kind === 'declined' || outcome.kind === 'cancelled' || isUnheardOf
  if (isStopped) return await postpone(held, call, { askInS: null })
  const isSilent = isSilence(outcome)
  if (payment.now.getTime() < lateMoneyUntil(payment)) {
    const soon = isSilent || (ageS(payment) < SECONDS_PER_DAY && !hasDays(payment.method))
    return await postpone(held, call, {
      askInS: soon ? nextAskInS(payment.asked + ABANDONED_FIRST_TURN) : LONG_WAIT_S,
    })
  }
  await postpone(held, call, isSilent ? { askInS: LONG_WAIT_S, review: NOT_KNOWN_TO_HAVE_STOPPED } : { askInS: null })
}

const NOT_KNOWN_TO_HAVE_STOPPED = 'the payment was left, and the processor does not say what became of it'

/** Store and forward: the reversal is repeated until it is acknowledged. */
async function reverse(turn: Turn): Promise<void> {
  const { payment } = turn
  const asked = await send<ActionOutcome>(turn, 'reverse', (processor, request, signal) =>
    processor.reverse(
      {
        ...request,
        of: authorizationKeyOf(payment),
        amount: payment.requested,
        currency: payment.currency,
      },
      signal,
    ),
  )
  if (!asked) return
  const { outcome, call, held } = asked
  if (outcome.kind === 'succeeded') return await settleOrPostpone(held, { kind: 'undone' }, call)
  const stuck = payment.asked + 1 >= REVIEW_AFTER_FAILURES
  return await postpone(held, call, {
    askInS: stuck ? HOURLY_S : nextAskInS(payment.asked + 1),
    review: stuck ? 'the processor does not acknowledge the reversal' : null,
  })
}

type Question<Answer> = (
  processor: Processor,
  request: Parameters<Processor['retrieve']>[0],
  signal: AbortSignal,
) => Promise<Answer>

/** Takes the lease, remembers the message and asks; `undefined` when somebody else looks after the attempt by now. */
async function send<Answer extends { kind: string }>(
  turn: Turn,
  kind: 'retrieve' | 'cancel' | 'reverse',
  question: Question<Answer>,
): Promise<(Asked<Answer> & { held: Turn }) | undefined> {
  const { ctx, merchant, payment } = turn
  const callId = newId(ctx, merchant.entityKey)
  const paymentId = wireId('payment', payment.id)
  // A reversal is a message of its own; the others are about the one that went before.
  const ofAuthorization = authorizationKeyOf(payment)
  const key = kind === 'reverse' ? `${ofAuthorization}_reversal` : ofAuthorization
  const lease = await ctx.store.leaseAttempt(merchant.entityKey, {
    id: payment.id,
    version: payment.version,
    leases: payment.leases,
    phases: [payment.phase],
    call: { id: callId, kind, key },
  })
  if (lease === undefined) return undefined
  const request = { ...inquiryOf(merchant, payment), key }
  const asked = await ask<Answer>(ctx, payment.processor, callId, paymentId, (processor) =>
    question(processor, request, AbortSignal.timeout(INQUIRY_DEADLINE_MS)),
  )
  return { ...asked, held: { ...turn, payment: { ...payment, leases: lease } } }
}

/** An answer that leads nowhere from here (still pending, still with the shopper) is no news: it is asked again later. */
async function settleOrPostpone(turn: Turn, outcome: AttemptOutcome, call: AnsweredCall | null): Promise<void> {
  const { ctx, merchant, payment } = turn
  if (!mayMove(payment.phase, settlementOf(ctx, merchant, payment, outcome, call).phase)) {
    return await postpone(turn, call, 'facts' in outcome ? { facts: withOurThreeDs(payment, outcome.facts) } : {})
  }
  const { settled } = await settle(ctx, merchant, payment, outcome, call)
  if (!settled) ctx.log.info({ payment: wireId('payment', payment.id) }, 'somebody else settled the attempt first')
}

async function postpone(
  { ctx, merchant, payment }: Turn,
  call: AnsweredCall | null,
  when: { askInS?: number | null; review?: string | null; facts?: ProcessorFacts } = {},
): Promise<void> {
  // `asked` counts the postponements: the first question was this attempt's turn 1, the next is its turn asked + 2.
  const { askInS = patience(payment), review = null, facts } = when
  await ctx.store.postponeAttempt(merchant.entityKey, {
    id: payment.id,
    version: payment.version,
    lease: payment.leases,
    askInS: askInS === null ? null : spread(ctx, merchant, payment, askInS),
    review,
    call,
    ...(facts && { facts }),
  })
}

/** One whose shopper, or whose bank, has days to go is asked every few hours. */
function patience(payment: PaymentRow): number {
  const { phase, deadlineOn, requestedOn } = payment
  const givenS = deadlineOn === null ? 0 : (deadlineOn.getTime() - requestedOn.getTime()) / 1000
  return phase === 'pending' && givenS >= SECONDS_PER_DAY ? LONG_WAIT_S : soonerS(payment)
}

/** Also one that has days, when the processor did not answer: nobody knows what it would have said. */
function soonerS({ asked }: PaymentRow): number {
  return nextAskInS(asked + 2)
}

/** Up to a tenth later, so that attempts that fell silent together are not asked about together. */
function spread(ctx: Context, merchant: Merchant, payment: PaymentRow, askInS: number): number {
  const choice = ctx.random(merchant.seed, chosenFor(payment), `ask ${payment.asked}`)
  return askInS * (1 + (choice / 2 ** 32) * 0.1)
}

/** Seconds of the merchant's time since the last thing that is known of the attempt. */
function ageS(payment: PaymentRow): number {
  return (payment.now.getTime() - (payment.processedOn ?? payment.requestedOn).getTime()) / 1000
}
