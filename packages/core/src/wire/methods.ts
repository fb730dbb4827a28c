/** Which payment methods a session offers, and what it may set for some of them. */
import { Type } from 'typebox'
import { METHOD_NAMES } from '../payment-methods.ts'
import { AccountHolder } from './parties.ts'
import { id, list, oneOf } from './values.ts'

/** The names a request may use are those of the table of methods. */
export { METHOD_NAMES }

/** Any method we have a name for, whether or not the merchant has it. */
const MethodName = oneOf(METHOD_NAMES, 'Name of a payment method.')

export const EnabledPaymentMethods = list(MethodName, 'Offer these payment methods only. Default: all that fit.')

export const DisabledPaymentMethods = list(
  MethodName,
  'Do not offer these payment methods, also when `enabled_payment_methods` names them.',
)

const cardLike = {
  store_payment_details: Type.Optional(
    oneOf(
      ['disabled', 'enabled', 'collect_consent'],
      'Keep the card for later: never, always, or as the shopper decides. Default: `disabled`.',
    ),
  ),
  account_holder: Type.Optional(AccountHolder),
}

export const PaymentMethodConfiguration = Type.Object(
  {
    card: Type.Optional(Type.Object(cardLike, { description: 'Cards.' })),
    applepay: Type.Optional(
      Type.Object(
        {
          ...cardLike,
          total_type: Type.Optional(
            oneOf(['pending', 'final'], 'Whether the total in the sheet is final. Default: `final`.'),
          ),
        },
        { description: 'Apple Pay.' },
      ),
    ),
    googlepay: Type.Optional(
      Type.Object(
        {
          ...cardLike,
          total_price_status: Type.Optional(
            oneOf(['estimated', 'final'], 'Whether the total in the sheet is final. Default: `final`.'),
          ),
        },
        { description: 'Google Pay.' },
      ),
    ),
    stored_card: Type.Optional(
      Type.Object(
        {
          customer_id: Type.Optional(id('cus', 'Whose cards to offer.')),
          instrument_ids: Type.Optional(list(id('src', 'A stored card.'), 'Offer exactly these cards.')),
          default_instrument_id: Type.Optional(id('src', 'The card that is selected at first.')),
        },
        { description: 'Stored cards.' },
      ),
    ),
  },
  { description: 'Settings per payment method.' },
)
