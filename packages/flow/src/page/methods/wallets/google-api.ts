import type { GoogleAddress } from './contact.ts'

/** Of `google.payments.api`, what is used here. */
export interface PaymentsClient {
  isReadyToPay(request: object): Promise<{ result: boolean }>
  /** Rejects with `{ statusCode: 'CANCELED' }` when the shopper closes the sheet. */
  loadPaymentData(request: object): Promise<PaymentData>
  /** Of the simulator's alone: a page cannot close Google's sheet. */
  close?(): void
}

export interface PaymentData {
  paymentMethodData: { tokenizationData: { token: string }; info?: { billingAddress?: GoogleAddress } }
}

export interface PaymentDataCallbacks {
  /** What the shopper chose has changed: the answer may have a new sum. */
  onPaymentDataChanged?(intermediate: object): Promise<object>
}

export interface PaymentsClientOptions {
  environment: 'TEST' | 'PRODUCTION'
  paymentDataCallbacks?: PaymentDataCallbacks
}

export type PaymentsClientClass = new (options: PaymentsClientOptions) => PaymentsClient

/** That of the page, when the shop has loaded Google's script. */
export function googlePayments(): PaymentsClientClass | undefined {
  const { google } = window as { google?: { payments?: { api?: { PaymentsClient?: PaymentsClientClass } } } }
  return google?.payments?.api?.PaymentsClient
}
