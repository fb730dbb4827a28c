/** Bodies made from the schemas, right and wrong: for tests that go through every member there is. */
import { Ajv } from 'ajv'
import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { CURRENCIES } from '../src/currencies.ts'
import { COUNTRIES } from '../src/countries.ts'
import { LOCALES } from '../src/locales.ts'
import { codesOf, isMap, type JsonSchema, type SchemaError } from '../src/wire/codes.ts'
import { CreateSessionBody } from '../src/wire/create.ts'
import { type FormatName, registerFormats } from '../src/wire/formats.ts'
import { CompleteSessionBody, SubmitSessionBody } from '../src/wire/submit.ts'

/** Every kind of request body, by the word the tests use. */
export const BODIES: Record<'create' | 'submit' | 'complete', TSchema> = {
  create: CreateSessionBody,
  submit: SubmitSessionBody,
  complete: CompleteSessionBody,
}

const ajv = new Ajv({ allErrors: true, coerceTypes: false, removeAdditional: false, strictTypes: false })
registerFormats(ajv)

/** The codes of a body, as the server answers them; none for a right one. */
export function codesFor(schema: TSchema, body: unknown): string[] {
  const validate = ajv.getSchema(idOf(schema)) ?? ajv.compile({ ...schema, $id: idOf(schema) })
  return validate(body) ? [] : codesOf(schema, validate.errors as SchemaError[])
}

const ids = new Map<TSchema, string>()

function idOf(schema: TSchema): string {
  const id = ids.get(schema) ?? `body-${ids.size}`
  ids.set(schema, id)
  return id
}

/** The smallest body the API takes. */
export function smallestBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    amount: 1000,
    currency: 'GBP',
    billing: { address: { country: 'GB' } },
    success_url: 'https://shop.example/success',
    failure_url: 'https://shop.example/failure',
    ...changes,
  }
}

/** A right value of each format, and wrong ones of the right type. */
const SAMPLES: Record<FormatName, { right: string; wrong: string[] }> = {
  text: { right: 'Ärger im Büro 🙂', wrong: ['a\0b', 'half \ud83d'] },
  'opaque-text': { right: '5012345678900', wrong: ['a\0b', '\udc00'] },
  'phone-number': { right: '4155552', wrong: ['555 2671 \0', '\ud800 555 26'] },
  'metadata-key': { right: 'order', wrong: ['__proto__', 'a\0'] },
  'email-address': {
    right: "j.o'hara+tag@sub.example.com",
    wrong: [
      '',
      'john',
      '@example.com',
      'john@',
      'a b@example.com',
      'a@b@c',
      'a@-b.example',
      'a@b..example',
      'a\0@b.example',
    ],
  },
  'web-url': {
    right: 'https://shop.example:8443/ok?order=1&x=%20#top',
    wrong: [
      '',
      'shop.example/ok',
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://shop.example',
      'https://user@shop.example',
    ],
  },
  timestamp: {
    right: '2026-11-22T10:00:00.1234567Z',
    wrong: [
      '',
      'tomorrow',
      '2026-11-22',
      '2026-02-30T10:00:00Z',
      '2026-11-22T24:00:00Z',
      '1763805600',
      '0000-01-01T00:00:00Z',
    ],
  },
  'iso-duration': { right: 'P1DT2H', wrong: ['', 'P', 'PT', '1D', 'P1H', 'P1.5D', 'P1D2H', 'PT1M1H', 'p1d'] },
  'calendar-date': { right: '2024-02-29', wrong: ['', '2023-02-29', '29.02.2024', '2024-2-9', '2024-02-29T00:00:00Z'] },
  'compact-date': { right: '20240229', wrong: ['', '20230229', '2024-02-29', '20241301'] },
  'date-or-timestamp': { right: '2024-02-29T00:00:00', wrong: ['', '2023-02-29', 'soon'] },
  'language-tag': { right: 'zh-Hant-TW', wrong: ['', 'en_GB', 'english!', 'a', 'en--GB'] },
  'currency-code': { right: 'GBP', wrong: ['', 'gbp', 'XXX', 'GB', 'GBPP', 'XAU'] },
  'country-code': { right: 'GB', wrong: ['', 'gb', 'UK', 'ZZ', 'GBR'] },
  'ip-address': {
    right: '2001:db8::1',
    wrong: ['', '1.2.3', '1.2.3.256', '1.2.3.4:80', '::1%eth0', '1::2::3', '01.2.3.4'],
  },
  'ipv4-address': { right: '203.0.113.7', wrong: ['', '::1', '1.2.3.4.5'] },
  'ipv6-address': { right: '::ffff:203.0.113.7', wrong: ['', '203.0.113.7', '1:2:3:4:5:6:7', ':::', '12345::'] },
  'creditor-id': { right: 'DE98ZZZ09999999999', wrong: ['', 'DE99ZZZ09999999999', 'de98zzz09999999999', 'DE98ZZZ'] },
  'payment-type': { right: 'reGULar', wrong: ['', 'Regularly', 'regular '] },
}

