/**
 * How often the same card, e-mail address or IP address has paid a merchant lately. Only payments that a rule is about
 * are counted, so that a test of two hundred ordinary payments never meets one. Payments are counted when they are booked,
 * whatever becomes of them, but for those that are sent back for authentication: they come again.
 */
import type { Switches } from '@sluice/core/switches'
import { switchValue } from '../switches.ts'
import type { PaymentRequest } from '../wire.ts'
import type { Fidelity } from './cards.ts'
import { isListed, subjectOf } from './risk.ts'

export interface VelocityRule {
  by: 'card' | 'ip' | 'email'
  /** The payments it is about: as of a list. */
  listed: readonly string[]
  /** What is above so many payments within so many seconds of the merchant's time is caught. */
  most: number
  withinS: number
  /** With which the payment is refused; 44301 asks for 3-D Secure instead. Absent: it is let through, and flagged. */
  code?: string
  /** 0 (safe) to 100. */
  score: number
  fidelity: Fidelity
}

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

export const VELOCITY_RULES: readonly VelocityRule[] = [
  {
    by: 'card',
    listed: ['4000000000000077'],
    most: 3,
    withinS: HOUR_S,
    code: '41301',
    score: 100,
    fidelity: 'inferred',
  },
  {
    by: 'card',
    listed: ['4000000000000093'],
    most: 2,
    withinS: HOUR_S,
    code: '44301',
    score: 60,
    fidelity: 'inferred',
  },
  {
    by: 'email',
    listed: ['@velocity.example'],
    most: 3,
    withinS: HOUR_S,
    code: '41302',
    score: 100,
    fidelity: 'inferred',
  },
  { by: 'email', listed: ['@watched.example'], most: 2, withinS: DAY_S, score: 65, fidelity: 'inferred' },
  {
    by: 'ip',
    listed: ['203.0.113.77', '2001:db8::77'],
    most: 5,
    withinS: 10 * MINUTE_S,
    code: '41303',
    score: 100,
    fidelity: 'inferred',
  },
]

/** What payments that bring a rule of their own are refused with. */
const OWN_RULE = { code: '41301', score: 100, fidelity: 'inferred' } as const

const UNIT_S: Readonly<Record<string, number>> = { S: 1, M: MINUTE_S, H: HOUR_S, D: DAY_S }

/** One payment that a rule counts. `mark`: what it is counted under, of which nobody can read what was counted. */
export interface Watch {
  rule: VelocityRule
  mark: string
}

/** @param markOf tells subjects apart, and only to this bank */
export function watchesOf(request: PaymentRequest, switches: Switches, markOf: (subject: string) => string): Watch[] {
  if (request.risk?.enabled === false) return []
  const own = ownRule(switches)
  return [
    ...VELOCITY_RULES.filter((rule) => isListed(rule, request)),
    ...(own && subjectOf(own.by, request) !== '' ? [own] : []),
  ].map((rule) => {
    const { by, listed } = rule
    return { rule, mark: markOf(`${listed.length > 0 ? 'rule' : 'own'} ${by} ${subjectOf(by, request)}`) }
  })
}

/** Of the switch `risk`: `velocity=3/PT1H`, which counts by card, or `velocity=3/PT1H/email`. */
function ownRule(switches: Switches): VelocityRule | undefined {
  const asked = /^velocity=(\d+)\/PT?(\d+)([DHMS])(?:\/(\w+))?$/.exec(switchValue(switches, 'authorize', 'risk') ?? '')
  if (!asked) return undefined
  const [, most, count, unit = 'S', by = 'card'] = asked
  return {
    ...OWN_RULE,
    by: by as VelocityRule['by'],
    listed: [],
    most: Number(most),
    withinS: Number(count) * (UNIT_S[unit] ?? 1),
  }
}

/** A payment that was counted under a mark: its key, and the merchant's time, ISO 8601. */
export interface Sighting {
  key: string
  at: string
}

/**
 * The rules that a payment is above. Its own earlier sightings do not count: the repeat of a key is the same payment. Later
 * ones do, because messages overtake each other.
 */
export function exceededBy(
  key: string,
  at: Date,
  watches: readonly Watch[],
  seenUnder: (mark: string) => readonly Sighting[],
): VelocityRule[] {
  return watches.flatMap(({ rule, mark }) => {
    const since = at.getTime() - rule.withinS * 1000
    const others = seenUnder(mark).filter((seen) => seen.key !== key && Date.parse(seen.at) > since)
    return new Set(others.map((seen) => seen.key)).size >= rule.most ? [rule] : []
  })
}
