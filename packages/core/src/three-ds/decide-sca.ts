/**
 * Whether a payment is authenticated, authorized or declined, at each step of an attempt: before anything was done, when
 * an authentication has ended, when the issuer has asked for one. One table: the first row whose every cell agrees
 * decides. `docs/reference/sca.md` prints it.
 */
import type { TransStatus } from './messages.ts'

/**
 * Beside the statuses of 3-D Secure. `not_enrolled`: no card range of the scheme covers the card. `failed`: DS or ACS gave
 * no usable answer to the first question, or none in time. `timed_out`: the shopper is back from the challenge, and its
 * result has not come in time. `abandoned`: the shopper did not finish the challenge in its 15 minutes, or did not come
 * back from it.
 */
export type AuthenticationResult = TransStatus | 'not_enrolled' | 'failed' | 'timed_out' | 'abandoned'

export interface ScaInput {
  /** The session's `payment_type`. */
  paymentType: string
  /** Started by the merchant without the shopper: a later payment of a series. */
  merchantInitiated: boolean
  /** To be authorized: minor units, ISO 4217. 0 verifies a card. */
  amount: number
  currency: string
  /** The session's `3ds`. Default of `allowUpgrade`: true; of the others: false or none. */
  threeDs: {
    enabled: boolean
    attemptN3d?: boolean | undefined
    challengeIndicator?: string | undefined
    exemption?: string | undefined
    allowUpgrade?: boolean | undefined
  }
  /** The issuer answered 20154, or 44301, to an authorization of this attempt. */
  scaDemanded: boolean
  /** What the authentication of this attempt came to, and for how much. Absent: there was none yet. */
  authentication?: { result: AuthenticationResult; amount: number; currency: string } | undefined
}

export type ScaDecision =
  /** `stepUp`: because the issuer asked for it. `challenge` is what to ask of the ACS: with `mandated`, indicator 04. */
  | { do: 'authenticate'; stepUp: boolean; challenge: 'mandated' | 'as_wished' }
  | { do: 'authorize_with_exemption'; exemption: string }
  /** `authenticated`: with ECI and cryptogram of the authentication. `downgraded`: without, though it was tried. */
  | { do: 'authorize'; authenticated: boolean; downgraded: boolean }
  | { do: 'decline'; code: ScaDeclineCode }
export type ScaDeclineCode = '20150' | '20151' | '20152' | '20153' | '20154' | '20155'

/** What the table asks. Every question has few answers, so that all combinations can be counted out. */
export interface ScaCells {
  /** Whether the shopper takes part: not in MOTO, nor when the merchant initiates. */
  shopper: 'present' | 'absent'
  /** How the authentication ended; `none`: there was none yet. */
  authentication: AuthenticationResult | 'none'
  /** Whether the issuer has asked for one: 20154, or 44301 where it is the risk rules that ask. */
  issuer: 'asks' | 'silent'
  enabled: 'yes' | 'no'
  attempt_n3d: 'yes' | 'no'
  allow_upgrade: 'yes' | 'no'
  /** Whether an exemption is claimed that spares the authentication, and is within its limit. */
  exemption: 'claimed' | 'none'
  /** Whether a challenge is demanded: by `challenge_indicator`, or because a series of payments begins. */
  challenge: 'mandated' | 'other'
  /** Whether amount and currency are those that were authenticated, or less. */
  amount: 'within' | 'above'
}

export interface ScaRow {
  when: { readonly [Cell in keyof ScaCells]?: ReadonlyArray<ScaCells[Cell]> }
  outcome: ScaOutcome
  because: string
}
export type ScaOutcome =
  | 'authenticate'
  | 'authenticate, stepping up'
  | 'authorize with exemption'
  | 'authorize'
  | 'authorize as authenticated'
  | 'authorize, downgraded'
  | `decline ${ScaDeclineCode}`

const UNUSABLE = ['U', 'S', 'failed', 'timed_out', 'not_enrolled'] as const

export const SCA_TABLE: readonly ScaRow[] = [
  {
    when: { shopper: ['absent'], issuer: ['asks'] },
    outcome: 'decline 20154',
    because: 'Nobody is there to be authenticated.',
  },
  { when: { shopper: ['absent'] }, outcome: 'authorize', because: 'MOTO and merchant-initiated payments never are.' },
  {
    when: { authentication: ['none'], issuer: ['asks'], allow_upgrade: ['yes'] },
    outcome: 'authenticate, stepping up',
    because: 'The issuer asks for it, whatever exemption was claimed.',
  },
  {
    when: { authentication: ['none'], issuer: ['asks'] },
    outcome: 'decline 20154',
    because: 'The merchant does not allow the step up.',
  },
  {
    when: { authentication: ['none'], enabled: ['no'], exemption: ['claimed'], challenge: ['other'] },
    outcome: 'authorize with exemption',
    because: 'Not to be authenticated, and the issuer is told why.',
  },
  { when: { authentication: ['none'], enabled: ['no'] }, outcome: 'authorize', because: '3-D Secure is not wanted.' },
  {
    when: { authentication: ['none'], exemption: ['claimed'], challenge: ['other'] },
    outcome: 'authorize with exemption',
    because: 'The exemption spares the authentication.',
  },
  { when: { authentication: ['none'] }, outcome: 'authenticate', because: '3-D Secure is wanted.' },
  {
    when: { authentication: ['C', 'D'], issuer: ['asks'] },
    outcome: 'authenticate, stepping up',
    because: 'The challenge is still to come, or under way.',
  },
  { when: { authentication: ['C', 'D'] }, outcome: 'authenticate', because: 'As above.' },
  {
    when: { authentication: ['N', 'R'] },
    outcome: 'decline 20151',
    because: 'Not authenticated, and rejected, are never authorized.',
  },
  {
    when: { authentication: ['abandoned'] },
    outcome: 'decline 20152',
    because: 'The challenge was not finished in 15 minutes.',
  },
  {
    when: { authentication: ['Y', 'A', 'I'], amount: ['above'] },
    outcome: 'decline 20155',
    because: 'More than what was authenticated, or another currency.',
  },
  {
    when: { authentication: ['Y', 'A'] },
    outcome: 'authorize as authenticated',
    because: 'Authenticated or attempted: with its ECI and cryptogram.',
  },
  {
    when: { authentication: ['I'] },
    outcome: 'authorize',
    because: 'The issuer was informed only; nothing was proven.',
  },
  {
    when: { authentication: UNUSABLE, attempt_n3d: ['yes'], issuer: ['asks'] },
    outcome: 'decline 20154',
    because: 'The issuer has refused it without authentication.',
  },
  {
    when: { authentication: UNUSABLE, attempt_n3d: ['yes'] },
    outcome: 'authorize, downgraded',
    because: 'The merchant goes on without 3-D Secure.',
  },
  { when: { authentication: ['not_enrolled'] }, outcome: 'decline 20150', because: 'The card does not take part.' },
  { when: { authentication: UNUSABLE }, outcome: 'decline 20153', because: 'It could not be done, or not in time.' },
]

