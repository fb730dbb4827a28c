/** Holds: a test stops one thing at one seam and lets it go, so that a race has exactly the order it wants. No sleeping. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHolds } from '@sluice/server/operations/holds'
import { CARDS } from './support/cards.ts'
import { openReceiver } from './support/receiver.ts'
import { type Answer, client, eventually, type Json, PUBLIC_KEY, type Sluice, startSluice } from './support/sluice.ts'

async function hold(sluice: Pick<Sluice, 'post'>, at: string, match?: Json): Promise<Json> {
  const made = await sluice.post('/sandbox/holds', { at, ...(match && { match }) })
  assert.deepEqual([made.status, made.body.held, made.body.state], [201, false, 'waiting'], made.text)
  return made.body
}

/** Answers as soon as the hold has its subject. */
async function untilHeld(sluice: Pick<Sluice, 'get'>, { id }: Json): Promise<Json> {
  const { body } = await sluice.get(`/sandbox/holds/${id}?wait=PT10S`)
  assert.equal(body.state, 'holding', JSON.stringify(body))
  return body
}

const release = async (sluice: Pick<Sluice, 'post'>, { id }: Json) => {
  const { status, body } = await sluice.post(`/sandbox/holds/${id}/release`)
  assert.deepEqual([status, body.held, body.state, body.released], [200, false, 'released', 'asked'])
}

/** Whether an answer has come, without waiting for it. */
function watched(answer: Promise<Answer>) {
  const watch = { answer, there: false }
  answer.then(() => (watch.there = true)).catch(() => undefined)
  return watch
}

test('races in the order a test wants', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  t.afterEach(() => sluice.assertSound())

  await t.test('the webhook arrives before the answer of the submit', async () => {
    const receiver = await openReceiver(t)
    await sluice.post('/workflows', {
      name: 'Shop',
      conditions: [{ type: 'event', events: { gateway: ['payment_approved'] } }],
      actions: [{ type: 'webhook', url: receiver.url }],
    })
    const session = await sluice.requestSession()
    const held = await hold(sluice, 'attempt.settled', { session_id: session.id })

    const submit = watched(sluice.submit(session, CARDS.approved))
    const { subject } = await untilHeld(sluice, held)
    await eventually(async () => receiver.of(subject).length > 0)
    assert.equal(submit.there, false, 'nobody has been answered')
    await release(sluice, held)

    const { status, body } = await submit.answer
    assert.deepEqual([status, body.status, body.id], [201, 'Approved', subject])
  })

  await t.test('the cart is changed while its shopper comes back from the challenge', async () => {
    // The bank itself asks its shoppers: its page is one that a test can press without a browser.
    const settings = { authentication: 'integrated' }
    const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings } })
    const shop = client(sluice.urls, world.secret_key)
    const session = await shop.requestSession({ '3ds': { enabled: true } })
    const change = () => shop.call('PATCH', `/payment-sessions/${session.id}`, { amount: 2500 })
    const { body: asked } = await shop.submit(session, CARDS.approved)
    assert.equal(asked.status, 'Action Required')
    const held = await hold(shop, 'payer.returned', { payment_id: asked.id })

    const duringTheChallenge = await change()
    assert.deepEqual(duringTheChallenge.body.error_codes, ['payment_session_attempt_pending'])
    const back = await pressedAtTheBank(asked.action.url)
    const returning = fetch(back, { redirect: 'manual' })
    assert.equal((await untilHeld(shop, held)).subject, asked.id)
    const onTheWayBack = await change()
    assert.deepEqual(onTheWayBack.body.error_codes, ['payment_session_attempt_pending'])
    await release(shop, held)

    assert.equal((await returning).status, 303)
    const paid = await eventually(async () => {
      const payment = await shop.payment(asked.id)
      return payment.status === 'Captured' && payment
    })
    assert.equal(paid.amount, 1000, 'what the shopper agreed to')
    assert.deepEqual((await change()).body.error_codes, ['payment_session_already_completed'])
  })

  await t.test('the cart is changed while the bank is being asked', async () => {
    const session = await sluice.requestSession()
    const held = await hold(sluice, 'processor.sent', { session_id: session.id })
    const submit = watched(sluice.submit(session, CARDS.approved))
    await untilHeld(sluice, held)
    const change = await sluice.call('PATCH', `/payment-sessions/${session.id}`, { amount: 2500 })
    assert.deepEqual([change.status, change.body.error_codes], [429, ['session_already_in_use']])
    await release(sluice, held)
    assert.equal((await submit.answer).body.status, 'Approved')
  })

  await t.test('the so-manieth that comes to a seam is held by its number', async () => {
    const session = await sluice.requestSession()
    const held = await hold(sluice, 'submit.claimed', { session_id: session.id, nth: 2 })
    const { body } = await sluice.submit(session, CARDS.approved)
    assert.equal(body.status, 'Approved', 'the first passes')
    await eventually(async () => (await sluice.payment(body.id)).status === 'Captured')
    const refund = watched(sluice.post(`/payments/${body.id}/refunds`, {}))
    const { subject } = await untilHeld(sluice, held)
    assert.equal(subject, body.id)
    assert.equal(refund.there, false)
    await release(sluice, held)
    assert.equal((await refund.answer).status, 202)
    await eventually(async () => (await sluice.payment(body.id)).status === 'Refunded')
  })
})

