import assert from 'node:assert/strict'
import test from 'node:test'
import { binOf, cardMetadata, localSchemeOf, schemeTitle, testCardFacts } from '@sluice/core/bins'

test('a co-badged card has a local scheme', () => {
  assert.equal(localSchemeOf('4010061700000021'), 'CARTES_BANCAIRES')
  assert.equal(localSchemeOf('4010056200000018'), 'CARTES_BANCAIRES')
  assert.equal(localSchemeOf('4242424242424242'), undefined)
})

test('eight digits are shown of a long number, six of a short one', () => {
  assert.equal(binOf('4242424242424242'), '42424242')
  assert.equal(binOf('6011201559638046790'), '60112015')
  assert.equal(binOf('345678901234564'), '345678')
})

test('tokens spell schemes in title case', () => {
  assert.equal(schemeTitle('VISA'), 'Visa')
  assert.equal(schemeTitle('AMEX'), 'American Express')
  assert.equal(schemeTitle('SOMETHING_NEW'), 'SOMETHING_NEW')
})

test('a test card has an issuer; where cards are real, nothing is made up', () => {
  assert.equal(testCardFacts('5305484748800098', 'MASTERCARD').card_type, 'DEBIT')
  assert.equal(testCardFacts('5305484748800098', 'MASTERCARD').issuer, 'SLUICE TEST BANK DE')
  assert.deepEqual(cardMetadata('42424242', false), { bin: '42424242', scheme: 'visa' })
  assert.deepEqual(cardMetadata('40100617', false), {
    bin: '40100617',
    scheme: 'visa',
    local_schemes: ['cartes_bancaires'],
  })
  assert.deepEqual(cardMetadata('99999999', true), { bin: '99999999', scheme: 'unknown' })
})
