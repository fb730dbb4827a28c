/**
 * Everything that crosses between the shop's page and our frames. A frame is connected once, by `window.postMessage` to
 * exactly the frames origin, with one end of a `MessageChannel`; all else travels on that private channel. What comes
 * from a page is untrusted: it can name no key, no host and no address. What goes to a page holds no card data but
 * scheme, leading eight digits and validity. Not the last four: told while
 * somebody types, they would give away more digits at each length that happens to be a valid number.
 *
 * Frames of one instance: a hidden **keeper** (one, at the end of `body`) that asks the server, holds what was typed and
 * seals it; **fields** documents that show inputs of one card form; a **challenge** document while an action is open.
 * Fields reach their keeper directly, as neighbours of the same origin: see `frame/desk.ts`.
 */
import type { NextStep } from '@sluice/core/next-step'
import type { FrameAppearance } from './appearance.ts'

export const FIELD_NAMES = ['name', 'number', 'expiry', 'cvv'] as const
export type FieldName = (typeof FIELD_NAMES)[number]

/** `american_express`, `visa` …: schemes and card types as the component's options spell them. */
export type SchemeName = string
export type CardTypeName = string

// ---------------------------------------------------------------- the first message

/** To a frame's window, with the port. A frame answers `connected` on the port, or nothing when it does not believe us. */
export type Connect = { type: 'sluice:connect' } & (KeeperStart | FieldsStart | ChallengeStart)

/** The public key stands in the document's address: the one whose registered origins let the page hold it. */
export interface KeeperStart {
  role: 'keeper'
  /** Made for each instance of the component; how fields find their keeper. */
  instance: string
  /** Absent in sessionless mode. */
  session?: { id: string; payment_session_secret: string }
  /** The shop's wish, before the session's own. */
  locale?: string
  /** The shop's texts, by locale and key. */
  translations?: Record<string, Record<string, string>>
}

export interface FieldsStart {
  role: 'fields'
  instance: string
  form: string
  /** In the order they are shown. All of a form in the default layout, one in the per-field layout. */
  fields: FieldName[]
  appearance: FrameAppearance
}

export interface ChallengeStart {
  role: 'challenge'
  instance: string
  /** `action.url` of the answer. */
  url: string
  /** What the bank's frame is called, in the shopper's language. */
  title?: string
}

// ---------------------------------------------------------------- on the channel

export type ToFrame = ToKeeper | ToFields

export type ToKeeper =
  | { type: 'open-form'; form: string; options: CardFormOptions }
  /** Its card has paid: number and security code are forgotten, what is shown of them is masked and stays. */
  | { type: 'spend-form'; form: string }
  /** The shopper leaves it: number and security code are forgotten, name and choices stay until `close-form`. */
  | { type: 'close-form'; form: string; forget: 'card' | 'all' }
  /** Shows this text under the number until the number changes: what `onCardBinChanged` refused. */
  | { type: 'refuse-card'; form: string; message: string }
  | { type: 'ask'; id: number; ask: Ask }

export type ToFields =
  | { type: 'appearance'; appearance: FrameAppearance }
  /** The page has just given the focus to the frame; this is the field it belongs to. */
  | { type: 'focus'; field: FieldName }
  /** While an attempt is under way, and after it was approved. */
  | { type: 'lock'; locked: boolean }

export type FromFrame = FromKeeper | FromFields | FromChallenge

export type FromKeeper =
  | { type: 'connected' }
  /** The session as it stands, at the start and whenever it was asked for anew. */
  | { type: 'session'; session: SessionFacts }
  /** Texts of the locale that was found, with the shop's own laid over them. `dir` is the locale's. */
  | { type: 'texts'; locale: string; dir: 'ltr' | 'rtl'; texts: Record<string, string> }
  /** Nothing can be shown: the session could not be had. `final` when asking again would not help. */
  | { type: 'trouble'; refusal: Refusal; final: boolean }
  | { type: 'form'; form: string; state: CardFormState }
  /** First eight digits were entered or changed and the lookup ended, well or not. */
  | { type: 'bin'; form: string; metadata: CardMetadata }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; refusal: Refusal }

export type FromFields =
  | { type: 'connected' }
  /** The inputs stand; height in CSS pixels. */
  | { type: 'ready'; height: number }
  | { type: 'resize'; height: number }
  /** Enter was pressed in a field: the form's pay button is meant. */
  | { type: 'enter' }
  /** No keeper of this instance is near: the page removed it. */
  | { type: 'orphan' }

export type FromChallenge =
  | { type: 'connected' }
  /** The bank is done: the top page is to go to this address of the shop, success or failure. */
  | { type: 'ended'; url: string }

// ---------------------------------------------------------------- card form

export interface CardFormOptions {
  /** Fields that are asked for; a hidden name or security code is not among them. */
  fields: FieldName[]
  cardholderName?: string
  acceptedCardSchemes?: SchemeName[]
  acceptedCardTypes?: CardTypeName[]
  /** `card_cvv`: three or four digits, whatever the card. */
  cvvLength?: 3 | 4
}

/** What the page may know about what was typed. */
export interface CardFormState {
  valid: boolean
  /** Nothing has been typed in any field. */
  empty: boolean
  scheme?: SchemeName
  /** A second brand of the same card, of which the shopper may choose one. */
  localSchemes?: SchemeName[]
  /** Present once eight digits are there. */
  bin?: string
}

/** `CardMetadataLookupResponse` of the component's API. Only `bin` and `scheme` when the lookup failed. */
export interface CardMetadata {
  bin: string
  scheme: string
  card_type?: string
  local_schemes?: string[]
  [member: string]: unknown
}

// ---------------------------------------------------------------- questions to the keeper

