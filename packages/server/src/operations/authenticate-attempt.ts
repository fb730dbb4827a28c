/**
 * An attempt whose shopper we authenticate ourselves, outside the processor: ask the authenticator, then authorize with
 * what was proven, or send the shopper to the challenge and let the card wait. All of it is one attempt under one lease;
 * each step is remembered before it is taken.
 */
import { wireId } from '@sluice/core/ids'
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import type { ScaDecision } from '@sluice/core/three-ds/decide-sca'
import type { Authenticated, AuthenticationRequest, MethodCompletion } from '../authenticators/authenticator.ts'
import type { Context } from '../context.ts'
import type { AuthenticationProof, Outcome } from '../processors/processor.ts'
import type { AuthenticationRow } from '../store/authentications.ts'
import type { ChannelSettings, Merchant } from '../store/merchants.ts'
import type { AnsweredCall } from '../store/settlements.ts'
import type { CardRef } from '../vault/card-ref.ts'
import { type Asked, ask, askAuthenticator } from './ask.ts'
import type { Attempt } from './attempt.ts'
import { authorizationOf } from './authorization.ts'
import { metadataOf } from './event-data.ts'
import { newId } from './ids.ts'
import type { PreparedAttempt } from './prepare-attempt.ts'
import { authorizationKeyOf } from './processor-request.ts'
import { answerOfWinner, recordOutcome } from './record-outcome.ts'
import { type AskedThreeDs, hasNoAuthenticator, proofOf, type Standing, scaDecision } from './sca.ts'
import { settle } from './settle.ts'
import { openAnswer, storedAnswer, type SubmitAnswer } from './submit-answer.ts'
import { challengedThreeDs, type Ended, endedEvent, startedEvent, threeDsOf } from './three-ds-object.ts'

/** Leaves the processor its part of the ten seconds. */
const AUTHENTICATION_DEADLINE_MS = 6_000
/** `3DS authentication required` */
const SCA_DEMANDED = '20154'
/** Declines that an authentication mends: the issuer asks for it, or the risk rules do. */
const MENDED_BY_AUTHENTICATION: readonly string[] = [SCA_DEMANDED, '44301']

export interface PaidWith {
  card: CardRef
  details: PreparedAttempt['details']
}

/** An attempt whose authorization has been remembered, and may be sent now. */
interface Cleared {
  attempt: Attempt
  callId: string
  proof?: AuthenticationProof
  /** Claimed in place of an authentication. */
  exemption?: string
  standing: Standing
}

type Step = { cleared: Cleared } | { over: SubmitAnswer }

/**
 * @param callId of the message that was remembered with the attempt: the first one that was decided on
 * @throws Problem when the processor was surely never reached
 */
export async function runOutside(
  ctx: Context,
  merchant: Merchant,
  paidWith: PaidWith,
  callId: string,
  attempt: Attempt,
  deadline: AbortSignal,
): Promise<SubmitAnswer> {
  try {
    const decision = scaDecision(attempt)
    if (decision.do === 'authenticate') {
      const step = await authenticate(ctx, merchant, paidWith, attempt, {
        decision,
        callId,
        softDecline: null,
        deadline,
      })
      return 'over' in step ? step.over : await authorize(ctx, merchant, paidWith, step.cleared, deadline)
    }
    const cleared: Cleared = { attempt, callId, standing: {}, ...claimOf(decision) }
    return await authorize(ctx, merchant, paidWith, cleared, deadline)
  } finally {
    ctx.vault.forget(paidWith.card)
  }
}

function claimOf(decision: ScaDecision): Pick<Cleared, 'exemption'> {
  return decision.do === 'authorize_with_exemption' ? { exemption: decision.exemption } : {}
}

/**
 * The shopper's own repeat of an attempt whose authorization was, or may have been, sent: the same key, and the same proof
 * or claim.
 */
export async function authorizeAgain(
  ctx: Context,
  merchant: Merchant,
  paidWith: PaidWith,
  callId: string,
  attempt: Attempt,
  deadline: AbortSignal,
): Promise<SubmitAnswer> {
  try {
    const { entityKey } = merchant
    const known = await ctx.store.readAuthentication(entityKey, attempt.id)
    const ended = known && recordedEnd(known)
    const proof = ended && proofOf(ended)
    const cleared: Cleared = {
      attempt,
      callId,
      standing: ended ? { ended: { ...ended, amount: known.amount, currency: known.currency } } : {},
      ...(known ? {} : claimOf(scaDecision(attempt))),
      ...(proof && { proof }),
    }
    return await authorize(ctx, merchant, paidWith, cleared, deadline, true)
  } finally {
    ctx.vault.forget(paidWith.card)
  }
}

