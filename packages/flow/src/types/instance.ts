/** An instance of the component, and the options it is made with. */
import type { PartialDesignTokens } from './appearance.ts'
import type { Component } from './component.ts'
import type { ComponentNameUnion, EnvironmentUnion } from './names.ts'
import type {
  AllComponentOptions,
  ApplepayComponentOptions,
  AuthenticationComponentOptions,
  BacsComponentOptions,
  CardComponentOptions,
  CardCvvComponentOptions,
  ComponentData,
  ComponentOptions,
  FlowComponentOptions,
  GooglepayComponentOptions,
  RememberMeComponentOptions,
  StoredCardComponentOptions,
  WalletComponentOptions,
} from './options.ts'
import type { CustomTranslations } from './texts.ts'

/** The unmodified answer of `POST /payment-sessions`; `id` and `payment_session_secret` are enough. */
export type PaymentSessionResponse = Record<string, unknown>

/** ISO 4217, three capital letters. */
export type Currency = string

// ---------------------------------------------------------------- options

/** Options of each component by its name. */
export type ComponentOptionsByComponentName = SpecialComponentOptions & {
  [name in Exclude<ComponentNameUnion, keyof SpecialComponentOptions>]: ComponentOptions
}

/** Of the components that take more than the common options, or less. */
interface SpecialComponentOptions {
  applepay: ApplepayComponentOptions
  authentication: AuthenticationComponentOptions
  bacs: BacsComponentOptions
  card: CardComponentOptions
  card_cvv: CardCvvComponentOptions
  flow: FlowComponentOptions
  googlepay: GooglepayComponentOptions
  paypal: WalletComponentOptions
  remember_me: RememberMeComponentOptions
  stored_card: StoredCardComponentOptions
}

/** All amounts in minor units of the session's currency. */
type BaseItem = {
  /** The shop's own reference, such as a stock number. */
  reference?: string
  commodityCode?: string
  unitOfMeasure?: string
  totalAmount?: number
  taxAmount?: number
  discountAmount?: number
  url?: string
  imageUrl?: string
}

export type ProductItem = BaseItem & {
  name: string
  quantity: number
  /** Minor units. */
  unitPrice: number
}

export type WeChatItem = ProductItem & {
  wxpayGoodsId: string
}

/** All of one kind. */
export type Items = WeChatItem[] | ProductItem[]

/** What to pay, when there is no session yet: then `handleSubmit` makes and submits one through the shop's server. */
export type CheckoutWebComponentsInitializationOptions = {
  /** Minor units. */
  amount?: number
  currency?: Currency
  items?: Items
  processingChannelId?: string
}

export type CheckoutWebComponentsComponentOptions = Partial<ComponentOptionsByComponentName> &
  CheckoutWebComponentsInitializationOptions &
  RetiredComponentOptions & {
    data?: ComponentData
  }

/** Components of earlier releases. Accepted, so that an old shop still compiles, and without effect. */
type RetiredComponentOptions = {
  giropay?: ComponentOptions
  sofort?: ComponentOptions
}

/** What only this component offers. Everything is optional, so options of the official package are options of ours. */
export type OwnOptions = {
  /**
   * `single`: the whole card in one frame. `per-field`: a frame for each field, named as shops' test suites expect
   * them. Default: what the installation is set to.
   */
  cardLayout?: 'single' | 'per-field'
  /** How the bank's page is shown: in a dialog over the shop's page (default), or in its place. */
  redirectMode?: 'overlay' | 'page'
}

export type Options = {
  /** `pk_…` */
  publicKey: string
  /** Not in sessionless mode, where `componentOptions` has amount and currency. */
  paymentSession?: PaymentSessionResponse
  /** BCP 47; goes before the session's. */
  locale?: string
  /** Default `production`. */
  environment?: EnvironmentUnion
  appearance?: PartialDesignTokens
  translations?: CustomTranslations
  componentOptions?: CheckoutWebComponentsComponentOptions
} & AllComponentOptions &
  OwnOptions

// ---------------------------------------------------------------- the instance

/** Other members are refused as `not supported field`. */
export type UpdateCheckoutWebComponentsDetails = {
  /** Minor units, a whole number that is not negative. */
  amount?: number
  /** ISO 4217, three capital letters. */
  currency?: string
}

export interface CheckoutWebComponents {
  /** Throws `component_not_supported` for a name that is unknown or not among the methods of the session. */
  create<T extends ComponentNameUnion>(name: T, options?: ComponentOptionsByComponentName[T]): Component
  /**
   * Changes the amount that is shown, without a request and without losing what was typed. What is charged stays the
   * session's, unless `handleSubmit` sends the new amount. Rejects with a `CheckoutValidationError`.
   */
  update(details: UpdateCheckoutWebComponentsDetails): Promise<void>
}

/** `window.CheckoutWebComponents`: what it returns can be used at once, or awaited first. */
export interface WindowCheckoutWebComponents {
  (options: Options): CheckoutWebComponents & Promise<CheckoutWebComponents>
}

export type LoadCheckoutWebComponents = (options: Options) => Promise<CheckoutWebComponents>
