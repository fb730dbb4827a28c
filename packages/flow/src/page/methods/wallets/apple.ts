/** Apple Pay: Apple's own sheet where the browser has it, and in sandbox otherwise the simulator's. */
import { majorUnits } from '@sluice/core/currencies'
import { appleCapabilities, walletNetworks } from '@sluice/core/wallets/networks'
import type { FormHost } from '../forms.ts'
import { agreeing, type Approved, currentSum, type Sum } from './agree.ts'
import { type AppleSession, type AppleSessionClass, appleSessions, type AppleTotal } from './apple-api.ts'
import { appleBilling } from './contact.ts'
import { simulatedApple } from './simulator-apple.ts'
import type { DeviceWallet } from './wallet.ts'

/** As the session lists the method. */
interface Entry {
  country_code: string
  merchant_capabilities: string[]
  supported_networks: string[]
  total: AppleTotal
  recipient?: 'merchant' | 'gateway'
}

/** Of Apple's interface: the first that has all that is used. */
const VERSION = 3

export function appleWallet(host: FormHost): DeviceWallet {
  const { runtime, options } = host

  function entry(): Entry | undefined {
    return runtime.methods()?.find(({ type }) => type === 'applepay') as Entry | undefined
  }

  function api(): AppleSessionClass | undefined {
    return appleSessions() ?? (runtime.settings.sandbox ? simulatedApple(host) : undefined)
  }

  function totalOf({ amount, currency }: Sum): AppleTotal {
    return { ...(entry() as Entry).total, amount: majorUnits(amount, currency) }
  }

  function request(sum: Sum): object {
    const { country_code, merchant_capabilities, supported_networks } = entry() as Entry
    return {
      countryCode: country_code,
      currencyCode: sum.currency,
      merchantCapabilities: appleCapabilities(merchant_capabilities, options.acceptedCardTypes),
      supportedNetworks: walletNetworks('applepay', supported_networks, options.acceptedCardSchemes),
      total: totalOf(sum),
      ...(options.captureBillingAddress && { requiredBillingContactFields: ['postalAddress', 'name'] }),
    }
  }

  /** In tokenize mode the token is for us to open, whatever the processor does. */
  async function validate(session: AppleSession, validationURL: string) {
    const recipient = options.mode === 'tokenize' ? 'merchant' : (entry()?.recipient ?? 'gateway')
    const merchantSession = await runtime.keeper.ask({
      what: 'wallet',
      step: 'applepay/validate',
      body: { validation_url: validationURL, recipient, domain: location.hostname },
    })
    session.completeMerchantValidation(merchantSession)
  }

  return {
    async available() {
      try {
        return entry()?.recipient !== undefined && api()?.canMakePayments() === true
      } catch {
        return false
      }
    },
    begin() {
      const Session = api() as AppleSessionClass
      /** What the sheet shows. */
      let displayed = currentSum(runtime)
      const session = new Session(VERSION, request(displayed))
      let open = true

      /** The sheet asks with each of the shopper's choices what is to be paid now. Its currency stays as it is. */
      function update() {
        const sum = currentSum(runtime)
        if (sum.currency === displayed.currency) displayed = sum
        return { newTotal: totalOf(displayed) }
      }

      const approval = new Promise<Approved | undefined>((resolve, reject) => {
        session.onvalidatemerchant = ({ validationURL }) =>
          void validate(session, validationURL).catch((cause) => {
            open = false
            session.abort()
            reject(cause)
          })
        session.onpaymentmethodselected = () => session.completePaymentMethodSelection(update())
        session.onshippingcontactselected = () => session.completeShippingContactSelection(update())
        // Apple's own interface has handlers only, where a session is not an `EventTarget` everywhere.
        // oxlint-disable-next-line unicorn/prefer-add-event-listener
        session.oncancel = () => {
          open = false
          resolve(undefined)
        }
        session.onpaymentauthorized = (event) =>
          resolve({
            displayed,
            wallet: { type: 'applepay', token: event.payment.token.paymentData },
            billing: options.captureBillingAddress ? appleBilling(event.payment.billingContact) : {},
            event,
          })
        session.begin()
      })
      let authorized = false
      const approved = approval.then((found) => {
        authorized = found !== undefined
        return found
      })
      // Nobody may be waiting for it yet.
      approved.catch(() => {})
      const agree = agreeing(options.mode, () => approved)

      function close(succeeded: boolean) {
        if (!open) return
        open = false
        if (!authorized) session.abort()
        else session.completePayment({ status: succeeded ? Session.STATUS_SUCCESS : Session.STATUS_FAILURE })
      }

      return {
        async agree(parts) {
          const agreed = await agree(parts)
          // There will be no payment to wait for.
          if (agreed.open && !agreed.pays) close(true)
          return agreed
        },
        close,
      }
    },
  }
}
