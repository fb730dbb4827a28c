/** What official clients send without being told: honoured, and said aloud where it changes what happens to the money. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from './support/cards.ts'
import { eventually, startSluice } from './support/sluice.ts'

/** What each client adds to a submit of which the merchant set `session_data` alone. */
const UNASKED = {
  Java: { payment_type: 'Regular', capture: true },
  '.NET': { payment_type: 'Regular', capture: true, locale: 'en-GB' },
  Go: { capture: false },
}

test('defaults that clients send unasked', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  async function pay(members: Record<string, unknown>, unasked: Record<string, unknown>) {
    const answer = await sluice.submit(await sluice.requestSession(members), CARDS.approved, unasked)
    assert.equal(answer.status, 201, answer.text)
    return await sluice.payment(answer.body.id)
  }

  const captured = (id: string) => eventually(async () => (await sluice.payment(id)).status === 'Captured')

  await t.test(
    'Java and .NET turn a session that was only to be authorized into a capture, and the payment says so',
    async () => {
      for (const client of ['Java', '.NET'] as const) {
        const payment = await pay({ capture: false }, UNASKED[client])
        assert.deepEqual(payment.warnings, ['capture was false on the session and is true on this submit'])
        assert.equal(payment.capture, true)
        await captured(payment.id)
      }
    },
  )

  await t.test('Java and .NET turn any kind of payment into a regular one, and the payment says so', async () => {
    for (const client of ['Java', '.NET'] as const) {
      const payment = await pay({ payment_type: 'Recurring' }, UNASKED[client])
      assert.deepEqual(payment.warnings, ['payment_type was Recurring on the session and is Regular on this submit'])
      assert.equal(payment.payment_type, 'Regular')
    }
  })

  await t.test('Go turns a capture into an authorization, and the payment says so', async () => {
    const payment = await pay({}, UNASKED.Go)
    assert.deepEqual(payment.warnings, ['capture was true on the session and is false on this submit'])
    assert.deepEqual([payment.status, payment.capture], ['Authorized', false])
  })

  await t.test('defaults that change nothing are not worth a warning', async () => {
    for (const client of ['Java', '.NET'] as const) assert.equal((await pay({}, UNASKED[client])).warnings, undefined)
    assert.equal((await pay({ capture: false }, UNASKED.Go)).warnings, undefined)
    assert.equal((await pay({ payment_type: 'regular' }, UNASKED.Java)).warnings, undefined)
  })

  await t.test('a time of capture outlives a client that always sends capture', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    const payment = await pay({ capture_on: inAnHour }, UNASKED.Go)
    assert.deepEqual([payment.capture, payment.capture_on, payment.warnings], [true, inAnHour, undefined])
  })

  await t.test('Go asks for a card verification when the amount was forgotten', async () => {
    const payment = await pay({ amount: 0, capture: false }, UNASKED.Go)
    assert.deepEqual([payment.status, payment.warnings], ['Card Verified', undefined])
  })

  await t.test('a locale on submit is ignored', async () => {
    const payment = await pay({ locale: 'de-DE' }, UNASKED['.NET'])
    assert.equal(payment.locale, 'de-DE')
    assert.equal((await pay({}, { locale: 7 })).locale, undefined)
  })
})

test('a locale on submit is refused in strict mode, as the reference does', async (t) => {
  const sluice = await startSluice(t, { config: { strictLocale: true } })
  const session = await sluice.requestSession({ locale: 'de-DE' })

  const refused = await sluice.submit(session, CARDS.approved, UNASKED['.NET'])

  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['locale_invalid']])
  assert.deepEqual(await sluice.ledger(), [])
  const answer = await sluice.submit(session, CARDS.approved, UNASKED.Java)
  assert.equal(answer.status, 201, answer.text)
  assert.equal((await sluice.payment(answer.body.id)).locale, 'de-DE')
})