test('a hold is one merchant’s: of others it stops and shows nothing', async (t) => {
  const sluice = await startSluice(t)
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const other = client(sluice.urls, world.secret_key)

  const theirs = await hold(other, 'submit.claimed')
  const session = await sluice.requestSession()
  const { body: paid } = await sluice.submit(session, CARDS.approved)
  assert.equal(paid.status, 'Approved', 'a hold of another merchant stops nobody')

  for (const path of [`/sandbox/holds/${theirs.id}`, `/sandbox/holds/${theirs.id}/release`]) {
    const answer = path.endsWith('release') ? await sluice.post(path) : await sluice.get(path)
    assert.equal(answer.status, 404)
  }
  assert.equal((await sluice.call('DELETE', `/sandbox/holds/${theirs.id}`)).status, 404)
  assert.deepEqual((await sluice.get('/sandbox/holds')).body, { data: [] })
  assert.deepEqual(
    (await other.get('/sandbox/holds')).body.data.map(({ id }: Json) => id),
    [theirs.id],
  )
  const named = await other.post('/sandbox/holds', { at: 'event.committed', match: { payment_id: paid.id } })
  assert.deepEqual([named.status, named.body.error_codes], [422, ['match_payment_id_invalid']])
  const asBrowser = { authorization: `Bearer ${PUBLIC_KEY}` }
  assert.equal((await sluice.post('/sandbox/holds', { at: 'submit.claimed' }, asBrowser)).status, 401)
})

test('of two that match one hold at the same moment it stops one, and of two holds on one payment each stops it', async (t) => {
  const sluice = await startSluice(t)
  const held = await hold(sluice, 'submit.claimed')
  const sessions = await Promise.all([sluice.requestSession(), sluice.requestSession()])
  const submits = sessions.map((session) => watched(sluice.submit(session, CARDS.approved)))
  const { subject } = await untilHeld(sluice, held)
  const passed = await Promise.race(submits.map(({ answer }) => answer))
  assert.equal(passed.body.status, 'Approved')
  assert.notEqual(passed.body.id, subject)
  await release(sluice, held)
  await release(sluice, held)
  for (const { answer } of submits) assert.equal((await answer).body.status, 'Approved')

  const session = await sluice.requestSession()
  const match = { session_id: session.id }
  const [first, second] = [await hold(sluice, 'submit.claimed', match), await hold(sluice, 'submit.claimed', match)]
  const submit = watched(sluice.submit(session, CARDS.approved))
  await untilHeld(sluice, first)
  await release(sluice, first)
  await untilHeld(sluice, second)
  assert.equal(submit.there, false)
  assert.equal((await sluice.call('DELETE', `/sandbox/holds/${second.id}`)).status, 204)
  assert.equal((await submit.answer).body.status, 'Approved')
  await sluice.assertSound()
})

test('a hold that is released or deleted before anybody came stops nobody', async (t) => {
  const sluice = await startSluice(t)
  const [released, deleted] = [await hold(sluice, 'submit.claimed'), await hold(sluice, 'submit.claimed')]
  assert.equal((await sluice.get(`/sandbox/holds/${released.id}?wait=PT0.05S`)).body.state, 'waiting')
  await release(sluice, released)
  await release(sluice, released)
  assert.equal((await sluice.call('DELETE', `/sandbox/holds/${deleted.id}`)).status, 204)
  assert.equal((await sluice.get(`/sandbox/holds/${deleted.id}`)).status, 404)
  const { body } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  assert.equal(body.status, 'Approved')
  assert.equal((await sluice.get(`/sandbox/holds/${released.id}`)).body.subject, undefined)
})

