import type { AppleContact } from './contact.ts'

/** Of `ApplePaySession`, what is used here. */
export interface AppleSession {
  onvalidatemerchant?: ((event: { validationURL: string }) => void) | null
  onpaymentmethodselected?: ((event: object) => void) | null
  onshippingcontactselected?: ((event: object) => void) | null
  onpaymentauthorized?: ((event: ApplePaymentEvent) => void) | null
  oncancel?: ((event: object) => void) | null
  begin(): void
  abort(): void
  completeMerchantValidation(session: object): void
  completePaymentMethodSelection(update: { newTotal: AppleTotal }): void
  completeShippingContactSelection(update: { newTotal: AppleTotal }): void
  completePayment(result: { status: number }): void
}

export interface AppleTotal {
  label: string
  type: string
  amount: string
}

export interface ApplePaymentEvent {
  payment: { token: { paymentData: object }; billingContact?: AppleContact }
}

export interface AppleSessionClass {
  new (version: number, request: object): AppleSession
  canMakePayments(): boolean
  readonly STATUS_SUCCESS: number
  readonly STATUS_FAILURE: number
}

/** That of the browser, or of Apple's script for other browsers. */
export function appleSessions(): AppleSessionClass | undefined {
  return (window as { ApplePaySession?: AppleSessionClass }).ApplePaySession
}
