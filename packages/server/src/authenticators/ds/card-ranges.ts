/** Which cards take part, in which versions, and where their method pages are: what the directory server says (PRes). */
import { type CardRange, MESSAGE_VERSIONS, type MessageVersion, type PRes } from '@sluice/core/three-ds/messages'

/** `start` and `end`: numbers of one length, both within. */
export interface Range {
  start: string
  end: string
  versions: readonly { version: MessageVersion; methodUrl?: string }[]
}

/** The form of 2.2.0 and that of 2.3.1, in one. Ranges that are withdrawn (`D`) are left out. */
export function rangesOf({ cardRangeData = [] }: PRes): Range[] {
  return cardRangeData
    .filter(({ actionInd }) => actionInd !== 'D')
    .flatMap((range) => {
      const versions = versionsOf(range)
      const spans = range.ranges ?? (isSpan(range) ? [range] : [])
      return spans.map(({ startRange, endRange }) => ({ start: startRange, end: endRange, versions }))
    })
}

function isSpan(range: CardRange): range is CardRange & { startRange: string; endRange: string } {
  return range.startRange !== undefined && range.endRange !== undefined
}

function versionsOf(range: CardRange): Range['versions'] {
  const { acsProtocolVersions, acsStartProtocolVersion: first, acsEndProtocolVersion: last, threeDSMethodURL } = range
  return MESSAGE_VERSIONS.flatMap((version) => {
    const own = acsProtocolVersions?.find((one) => one.version === version)
    const spoken = acsProtocolVersions
      ? own !== undefined
      : first !== undefined && last !== undefined && first <= version && version <= last
    const methodUrl = own?.threeDSMethodURL ?? threeDSMethodURL
    return spoken ? [{ version, ...(methodUrl !== undefined && { methodUrl }) }] : []
  })
}

/** Ranges as they are looked up: of each length of numbers, by their first number. */
export type RangeIndex = ReadonlyMap<number, readonly Indexed[]>

/** `reach`: the last number of this range and of all before it, so that a search knows where it may stop. */
interface Indexed extends Range {
  reach: string
}

export function indexOf(ranges: readonly Range[]): RangeIndex {
  const index = new Map<number, Indexed[]>()
  for (const range of ranges.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
    const { length } = range.start
    const sameLength = index.get(length) ?? []
    const before = sameLength.at(-1)?.reach ?? ''
    sameLength.push({ ...range, reach: range.end > before ? range.end : before })
    index.set(length, sameLength)
  }
  return index
}

/**
 * The narrowest range that has cards of the usual length which begin with these digits.
 * @param bin six to eight leading digits
 */
export function findRange(known: RangeIndex, bin: string): { version: MessageVersion; methodUrl?: string } | undefined {
  const length = usualLength(bin)
  const ranges = known.get(length) ?? []
  const [first, last] = [bin.padEnd(length, '0'), bin.padEnd(length, '9')]
  let narrowest: Range | undefined
  for (let at = countUpTo(ranges, last) - 1; at >= 0; at--) {
    const range = ranges[at] as Indexed
    if (range.reach < first) break
    if (range.end >= first && (!narrowest || widthOf(range) < widthOf(narrowest))) narrowest = range
  }
  return narrowest?.versions.at(-1)
}

/** How many of them begin at `last` or before it. */
function countUpTo(ranges: readonly Range[], last: string): number {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle] as Range).start <= last) low = middle + 1
    else high = middle
  }
  return low
}

function widthOf({ start, end }: Range): bigint {
  return BigInt(end) - BigInt(start)
}

/** Who has eight digits of a number does not know how many follow; brands say it. */
function usualLength(bin: string): number {
  if (/^3[47]/.test(bin)) return 15
  return /^3[0689]/.test(bin) ? 14 : 16
}
