/** Our words and the simulator's: two pure translations. Its API is described in the README of its package. */
import { isNextStep, type NextStep } from '@sluice/core/next-step'
import { isApproval, responseSummary } from '@sluice/core/response-codes'
import { type Behaviour, isFidelityReply } from '@sluice/core/wire/fidelity'
import type { Reply } from '../exchange.ts'
import type {
  ActionOutcome,
  Authorization,
  Followup,
  Outcome,
  ProcessorClass,
  ProcessorFacts,
  ProcessorNotification,
  Retrieved,
} from '../processor.ts'

/** The card as placeholders; the vault fills them in while sending. */
const CARD_PLACEHOLDERS = {
  number: '{{card.number}}',
  expiry_month: '{{card.expiry_month}}',
  expiry_year: '{{card.expiry_year}}',
  cvv: '{{card.cvv}}',
  name: '{{card.name}}',
  cryptogram: '{{card.cryptogram}}',
}

/** The simulator found a fault with our message and has booked nothing: as good as a decline. */
const REFUSED_MESSAGE = '20006'
const CANCELLED_BY_SHOPPER = '20017'
const REVERSED = '20111'

/** The body of `POST /acquirer/payments`. */
export function toSimulator(request: Authorization, processorClass: ProcessorClass, captureNow: boolean) {
  const { threeDs } = request
  return {
    key: request.key,
    merchant: request.entity,
    channel: request.channel,
    class: processorClass,
    method: request.method,
    payment_type: request.paymentType,
    authorization_type: request.authorizationType,
    amount: request.amount,
    currency: request.currency,
    card: request.card && { ...CARD_PLACEHOLDERS, eci: request.card.eci },
    wallet: request.wallet && { type: request.wallet.type, token: '{{wallet.token}}' },
    capture_now: captureNow,
    partial_authorization: request.partialAuthorization,
    three_ds: threeDs && {
      enabled: threeDs.enabled,
      attempt_n3d: threeDs.attemptN3d,
      challenge_indicator: threeDs.challengeIndicator,
      exemption: threeDs.exemption,
      allow_upgrade: threeDs.allowUpgrade,
    },
    authentication: request.authentication && {
      version: request.authentication.version,
      ds_transaction_id: request.authentication.dsTransId,
      acs_transaction_id: request.authentication.acsTransId,
      eci: request.authentication.eci,
      cryptogram: request.authentication.cryptogram,
      trans_status: request.authentication.transStatus,
    },
    risk: request.risk,
    reference: request.reference,
    description: request.description,
    billing: request.billing,
    customer: request.customer,
    ip: request.ipAddress,
    locale: request.locale,
    return_url: request.returnUrl,
    notification_url: request.notificationUrl,
    time_url: `${request.notificationUrl}/time`,
    details: request.details,
    metadata: request.metadata,
  }
}

/** The body of a capture, void, refund, increment or reversal. */
export function toSimulatorFollowup(request: Followup, processorClass: ProcessorClass) {
  return {
    key: request.key,
    merchant: request.entity,
    class: processorClass,
    reference: request.reference,
    amount: request.amount,
    currency: request.currency,
    of_capture: request.ofCapture,
    final: request.final,
    details: request.details,
  }
}

/** The table of `GET /fidelity`; `undefined` for any other answer. */
export function fromSimulatorFidelity({ status, body }: Reply): Behaviour[] | undefined {
  return status === 200 && isFidelityReply(body) ? body.data : undefined
}

/** What an authorization came to. */
export function fromSimulator(reply: Reply): Outcome {
  const isRefusal = reply.status === 422 && textOf(objectOf(reply.body)?.['error']) !== undefined
  return isRefusal ? { kind: 'declined', code: REFUSED_MESSAGE, facts: {} } : fromSimulatorState(reply)
}

/** What a payment is: after the shopper's return, after a cancellation. */
export function fromSimulatorState(reply: Reply): Outcome {
  const body = objectOf(reply.body)
  if (!body) return unknown(`an answer that is no JSON object, status ${reply.status}`)
  if (reply.status !== 200) return unknown(`status ${reply.status}`)
  const facts = factsOf(body)
  const code = textOf(body['code']) ?? ''
  switch (body['outcome']) {
    case 'approved': {
      const amount = amountOf(body['amount'])
      if (!isApproval(code) || amount === undefined) return unknown(`an approval with code ${code}`)
      const capturedAmount = amountOf(body['captured_amount'])
      return { kind: 'approved', code, amount, ...(capturedAmount === undefined ? {} : { capturedAmount }), facts }
    }
    case 'declined': {
      if (!isDecline(code)) return unknown(`a decline with code ${code}`)
      const advice = textOf(body['advice'])
      return { kind: 'declined', code, ...(advice === undefined ? {} : { advice }), facts }
    }
    case 'action': {
      const url = textOf(body['url'])
      const purpose = body['purpose']
      if (url === undefined || !isWebAddress(url)) return unknown('an action without an address')
      if (purpose !== 'authentication' && purpose !== 'redirect') return unknown('an action without a purpose')
      return { kind: 'action', url, purpose, facts }
    }
    case 'pending': {
      const nextStep = nextStepOf(objectOf(body['next_step']))
      return { kind: 'pending', facts: { ...facts, ...(nextStep && { nextStep }) } }
    }
    case 'cancelled':
      return code === CANCELLED_BY_SHOPPER ? { kind: 'cancelled', facts } : unknown(`a cancellation with code ${code}`)
    case 'reversed':
      return { kind: 'declined', code: REVERSED, facts }
    default:
      return unknown('an outcome that is not in the list')
  }
}

