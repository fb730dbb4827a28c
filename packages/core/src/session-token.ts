/**
 * `payment_session_token`: what the component needs to draw itself without asking. `YmFzZTY0:` (base64 of "base64") and
 * a colon, then base64 of JSON. Readable by anybody who holds it and signed by nobody: in the browser it is a shortcut,
 * on the server it is never read. Whoever may see it may see the session secret, which it carries.
 */
import { base64OfText, textOfBase64 } from './base64.ts'
import { majorUnits } from './currencies.ts'
import type { MethodName } from './payment-methods.ts'

const MARK = 'YmFzZTY0:'

/** A session as its token tells it. Ids in wire form, amount in minor units, URLs without a trailing slash. */
export interface SessionTokenFacts {
  id: string
  entityId: string
  processingChannelId: string
  secret: string
  amount: number
  /** ISO 4217 */
  currency: string
  /** BCP 47 */
  locale: string
  paymentType: string
  /** `display_name`, else the entity's name. */
  merchantName: string
  /** What `offeredMethods` answered when the session was made; the list does not change afterwards. */
  methods: readonly MethodName[]
  /** As sent in the request, with `address.country`. */
  billing: { address: { country: string } }
  customer?: { id?: string | undefined; email?: string | undefined; phone?: object | undefined } | undefined
  configuration?: MethodConfiguration | undefined
  /** Where Google Pay or Apple Pay are offered: who their tokens are encrypted for. */
  wallets?: WalletFacts | undefined
  /** Identifier of the creditor that a SEPA mandate names, where the channel has one. */
  creditorId?: string | undefined
  riskEnabled: boolean
  apiUrl: string
  framesUrl: string
}

/** The members of `payment_method_configuration` that the browser has to know. */
interface MethodConfiguration {
  card?: CardLike | undefined
  applepay?: (CardLike & { total_type?: string | undefined }) | undefined
  googlepay?: (CardLike & { total_price_status?: string | undefined }) | undefined
  stored_card?: { default_instrument_id?: string | undefined } | undefined
}

/** Of a merchant whose tokens we open ourselves, or whose processor does. */
interface WalletFacts {
  recipient: 'merchant' | 'gateway'
  google?: {
    merchantId: string
    /** Base64, for tokens that we open: those that are exchanged at `POST /tokens` in any case. */
    publicKey?: string
    /** The processor's name with Google, and the merchant's with the processor. */
    gateway?: { name: string; merchantId: string }
  }
}

interface CardLike {
  store_payment_details?: string | undefined
  account_holder?: object | undefined
}

/** One entry of `payment_methods`: `type`, and what that method's component needs besides. */
export interface TokenMethod {
  type: MethodName
  [member: string]: unknown
}

/** What the token holds, spelled as on the wire. */
export interface SessionTokenContent {
  id: string
  entity_id: string
  processing_channel_id: string
  amount: number
  currency: string
  locale: string
  payment_type: string
  payment_methods: TokenMethod[]
  feature_flags: readonly string[]
  risk: { enabled: boolean }
  merchant_name: string
  payment_session_secret: string
  /** Host, with port, of the API. */
  integration_domain: string
  api_url: string
  /** For tools. The component takes its frames' origin from the script that it was loaded by, never from here. */
  frames_url: string
}

/**
 * The token of a session.
 * @param encode base64 of a text's UTF-8. A server has a native one, ten times faster than ours: this is the hot path.
 */
export function sessionToken(facts: SessionTokenFacts, encode: (text: string) => string = base64OfText): string {
  const content: SessionTokenContent = {
    id: facts.id,
    entity_id: facts.entityId,
    processing_channel_id: facts.processingChannelId,
    amount: facts.amount,
    currency: facts.currency,
    locale: facts.locale,
    payment_type: facts.paymentType,
    payment_methods: methodEntries(facts),
    feature_flags: FEATURE_FLAGS,
    risk: { enabled: facts.riskEnabled },
    merchant_name: facts.merchantName,
    payment_session_secret: facts.secret,
    integration_domain: hostOf(facts.apiUrl),
    api_url: facts.apiUrl,
    frames_url: facts.framesUrl,
  }
  return MARK + encode(JSON.stringify(content))
}

/** The session's methods in the order to show, each with what its component needs. */
export function methodEntries(facts: SessionTokenFacts): TokenMethod[] {
  return facts.methods.map((method) => tokenMethod(method, facts))
}

/** What a token holds, or `undefined` for a text that is no token. For tools and tests: nothing vouches for it. */
export function readSessionToken(token: string): SessionTokenContent | undefined {
  if (!token.startsWith(MARK)) return undefined
  const json = textOfBase64(token.slice(MARK.length))
  if (json === undefined) return undefined
  try {
    const content: unknown = JSON.parse(json)
    return typeof content === 'object' && content !== null ? (content as SessionTokenContent) : undefined
  } catch {
    return undefined
  }
}

/**
 * Flags that existing readers of tokens look for, as far as they are true here. Those that announce analytics and logs
 * sent from the browser are absent: nothing is sent.
 */
const FEATURE_FLAGS = [
  'card_fields_enabled',
  'get_with_public_key_enabled',
  'risk_js_enabled',
  'use_non_bic_ideal_integration',
] as const

