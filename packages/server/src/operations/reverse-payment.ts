/** Reversals: whatever a payment came to is undone; captured money is given back, what is only held is released. */
import { PUBLIC_ACTION_TYPE } from '@sluice/core/action'
import { balancesOf } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { ReferenceBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import { refundShares } from './allocate.ts'
import { type Begun, beginOperation, type Decided, type Decision, type OperationRequest } from './begin-operation.ts'
import type { Caller } from './merchant.ts'

/** What the caller's credential may do, beside reversing. */
interface MayReverse {
  refund: boolean
  void: boolean
}

/** After a partial capture the refund comes first, and what is left is released when it has succeeded. */
export async function reversePayment(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<ReferenceBody>,
  may: MayReverse,
): Promise<Begun & { actionType: 'Refund' | 'Void' }> {
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, may))
  ctx.wakeJobs()
  return { ...begun, actionType: begun.kind === 'refund' ? PUBLIC_ACTION_TYPE.refund : PUBLIC_ACTION_TYPE.void }
}

function decide({ payment, actions }: Decided, may: MayReverse): Decision {
  if (payment.phase !== 'authorized') throw new Problem('action_not_allowed')
  const { available_to_refund: refundable, available_to_void: open } = balancesOf(payment)
  if (refundable > 0) {
    if (!may.refund || (open > 0 && !may.void)) throw new Problem('action_not_allowed')
    const allocations = refundShares(actions, refundable, undefined, undefined)
    return { kind: 'refund', amount: refundable, allocations, releasesRest: open > 0 }
  }
  if (open === 0 || !may.void) throw new Problem('action_not_allowed')
  return { kind: 'void', amount: open }
}
