/** The event of an action's result, with the payment's balances as they are after it. */
import { type Amounts, balancesOf } from '@sluice/core/payment'
import type { Context } from '../context.ts'
import type { ActionOutcome } from '../processors/processor.ts'
import type { ClaimedAction } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'
import type { NewEvent } from '../store/settlements.ts'
import type { Asked } from './ask.ts'
import { actionData } from './event-data.ts'
import { newId } from './ids.ts'

/** What an event says of an action. */
type ActionFacts = Pick<
  ClaimedAction,
  'id' | 'kind' | 'amount' | 'reference' | 'details' | 'releasesRest' | 'wasPending'
>

const EVENT_TYPES = {
  capture: { succeeded: 'payment_captured', failed: 'payment_capture_declined', pending: 'payment_capture_pending' },
  void: { succeeded: 'payment_voided', failed: 'payment_void_declined', pending: undefined },
  refund: { succeeded: 'payment_refunded', failed: 'payment_refund_declined', pending: 'payment_refund_pending' },
  reversal: { succeeded: 'payment_voided', failed: 'payment_void_declined', pending: undefined },
  increment: {
    succeeded: 'payment_authorization_incremented',
    failed: 'payment_authorization_increment_declined',
    pending: undefined,
  },
} as const

/** Null when nothing has changed: an answer that is still missing, or one that was pending before. */
export function actionEvent(
  ctx: Context,
  entityKey: number,
  payment: PaymentRow,
  action: ActionFacts,
  outcome: Asked<ActionOutcome>['outcome'],
): NewEvent | null {
  const { kind } = action
  if (!(kind in EVENT_TYPES)) return null
  if (outcome.kind !== 'succeeded' && outcome.kind !== 'failed' && outcome.kind !== 'pending') return null
  if (outcome.kind === 'pending' && action.wasPending) return null
  const types = EVENT_TYPES[kind as keyof typeof EVENT_TYPES]
  const after = amountsAfter(payment, action, outcome.kind)
  const code = outcome.kind === 'pending' ? undefined : outcome.code
  return {
    id: newId(ctx, entityKey),
    // A void that takes its time is news to nobody but the timeline.
    source: types[outcome.kind] === undefined ? 'sluice' : 'gateway',
    type: types[outcome.kind] ?? `payment_${kind}_pending`,
    data: actionData(withMetadata(payment, action), action, code ?? DEFERRED, outcome.facts, balancesOf(after)),
  }
}

/** `Deferred capture`: taken, and not done yet. */
const DEFERRED = '10200'

/** The operation's own values over the payment's. */
function withMetadata(payment: PaymentRow, { details }: Pick<ActionFacts, 'details'>): PaymentRow {
  const own = details['metadata'] as Record<string, unknown> | undefined
  if (!own) return payment
  const all = { ...(payment.request['metadata'] as Record<string, unknown> | undefined), ...own }
  return { ...payment, request: { ...payment.request, metadata: all } }
}

/** A reversal gives back what the payment never counted as its own. */
function amountsAfter(
  payment: Amounts,
  { kind, amount, releasesRest }: ActionFacts,
  outcome: 'succeeded' | 'failed' | 'pending',
): Amounts {
  const after = { ...payment }
  if (outcome === 'pending') return after
  const done = outcome === 'succeeded' ? amount : 0
  if (kind === 'capture') {
    after.capturing -= amount
    after.captured += done
  } else if (kind === 'void') {
    after.voiding -= amount
    after.voided += done
  } else if (kind === 'refund') {
    after.refunding -= amount
    after.refunded += done
  } else if (kind === 'increment') after.authorized += done
  if (releasesRest && done > 0) after.voiding += balancesOf(after).available_to_void
  return after
}
