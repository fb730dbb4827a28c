/**
 * The end of a challenge that we hold: the shopper's browser brings its half of the key to the card that waits. What the
 * challenge came to is believed from the authenticator alone, never from the browser.
 */
import { wireId } from '@sluice/core/ids'
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import { Problem } from '@sluice/core/problems'
import type { AuthenticationResult } from '../authenticators/authenticator.ts'
import type { Context } from '../context.ts'
import type { AuthenticationRow } from '../store/authentications.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { OpenedDetails } from '../vault/vault.ts'
import { PROCESSOR_DEADLINE_MS, theAuthenticator } from './ask.ts'
import { authorize, CHALLENGE_TOKEN, conclude, type PaidWith, RESULT_TOKEN } from './authenticate-attempt.ts'
import { merchantOf } from './merchant.ts'
import { landingOf } from './landing-url.ts'
import { scaDecision } from './sca.ts'
import { isWithUs } from './supersede.ts'
import type { Ended } from './three-ds-object.ts'

/** How long a result is waited for that had not come when the shopper was back. Real time. */
const RESULT_WAIT_S = 30
const ASK_DEADLINE_MS = 5_000

/**
 * What the page of a challenge needs. `landing`: the attempt has gone on without it. Neither: the challenge has ended, and
 * the card waits for the browser's half of its key. `back`: where the shopper finds the shop, whatever becomes of it.
 */
export interface ShownChallenge {
  locale: string
  back: string
  /** Until the attempt's own deadline. */
  seconds: number
  challenge?: { url: string; creq: string; size: string }
  landing?: string
}

/** @throws Problem `resource_not_found` for a token that we never made */
export async function showChallenge(ctx: Context, token: string): Promise<ShownChallenge> {
  const { entityKey, payment } = await paymentOf(ctx, token, CHALLENGE_TOKEN)
  const locale = (payment.request['locale'] as string | undefined) ?? DEFAULT_LOCALE
  const { phase, deadlineOn, leaseLeftS, now } = payment
  const seconds = deadlineOn === null ? 0 : Math.max(0, Math.ceil((deadlineOn.getTime() - now.getTime()) / 1000))
  const shown = { locale, back: await landingOf(ctx, entityKey, payment), seconds }
  const isSent = phase === 'sending' && leaseLeftS > 0
  const waits = isWithUs(payment) && !isOver(payment)
  if (!waits) return isSent ? shown : { ...shown, landing: shown.back }
  const known = await ctx.store.readAuthentication(entityKey, payment.id)
  if (known?.result || typeof known?.returnedAgoS === 'number') return shown
  const challenge = known?.answer?.challenge
  return challenge ? { ...shown, challenge } : { ...shown, landing: shown.back }
}

/** The shopper is back from the challenge: its result is waited for from now on. */
export async function returnFromChallenge(ctx: Context, token: string): Promise<void> {
  const { entityKey, payment } = await paymentOf(ctx, token, CHALLENGE_TOKEN)
  if (isWithUs(payment)) await ctx.store.markReturned(entityKey, payment.id)
}

/** `waiting`: the result has not come yet, or somebody works on the attempt: ask again in a moment. */
export type Finished = { waiting: true } | { landing: string }

/**
 * Goes on with the attempt, once what the challenge came to is known: authorizes it, or declines it.
 * @param share the browser's half, base64url
 * @throws Problem `resource_not_found` for a token that we never made, or a share that does not open the card
 */
export async function finishAuthentication(ctx: Context, token: string, share: string): Promise<Finished> {
  const { entityKey, payment } = await paymentOf(ctx, token, CHALLENGE_TOKEN)
  await ctx.seam('payer.returned', wireId('payment', payment.id))
  if (payment.phase === 'sending' && payment.leaseLeftS > 0) return { waiting: true }
  if (!isWithUs(payment) || isOver(payment)) return { landing: await landingOf(ctx, entityKey, payment) }
  const known = await ctx.store.readAuthentication(entityKey, payment.id)
  const ended = known && (await endOf(ctx, entityKey, payment, known))
  if (!known || !ended) return { waiting: true }

  const merchant = await merchantOf(ctx, entityKey)
  const goesOn = decides(payment, known, ended) !== 'decline'
  const paidWith = goesOn ? await openCard(ctx, entityKey, payment, share) : undefined
  if (goesOn && !paidWith) throw new Problem('resource_not_found')
  try {
    const lease = await take(ctx, entityKey, payment)
    if (lease === undefined) return { waiting: true }
    await goOn(ctx, merchant, { ...payment, leases: lease }, known, ended, paidWith)
  } finally {
    if (paidWith) ctx.vault.forget(paidWith.card)
  }
  const after = await ctx.store.readPayment(entityKey, { by: 'id', id: payment.id })
  return { landing: await landingOf(ctx, entityKey, after ?? payment) }
}

