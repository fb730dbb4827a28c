/**
 * The issuer's mind: what a payment comes to, now and after whatever its shopper may do. A pure function of the request
 * and the merchant's time, decided once, when the payment is booked.
 */
import { localSchemeOf, testCardFacts } from '@sluice/core/bins'
import { isExpired } from '@sluice/core/cards'
import { declineClass, responseSummary } from '@sluice/core/response-codes'
import type { Switches } from '@sluice/core/switches'
import { switchValue } from '../switches.ts'
import type { Answer, AnswerFacts, PaymentRequest } from '../wire.ts'
import { codeOfAmount } from './amounts.ts'
import { type KnownCard, knownCard } from './cards.ts'
import { avsCheck, cvvCheck } from './checks.ts'
import {
  acquirerTransactionId,
  authCode,
  type FactSource,
  factsOf,
  retrievalReferenceNumber,
  schemeTransactionId,
} from './facts.ts'
import { planMethod } from '../methods/plan.ts'
import { capturesByItself, kindOfMethod } from './methods.ts'
import { assessRisk, WANTS_AUTHENTICATION } from './risk.ts'
import type { VelocityRule } from './velocity.ts'
import type { Proof } from '../three-ds/proof.ts'
import { authenticate, authenticatedBefore } from './three-ds.ts'
import { verificationCode } from './verification-cards.ts'

export interface Plan {
  first: Answer
  /** What the payment turns into when its page, or time, says so. Present while it waits for one of them. */
  approved?: Answer
  failed?: Answer
  /** Seconds of the merchant's time after which the payment changes by itself. */
  later?: { afterS: number; to: Answer }
  /** The shopper's bank sends it back so long after it was collected, for this reason. */
  returned?: { afterS: number; code: string }
  /** The code with which captures and voids fail. */
  followupCode?: string
}

/** `Invalid merchant / wallet id` */
const WALLET_DOES_NOT_OPEN = '20102'
export const THREE_DS_DEADLINE_S = 15 * 60
const BANK = { acquirer_name: 'Sluice Simulator Bank', acquirer_country_code: 'GB' }

/** What the books say beside the request. */
export interface Known {
  /** What the issuer found of the authentication that the request claims to have had. */
  proof?: Proof | undefined
  /** The velocity rules that the payment is above. */
  exceeded?: readonly VelocityRule[]
}

/** @param at the merchant's time */
export function decide(
  request: PaymentRequest,
  key: string,
  at: Date,
  switches: Switches,
  { proof, exceeded = [] }: Known = {},
): Plan {
  const facts = factsOf(request.merchant, key)
  const risk = assessRisk(request, switches, exceeded)
  const method = request.method ?? 'card'
  const kind = kindOfMethod(method)
  const common: AnswerFacts = {
    risk: { flagged: risk.flagged, score: risk.score },
    processing: {
      retrieval_reference_number: retrievalReferenceNumber(facts),
      acquirer_transaction_id: acquirerTransactionId(facts),
      ...BANK,
    },
  }
  if (kind === undefined) return { first: declined('20103', common) }
  // Only a card can be authenticated; for the others it is enough that they are flagged.
  const unproven = risk.code === WANTS_AUTHENTICATION
  if (risk.code !== undefined && !unproven) return { first: declined(risk.code, common) }
  if (kind === 'card')
    return pendingIfAsked(decideCard(request, facts, at, switches, common, { proof, unproven }), switches)

  const approved = approval(request, '10000', request.amount, common)
  const forced = switchValue(switches, 'authorize', 'code')
  if (forced !== undefined) return { first: answerWithCode(request, forced, common) }
  const waiting = planMethod({ request, key, kind, method, at, common, approved, declined })
  return pendingIfAsked(waiting, switches)
}

