/** The risk check before an authorization: a few lists. A merchant switches it off with `risk.enabled: false`. */
import type { PaymentRequest } from '../wire.ts'

interface RiskRule {
  code: string
  describe: string
  matches: (request: PaymentRequest) => boolean
}

const BLOCKED_EMAILS = /^blocked@|@blocked\.example$/i
const BLOCKED_PHONE_NUMBERS = ['5550000666']
/** Documentation addresses (RFC 5737, RFC 3849): no shopper has them. */
const BLOCKED_ADDRESSES = ['203.0.113.66', '2001:db8::66']
const BLOCKED_CARDS = ['4000000000000002']
const BLOCKED_BINS = ['400066']

/** First match wins. */
export const BLOCK_RULES: readonly RiskRule[] = [
  {
    code: '40201',
    describe: 'the card 4000 0000 0000 0002',
    matches: ({ card }) => card !== undefined && BLOCKED_CARDS.includes(card.number),
  },
  {
    code: '40205',
    describe: 'cards that begin with 4000 66',
    matches: ({ card }) => card !== undefined && BLOCKED_BINS.some((bin) => card.number.startsWith(bin)),
  },
  {
    code: '40202',
    describe: 'the addresses 203.0.113.66 and 2001:db8::66',
    matches: ({ ip }) => ip !== undefined && BLOCKED_ADDRESSES.includes(ip.toLowerCase()),
  },
  {
    code: '40203',
    describe: 'e-mail addresses blocked@… and …@blocked.example',
    matches: ({ customer }) => BLOCKED_EMAILS.test(textOf(customer?.['email'])),
  },
  {
    code: '40204',
    describe: 'the phone number 555 000 0666',
    matches: ({ customer }) => BLOCKED_PHONE_NUMBERS.includes(phoneDigits(customer?.['phone'])),
  },
]

/** E-mail addresses that are let through, but flagged. */
const FLAGGED_EMAILS = /^risky@/i

export interface RiskResult {
  flagged: boolean
  /** 0 (safe) to 100. */
  score: number
  /** Set when the payment is refused. */
  code?: string
}

export function assessRisk(request: PaymentRequest): RiskResult {
  if (request.risk?.enabled === false) return { flagged: false, score: 0 }
  const broken = BLOCK_RULES.find((rule) => rule.matches(request))
  if (broken) return { flagged: true, score: 100, code: broken.code }
  if (FLAGGED_EMAILS.test(textOf(request.customer?.['email']))) return { flagged: true, score: 70 }
  return { flagged: false, score: 0 }
}

function phoneDigits(phone: unknown): string {
  if (typeof phone !== 'object' || phone === null) return ''
  return textOf((phone as Record<string, unknown>)['number']).replaceAll(/\D/g, '')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
