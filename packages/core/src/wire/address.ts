/** Where somebody lives, how they are called, and what a session says of billing and shipping. */
import { Type } from 'typebox'
import { count, country, email, oneOf, text } from './values.ts'

const lines = {
  address_line1: Type.Optional(text({ maxLength: 200, description: 'First line of the street address.' })),
  address_line2: Type.Optional(text({ maxLength: 200, description: 'Second line of the street address.' })),
  city: Type.Optional(text({ maxLength: 50, description: 'City or town.' })),
  state: Type.Optional(text({ description: 'State, province or region, as a name or a code.' })),
  zip: Type.Optional(text({ maxLength: 50, description: 'Postal code.' })),
}

export const Address = Type.Object(
  { ...lines, country: Type.Optional(country('Country.')) },
  { description: 'A postal address.' },
)

export const Phone = Type.Object(
  {
    country_code: Type.Optional(
      Type.String({
        format: 'phone-number',
        minLength: 1,
        maxLength: 7,
        description: 'International dialling code, with or without the plus sign.',
      }),
    ),
    number: Type.Optional(
      Type.String({
        format: 'phone-number',
        minLength: 6,
        maxLength: 25,
        description: 'The number without the dialling code; spaces are allowed.',
      }),
    ),
  },
  { description: 'A telephone number.' },
)

export const Billing = Type.Object(
  {
    address: Type.Object(
      { ...lines, country: country('Country of the payer: it decides which payment methods are offered.') },
      { description: 'Billing address.' },
    ),
    phone: Type.Optional(Phone),
  },
  { description: 'Who pays, and from where.' },
)

export const Shipping = Type.Object(
  {
    address: Type.Optional(Address),
    phone: Type.Optional(Phone),
    first_name: Type.Optional(text({ description: "Receiver's first name." })),
    last_name: Type.Optional(text({ description: "Receiver's last name." })),
    email: Type.Optional(email("Receiver's e-mail address.")),
    from_address_zip: Type.Optional(text({ maxLength: 50, description: 'Postal code the goods are sent from.' })),
    timeframe: Type.Optional(
      oneOf(['ElectronicDelivery', 'SameDay', 'Overnight', 'TwoDayOrMore'], 'How fast the goods are delivered.'),
    ),
    method: Type.Optional(
      oneOf(['Digital', 'PickUp', 'BillingAddress', 'OtherAddress'], 'How or where the goods are delivered.'),
    ),
    delay: Type.Optional(count('Days until the goods are sent.')),
  },
  { description: 'Where the goods go.' },
)