function decideCard(
  request: PaymentRequest,
  facts: FactSource,
  at: Date,
  switches: Switches,
  common: AnswerFacts,
  { proof, unproven }: { proof: Proof | undefined; unproven: boolean },
): Plan {
  const { card } = request
  if (!card) return { first: declined(isWallet(request) ? WALLET_DOES_NOT_OPEN : '20006', common) }
  const known = knownCard(card.number)
  const withCard: AnswerFacts = {
    ...common,
    processing: { ...common.processing, scheme: schemeOf(request, known) },
    card: { ...cardFacts(known), ...(isWallet(request) && foundCard(card)) },
    checks: { avs: avsCheck(addressLine1(request)), cvv: cvvCheck(card.cvv, known.row.cvvCheck) },
    eci: known.brand.eci.none,
  }
  const code = authorizationCode(request, known, at, switches)
  const before = authenticatedBefore(request, card.number, known.brand, proof)
  // A device's cryptogram proves as much as a challenge would, and comes with an indicator of its own.
  const proven = card.cryptogram !== undefined
  const demanded = unproven || (before?.code ?? code) === '20154'
  const asks = !proven && demanded && request.authentication === undefined
  // The bank says only now that it wants a page, so there may be no way back from it.
  const upgrade = asks && request.three_ds?.allow_upgrade === true && !(unproven && request.return_url === undefined)
  const done = before && !upgrade
  const step = proven
    ? undefined
    : done
      ? ({ kind: 'decided', result: before } as const)
      : authenticate(request, card.number, known.brand, facts, upgrade)
  const followup = known.row.followupCode === undefined ? {} : { followupCode: known.row.followupCode }
  const authorize = (threeDs: Record<string, unknown> | undefined): Answer => {
    const authenticated = proven || ['Y', 'A'].includes(threeDs?.['authentication_response'] as string)
    const wanted = unproven ? WANTS_AUTHENTICATION : code
    const issued = !authenticated ? wanted : code === '20154' ? '10000' : code
    const told = proven ? card.eci : authenticated ? (threeDs?.['eci'] as string | undefined) : undefined
    const eci = told ?? known.brand.eci.none
    return authorizationAnswer(request, known, issued, facts, switches, {
      ...withCard,
      eci,
      ...(threeDs ? { three_ds: threeDs } : {}),
    })
  }
  if (!step) return { first: authorize(undefined), ...followup }

  const conclude = (result: { code?: string; facts: Record<string, unknown> }): Answer =>
    result.code === undefined ? authorize(result.facts) : declined(result.code, { ...withCard, three_ds: result.facts })
  if (step.kind === 'decided') return { first: conclude(step.result), ...followup }
  const challenge = { enrolled: 'Y', downgraded: false, version: '2.2.0', challenged: true }
  return {
    first: { outcome: 'action', purpose: 'authentication', ...withCard, three_ds: challenge },
    approved: conclude(step.approved),
    failed: conclude(step.failed),
    later: { afterS: THREE_DS_DEADLINE_S, to: declined('20152', { ...withCard, three_ds: challenge }) },
    ...followup,
  }
}

/** The first rule that has something to say decides: switch, holder's name, card, amount, expiry date. */
function authorizationCode(request: PaymentRequest, known: KnownCard, at: Date, switches: Switches): string {
  const forced = switchValue(switches, 'authorize', 'code') ?? codeOfName(request.card?.name)
  if (forced !== undefined) return forced
  const { row } = known
  if (row.atAmount?.amount === request.amount) return row.atAmount.code
  const listed = verificationCode(row.number) ?? row.code
  if (listed !== '10000') return listed
  const byAmount =
    switchValue(switches, 'authorize', 'amounts') === undefined ? undefined : codeOfAmount(request.amount)
  if (byAmount !== undefined) return byAmount
  return hasExpired(request, at) ? (row.whenExpired ?? '20054') : '10000'
}

/** A card of `CODE 20051` is answered 20051. */
function codeOfName(name: string | undefined): string | undefined {
  const code = /^code ([0-9A-Z]{5})$/i.exec(name?.trim() ?? '')?.[1]?.toUpperCase()
  return code !== undefined && responseSummary(code) !== undefined ? code : undefined
}

