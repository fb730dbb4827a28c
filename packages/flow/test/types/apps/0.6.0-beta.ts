/* oxlint-disable typescript/no-unsafe-enum-comparison -- shops compare with plain strings, as the documentation does */
/** A shop as the documentation of 0.6.0-beta had it: a session made by the server, the list of methods, a redirect. */
import {
  type CheckoutError,
  CheckoutErrorType,
  type CheckoutWebComponents,
  type Component,
  ComponentName,
  type CustomTranslations,
  Environment,
  type EnvironmentUnion,
  loadCheckoutWebComponents,
  type Options,
  type PartialDesignTokens,
  PaymentDeclineReason,
} from '../../../src/index.ts'

const appearance: PartialDesignTokens = {
  colorAction: '#5f2eea',
  colorBackground: '#fff',
  borderRadius: ['8px', 8],
  button: { fontFamily: 'Arial', fontWeight: 700, letterSpacing: 0 },
}

const translations: CustomTranslations = {
  en: { 'pay_button.pay': 'Pay now', 'pay_button.payment_failed': 'Not paid', 'ideal.bank': 'Your bank' },
}

const environment: EnvironmentUnion = 'sandbox'

const options: Options = {
  publicKey: 'pk_sbox_example',
  environment,
  locale: 'en-GB',
  paymentSession: { id: 'ps_example', payment_session_secret: 'pss_example' },
  appearance,
  translations,
  componentOptions: {
    applepay: {},
    bancontact: { showPayButton: false },
    card: { displayCardholderName: 'bottom', data: { cardholderName: 'A Shopper' } },
    eps: {},
    giropay: {},
    googlepay: { handleClick: () => ({ continue: true }) },
    ideal: {},
    knet: {},
    multibanco: {},
    p24: {},
    paypal: { handleClick: () => Promise.resolve({ continue: false }) },
    sofort: {},
    flow: { onReady: (component: Component) => component.isValid() },
  },
  showPayButton: true,
  onChange: (component) => [component.name, component.type === 'card', component.isValid()],
  onPaymentCompleted: (component, payment) => [component.name, payment.id, payment.status === 'Approved', payment.type],
  onError: (_component, error) => report(error),
}

function report(error: CheckoutError): string {
  if (error.type === CheckoutErrorType.Request && error.code === 'payment_request_declined') {
    const declined = error.details.requestErrorCodes?.includes(PaymentDeclineReason.NotEnoughFunds)
    return `${error.message} ${declined} ${error.details.status?.toFixed()}`
  }
  return `${error.name} ${error.type} ${error.code} ${error.details.browserSessionId}`
}

export async function start(): Promise<void> {
  const checkout: CheckoutWebComponents = await loadCheckoutWebComponents(options)
  const flow = checkout.create('flow').mount('#flow')
  const card = checkout.create(ComponentName.Card, { showPayButton: false, onSubmit: () => undefined })
  if (await card.isAvailable()) {
    card.mount(document.body).submit()
  }
  flow.unmount()
  if (environment !== Environment.Sandbox) {
    throw new Error('not the sandbox')
  }
}
