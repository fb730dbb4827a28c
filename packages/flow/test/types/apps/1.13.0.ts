/* oxlint-disable typescript/no-unsafe-enum-comparison -- shops compare with plain strings, as the documentation does */
/** A shop of 1.13.0: without a session, with a changing cart, a direct debit, a wallet that only makes a token. */
import {
  type CheckoutValidationError,
  CheckoutValidationErrorCode,
  ComponentMode,
  type Items,
  loadCheckoutWebComponents,
  type MandateCreatedResult,
  type Options,
  type UpdateCheckoutWebComponentsDetails,
} from '../../../src/index.ts'

const items: Items = [{ name: 'Kettle', quantity: 2, unitPrice: 1250, totalAmount: 2500, imageUrl: '/kettle.png' }]

const options: Options = {
  publicKey: 'pk_example',
  captureBillingAddress: true,
  appearance: { colorFormBorderTop: 'red', borderWidthLeft: '2px' },
  translations: { 'en-GB': { 'bacs.modal.ok': 'Fine', 'tag.expired': 'Too old' } },
  componentOptions: {
    amount: 2500,
    currency: 'GBP',
    items,
    processingChannelId: 'pc_example',
    data: { shippingCountry: 'GB', shippingZip: 'SW1A 1AA', billingLine1: '1 Some Street' },
    bacs: { onMandateCreated: (_component, mandate: MandateCreatedResult) => mandate.context_data.setup_id },
    card: { displayCvv: 'hidden' },
    googlepay: {
      mode: 'tokenize',
      onTokenized: async (_component, { type, data }) => ({ continue: type === 'googlepay' && data.token !== '' }),
    },
  },
  handleSubmit: async (_component, { session_data }) => ({ id: session_data, status: 'Approved', type: 'bizum' }),
}

export async function start(change: UpdateCheckoutWebComponentsDetails): Promise<string | undefined> {
  const checkout = await loadCheckoutWebComponents(options)
  const card = checkout.create('card')
  await card.tokenize({ maxUsageAttempts: 2, retrieveIdentifier: 'order-1' })
  checkout.create('applepay', { mode: ComponentMode.Tokenize })
  try {
    await checkout.update(change)
  } catch (error) {
    const { code, details } = error as CheckoutValidationError
    return code === CheckoutValidationErrorCode.UpdateParametersInvalid ? details.validationErrors.amount : undefined
  }
}
