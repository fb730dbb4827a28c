/** What the bank is asked, and what it answers. Amounts in minor units, currencies ISO 4217, times ISO 8601. */
import type { NextStep } from '@sluice/core/next-step'
import { type Static, Type } from 'typebox'

const Facts = Type.Record(Type.String(), Type.Unknown())
const Amount = Type.Integer({ minimum: 0, maximum: 999_999_999_999 })
const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
const Merchant = Type.String({ pattern: '^[\\x21-\\x7e]{1,80}$' })
const Key = Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$' })
const ShortText = Type.String({ maxLength: 1024 })
const ProcessorClass = Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C'), Type.Literal('D')])
export type ProcessorClass = Static<typeof ProcessorClass>

const Digits = Type.Union([Type.Integer({ minimum: 0, maximum: 9999 }), Type.String({ pattern: '^[0-9]{1,4}$' })])

const Card = Type.Object({
  number: Type.String({ pattern: '^[0-9]{8,19}$' }),
  expiry_month: Digits,
  expiry_year: Digits,
  cvv: Type.Optional(Type.String({ maxLength: 8 })),
  name: Type.Optional(Type.String({ maxLength: 255 })),
  /** Of a device's own number: what proves that its owner was there. */
  cryptogram: Type.Optional(Type.String({ maxLength: 100 })),
  eci: Type.Optional(Type.String({ maxLength: 2 })),
})

/** As a wallet handed it over, encrypted for this bank's gateway. */
const Wallet = Type.Object({
  type: Type.Union([Type.Literal('applepay'), Type.Literal('googlepay')]),
  token: Facts,
})

const ThreeDs = Type.Object({
  enabled: Type.Boolean(),
  attempt_n3d: Type.Optional(Type.Boolean()),
  challenge_indicator: Type.Optional(ShortText),
  exemption: Type.Optional(ShortText),
  allow_upgrade: Type.Optional(Type.Boolean()),
})

/**
 * What an authentication done elsewhere came to. The cryptogram and ECI are those of a `trans_status` Y or A. `exemption`:
 * claimed in the authentication.
 */
const Authentication = Type.Object({
  trans_status: Type.String({ pattern: '^[YNAURICDS]$' }),
  version: Type.Optional(ShortText),
  ds_transaction_id: Type.Optional(ShortText),
  acs_transaction_id: Type.Optional(ShortText),
  eci: Type.Optional(Type.String({ maxLength: 2 })),
  cryptogram: Type.Optional(Type.String({ maxLength: 50 })),
  exemption: Type.Optional(ShortText),
})
export type Authentication = Static<typeof Authentication>

export const PaymentRequest = Type.Object({
  key: Type.Optional(Key),
  merchant: Merchant,
  channel: Type.Optional(Type.String({ maxLength: 80 })),
  class: Type.Optional(ProcessorClass),
  method: Type.Optional(Type.String({ maxLength: 40 })),
  payment_type: Type.Optional(Type.String({ maxLength: 40 })),
  authorization_type: Type.Optional(Type.String({ maxLength: 40 })),
  amount: Amount,
  currency: Currency,
  card: Type.Optional(Card),
  wallet: Type.Optional(Wallet),
  capture_now: Type.Optional(Type.Boolean()),
  partial_authorization: Type.Optional(Type.Boolean()),
  three_ds: Type.Optional(ThreeDs),
  authentication: Type.Optional(Authentication),
  risk: Type.Optional(Type.Object({ enabled: Type.Boolean() })),
  reference: Type.Optional(ShortText),
  description: Type.Optional(ShortText),
  billing: Type.Optional(Facts),
  customer: Type.Optional(Facts),
  ip: Type.Optional(Type.String({ maxLength: 64 })),
  locale: Type.Optional(Type.String({ maxLength: 100 })),
  return_url: Type.Optional(Type.String({ maxLength: 4096 })),
  notification_url: Type.Optional(Type.String({ maxLength: 4096 })),
  /** Where the bank asks what time it is at the merchant: GET, answered `{"now": ISO 8601}`. */
  time_url: Type.Optional(Type.String({ maxLength: 4096 })),
  details: Type.Optional(Facts),
  metadata: Type.Optional(Facts),
  /** What it was sent under: kept, because a shopper's browser does not bring it. */
  scenario: Type.Optional(Facts),
})
export type PaymentRequest = Static<typeof PaymentRequest>

