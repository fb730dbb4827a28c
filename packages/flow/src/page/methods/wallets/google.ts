/** Google Pay: Google's own sheet where the page has its script, and in sandbox otherwise the simulator's. */
import { majorUnits } from '@sluice/core/currencies'
import { googleCardTypes, walletNetworks } from '@sluice/core/wallets/networks'
import type { FormHost } from '../forms.ts'
import { agreeing, currentSum, type Sum } from './agree.ts'
import { googleBilling } from './contact.ts'
import { googlePayments, type PaymentsClientClass } from './google-api.ts'
import { simulatedPayments } from './simulator-google.ts'
import type { DeviceWallet } from './wallet.ts'

/** As the session lists the method. */
interface Entry {
  merchant: { id: string; name: string; origin: string }
  transaction_info: { total_price_status: string; country_code: string }
  card_parameters: { allowed_auth_methods: string[]; allowed_card_networks: string[] }
  tokenization_specification?: object
  tokenize_specification?: object
}

const BILLING = { billingAddressRequired: true, billingAddressParameters: { format: 'FULL' } }
const VERSION = { apiVersion: 2, apiVersionMinor: 0 }

export function googleWallet(host: FormHost): DeviceWallet {
  const { runtime, options } = host

  function entry(): Entry | undefined {
    return runtime.methods()?.find(({ type }) => type === 'googlepay') as Entry | undefined
  }

  function api(): PaymentsClientClass | undefined {
    return googlePayments() ?? (runtime.settings.sandbox ? simulatedPayments(host) : undefined)
  }

  /** @param changed the sheet asks with the shopper's choices what is to be paid now */
  function client(changed?: () => object) {
    const Client = api()
    return (
      Client &&
      new Client({
        environment: runtime.settings.sandbox ? 'TEST' : 'PRODUCTION',
        ...(changed && { paymentDataCallbacks: { onPaymentDataChanged: async () => changed() } }),
      })
    )
  }

  function specification(): object | undefined {
    const { tokenization_specification, tokenize_specification } = entry() ?? {}
    return options.mode === 'tokenize' ? tokenize_specification : tokenization_specification
  }

  function cards(): object {
    const parameters = entry()?.card_parameters
    const networks = walletNetworks('googlepay', parameters?.allowed_card_networks ?? [], options.acceptedCardSchemes)
    return {
      allowedAuthMethods: parameters?.allowed_auth_methods,
      allowedCardNetworks: networks,
      ...googleCardTypes(options.acceptedCardTypes),
    }
  }

  function transaction({ amount, currency }: Sum) {
    const { total_price_status, country_code } = entry()?.transaction_info ?? {}
    return {
      totalPriceStatus: total_price_status,
      totalPrice: majorUnits(amount, currency),
      currencyCode: currency,
      countryCode: country_code,
    }
  }

  return {
    async available() {
      try {
        if (!specification()) return false
        const ready = client()?.isReadyToPay({
          ...VERSION,
          allowedPaymentMethods: [{ type: 'CARD', parameters: cards() }],
        })
        return (await ready)?.result === true
      } catch {
        return false
      }
    },
    begin() {
      const { merchant } = entry() as Entry
      const { mode, captureBillingAddress } = options
      /** What the sheet shows. */
      let displayed = currentSum(runtime)
      const payments = client(() => {
        displayed = currentSum(runtime)
        return { newTransactionInfo: transaction(displayed) }
      })
      const asked = payments?.loadPaymentData({
        ...VERSION,
        callbackIntents: ['PAYMENT_METHOD'],
        merchantInfo: { merchantId: merchant.id, merchantName: merchant.name },
        allowedPaymentMethods: [
          {
            type: 'CARD',
            parameters: { ...cards(), ...(captureBillingAddress && BILLING) },
            tokenizationSpecification: specification(),
          },
        ],
        transactionInfo: transaction(displayed),
      })
      // Nobody may be waiting for it yet, or ever.
      asked?.catch(() => {})
      return {
        agree: agreeing(mode, async () => {
          try {
            const data = await asked
            if (!data) return undefined
            const { tokenizationData, info } = data.paymentMethodData
            const token = JSON.parse(tokenizationData.token) as object
            const billing = captureBillingAddress ? googleBilling(info?.billingAddress) : {}
            return { displayed, wallet: { type: 'googlepay', token }, billing, event: data }
          } catch (error) {
            if ((error as { statusCode?: unknown }).statusCode === 'CANCELED') return undefined
            throw error
          }
        }),
        // Google closes its sheet by itself.
        close: () => payments?.close?.(),
      }
    },
  }
}
