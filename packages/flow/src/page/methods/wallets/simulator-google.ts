/** `PaymentsClient` where the page has none: the same promises and callbacks, and tokens that the simulator signs. */
import type { FormHost } from '../forms.ts'
import type { PaymentData, PaymentsClientClass, PaymentsClientOptions } from './google-api.ts'
import { openSheet, type TestCard } from './simulator-sheet.ts'

interface Asked {
  merchantInfo: { merchantName: string }
  allowedPaymentMethods: { parameters: { allowedCardNetworks: string[]; allowedAuthMethods: string[] } }[]
  transactionInfo: { totalPrice: string; currencyCode: string }
}

export function simulatedPayments({ runtime }: FormHost): PaymentsClientClass {
  const { keeper } = runtime

  function load(request: object, { paymentDataCallbacks }: PaymentsClientOptions): Promise<PaymentData> {
    const asked = request as Asked
    const parameters = asked.allowedPaymentMethods[0]?.parameters
    return new Promise((resolve, reject) => {
      const sheet = openSheet({
        wallet: 'Google Pay',
        merchant: asked.merchantInfo.merchantName,
        async cards() {
          const { cards } = (await keeper.ask({ what: 'wallet', step: 'cards' })) as { cards: TestCard[] }
          const { allowedCardNetworks = [], allowedAuthMethods = [] } = parameters ?? {}
          return cards.filter(
            ({ network, auth }) => allowedCardNetworks.includes(network) && allowedAuthMethods.includes(auth),
          )
        },
        total: () => `${asked.transactionInfo.totalPrice} ${asked.transactionInfo.currencyCode}`,
        chosen() {
          const changing = paymentDataCallbacks?.onPaymentDataChanged?.({ callbackTrigger: 'INITIALIZE' })
          void changing?.then((update: { newTransactionInfo?: Asked['transactionInfo'] }) => {
            if (update.newTransactionInfo) asked.transactionInfo = update.newTransactionInfo
            sheet.update()
          })
        },
        pay(card) {
          const body = { card, request: { ...asked } }
          keeper
            .ask({ what: 'wallet', step: 'googlepay/approve', body })
            .then((data) => {
              sheet.close()
              resolve(data as unknown as PaymentData)
            })
            .catch(sheet.fail)
        },
        cancel: () => reject(Object.assign(new Error('canceled'), { statusCode: 'CANCELED' })),
      })
    })
  }

  // Made with `new`, as Google's is.
  return function PaymentsClient(options: PaymentsClientOptions) {
    return {
      isReadyToPay: async () => ({ result: true }),
      loadPaymentData: (request: object) => load(request, options),
    }
  } as unknown as PaymentsClientClass
}
