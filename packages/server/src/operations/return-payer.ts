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
import { afterSettling } from './after-settling.ts'
import { ask } from './ask.ts'
import { settlementOf } from './attempt.ts'
import { newId } from './ids.ts'
import { channelOf, merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { resolveAttempt } from './resolve-attempt.ts'

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
  // One who returns from a page he had left may have paid there: the attempt is looked at now, not in an hour.
  else if (before.phase === 'cancelled') await resolveAttempt(ctx, subject.entityKey, before.id)
  const payment = await ctx.store.readPayment(subject.entityKey, { by: 'id', id: before.id })
  if (!payment) throw new Problem('resource_not_found')
  return landingUrl(payment)
}

function waitsForShopper({ phase }: PaymentRow): boolean {
  return phase === 'authenticating' || phase === 'redirected'
}

async function learnOutcome(ctx: Context, entityKey: number, payment: PaymentRow): Promise<void> {
  const merchant = await merchantOf(ctx, entityKey)
  const channel = await channelOf(ctx, merchant, payment.channelId)
  const callId = newId(ctx, entityKey)
  const key = wireId('payment', payment.id)
  const leased = await ctx.store.leaseAttempt(entityKey, {
    id: payment.id,
    version: payment.version,
    phases: ['authenticating', 'redirected'],
    call: { id: callId, kind: 'complete', key },
  })
  if (!leased) return

  const { outcome, call } = await ask<Outcome>(ctx, channel.settings, callId, key, (processor) =>
    processor.complete(
      {
        entity: wireId('entity', merchant.id),
        channel: wireId('channel', channel.id),
        key,
        at: payment.now.toISOString(),
        settings: channel.settings,
        ...(payment.reference === null ? {} : { reference: payment.reference }),
      },
      AbortSignal.timeout(COMPLETE_DEADLINE_MS),
    ),
  )
  if (outcome.kind === 'action' || outcome.kind === 'not_sent') {
    // Back, and still nothing decided: the page is open for the shopper until its time is over.
    const leftS = Math.max(0, ((payment.deadlineOn?.getTime() ?? 0) - payment.now.getTime()) / 1000)
    await ctx.store.postponeAttempt(entityKey, {
      id: payment.id,
      version: payment.version,
      askInS: leftS,
      review: null,
      call,
    })
    return
  }
  const settlement = settlementOf(ctx, merchant, payment, outcome, call, manifestOf(ctx, channel))
  await ctx.store.settleAttempt(entityKey, settlement)
  await afterSettling(ctx, key)
}

/** `success_url` or `failure_url` with the three parameters, behind whatever query the merchant gave them. */
function landingUrl(payment: PaymentRow): string {
  const succeeded = SUCCESSFUL.includes(payment.phase)
  const url = new URL(payment.request[succeeded ? 'success_url' : 'failure_url'] as string)
  url.searchParams.append('cko-payment-session-id', wireId('session', payment.sessionId))
  if (payment.sid !== null) url.searchParams.append('cko-session-id', wireId('redirect', payment.sid))
  url.searchParams.append('cko-payment-id', wireId('payment', payment.id))
  return url.href
}