const CARD_SCHEMES = [
  'Visa',
  'Mastercard',
  'Amex',
  'Mada',
  'Discover',
  'Diners Club International',
  'JCB',
  'UnionPay',
  'Cartes Bancaires',
] as const

/** The same networks by the names each wallet has for them, as far as it carries them. */
const APPLE_NETWORKS = [
  'visa',
  'masterCard',
  'amex',
  'mada',
  'discover',
  'jcb',
  'chinaUnionPay',
  'cartesBancaires',
] as const
const GOOGLE_NETWORKS = ['VISA', 'MASTERCARD', 'AMEX', 'DISCOVER', 'JCB'] as const

/** Google reads the id in production only; there a channel has its own. */
const GOOGLE_TEST_MERCHANT = '12345678901234567890'

const TABBY_CALLING_CODES: Record<string, string> = { AE: '971', KW: '965', SA: '966' }

function tokenMethod(type: MethodName, facts: SessionTokenFacts): TokenMethod {
  switch (type) {
    case 'card':
      return {
        type,
        card_schemes: CARD_SCHEMES,
        // The payer may always override the merchant's choice of a co-badged card's brand: Regulation (EU) 2015/751.
        scheme_choice_enabled: true,
        store_payment_details: storePaymentDetails(facts.configuration?.card?.store_payment_details, facts),
        ...holderOf(facts.configuration?.card),
        billing_address: facts.billing.address,
      }
    case 'stored_card': {
      const preselected = facts.configuration?.stored_card?.default_instrument_id
      return { type, ...(preselected === undefined ? {} : { default_instrument_id: preselected }) }
    }
    case 'remember_me':
      return {
        type,
        card_schemes: CARD_SCHEMES,
        email: facts.customer?.email,
        phone: facts.customer?.phone,
        billing_address: facts.billing.address,
        display_mode: 'checkbox',
      }
    case 'applepay':
      return {
        type,
        display_name: facts.merchantName,
        country_code: facts.billing.address.country,
        currency_code: facts.currency,
        merchant_capabilities: ['supports3DS'],
        supported_networks: APPLE_NETWORKS,
        store_payment_details: storePaymentDetails(facts.configuration?.applepay?.store_payment_details, facts),
        ...holderOf(facts.configuration?.applepay),
        ...(facts.wallets && { recipient: facts.wallets.recipient }),
        total: {
          label: facts.merchantName,
          type: facts.configuration?.applepay?.total_type ?? 'final',
          amount: walletAmount(facts),
        },
      }
    case 'googlepay':
      return {
        type,
        merchant: {
          id: facts.wallets?.google?.merchantId ?? GOOGLE_TEST_MERCHANT,
          name: facts.merchantName,
          origin: hostOf(facts.apiUrl),
        },
        transaction_info: {
          total_price_status: (facts.configuration?.googlepay?.total_price_status ?? 'final').toUpperCase(),
          total_price: walletAmount(facts),
          country_code: facts.billing.address.country,
          currency_code: facts.currency,
        },
        card_parameters: {
          allowed_auth_methods: ['PAN_ONLY', 'CRYPTOGRAM_3DS'],
          allowed_card_networks: GOOGLE_NETWORKS,
        },
        store_payment_details: storePaymentDetails(facts.configuration?.googlepay?.store_payment_details, facts),
        ...holderOf(facts.configuration?.googlepay),
        ...tokenizationOf(facts.wallets),
      }
    case 'sepa':
      return {
        type,
        creditor: { name: facts.merchantName, ...(facts.creditorId !== undefined && { id: facts.creditorId }) },
      }
    case 'tabby': {
      const code = TABBY_CALLING_CODES[facts.billing.address.country]
      return { type, country_calling_codes: code ? [code] : [] }
    }
    default:
      return { type }
  }
}

/** As Google Pay is to be told it: of a payment, and of a token that is not paid with yet. */
function tokenizationOf(wallets: WalletFacts | undefined) {
  if (!wallets?.google) return {}
  const { publicKey, gateway } = wallets.google
  const direct = publicKey && { type: 'DIRECT', parameters: { protocolVersion: 'ECv2', publicKey } }
  const handedOn = gateway && {
    type: 'PAYMENT_GATEWAY',
    parameters: { gateway: gateway.name, gatewayMerchantId: gateway.merchantId },
  }
  const paid = wallets.recipient === 'merchant' ? direct : handedOn
  return {
    ...(paid && { tokenization_specification: paid }),
    ...(direct && { tokenize_specification: direct }),
  }
}

/** A card can only be kept for somebody: without a customer, asking for consent would promise what cannot be done. */
function storePaymentDetails(wanted: string | undefined, facts: SessionTokenFacts): string {
  const hasCustomer = Boolean(facts.customer?.id || facts.customer?.email)
  return hasCustomer && wanted ? wanted : 'disabled'
}

/** Whom the merchant takes for the holder: what the component fills in first. */
function holderOf(settings: CardLike | undefined): { account_holder?: object } {
  return settings?.account_holder === undefined ? {} : { account_holder: settings.account_holder }
}

/** An amount as wallets are told it: a decimal text in major units, whole amounts without decimals as upstream. */
function walletAmount(facts: SessionTokenFacts): string {
  return majorUnits(facts.amount, facts.currency).replace(/\.0+$/, '')
}

function hostOf(url: string): string {
  return url.slice(url.indexOf('://') + '://'.length)
}