export const FollowupRequest = Type.Object({
  key: Type.Optional(Key),
  merchant: Merchant,
  class: Type.Optional(ProcessorClass),
  reference: Type.Optional(ShortText),
  amount: Type.Optional(Amount),
  currency: Type.Optional(Currency),
  of_capture: Type.Optional(Key),
  final: Type.Optional(Type.Boolean()),
  details: Type.Optional(Facts),
})
export type FollowupRequest = Static<typeof FollowupRequest>

/** A code the shopper typed. */
export const ConfirmRequest = Type.Object({
  merchant: Merchant,
  class: Type.Optional(ProcessorClass),
  otp: Type.String({ maxLength: 12 }),
})
export type ConfirmRequest = Static<typeof ConfirmRequest>

export const PaymentPath = Type.Object({ key: Key })
export type PaymentPath = Static<typeof PaymentPath>
export const Caller = Type.Object({ merchant: Merchant, class: Type.Optional(ProcessorClass) })
export type Caller = Static<typeof Caller>
export const LedgerQuery = Type.Object({
  merchant: Merchant,
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,18}$' })),
})
export type LedgerQuery = Static<typeof LedgerQuery>

/** What the issuer adds to its yes or no. Members as in the README. */
export interface AnswerFacts {
  auth_code?: string
  scheme_transaction_id?: string
  eci?: string
  checks?: { avs: string; cvv: string }
  processing?: Record<string, string>
  card?: Record<string, unknown>
  three_ds?: Record<string, unknown>
  risk?: { flagged: boolean; score: number }
}

/** What became of a payment. `reversed`: undone, or refused for ever because it was reversed before it came. */
export type Answer = AnswerFacts &
  (
    | { outcome: 'approved'; code: string; summary: string; amount: number; captured_amount?: number }
    | { outcome: 'declined'; code: string; summary: string; advice?: 'do_not_retry' }
    | { outcome: 'action'; purpose: 'authentication' | 'redirect' }
    | { outcome: 'pending'; next_step?: NextStep }
    | { outcome: 'cancelled'; code: string; summary: string }
    | { outcome: 'reversed'; code: string; summary: string }
  )

/** What the bank is made to do by itself: `POST /control/payments/{key}/…`. */
export const ControlRequest = Type.Object({
  merchant: Merchant,
  amount: Type.Optional(Amount),
  /** A response code; of money that a bank sent back, also its reason by ISO 20022, such as `AM04`. */
  code: Type.Optional(Type.String({ pattern: '^[0-9A-Z]{4,5}$' })),
  /** Of a refund's result: its key. */
  refund: Type.Optional(Key),
  outcome: Type.Optional(Type.Union([Type.Literal('succeeded'), Type.Literal('failed')])),
  /** Of a chargeback. */
  stage: Type.Optional(Type.String({ pattern: '^(opened|won|lost|canceled|expired|resolved)$' })),
  dispute: Type.Optional(Key),
  /** Tells two events apart that are otherwise the same. */
  event: Type.Optional(Key),
  /** How often the merchant is told, at once. */
  copies: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
})
export type ControlRequest = Static<typeof ControlRequest>

/**
 * What a capture, void, refund, increment or reversal came to. `amount`: how much was moved. `pending`: it is being done;
 * the same message asks what came of it.
 */
export interface FollowupAnswer {
  outcome: 'succeeded' | 'failed' | 'pending'
  code: string
  summary: string
  amount: number
  processing: Record<string, string>
  /** While it is being done: since when, ISO 8601, and of which capture. */
  since?: string
  of_capture?: string | undefined
}
