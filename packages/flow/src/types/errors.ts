/**
 * What `onError` receives and what the methods throw. Branch on `type` and `code`; `message` has the form
 * `[<type>]: <text> [<code>]` and is for people.
 */
import type {
  CheckoutIntegrationErrorCode,
  CheckoutPaymentMethodErrorCode,
  CheckoutRequestErrorCode,
  CheckoutSubmitErrorCode,
  CheckoutValidationErrorCode,
  PaymentAbortReason,
  PaymentDeclineReason,
} from './enums.js'
import type { ComponentNameUnion } from './names.ts'

/** The shop's code uses the component in a way it cannot work. */
export type CheckoutIntegrationError = {
  name: 'CheckoutError'
  message: string
  type: 'Integration'
  code: CheckoutIntegrationErrorCode
  details: {
    /** Names this page's use of the component, from its start to its end. */
    browserSessionId: string
    /** What `mount()` was given, with `element_not_found`. */
    element?: string | Element
    paymentSessionId?: string
    /** The component. */
    type?: ComponentNameUnion
  }
}

/** A request did not bring what was asked for: a decline, an abort, an API error, no network. */
export type CheckoutRequestError = {
  name: 'CheckoutError'
  message: string
  type: 'Request'
  code: CheckoutRequestErrorCode | CheckoutPaymentMethodErrorCode
  details: {
    browserSessionId?: string
    paymentId?: string
    paymentSessionId?: string
    /** Decline reasons, or `error_codes` of the API. */
    requestErrorCodes?: (PaymentDeclineReason | string)[]
    /** `Cko-Request-Id` of the answer. */
    requestId?: string
    /** HTTP status. */
    status?: number
    type?: ComponentNameUnion
    /** The `errorMessage` of the handler that said no. */
    customMessage?: string
    abortReason?: PaymentAbortReason
  }
}

/** A script or an endpoint of the payment method failed. */
export type CheckoutPaymentMethodError = {
  name: 'CheckoutError'
  message: string
  type: 'PaymentMethod'
  code: CheckoutPaymentMethodErrorCode
  details: {
    browserSessionId: string
    paymentSessionId: string
    type: ComponentNameUnion
  }
}

/** `submit()` came before everything was filled in. */
export type CheckoutSubmitError = {
  name: 'CheckoutError'
  message: string
  type: 'Submit'
  code: CheckoutSubmitErrorCode | CheckoutPaymentMethodErrorCode
  details: {
    browserSessionId: string
    paymentSessionId: string
    type: ComponentNameUnion
  }
}

/** `update()` was given something it cannot take. */
export type CheckoutValidationError = {
  name: 'CheckoutError'
  message: string
  type: 'Validation'
  code: CheckoutValidationErrorCode
  details: {
    browserSessionId?: string
    paymentSessionId?: string
    type?: ComponentNameUnion
    /** Why, by field. */
    validationErrors: Record<string, string>
  }
}

export type CheckoutError =
  | CheckoutIntegrationError
  | CheckoutRequestError
  | CheckoutPaymentMethodError
  | CheckoutSubmitError
  | CheckoutValidationError
