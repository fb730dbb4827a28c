/** A shop that uses what only we offer: cards named by strings, handlers that answer at once, our own options. */
import { configure, handleReturn, loadCheckoutWebComponents, type ReturnFacts } from '../../../src/index.ts'

configure({ scriptUrl: 'https://pay.example.com/flow/index.js', integrity: 'sha384-example', nonce: 'example' })

export async function start(session: Record<string, unknown>): Promise<ReturnFacts | undefined> {
  const returned = handleReturn()
  if (returned) {
    return returned
  }
  const checkout = await loadCheckoutWebComponents({
    publicKey: 'pk_example',
    paymentSession: session,
    cardLayout: 'per-field',
    redirectMode: 'page',
    showPayButton: false,
    translations: { en: { 'sluice.pay_amount': 'Give us {AMOUNT}' } },
    onCardBinChanged: (_component, { scheme }) =>
      scheme === 'visa' ? { continue: true } : { continue: false, errorMessage: 'Only Visa today' },
    handleClick: () => ({ continue: true }),
  })
  checkout.create('card', { acceptedCardSchemes: ['visa', 'mastercard'], acceptedCardTypes: ['debit'] }).mount('#card')
  checkout.create('stored_card', { displayMode: 'all', displayPaymentAdditionalContent: 'below_pay_button' })
  return undefined
}
