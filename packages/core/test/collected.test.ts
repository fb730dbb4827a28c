import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectedOf, collectedProblems, isAccountHolder, isOneTimeCode } from '../src/collected.ts'
import { ibanLength, ibanOf, isIban, normalizedIban } from '../src/iban.ts'
import { type PaymentMethod, paymentMethod } from '../src/payment-methods.ts'
import { isPhoneNumber, normalizedPhone } from '../src/phone.ts'

const row = (name: string) => paymentMethod(name) as PaymentMethod
const problems = (name: string, typed: Parameters<typeof collectedOf>[0], session = {}) =>
  collectedProblems(row(name), collectedOf(typed, session))

test('published examples are IBANs, with blanks and in small letters too', () => {
  for (const example of [
    'DE89 3704 0044 0532 0130 00',
    'nl91abna0417164300',
    'FR14 2004 1010 0505 0001 3M02 606',
    'PT50 0002 0123 1234 5678 9015 4',
    'MT84MALT011000012345MTLCAST001S',
    'BE68 5390 0754 7034',
    'NO93 8601 1117 947',
    'VA59 001 1230 0001 2345 678',
  ]) {
    assert.ok(isIban(normalizedIban(example)), example)
  }
})

test('one wrong digit, two exchanged, another length or an unknown country make none', () => {
  const good = 'DE89370400440532013000'
  for (let at = 4; at < good.length; at++) {
    const other = String((Number(good[at]) + 1) % 10)
    assert.ok(!isIban(good.slice(0, at) + other + good.slice(at + 1)))
  }
  for (const bad of [`${good}0`, good.slice(0, -1), 'DE89370400440532010300', 'XX89370400440532013000', '', 'DE']) {
    assert.ok(!isIban(bad), bad)
  }
  for (const country of ['constructor', 'to', '__']) assert.equal(ibanLength(country), undefined)
})

test('an account with the check digits made for it is an IBAN', () => {
  assert.equal(ibanOf('DE', '370400440532013000'), 'DE89370400440532013000')
  assert.equal(ibanOf('GB', 'WEST12345698765432'), 'GB82WEST12345698765432')
})

test('a telephone is its digits, however it is written', () => {
  const written = normalizedPhone({ country_code: '+351', number: '912 345-678' })
  assert.deepEqual(written, { country_code: '351', number: '912345678' })
  assert.ok(isPhoneNumber(written))
  assert.deepEqual(normalizedPhone({ country_code: '0046', number: '(070) 123 45 67' }), {
    country_code: '46',
    number: '701234567',
  })
  for (const [country_code, number] of [
    ['351', '91234567'],
    ['351', '9123456789'],
    ['', '912345678'],
    ['351', '91234567x'],
    ['99999', '912345678'],
  ] as const) {
    assert.ok(!isPhoneNumber({ country_code, number }), `${country_code} ${number}`)
  }
})

test('what is typed goes before what the session says, and an empty field is not typed', () => {
  const session = {
    customer: { name: 'Session Name', email: 'session@example.com' },
    billing: { phone: { country_code: '+351', number: '911111111' }, address: { country: 'PT' } },
  }
  const prefilled = collectedOf({ holder: ' ', details: { email: '', phone_number: ' ' } }, session)
  assert.equal(prefilled.holder, 'Session Name')
  assert.equal(prefilled.email, 'session@example.com')
  assert.equal(prefilled.phone?.number, '911111111')
  const typed = collectedOf(
    { holder: 'Typed Name', details: { phone_country_code: '351', phone_number: '922222222', address_line1: 'Rua 1' } },
    session,
  )
  assert.equal(typed.holder, 'Typed Name')
  assert.equal(typed.phone?.number, '922222222')
  assert.deepEqual(typed.address, { country: 'PT', address_line1: 'Rua 1' })
})

test('each input has its codes: missing, or wrong', () => {
  assert.deepEqual(problems('mbway', {}), ['phone_number_required'])
  assert.deepEqual(problems('mbway', { details: { phone_number: '912345678' } }), ['phone_country_code_required'])
  assert.deepEqual(problems('p24', {}), ['account_holder_required', 'email_required'])
  assert.deepEqual(problems('p24', { holder: 'Jo', details: { email: 'nobody' } }), [
    'account_holder_invalid',
    'email_invalid',
  ])
  assert.deepEqual(problems('blik', {}), ['blik_code_required'])
  assert.deepEqual(problems('blik', { details: { blik_code: '12345' } }), ['blik_code_invalid'])
  assert.deepEqual(problems('blik', { details: { blik_code: '123 456' } }), [])
  assert.deepEqual(problems('ach', { holder: 'Jo Shopper', details: { account_number: '12' } }), [
    'account_number_invalid',
  ])
  assert.deepEqual(problems('ideal', {}), [])
})

test('what may be left empty is wrong only when it was typed', () => {
  const abroad = { customer: { phone: { country_code: '44', number: '7700900123' } } }
  assert.deepEqual(problems('qpay', {}), [])
  assert.deepEqual(problems('qpay', { details: { national_id: '1' } }), ['national_id_invalid'])
  assert.deepEqual(problems('vipps', {}, abroad), [])
  assert.deepEqual(problems('vipps', { details: { phone_country_code: '44', phone_number: '7700900123' } }), [
    'phone_country_code_invalid',
  ])
})

test('a name has three to a hundred characters, and no card number in it', () => {
  for (const name of ['Joe', 'Åsa Öberg', '王小明', 'J'.repeat(100)]) assert.ok(isAccountHolder(name), name)
  for (const name of ['Jo', '  Jo  ', 'J'.repeat(101), '4242 4242 4242 4242', 'Jo\0Shopper']) {
    assert.ok(!isAccountHolder(name), name)
  }
})

test('a one-time code is digits, as many as were sent', () => {
  assert.ok(isOneTimeCode('1234') && isOneTimeCode('12345678') && isOneTimeCode('123456', 6))
  for (const code of ['', '123', '123456789', '12 34', '１２３４', '12a4']) assert.ok(!isOneTimeCode(code), code)
  assert.ok(!isOneTimeCode('12345', 6))
})