/** Right values of the patterns that stand in the schemas. */
const PATTERN_SAMPLES: Record<string, string> = {
  '^ent_[a-z0-9]{26}$': `ent_${'a'.repeat(26)}`,
  '^[a-zA-Z0-9]{1,15}$': 'Ramp1',
  '^[0-9]{6}$': '123456',
  '^[0-9]{4}$': '4242',
  '^[0-9]{6,8}$': '42424242',
  '^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}))?$': 'en-GB',
  ...Object.fromEntries(
    ['cus', 'pc', 'src', 'dsid'].map((prefix) => [`^${prefix}_[A-Za-z0-9_]{26}$`, `${prefix}_${'7'.repeat(26)}`]),
  ),
  ...Object.fromEntries(
    ['pay', 'ps', 'evt'].map((prefix) => [`^${prefix}_[a-z2-7]{26}$`, `${prefix}_${'a'.repeat(26)}`]),
  ),
}

/** The smallest right value: what is not required is left out. */
export function rightValue(schema: JsonSchema): unknown {
  if (schema.enum) return schema.enum[0]
  if (schema.items) return [rightValue(schema.items)]
  if (schema.anyOf && !isMap(schema)) return rightValue(schema.anyOf[0] as JsonSchema)
  if (isMap(schema)) return { order: 'A-1' }
  if (schema.properties) {
    return Object.fromEntries(
      (schema.required ?? []).map((name) => [
        name,
        rightValue((schema.properties as Record<string, JsonSchema>)[name] as JsonSchema),
      ]),
    )
  }
  if (schema.type === 'boolean') return true
  if (schema.type === 'string') return rightText(schema)
  return limitsOf(schema).minimum ?? 1
}

/** Values the schema refuses, each for one reason. */
export function wrongValues(schema: JsonSchema): unknown[] {
  const limits = limitsOf(schema)
  if (schema.enum) return ['no such word', '', 7, null, [schema.enum[0]]]
  if (schema.items) {
    const right = rightValue(schema.items)
    return [
      'a list',
      {},
      null,
      [null],
      ...(limits.minItems ? [[]] : []),
      ...(limits.maxItems ? [Array(limits.maxItems + 1).fill(right)] : []),
    ]
  }
  if (isMap(schema)) return ['a map', [], null, 7, { a: { b: 1 } }, { a: null }]
  if (schema.anyOf) return [true, null, {}, []]
  if (schema.properties) return ['an object', [], null, 7, true]
  if (schema.type === 'boolean') return ['true', 1, null]
  if (schema.type === 'string') return [7, true, null, {}, ['x'], ...wrongTexts(schema)]
  const { minimum, maximum } = limits
  return [
    '7',
    null,
    Number.POSITIVE_INFINITY,
    ...(schema.type === 'integer' ? [7.5] : []),
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1, 1e300]),
  ]
}

function rightText(schema: JsonSchema): string {
  if (schema.pattern) return PATTERN_SAMPLES[schema.pattern] as string
  const sample = SAMPLES[schema.format as FormatName].right
  const { minLength = 0, maxLength = 1000 } = limitsOf(schema)
  return [...sample.padEnd(minLength, 'x')].slice(0, maxLength).join('')
}

function wrongTexts(schema: JsonSchema): string[] {
  const { minLength, maxLength } = limitsOf(schema)
  const right = rightText(schema)
  return [
    ...(schema.pattern ? [`${right}!`, `!${right}`, `${right}\n`, ''] : []),
    ...(schema.format ? SAMPLES[schema.format as FormatName].wrong : []),
    ...(minLength ? ['x'.repeat(minLength - 1)] : []),
    ...(maxLength ? ['🙂'.repeat(maxLength + 1)] : []),
  ]
}

