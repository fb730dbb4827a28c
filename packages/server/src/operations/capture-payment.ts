/** Captures: asked for by the merchant, or put off until now. */
import { isHeld, mayCaptureAgain } from '@sluice/core/operations'
import { balancesOf } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { CaptureBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import { captureShares } from './allocate.ts'
import { type Begun, beginOperation, type Decided, type Decision, type OperationRequest } from './begin-operation.ts'
import { newId } from './ids.ts'
import type { Caller } from './merchant.ts'

/** Reserves the amount and has it sent; the result comes by event. Without an amount: all that is left. */
export async function capturePayment(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<CaptureBody>,
): Promise<Begun> {
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, request.body))
  ctx.wakeJobs()
  return begun
}

function decide({ payment, manifest, actions }: Decided, body: CaptureBody): Decision {
  if (payment.phase !== 'authorized') throw new Problem('action_not_allowed')
  if (!isHeld(payment)) throw new Problem('payment_expired')
  const { available_to_capture: left } = balancesOf(payment)
  if (left === 0) throw new Problem('action_not_allowed')
  if (!mayCaptureAgain(payment, manifest)) throw new Problem('payment_method_not_supported')
  const amount = body.amount ?? left
  if (amount > payment.authorized) throw new Problem('capture_value_greater_than_authorized')
  if (amount > left) throw new Problem('capture_value_greater_than_remaining_authorized')
  return {
    kind: 'capture',
    amount,
    allocations: captureShares(payment, actions, amount, body.amount_allocations),
    // A processor that takes one capture keeps no hold for another.
    releasesRest: body.capture_type === 'Final' || !manifest.multiCapture,
  }
}

/** One turn for a payment whose `capture_on` has come. `paymentId`: UUID. A payment that moved on meanwhile stays due. */
export async function captureOnSchedule(ctx: Context, entityKey: number, paymentId: string): Promise<void> {
  const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: paymentId })
  if (!payment) return
  const actions = await ctx.store.readActions(entityKey, paymentId)
  const { available_to_capture: left } = balancesOf(payment)
  await ctx.store.beginScheduledCaptures(entityKey, [
    {
      paymentId,
      actionId: newId(ctx, entityKey),
      version: payment.version,
      reservations: payment.reservations,
      allocations: captureShares(payment, actions, left, undefined),
    },
  ])
  ctx.wakeJobs()
}
