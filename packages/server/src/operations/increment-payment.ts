/** Increments: the bank is asked to hold more, and answers at once. */
import { isHeld, mayIncrement } from '@sluice/core/operations'
import { balancesOf } from '@sluice/core/payment'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { IncrementBody } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import type { ActionRow } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'
import { sleep } from '../time.ts'
import { beginOperation, type Decided, type Decision, type OperationRequest } from './begin-operation.ts'
import type { Caller } from './merchant.ts'
import { PROCESSOR_DEADLINE_MS } from './ask.ts'
import { performAction } from './perform-action.ts'

const LOOK_EVERY_MS = 50

/** The payment and the increment as they are after the bank was asked; without a result when it did not answer. */
export async function incrementPayment(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<IncrementBody>,
): Promise<{ payment: PaymentRow; action: ActionRow }> {
  const { entityKey } = caller
  const begun = await beginOperation(ctx, caller, request, (decided) => decide(decided, request.body))
  await performAction(ctx, entityKey, begun.actionId)
  const until = ctx.now() + PROCESSOR_DEADLINE_MS
  for (;;) {
    const payment = await ctx.store.readPayment(entityKey, { by: 'id', id: begun.payment.id })
    const actions = await ctx.store.readActions(entityKey, begun.payment.id)
    const action = actions.find(({ id }) => id === begun.actionId)
    if (!payment || !action) throw new Error(`increment ${begun.actionId} is gone`)
    // A job may have been quicker, and be asking at this moment.
    const beingAsked = action.state === 'requested' || action.state === 'sending'
    if (!beingAsked || ctx.now() > until) return { payment, action }
    await sleep(LOOK_EVERY_MS)
  }
}

function decide({ payment, manifest }: Decided, { amount }: IncrementBody): Decision {
  if (payment.phase !== 'authorized') throw new Problem('action_not_allowed')
  if (!isHeld(payment)) throw new Problem('payment_expired')
  if (!manifest.increment) throw new Problem('payment_method_not_supported')
  if (balancesOf(payment).available_to_capture === 0) throw new Problem('action_not_allowed')
  if (!mayIncrement(payment, manifest)) throw new Problem('action_not_allowed')
  if (amount === 0 || payment.authorized + amount > manifest.maxAmount) throw new InvalidRequest(['amount_invalid'])
  return { kind: 'increment', amount }
}