/** As `fromSimulatorState`; an inquiry may also learn that nothing is booked. */
export function fromSimulatorInquiry(reply: Reply): Retrieved {
  const isUnknownKey = reply.status === 404 && objectOf(reply.body)?.['error'] === 'payment_not_found'
  return isUnknownKey ? { kind: 'not_found' } : fromSimulatorState(reply)
}

/** What a capture, void, refund, increment or reversal came to. */
export function fromSimulatorFollowup(reply: Reply): ActionOutcome {
  const body = objectOf(reply.body)
  if (!body || reply.status !== 200) return unknown(`status ${reply.status}`)
  if (body['outcome'] === 'pending') return { kind: 'pending', facts: factsOf(body) }
  return followupResult(body) ?? unknown(`an answer that is not in the list, code ${textOf(body['code']) ?? ''}`)
}

function followupResult(
  body: Record<string, unknown>,
): Extract<ActionOutcome, { kind: 'succeeded' | 'failed' }> | undefined {
  const facts = factsOf(body)
  const code = textOf(body['code']) ?? ''
  const amount = amountOf(body['amount'])
  if (body['outcome'] === 'succeeded' && isApproval(code) && amount !== undefined) {
    return { kind: 'succeeded', code, amount, facts }
  }
  if (body['outcome'] === 'failed' && isDecline(code)) return { kind: 'failed', code, facts }
  return undefined
}

const STAGES = ['opened', 'won', 'lost', 'canceled', 'expired', 'resolved'] as const

/** What the bank tells by itself. */
export function fromSimulatorNotification(received: unknown): ProcessorNotification | undefined {
  const body = objectOf(received)
  const id = textOf(body?.['id'])
  const about = textOf(body?.['key'])
  if (!body || id === undefined || about === undefined) return undefined
  const amount = amountOf(body['amount'])
  const code = textOf(body['code']) ?? ''
  switch (body['type']) {
    case 'payment_news':
      return { kind: 'payment_news', id, about }
    case 'action_settled': {
      const action = textOf(body['action'])
      const outcome = followupResult(body)
      return action !== undefined && outcome ? { kind: 'action_settled', id, about, action, outcome } : undefined
    }
    case 'returned':
      return amount === undefined ? undefined : { kind: 'returned', id, about, amount, code }
    case 'dispute': {
      const dispute = textOf(body['dispute'])
      const stage = STAGES.find((one) => one === body['stage'])
      if (dispute === undefined || stage === undefined || amount === undefined) return undefined
      return { kind: 'dispute', id, about, dispute, stage, amount, reason: textOf(body['reason']) ?? '' }
    }
    default:
      return undefined
  }
}

function factsOf(body: Record<string, unknown>): ProcessorFacts {
  const checks = objectOf(body['checks'])
  const facts: Record<string, unknown> = {
    reference: textOf(body['reference']),
    authCode: textOf(body['auth_code']),
    schemeId: textOf(body['scheme_transaction_id']),
    avsCheck: textOf(checks?.['avs']),
    cvvCheck: textOf(checks?.['cvv']),
    eci: textOf(body['eci']),
    processing: objectOf(body['processing']),
    risk: objectOf(body['risk']),
    threeDs: objectOf(body['three_ds']),
    source: sourceOf(objectOf(body['card'])),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** What the shopper is to do meanwhile. One we do not know leaves him waiting, which is true in any case. */
function nextStepOf(told: Record<string, unknown> | undefined): NextStep | undefined {
  if (!told || Number.isNaN(Date.parse(textOf(told['expires_on']) ?? ''))) return undefined
  return isNextStep(told) ? told : undefined
}

/** The vault knows the scheme of a card better than its processor. */
function sourceOf(card: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!card) return undefined
  const { scheme, ...source } = card
  // Where it found the card in a wallet's token, nobody knows it better.
  return 'last4' in source ? { ...source, scheme } : source
}

function unknown(why: string): { kind: 'unknown'; why: string } {
  return { kind: 'unknown', why: `the simulator sent ${why}` }
}

/** A code we cannot name is no decline: somebody may have meant yes. */
function isDecline(code: string): boolean {
  return responseSummary(code) !== undefined && !isApproval(code)
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function amountOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
