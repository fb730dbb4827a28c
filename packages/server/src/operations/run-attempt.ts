/** The bank is asked about an attempt that was remembered, and what it says is recorded. */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Authorization, Outcome } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentSource } from '../store/payments.ts'
import { ask, PROCESSOR_DEADLINE_MS } from './ask.ts'
import { type Attempt, pendingAnswer, settlementOf } from './attempt.ts'
import { newId } from './ids.ts'
import { manifestOf } from './offer.ts'
import type { PreparedAttempt } from './prepare-attempt.ts'
import { storedAnswer, type SubmitAnswer } from './repeat.ts'

/** @throws Problem when the processor was surely never reached: 502, and the identical submit runs afresh */
export async function runAttempt(
  ctx: Context,
  merchant: Merchant,
  prepared: PreparedAttempt,
  begunOn: Date,
): Promise<SubmitAnswer> {
  const { record } = prepared
  await ctx.seam('submit.claimed', record.key)
  return await askAndSettle(ctx, merchant, prepared, record.callId, {
    id: record.paymentId,
    sessionId: record.sessionId,
    customerId: record.customerId,
    method: record.method,
    currency: record.currency,
    requested: record.amount,
    request: record.request,
    source: record.source,
    captureOn: record.captureOn === null ? null : new Date(record.captureOn),
    phase: 'sending',
    version: 1,
    facts: {},
    reference: null,
    now: begunOn,
  })
}

/** Also for an attempt in doubt whose shopper has repeated his request: the same key, so that nothing is done twice. */
export async function askAndSettle(
  ctx: Context,
  merchant: Merchant,
  { channel, card, details }: Pick<PreparedAttempt, 'channel' | 'card' | 'details'>,
  callId: string,
  attempt: Attempt,
): Promise<SubmitAnswer> {
  const subject = wireId('payment', attempt.id)
  const signal = AbortSignal.timeout(PROCESSOR_DEADLINE_MS)
  const request = authorizationOf(ctx, merchant, channel, attempt, card, details.browser)
  const { outcome, call } = await ask<Outcome>(ctx, channel.settings, callId, subject, (processor) =>
    processor.authorize(request, signal),
  )
  const source =
    outcome.kind === 'approved' ? await sourceOfApproved(ctx, merchant, attempt, { card, details }) : attempt.source
  const settlement = settlementOf(ctx, merchant, { ...attempt, source }, outcome, call, manifestOf(ctx, channel))
  const { settled } = await ctx.store.settleAttempt(merchant.entityKey, settlement)
  if (card) ctx.vault.forget(card)
  await ctx.seam('attempt.settled', subject)
  ctx.wakeJobs()

  if (!settled) return await answerOfWinner(ctx, merchant, attempt)
  if (outcome.kind === 'not_sent') throw new Problem('processor_unreachable')
  return storedAnswer(attempt.id, settlement.answer ?? pendingAnswer(attempt))
}

/** Somebody else settled the attempt first: what he recorded is the answer. */
async function answerOfWinner(ctx: Context, merchant: Merchant, attempt: Attempt): Promise<SubmitAnswer> {
  const row = await ctx.store.readPayment(merchant.entityKey, { by: 'id', id: attempt.id })
  if (row?.answer != null && row.answerStatus !== null) {
    return storedAnswer(attempt.id, { status: row.answerStatus, body: row.answer })
  }
  return storedAnswer(attempt.id, pendingAnswer(attempt))
}

/** The bank has said yes: a card that cannot be kept is a pity, and no reason to lose the payment. */
async function sourceOfApproved(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  paidWith: Pick<PreparedAttempt, 'card' | 'details'>,
): Promise<PaymentSource> {
  try {
    return await keepCard(ctx, merchant, attempt, paidWith)
  } catch (cause) {
    ctx.log.error({ payment: wireId('payment', attempt.id), err: cause }, 'a card could not be kept')
    return attempt.source
  }
}

