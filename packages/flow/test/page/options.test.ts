/** Which of several places an option may be given in wins, and what is refused or left out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  resolveOptions,
  sessionlessAmount,
  translationsOf,
  unknownOptions,
  updateErrors,
} from '../../src/page/options.ts'

const first = () => 'first'
const second = () => 'second'

test('options that nobody gave are the documented defaults', () => {
  assert.deepEqual(resolveOptions({ publicKey: 'pk_sbox_x' }, 'card', undefined), {
    callbacks: {},
    showPayButton: true,
    displayCardholderName: 'top',
    displayCvv: 'mandatory',
    cardCvvLength: 3,
    expandFirstPaymentMethod: true,
    displayPaymentAdditionalContent: 'above_pay_button',
    redirectMode: 'overlay',
    mode: 'pay',
    captureBillingAddress: false,
    data: {},
  })
})

test('what create() was given beats componentOptions, which beat the top level', () => {
  const options = {
    showPayButton: false,
    onReady: first,
    componentOptions: { card: { onReady: second, displayCvv: 'hidden', displayCardholderName: 'bottom' } },
  }
  const card = resolveOptions(options, 'card', { displayCvv: 'mandatory' })
  assert.equal(card.callbacks.onReady, second)
  assert.equal(card.displayCvv, 'mandatory')
  assert.equal(card.displayCardholderName, 'bottom')
  assert.equal(card.showPayButton, false)
  assert.equal(resolveOptions(options, 'flow', undefined).callbacks.onReady, first)
})

test('lists of the flow component are for every method, unless the method has its own', () => {
  const componentOptions = {
    flow: { acceptedCardSchemes: ['Visa', 'Amex'], acceptedCardTypes: ['CREDIT'], showPayButton: false },
    card: { acceptedCardSchemes: ['mastercard'] },
  }
  const inFlow = resolveOptions({ componentOptions }, 'flow', {}, 'card')
  assert.deepEqual(inFlow.acceptedCardSchemes, ['mastercard'])
  assert.deepEqual(inFlow.acceptedCardTypes, ['credit'])
  const alone = resolveOptions({ componentOptions }, 'stored_card', {})
  assert.deepEqual(alone.acceptedCardSchemes, ['visa', 'american_express'])
  assert.equal(alone.showPayButton, true, 'only lists are shared')
})

test('a method inside flow takes its own options before those create("flow") was given', () => {
  const options = { componentOptions: { card: { displayCvv: 'hidden' }, flow: { displayCvv: 'mandatory' } } }
  const card = resolveOptions(options, 'flow', { displayCvv: 'mandatory', showPayButton: false }, 'card')
  assert.equal(card.displayCvv, 'hidden')
  assert.equal(card.showPayButton, false)
})

test('prefill is put together from all places, member by member, the narrowest winning', () => {
  const options = {
    componentOptions: {
      data: { cardholderName: 'Everybody', email: 'a@shop.example', phoneNumber: 7 },
      card: { data: { cardholderName: 'Card' } },
    },
  }
  const { data } = resolveOptions(options, 'card', { data: { phoneCountryCode: '44' } })
  assert.deepEqual(data, { cardholderName: 'Card', email: 'a@shop.example', phoneCountryCode: '44' })
})

test('values of the wrong kind are looked past, and never throw', () => {
  const options = {
    onReady: 'not a function',
    showPayButton: 'yes',
    componentOptions: { card: null, flow: 7, data: 'x' },
    redirectMode: 'page',
    cardLayout: 'three',
  }
  const card = resolveOptions(options, 'card', { onReady: null, acceptedCardSchemes: 'visa', cardCvvLength: 5 })
  assert.deepEqual(card.callbacks, {})
  assert.equal(card.showPayButton, true)
  assert.equal(card.cardCvvLength, 3)
  assert.equal(card.acceptedCardSchemes, undefined)
  assert.equal(card.cardLayout, undefined)
  assert.equal(card.redirectMode, 'page')
  for (const odd of [undefined, null, 7, 'text', []])
    assert.doesNotThrow(() => resolveOptions(odd, 'flow', odd, 'card'))
})

test('options nobody knows are named, those of the official types are not', () => {
  const known = {
    publicKey: 'pk_sbox_x',
    paymentSession: {},
    environment: 'sandbox',
    locale: 'en',
    translations: {},
    appearance: {},
    captureBillingAddress: true,
    onAuthorized: first,
    componentOptions: { amount: 1, currency: 'EUR', items: [], processingChannelId: 'pc_x', data: {}, klarna: {} },
  }
  assert.deepEqual(unknownOptions(known), [])
  assert.deepEqual(unknownOptions({ ...known, debug: 1, componentOptions: { cart: {} } }), [
    'debug',
    'componentOptions.cart',
  ])
})

test('translations keep only texts', () => {
  assert.deepEqual(translationsOf({ translations: { en: { card: 'Plastic', pay: 7 }, xx: 'no' } }), {
    en: { card: 'Plastic' },
    xx: {},
  })
  assert.deepEqual(translationsOf(undefined), {})
})

test('a sessionless amount is minor units and a currency of three capitals, or nothing', () => {
  assert.deepEqual(sessionlessAmount({ componentOptions: { amount: 0, currency: 'KWD' } }), {
    amount: 0,
    currency: 'KWD',
  })
  assert.deepEqual(sessionlessAmount({ componentOptions: { amount: 1.5, currency: 'eur' } }), {})
  assert.deepEqual(sessionlessAmount({}), {})
})

test('update() takes an amount, a currency, both or none, and says of all else why not', () => {
  for (const fine of [{}, { amount: 0 }, { currency: 'EUR' }, { amount: 1, currency: 'JPY' }, { amount: undefined }]) {
    assert.deepEqual(updateErrors(fine), {})
  }
  const { amount, currency, items } = updateErrors({ amount: -1, currency: 'euro', items: [] })
  assert.ok(amount)
  assert.ok(currency)
  assert.equal(items, 'not supported field')
  for (const wrong of [1.5, Number.NaN, '10', null]) assert.ok(updateErrors({ amount: wrong }).amount)
  for (const wrong of [undefined, null, 7, 'EUR']) assert.notDeepEqual(updateErrors(wrong), {})
})
