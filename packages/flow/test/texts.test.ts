/** The texts of all locales, and what fills them in. */
import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { CURRENCIES, exponentOf } from '@sluice/core/currencies'
import { LOCALES } from '@sluice/core/locales'
import { createTexts, directionOf, formatAmount, OF_FORMS } from '../src/common/texts.ts'

const folder = new URL('../src/locales/', import.meta.url)
const tableOf = (locale: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`${locale}.json`, folder), 'utf8'))
const ENGLISH = tableOf('en-GB')

/** Of what everybody loads, and of the whole table, which comes with the forms. */
const GZIPPED_LIMITS = { everybody: 2_048, whole: 4_608 }

/** The same in every language: examples to type, and names that are not translated. */
const SAME_EVERYWHERE = [
  'bacs.account_number.placeholder',
  'bacs.sort_code.placeholder',
  'card.security_code.placeholder',
  'form.email.placeholder',
  'form.national_id.placeholder',
  'sepa.iban',
  'sepa.iban.placeholder',
]

/** Words that a language shares with English, or took over from it. */
const SAME_IN: Record<string, string[]> = {
  'bacs.modal.ok': 'da-DK de-DE fi-FI fil-PH fr-FR it-IT ja-JP ms-MY nb-NO nl-NL pt-PT sv-SE vi-VN'.split(' '),
  bank_account: ['fil-PH'],
  card: ['fil-PH'],
  'card.expiry_date.placeholder.month': 'da-DK de-DE es-ES fr-FR hi-IN it-IT ko-KR nb-NO nl-NL pt-PT sv-SE vi-VN'.split(
    ' ',
  ),
  'card.expiry_date.placeholder.year': ['hi-IN', 'ko-KR', 'vi-VN'],
  'card.security_code': ['fil-PH'],
  'form.edit': ['id-ID', 'ms-MY'],
  'form.email': ['el', 'fil-PH', 'id-ID', 'vi-VN'],
  'form.holder_first_name.placeholder': 'da-DK de-DE it-IT nb-NO nl-NL pt-PT sv-SE'.split(' '),
  'form.national_id': ['fil-PH'],
  'form.phone_country_code': ['fil-PH'],
  'otp.code': ['fil-PH'],
  'tag.default': ['fil-PH'],
  'sluice.address.zip': ['nl-NL'],
}

test('there is one table of texts for each locale of the API', () => {
  assert.deepEqual(readdirSync(folder).sort(), LOCALES.map((locale) => `${locale}.json`).sort())
})

test('English has every key of the official component, and ours as they are documented', () => {
  const declarations = readFileSync(
    new URL('./index.d.ts', import.meta.resolve('@checkout.com/checkout-web-components')),
    'utf8',
  )
  const translations = declarations.slice(declarations.indexOf('type Translations = {')).split('\n};')[0] as string
  const official = [...translations.matchAll(/^ {4}'?([\w.]+)'?: string;$/gm)].map(([, key]) => key as string)
  assert.equal(official.length, 104)

  const source = readFileSync(new URL('../src/common/texts.ts', import.meta.url), 'utf8')
  const own = [...source.matchAll(/^ {2}\| '(sluice\.[\w.]+)'$/gm)].map(([, key]) => key as string)
  assert.deepEqual(Object.keys(ENGLISH).sort(), [...official, ...own].sort())
})

for (const locale of LOCALES) {
  test(`${locale} says everything English says, with the same placeholders and tags, in a small file`, () => {
    const table = tableOf(locale)
    assert.deepEqual(Object.keys(table), Object.keys(ENGLISH), 'the same keys in the same order')
    for (const [key, english] of Object.entries(ENGLISH)) {
      const text = table[key] as string
      assert.ok(text.trim() === text && text !== '', `${key} is empty or padded`)
      assert.deepEqual(marksOf(text), marksOf(english), `placeholders and tags of ${key}`)
      const maySayTheSame =
        locale === 'en-GB' || SAME_EVERYWHERE.includes(key) || SAME_IN[key]?.includes(locale) === true
      assert.ok(text !== english || maySayTheSame, `${key} is not translated`)
    }
    const sizeOf = (part: object) => gzipSync(JSON.stringify(part), { level: 9 }).length
    const everybodys = Object.entries(table).filter(([key]) => !OF_FORMS.test(key))
    const sizes = { everybody: sizeOf(Object.fromEntries(everybodys)), whole: sizeOf(table) }
    assert.ok(sizes.everybody <= GZIPPED_LIMITS.everybody, `${sizes.everybody} bytes`)
    assert.ok(sizes.whole <= GZIPPED_LIMITS.whole, `${sizes.whole} bytes`)
  })
}

