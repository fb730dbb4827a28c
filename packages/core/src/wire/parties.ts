/** Who holds the account, who sends the money and who receives it. */
import { Type } from 'typebox'
import { Address, Phone } from './address.ts'
import { country, date, email, flag, oneOf, text } from './values.ts'

const Identification = Type.Object(
  {
    type: Type.Optional(
      oneOf(['passport', 'driving_license', 'national_id', 'company_registration', 'tax_id'], 'Kind of document.'),
    ),
    number: Type.Optional(text({ description: 'Number of the document.' })),
    issuing_country: Type.Optional(country('Country that issued the document.')),
    date_of_expiry: Type.Optional(date('Last day the document is valid.')),
  },
  { description: 'An identity document.' },
)

const PARTY_TYPES = ['individual', 'corporate', 'government'] as const

export const AccountHolder = Type.Object(
  {
    type: Type.Optional(oneOf(PARTY_TYPES, 'Kind of holder. Corporate and government holders have a company name.')),
    first_name: Type.Optional(text({ description: 'First name.' })),
    middle_name: Type.Optional(text({ description: 'Middle name.' })),
    last_name: Type.Optional(text({ description: 'Last name.' })),
    full_name: Type.Optional(text({ description: 'Full name.' })),
    company_name: Type.Optional(text({ description: 'Legal name of the company or body.' })),
    email: Type.Optional(email('E-mail address.')),
    gender: Type.Optional(text({ description: 'Gender.' })),
    tax_id: Type.Optional(text({ description: 'Tax number.' })),
    residential_status: Type.Optional(text({ description: 'Residential status.' })),
    date_of_birth: Type.Optional(date('Date of birth.')),
    country_of_birth: Type.Optional(country('Country of birth.')),
    billing_address: Type.Optional(Address),
    phone: Type.Optional(Phone),
    identification: Type.Optional(Identification),
    account_name_inquiry: Type.Optional(flag('Ask the card scheme whether the name belongs to the account.')),
  },
  { description: 'Who the card or account belongs to.' },
)

export const Recipient = Type.Object(
  {
    dob: Type.Optional(date('Date of birth.')),
    account_number: Type.Optional(
      text({ description: 'What identifies the account: part of a card number, an IBAN, a phone number.' }),
    ),
    address: Type.Optional(Address),
    zip: Type.Optional(text({ maxLength: 50, description: 'First half of a UK postcode. Prefer `address.zip`.' })),
    first_name: Type.Optional(text({ description: 'First name.' })),
    last_name: Type.Optional(text({ description: 'Last name.' })),
    country_code: Type.Optional(country('Country.')),
  },
  { description: 'Who receives the funds of an account-funding payment.' },
)

export const Sender = Type.Object(
  {
    type: Type.Optional(
      oneOf(
        [...PARTY_TYPES, 'instrument'],
        'Kind of sender. An individual has `first_name`, `last_name` and `address`.',
      ),
    ),
    first_name: Type.Optional(text({ description: 'First name of an individual.' })),
    middle_name: Type.Optional(text({ description: 'Middle name of an individual.' })),
    last_name: Type.Optional(text({ description: 'Last name of an individual.' })),
    company_name: Type.Optional(text({ description: 'Name of a corporate or government sender.' })),
    date_of_birth: Type.Optional(date('Date of birth.')),
    dob: Type.Optional(date('Date of birth under its former name.')),
    address: Type.Optional(Address),
    identification: Type.Optional(Identification),
    reference_type: Type.Optional(text({ description: 'What kind of reference `reference` is.' })),
    source_of_funds: Type.Optional(
      oneOf(
        ['credit', 'debit', 'prepaid', 'deposit_account', 'mobile_money_account', 'cash'],
        'Where the money is from.',
      ),
    ),
    country_of_birth: Type.Optional(country('Country of birth.')),
    nationality: Type.Optional(country('Nationality.')),
    reference: Type.Optional(text({ description: 'Your own reference for the sender.' })),
  },
  { description: 'Who sends the funds.' },
)
