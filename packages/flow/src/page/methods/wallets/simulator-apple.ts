/** `ApplePaySession` where the browser has none: the same events in the same order, and tokens that the simulator signs. */
import { TEST_VALIDATION_URL } from '@sluice/core/wallets/apple-hosts'
import type { FormHost } from '../forms.ts'
import type { AppleSession, AppleSessionClass, AppleTotal, ApplePaymentEvent } from './apple-api.ts'
import { askChoices, type Chosen, openSheet, type SimulatorSheet, type TestCard } from './simulator-sheet.ts'

interface Asked {
  total: AppleTotal
  currencyCode: string
  supportedNetworks: string[]
  merchantCapabilities: string[]
  requiredBillingContactFields?: string[]
}

const STATUS_SUCCESS = 0
const STATUS_FAILURE = 1
/** Of the simulator's cards, by what Apple Pay calls them. */
const NETWORKS: Record<string, string> = { VISA: 'visa', MASTERCARD: 'masterCard', AMEX: 'amex' }

export function simulatedApple({ runtime }: FormHost): AppleSessionClass {
  const { keeper } = runtime

  function begin(request: object): AppleSession {
    const asked = { ...(request as Asked) }
    let sheet: SimulatorSheet | undefined
    let merchantSession: object | undefined
    /** Wanted before the merchant was validated. */
    let waiting: Chosen | undefined

    function authorize(chosen: Chosen) {
      if (!merchantSession) {
        waiting = chosen
        return
      }
      const body = { ...chosen, request: { ...asked }, merchant_session: merchantSession }
      keeper
        .ask({ what: 'wallet', step: 'applepay/approve', body })
        .then((payment) =>
          session.onpaymentauthorized?.({ payment: payment as unknown as ApplePaymentEvent['payment'] }),
        )
        .catch(() => sheet?.fail())
    }

    function changed({ newTotal }: { newTotal: AppleTotal }) {
      asked.total = newTotal
      sheet?.update()
    }

    const session: AppleSession = {
      begin() {
        sheet = openSheet({
          wallet: 'Apple Pay',
          merchant: asked.total.label,
          async choices() {
            const { cards, addresses } = await askChoices(keeper)
            const wanted = asked.requiredBillingContactFields?.includes('postalAddress')
            return { cards: cards.filter((card) => isAccepted(card, asked)), addresses: wanted ? addresses : [] }
          },
          total: () => `${asked.total.amount} ${asked.currencyCode}`,
          chosen: () => session.onpaymentmethodselected?.({ paymentMethod: {} }),
          pay: authorize,
          cancel: () => session.oncancel?.({}),
        })
        // Apple's sheet is there before it asks for the merchant.
        queueMicrotask(() => session.onvalidatemerchant?.({ validationURL: TEST_VALIDATION_URL }))
      },
      abort: () => sheet?.close(),
      completeMerchantValidation(validated) {
        merchantSession = validated
        if (waiting !== undefined) authorize(waiting)
        waiting = undefined
      },
      completePaymentMethodSelection: changed,
      completeShippingContactSelection: changed,
      completePayment: () => sheet?.close(),
    }
    return session
  }

  // Made with `new`, as Apple's is.
  const Session = function ApplePaySession(_version: number, request: object) {
    return begin(request)
  }
  return Object.assign(Session, {
    canMakePayments: () => true,
    STATUS_SUCCESS,
    STATUS_FAILURE,
  }) as unknown as AppleSessionClass
}

/** Apple has no cards without a proof of their owner, and knows what a merchant accepts. */
function isAccepted({ network, type, auth }: TestCard, { supportedNetworks, merchantCapabilities }: Asked): boolean {
  const kinds = merchantCapabilities.filter((capability) => /^supports(Credit|Debit)$/.test(capability))
  const ofKind = kinds.length === 0 || kinds.includes(type === 'credit' ? 'supportsCredit' : 'supportsDebit')
  return auth !== 'PAN_ONLY' && supportedNetworks.includes(NETWORKS[network] ?? '') && ofKind
}
