/**
 * What Sluice asks of an acquirer or PSP. A connector is a manifest and pure translations; the HTTP call, the deadline,
 * the card and the record of the exchange are the house's (`exchange.ts`, `vault/send.ts`).
 */
import type { NextStep } from '@sluice/core/next-step'
import type { Behaviour } from '@sluice/core/wire/fidelity'
import type { CardRef } from '../vault/card-ref.ts'
import type { WalletRef } from '../vault/wallets/wallet-ref.ts'

/**
 * How an unknown outcome is settled. A: create is idempotent and can be retrieved by our key. B: retrieve only.
 * C: a reversal only. D: neither.
 */
export type ProcessorClass = 'A' | 'B' | 'C' | 'D'

/** What a processor can do. A missing capability is declared and shows in eligibility; it is never a silent no-op. */
export interface Manifest {
  class: ProcessorClass
  methods: readonly string[]
  /** ISO 4217 codes the processor settles, or `all`. */
  currencies: readonly string[] | 'all'
  /** Largest amount in minor units. */
  maxAmount: number
  /** Three-decimal currencies must end in 0, as card networks with two decimals demand. */
  roundsThreeDecimals: boolean
  /** ISO 3166-1 alpha-2 codes of billing countries served, or `all`. */
  countries: readonly string[] | 'all'
  /** How long the processor remembers our keys: a repeat inside it is answered and does not act. */
  idempotencyWindowS: number
  /** After this long a "not found" is final. */
  notFoundFinalAfterS: number
  authentication: 'integrated' | 'external' | 'none'
  card: 'pan' | 'token'
  cvvAfterAuthentication: boolean
  wallets: 'passthrough' | 'decrypted' | 'none'
  /**
   * With `passthrough`: the processor's name with Google, and the merchant's with the processor (his entity's id when
   * absent). A processor without one takes no tokens of Google Pay as they are.
   */
  googleGateway?: { name: string; merchantId?: string }
  capture: 'same_call' | 'separate'
  multiCapture: boolean
  partialVoid: boolean
  /** The hold can be raised after the approval. */
  increment: boolean
  /** A refund is taken for so many days after the approval. */
  refundWindowDays: number
  authLifetimeDays: number
  /** What is not captured by then: the processor lets go of it by itself, or keeps it until it is told to. */
  authorizationEnds: 'by_itself' | 'when_voided'
  zeroAmount: boolean
  partialAuthorization: boolean
  /** A refund may be answered `pending`; what came of it is told, or asked for, later. */
  asyncRefund: boolean
}

/** Whether what became of an authorization can be asked for by our key; of the others it is heard. */
export function isAskedByKey({ class: processorClass }: Pick<Manifest, 'class'>): boolean {
  return processorClass === 'A' || processorClass === 'B'
}

/** A card's non-secret facts as the processor or issuer reports them. */
export interface ProcessorFacts {
  /** The processor's own name for the payment. */
  reference?: string
  authCode?: string
  /** The scheme's transaction id, to be quoted by later payments of a series. */
  schemeId?: string
  avsCheck?: string
  cvvCheck?: string
  eci?: string
  /** `retrieval_reference_number`, `acquirer_transaction_id` … as the wire's `processing` names them. */
  processing?: Record<string, string>
  risk?: { flagged: boolean; score: number }
  /** The processor captured the whole amount in the call that authorized it. */
  capturedWithAuthorization?: boolean
  threeDs?: Record<string, unknown>
  /** The authorization was declined for want of authentication, and asked for again under a key of its own. */
  steppedUp?: boolean
  /** Whether to authenticate the shopper is our affair: `threeDs` is ours, and what the processor says of it is not told. */
  authenticatedByUs?: boolean
  /** The shopper is in a challenge that we hold: the processor has heard of nothing, or has declined. */
  challengedByUs?: boolean
  /** Of a payment that waits: what its shopper is to do meanwhile, and until when. */
  nextStep?: NextStep
  /** What the issuer says of the card: `issuer`, `issuer_country`, `card_type`, `card_category`, `product_id` … as the wire's `source` names them. */
  source?: Record<string, unknown>
}

