/* oxlint-disable typescript/no-unsafe-enum-comparison -- shops compare with plain strings, as the documentation does */
/** A shop as the documentation of 1.0.0 had it: accepted cards, card events, submitting through its own server. */
import {
  type CardMetadataLookupResponse,
  CardScheme,
  type CardTokenizeResult,
  CardType,
  type CheckoutRequestError,
  CheckoutLoaderError,
  CheckoutLoaderIntegrationErrorCode,
  CheckoutRequestErrorCode,
  type Component,
  type HandleSubmitResponse,
  loadCheckoutWebComponents,
  type OnCardBinChangedResponse,
  type OnTokenizedResponse,
  PaymentAbortReason,
  type SubmitData,
} from '../../../src/index.ts'

async function onCardBinChanged(
  _component: Component,
  { bin, scheme, card_type, local_schemes, issuer }: CardMetadataLookupResponse,
): Promise<OnCardBinChangedResponse> {
  const known = [bin, scheme, card_type, local_schemes?.[0], issuer].length > 0
  return known ? { continue: true } : { continue: false, errorMessage: 'Please use another card' }
}

async function handleSubmit(_component: Component, submitData: SubmitData): Promise<HandleSubmitResponse> {
  const response = await fetch('/pay', { method: 'POST', body: submitData.session_data })
  return (await response.json()) as HandleSubmitResponse
}

function whyRefused({ code, details }: CheckoutRequestError): string | undefined {
  return code === CheckoutRequestErrorCode.PaymentRequestAborted &&
    details.abortReason === PaymentAbortReason.CardNotSupported
    ? details.customMessage
    : details.paymentId
}

function tokenOf({ data, cardMetadata }: CardTokenizeResult): string {
  return `${data.token} ${data.bin} ${cardMetadata?.scheme}`
}

export async function start(session: Record<string, unknown>): Promise<void> {
  try {
    const checkout = await loadCheckoutWebComponents({
      publicKey: 'pk_example',
      paymentSession: session,
      translations: { xx: { 'otp.send.email': 'Send' } },
      handleSubmit,
      onCardBinChanged,
      onTokenized: (_component, result): Promise<OnTokenizedResponse> =>
        Promise.resolve({ continue: result.data.token !== '' }),
      onError: (_component, error) => (error.type === 'Request' ? whyRefused(error) : error.code),
      componentOptions: {
        data: { email: 'shopper@example.com' },
        applepay: { acceptedCardSchemes: [CardScheme.Visa], acceptedCardTypes: [CardType.Debit], buttonType: 'buy' },
        googlepay: { acceptedCardSchemes: [CardScheme.Mastercard], acceptedCardTypes: [CardType.Prepaid] },
        flow: { expandFirstPaymentMethod: false, acceptedCardSchemes: [CardScheme.Amex, CardScheme.JCB] },
        stcpay: { showPayButton: false },
      },
    })
    const card = checkout.create('card', { acceptedCardTypes: [CardType.Credit, CardType.Charge] })
    const result = await card.tokenize()
    if (result?.type === 'card') tokenOf(result)
  } catch (error) {
    if (!(error instanceof CheckoutLoaderError && error.code === CheckoutLoaderIntegrationErrorCode.ScriptFailed)) {
      throw error
    }
  }
}
