import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  componentReason,
  declineClass,
  declineReason,
  isApproval,
  RESPONSE_CODES,
  responseSummary,
} from '@sluice/core/response-codes'

test('every code has five characters, a summary, and is an approval or a decline of one class', () => {
  for (const [code, summary] of Object.entries(RESPONSE_CODES)) {
    assert.match(code, /^[1-4]0?[0-9A-Z]{3,4}$/)
    assert.equal(code.length, 5)
    assert.ok(summary.length > 0)
    assert.equal(isApproval(code), declineClass(code) === undefined, code)
  }
})

test('the first digit tells soft, hard and risk declines apart', () => {
  assert.equal(declineClass('20051'), 'soft')
  assert.equal(declineClass('200N7'), 'soft')
  assert.equal(declineClass('30043'), 'hard')
  assert.equal(declineClass('40203'), 'risk')
  assert.equal(declineClass('41205'), 'risk')
  assert.equal(declineClass('10000'), undefined)
})

test('a code that is in no list is neither approval nor decline', () => {
  for (const code of ['99999', '', '10', '10001', '20000', 'constructor', '__proto__', '50000']) {
    assert.equal(isApproval(code), false, code)
    assert.equal(declineClass(code), undefined, code)
    assert.equal(responseSummary(code), undefined, code)
    assert.equal(declineReason(code), 'Declined')
  }
})

test('a decline is told to people in words, and to the component in one of its own', () => {
  assert.equal(declineReason('20051'), 'Insufficient funds')
  for (const [code, reason] of [
    ['20051', 'not_enough_funds'],
    ['20054', 'invalid_customer_data'],
    ['20103', 'merchant_misconfiguration'],
    ['20017', 'payment_cancelled'],
    ['20152', 'payment_expired'],
    ['20012', 'invalid_payment_session_data'],
    ['20005', 'try_again'],
    ['99999', 'try_again'],
  ] as const) {
    assert.equal(componentReason(code), reason)
  }
})
