/** Voids: what is held and not captured goes back to the shopper; what a bank has yet to collect is stopped. */
import { wireId } from '@sluice/core/ids'
import { mayVoidWhileWaiting } from '@sluice/core/operations'
import { balancesOf } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { VoidBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import { beginOperation, type Decided, type Decision, type OperationRequest } from './begin-operation.ts'
import { cancelPayment } from './cancel-payment.ts'
import type { Caller } from './merchant.ts'
import { findPayment } from './read-payment.ts'

/**
 * Reserves the amount and has it released; the result comes by event. Without an amount: all that is left. A payment whose
 * method may be voided while it is pending is cancelled as a whole, at once.
 * @returns wire ids
 */
export async function voidPayment(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<VoidBody>,
): Promise<{ paymentId: string; actionId: string }> {
  const payment = await findPayment(ctx, caller, request.paymentId)
  if (mayVoidWhileWaiting(payment)) {
    if (request.body.amount !== undefined && request.body.amount !== payment.requested) {
      throw new Problem('void_amount_invalid')
    }
    return await cancelPayment(ctx, caller, request)
  }
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, request.body))
  ctx.wakeJobs()
  return { paymentId: wireId('payment', begun.payment.id), actionId: wireId('action', begun.actionId) }
}

function decide({ payment, manifest }: Decided, body: VoidBody): Decision {
  if (payment.phase !== 'authorized') throw new Problem('action_not_allowed')
  const { available_to_void: left } = balancesOf(payment)
  if (left === 0) throw new Problem('action_not_allowed')
  const amount = body.amount ?? left
  if (amount > left) throw new Problem('void_amount_invalid')
  if (amount < left && !manifest.partialVoid) throw new Problem('payment_method_not_supported')
  return { kind: 'void', amount }
}
