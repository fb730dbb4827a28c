/**
 * What Sluice asks of whoever authenticates the shopper, where the processor does not: an acquirer's or a certified 3DS
 * server's API, or a directory server itself (`ds/`). An authenticator is pure translations; the HTTP call, the deadline,
 * the card and the record of the exchange are the house's, as for processors.
 */
import type { TransStatus } from '@sluice/core/three-ds/messages'
import type { CardRef } from '../vault/card-ref.ts'

/** Whether the card's method page was done in time: Y yes, N no, U there is none. */
export type MethodCompletion = 'Y' | 'N' | 'U'

/** What an authenticator knows of a card by its leading digits. */
export interface Prepared {
  /** False: the card takes no part in 3-D Secure, and is not asked about. */
  enrolled: boolean
  /** EMV 3DS protocol version both sides speak. */
  version: string
  /**
   * Page of the card's issuer that looks at the browser, to be opened in a hidden frame before the authentication, with
   * the form member `threeDSMethodData` that it takes.
   */
  method?: { url: string; data: string }
}

export interface Preparation {
  /** First six to eight digits; more are not told. */
  bin: string
  /** The merchant's time, ISO 8601. */
  at: string
  /** threeDSServerTransID, a UUID: the one under which will be authenticated. */
  transId: string
  /** Where the method page says that it is done. */
  methodNotificationUrl: string
  locale: string
  metadata: Record<string, unknown>
}

/** Amount in minor units, currency ISO 4217; amount 0 authenticates without a payment. */
export interface AuthenticationRequest {
  /** threeDSServerTransID, a UUID. */
  transId: string
  at: string
  card: CardRef
  amount: number
  currency: string
  paymentType: 'Regular' | 'Recurring' | 'MOTO' | 'Installment' | 'Unscheduled' | 'PayLater'
  /** As the merchant's API spells it: `challenge_requested_mandate` … */
  challengeIndicator?: string
  /** Claimed with the authentication: `trusted_listing` … */
  exemption?: string
  methodCompletion: MethodCompletion
  merchant: { id: string; name: string; url: string; mcc?: string; country?: string }
  customer?: { email?: string; name?: string; phone?: { country_code?: string; number?: string } }
  billing?: { address?: Record<string, string | undefined> }
  /** The series that this payment begins, as the session has it. `expiry`: `YYYYMMDD`. */
  plan?: { days_between_payments?: number; total_number_of_payments?: number; expiry?: string }
  /** What is known of the shopper's browser, spelled as it was sealed. */
  browser: Readonly<Record<string, unknown>>
  payerAddress?: string
  /** Where the shopper's browser brings the end of the challenge. */
  notificationUrl: string
  /** Where the result is to be told, server to server. */
  resultUrl: string
  /** BCP 47 */
  locale: string
  metadata: Record<string, unknown>
}

/** What is known of an authentication from the answer to the first question on. */
export interface AuthenticationAnswer {
  version: string
  dsTransId?: string
  acsTransId?: string
  /** Set while the shopper is to be challenged. */
  challenge?: Challenge
}

/** The address of the ACS, the form member it takes, and the size its page is made for (EMV 3DS challengeWindowSize). */
export interface Challenge {
  url: string
  creq: string
  size: ChallengeWindowSize
}
export type ChallengeWindowSize = '01' | '02' | '03' | '04' | '05'

/** What it came to, by the word of the authenticator and of nobody else. */
export interface AuthenticationResult {
  status: Exclude<TransStatus, 'C' | 'D' | 'S'>
  version: string
  dsTransId?: string
  acsTransId?: string
  /** Two digits. */
  statusReason?: string
  eci?: string
  /** Authentication value, base64. */
  cryptogram?: string
  /** 01 cancelled by the shopper, 04 timed out … */
  cancelled?: string
  challenged: boolean
}

export type Authenticated =
  | { kind: 'decided'; result: AuthenticationResult }
  | { kind: 'challenge'; answer: AuthenticationAnswer & { challenge: Challenge } }
  /** The card takes no part in 3-D Secure. `version`: of the answer that says so; absent where nobody had to be asked. */
  | { kind: 'not_enrolled'; version?: string }
  /** It could not be done: an error, or an answer that is none. `version`: it was asked for in. */
  | { kind: 'unavailable'; why: string; version?: string }

/** A message of the authenticator that nobody asked for. `reply` is what it is answered, `result` only where it has one. */
export interface ReceivedResult {
  transId: string
  result: AuthenticationResult | undefined
  reply: unknown
}

export interface Authenticator {
  readonly name: string
  prepare(request: Preparation, signal: AbortSignal): Promise<Prepared>
  authenticate(request: AuthenticationRequest, signal: AbortSignal): Promise<Authenticated>
  /** What became of a challenge; `undefined` where it cannot be asked, or is not known yet. */
  result(request: { transId: string; at: string }, signal: AbortSignal): Promise<AuthenticationResult | undefined>
  /** Reads a result that was told. `expected`: what is known of the authentication it came for. */
  parseResult(message: unknown, expected: AuthenticationAnswer & { transId: string }): ReceivedResult
  health(signal: AbortSignal): Promise<boolean>
}