/** Keeps the card where the merchant asked for it, or left it to the shopper and he agreed. */
async function keepCard(
  ctx: Context,
  merchant: Merchant,
  attempt: Attempt,
  { card, details }: Pick<PreparedAttempt, 'card' | 'details'>,
): Promise<PaymentSource> {
  if (!card || card.origin === 'stored' || attempt.customerId === null) return attempt.source
  const configuration = attempt.request['payment_method_configuration'] as
    | { card?: { store_payment_details?: string } }
    | undefined
  const wish = configuration?.card?.store_payment_details
  if (wish !== 'enabled' && !(wish === 'collect_consent' && details.storeConsent)) return attempt.source
  const { id } = await ctx.vault.keep(merchant.entityKey, card, {
    id: newId(ctx, merchant.entityKey),
    customerId: attempt.customerId,
  })
  return { ...attempt.source, id: wireId('instrument', id) }
}

/** What travels to the processor beside what it is asked for, spelled as on the wire. */
const TRAVELLING = [
  'recipient',
  'sender',
  'instruction',
  'shipping',
  'processing',
  'billing_descriptor',
  'display_name',
  'items',
  'payment_plan',
  'amount_allocations',
] as const

function authorizationOf(
  ctx: Context,
  merchant: Merchant,
  channel: PreparedAttempt['channel'],
  attempt: Attempt,
  card: PreparedAttempt['card'],
  browser: PreparedAttempt['details']['browser'],
): Authorization {
  const { request } = attempt
  const optional = <Name extends string>(name: Name) =>
    request[name] === undefined ? {} : ({ [name]: request[name] } as Record<Name, never>)
  const threeDs = request['3ds'] as
    | {
        enabled?: boolean
        attempt_n3d?: boolean
        challenge_indicator?: string
        exemption?: string
        allow_upgrade?: boolean
      }
    | undefined
  return {
    entity: wireId('entity', merchant.id),
    channel: wireId('channel', channel.id),
    key: wireId('payment', attempt.id),
    at: attempt.now.toISOString(),
    settings: channel.settings,
    amount: attempt.requested,
    currency: attempt.currency,
    method: attempt.method,
    ...(card ? { card } : {}),
    paymentType: (request['payment_type'] ?? 'Regular') as Authorization['paymentType'],
    authorizationType: (request['authorization_type'] ?? 'Final') as Authorization['authorizationType'],
    captureNow: request['capture'] !== false && attempt.captureOn === null,
    partialAuthorization: (request['partial_authorization'] as { enabled?: boolean } | undefined)?.enabled === true,
    ...optional('reference'),
    ...optional('description'),
    ...optional('customer'),
    ...optional('billing'),
    ...optional('risk'),
    ...(threeDs ? { threeDs: threeDsOf(threeDs) } : {}),
    ...(request['ip_address'] === undefined ? {} : { ipAddress: request['ip_address'] as string }),
    locale: (request['locale'] ?? 'en-GB') as string,
    returnUrl: `${ctx.config.urls.api}/returns/${ctx.vault.urlToken(merchant.entityKey, attempt.id, 'return')}`,
    details: {
      ...Object.fromEntries(
        TRAVELLING.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
      ),
      ...(browser ? { browser } : {}),
    },
    metadata: (request['metadata'] ?? {}) as Authorization['metadata'],
  }
}

function threeDsOf(asked: {
  enabled?: boolean
  attempt_n3d?: boolean
  challenge_indicator?: string
  exemption?: string
  allow_upgrade?: boolean
}): NonNullable<Authorization['threeDs']> {
  return {
    enabled: asked.enabled === true,
    attemptN3d: asked.attempt_n3d === true,
    ...(asked.challenge_indicator === undefined ? {} : { challengeIndicator: asked.challenge_indicator }),
    ...(asked.exemption === undefined ? {} : { exemption: asked.exemption }),
    ...(asked.allow_upgrade === undefined ? {} : { allowUpgrade: asked.allow_upgrade }),
  }
}