test('what a hold may not be is refused, and there are only so many', async (t) => {
  const sluice = await startSluice(t)
  const refused: [body: Json, code: string][] = [
    [{}, 'at_required'],
    [{ at: 'somewhere' }, 'at_invalid'],
    [{ at: 'submit.claimed', match: { payment_id: 'pay_1' } }, 'match_payment_id_invalid'],
    [{ at: 'submit.claimed', match: { payment_id: `pay_${'a'.repeat(26)}` } }, 'match_payment_id_invalid'],
    [{ at: 'submit.claimed', match: { session_id: `ps_${'a'.repeat(26)}` } }, 'match_session_id_invalid'],
    [{ at: 'submit.claimed', match: { nth: 0 } }, 'match_nth_invalid'],
    [{ at: 'submit.claimed', match: { nth: 1e9 } }, 'match_nth_invalid'],
    [{ at: 'submit.claimed', match: null }, 'match_invalid'],
    [{ at: 'submit.claimed', match: [] }, 'match_invalid'],
    // A slip of the pen would stop whoever comes first.
    [{ at: 'submit.claimed', match: { paymentId: 'pay_x' } }, 'match_invalid'],
    [{ at: '__proto__' }, 'at_invalid'],
    [{ at: ['submit.claimed'] }, 'at_invalid'],
  ]
  for (const [body, code] of refused) {
    const answer = await sluice.post('/sandbox/holds', body)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, [code]], JSON.stringify(body))
  }
  const first = await hold(sluice, 'submit.claimed')
  for (const wait of ['soon', 'PT11S', '-PT1S']) {
    const answer = await sluice.get(`/sandbox/holds/${first.id}?wait=${wait}`)
    assert.deepEqual(answer.body.error_codes, ['wait_invalid'])
  }
  for (let made = 1; made < 50; made++) await hold(sluice, 'submit.claimed')
  const tooMany = await sluice.post('/sandbox/holds', { at: 'submit.claimed' })
  assert.deepEqual(tooMany.body.error_codes, ['hold_limit_exceeded'])
  await release(sluice, first)
  await hold(sluice, 'submit.claimed')
  assert.equal((await sluice.get(`/sandbox/holds/${first.id}`)).status, 404, 'a spent one made room')
})

test('a server that is asked to stop lets go of what it holds, and answers', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const held = await hold(sluice, 'attempt.settled', { session_id: session.id })
  const submit = sluice.submit(session, CARDS.approved)
  await untilHeld(sluice, held)
  sluice.ctx.holds?.close()
  assert.equal((await submit).body.status, 'Approved')
  assert.equal((await sluice.get(`/sandbox/holds/${held.id}`)).body.released, 'stopped')
})

test('nothing is held for longer than a minute of real time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sessionId = '01900000-0000-7000-8000-000000000000'
  const query = async () => ({ rows: [{ paymentId: null, sessionId }] })
  const holds = openHolds(() => ({ store: { db: { query } }, now: () => 0 }) as never)
  const made = await holds.create(1, { at: 'submit.claimed', match: { nth: 1 } })
  const looked = holds.read(1, made.id, 70_000)
  const stopped = holds.stop('submit.claimed', `ps_${'a'.repeat(26)}`)
  assert.equal((await looked)?.state, 'holding')
  t.mock.timers.tick(59_999)
  assert.equal(made.state, 'holding')
  t.mock.timers.tick(1)
  await stopped
  assert.deepEqual([made.state, made.released], ['released', 'time'])
})

/** Presses Approve on the page of the bank; where the bank then sends the browser. */
async function pressedAtTheBank(url: string): Promise<string> {
  const page = await fetch(url)
  const bank = (await page.text()).match(/https?:\/\/[^"'\s]+\/pay\/[\w-]+/)?.[0] ?? url
  const pressed = await fetch(bank, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ choice: 'approve' }),
  })
  return pressed.headers.get('location') as string
}
