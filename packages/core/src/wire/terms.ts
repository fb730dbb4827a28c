/** The smaller terms of a payment: statement text, instruction, plan, retries, free values. */
import { Type } from 'typebox'
import { compactDate, count, flag, list, oneOf, text } from './values.ts'

export const BillingDescriptor = Type.Object(
  {
    name: text({ minLength: 1, maxLength: 25, description: 'Name on the statement.' }),
    city: text({ minLength: 1, maxLength: 13, description: 'City on the statement.' }),
    reference: Type.Optional(text({ maxLength: 50, description: 'Reference on the statement of a bank account.' })),
    local_descriptor: Type.Optional(
      list(
        Type.Object(
          {
            name: Type.Optional(text({ description: 'Name in the local script.' })),
            character_set: Type.Optional(oneOf(['kanji', 'katakana'], 'The script.')),
          },
          { description: 'A name in a local script.' },
        ),
        'Names in local scripts, for Japanese cards.',
      ),
    ),
  },
  { description: "Text on the shopper's statement." },
)

export const Instruction = Type.Object(
  {
    purpose: Type.Optional(
      oneOf(
        [
          'donations',
          'education',
          'emergency_need',
          'expatriation',
          'family_support',
          'financial_services',
          'gifts',
          'income',
          'insurance',
          'investment',
          'it_services',
          'leisure',
          'loan_payment',
          'medical_treatment',
          'other',
          'pension',
          'royalties',
          'savings',
          'travel_and_tourism',
        ],
        'Purpose of an account-funding payment.',
      ),
    ),
    charge_bearer: Type.Optional(text({ description: 'Who bears the fees of a payout.' })),
    repair: Type.Optional(flag('Let the bank repair the instruction of a payout.')),
    scheme: Type.Optional(oneOf(['swift', 'local', 'instant'], 'Scheme of a payout.')),
    quote_id: Type.Optional(text({ description: 'Quoted exchange rate of a payout.' })),
    skip_expiry: Type.Optional(flag('Pay out without the expiry date of the card.')),
    funds_transfer_type: Type.Optional(
      oneOf(['AA', 'PP', 'FT', 'FD', 'PD', 'LO', 'OG', 'CO4', 'CO7', 'C52', 'C55'], 'Kind of funds transfer.'),
    ),
    mvv: Type.Optional(text({ description: 'Merchant verification value.' })),
  },
  { description: 'What the money is for.' },
)

export const PaymentPlan = Type.Object(
  {
    amount_variability: Type.Optional(oneOf(['Fixed', 'Variable'], 'Whether every payment has the same amount.')),
    financing: Type.Optional(flag('Interest is charged on the instalments. Default: false.')),
    amount: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 999_999_999_999, description: 'Amount per payment. Minor units.' }),
    ),
    days_between_payments: Type.Optional(count('Days between two payments.')),
    total_number_of_payments: Type.Optional(count('Payments of the whole plan.')),
    current_payment_number: Type.Optional(count('Which of them this is.')),
    expiry: Type.Optional(compactDate('After this day no payment is taken.')),
    name: Type.Optional(text({ maxLength: 35, description: 'Name of the plan.' })),
    start_date: Type.Optional(compactDate('Day of the first payment.')),
  },
  { description: 'The series this payment is part of.' },
)

export const PartialAuthorization = Type.Object(
  { enabled: Type.Optional(flag('Accept an approval for less than the amount. Default: false.')) },
  { description: 'Partial authorization.' },
)

export const CustomerRetry = Type.Object(
  {
    max_attempts: Type.Optional(
      count(
        'How often the shopper may try again after a decline; a session takes at most 10 attempts in all. Default: 5.',
        { maximum: 1000 },
      ),
    ),
  },
  { description: 'How often the shopper may try again inside the session.' },
)

/** The name under which every payment of a session carries the session's id. */
const SESSION_ID_IN_METADATA = 'cko_payment_session_id'

/** Eighteen values, or nineteen of which one stands under the name that is ours to fill in. */
export const Metadata = Type.Unsafe<Record<string, string | number | boolean>>({
  type: 'object',
  description: `At most 18 values of your own: strings of up to 255 characters, numbers or booleans. \`${SESSION_ID_IN_METADATA}\` is added to payments, and replaces a value of that name.`,
  propertyNames: { type: 'string', format: 'metadata-key', maxLength: 255 },
  additionalProperties: {
    anyOf: [{ type: 'string', maxLength: 255, format: 'text' }, { type: 'number' }, { type: 'boolean' }],
  },
  anyOf: [{ maxProperties: 18 }, { maxProperties: 19, required: [SESSION_ID_IN_METADATA] }],
})
