/**
 * Errors of the component, for `onError` and for what its methods throw: `type`, `code` and `details` are contract,
 * the text is not, save for three that shops are known to search for.
 */
import type {
  CheckoutError as AnyCheckoutError,
  CheckoutIntegrationError,
  CheckoutPaymentMethodError,
  CheckoutRequestError,
  CheckoutSubmitError,
  CheckoutValidationError,
} from '../types/index.ts'

/** `message` is `[<type>]: <text> [<code>]`. */
export class CheckoutError<E extends AnyCheckoutError = AnyCheckoutError> extends Error {
  override readonly name = 'CheckoutError'
  readonly type: E['type']
  readonly code: E['code']
  readonly details: E['details']

  constructor(type: E['type'], code: Codes<E>, details: Details<E>) {
    super(`[${type}]: ${TEXTS[code]} [${code}]`)
    this.type = type
    // The strings are what the enumerations are at run time; naming these here would put them into the page's script.
    this.code = code as E['code']
    this.details = details as E['details']
  }
}

/** Misuse by the shop's code. */
export function integrationError(
  code: Codes<CheckoutIntegrationError>,
  details: Details<CheckoutIntegrationError>,
): CheckoutError<CheckoutIntegrationError> {
  return new CheckoutError('Integration', code, details)
}

/** A decline, an abort, an API error, no network. */
export function requestError(
  code: Codes<CheckoutRequestError>,
  details: Details<CheckoutRequestError>,
): CheckoutError<CheckoutRequestError> {
  return new CheckoutError('Request', code, details)
}

/** A method's own script or endpoint failed. */
export function paymentMethodError(
  code: Codes<CheckoutPaymentMethodError>,
  details: Details<CheckoutPaymentMethodError>,
): CheckoutError<CheckoutPaymentMethodError> {
  return new CheckoutError('PaymentMethod', code, details)
}

/** `submit()` came too early. */
export function submitError(
  code: Codes<CheckoutSubmitError>,
  details: Details<CheckoutSubmitError>,
): CheckoutError<CheckoutSubmitError> {
  return new CheckoutError('Submit', code, details)
}

/** `update()` was given something it cannot take; `details.validationErrors` says why, by field. */
export function validationError(
  code: Codes<CheckoutValidationError>,
  details: Details<CheckoutValidationError>,
): CheckoutError<CheckoutValidationError> {
  return new CheckoutError('Validation', code, details)
}

type Codes<E extends AnyCheckoutError> = `${E['code']}`

/** Plain strings as well. The types promise shops a session and a component even where there are none. */
type Details<E extends AnyCheckoutError> = Omit<PlainStrings<E['details']>, 'paymentSessionId' | 'type'> & {
  paymentSessionId?: string
  type?: string
}
type PlainStrings<T> = { [K in keyof T]: T[K] extends string | undefined ? string : T[K] }

/** Those of `payment_request_declined`, `payment_request_failed` and `component_invalid` are known to be searched for. */
const TEXTS: Record<Codes<AnyCheckoutError>, string> = {
  browser_environment_required: 'A browser is required',
  callback_invocation_failed: 'A callback threw an error',
  callback_result_invalid: 'A callback returned a result that cannot be used',
  component_already_mounted: 'Component is already mounted',
  component_is_available_not_checked: 'Call isAvailable() before mount()',
  component_not_supported: 'Component is unknown or not enabled for this payment session',
  element_not_found: 'Element to mount into was not found',
  method_not_supported: 'Method is not supported by this component',
  on_tokenized_callback_required: 'Tokenize mode needs the onTokenized callback',
  payment_session_invalid: 'Payment session is invalid',
  payment_session_required: 'Payment session is required',
  payment_request_aborted: 'Payment request was aborted',
  payment_request_declined: 'Payment request declined',
  payment_request_failed: 'Network request failed',
  network_error: 'A request failed',
  tokenize_request_failed: 'Tokenization failed',
  payment_method_attempt_failed: 'The payment method failed',
  component_invalid: 'Component is invalid',
  update_parameters_invalid: 'Update parameters are invalid',
}
