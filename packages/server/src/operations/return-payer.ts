/**
 * The shopper's browser comes back from a challenge or a bank's page. What it says is not believed: the processor is
 * asked. The shopper is then sent to the URL stored with the session, never to one that came with the request.
 */
import { wireId } from '@sluice/core/ids'
import type { PaymentPhase } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import type { PaymentRow } from '../store/payments.ts'
import { ask } from './ask.ts'
import { newId } from './ids.ts'
import { merchantOf } from './merchant.ts'
import { inquiryOf } from './processor-request.ts'
import { resolveAttempt } from './resolve-attempt.ts'
import { settle } from './settle.ts'

const COMPLETE_DEADLINE_MS = 8_000
const SUCCESSFUL: readonly PaymentPhase[] = ['authorized', 'verified', 'pending', 'in_doubt', 'sending']

/**
 * @param token from the return URL that we made and MACed
 * @returns where to send the shopper
 * @throws Problem `resource_not_found` for a token that we never made
 */
export async function returnPayer(ctx: Context, token: string): Promise<string> {
  const subject = ctx.vault.readUrlToken(token, 'return')
  const before = subject && (await ctx.store.readPayment(subject.entityKey, { by: 'id', id: subject.uuid }))
  if (!subject || !before) throw new Problem('resource_not_found')
  await ctx.seam('payer.returned', wireId('payment', before.id))

  if (waitsForShopper(before)) await learnOutcome(ctx, subject.entityKey, before)
  // One who returns from a page they had left may have paid there: the attempt is looked at now, not in an hour.
  else if (before.phase === 'cancelled') await resolveAttempt(ctx, subject.entityKey, before.id)
  const payment = await ctx.store.readPayment(subject.entityKey, { by: 'id', id: before.id })
  if (!payment) throw new Problem('resource_not_found')
  return landingUrl(payment)
}

function waitsForShopper({ phase }: PaymentRow): boolean {
  return phase === 'authenticating' || phase === 'redirected'
}

/** Asks what became of an attempt that waits for its shopper, unless somebody asks already. */
export async function learnOutcome(ctx: Context, entityKey: number, waiting: PaymentRow): Promise<void> {
  const merchant = await merchantOf(ctx, entityKey)
  const callId = newId(ctx, entityKey)
  const key = wireId('payment', waiting.id)
  const lease = await ctx.store.leaseAttempt(entityKey, {
    id: waiting.id,
    version: waiting.version,
    leases: waiting.leases,
    phases: ['authenticating', 'redirected'],
    call: { id: callId, kind: 'complete', key },
  })
  if (lease === undefined) return
  const attempt = { ...waiting, leases: lease }

  const { outcome, call } = await ask<Outcome>(ctx, attempt.processor, callId, key, (processor) =>
    processor.complete(inquiryOf(merchant, attempt), AbortSignal.timeout(COMPLETE_DEADLINE_MS)),
  )
  if (outcome.kind === 'action' || outcome.kind === 'not_sent') {
    // Back, and still nothing decided: the page is open for the shopper until their time is over, as it was planned.
    const { id, version } = attempt
    await ctx.store.postponeAttempt(entityKey, { id, version, lease, askInS: 'as planned', review: null, call })
    return
  }
  await settle(ctx, merchant, attempt, outcome, call)
}

/** `success_url` or `failure_url` with the three parameters, behind whatever query the merchant gave them. */
export function landingUrl(payment: PaymentRow): string {
  const succeeded = SUCCESSFUL.includes(payment.phase)
  const url = new URL(payment.request[succeeded ? 'success_url' : 'failure_url'] as string)
  url.searchParams.append('cko-payment-session-id', wireId('session', payment.sessionId))
  if (payment.sid !== null) url.searchParams.append('cko-session-id', wireId('redirect', payment.sid))
  url.searchParams.append('cko-payment-id', wireId('payment', payment.id))
  return url.href
}
