/** What the page knows of methods by heart, before the module with their forms is there, against core's table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PaymentMethod, paymentMethod } from '@sluice/core/payment-methods'
import { builderOf, isListed, NEEDS_SESSION } from '../../src/page/methods.ts'
import { INPUTS } from '../../src/page/methods/inputs.ts'
import { COMPONENT_NAMES } from '../../src/page/names.ts'

const COLLECTING = COMPONENT_NAMES.filter((name) => builderOf(name) && !name.startsWith('card'))
/** Asked for later, or only where the session has it already. */
const NOT_TYPED_FIRST = ['otp', 'shipping_address']

test('every method that is offered has a row, a kind that is built, and a field for all that it collects', () => {
  assert.equal(COLLECTING.length, 34)
  for (const name of COLLECTING) {
    const row: PaymentMethod | undefined = paymentMethod(name)
    assert.ok(row, name)
    // Wallets and partners' windows have a button and no fields.
    if (/^(applepay|googlepay|paypal)$/.test(name)) continue
    assert.match(row.kind, /^(redirect|app|otp|qr|voucher|debit)$/, name)
    for (const input of row.collects) assert.ok(INPUTS[input] || NOT_TYPED_FIRST.includes(input), `${name}: ${input}`)
  }
})

test('the methods that can do without a session are those of the table', () => {
  for (const name of COLLECTING) assert.equal(NEEDS_SESSION.test(name), !paymentMethod(name)?.sessionless, name)
})

test('names that are no way to pay are not built, and the security code alone is not in the list', () => {
  for (const name of ['flow', 'authentication', 'shipping_address', 'nonsense', 'toString']) {
    assert.equal(builderOf(name), undefined, name)
  }
  assert.deepEqual([isListed('card'), isListed('ideal'), isListed('card_cvv')], [true, true, false])
})
