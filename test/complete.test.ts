/** Session and payment in one call. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionlessData } from '@sluice/sealing/make'
import { CARDS } from './support/cards.ts'
import { SANDBOX_ENTITY, SESSION_BODY, startSluice } from './support/sluice.ts'

test('complete', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  const seal = (card: (typeof CARDS)[keyof typeof CARDS] = CARDS.approved, shown = { amount: 1000, currency: 'GBP' }) =>
    makeSessionlessData({ framesUrl: sluice.urls.frames, entityId: SANDBOX_ENTITY, card, ...shown })

  await t.test('makes a session and pays it', async () => {
    const answer = await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, session_data: await seal() })

    assert.equal(answer.status, 201, answer.text)
    assert.equal(answer.body.status, 'Approved')
    const session = await sluice.get(`/payment-sessions/${answer.body.payment_session_id}`)
    assert.equal(session.body.status, 'Approved')
    assert.equal(session.body.payment_session_secret, answer.body.payment_session_secret)
    assert.equal(session.body.payment_id, answer.body.id)
  })

  await t.test('twenty at once make one session and one payment', async () => {
    const before = (await sluice.ledger()).filter(({ kind }) => kind === 'authorization').length
    const body = { ...SESSION_BODY, session_data: await seal() }

    const answers = await Promise.all(Array.from({ length: 20 }, () => sluice.post('/payment-sessions/complete', body)))

    const approved = answers.filter(({ status }) => status === 201)
    assert.equal(new Set(approved.map(({ text }) => text)).size, 1)
    assert.ok(answers.every(({ status }) => status === 201 || status === 429))
    const after = (await sluice.ledger()).filter(({ kind }) => kind === 'authorization').length
    assert.equal(after, before + 1)
  })

  await t.test('a repeat gets the same bytes', async () => {
    const body = { ...SESSION_BODY, session_data: await seal(CARDS.declined) }

    const first = await sluice.post('/payment-sessions/complete', body)
    const again = await sluice.post('/payment-sessions/complete', body)

    assert.equal(first.body.status, 'Declined')
    assert.equal(again.text, first.text)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
  })

  await t.test('the same session_data with another body is refused', async () => {
    const session_data = await seal(CARDS.approved)
    assert.equal((await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, session_data })).status, 201)

    const other = await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, reference: 'B', session_data })

    assert.deepEqual([other.status, other.body.error_codes], [422, ['session_data_invalid']])
  })

  await t.test('a declined one leaves a session that can be tried again', async () => {
    const declined = await sluice.post('/payment-sessions/complete', {
      ...SESSION_BODY,
      session_data: await seal(CARDS.declined),
    })
    const session = {
      id: declined.body.payment_session_id,
      payment_session_secret: declined.body.payment_session_secret,
    }

    const second = await sluice.submit(session, CARDS.approved)

    assert.equal(second.body.status, 'Approved', second.text)
  })

  await t.test('a card in the clear is refused, and kept nowhere', async () => {
    const { number, expiry_month, expiry_year, cvv } = CARDS.approved
    const refused = await sluice.post('/payment-sessions/complete', {
      ...SESSION_BODY,
      payment_method: { type: 'card', number, expiry_month, expiry_year, cvv },
    })

    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['session_data_required']])
  })

  await t.test('asks for the shopper where the bank does', async () => {
    const answer = await sluice.post('/payment-sessions/complete', {
      ...SESSION_BODY,
      '3ds': { enabled: true },
      session_data: await seal(),
    })

    assert.equal(answer.status, 202)
    assert.equal(answer.body.action.type, 'redirect')
    assert.ok(answer.body.payment_session_id && answer.body.payment_session_secret)
  })
})