async function goOn(
  ctx: Context,
  merchant: Merchant,
  attempt: PaymentRow,
  known: AuthenticationRow,
  ended: Ended,
  paidWith?: PaidWith,
): Promise<void> {
  const { transId, amount, currency, reason } = known
  const step = await conclude(ctx, merchant, attempt, ended, {
    transId,
    steppedUp: reason === 'soft_decline',
    call: null,
    authenticated: { amount, currency },
  })
  if ('over' in step || !paidWith) return
  await authorize(ctx, merchant, paidWith, step.cleared, AbortSignal.timeout(PROCESSOR_DEADLINE_MS)).catch(
    (cause: unknown) => {
      // The bank was surely never reached: recorded, and the shopper is sent to where he can try again.
      if (!(cause instanceof Problem)) throw cause
    },
  )
}

function decides(payment: PaymentRow, { amount, currency, reason }: AuthenticationRow, ended: Ended): string {
  return scaDecision(payment, { scaDemanded: reason === 'soft_decline', ended: { ...ended, amount, currency } }).do
}

/** What the challenge came to, as far as it is known. A result that does not come in time is none. */
async function endOf(
  ctx: Context,
  entityKey: number,
  payment: PaymentRow,
  known: AuthenticationRow,
): Promise<Ended | undefined> {
  const { result, returnedAgoS, answer, transId } = known
  if (result) return endedBy(result)
  if (returnedAgoS === null) return undefined
  const asked = await theAuthenticator(ctx, payment.processor)
    .result({ transId, at: payment.now.toISOString() }, AbortSignal.timeout(ASK_DEADLINE_MS))
    .catch(() => undefined)
  if (asked) {
    await ctx.store.keepResult(entityKey, { paymentId: payment.id, result: asked })
    return endedBy(asked)
  }
  if (returnedAgoS < RESULT_WAIT_S) return undefined
  return { status: 'timed_out', ...(answer && { answer }) }
}

/** The issuer waited for the shopper as long as we would have. */
const TIMED_OUT: readonly unknown[] = ['04', '05']

function endedBy(result: AuthenticationResult): Ended {
  return { status: TIMED_OUT.includes(result.cancelled) ? 'abandoned' : result.status, result }
}

async function openCard(
  ctx: Context,
  entityKey: number,
  payment: PaymentRow,
  share: string,
): Promise<PaidWith | undefined> {
  const hold = await ctx.store.readHold(entityKey, payment.id)
  const opened = hold && (await ctx.vault.openHold(entityKey, hold, share))
  if (!opened) return undefined
  return { card: opened.card, details: { ...(opened.details as Omit<OpenedDetails, 'holdShare'>), holdShare: share } }
}

/**
 * The shopper's time is over, or his challenge is of no use any more: the attempt is declined, and its card destroyed.
 * The processor has never heard of it.
 */
export async function expireAuthentication(ctx: Context, merchant: Merchant, payment: PaymentRow): Promise<void> {
  const { entityKey } = merchant
  const lease = await take(ctx, entityKey, payment)
  const known = await ctx.store.readAuthentication(entityKey, payment.id)
  if (lease === undefined || !known) return
  await goOn(ctx, merchant, { ...payment, leases: lease }, known, endOfTime(payment, known))
}

/** A result that declines, declines; any other is of no use to anybody: nobody came back with the other half of the key. */
function endOfTime(payment: PaymentRow, known: AuthenticationRow): Ended {
  const { result, answer } = known
  const ended = result && endedBy(result)
  if (ended && decides(payment, known, ended) === 'decline') return ended
  return { status: 'abandoned', ...(result && { result }), ...(answer && { answer }) }
}

/**
 * The result of an authentication, as the authenticator tells it.
 * @returns what it is answered
 * @throws Problem `resource_not_found` for a token that we never made
 */
export async function receiveResult(ctx: Context, token: string, message: unknown): Promise<unknown> {
  const { entityKey, payment } = await paymentOf(ctx, token, RESULT_TOKEN)
  const known = await ctx.store.readAuthentication(entityKey, payment.id)
  if (!known) throw new Problem('resource_not_found')
  const { transId, answer } = known
  const expected = { version: answer?.version ?? '', ...answer, transId }
  const { result, reply } = theAuthenticator(ctx, payment.processor).parseResult(message, expected)
  if (result)
    await ctx.store.keepResult(entityKey, { paymentId: payment.id, result: result satisfies AuthenticationResult })
  return reply
}

function take(ctx: Context, entityKey: number, { id, version, leases }: PaymentRow): Promise<number | undefined> {
  return ctx.store.leaseAttempt(entityKey, { id, version, leases, phases: ['authenticating'] })
}

function isOver({ deadlineOn, now }: PaymentRow): boolean {
  return deadlineOn !== null && deadlineOn <= now
}

async function paymentOf(ctx: Context, token: string, purpose: string) {
  const subject = ctx.vault.readUrlToken(token, purpose)
  const payment = subject && (await ctx.store.readPayment(subject.entityKey, { by: 'id', id: subject.uuid }))
  if (!subject || !payment) throw new Problem('resource_not_found')
  return { entityKey: subject.entityKey, payment }
}