/**
 * What the bank said. `unknown` is neither yes nor no: a silence, a garbled answer, an unlisted code.
 * `approved.amount` (minor units) is less than requested only when a partial authorization was asked for.
 * `approved.capturedAmount` is set by processors that authorize and capture in one call.
 */
export type Outcome =
  | { kind: 'approved'; code: string; amount: number; capturedAmount?: number; facts: ProcessorFacts }
  | { kind: 'declined'; code: string; advice?: string; facts: ProcessorFacts }
  | { kind: 'action'; url: string; purpose: 'authentication' | 'redirect'; facts: ProcessorFacts }
  | { kind: 'pending'; facts: ProcessorFacts }
  | { kind: 'cancelled'; facts: ProcessorFacts }
  | { kind: 'unknown'; why: string }

/** `retrieve` may also say that the processor has never heard of the key. */
export type Retrieved = Outcome | { kind: 'not_found' }

/**
 * What a capture, void, refund, increment or reversal came to. `pending`: taken, and the result is told later; the same
 * message under the same key asks for it.
 */
export type ActionOutcome =
  | { kind: 'succeeded'; code: string; amount: number; facts: ProcessorFacts }
  | { kind: 'failed'; code: string; facts: ProcessorFacts }
  | { kind: 'pending'; facts: ProcessorFacts }
  | { kind: 'unknown'; why: string }

/**
 * A call that ended without an answer. `sent: 'no'` is certainty that no byte of the request left the house;
 * only then may the caller be told to try again.
 */
export class ProcessorError extends Error {
  readonly sent: 'no' | 'maybe' | 'yes'
  constructor(message: string, sent: 'no' | 'maybe' | 'yes', options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProcessorError'
    this.sent = sent
  }
}

/** Who asks, and under which key. `entity` is the `ent_…` id; `at` the entity's time, ISO 8601. */
export interface Call {
  entity: string
  channel: string
  /** Our key for the thing asked for: repeated, it must not act twice at class A. */
  key: string
  at: string
  settings: ChannelProcessorSettings
}

/** What an operator has set for the processor of one processing channel. */
export interface ChannelProcessorSettings {
  processor: string
  class?: ProcessorClass
  [setting: string]: unknown
}

/** What was proven of the shopper outside the processor. */
export interface AuthenticationProof {
  version: string
  dsTransId?: string
  acsTransId?: string
  eci?: string
  cryptogram?: string
  transStatus: 'Y' | 'A'
}

/** Amounts in minor units, currency ISO 4217. What only travels is in `details`, spelled as on the wire. */
export interface Authorization extends Call {
  amount: number
  currency: string
  method: string
  /** Absent for methods without a card. */
  card?: CardRef
  /** The token of a wallet instead, where the manifest says `passthrough`. */
  wallet?: WalletRef
  paymentType: 'Regular' | 'Recurring' | 'MOTO' | 'Installment' | 'Unscheduled' | 'PayLater'
  authorizationType: 'Final' | 'Estimated'
  captureNow: boolean
  partialAuthorization: boolean
  reference?: string
  description?: string
  /** With `authentication: 'external'` only. `threeDs` is then absent, but for an exemption that is claimed. */
  authentication?: AuthenticationProof
  threeDs?: {
    enabled: boolean
    attemptN3d: boolean
    challengeIndicator?: string
    exemption?: string
    allowUpgrade?: boolean
  }
  /** With what is known of the shopper's device, spelled as on the wire. */
  risk?: { enabled: boolean; [fact: string]: unknown }
  /** BCP 47 */
  locale: string
  customer?: Record<string, unknown>
  billing?: Record<string, unknown>
  ipAddress?: string
  /** Where the shopper's browser comes back to us. */
  returnUrl: string
  /** Where the processor tells us what it was not asked for. */
  notificationUrl: string
  /** recipient, sender, instruction, shipping, processing, billing_descriptor, display_name, items, payment_plan … */
  details: Record<string, unknown>
  metadata: Record<string, string | number | boolean>
}

