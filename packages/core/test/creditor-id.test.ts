import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCreditorId, TEST_CREDITOR_ID } from '../src/creditor-id.ts'

test('an identifier of a SEPA creditor has a country, check digits over all but the business code, and a rest', () => {
  for (const id of [
    TEST_CREDITOR_ID,
    'DE98ABC09999999999',
    'FR72ZZZ123456',
    'NL25ZZZ091567940000',
    'BE68ZZZ0123456789',
  ]) {
    assert.equal(isCreditorId(id), true, id)
  }
  const wrong = [
    '',
    'DE99ZZZ09999999999',
    'de98zzz09999999999',
    'DE98 ZZZ 09999999999',
    'DE98ZZZ',
    'DE98ZZ-09999999999',
  ]
  for (const id of [...wrong, `DE98ZZZ${'0'.repeat(29)}`, '98DEZZZ09999999999'])
    assert.equal(isCreditorId(id), false, id)
})
