/** `PaymentsClient` where the page has none: the same promises and callbacks, and tokens that the simulator signs. */
import type { FormHost } from '../forms.ts'
import type { PaymentData, PaymentsClientClass, PaymentsClientOptions } from './google-api.ts'
import { askChoices, openSheet, type SimulatorSheet } from './simulator-sheet.ts'

interface Asked {
  merchantInfo: { merchantName: string }
  allowedPaymentMethods: {
    parameters: { allowedCardNetworks: string[]; allowedAuthMethods: string[]; billingAddressRequired?: boolean }
  }[]
  transactionInfo: { totalPrice: string; currencyCode: string }
}

export function simulatedPayments({ runtime }: FormHost): PaymentsClientClass {
  const { keeper } = runtime

  /** That of the newest request. */
  let sheet: SimulatorSheet | undefined

  function load(request: object, { paymentDataCallbacks }: PaymentsClientOptions): Promise<PaymentData> {
    const asked = request as Asked
    const parameters = asked.allowedPaymentMethods[0]?.parameters
    return new Promise((resolve, reject) => {
      sheet = openSheet({
        wallet: 'Google Pay',
        merchant: asked.merchantInfo.merchantName,
        async choices() {
          const { cards, addresses } = await askChoices(keeper)
          const { allowedCardNetworks = [], allowedAuthMethods = [], billingAddressRequired } = parameters ?? {}
          const usable = cards.filter(
            ({ network, auth }) => allowedCardNetworks.includes(network) && allowedAuthMethods.includes(auth),
          )
          return { cards: usable, addresses: billingAddressRequired ? addresses : [] }
        },
        total: () => `${asked.transactionInfo.totalPrice} ${asked.transactionInfo.currencyCode}`,
        chosen() {
          const changing = paymentDataCallbacks?.onPaymentDataChanged?.({ callbackTrigger: 'INITIALIZE' })
          void changing?.then((update: { newTransactionInfo?: Asked['transactionInfo'] }) => {
            if (update.newTransactionInfo) asked.transactionInfo = update.newTransactionInfo
            sheet?.update()
          })
        },
        pay(chosen) {
          const body = { ...chosen, request: { ...asked } }
          keeper
            .ask({ what: 'wallet', step: 'googlepay/approve', body })
            .then((data) => {
              sheet?.close()
              resolve(data as unknown as PaymentData)
            })
            .catch(() => sheet?.fail())
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
      close: () => sheet?.close(),
    }
  } as unknown as PaymentsClientClass
}