/**
 * The exemptions that spare the authentication; the other four (`trusted_listing`, `trusted_listing_prompt`,
 * `sca_delegation`, `data_share`) are claimed in the authentication itself. `upTo`: the most they are claimed for, in minor
 * units by currency; in another currency they are not claimed, because no limit is known. `zero`: whether amount 0 is exempt
 * too; mostly it is not, since who adds a card is to be seen.
 */
export const SCA_EXEMPTIONS: ReadonlyMap<string, { upTo?: Readonly<Record<string, number>>; zero: boolean }> = new Map([
  ['low_value', { upTo: { EUR: 3_000, GBP: 2_500 }, zero: false }],
  ['transaction_risk_assessment', { upTo: { EUR: 50_000, GBP: 44_000 }, zero: false }],
  ['low_risk_program', { zero: false }],
  ['secure_corporate_payment', { zero: false }],
  ['recurring_operation', { zero: false }],
  ['3ds_outage', { zero: true }],
  ['out_of_sca_scope', { zero: true }],
  ['other', { zero: false }],
])

/** Payment types, in lower case, that begin a series: the shopper agrees to all that follow, and a challenge proves that he did. */
export const SERIES: readonly string[] = ['recurring', 'installment', 'unscheduled']

/** Pure: the same input, the same decision. Every input has one. */
export function decideSca(input: ScaInput): ScaDecision {
  const cells = cellsOf(input)
  const outcome = outcomeOf(cells)
  switch (outcome) {
    case 'authenticate':
      return {
        do: 'authenticate',
        stepUp: false,
        challenge: cells.challenge === 'mandated' ? 'mandated' : 'as_wished',
      }
    case 'authenticate, stepping up':
      return { do: 'authenticate', stepUp: true, challenge: 'mandated' }
    case 'authorize with exemption':
      return { do: 'authorize_with_exemption', exemption: input.threeDs.exemption ?? 'none' }
    case 'authorize':
      return { do: 'authorize', authenticated: false, downgraded: false }
    case 'authorize as authenticated':
      return { do: 'authorize', authenticated: true, downgraded: false }
    case 'authorize, downgraded':
      return { do: 'authorize', authenticated: false, downgraded: true }
    default:
      return { do: 'decline', code: outcome.slice('decline '.length) as ScaDeclineCode }
  }
}

export function cellsOf(input: ScaInput): ScaCells {
  const { threeDs, authentication } = input
  // The API takes payment types in any case.
  const paymentType = input.paymentType.toLowerCase()
  return {
    shopper: paymentType === 'moto' || input.merchantInitiated ? 'absent' : 'present',
    authentication: authentication?.result ?? 'none',
    issuer: input.scaDemanded ? 'asks' : 'silent',
    enabled: yesOrNo(threeDs.enabled),
    attempt_n3d: yesOrNo(threeDs.attemptN3d ?? false),
    allow_upgrade: yesOrNo(threeDs.allowUpgrade ?? true),
    exemption: isClaimable(threeDs.exemption, input.amount, input.currency) ? 'claimed' : 'none',
    challenge:
      threeDs.challengeIndicator === 'challenge_requested_mandate' || SERIES.includes(paymentType)
        ? 'mandated'
        : 'other',
    amount:
      authentication === undefined ||
      (input.amount <= authentication.amount && input.currency === authentication.currency)
        ? 'within'
        : 'above',
  }
}

function outcomeOf(cells: ScaCells): ScaOutcome {
  const row = SCA_TABLE.find(({ when }) =>
    Object.entries(when).every(([cell, allowed]) =>
      (allowed as readonly string[]).includes(cells[cell as keyof ScaCells]),
    ),
  )
  if (!row) throw new Error(`no row decides ${JSON.stringify(cells)}`)
  return row.outcome
}

function isClaimable(exemption: string | undefined, amount: number, currency: string): boolean {
  const rule = exemption === undefined ? undefined : SCA_EXEMPTIONS.get(exemption)
  if (!rule) return false
  if (amount === 0) return rule.zero
  return rule.upTo === undefined || amount <= (rule.upTo[currency] ?? 0)
}

function yesOrNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no'
}
