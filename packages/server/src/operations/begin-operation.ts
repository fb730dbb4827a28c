/**
 * What is asked for after a payment is decided on the payment as it was read, and reserved only if it is still so: of two
 * who ask for the same money, one is told the truth about what is left.
 */
import { uuidOf, wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { operationProblems } from '@sluice/core/wire/operations'
import { operationProblems as problemsOf } from '@sluice/core/wire/operations'
import type { Context } from '../context.ts'
import type { Manifest } from '../processors/processor.ts'
import type { ActionRow } from '../store/actions.ts'
import type { NewOperation } from '../store/operations.ts'
import type { PaymentRow } from '../store/payments.ts'
import { fingerprintOf } from './fingerprint.ts'
import { newId } from './ids.ts'
import type { Caller } from './merchant.ts'
import { manifestOf } from './offer.ts'
import { findPayment } from './read-payment.ts'

/** Captures, voids and refunds one payment may have. */
const MOST_ACTIONS = 150
/** Each try lets somebody else's operation on the payment through; so many at one moment are an attack or a mistake. */
const MOST_TRIES = 100

/** A request for an operation, checked against its schema. */
export interface OperationRequest<Body> {
  /** The id in the path. */
  paymentId: string
  schema: Parameters<typeof operationProblems>[0]
  body: Body
  /** What its schema found wrong. */
  problems: readonly string[]
  /** `Cko-Idempotency-Key`, when there is one. */
  key: string | undefined
  endpoint: string
}

/** What an operation is decided on. */
export interface Decided {
  payment: PaymentRow
  manifest: Manifest
  /** All of the payment's, also those under way. */
  actions: readonly ActionRow[]
}

/** What was decided, beside what the request says. */
export type Decision = Pick<NewOperation, 'kind' | 'amount'> &
  Partial<Pick<NewOperation, 'allocations' | 'ofAction' | 'releasesRest'>>

export interface Begun {
  payment: PaymentRow
  /** UUID. */
  actionId: string
  kind: NewOperation['kind']
  amount: number
}

/**
 * @param decide throws `Problem` or `InvalidRequest` for what may not be done; asked again when the payment has moved on
 * @throws Problem `resource_not_found`, then what is wrong with the body, then what `decide` refuses
 */
export async function beginOperation<Body extends { amount?: number; reference?: string }>(
  ctx: Context,
  caller: Caller,
  request: OperationRequest<Body>,
  decide: (decided: Decided) => Decision,
): Promise<Begun> {
  const dedupe = dedupeOf(ctx, request)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const payment = await findPayment(ctx, caller, request.paymentId)
    const manifest = manifestOf(ctx, payment.processor)
    refuseProblems(ctx, request, payment, manifest)
    const actions = await ctx.store.readActions(caller.entityKey, payment.id)
    const same = actions.find((action) => action.dedupe === dedupe)
    // The request was answered by a server that did not live to say so.
    if (same) return { payment, actionId: same.id, kind: same.kind as NewOperation['kind'], amount: same.amount }

    const decision = decide({ payment, manifest, actions })
    if (actions.length >= MOST_ACTIONS) throw new Problem('payment_actions_exceeded')
    const id = newId(ctx, caller.entityKey)
    const { amount: _amount, reference = null, ...details } = request.body
    const begun = await ctx.store.beginOperation(caller.entityKey, {
      id,
      paymentId: payment.id,
      version: payment.version,
      reservations: payment.reservations,
      dedupe: dedupe ?? id,
      reference,
      details,
      allocations: null,
      ofAction: null,
      releasesRest: false,
      ...decision,
    })
    if (begun) {
      await ctx.seam('submit.claimed', wireId('payment', payment.id))
      return { payment, actionId: id, kind: decision.kind, amount: decision.amount }
    }
  }
  throw new Problem('session_already_in_use', 1)
}

function refuseProblems<Body extends { amount?: number }>(
  ctx: Context,
  { schema, body, problems }: OperationRequest<Body>,
  payment: PaymentRow,
  manifest: Manifest,
): void {
  const { refuseCardNumbersInText } = ctx.config
  const codes = [...problems, ...problemsOf(schema, body, payment.currency, manifest, refuseCardNumbersInText)]
  if (codes.length > 0) throw new InvalidRequest([...new Set(codes)])
}

/** A repeat under the same key is the same operation for ever, also when its answer was never kept. */
function dedupeOf<Body>(ctx: Context, { key, endpoint, body }: OperationRequest<Body>): string | undefined {
  return key === undefined ? undefined : `key ${fingerprintOf(ctx, [endpoint, key], body)}`
}

/** The capture that a refund names. @throws InvalidRequest `capture_action_id_invalid` */
export function namedCapture(actions: readonly ActionRow[], id: string | undefined): ActionRow | undefined {
  if (id === undefined) return undefined
  const uuid = uuidOf('action', id)
  const capture = actions.find((one) => one.id === uuid && one.kind === 'capture' && one.state === 'succeeded')
  if (!capture) throw new InvalidRequest(['capture_action_id_invalid'])
  return capture
}