test('what the forms alone show is asked for by the forms alone', () => {
  const sources = globSync('{frame,page,view}/**/*.ts', { cwd: new URL('../src/', import.meta.url) })
  const others = sources.filter((path) => !/^(page\/methods\/|page\/steps\.|view\/form\/|view\/steps\/)/.test(path))
  assert.ok(others.length > 50)
  const keys = Object.keys(ENGLISH).filter((key) => OF_FORMS.test(key))
  for (const path of others) {
    const source = readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8')
    for (const key of keys) assert.ok(!source.includes(`'${key}'`), `${path} says ${key}`)
  }
})

test('simplified and traditional Chinese are not mixed up', () => {
  const SIMPLIFIED = /[确银号无请这发账载变]/
  const TRADITIONAL = /[確銀號無請這發帳載變]/
  for (const text of Object.values(tableOf('zh-CN'))) assert.doesNotMatch(text, TRADITIONAL)
  for (const text of [...Object.values(tableOf('zh-TW')), ...Object.values(tableOf('zh-HK'))])
    assert.doesNotMatch(text, SIMPLIFIED)
})

test('a value is put in as plain text, whatever it holds', () => {
  const { text } = createTexts(ENGLISH, 'en-GB')
  assert.equal(text('pay_button.pay_with', { PAYMENT_METHOD: 'iDEAL' }), 'Pay with iDEAL')
  assert.equal(text('otp.code.length', { MIN: '4', MAX: '6' }), 'The code has 4 to 6 digits')
  for (const odd of ['$&', '{CARD}', '<address>x</address>', '<img src=x onerror=alert(1)>', '$1 \\1'])
    assert.equal(text('card.card_number.not_supported', { CARD: odd }), `${odd} is not accepted here`)
})

test('a placeholder without a value stays, and a key without a text is shown as it is', () => {
  const { text } = createTexts(ENGLISH, 'en-GB')
  assert.equal(text('pay_button.pay_with'), 'Pay with {PAYMENT_METHOD}')
  assert.equal(text('no.such_key'), 'no.such_key')
  assert.equal(text('toString'), 'toString')
  assert.equal(text('pay_button.pay_with', Object.create({ PAYMENT_METHOD: 'inherited' })), 'Pay with {PAYMENT_METHOD}')
})

test('a tagged stretch is handed out by itself, and its value cannot close it', () => {
  const { parts, text } = createTexts(ENGLISH, 'en-GB')
  assert.deepEqual(parts('otp.code.description', { ADDRESS: '</address><b>' }), [
    { text: 'Enter the code we sent to ' },
    { text: '</address><b>', tag: 'address' },
  ])
  assert.equal(text('otp.resend.countdown', { COUNTDOWN: '0:29' }), 'New code possible in 0:29')
  assert.deepEqual(parts('card'), [{ text: 'Card' }])
})

test('a tag of the shop’s own is plain text', () => {
  const { parts } = createTexts({ card: 'Pay by <b>card</b>' }, 'en-GB')
  assert.deepEqual(parts('card'), [{ text: 'Pay by <b>card</b>' }])
})

test('every currency is shown with the decimals it has on the wire', () => {
  for (const { code } of CURRENCIES.values()) {
    const shown = formatAmount(123_456, code, 'en-GB')
    const decimals = /\.(\d+)/.exec(shown)?.[1]?.length ?? 0
    assert.equal(decimals, exponentOf(code), `${code}: ${shown}`)
  }
})

test('an amount is written as its locale writes it', () => {
  assert.equal(formatAmount(123_450, 'GBP', 'en-GB'), '£1,234.50')
  assert.equal(formatAmount(123_450, 'EUR', 'de-DE'), '1.234,50\u00a0€')
  assert.equal(formatAmount(1_000, 'JPY', 'ja-JP'), '￥1,000')
  assert.equal(formatAmount(1_234, 'KWD', 'en-GB').replace(/\s/, ' '), 'KWD 1.234')
  assert.equal(formatAmount(0, 'USD', 'en-GB'), 'US$0.00')
  assert.match(formatAmount(1_000, 'USD', 'ar'), /^\u2066.*US\$.*\u2069$/, 'kept together between Arabic words')
})

test('a locale the browser does not understand does not stop the amount from being shown', () => {
  assert.equal(formatAmount(1_000, 'GBP', 'not_a_locale'), '£10.00')
})

test('Arabic is written from right to left, and so is a right-to-left language a shop brings along', () => {
  for (const locale of LOCALES) assert.equal(directionOf(locale), locale === 'ar' ? 'rtl' : 'ltr', locale)
  assert.equal(directionOf('he-IL'), 'rtl')
  assert.equal(directionOf('arn'), 'ltr', 'Mapudungun')
})

/** Its placeholders and tags, sorted. */
function marksOf(text: string): string[] {
  return (text.match(/\{[^}]*\}|<[^>]*>/g) ?? []).sort()
}
