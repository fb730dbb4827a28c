/** How captures and refunds of a payment are shared between its sub-entities. */
import { isUnfinished } from '@sluice/core/action'
import { type Allocation, commissionOf, shareByWeight, sharesById, sumOf } from '@sluice/core/allocations'
import { wireId } from '@sluice/core/ids'
import { InvalidRequest } from '@sluice/core/problems'
import type { AllocationsReply } from '@sluice/core/wire/operations'
import type { ActionRow } from '../store/actions.ts'
import type { PaymentRow } from '../store/payments.ts'

type Shared = Pick<PaymentRow, 'request' | 'requested' | 'incremented'>

/** What the merchant asked to be shared, for the payment as a whole; absent when it is not shared. */
function askedOf({ request }: Pick<PaymentRow, 'request'>): readonly Allocation[] | undefined {
  return request['amount_allocations'] as readonly Allocation[] | undefined
}

/** The shares of the first capture, when it is of all that was authorized. */
export function firstShares(payment: Pick<PaymentRow, 'request' | 'requested'>, amount: number): Allocation[] | null {
  return captureShares({ ...payment, incremented: 0 }, [], amount, undefined)
}

/**
 * The shares of a capture. Without any of its own it is split in proportion to what each sub-entity has not got yet, so
 * that captures in parts end with the very shares that were asked for.
 * @param actions all of the payment's, also those under way
 * @throws InvalidRequest `amount_allocations_sum_invalid`
 */
export function captureShares(
  payment: Shared,
  actions: readonly ActionRow[],
  amount: number,
  given: readonly Allocation[] | undefined,
): Allocation[] | null {
  if (given) return checkedSum(given, amount)
  const asked = askedOf(payment)
  if (!asked || amount === 0) return null
  const grown = payment.incremented === 0 ? amountsOf(asked) : shareOfGrown(payment, asked)
  const taken = sharesById(actions.filter((one) => one.kind === 'capture' && counts(one)).map(sharesOf))
  const left = remaining(asked, grown, taken)
  return split(amount, asked, left.some((weight) => weight > 0) ? left : amountsOf(asked))
}

/**
 * The shares of a refund: each sub-entity gives back at most what it was given, in proportion where nothing is said; of
 * one capture, at most what it was given then, and what it has kept of all.
 * @param ofAction the capture that is given back; absent: any
 * @throws InvalidRequest `amount_allocations_sum_invalid`, `amount_allocations_id_invalid`, `amount_allocations_amount_invalid`
 */
export function refundShares(
  actions: readonly ActionRow[],
  amount: number,
  given: readonly Allocation[] | undefined,
  ofAction: ActionRow | undefined,
): Allocation[] | null {
  const captures = actions.filter((one) => one.kind === 'capture' && one.state === 'succeeded')
  const captured = (ofAction ? [ofAction] : captures).flatMap(sharesOf)
  const refunds = actions.filter((one) => one.kind === 'refund' && counts(one))
  const back = sharesById(refunds.map(sharesOf))
  const backOfCapture = sharesById(refunds.filter((one) => one.ofAction === ofAction?.id).map(sharesOf))
  const ofAll = sharesById(captures.map(sharesOf))
  const shares = [...sharesById([captured])].map(([id, amount]) => ({ id, amount }))
  const left = shares.map(({ id, amount }) => {
    const kept = (ofAll.get(id) ?? 0) - (back.get(id) ?? 0)
    return ofAction ? Math.min(kept, amount - (backOfCapture.get(id) ?? 0)) : kept
  })
  if (given) {
    const wrong = new Set<string>()
    for (const [id, wanted] of sharesById([given])) {
      const place = shares.findIndex((one) => one.id === id)
      if (place < 0) wrong.add('amount_allocations_id_invalid')
      else if (wanted > (left[place] as number)) wrong.add('amount_allocations_amount_invalid')
    }
    if (wrong.size > 0) throw new InvalidRequest([...wrong])
    return checkedSum(given, amount)
  }
  if (amount === 0 || shares.length === 0) return null
  if (left.reduce((sum, one) => sum + one, 0) >= amount) return split(amount, shares, left)
  // What was captured for nobody is given back by nobody; else they have given it back by refunds of another capture.
  const nobodys = sumOf(captures.filter(({ allocations }) => !allocations))
  const nobodysBack = sumOf(refunds.filter(({ allocations }) => !allocations))
  if (!ofAction && amount <= nobodys - nobodysBack) return null
  throw new InvalidRequest(['amount_allocations_sum_invalid'])
}

/** `GET /payments/{id}/allocations`: what each sub-entity is owed, from what was captured and given back. */
export function allocationsReply(payment: PaymentRow, actions: readonly ActionRow[]): AllocationsReply {
  const done = (kind: 'capture' | 'refund') =>
    actions.filter((one) => one.kind === kind && one.state === 'succeeded').map(sharesOf)
  const captures = done('capture')
  const captured = sharesById(captures)
  const refunded = sharesById(done('refund'))
  const asked = askedOf(payment) ?? []
  const named = [...asked, ...captures.flat()]
  const ids = [...new Set(named.map(({ id }) => id))]
  return {
    payment_id: wireId('payment', payment.id),
    currency: payment.currency,
    allocations: ids.map((id) => {
      const first = named.find((one) => one.id === id)
      const kept = (captured.get(id) ?? 0) - (refunded.get(id) ?? 0)
      const commission = commissionOf(kept, first?.commission)
      return {
        id,
        ...(first?.reference === undefined ? {} : { reference: first.reference }),
        amount: sharesById([asked]).get(id) ?? 0,
        captured: captured.get(id) ?? 0,
        refunded: refunded.get(id) ?? 0,
        commission,
        owed: kept - commission,
      }
    }),
  }
}

function checkedSum(given: readonly Allocation[], amount: number): Allocation[] {
  if (sumOf(given) !== amount) throw new InvalidRequest(['amount_allocations_sum_invalid'])
  return [...given]
}

/** Each sub-entity's share of what is authorized after increments. */
function shareOfGrown({ requested, incremented }: Shared, asked: readonly Allocation[]): number[] {
  return shareByWeight(requested + incremented, amountsOf(asked))
}

function split(amount: number, of: readonly Allocation[], weights: readonly number[]): Allocation[] {
  const shares = shareByWeight(amount, weights)
  return of.map((one, place) => ({ ...one, amount: shares[place] as number })).filter((one) => one.amount > 0)
}

/** What is left of each share; a sub-entity that stands in the list twice loses its first share first. */
function remaining(
  of: readonly Allocation[],
  amounts: readonly number[],
  taken: ReadonlyMap<string, number>,
): number[] {
  const open = new Map(taken)
  return of.map(({ id }, place) => {
    const used = Math.min(amounts[place] as number, open.get(id) ?? 0)
    open.set(id, (open.get(id) ?? 0) - used)
    return (amounts[place] as number) - used
  })
}

function counts({ state }: ActionRow): boolean {
  return state === 'succeeded' || isUnfinished(state)
}

function sharesOf({ allocations }: ActionRow): readonly Allocation[] {
  return allocations ?? []
}

function amountsOf(allocations: readonly Allocation[]): number[] {
  return allocations.map(({ amount }) => amount)
}
