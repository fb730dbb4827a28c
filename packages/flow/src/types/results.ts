/** What the component finds out about a card and what tokenizing returns. Members not named here may be present. */
import type { CardScheme, ComponentName } from './enums.js'

/** What is known of a card from its first eight digits. */
export type CardMetadataLookupResponse = {
  /** First eight digits of the number. */
  bin: string
  card_type?: string
  /** Further brands of a co-badged card. */
  local_schemes?: string[]
  scheme: string
  [member: string]: unknown
}

/** The answer of `POST /tokens` for a card. */
export type CardTokenizationResponse = {
  bin: string
  scheme?: string
  /** `tok_…` */
  token: string
  type: 'card'
  [member: string]: unknown
}

export type CardTokenizeResult = {
  type: ComponentName.Card
  data: CardTokenizationResponse
  cardMetadata?: CardMetadataLookupResponse
  /** Only when the shopper chose a brand of a co-badged card. */
  preferred_scheme?: CardScheme
}

/** What `tokenize()` returns for a card; `onTokenized` gets it without `risk`. */
export type CardTokenizeResultWithRiskDeviceSessionId = CardTokenizeResult & {
  risk?: { device_session_id: string }
}

export type CardCvvTokenizationResponse = {
  /** ISO 8601 */
  expires_on: string
  /** For `source.cvv` of a payment with a stored card. */
  token: string
  type: 'cvv'
}

export type CardCvvTokenizeResult = {
  type: ComponentName.CardCvv
  data: CardCvvTokenizationResponse
}

/** The answer of `POST /tokens` for what a wallet gave. */
export type WalletTokenizationResponse = {
  token: string
  type: 'applepay' | 'googlepay'
  /** ISO 8601 */
  expires_on: string
  /** 1 to 12 */
  expiry_month?: number
  /** Four digits. */
  expiry_year?: number
  scheme?: string
  last4?: string
  bin?: string
  [member: string]: unknown
}

export type ApplepayTokenizeResult = {
  type: ComponentName.Applepay
  data: WalletTokenizationResponse
}

export type GooglepayTokenizeResult = {
  type: ComponentName.Googlepay
  data: WalletTokenizationResponse
}

/** What `tokenize()` resolves to. */
export type TokenizeResult = CardTokenizeResultWithRiskDeviceSessionId | CardCvvTokenizeResult

/** What `onTokenized` receives. */
export type OnTokenizedResult =
  | CardTokenizeResult
  | CardCvvTokenizeResult
  | ApplepayTokenizeResult
  | GooglepayTokenizeResult

/** Both together ask for a token that may be used more than once; one alone, or a wrong one, is ignored with a warning. */
export interface TokenizeMethodOptions {
  /** 2 to 5 */
  maxUsageAttempts?: number
  /** Not empty. */
  retrieveIdentifier?: string
}
