/** The shopper, as the merchant knows them. */
import { Type } from 'typebox'
import { Phone } from './address.ts'
import { count, dayOrTime, decimal, email, flag, id, text } from './values.ts'

const CustomerSummary = Type.Object(
  {
    registration_date: Type.Optional(dayOrTime('When the customer registered.')),
    first_transaction_date: Type.Optional(dayOrTime('When the customer first paid.')),
    last_payment_date: Type.Optional(dayOrTime('When the customer last paid.')),
    total_order_count: Type.Optional(count('Orders so far.')),
    last_payment_amount: Type.Optional(decimal('Amount of the last payment, in major units.')),
    is_premium_customer: Type.Optional(flag('The customer has a premium account.')),
    is_returning_customer: Type.Optional(flag('The customer has bought before.')),
    lifetime_value: Type.Optional(
      decimal('Sum of all orders in local currency and major units, without cancelled and refunded ones.'),
    ),
  },
  { description: "The customer's history with the merchant, for risk assessment." },
)

export const Customer = Type.Object(
  {
    id: Type.Optional(id('cus', 'An existing customer, whose stored cards may be offered.')),
    email: Type.Optional(email('E-mail address. An unknown one makes a new customer, a known one links to it.')),
    name: Type.Optional(text({ maxLength: 255, description: 'Full name.' })),
    phone: Type.Optional(Phone),
    tax_number: Type.Optional(text({ description: 'Value-added tax number.' })),
    summary: Type.Optional(CustomerSummary),
    default: Type.Optional(flag("Makes the instrument that is stored the customer's default.")),
  },
  { description: 'The shopper.' },
)
