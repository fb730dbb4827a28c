/** Voids: what is held and not captured goes back to the shopper. */
import { balancesOf } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { VoidBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import { type Begun, beginOperation, type Decided, type Decision, type OperationRequest } from './begin-operation.ts'
import type { Caller } from './merchant.ts'

/** Reserves the amount and has it released; the result comes by event. Without an amount: all that is left. */
export async function voidPayment(ctx: Context, caller: Caller, request: OperationRequest<VoidBody>): Promise<Begun> {
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, request.body))
  ctx.wakeJobs()
  return begun
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
