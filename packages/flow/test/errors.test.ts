import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CheckoutError,
  integrationError,
  paymentMethodError,
  requestError,
  submitError,
  validationError,
} from '../src/page/errors.ts'
import * as enums from '../src/types/enums.js'

const base = { browserSessionId: 'bs_1', paymentSessionId: 'ps_1', type: 'card' } as const

test('the three messages that shops search for have exactly the known text', () => {
  assert.equal(
    requestError('payment_request_failed', {}).message,
    '[Request]: Network request failed [payment_request_failed]',
  )
  assert.equal(
    requestError('payment_request_declined', {}).message,
    '[Request]: Payment request declined [payment_request_declined]',
  )
  assert.equal(submitError('component_invalid', base).message, '[Submit]: Component is invalid [component_invalid]')
})

test('an error is an Error that carries name, type, code and details', () => {
  const error = requestError('payment_request_declined', {
    ...base,
    paymentId: 'pay_1',
    requestErrorCodes: ['not_enough_funds'],
    status: 201,
  })
  assert.ok(error instanceof Error)
  assert.ok(error instanceof CheckoutError)
  assert.equal(error.name, 'CheckoutError')
  assert.equal(error.type, 'Request')
  assert.equal(error.code, enums.CheckoutRequestErrorCode.PaymentRequestDeclined)
  assert.deepEqual(error.details, {
    ...base,
    paymentId: 'pay_1',
    requestErrorCodes: ['not_enough_funds'],
    status: 201,
  })
  assert.match(String(error.stack), /^CheckoutError|errors\.test\.ts/m)
})

test('every code of every type has a text of its own, in the form [type]: text [code]', () => {
  const made = [
    ...values(enums.CheckoutIntegrationErrorCode).map((code) => integrationError(code, base)),
    ...values(enums.CheckoutRequestErrorCode).map((code) => requestError(code, base)),
    ...values(enums.CheckoutPaymentMethodErrorCode).map((code) => paymentMethodError(code, base)),
    ...values(enums.CheckoutSubmitErrorCode).map((code) => submitError(code, base)),
    ...values(enums.CheckoutValidationErrorCode).map((code) => validationError(code, { validationErrors: {} })),
  ]
  assert.equal(made.length, 19)
  const texts = made.map(({ message, type, code }) => {
    const [, saidType, text, saidCode] = /^\[(\w+)\]: (\S.*\S) \[(\w+)\]$/.exec(message) ?? []
    assert.deepEqual([saidType, saidCode], [type, code], message)
    return text
  })
  assert.equal(new Set(texts).size, texts.length)
})

test('an attempt that a method failed at may be told as a request, a submit or a method error', () => {
  const code = 'payment_method_attempt_failed'
  const types = [requestError(code, base), submitError(code, base), paymentMethodError(code, base)].map(
    (error) => error.type,
  )
  assert.deepEqual(types, ['Request', 'Submit', 'PaymentMethod'])
})

function values<E extends string>(members: Record<string, E>): `${E}`[] {
  return Object.values(members) as `${E}`[]
}