function authorizationAnswer(
  request: PaymentRequest,
  known: KnownCard,
  code: string,
  facts: FactSource,
  switches: Switches,
  common: AnswerFacts,
): Answer {
  if (!code.startsWith('10')) return declined(code, common)
  const granted: AnswerFacts = {
    ...common,
    auth_code: authCode(facts),
    scheme_transaction_id: schemeTransactionId(facts),
  }
  const forced = switchValue(switches, 'authorize', 'partial')
  if (forced !== undefined && Number(forced) < request.amount) {
    return approval(request, '10010', Number(forced), granted)
  }
  if (known.row.partial && request.partial_authorization && request.amount > 1) {
    return approval(request, '10010', Math.floor(request.amount / 2), granted)
  }
  return approval(request, code, request.amount, granted)
}

/** `pending[:seconds[:declined]]`: the bank is still working, for ever or for so many seconds. */
function pendingIfAsked(plan: Plan, switches: Switches): Plan {
  const asked = switchValue(switches, 'authorize', 'pending')
  if (asked === undefined) return plan
  const [seconds, verdict] = asked.split(':')
  const { outcome, ...facts } = plan.first
  const approved = outcome === 'approved' ? plan.first : plan.approved
  const failed = plan.failed ?? (outcome === 'declined' ? plan.first : declined('20005', pick(facts)))
  const to = verdict === 'declined' ? failed : (approved ?? failed)
  return {
    first: { outcome: 'pending', ...pick(facts) },
    ...(approved ? { approved } : {}),
    failed,
    ...(seconds ? { later: { afterS: Number(seconds), to } } : {}),
    ...(plan.followupCode === undefined ? {} : { followupCode: plan.followupCode }),
  }
}

/** The facts that are true before there is an answer. */
function pick({ risk, processing, card, checks }: AnswerFacts): AnswerFacts {
  return {
    ...(risk ? { risk } : {}),
    ...(processing ? { processing } : {}),
    ...(card ? { card } : {}),
    ...(checks ? { checks } : {}),
  }
}

function answerWithCode(request: PaymentRequest, code: string, common: AnswerFacts): Answer {
  return code.startsWith('10') ? approval(request, code, request.amount, common) : declined(code, common)
}

function approval(request: PaymentRequest, code: string, amount: number, facts: AnswerFacts): Answer {
  const captures = request.capture_now || capturesByItself(request.method ?? 'card')
  const captured = captures && request.amount > 0 ? { captured_amount: amount } : {}
  return { outcome: 'approved', code, summary: responseSummary(code) ?? code, amount, ...captured, ...facts }
}

export function declined(code: string, facts: AnswerFacts = {}): Answer {
  const advice = declineClass(code) === 'hard' ? ({ advice: 'do_not_retry' } as const) : {}
  return { outcome: 'declined', code, summary: responseSummary(code) ?? 'Declined', ...advice, ...facts }
}

function isWallet({ method }: PaymentRequest): boolean {
  return method === 'applepay' || method === 'googlepay'
}

/** Of a card in a wallet the merchant may know nothing but this. */
function foundCard({ number, expiry_month, expiry_year }: NonNullable<PaymentRequest['card']>) {
  return {
    last4: number.slice(-4),
    bin: number.slice(0, 6),
    expiry_month: Number(expiry_month),
    expiry_year: Number(expiry_year),
  }
}

function cardFacts({ brand, row }: KnownCard): Record<string, unknown> {
  return { scheme: brand.scheme, ...testCardFacts(row.number, brand.scheme) }
}

/** A co-badged card is processed by the brand the merchant prefers, if it is on the card. */
function schemeOf(request: PaymentRequest, { brand, row }: KnownCard): string {
  const processing = request.details?.['processing'] as { preferred_scheme?: unknown } | undefined
  const preferred = processing?.preferred_scheme
  const wanted = typeof preferred === 'string' ? preferred.toUpperCase() : undefined
  return wanted !== undefined && wanted === localSchemeOf(row.number) ? wanted : brand.scheme
}

function addressLine1(request: PaymentRequest): string | undefined {
  const address = request.billing?.['address'] as { address_line1?: unknown } | undefined
  return typeof address?.address_line1 === 'string' ? address.address_line1 : undefined
}

/** Two digits of a year are of this century. */
function hasExpired({ card }: PaymentRequest, at: Date): boolean {
  if (!card) return false
  const year = Number(card.expiry_year)
  return isExpired(Number(card.expiry_month), year < 100 ? year + 2000 : year, at.getTime())
}
