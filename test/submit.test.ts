/** Every row of "request × state → answer", over HTTP, with the bank's own books as the witness. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from './support/cards.ts'
import { eventually, SANDBOX_ENTITY, startSluice } from './support/sluice.ts'

test('submits on a session', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  async function authorizationsOf(paymentId: string) {
    const ledger = await sluice.ledger()
    return ledger.filter((entry) => entry.of === paymentId && entry.kind === 'authorization').length
  }

  await t.test('twenty identical submits at once charge the card once', async () => {
    const session = await sluice.requestSession()
    const session_data = await sluice.seal(session, CARDS.approved)
    const path = `/payment-sessions/${session.id}/submit`

    const answers = await Promise.all(Array.from({ length: 20 }, () => sluice.post(path, { session_data })))

    const approved = answers.filter(({ status }) => status === 201)
    assert.equal(new Set(approved.map(({ body }) => body.id)).size, 1)
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      assert.equal(answer.status, 429)
      assert.deepEqual(answer.body.error_codes, ['session_already_in_use'])
      assert.equal(answer.body.error_type, 'duplicate_requests_detected')
      assert.ok(Number(answer.headers.get('retry-after')) >= 1)
    }
    assert.equal(await authorizationsOf(approved[0]?.body.id), 1)
    assert.equal((await sluice.ledger()).filter((entry) => entry.kind === 'authorization').length, 1)
  })

  await t.test('twenty different submits at once on one session charge the card once', async () => {
    // The capture of an earlier payment may be booked meanwhile.
    const authorizations = async () => (await sluice.ledger()).filter(({ kind }) => kind === 'authorization').length
    const before = await authorizations()
    const session = await sluice.requestSession({ capture: false })

    const answers = await Promise.all(Array.from({ length: 20 }, () => sluice.submit(session, CARDS.approved)))

    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    for (const { status, body } of answers.filter(({ status }) => status !== 201)) {
      const [code] = body.error_codes
      assert.ok(
        (status === 429 && code === 'session_already_in_use') ||
          (status === 422 && code === 'payment_session_already_completed'),
        `${status} ${code}`,
      )
    }
    assert.equal(await authorizations(), before + 1)
  })

  await t.test('a repeat after the end gets the same bytes, and says that it is one', async () => {
    const session = await sluice.requestSession()
    const body = { session_data: await sluice.seal(session, CARDS.approved), reference: 'ORD-2' }
    const path = `/payment-sessions/${session.id}/submit`

    const first = await sluice.post(path, body)
    const again = await sluice.post(path, { reference: body.reference, session_data: body.session_data })

    assert.equal(first.status, 201, first.text)
    assert.equal(first.headers.get('idempotent-replayed'), null)
    assert.equal(again.status, 201)
    assert.equal(again.text, first.text)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.equal(await authorizationsOf(first.body.id), 1)
  })

  await t.test('a decline is repeated to whoever repeats the request', async () => {
    const session = await sluice.requestSession()
    const body = { session_data: await sluice.seal(session, CARDS.insufficientFunds) }
    const path = `/payment-sessions/${session.id}/submit`

    const first = await sluice.post(path, body)
    const again = await sluice.post(path, body)

    assert.equal(first.status, 201)
    assert.equal(first.body.status, 'Declined')
    assert.equal(first.body.decline_reason, 'Insufficient funds')
    assert.equal(first.body.response_code, '20051')
    assert.equal(again.text, first.text)
  })

  await t.test('the same session_data with anything changed is refused', async () => {
    const session = await sluice.requestSession()
    const session_data = await sluice.seal(session, CARDS.approved)
    const path = `/payment-sessions/${session.id}/submit`
    assert.equal((await sluice.post(path, { session_data })).status, 201)

    const changed = await sluice.post(path, { session_data, reference: 'another' })

    assert.equal(changed.status, 422)
    assert.deepEqual(changed.body.error_codes, ['session_data_invalid'])
  })

  await t.test('session_data of one session does not pay another', async () => {
    const [mine, other] = [await sluice.requestSession(), await sluice.requestSession()]
    const session_data = await sluice.seal(mine, CARDS.approved)

    const answer = await sluice.post(`/payment-sessions/${other.id}/submit`, { session_data })

    assert.equal(answer.status, 422)
    assert.deepEqual(answer.body.error_codes, ['session_data_invalid'])
  })

  await t.test('after a decline the shopper may try again, until the attempts are used up', async () => {
    const session = await sluice.requestSession({ customer_retry: { max_attempts: 1 } })

    assert.equal((await sluice.submit(session, CARDS.declined)).body.status, 'Declined')
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Pending')
    assert.equal((await sluice.submit(session, CARDS.declined)).body.status, 'Declined')
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Declined')
    const refused = await sluice.submit(session, CARDS.approved)

    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.error_codes, ['payment_session_attempts_exceeded'])
  })

  await t.test('a declined attempt can be followed by an approved one', async () => {
    const session = await sluice.requestSession()

    assert.equal((await sluice.submit(session, CARDS.declined)).body.status, 'Declined')
    const approved = await sluice.submit(session, CARDS.approved)

    assert.equal(approved.body.status, 'Approved')
    const read = await sluice.get(`/payment-sessions/${session.id}`)
    assert.equal(read.body.status, 'Approved')
    assert.equal(read.body.payment_id, approved.body.id)
  })

  await t.test('an approved session takes no other payment', async () => {
    const session = await sluice.requestSession()
    assert.equal((await sluice.submit(session, CARDS.approved)).status, 201)

    const refused = await sluice.submit(session, CARDS.approved)

    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.error_codes, ['payment_session_already_completed'])
  })

  await t.test('a session that is not payable is refused, and nothing is sent', async () => {
    const session = await sluice.requestSession({ payable: false })

    const refused = await sluice.submit(session, CARDS.approved)

    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.error_codes, ['payment_session_not_payable'])
  })

  await t.test('nobody pays a sum he did not see', async () => {
    const session = await sluice.requestSession()
    const path = `/payment-sessions/${session.id}/submit`
    const shown = { amount: 900, currency: 'GBP' }

    const refused = await sluice.post(path, { session_data: await sluice.seal(session, CARDS.approved, shown) })
    const named = await sluice.post(path, {
      session_data: await sluice.seal(session, CARDS.approved, shown),
      amount: 950,
    })

    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['amount_changed']])
    assert.equal(named.status, 201, 'the merchant’s server may name another amount')
    assert.equal((await sluice.payment(named.body.id)).amount, 950)
  })

  await t.test('a card that cannot be charged is named problem by problem', async () => {
    const session = await sluice.requestSession()
    const wrong = { ...CARDS.approved, number: '4242424242424241', expiry_year: 2020, cvv: '12' }

    const refused = await sluice.submit(session, wrong)

    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.error_codes.toSorted(), ['card_expired', 'card_number_invalid', 'cvv_invalid'])
  })

  await t.test('an American Express reference has at most 30 characters', async () => {
    const session = await sluice.requestSession({ reference: 'R'.repeat(31) })

    const refused = await sluice.submit(session, CARDS.amex)

    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['reference_invalid']])
    assert.equal((await sluice.submit(session, CARDS.approved)).status, 201)
  })

  await t.test('an amount of 0 verifies the card and captures nothing', async () => {
    const session = await sluice.requestSession({ amount: 0 })

    const answer = await sluice.submit(session, CARDS.approved)

    assert.equal(answer.body.status, 'Approved', answer.text)
    const payment = await sluice.payment(answer.body.id)
    assert.equal(payment.status, 'Card Verified')
    assert.equal(payment.approved, true)
    const { body: actions } = await sluice.get(`/payments/${answer.body.id}/actions`)
    assert.deepEqual(
      actions.map((action: { type: string }) => action.type),
      ['Card Verification'],
    )
  })

  await t.test('capture: false leaves the payment authorized', async () => {
    const session = await sluice.requestSession({ capture: false })
    const answer = await sluice.submit(session, CARDS.approved)

    const payment = await sluice.payment(answer.body.id)

    assert.equal(payment.status, 'Authorized')
    assert.equal(payment.balances.available_to_capture, 1000)
    assert.ok(payment._links.capture && payment._links.void && !payment._links.refund)
  })

  await t.test('a partial approval that was asked for shows both amounts', async () => {
    const session = await sluice.requestSession({ partial_authorization: { enabled: true } })

    const answer = await sluice.submit(session, CARDS.partial)

    assert.equal(answer.status, 201, answer.text)
    assert.equal(answer.body.amount_requested, 1000)
    assert.ok(answer.body.amount < 1000)
  })

  await t.test('what submit overrides counts for this attempt only', async () => {
    const session = await sluice.requestSession()
    const declined = await sluice.submit(session, CARDS.declined, { reference: 'ONCE', capture: false })
    const approved = await sluice.submit(session, CARDS.approved)

    assert.equal((await sluice.payment(declined.body.id)).reference, 'ONCE')
    assert.match((await sluice.payment(declined.body.id)).warnings[0], /capture/)
    assert.equal((await sluice.payment(approved.body.id)).reference, 'ORD-123A')
  })
})

test('an expired session takes no payment, and says so before it looks at the card', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const session_data = await sluice.seal(session, CARDS.approved)

  await sluice.advance('61 minutes')
  const refused = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
  const garbage = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data: 'garbage' })

  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['payment_session_expired']])
  assert.deepEqual(garbage.body.error_codes, ['payment_session_expired'])
  assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Expired')
  await sluice.assertSound()
})

test('a submit that races the expiry is either charged or expired, never both', async (t) => {
  const sluice = await startSluice(t)
  // All expire within half a second, one well before and one well after: both outcomes are seen on a slow machine too.
  const expiries = [-60_000, ...Array.from({ length: 38 }, (_, at) => (at - 10) * 15), 60_000]
  const middle = Date.now() + 3_600_000

  const sessions = await Promise.all(
    expiries.map((ms) => sluice.requestSession({ expires_on: new Date(middle + ms).toISOString(), capture: false })),
  )
  const sealed = await Promise.all(sessions.map((session) => sluice.seal(session, CARDS.approved)))
  await sluice.advance(`${middle - Date.now()} milliseconds`)
  const answers = await Promise.all(
    sessions.map(({ id }, at) => sluice.post(`/payment-sessions/${id}/submit`, { session_data: sealed[at] })),
  )

  for (const [at, answer] of answers.entries()) {
    const { body } = await sluice.get(`/payment-sessions/${sessions[at]?.id}`)
    if (answer.status === 201) assert.equal(body.status, 'Approved')
    else assert.deepEqual([answer.body.error_codes, body.status], [['payment_session_expired'], 'Expired'])
  }
  assert.deepEqual([answers.at(0)?.status, answers.at(-1)?.status], [422, 201])
  const charged = (await sluice.ledger(SANDBOX_ENTITY)).filter((entry) => entry.kind === 'authorization')
  assert.equal(charged.length, answers.filter(({ status }) => status === 201).length)
  await sluice.assertSound()
})

test('scheduled captures wait for their time, on the merchant’s clock', async (t) => {
  const sluice = await startSluice(t)
  const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString()
  const session = await sluice.requestSession({ capture_on: inTwoDays, expires_on: inTwoDays })
  const answer = await sluice.submit(session, CARDS.approved)

  const before = await sluice.payment(answer.body.id)
  await sluice.advance('49 hours')
  const after = await eventually(async () => {
    const payment = await sluice.payment(answer.body.id)
    return payment.status === 'Captured' && payment
  })

  assert.equal(before.status, 'Authorized')
  assert.equal(before.capture_on, inTwoDays)
  assert.equal(after.balances.total_captured, 1000)
  await sluice.assertSound()
})
