/**
 * The shopper's browser comes back from a challenge or a bank's page. What it says is not believed: the processor is
 * asked. The shopper is then sent to the URL stored with the session, never to one that came with the request.
 */
import { wireId } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { PaymentRow } from '../store/payments.ts'
import { landingOf } from './landing-url.ts'
import { learnOutcome } from './learn-outcome.ts'
import { mayBePaidLate, resolveAttempt } from './resolve-attempt.ts'

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
  else if (mayBePaidLate(before)) await resolveAttempt(ctx, subject.entityKey, before.id)
  const payment = await ctx.store.readPayment(subject.entityKey, { by: 'id', id: before.id })
  if (!payment) throw new Problem('resource_not_found')
  return await landingOf(ctx, subject.entityKey, payment)
}

function waitsForShopper({ phase }: PaymentRow): boolean {
  return phase === 'authenticating' || phase === 'redirected' || phase === 'pending'
}