interface Limits {
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

function limitsOf(schema: JsonSchema): Limits {
  return schema as Limits
}

/** The smallest right body with one more member, given by its path; the lists on the way have one entry. */
export function bodyWith(schema: JsonSchema, path: readonly string[], value: unknown): unknown {
  const [name, ...deeper] = path
  if (name === undefined) return value
  if (schema.items) return [bodyWith(schema.items, path, value)]
  const inner = (schema.properties as Record<string, JsonSchema>)[name] as JsonSchema
  return { ...(rightValue(schema) as object), [name]: bodyWith(inner, deeper, value) }
}

/** The same body without that member. */
export function bodyWithout(schema: JsonSchema, path: readonly string[]): unknown {
  const body = structuredClone(bodyWith(schema, path, 'about to be removed'))
  let holder = body as Record<string, unknown>
  for (const name of path.slice(0, -1)) {
    const inner = holder[name]
    holder = (Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown>
  }
  delete holder[path.at(-1) as string]
  return body
}

/** Any right body, however large. */
export function anyBody(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.items) {
    const { minItems = 0, maxItems = 3 } = limitsOf(schema)
    return fc.array(anyBody(schema.items), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) })
  }
  if (isMap(schema)) {
    const values = fc.oneof(
      anyText({ maxLength: 255 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    )
    const texts = schema.patternProperties !== undefined
    return fc.dictionary(
      anyText({ maxLength: 255 }).filter((key) => key !== '__proto__'),
      texts ? anyText({ maxLength: 255 }) : values,
      { maxKeys: 18 },
    )
  }
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(anyBody))
  if (schema.properties) {
    return fc.record(
      Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, anyBody(inner)])),
      {
        requiredKeys: [...(schema.required ?? [])],
      },
    )
  }
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 2 ** 31 } = limitsOf(schema)
    return fc.maxSafeInteger().map((any) => minimum + (Math.abs(any) % (maximum - minimum + 1)))
  }
  if (schema.type === 'number') {
    const { minimum = -1e9, maximum = 1e12 } = limitsOf(schema)
    return fc.double({ min: minimum, max: maximum, noNaN: true })
  }
  return anyTextOf(schema)
}

function anyText({ minLength = 0, maxLength = 300 }: Limits): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', minLength, maxLength }).map((text) => text.replaceAll('\0', '0'))
}

function anyTextOf(schema: JsonSchema): fc.Arbitrary<string> {
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern))
  const limits = limitsOf(schema)
  const formats: Record<FormatName, () => fc.Arbitrary<string>> = {
    text: () => anyText(limits),
    'opaque-text': () => anyText(limits),
    'phone-number': () => anyText(limits),
    'metadata-key': () => anyText(limits),
    'email-address': () => fc.emailAddress(),
    'iso-duration': () => fc.constantFrom('PT61M', 'P1DT2H', 'P1Y2M', 'PT0.5S'),
    'web-url': () => fc.webUrl({ withFragments: true, withQueryParameters: true }),
    timestamp: () => anyDate().map((date) => date.toISOString()),
    'calendar-date': () => anyDate().map((date) => date.toISOString().slice(0, 10)),
    'compact-date': () => anyDate().map((date) => date.toISOString().slice(0, 10).replaceAll('-', '')),
    'date-or-timestamp': () => anyDate().map((date) => date.toISOString()),
    'language-tag': () =>
      fc.constantFrom(...LOCALES, 'pl-PL', 'zh-Hans-CN', 'de-CH-1996', 'es-419', 'en-u-ca-buddhist'),
    'currency-code': () => fc.constantFrom(...CURRENCIES.keys()),
    'country-code': () => fc.constantFrom(...COUNTRIES),
    'ip-address': () => fc.oneof(fc.ipV4(), fc.ipV6()),
    'ipv4-address': () => fc.ipV4(),
    'ipv6-address': () => fc.ipV6(),
    'creditor-id': () => fc.constantFrom('DE98ZZZ09999999999', 'FR72ZZZ123456', 'NL25ABC091567940000'),
    'payment-type': () =>
      fc.mixedCase(fc.constantFrom('regular', 'recurring', 'moto', 'installment', 'unscheduled', 'paylater')),
  }
  return formats[schema.format as FormatName]()
}

function anyDate(): fc.Arbitrary<Date> {
  return fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
}
