/** Which cards take part, in which versions, and where their method pages are: what the directory server says (PRes). */
import { type CardRange, MESSAGE_VERSIONS, type MessageVersion, type PRes } from '@sluice/core/three-ds/messages'

/** Of one directory server, as it was heard last. */
export interface KnownRanges {
  ranges: readonly Range[]
  /** Real time, milliseconds since 1970. */
  heardOn: number
}

interface Range {
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

/** @param bin six to eight leading digits: a range is met when it has cards that begin with them, of the usual length */
export function findRange(
  known: readonly Range[],
  bin: string,
): { version: MessageVersion; methodUrl?: string } | undefined {
  const length = usualLength(bin)
  const range = known.find(
    ({ start, end }) => start.length === length && start.slice(0, bin.length) <= bin && bin <= end.slice(0, bin.length),
  )
  return range?.versions.at(-1)
}

/** Who has eight digits of a number does not know how many follow; brands say it. */
function usualLength(bin: string): number {
  if (/^3[47]/.test(bin)) return 15
  return /^3[0689]/.test(bin) ? 14 : 16
}
