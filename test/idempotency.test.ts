/** Idempotency keys: done once, answered with the same bytes for a day. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from './support/cards.ts'
import { SESSION_BODY, startSluice } from './support/sluice.ts'

test('idempotency keys', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const withKey = (key: string) => ({ 'cko-idempotency-key': key })

  await t.test('a repeated create is answered with the same bytes, and makes one session', async () => {
    const first = await sluice.post('/payment-sessions', SESSION_BODY, withKey('create-1'))
    const again = await sluice.post('/payment-sessions', SESSION_BODY, withKey('create-1'))

    assert.equal(first.status, 201)
    assert.equal(again.status, 201)
    assert.equal(again.text, first.text)
    assert.equal(first.headers.get('idempotent-replayed'), null)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.notEqual(again.headers.get('cko-request-id'), first.headers.get('cko-request-id'))
  })

  await t.test('without a key every create is a session of its own', async () => {
    const [one, two] = [await sluice.requestSession(), await sluice.requestSession()]
    assert.notEqual(one.id, two.id)
  })

  await t.test('a key that comes with another request is refused', async () => {
    await sluice.post('/payment-sessions', SESSION_BODY, withKey('reused'))
    const other = await sluice.post('/payment-sessions', { ...SESSION_BODY, amount: 1 }, withKey('reused'))

    assert.deepEqual([other.status, other.body.error_codes], [422, ['idempotency_key_reused']])
  })

  await t.test('only a success is kept: a refused request may be mended under its key', async () => {
    const wrong = await sluice.post('/payment-sessions', { ...SESSION_BODY, amount: -1 }, withKey('mended'))
    const right = await sluice.post('/payment-sessions', SESSION_BODY, withKey('mended'))

    assert.equal(wrong.status, 422)
    assert.equal(right.status, 201)
  })

  await t.test('many at once under one key make one session', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sluice.post('/payment-sessions', SESSION_BODY, withKey('at-once'))),
    )

    assert.equal(new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text)).size, 1)
    for (const { status, body } of answers.filter(({ status }) => status !== 201)) {
      assert.deepEqual([status, body.error_type], [429, 'duplicate_requests_detected'])
    }
  })

  await t.test('a key is good for one endpoint and one merchant', async () => {
    const session = await sluice.requestSession()
    const session_data = await sluice.seal(session, CARDS.approved)
    const { body: world } = await sluice.post('/sandbox/worlds', {})

    const create = await sluice.post('/payment-sessions', SESSION_BODY, withKey('shared'))
    const submit = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data }, withKey('shared'))
    const other = await sluice.post('/payment-sessions', SESSION_BODY, {
      ...withKey('shared'),
      authorization: `Bearer ${world.secret_key}`,
    })

    assert.deepEqual([create.status, submit.status, other.status], [201, 201, 201])
    assert.notEqual(other.body.id, create.body.id)
  })

  await t.test('a submit is safe under a key as without one', async () => {
    const session = await sluice.requestSession()
    const session_data = await sluice.seal(session, CARDS.approved)
    const submit = () => sluice.post(`/payment-sessions/${session.id}/submit`, { session_data }, withKey('submit'))

    const [first, again] = [await submit(), await submit()]

    assert.equal(first.status, 201)
    assert.equal(again.text, first.text)
  })

  await t.test('a key of impossible characters or length is refused', async () => {
    const long = await sluice.post('/payment-sessions', SESSION_BODY, withKey('k'.repeat(256)))
    const spaced = await sluice.post('/payment-sessions', SESSION_BODY, withKey('two words'))

    assert.deepEqual([long.status, long.body.error_codes], [422, ['idempotency_key_invalid']])
    assert.deepEqual([spaced.status, spaced.body.error_codes], [422, ['idempotency_key_invalid']])
  })
})
