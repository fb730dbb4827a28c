import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COUNTRIES, isCountry } from '../src/countries.ts'
import { CURRENCIES, exponentOf, isCurrency, majorUnits } from '../src/currencies.ts'
import { closestLocale, LOCALES } from '../src/locales.ts'

test('the currencies are those of ISO 4217, and the retired ones the official client still knows', () => {
  assert.equal(CURRENCIES.size, 166)
  assert.deepEqual(
    [...CURRENCIES.values()].filter(({ retired }) => retired).map(({ code }) => code),
    ['EEK', 'HRK', 'LTL', 'LVL', 'SLL', 'VEF', 'ZMK', 'ZWL'],
  )
  assert.ok([...CURRENCIES.keys()].every((code) => /^[A-Z]{3}$/.test(code)))
  assert.ok(isCurrency('GBP') && !isCurrency('gbp') && !isCurrency('XXX') && !isCurrency('constructor'))
})

test('sixteen currencies have no decimals, seven have three, the rest two', () => {
  const withDecimals = (count: number) => [...CURRENCIES.values()].filter(({ exponent }) => exponent === count)
  assert.deepEqual(
    withDecimals(3).map(({ code }) => code),
    ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
  )
  assert.equal(withDecimals(0).length, 16)
  assert.equal(exponentOf('JPY'), 0)
  assert.equal(exponentOf('CLP'), 2)
})

test('an amount is written in major units without losing a digit', () => {
  assert.equal(majorUnits(1000, 'GBP'), '10.00')
  assert.equal(majorUnits(5, 'GBP'), '0.05')
  assert.equal(majorUnits(0, 'GBP'), '0.00')
  assert.equal(majorUnits(-5, 'GBP'), '-0.05')
  assert.equal(majorUnits(1234, 'KWD'), '1.234')
  assert.equal(majorUnits(1234, 'JPY'), '1234')
  assert.equal(majorUnits(999_999_999_999, 'EUR'), '9999999999.99')
})

test('the countries are the assigned codes, and Kosovo', () => {
  assert.equal(COUNTRIES.size, 250)
  assert.ok(['GB', 'XK', 'AX', 'ZW'].every(isCountry))
  assert.ok(!['UK', 'gb', 'EU', 'ZZ', ''].some(isCountry))
})

test('a locale we lack falls back to its language, then to English', () => {
  assert.equal(LOCALES.length, 24)
  for (const locale of LOCALES) assert.equal(closestLocale(locale), locale)
  for (const [wanted, shown] of [
    ['fr-CA', 'fr-FR'],
    ['DE', 'de-DE'],
    ['ar-SA', 'ar'],
    ['el-GR', 'el'],
    ['en-US', 'en-GB'],
    ['pl-PL', 'en-GB'],
    ['no', 'nb-NO'],
    ['zh', 'zh-CN'],
    ['zh-Hans-TW', 'zh-CN'],
    ['zh-Hant', 'zh-TW'],
    ['zh-Hant-HK', 'zh-HK'],
    ['zh-MO', 'zh-HK'],
    ['constructor', 'en-GB'],
    ['', 'en-GB'],
    [undefined, 'en-GB'],
  ] as const) {
    assert.equal(closestLocale(wanted), shown, wanted)
  }
})
