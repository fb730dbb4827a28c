/** A component, and what passes between it and the handlers of the shop. */
import type { ComponentName } from './enums.js'
import type { ComponentNameUnion } from './names.ts'
import type { TokenizeMethodOptions, TokenizeResult } from './results.ts'

/** What `create()` returns. */
export interface Component {
  type: ComponentNameUnion
  /** The method the shopper has chosen, in `flow` and `stored_card`; elsewhere the same as `type`. */
  selectedType: ComponentNameUnion
  /** Names the chosen method in `flow` and `stored_card`; fit for an `id` attribute. */
  selectedPaymentMethodId: string | undefined
  /** For people, in the language of the component. */
  name: string
  /** For a shop with its own pay button. What is missing is shown at the fields and told to `onError`. */
  submit(): void
  /** Turns what was entered into a token, without paying. Rejects with a `CheckoutError`. */
  tokenize(options?: TokenizeMethodOptions): Promise<TokenizeResult | void>
  /** Whether everything needed has been entered, by the chosen method. */
  isValid(): boolean
  /** Whether the method can be shown on this device, for this session. To be asked before `mount()`, except by `flow`. */
  isAvailable(): Promise<boolean>
  /** Whether the chosen method needs a pay button of the shop, if the built-in one is switched off. */
  isPayButtonRequired(): boolean
  /** `flow` and `stored_card`: clears the choice. */
  unselect(): void
  /** Draws the component inside an element, given itself or by a selector. Throws `element_not_found` and others. */
  mount(element: string | Element): Component
  /** Removes all that was drawn; the component can be mounted again. */
  unmount(): Component
}

// ---------------------------------------------------------------- answers of handlers

export type ProceedPaymentResponse = {
  continue: true
}

export type AbortPaymentResponse = {
  continue: false
}

export type AbortPaymentWithErrorResponse = AbortPaymentResponse & {
  /** Shown to the shopper. */
  errorMessage?: string
}

export type OnCardBinChangedResponse = ProceedPaymentResponse | AbortPaymentWithErrorResponse

export type OnTokenizedResponse = ProceedPaymentResponse | AbortPaymentWithErrorResponse

export type OnAuthorizedResponse = ProceedPaymentResponse | AbortPaymentWithErrorResponse

export type HandleClickResponse = ProceedPaymentResponse | AbortPaymentResponse

/** What `handleSubmit` sends to the shop's server: opaque, for one attempt, not to be stored or logged. */
export type SubmitData = {
  session_data: string
}

/** The unmodified answer of `POST /payment-sessions/{id}/submit` or `POST /payment-sessions/complete`. */
export type HandleSubmitResponse = {
  id: string
  status: string
  type: ComponentNameUnion
  [member: string]: unknown
}

/** What `onPaymentCompleted` receives: a payment that was approved without leaving the page. */
export type PayPaymentSessionSuccessfulResponse = {
  id: string
  status: 'Approved'
  type: ComponentNameUnion
}

/** What `onMandateCreated` receives: a direct debit was set up, nothing was paid. */
export type MandateCreatedResult = {
  type: ComponentName.Bacs
  context_data: { setup_id: string }
  [member: string]: unknown
}

export type OnMandateCreated = (component: Component, mandate: MandateCreatedResult) => void

/** Fills the shop's own space beside the chosen method. What it returns is given back when the space goes. */
export type HandlePaymentAdditionalContentMount = (
  component: Component,
  element: Element,
) => MaybePromise<string | void>

export type HandlePaymentAdditionalContentUnmount = (
  component: Component,
  element: Element,
  mountIdentifier: string | undefined,
) => MaybePromise<void>

/** Handlers may answer at once or later. */
export type MaybePromise<T> = T | Promise<T>
