/**
 * The cards that take part in 3-D Secure, as the directory server publishes them: ranges of whole numbers, the versions
 * their issuer speaks, and whether he has a method page. The issuers that
 * do not take part lie between the ranges.
 */
import type { CardRange, MessageVersion } from '@sluice/core/three-ds/messages'
import type { Fidelity } from '../issuer/cards.ts'
import { notEnrolledNumbers } from '../issuer/three-ds-cards.ts'

interface Participants {
  scheme: string
  /** First digits, each with the last it reaches to: `51-55`. */
  prefixes: string
  lengths: readonly number[]
  versions: readonly MessageVersion[]
  /** Whether there is a method page. */
  method: boolean
  fidelity: Fidelity
}

const BOTH = ['2.2.0', '2.3.1'] as const
const FIRST = ['2.2.0'] as const

/** Which versions and method pages a scheme has is our choice: every combination is there to be tested. */
export const PARTICIPANTS: readonly Participants[] = [
  { scheme: 'VISA', prefixes: '4', lengths: [13, 16, 18, 19], versions: BOTH, method: true, fidelity: 'inferred' },
  {
    scheme: 'MASTERCARD',
    prefixes: '500018 51-55 2221-2720',
    lengths: [16],
    versions: BOTH,
    method: true,
    fidelity: 'inferred',
  },
  { scheme: 'AMEX', prefixes: '34 37', lengths: [15], versions: FIRST, method: true, fidelity: 'inferred' },
  {
    scheme: 'DINERS',
    prefixes: '300-305 309 36 38-39',
    lengths: [14, 16, 17, 18, 19],
    versions: FIRST,
    method: false,
    fidelity: 'inferred',
  },
  {
    scheme: 'JCB',
    prefixes: '3528-3589',
    lengths: [16, 17, 18, 19],
    versions: FIRST,
    method: false,
    fidelity: 'inferred',
  },
  {
    scheme: 'DISCOVER',
    prefixes: '6011 644-649 65',
    lengths: [16, 17, 18, 19],
    versions: FIRST,
    method: false,
    fidelity: 'inferred',
  },
  {
    scheme: 'UNIONPAY',
    prefixes: '62',
    lengths: [16, 17, 18, 19],
    versions: BOTH,
    method: true,
    fidelity: 'inferred',
  },
  {
    scheme: 'MAESTRO',
    prefixes: '500000-500017 500019-509999 56-59 6000-6010 6012-6099 61 63 640-643 66-69',
    lengths: [13, 14, 15, 16, 17, 18, 19],
    versions: BOTH,
    method: true,
    fidelity: 'inferred',
  },
]

const ISSUER_DIGITS = 8

interface Span {
  start: bigint
  end: bigint
  length: number
}

/**
 * The same ranges in the form of either version.
 * @param methodUrl where the method page is
 */
export function cardRanges(version: MessageVersion, methodUrl: string): CardRange[] {
  return PARTICIPANTS.flatMap((participants): CardRange[] => {
    const { versions, method } = participants
    const url = method ? { threeDSMethodURL: methodUrl } : {}
    const spans = spansOf(participants).map(({ start, end, length }) => ({
      startRange: digits(start, length),
      endRange: digits(end, length),
    }))
    if (version === '2.2.0') {
      return spans.map((span) => ({
        ...span,
        actionInd: 'A' as const,
        acsStartProtocolVersion: versions[0] as string,
        acsEndProtocolVersion: versions.at(-1) as string,
        acsInfoInd: ['01'],
        ...url,
      }))
    }
    return [
      {
        ranges: spans,
        actionInd: 'A' as const,
        acsProtocolVersions: versions.map((one) => ({ version: one, acsInfoInd: ['01'], ...url })),
      },
    ]
  })
}

/** The participants a number belongs to, or `undefined`: its card is not enrolled. */
export function participantsOf(number: string): Participants | undefined {
  return PARTICIPANTS.find((participants) =>
    spansOf(participants).some(
      ({ start, end, length }) => number.length === length && BigInt(number) >= start && BigInt(number) <= end,
    ),
  )
}

function spansOf({ prefixes, lengths }: Participants): Span[] {
  return lengths.flatMap((length) =>
    prefixes.split(' ').flatMap((prefix) => {
      const [first = '', last = first] = prefix.split('-')
      return without(
        {
          start: BigInt(first.padEnd(length, '0')),
          end: BigInt(last.padEnd(length, '9')),
          length,
        },
        notEnrolledNumbers(),
      )
    }),
  )
}

/**
 * What is left of a span when the issuers of some cards are taken out: all numbers that begin with the same eight digits,
 * so that the digits a payment is prepared with tell already.
 */
function without(span: Span, numbers: readonly string[]): Span[] {
  const holes = numbers
    .filter((number) => number.length === span.length)
    .map((number) => ({
      start: BigInt(number.slice(0, ISSUER_DIGITS).padEnd(span.length, '0')),
      end: BigInt(number.slice(0, ISSUER_DIGITS).padEnd(span.length, '9')),
    }))
    .filter((hole) => hole.start >= span.start && hole.end <= span.end)
    .sort((a, b) => (a.start < b.start ? -1 : 1))
  const spans: Span[] = []
  let { start } = span
  for (const hole of holes) {
    if (hole.start > start) spans.push({ ...span, start, end: hole.start - 1n })
    start = hole.end + 1n
  }
  if (start <= span.end) spans.push({ ...span, start })
  return spans
}

function digits(number: bigint, length: number): string {
  return number.toString().padStart(length, '0')
}
