/** Google Pay: Google's own sheet where the page has its script, and in sandbox otherwise the simulator's. */
import { majorUnits } from '@sluice/core/currencies'
import { googleCardTypes, walletNetworks } from '@sluice/core/wallets/networks'
import type { FormHost } from '../forms.ts'
import { agreeing } from './agree.ts'
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

const VERSION = { apiVersion: 2, apiVersionMinor: 0 }

export function googleWallet(host: FormHost): DeviceWallet {
  const { runtime, options } = host

  function entry(): Entry | undefined {
    return runtime.methods()?.find(({ type }) => type === 'googlepay') as Entry | undefined
  }

  function api(): PaymentsClientClass | undefined {
    return googlePayments() ?? (runtime.settings.sandbox ? simulatedPayments(host) : undefined)
  }

  function client() {
    const Client = api()
    return (
      Client &&
      new Client({
        environment: runtime.settings.sandbox ? 'TEST' : 'PRODUCTION',
        ...(options.captureBillingAddress && {
          paymentDataCallbacks: { onPaymentDataChanged: async () => ({ newTransactionInfo: transaction() }) },
        }),
      })
    )
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

  function transaction() {
    const { amount = 0, currency = '' } = runtime.displayed()
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
        if (!entry()?.tokenization_specification) return false
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
      const { merchant, tokenization_specification, tokenize_specification } = entry() as Entry
      const { mode, captureBillingAddress } = options
      const asked = client()?.loadPaymentData({
        ...VERSION,
        merchantInfo: { merchantId: merchant.id, merchantName: merchant.name },
        allowedPaymentMethods: [
          {
            type: 'CARD',
            parameters: { ...cards(), ...(captureBillingAddress && { billingAddressRequired: true }) },
            tokenizationSpecification: mode === 'tokenize' ? tokenize_specification : tokenization_specification,
          },
        ],
        transactionInfo: transaction(),
      })
      return {
        agree: agreeing(mode, async () => {
          try {
            const data = await asked
            if (!data) return undefined
            const token = JSON.parse(data.paymentMethodData.tokenizationData.token) as object
            return { wallet: { type: 'googlepay', token }, event: data }
          } catch (error) {
            if ((error as { statusCode?: unknown }).statusCode === 'CANCELED') return undefined
            throw error
          }
        }),
        // Google closes its sheet by itself.
        close() {},
      }
    },
    // The sheet asks when it wants to know.
    updated() {},
  }
}
