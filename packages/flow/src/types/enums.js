/** What the enumerations of `enums.d.ts` are at run time. */

export const CardScheme = {
  Amex: 'american_express',
  CartesBancaires: 'cartes_bancaires',
  ChinaUnionPay: 'china_union_pay',
  DinersClub: 'diners_club_international',
  Discover: 'discover',
  JCB: 'jcb',
  Mada: 'mada',
  Mastercard: 'mastercard',
  Visa: 'visa',
}

export const CardType = {
  Charge: 'charge',
  Credit: 'credit',
  Debit: 'debit',
  DeferredDebit: 'deferred_debit',
  Prepaid: 'prepaid',
}

export const CheckoutErrorType = {
  Integration: 'Integration',
  PaymentMethod: 'PaymentMethod',
  Request: 'Request',
  Submit: 'Submit',
  Validation: 'Validation',
}

export const CheckoutIntegrationErrorCode = {
  BrowserEnvironmentRequired: 'browser_environment_required',
  CallbackInvocationFailed: 'callback_invocation_failed',
  CallbackResultInvalid: 'callback_result_invalid',
  ComponentAlreadyMounted: 'component_already_mounted',
  ComponentIsAvailableNotChecked: 'component_is_available_not_checked',
  ComponentNotSupported: 'component_not_supported',
  ElementNotFound: 'element_not_found',
  MethodNotSupported: 'method_not_supported',
  OnTokenizedCallbackRequired: 'on_tokenized_callback_required',
  PaymentSessionInvalid: 'payment_session_invalid',
  PaymentSessionRequired: 'payment_session_required',
}

export const CheckoutLoaderErrorType = {
  Integration: 'Integration',
}

export const CheckoutLoaderIntegrationErrorCode = {
  BrowserEnvironmentRequired: 'browser_environment_required',
  CheckoutWebComponentInstanceNotOnWindow: 'checkout_web_component_instance_not_on_window',
  ScriptFailed: 'script_failed',
  ScriptTimedOut: 'script_timed_out',
}

export const CheckoutPaymentMethodErrorCode = {
  PaymentMethodAttemptFailed: 'payment_method_attempt_failed',
}

export const CheckoutRequestErrorCode = {
  NetworkError: 'network_error',
  PaymentRequestAborted: 'payment_request_aborted',
  PaymentRequestDeclined: 'payment_request_declined',
  PaymentRequestFailed: 'payment_request_failed',
  TokenizeRequestFailed: 'tokenize_request_failed',
}

export const CheckoutSubmitErrorCode = {
  ComponentInvalid: 'component_invalid',
}

export const CheckoutValidationErrorCode = {
  UpdateParametersInvalid: 'update_parameters_invalid',
}

export const ComponentMode = {
  Pay: 'pay',
  Tokenize: 'tokenize',
}

export const ComponentName = {
  AlipayCn: 'alipay_cn',
  AlipayHk: 'alipay_hk',
  Alma: 'alma',
  Applepay: 'applepay',
  Authentication: 'authentication',
  Bacs: 'bacs',
  Bancontact: 'bancontact',
  Benefit: 'benefit',
  Bizum: 'bizum',
  Blik: 'blik',
  Card: 'card',
  CardCvv: 'card_cvv',
  Dana: 'dana',
  Eps: 'eps',
  Flow: 'flow',
  Gcash: 'gcash',
  Googlepay: 'googlepay',
  Ideal: 'ideal',
  Kakaopay: 'kakaopay',
  Klarna: 'klarna',
  Knet: 'knet',
  Mbway: 'mbway',
  MobilePay: 'mobilepay',
  Multibanco: 'multibanco',
  Octopus: 'octopus',
  P24: 'p24',
  PayNow: 'paynow',
  Paypal: 'paypal',
  Plaid: 'plaid',
  Qpay: 'qpay',
  RememberMe: 'remember_me',
  Sepa: 'sepa',
  ShippingAddress: 'shipping_address',
  StcPay: 'stcpay',
  StoredCard: 'stored_card',
  Swish: 'swish',
  Tabby: 'tabby',
  Tamara: 'tamara',
  TouchNGo: 'tng',
  Truemoney: 'truemoney',
  Twint: 'twint',
  Vipps: 'vipps',
  WeChatPay: 'wechatpay',
}

export const DisplayPaymentAdditionalContent = {
  AbovePayButton: 'above_pay_button',
  BelowPayButton: 'below_pay_button',
}

export const Environment = {
  Production: 'production',
  Sandbox: 'sandbox',
}

export const FontName = {
  Button: 'button',
  Footnote: 'footnote',
  Input: 'input',
  Label: 'label',
  Subheading: 'subheading',
}

export const PaymentAbortReason = {
  CardNotSupported: 'card_not_supported',
}

export const PaymentDeclineReason = {
  CustomerMisconfiguration: 'customer_misconfiguration',
  InvalidCustomerData: 'invalid_customer_data',
  InvalidPaymentSessionData: 'invalid_payment_session_data',
  MerchantMisconfiguration: 'merchant_misconfiguration',
  NotEnoughFunds: 'not_enough_funds',
  PaymentCancelled: 'payment_cancelled',
  PaymentExpired: 'payment_expired',
  TryAgain: 'try_again',
}

export const StoredCardDisplayMode = {
  All: 'all',
  DefaultOnly: 'default_only',
}
