/** Refunds: what was captured goes back to the shopper, in parts, of one capture or of all. */
import { balancesOf } from '@sluice/core/payment'
import { Problem } from '@sluice/core/problems'
import type { RefundBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import { refundShares } from './allocate.ts'
import {
  type Begun,
  beginOperation,
  type Decided,
  type Decision,
  namedCapture,
  type OperationRequest,
} from './begin-operation.ts'
import type { Caller } from './merchant.ts'

/** Reserves the amount and has it given back; the result comes by event. Without an amount: all that is left. */
export async function refundPayment(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<RefundBody>,
): Promise<Begun> {
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, request.body))
  ctx.wakeJobs()
  return begun
}

function decide({ payment, actions }: Decided, body: RefundBody): Decision {
  if (payment.captured === 0) throw new Problem('action_not_allowed')
  if (body.destination) throw new Problem('payment_method_not_supported')
  const capture = namedCapture(actions, body.capture_action_id)
  const { available_to_refund: ofAll } = balancesOf(payment)
  const left = capture ? Math.min(ofAll, capture.amount - capture.refunding - capture.refunded) : ofAll
  if (body.amount === undefined && left === 0) throw new Problem('action_not_allowed')
  const amount = body.amount ?? left
  if (amount > left) throw new Problem('refund_amount_exceeds_balance')
  return {
    kind: 'refund',
    amount,
    allocations: refundShares(actions, amount, body.amount_allocations, capture),
    ofAction: capture?.id ?? null,
  }
}
