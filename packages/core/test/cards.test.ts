import assert from 'node:assert/strict'
import test from 'node:test'
import {
  holdsCardNumber,
  isCardNumber,
  isExpired,
  maskCardNumbers,
  passesLuhn,
  schemeOf,
  schemeStarting,
} from '@sluice/core/cards'

test('a scheme is known by the leading digits of a number', () => {
  const schemes = {
    '4242424242424242': 'VISA',
    '5436031030606378': 'MASTERCARD',
    '2223000010479399': 'MASTERCARD',
    '345678901234564': 'AMEX',
    '36160940933914': 'DINERS',
    '6011111111111117': 'DISCOVER',
    '3530111333300000': 'JCB',
    '6224120000000094': 'UNIONPAY',
    '5000186622346654': 'MAESTRO',
  }
  for (const [number, scheme] of Object.entries(schemes)) assert.equal(schemeOf(number)?.name, scheme, number)
})

test('leading digits that only the tables of the networks know are known too', () => {
  assert.equal(schemeOf('30950000000001')?.name, 'DINERS')
  assert.equal(schemeOf('6271000000000000')?.name, 'UNIONPAY')
  assert.equal(schemeOf('8190000000000000')?.name, 'UNIONPAY')
  assert.equal(schemeOf('6277800000000000')?.name, 'ELO')
})

test('the first digits tell a scheme as soon as they leave no other', () => {
  const told = { '4': 'VISA', '34': 'AMEX', '51': 'MASTERCARD', '36': 'DINERS', '620': 'UNIONPAY', '65': 'DISCOVER' }
  for (const [digits, scheme] of Object.entries(told)) assert.equal(schemeStarting(digits)?.name, scheme, digits)
  for (const digits of ['', '2', '3', '6', '62', '222']) assert.equal(schemeStarting(digits), undefined, digits)
  assert.deepEqual(schemeStarting('4242424242424242'), schemeOf('4242424242424242'))
})

test('the published test cards are card numbers', () => {
  const published = [
    '4242424242424242',
    '4010061700000021',
    '5436031030606378',
    '345678901234564',
    '341829238058580',
    '6011201559638046790',
    '6445979375892355607',
    '36160940933914',
    '36160912071610',
    '30123456789019',
    '3530111333300000',
    '3566027046765007',
    '6224120000000094',
    '378282246310005',
    '5518207720770101',
  ]
  for (const number of published) assert.ok(isCardNumber(number), number)
})

test('a number is refused for its check digit, its length, its characters and its unknown scheme', () => {
  const wrong = [
    '4242424242424241',
    '42424242424242',
    '4242 4242 4242 4242',
    '0000000000000000',
    '',
    '42',
    'x'.repeat(16),
  ]
  for (const number of wrong) assert.ok(!isCardNumber(number), number)
})

test('a UnionPay number needs no check digit', () => {
  assert.ok(!passesLuhn('6224120000000095'))
  assert.ok(isCardNumber('6224120000000095'))
})

test('Amex prints four security digits, the others three', () => {
  assert.equal(schemeOf('345678901234564')?.cvvLength, 4)
  assert.equal(schemeOf('4242424242424242')?.cvvLength, 3)
})

test('a card is good through the last day of its month', () => {
  const lastInstant = Date.UTC(2030, 11, 31, 23, 59, 59, 999)
  assert.equal(isExpired(12, 2030, lastInstant), false)
  assert.equal(isExpired(12, 2030, lastInstant + 1), true)
  assert.equal(isExpired(2, 2028, Date.UTC(2028, 1, 29)), false)
})

test('card numbers are masked in text, also in groups and next to other digits', () => {
  assert.equal(maskCardNumbers('pay 4242424242424242 now'), 'pay [card number] now')
  assert.equal(maskCardNumbers('4242 4242 4242 4242'), '[card number]')
  assert.equal(maskCardNumbers('4242-4242-4242-4242 100'), '[card number] 100')
  assert.equal(maskCardNumbers('12 4242424242424242 3'), '12 [card number] 3')
  assert.equal(maskCardNumbers('3782 822463 10005'), '[card number]')
})

test('other numbers are left as they are', () => {
  for (const text of [
    '4242424242424241',
    '+44 20 7946 0958',
    '123456789012',
    '12345678901234567890',
    'ORD-5023-4E89',
  ]) {
    assert.equal(maskCardNumbers(text), text)
    assert.equal(holdsCardNumber(text), false)
  }
})

test('a long text of digits is searched in a moment', () => {
  assert.equal(holdsCardNumber('12 '.repeat(100_000)), false)
})
