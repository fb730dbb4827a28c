/** `POST /tokens` and `GET /tokens/{id}/metadata`: card details, or a security code alone, handed over for a token. */
import { type Static, Type } from 'typebox'
import { cardProblems, isCvv } from '../card-problems.ts'
import { isWalletToken } from '../wallets/tokens.ts'
import { Address, Phone } from './address.ts'
import { asSent } from './as-sent.ts'
import { possibleCodes } from './codes.ts'
import { moment } from './payment-reply.ts'
import { oneOf, patterned, text } from './values.ts'

export const TOKEN_TYPES = ['card', 'cvv', 'googlepay', 'applepay'] as const

/** Of what a wallet handed over, encrypted and signed; who signed is found out where it is opened. */
const WALLET_DATA = {
  signature: Type.Optional(text({ description: 'With a wallet: its signature, base64.' })),
  protocolVersion: Type.Optional(text({ description: 'With `googlepay`: `ECv2` or `ECv1`.' })),
  signedMessage: Type.Optional(text({ description: 'With `googlepay`: JSON, as a text.' })),
  intermediateSigningKey: Type.Optional(
    Type.Object(
      {
        signedKey: Type.Optional(text({ description: 'JSON, as a text.' })),
        signatures: Type.Optional(Type.Array(Type.String(), { description: 'Base64.' })),
      },
      { description: 'With `googlepay` and `ECv2`.' },
    ),
  ),
  version: Type.Optional(text({ description: 'With `applepay`: `EC_v1`.' })),
  data: Type.Optional(text({ description: 'With `applepay`: the encrypted card, base64.' })),
  header: Type.Optional(
    Type.Object(
      {
        ephemeralPublicKey: Type.Optional(text({ description: 'Base64.' })),
        publicKeyHash: Type.Optional(text({ description: 'Base64.' })),
        transactionId: Type.Optional(text({ description: 'Hexadecimal.' })),
        applicationData: Type.Optional(text({ description: 'Hexadecimal.' })),
      },
      { description: 'With `applepay`.' },
    ),
  ),
}

/** Members whose codes follow from their names, as those of every other body do. */
export const TokenExtras = Type.Object({
  billing_address: Type.Optional(Address),
  phone: Type.Optional(Phone),
  max_usage_attempts: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 5,
      description: 'With the header `Cko-Retrieve-Identifier`: how often the token may be used. Absent: once.',
    }),
  ),
})

const CVV_FORM = '^[0-9]{3,4}$'

export const TokenBody = Type.Object(
  {
    type: oneOf(
      TOKEN_TYPES,
      '`card`; `cvv` for the security code of a card on file; `googlepay` or `applepay` for what the wallet handed over.',
    ),
    number: Type.Optional(patterned('^[0-9]{12,19}$', { description: 'With `card`: the number, digits only.' })),
    expiry_month: Type.Optional(Type.Integer({ minimum: 1, maximum: 12, description: 'With `card`: 1 to 12.' })),
    expiry_year: Type.Optional(
      Type.Integer({ minimum: 2000, maximum: 2099, description: 'With `card`: four digits.' }),
    ),
    name: Type.Optional(text({ maxLength: 255, description: "Cardholder's name." })),
    cvv: Type.Optional(patterned(CVV_FORM, { description: 'Security code, three or four digits.' })),
    token_data: Type.Optional(
      Type.Object(
        {
          cvv: Type.Optional(patterned(CVV_FORM, { description: 'Security code, three or four digits.' })),
          ...WALLET_DATA,
        },
        { description: 'With `cvv` and wallets: what the token is to stand for.' },
      ),
    ),
    ...TokenExtras.properties,
  },
  { description: 'What a token is to stand for.' },
)
export type TokenBody = Static<typeof TokenBody>

/** The platform's own names for members of a card: `number_invalid` is spelled `card_number_invalid`. */
const SPELLED: Record<string, string> = {
  type: 'token_type',
  number: 'card_number',
  expiry_month: 'card_expiry_month',
  expiry_year: 'card_expiry_year',
  name: 'card_holder',
  token_data_cvv: 'cvv',
}

/** Every code a body can be answered, in the order they are answered in. */
export const TOKEN_CODES: readonly string[] = [
  'token_type_required',
  'token_type_invalid',
  'card_number_required',
  'card_number_invalid',
  'card_expiry_month_required',
  'card_expiry_month_invalid',
  'card_expiry_year_required',
  'card_expiry_year_invalid',
  'card_expired',
  'card_holder_invalid',
  'cvv_invalid',
  'token_data_invalid',
  ...possibleCodes(TokenExtras),
]