/** What was decided on; `undefined`: nothing was yet. */
function recordedEnd({ ended, result, answer }: AuthenticationRow): Ended | undefined {
  if (ended === null) return undefined
  return { status: ended, ...(result && { result }), ...(answer && { answer }) }
}

/** Asks the processor, once authenticated, exempt or spared. A decline that asks for authentication gets it, once. */
export async function authorize(
  ctx: Context,
  merchant: Merchant,
  paidWith: PaidWith,
  { attempt, callId, proof, exemption, standing }: Cleared,
  deadline: AbortSignal,
  repeated = false,
): Promise<SubmitAnswer> {
  const { threeDs: _, ...bare } = authorizationOf(ctx, merchant, attempt, paidWith)
  const request = {
    ...bare,
    ...(proof && { authentication: proof }),
    ...(exemption !== undefined && {
      threeDs: { enabled: false, attemptN3d: false, exemption, allowUpgrade: false },
    }),
  }
  const asked = await ask<Outcome>(ctx, attempt.processor, callId, wireId('payment', attempt.id), (processor) =>
    processor.authorize(request, deadline),
  )
  const { outcome, call } = asked
  const demanded = outcome.kind === 'declined' && MENDED_BY_AUTHENTICATION.includes(outcome.code)
  const decision = demanded && scaDecision(attempt, { ...standing, scaDemanded: true })
  if (decision && decision.do === 'authenticate') {
    const step = await authenticate(ctx, merchant, paidWith, attempt, {
      decision,
      callId: null,
      softDecline: call,
      deadline,
    })
    return 'over' in step ? step.over : await authorize(ctx, merchant, paidWith, step.cleared, deadline)
  }
  return await recordOutcome(ctx, merchant, attempt, paidWith, asked, repeated)
}

type ToAuthenticate = Extract<ScaDecision, { do: 'authenticate' }>

interface AuthenticationStep {
  decision: ToAuthenticate
  /** Of the message that was remembered with the attempt; null: this is another one. */
  callId: string | null
  /** The authorization that was declined for want of authentication. */
  softDecline: AnsweredCall | null
  deadline: AbortSignal
}

async function authenticate(
  ctx: Context,
  merchant: Merchant,
  paidWith: PaidWith,
  before: Attempt,
  { decision, callId: first, softDecline, deadline }: AuthenticationStep,
): Promise<Step> {
  const { entityKey } = merchant
  const steppedUp = decision.stepUp
  const wanted = preparedTransId(ctx, entityKey, paidWith) ?? newId(ctx, entityKey)
  const spare = newId(ctx, entityKey)
  const callId = first ?? newId(ctx, entityKey)
  const begun = await ctx.store.beginAuthentication(entityKey, {
    paymentId: before.id,
    version: before.version,
    lease: before.leases,
    transId: wanted,
    spareTransId: spare,
    amount: before.requested,
    currency: before.currency,
    reason: steppedUp ? 'soft_decline' : 'asked',
    event: startedEvent(newId(ctx, entityKey), before, wanted),
    spareEventData: startedEvent(newId(ctx, entityKey), before, spare).data,
    newCallId: first === null ? callId : null,
    key: wireId('payment', before.id),
    call: softDecline,
  })
  if (!begun) return { over: await answerOfWinner(ctx, merchant, before) }
  const attempt: Attempt = { ...before, version: before.version + 1, phase: 'sending' }
  const { transId } = begun

  const request = requestOf(ctx, merchant, attempt, paidWith, transId, { decision, prepared: transId === wanted })
  const signal = AbortSignal.any([deadline, AbortSignal.timeout(AUTHENTICATION_DEADLINE_MS)])
  const asked = hasNoAuthenticator(ctx, attempt.processor)
    ? notAsked(callId)
    : await askAuthenticator<Authenticated>(
        ctx,
        attempt.processor,
        callId,
        wireId('payment', attempt.id),
        (authenticator) => authenticator.authenticate(request, signal),
      )
  if (asked.outcome.kind === 'challenge') {
    const { answer } = asked.outcome
    return { over: await challenge(ctx, merchant, paidWith, attempt, { transId, answer, steppedUp, call: asked.call }) }
  }
  const ended = endedOf(asked.outcome)
  return await conclude(ctx, merchant, attempt, ended, { transId, steppedUp, call: asked.call })
}

