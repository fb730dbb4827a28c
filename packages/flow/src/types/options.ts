/** Options of each component. Given to `create()` they go before those of `componentOptions`, and these before the instance's. */
import type { CardScheme, CardType, DisplayPaymentAdditionalContent, StoredCardDisplayMode } from './enums.js'
import type {
  Component,
  HandlePaymentAdditionalContentMount,
  HandlePaymentAdditionalContentUnmount,
  MandateCreatedResult,
  MaybePromise,
  OnAuthorizedResponse,
} from './component.ts'
import type { SharedComponentOptions } from './handlers.ts'
import type { ComponentModeUnion } from './names.ts'

/** An enumeration's member, or the plain string it stands for. */
type OrString<E extends string> = E | `${E}`

/** Options of every component that is not a wallet. */
export type ComponentOptions = SharedComponentOptions & {
  /** Default true. With false the shop shows its own button and calls `submit()`. */
  showPayButton?: boolean
}

/** What is known of the shopper and filled in at the start. Country: ISO 3166-1 alpha-2. */
export type ComponentData = {
  cardholderName?: string
  email?: string
  phoneCountryCode?: string
  phoneNumber?: string
  shippingFirstName?: string
  shippingLastName?: string
  shippingCountry?: string
  shippingLine1?: string
  shippingLine2?: string
  shippingCity?: string
  shippingState?: string
  shippingZip?: string
  shippingPhoneCountryCode?: string
  shippingPhoneNumber?: string
  billingCountry?: string
  billingLine1?: string
  billingLine2?: string
  billingCity?: string
  billingState?: string
  billingZip?: string
  billingPhoneCountryCode?: string
  billingPhoneNumber?: string
}

/** Which cards may pay; all when absent. Those of a single method go before those of `flow`. */
type AcceptedCards = {
  acceptedCardSchemes?: OrString<CardScheme>[]
  acceptedCardTypes?: OrString<CardType>[]
}

/** A space for the shop's own content, such as its terms, beside the chosen method. */
type AdditionalContent = {
  /** Default `above_pay_button`. */
  displayPaymentAdditionalContent?: OrString<DisplayPaymentAdditionalContent>
  handlePaymentAdditionalContentMount?: HandlePaymentAdditionalContentMount
  handlePaymentAdditionalContentUnmount?: HandlePaymentAdditionalContentUnmount
}

type MandateOptions = {
  /** Comes in place of `onPaymentCompleted`: a direct debit was set up. */
  onMandateCreated?(component: Component, mandate: MandateCreatedResult): void
}

export type CardComponentOptions = ComponentOptions &
  AcceptedCards & {
    data?: Pick<ComponentData, 'cardholderName' | 'email' | 'phoneCountryCode' | 'phoneNumber'>
    /** Where the name is asked for; default `top`. */
    displayCardholderName?: 'top' | 'bottom' | 'hidden'
    /** Default `mandatory`. */
    displayCvv?: 'mandatory' | 'hidden'
  }

export type CardCvvComponentOptions = ComponentOptions & {
  /** Default 3. */
  cardCvvLength?: 3 | 4
}

export type StoredCardComponentOptions = ComponentOptions &
  AcceptedCards &
  AdditionalContent & {
    /** Default false. */
    captureCardCvv?: boolean
    /** Default `default_only`. */
    displayMode?: OrString<StoredCardDisplayMode>
  }

export type RememberMeComponentOptions = ComponentOptions &
  Pick<AcceptedCards, 'acceptedCardSchemes'> & {
    data?: Pick<ComponentData, 'email' | 'phoneCountryCode' | 'phoneNumber'>
  }

export type AuthenticationComponentOptions = ComponentOptions & {
  data?: Pick<ComponentData, 'email'>
  /** The shopper must complete it. */
  required?: boolean
}

export type BacsComponentOptions = ComponentOptions & MandateOptions

/** Wallets bring their own button. */
export type WalletComponentOptions = SharedComponentOptions & {
  /** Asks for the billing address in the wallet's sheet. */
  captureBillingAddress?: boolean
  /** The shopper agreed in the sheet; `authorizeResult` is what the wallet handed over. */
  onAuthorized?(component: Component, authorizeResult: unknown): MaybePromise<OnAuthorizedResponse | void>
}

type WalletButton = {
  /** In the wallet's own words. */
  buttonColor?: string
  buttonType?: string
  /** Default `pay`. `tokenize` needs `onTokenized` and pays nothing. */
  mode?: ComponentModeUnion
}

export type ApplepayCardScheme =
  | CardScheme.Amex
  | CardScheme.CartesBancaires
  | CardScheme.ChinaUnionPay
  | CardScheme.Discover
  | CardScheme.JCB
  | CardScheme.Mada
  | CardScheme.Mastercard
  | CardScheme.Visa

export type ApplepayCardType = CardType.Credit | CardType.Debit

export type ApplepayComponentOptions = WalletComponentOptions &
  WalletButton & {
    acceptedCardSchemes?: OrString<ApplepayCardScheme>[]
    acceptedCardTypes?: OrString<ApplepayCardType>[]
  }

export type GooglepayCardScheme =
  | CardScheme.Amex
  | CardScheme.Discover
  | CardScheme.JCB
  | CardScheme.Mastercard
  | CardScheme.Visa

export type GooglepayCardType = CardType.Credit | CardType.Prepaid

export type GooglepayComponentOptions = WalletComponentOptions &
  WalletButton & {
    acceptedCardSchemes?: OrString<GooglepayCardScheme>[]
    acceptedCardTypes?: OrString<GooglepayCardType>[]
  }

/** The list of methods; what concerns a method is handed down to it. */
export type FlowComponentOptions = ComponentOptions &
  WalletComponentOptions &
  AcceptedCards &
  AdditionalContent &
  MandateOptions & {
    data?: ComponentData
    /** Default false. Stored cards ask for their security code. */
    captureCardCvv?: boolean
    /** Default true. */
    expandFirstPaymentMethod?: boolean
  }

/** What may be given for a whole instance: handlers, wallet options, and `showPayButton` as the default of each component. */
export type AllComponentOptions = WalletComponentOptions & Pick<ComponentOptions, 'showPayButton'>
