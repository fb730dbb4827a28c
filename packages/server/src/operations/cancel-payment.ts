/** Cancellations: a payment that waits for its shopper, or for the rail, is stopped before it has come to anything. */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { operationProblems, type ReferenceBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import type { Outcome } from '../processors/processor.ts'
import { ask } from './ask.ts'
import type { OperationRequest } from './begin-operation.ts'
import { newId } from './ids.ts'
import { type Caller, merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { authorizationKeyOf, inquiryOf } from './processor-request.ts'
import { findPayment } from './read-payment.ts'
import { settle } from './settle.ts'
import { isWithUs } from './supersede.ts'

const CANCEL_DEADLINE_MS = 8_000

/**
 * Only the processor's definite yes cancels; its "too late" is recorded, and refuses.
 * @returns wire id of the action that says so
 * @throws Problem `action_not_allowed`; `session_already_in_use` while somebody works on it
 */
export async function cancelPayment(
  ctx: Context,
  caller: Caller,
  { paymentId, schema, body, problems }: OperationRequest<ReferenceBody>,
): Promise<{ paymentId: string; actionId: string }> {
  const payment = await findPayment(ctx, caller, paymentId)
  const { refuseCardNumbersInText } = ctx.config
  const rules = manifestOf(ctx, payment.processor)
  const codes = [...problems, ...operationProblems(schema, body, payment.currency, rules, refuseCardNumbersInText)]
  if (codes.length > 0) throw new InvalidRequest([...new Set(codes)])

  const merchant = await merchantOf(ctx, caller.entityKey)
  const callId = newId(ctx, caller.entityKey)
  const key = wireId('payment', payment.id)
  if (!['authenticating', 'redirected', 'pending'].includes(payment.phase)) throw new Problem('action_not_allowed')
  const withUs = isWithUs(payment)
  const lease = await ctx.store.leaseAttempt(caller.entityKey, {
    id: payment.id,
    version: payment.version,
    leases: payment.leases,
    phases: ['authenticating', 'redirected', 'pending'],
    ...(withUs ? {} : { call: { id: callId, kind: 'cancel', key: authorizationKeyOf(payment) } }),
  })
  if (lease === undefined) throw new Problem('session_already_in_use', 1)
  const attempt = { ...payment, leases: lease }
  const { outcome, call } = withUs
    ? { outcome: { kind: 'cancelled' as const, facts: {} }, call: null }
    : await ask<Outcome>(ctx, attempt.processor, callId, key, (processor) =>
        processor.cancel(inquiryOf(merchant, attempt), AbortSignal.timeout(CANCEL_DEADLINE_MS)),
      )
  if (outcome.kind === 'cancelled') {
    const { settled, settlement } = await settle(ctx, merchant, attempt, outcome, call)
    if (!settled || !settlement.action) throw new Problem('action_not_allowed')
    return { paymentId: key, actionId: wireId('action', settlement.action.id) }
  }
  if (outcome.kind === 'approved' || outcome.kind === 'declined') await settle(ctx, merchant, attempt, outcome, call)
  else {
    const { id, version } = attempt
    await ctx.store.postponeAttempt(caller.entityKey, { id, version, lease, askInS: 'as planned', review: null, call })
  }
  throw new Problem('action_not_allowed')
}