/** An authentication that has ended, at once or after a challenge: declined with it, or cleared for the authorization. */
export async function conclude(
  ctx: Context,
  merchant: Merchant,
  before: Attempt,
  ended: Ended,
  {
    transId,
    steppedUp,
    call,
    authenticated = { amount: before.requested, currency: before.currency },
  }: {
    transId: string
    steppedUp: boolean
    call: AnsweredCall | null
    authenticated?: { amount: number; currency: string }
  },
): Promise<Step> {
  const { entityKey } = merchant
  const standing: Standing = { scaDemanded: steppedUp, ended: { ...ended, ...authenticated } }
  const decision = scaDecision(before, standing)
  const goesOn = decision.do !== 'decline' && decision.do !== 'authenticate'
  const downgraded = decision.do === 'authorize' && decision.downgraded
  const threeDs = threeDsOf(before, ended, { downgraded, steppedUp })
  const proof = proofOf(ended)
  const facts = {
    ...before.facts,
    threeDs,
    ...(goesOn && steppedUp && { steppedUp }),
    ...(goesOn && before.facts.challengedByUs && { challengedByUs: false }),
    ...(proof?.eci !== undefined && { eci: proof.eci }),
  }
  const event = endedEvent(newId(ctx, entityKey), before, transId, ended)
  if (!goesOn) {
    const authentication = { ended: ended.status, result: ended.result ?? null }
    const code = decision.do === 'decline' ? decision.code : SCA_DEMANDED
    const eci = facts.eci === undefined ? {} : { eci: facts.eci }
    const over = { kind: 'not_authenticated' as const, code, facts: eci, transId, authentication, event }
    const { settled, settlement } = await settle(ctx, merchant, { ...before, facts }, over, call)
    if (!settled || !settlement.answer) return { over: await answerOfWinner(ctx, merchant, before) }
    return { over: storedAnswer(before.id, settlement.answer) }
  }
  const after: Attempt = { ...before, version: before.version + 1, facts, phase: 'sending' }
  const authorizeId = newId(ctx, entityKey)
  const recorded = await ctx.store.recordAuthentication(entityKey, {
    paymentId: before.id,
    version: before.version,
    lease: before.leases,
    ended: ended.status,
    result: ended.result ?? null,
    facts,
    authorizes: { callId: authorizeId, key: authorizationKeyOf(after) },
    event,
    call,
  })
  if (!recorded) return { over: await answerOfWinner(ctx, merchant, before) }
  return { cleared: { attempt: after, callId: authorizeId, standing, ...(proof && { proof }) } }
}

/** The shopper is sent to the challenge. The card waits under a key of which his browser has one half. */
async function challenge(
  ctx: Context,
  merchant: Merchant,
  { card, details }: PaidWith,
  attempt: Attempt,
  {
    transId,
    answer,
    steppedUp,
    call,
  }: {
    transId: string
    answer: Extract<Authenticated, { kind: 'challenge' }>['answer']
    steppedUp: boolean
    call: AnsweredCall
  },
): Promise<SubmitAnswer> {
  const { entityKey } = merchant
  const { holdShare, card: _card, stored: _stored, ...rest } = details
  const hold = await ctx.vault.holdForChallenge(entityKey, attempt.id, { card, details: rest }, holdShare)
  const { id, version, leases: lease } = attempt
  const kept =
    (await ctx.store.keepHold(entityKey, hold, { version, lease })) &&
    (await ctx.store.keepChallenge(entityKey, { paymentId: id, version, lease, answer }))
  if (!kept) return await answerOfWinner(ctx, merchant, attempt)
  const threeDs = challengedThreeDs(attempt, answer, steppedUp)
  const challenged: Attempt = { ...attempt, facts: { ...attempt.facts, threeDs } }
  const outcome: Outcome = {
    kind: 'action',
    url: `${ctx.config.urls.frames}/3ds/${ctx.vault.urlToken(entityKey, attempt.id, CHALLENGE_TOKEN)}`,
    purpose: 'authentication',
    facts: { challengedByUs: true },
  }
  const { settled, settlement } = await settle(ctx, merchant, challenged, outcome, call, { sid: transId })
  if (!settled) return await answerOfWinner(ctx, merchant, attempt)
  return settlement.answer ? storedAnswer(attempt.id, settlement.answer) : openAnswer(attempt)
}

