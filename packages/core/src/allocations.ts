/** How an amount is shared between sub-entities: whole minor units, and nothing lost or made up. */

/** One sub-entity's share of a movement. `id`: `ent_…`. Amounts in minor units. */
export interface Allocation {
  id: string
  amount: number
  reference?: string
  /** The platform's part of the share: a fixed amount, a percentage, or both. */
  commission?: { amount?: number; percentage?: number }
}

/**
 * Shares an amount in proportion to weights by the largest remainder; of equal remainders the first wins. No share is
 * larger than its weight as long as the amount is not larger than their sum, so what is left can be shared to the end.
 * @param weights whole numbers that are not negative; at least one is positive
 * @returns one share for each weight, which add up to the amount
 */
export function shareByWeight(amount: number, weights: readonly number[]): number[] {
  const whole = BigInt(amount)
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) throw new RangeError('there is nothing to share by')
  const exact = weights.map((weight, place) => {
    const part = whole * BigInt(weight)
    return { place, share: part / total, remainder: part % total }
  })
  const left = Number(whole - exact.reduce((sum, { share }) => sum + share, 0n))
  const inTurn = exact.toSorted((a, b) =>
    a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.place - b.place,
  )
  const luckier = new Set(inTurn.slice(0, left).map(({ place }) => place))
  return exact.map(({ place, share }) => Number(share) + (luckier.has(place) ? 1 : 0))
}

/** The sum of shares. */
export function sumOf(allocations: readonly Pick<Allocation, 'amount'>[]): number {
  return allocations.reduce((sum, { amount }) => sum + amount, 0)
}

/** What each sub-entity has in a list of movements; one that is named twice counts twice. */
export function sharesById(movements: readonly (readonly Allocation[])[]): Map<string, number> {
  const shares = new Map<string, number>()
  for (const { id, amount } of movements.flat()) shares.set(id, (shares.get(id) ?? 0) + amount)
  return shares
}

/**
 * What of a share the platform keeps: the fixed commission and the percentage of the share, half a minor unit rounded
 * up, and never more than the share.
 */
export function commissionOf(share: number, commission: Allocation['commission']): number {
  if (!commission || share <= 0) return 0
  const percent = Math.round((share * (commission.percentage ?? 0)) / 100)
  return Math.min(share, (commission.amount ?? 0) + percent)
}
