/** Cancellations: a payment that waits for its shopper, or for the rail, is stopped before it has come to anything. */
import { wireId } from '@sluice/core/ids'
import type { PaymentPhase } from '@sluice/core/payment'
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
import { whenFree } from './when-free.ts'

const CANCEL_DEADLINE_MS = 8_000
/** In which there is something to stop. */
const WAITING: readonly PaymentPhase[] = ['authenticating', 'redirected', 'pending']

/**
 * Only the processor's definite yes cancels; its "too late" is recorded, and refuses.
 * @returns wire id of the action that says so
 * @throws Problem `action_not_allowed`; `session_already_in_use` while somebody works on it, and for longer than a page
 *   that polls does
 */
export async function cancelPayment(
  ctx: Context,
  caller: Caller,
  { paymentId, schema, body, problems }: OperationRequest<ReferenceBody>,
): Promise<{ paymentId: string; actionId: string }> {
  const { currency, processor } = await findPayment(ctx, caller, paymentId)
  const { refuseCardNumbersInText } = ctx.config
  const rules = manifestOf(ctx, processor)
  const codes = [...problems, ...operationProblems(schema, body, currency, rules, refuseCardNumbersInText)]
  if (codes.length > 0) throw new InvalidRequest([...new Set(codes)])

  const merchant = await merchantOf(ctx, caller.entityKey)
  const callId = newId(ctx, caller.entityKey)
  const attempt = await whenFree(async () => {
    const payment = await findPayment(ctx, caller, paymentId)
    const { id, phase, version, leases } = payment
    if (!WAITING.includes(phase)) throw new Problem('action_not_allowed')
    const call = { id: callId, kind: 'cancel', key: authorizationKeyOf(payment) }
    const wanted = { id, version, leases, phases: WAITING, ...(isWithUs(payment) ? {} : { call }) }
    const lease = await ctx.store.leaseAttempt(caller.entityKey, wanted)
    return lease === undefined ? undefined : { ...payment, leases: lease }
  })
  const key = wireId('payment', attempt.id)
  const { outcome, call } = isWithUs(attempt)
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
    const { id, version, leases: lease } = attempt
    await ctx.store.postponeAttempt(caller.entityKey, { id, version, lease, askInS: 'as planned', review: null, call })
  }
  throw new Problem('action_not_allowed')
}