export type Ask =
  /** Whether the form is complete; `reveal` shows what is missing. */
  | { what: 'check'; form: string; reveal: boolean }
  /**
   * Makes `session_data`, for `handleSubmit`. `lost`: nobody knows what became of the one before, and there is no session
   * to ask: the same details give the same bytes again, others at least the same nonce, so that only one of them can pay.
   */
  | ({ what: 'seal'; lost?: boolean } & Payment)
  /** Seals, submits, and resolves a lost or pending answer: ends with what became of the attempt. */
  | ({ what: 'pay' } & Payment)
  /** A `Pending` answer of the shop's server: asks for the session until the payment has ended. */
  | {
      what: 'follow'
      paymentId: string
      /** As in {@link Payment}. */
      settlesLater?: boolean
      /** Sessionless mode: the session that `complete` made. */
      session?: { id: string; payment_session_secret: string }
    }
  | { what: 'tokenize'; wallet: NonNullable<Payment['wallet']>; billing_address?: Record<string, string> }
  | { what: 'tokenize'; form: string; maxUsageAttempts?: number; retrieveIdentifier?: string }
  /** What a wallet's sheet needs of the server; a merchant session, and what the simulator's own sheets show and hand over. */
  | { what: 'wallet'; step: WalletStep; body?: Record<string, unknown> }
  /** Asks for the session anew; also sent as a `session` message. */
  | { what: 'session' }
  /** Stops the attempt that waits for the shopper: because he says so, or since the next one will be on another session. */
  | { what: 'abandon' }
  /** The one-time code that the payment waits for. A lost answer is not repeated: the session knows whether it arrived. */
  | { what: 'confirm'; paymentId: string; code: string }

export type WalletStep = 'cards' | 'applepay/validate' | 'applepay/approve' | 'googlepay/approve'

export interface Answers {
  /** `wrong`: the first field that is not well. */
  check: { valid: boolean; wrong?: FieldName }
  seal: { session_data: string }
  pay: PaymentAnswer
  follow: PaymentAnswer
  tokenize: TokenAnswer
  wallet: Record<string, unknown>
  session: SessionFacts
  abandon: { stopped: true }
  confirm: PaymentAnswer
}

export interface Payment {
  /** `card`, or the name of another method. */
  method: string
  /** The card form whose card pays. */
  form?: string
  /** What the shopper was shown: minor units, ISO 4217. */
  displayed: { amount: number; currency: string }
  /** The shopper agreed to have the card kept. */
  store?: boolean
  /** The shopper's own choice on a co-badged card. */
  preferredScheme?: SchemeName
  /** The account holder's name, where the method asks for it. */
  holder?: string
  /** Accepted now and collected days later: nobody waits for the outcome of an answer `Pending`. */
  settlesLater?: boolean
  /** Whatever else the method asks for, by the name it is sealed under: `phone_number`, `iban` … */
  details?: Record<string, string>
  /** What a wallet handed over: for `applepay` its `paymentData`, for `googlepay` its token, parsed. */
  wallet?: { type: 'applepay' | 'googlepay'; token: object }
  /** Sessionless mode: whom `session_data` is sealed for is found by the public key. */
}

/** A submit answer as it travels, of ours or of the shop's server. */
export interface PaymentAnswer {
  id: string
  status: 'Approved' | 'Declined' | 'Action Required' | 'Pending'
  type: string
  decline_reason?: string
  action?: Action
  [member: string]: unknown
}

export interface Action {
  /** `redirect`, or `poll` */
  type: string
  url?: string
  /** With `poll`: what the shopper has to do meanwhile. */
  next_step?: NextStep
}

export interface TokenAnswer {
  type: string
  token: string
  expires_on: string
  [member: string]: unknown
}

/** Why something asked for was not done, in the component's own error codes. */
export interface Refusal {
  code: 'payment_request_failed' | 'network_error' | 'tokenize_request_failed' | 'payment_session_invalid'
  /** HTTP status, when a server answered. */
  status?: number
  /** `error_codes` of the API. */
  errorCodes?: string[]
  /** `Cko-Request-Id` */
  requestId?: string
  /**
   * `safe`: no money can have moved, try again. `unknown`: a payment may have been made and could not be found out;
   * the form stays locked until the session was asked for. `over`: the session takes no more attempts.
   */
  fate: 'safe' | 'unknown' | 'over'
  /** Milliseconds until it is worth asking again, when the server said so. */
  retryAfterMs?: number
}

// ---------------------------------------------------------------- the session

/** `GET /frame/payment-sessions/{id}`: what the shopper's browser may know. Amount in minor units. */
export interface SessionFacts {
  id: string
  /** `Pending`, `Approved`, `Declined`, `Expired` … */
  status: string
  amount: number
  currency: string
  /** BCP 47 */
  locale: string
  merchant_name: string
  /** ISO 8601 */
  expires_on: string
  payment_type: string
  /** `false`: the shop's server has not set the final amount yet. */
  payable?: false
  customer_name?: string
  /** In the order to show; each as in the session's token. */
  payment_methods: { type: string; [member: string]: unknown }[]
  /** The newest attempt, and what of it the shopper may know. */
  latest_payment?: LatestPayment
}

export interface LatestPayment {
  id: string
  /** `jti` of the `session_data` that began it. */
  attempt: string
  /** `Processing` while it is being sent or its outcome is not known yet. */
  status: 'Approved' | 'Declined' | 'Action Required' | 'Processing' | 'Cancelled'
  type: string
  decline_reason?: string
  action?: Action
  /** Where the shopper belongs now that it ended: the session's `success_url` or `failure_url` with its parameters. */
  landing_url?: string
}
