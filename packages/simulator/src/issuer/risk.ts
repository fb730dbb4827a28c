/**
 * The risk check before an authorization: lists, and what velocity rules have counted. A merchant switches all of it off
 * with `risk.enabled: false`.
 */
import type { Switches } from '@sluice/core/switches'
import { switchValue } from '../switches.ts'
import type { PaymentRequest } from '../wire.ts'
import type { Fidelity } from './cards.ts'
import type { VelocityRule } from './velocity.ts'

/** What of a payment is looked up. `bin`: the first six digits of the card. */
export type RiskSubject = 'card' | 'bin' | 'ip' | 'email' | 'phone'

export interface ListRule {
  by: RiskSubject
  /** Of e-mail addresses `name@` and `@domain` stand for all that begin or end so. */
  listed: readonly string[]
  /** With which the payment is refused; 44301 asks for 3-D Secure instead. Absent: it is let through, and flagged. */
  code?: string
  /** 0 (safe) to 100. */
  score: number
  fidelity: Fidelity
}

/** First match wins. The IP addresses are those of documentation (RFC 5737, RFC 3849): no shopper has them. */
export const LIST_RULES: readonly ListRule[] = [
  { by: 'card', listed: ['4000000000000002'], code: '40201', score: 100, fidelity: 'inferred' },
  { by: 'bin', listed: ['400066'], code: '40205', score: 100, fidelity: 'inferred' },
  { by: 'ip', listed: ['203.0.113.66', '2001:db8::66'], code: '40202', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['blocked@', '@blocked.example'], code: '40203', score: 100, fidelity: 'inferred' },
  { by: 'phone', listed: ['5550000666'], code: '40204', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['40101@risk.example'], code: '40101', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['41101@risk.example'], code: '41101', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['41201@risk.example'], code: '41201', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['42101@risk.example'], code: '42101', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['43101@risk.example'], code: '43101', score: 100, fidelity: 'inferred' },
  { by: 'email', listed: ['44301@risk.example'], code: '44301', score: 60, fidelity: 'inferred' },
  { by: 'email', listed: ['risky@'], score: 70, fidelity: 'inferred' },
]

/** `3DS authentication required by risk`: of payments with a card. */
export const WANTS_AUTHENTICATION = '44301'

export interface RiskResult {
  flagged: boolean
  /** 0 (safe) to 100. */
  score: number
  /** Set when the payment is refused, or is to be authenticated: `WANTS_AUTHENTICATION`. */
  code?: string
}

/** @param exceeded the velocity rules whose count this payment is above */
export function assessRisk(
  request: PaymentRequest,
  switches: Switches,
  exceeded: readonly VelocityRule[] = [],
): RiskResult {
  if (request.risk?.enabled === false) return { flagged: false, score: 0 }
  const rules: readonly (ListRule | VelocityRule)[] = [
    ...LIST_RULES.filter((rule) => isListed(rule, request)),
    ...exceeded,
  ]
  const rule = rules.find(({ code }) => code !== undefined) ?? rules[0]
  if (rule) return { flagged: true, score: rule.score, ...(rule.code === undefined ? {} : { code: rule.code }) }
  if (switchValue(switches, 'authorize', 'risk') === 'flag') return { flagged: true, score: 70 }
  return { flagged: false, score: 0 }
}

/** What a rule looks at; '' where the payment has nothing of it. */
export function subjectOf(by: RiskSubject, { card, ip, customer }: PaymentRequest): string {
  switch (by) {
    case 'card':
      return card?.number ?? ''
    case 'bin':
      return card?.number.slice(0, 6) ?? ''
    case 'ip':
      return (ip ?? '').toLowerCase()
    case 'email':
      return textOf(customer?.['email']).toLowerCase()
    case 'phone':
      return phoneDigits(customer?.['phone'])
  }
}

/** Whether a payment is one of those that a rule is about. */
export function isListed(
  { by, listed }: { by: RiskSubject; listed: readonly string[] },
  request: PaymentRequest,
): boolean {
  const subject = subjectOf(by, request)
  if (subject === '') return false
  return listed.some((one) => {
    if (by === 'email' && one.endsWith('@')) return subject.startsWith(one)
    return by === 'email' && one.startsWith('@') ? subject.endsWith(one) : subject === one
  })
}

function phoneDigits(phone: unknown): string {
  if (typeof phone !== 'object' || phone === null) return ''
  return textOf((phone as Record<string, unknown>)['number']).replaceAll(/\D/g, '')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
