/** Bodies that come from inside: sessions that can nearly be paid, sealed details in every state, forms. */
import type { JsonSchema } from '@sluice/core/wire/codes'
import fc from 'fast-check'
import { anyBody } from '../../packages/core/test/bodies.ts'
import { CARDS } from './cards.ts'
import { anyHostileValue } from './hostile.ts'

/** Members whose right value often makes a session that this merchant, or a card, cannot be paid on. */
const OBSTACLES = [
  'currency',
  'enabled_payment_methods',
  'disabled_payment_methods',
  'processing_channel_id',
  'amount_allocations',

  'customer',
  'items',
  'expires_on',
  'capture_on',
  'sender',
  'payment_method_configuration',
  'payable',
  'processing',
  'reference',
  'metadata',
  'description',
  'display_name',
  'amount',
]

/** A right body with at most a few of the members that stand in the way of a payment. */
export function mostlyPayable(schema: JsonSchema): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(anyBody(schema), fc.subarray(OBSTACLES, { maxLength: 3 })).map(([body, kept]) => {
    const members = Object.entries(body as object).filter(([name]) => !OBSTACLES.includes(name) || kept.includes(name))
    return {
      ...(schema.required?.includes('amount') && { amount: 1000, currency: 'GBP' }),
      ...Object.fromEntries(members),
    }
  })
}

/** Details in every state between right and absurd. */
export function anySealed(issued: string): fc.Arbitrary<Record<string, unknown>> {
  const card = fc.record(
    {
      number: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...Object.values(CARDS).map(({ number }) => number)) },
        fc.stringMatching(/^\d{8,19}$/),
        anyHostileValue,
      ),
      expiry_month: fc.oneof(fc.integer({ min: 1, max: 12 }), anyHostileValue),
      expiry_year: fc.oneof(fc.integer({ min: 2027, max: 2040 }), anyHostileValue),
      cvv: fc.oneof(fc.constant('100'), anyHostileValue),
      name: fc.oneof(fc.constant('Ada Lovelace'), anyHostileValue),
      store: fc.oneof(fc.boolean(), anyHostileValue),
      preferred_scheme: anyHostileValue,
    },
    { requiredKeys: ['number', 'expiry_month', 'expiry_year'] },
  )
  const method = fc.oneof(
    { weight: 4, arbitrary: fc.constant('card') },
    fc.constantFrom(
      'stored_card',
      'ideal',
      'paypal',
      'klarna',
      'googlepay',
      'applepay',
      'bancontact',
      'sepa',
      '__proto__',
      'constructor',
    ),
    anyHostileValue,
  )
  return fc
    .record(
      {
        v: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, anyHostileValue),
        jti: fc.oneof({ weight: 9, arbitrary: fc.uuid({ version: 4 }) }, anyHostileValue),
        issued: fc.oneof({ weight: 9, arbitrary: fc.constant(issued) }, anyHostileValue),
        method,
        amount: fc.oneof(fc.constant(1000), anyHostileValue),
        currency: fc.oneof(fc.constant('GBP'), anyHostileValue),
        card: fc.oneof({ weight: 6, arbitrary: card }, anyHostileValue),
        stored: fc.oneof(fc.constant({ instrument_id: `src_${'a'.repeat(26)}`, cvv: '100' }), anyHostileValue),
        holder: anyHostileValue,
        details: fc.oneof(fc.dictionary(fc.string(), anyHostileValue), anyHostileValue),
        browser: fc.oneof(
          fc.record(
            { user_agent: anyHostileValue, language: anyHostileValue, timezone_offset: anyHostileValue },
            { requiredKeys: [] },
          ),
          anyHostileValue,
        ),
        origin: anyHostileValue,
        sid: anyHostileValue,
        aud: anyHostileValue,
      },
      { requiredKeys: ['v', 'jti', 'issued', 'method', 'card'] },
    )
    .map((details) => (details.method === 'card' ? details : { ...details, card: undefined }))
}

export function anyForm(): fc.Arbitrary<string> {
  const name = fc.constantFrom('grant_type', 'client_id', 'client_secret', 'scope', '__proto__', 'x')
  const value = fc.oneof(
    fc.constantFrom('client_credentials', 'ack_sluicesandboxclientid22224', 'sluice-sandbox-client-secret', 'gateway'),
    fc.string(),
  )
  return fc.oneof(
    fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs).toString()),
    fc.string(),
    fc.constantFrom('%', '%ff=%fe', '&&&', 'a=b=c', `x=${'y'.repeat(300_000)}`),
  )
}
