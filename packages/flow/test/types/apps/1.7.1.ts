/* oxlint-disable typescript/no-unsafe-enum-comparison -- shops compare with plain strings, as the documentation does */
/** A shop of 1.7.1: stored cards, a security code alone, its own content beside the methods, its own pay button. */
import {
  type CardCvvTokenizeResult,
  type Component,
  DisplayPaymentAdditionalContent,
  type HandlePaymentAdditionalContentMount,
  type HandlePaymentAdditionalContentUnmount,
  loadCheckoutWebComponents,
  type OnAuthorizedResponse,
  type OnTokenizedResponse,
  type OnTokenizedResult,
  StoredCardDisplayMode,
  type TokenizeResult,
} from '../../../src/index.ts'

const handlePaymentAdditionalContentMount: HandlePaymentAdditionalContentMount = async (component, element) => {
  element.append(`I agree to pay with ${component.name}`)
  return component.selectedPaymentMethodId
}

const handlePaymentAdditionalContentUnmount: HandlePaymentAdditionalContentUnmount = async (
  _component,
  _element,
  id,
) => (id === undefined ? undefined : document.getElementById(id)?.remove())

const onTokenized = async (_component: Component, result: OnTokenizedResult) =>
  result.type === 'card_cvv'
    ? ({ continue: result.data.type !== 'cvv' } as OnTokenizedResponse)
    : ({ continue: true } as const)

function tokenOf(result: TokenizeResult): string {
  if (result.type === 'card_cvv') {
    const cvv: CardCvvTokenizeResult = result
    return `${cvv.data.token} ${cvv.data.expires_on}`
  }
  return `${result.data.token} ${result.risk?.device_session_id}`
}

export async function start(session: Record<string, unknown>): Promise<void> {
  const checkout = await loadCheckoutWebComponents({
    publicKey: 'pk_example',
    paymentSession: session,
    onTokenized,
    onAuthorized: (): Promise<OnAuthorizedResponse> => Promise.resolve({ continue: false, errorMessage: 'No' }),
    handleClick: async () => ({ continue: true }),
    componentOptions: {
      stored_card: {
        displayMode: StoredCardDisplayMode.All,
        captureCardCvv: true,
        handlePaymentAdditionalContentMount,
      },
      remember_me: { data: { email: 'shopper@example.com', phoneCountryCode: '+44', phoneNumber: '7700900000' } },
      authentication: { required: true, data: { email: 'shopper@example.com' } },
    },
  })
  const flow = checkout.create('flow', {
    displayPaymentAdditionalContent: DisplayPaymentAdditionalContent.BelowPayButton,
    handlePaymentAdditionalContentMount,
    handlePaymentAdditionalContentUnmount,
  })
  flow.mount('#flow')
  if (flow.selectedType === 'card' && flow.isPayButtonRequired() && flow.isValid()) {
    flow.submit()
  }
  flow.unselect()
  const result = await checkout.create('card_cvv', { cardCvvLength: 4 }).tokenize()
  if (result) tokenOf(result)
}