/** What the tokens of our own URLs are for. */
export const CHALLENGE_TOKEN = 'challenge'
export const RESULT_TOKEN = 'authentication-result'
export const PREPARED_TOKEN = '3ds-prepared'

/** The transaction id under which the method page was opened, if it was one of ours. */
function preparedTransId(ctx: Context, entityKey: number, { details }: PaidWith): string | undefined {
  const token = details.browser?.three_ds?.prepared
  const subject = token === undefined ? undefined : ctx.vault.readUrlToken(token, PREPARED_TOKEN)
  return subject?.entityKey === entityKey ? subject.uuid : undefined
}

function requestOf(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  { card, details }: PaidWith,
  transId: string,
  { decision, prepared }: { decision: ToAuthenticate; prepared: boolean },
): AuthenticationRequest {
  const { request } = attempt
  const { three_ds: method, ...browser } = details.browser ?? {}
  // The page was opened for another transaction id, or for none: as far as this one goes, it was not done.
  const methodCompletion: MethodCompletion = prepared ? (method?.completion ?? 'N') : 'N'
  const { billing, customer, payment_plan } = request as {
    billing?: AuthenticationRequest['billing']
    customer?: AuthenticationRequest['customer']
    payment_plan?: AuthenticationRequest['plan']
  }
  const { merchant_category_code: mcc, merchant_country: country } = attempt.processor as Partial<ChannelSettings>
  const asked = request['3ds'] as AskedThreeDs | undefined
  const exemption = decision.stepUp ? undefined : asked?.exemption
  const indicator = decision.challenge === 'mandated' ? 'challenge_requested_mandate' : asked?.challenge_indicator
  const address = (request['ip_address'] as string | undefined) ?? details.payerAddress
  const { entityKey } = merchant
  const challengeToken = ctx.vault.urlToken(entityKey, attempt.id, CHALLENGE_TOKEN)
  return {
    transId,
    at: attempt.now.toISOString(),
    card,
    amount: attempt.requested,
    currency: attempt.currency,
    paymentType: (request['payment_type'] ?? 'Regular') as AuthenticationRequest['paymentType'],
    methodCompletion,
    ...(indicator !== undefined && { challengeIndicator: indicator }),
    ...(exemption !== undefined && { exemption }),
    merchant: {
      id: wireId('entity', merchant.id),
      name: (request['display_name'] as string | undefined) ?? merchant.name,
      url: new URL(request['success_url'] as string).origin,
      ...(mcc !== undefined && { mcc }),
      ...(country !== undefined && { country }),
    },
    ...(payment_plan && { plan: payment_plan }),
    ...(customer && { customer }),
    ...(billing && { billing }),
    browser,
    ...(address !== undefined && { payerAddress: address }),
    notificationUrl: `${ctx.config.urls.frames}/3ds/${challengeToken}/result`,
    resultUrl: `${ctx.config.urls.api}/3ds/results/${ctx.vault.urlToken(entityKey, attempt.id, RESULT_TOKEN)}`,
    locale: (request['locale'] as string | undefined) ?? DEFAULT_LOCALE,
    metadata: metadataOf(attempt),
  }
}

/** The channel has nobody who authenticates: no message is sent. */
function notAsked(callId: string): Asked<Authenticated> {
  const why = 'nobody authenticates for this channel'
  return {
    outcome: { kind: 'unavailable', why },
    call: { id: callId, sent: 'no', outcome: 'not_offered', exchange: null },
  }
}

function endedOf(outcome: Exclude<Asked<Authenticated>['outcome'], { kind: 'challenge' }>): Ended {
  switch (outcome.kind) {
    case 'decided':
      return { status: outcome.result.status, result: outcome.result }
    case 'not_enrolled':
      return { status: 'not_enrolled', ...(outcome.version !== undefined && { version: outcome.version }) }
    case 'unavailable':
      return { status: 'failed', why: outcome.why, ...(outcome.version !== undefined && { version: outcome.version }) }
    case 'unknown':
    case 'not_sent':
      return { status: 'failed', why: outcome.why }
  }
}
