/** The official Node SDK, unchanged, against every call it has on a payment that was made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checkout } from 'checkout-sdk-node'
import { CARDS } from './support/cards.ts'
import {
  eventually,
  type Json,
  PUBLIC_KEY,
  SECRET_KEY,
  SESSION_BODY,
  type Sluice,
  startSluice,
} from './support/sluice.ts'

for (const httpClient of [undefined, 'axios'] as const) {
  test(`the official SDK captures, voids, refunds, increments and reverses with ${httpClient ?? 'the default transport'}`, async (t) => {
    const sluice = await startSluice(t)
    const sdk: Json = new Checkout(SECRET_KEY, {
      pk: PUBLIC_KEY,
      host: sluice.urls.api,
      ...(httpClient && { httpClient }),
    })

    const { id } = await held(sluice, sdk)
    const more = await sdk.payments.increment(id, { amount: 500, reference: 'ORD-1' })
    assert.deepEqual([more.approved, more.balances.total_authorized], [true, 1500])

    const capture = await sdk.payments.capture(id, { amount: 700, reference: 'part' }, 'key-1')
    const repeated = await sdk.payments.capture(id, { amount: 700, reference: 'part' }, 'key-1')
    assert.deepEqual(repeated, capture)
    assert.match(capture.action_id, /^act_/)
    await reached(sdk, id, ({ total_captured }) => total_captured === 700)

    const released = await sdk.payments.void(id)
    assert.match(released.action_id, /^act_/)
    await reached(sdk, id, ({ total_voided }) => total_voided === 800)

    await sdk.payments.refund(id, { amount: 300 })
    await reached(sdk, id, ({ total_refunded }) => total_refunded === 300)
    const reversal = await sdk.payments.reverse(id, { reference: 'rest' })
    assert.deepEqual([reversal.action_type, reversal.reference], ['Refund', 'rest'])
    await reached(sdk, id, ({ total_refunded }) => total_refunded === 700)
    assert.equal((await sdk.payments.get(id)).status, 'Refunded')
    const actions = await sdk.payments.getActions(id)
    assert.deepEqual(
      actions.map(({ type, amount }: Json) => `${type} ${amount}`),
      ['Refund 400', 'Refund 300', 'Void 800', 'Capture 700', 'Authorization 500', 'Authorization 1000'],
    )

    const whole = await held(sluice, sdk)
    await sdk.payments.capture(whole.id)
    await reached(sdk, whole.id, ({ total_captured }) => total_captured === 1000)
    await sdk.payments.refund(whole.id)
    await reached(sdk, whole.id, ({ total_refunded }) => total_refunded === 1000)
    await sluice.assertSound()
  })
}

test('what the SDK is refused has the name it knows for it', async (t) => {
  const sluice = await startSluice(t)
  const sdk: Json = new Checkout(SECRET_KEY, { pk: PUBLIC_KEY, host: sluice.urls.api })
  const { id } = await held(sluice, sdk)
  const refusals: [() => Promise<unknown>, string, string][] = [
    [() => sdk.payments.capture(id, { amount: 1001 }), 'ValidationError', 'capture_value_greater_than_authorized'],
    [() => sdk.payments.void(id, { amount: 1001 }), 'ValidationError', 'void_amount_invalid'],
    [() => sdk.payments.refund(id), 'ActionNotAllowed', 'action_not_allowed'],
    [() => sdk.payments.cancelScheduledRetry(id, {}), 'ActionNotAllowed', 'action_not_allowed'],
    [() => sdk.payments.capture(`pay_${'a'.repeat(26)}`), 'NotFoundError', 'resource_not_found'],
  ]
  for (const [call, name, code] of refusals) {
    const error = await call().then(
      () => assert.fail(`${code} was expected`),
      (cause: Json) => cause,
    )
    assert.deepEqual([error.name, error.body.error_codes], [name, [code]])
  }
})

async function held(sluice: Sluice, sdk: Json): Promise<Json> {
  const session = await sdk.paymentSessions.request({
    ...SESSION_BODY,
    capture: false,
    authorization_type: 'Estimated',
  })
  const session_data = await sluice.seal(session, CARDS.approved)
  return await sdk.paymentSessions.submit(session.id, { session_data })
}

function reached(sdk: Json, id: string, isThere: (balances: Json) => boolean): Promise<boolean> {
  return eventually(async () => isThere((await sdk.payments.get(id)).balances))
}