/** `of`: the key of the authorization acted on; `reference`: the processor's own name for it, when known. */
export interface Followup extends Call {
  of: string
  reference?: string
  amount: number
  currency: string
  /** Of a refund: the key of the capture that is given back, where the merchant named one. */
  ofCapture?: string
  /** Of a capture: no other will follow, what is left is released. */
  final?: boolean
  /** What the merchant said of it: reference, description, items, amount_allocations, metadata … as on the wire. */
  details?: Record<string, unknown>
}

export interface Inquiry extends Call {
  reference?: string
}

/** A processor's message that nobody asked for, as it arrived: JSON, and headers by their lower-case names. */
export interface IncomingNotification {
  headers: Readonly<Record<string, string>>
  body: unknown
}

/**
 * What a notification says. `id`: the processor's own name for it, the same however often it is sent. `about`: our key of
 * the authorization. Amounts in minor units.
 */
export type ProcessorNotification = { id: string; about: string } & (
  | { kind: 'payment_news' }
  | { kind: 'action_settled'; action: string; outcome: Extract<ActionOutcome, { kind: 'succeeded' | 'failed' }> }
  | { kind: 'returned'; amount: number; code: string; reference?: string }
  | {
      kind: 'dispute'
      /** The processor's name for the dispute. */
      dispute: string
      stage: 'opened' | 'won' | 'lost' | 'canceled' | 'expired' | 'resolved'
      /** How much is in dispute; it moves when the dispute is opened, and back when it is won or cancelled. */
      amount: number
      reason: string
    }
)

export interface Processor {
  readonly name: string
  manifest(settings: ChannelProcessorSettings): Manifest
  authorize(request: Authorization, signal: AbortSignal): Promise<Outcome>
  /** The shopper is back from the action: what did it come to? */
  complete(request: Inquiry, signal: AbortSignal): Promise<Outcome>
  /** Stops an attempt that waits for the shopper. `approved` = too late, the money is held. */
  cancel(request: Inquiry, signal: AbortSignal): Promise<Outcome>
  /**
   * A code that was sent to the shopper, as they typed it: approved, declined, or pending with fewer tries left. Each call is a
   * try. Processors that ask for codes have it.
   */
  confirm?(request: Inquiry & { code: string }, signal: AbortSignal): Promise<Outcome>
  /** What became of the authorization under this key? Classes A and B. */
  retrieve(request: Inquiry, signal: AbortSignal): Promise<Retrieved>
  capture(request: Followup, signal: AbortSignal): Promise<ActionOutcome>
  void(request: Followup, signal: AbortSignal): Promise<ActionOutcome>
  refund(request: Followup, signal: AbortSignal): Promise<ActionOutcome>
  /** Asks the bank to hold more. Where the manifest says so. */
  increment(request: Followup, signal: AbortSignal): Promise<ActionOutcome>
  /** Undoes whatever the authorization under `of` may have done, also when it is unknown there. Classes A to C. */
  reverse(request: Followup, signal: AbortSignal): Promise<ActionOutcome>
  /**
   * Reads a notification. `payment_news` is not believed but asked about; the rest is recorded as it is told, so a connector
   * checks whatever signature its processor has. `undefined`: not one of this processor's, or forged.
   */
  parseWebhook(message: IncomingNotification, settings: ChannelProcessorSettings): ProcessorNotification | undefined
  health(signal: AbortSignal): Promise<boolean>
  /** Everything a simulated processor does, and whether it is known to be so. Rejects where it cannot be asked. */
  behaviours?(signal: AbortSignal): Promise<readonly Behaviour[]>
}