/**
 * Everything that is wrong with a body; empty when nothing.
 * @param misses what the schema says of it
 * @param at the merchant's time, milliseconds since 1970
 */
export function tokenProblems(body: TokenBody, misses: readonly string[], at: number): string[] {
  const codes = new Set(misses.map(spelled))
  if (body.type === 'card') for (const code of cardMisses(body, at)) codes.add(code)
  if (body.type === 'googlepay' || body.type === 'applepay') {
    if (!isWalletToken(body.type, body.token_data)) codes.add('token_data_invalid')
  }
  if (body.type === 'cvv') for (const code of cvvMisses(body)) codes.add(code)
  return TOKEN_CODES.filter((code) => codes.has(code))
}

/** What has the wrong type is the schema's to say, and stands here for a value that is wrong anyway. */
function cardMisses(body: TokenBody, at: number): string[] {
  const { number, expiry_month, expiry_year, cvv, name } = body
  const missing = Object.entries({ number, expiry_month, expiry_year })
    .filter(([, value]) => value === undefined)
    .map(([member]) => `${SPELLED[member]}_required`)
  const wrong = cardProblems(
    {
      number: typeof number === 'string' ? number : '',
      expiry_month: expiry_month ?? 0,
      expiry_year: expiry_year ?? 0,
      ...(typeof cvv === 'string' && { cvv }),
      ...(typeof name === 'string' && { name }),
    },
    at,
  )
  return [...missing, ...wrong.filter((code) => !missing.includes(code.replace(/_invalid$/, '_required')))]
}

function cvvMisses({ token_data: data }: TokenBody): string[] {
  if (typeof data !== 'object') return ['token_data_invalid']
  return typeof data.cvv === 'string' && isCvv(data.cvv) ? [] : ['cvv_invalid']
}

function spelled(code: string): string {
  // Whatever of it is wrong: the whole was not written by a person.
  if (/^token_data_(?!cvv)/.test(code)) return 'token_data_invalid'
  const [, member = '', problem = ''] = /^(.+)_(required|invalid)$/.exec(code) ?? []
  return member in SPELLED ? `${SPELLED[member]}_${problem}` : code
}

const words = (description: string) => Type.Optional(Type.String({ description }))
const whole = (description: string) => Type.Optional(Type.Integer({ description }))

const facts = {
  type: Type.Enum(TOKEN_TYPES as unknown as (typeof TOKEN_TYPES)[number][], {
    type: 'string',
    description: 'What the token stands for.',
  }),
  token: Type.String({ description: '`tok_…`. It opens what it stands for: not to be logged or stored.' }),
  expires_on: moment('When the token stops being good: 15 minutes after it was made.'),
  expiry_month: whole('1 to 12.'),
  expiry_year: whole('Four digits.'),
  scheme: words('Card scheme, such as `Visa`.'),
  scheme_local: words('Co-badged local scheme, such as `cartes_bancaires`.'),
  last4: words('Last four digits.'),
  bin: words('First six or eight digits.'),
  card_type: words('`CREDIT`, `DEBIT` or `PREPAID`.'),
  card_category: words('`CONSUMER` or `COMMERCIAL`.'),
  token_format: words('Of a wallet: `pan_only`, or `cryptogram_3ds` for a number of the device with its proof.'),
  issuer: words('Issuing bank.'),
  issuer_country: words('Country of the issuing bank.'),
  product_id: words('Code of the card product.'),
  product_type: words('Name of the card product.'),
}

/** `POST /tokens`. Of a `cvv` token only the first three members are there. */
export const TokenReply = Type.Object(
  {
    ...facts,
    name: words("Cardholder's name."),
    billing_address: Type.Optional(asSent(Address)),
    phone: Type.Optional(asSent(Phone)),
  },
  { description: 'A token, and what of the card may be shown. Never the number or the security code.' },
)
export type TokenReply = Static<typeof TokenReply>

/** `GET /tokens/{id}/metadata` */
export const TokenMetadataReply = Type.Object(
  {
    ...facts,
    billing_address: Type.Optional(
      Type.Object(
        { city: words('City or town.'), country: words('Country.') },
        { description: 'Where the holder lives.' },
      ),
    ),
  },
  { description: 'What of the card behind a token may be shown.' },
)
export type TokenMetadataReply = Static<typeof TokenMetadataReply>
