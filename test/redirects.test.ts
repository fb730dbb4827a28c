/** Attempts that send the shopper away: to a challenge or a bank's page, and back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionData } from '@sluice/sealing/make'
import { CARDS } from './support/cards.ts'
import { client, eventually, type Json, type Session, startSluice } from './support/sluice.ts'

test('a shopper who is sent away', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  t.afterEach(() => sluice.assertSound())

  /** Presses a button of the simulator's page, and follows it back to us and on to the shop. */
  async function press(pageUrl: string, choice: 'approve' | 'fail' | 'cancel' | 'later'): Promise<URL> {
    const page = await fetch(pageUrl)
    assert.equal(page.status, 200)
    const pressed = await fetch(pageUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ choice }),
    })
    assert.equal(pressed.status, 303)
    const back = await fetch(pressed.headers.get('location') as string, { redirect: 'manual' })
    assert.equal(back.status, 303)
    return new URL(back.headers.get('location') as string)
  }

  /** What merchants are told of a payment, in order. */
  async function eventsOf(id: string): Promise<Json[]> {
    const { body } = await sluice.get(`/workflows/events/subject/${id}`)
    const ids: string[] = (body?.data ?? []).map((event: Json) => event.id)
    return await Promise.all(ids.map(async (event) => (await sluice.get(`/workflows/events/${event}`)).body))
  }

  async function challenge(members: Record<string, unknown> = {}) {
    const session = await sluice.requestSession({ '3ds': { enabled: true }, ...members })
    const answer = await sluice.submit(session, CARDS.approved)
    assert.equal(answer.status, 202, answer.text)
    assert.equal(answer.body.status, 'Action Required')
    assert.equal(answer.body.action.type, 'redirect')
    return { session, answer, url: answer.body.action.url as string, paymentId: answer.body.id as string }
  }

  async function beginIdeal() {
    const session = await sluice.requestSession({
      currency: 'EUR',
      reference: 'ORD1',
      billing: { address: { country: 'NL' } },
    })
    const session_data = await makeSessionData({
      framesUrl: sluice.urls.frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      method: 'ideal',
    })
    return { session, answer: await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data }) }
  }

  const statusOf = async (session: Session) => (await sluice.get(`/payment-sessions/${session.id}`)).body.status

  await t.test('approves, and comes back to success_url with three parameters', async () => {
    const { session, url, paymentId } = await challenge({ success_url: 'https://shop.example/ok?order=7#thanks' })
    assert.equal(await statusOf(session), 'Action Required')

    const landing = await press(url, 'approve')

    assert.equal(landing.origin + landing.pathname + landing.hash, 'https://shop.example/ok#thanks')
    assert.deepEqual(
      [...landing.searchParams.keys()],
      ['order', 'cko-payment-session-id', 'cko-session-id', 'cko-payment-id'],
    )
    assert.equal(landing.searchParams.get('cko-payment-session-id'), session.id)
    assert.equal(landing.searchParams.get('cko-payment-id'), paymentId)
    assert.equal(await statusOf(session), 'Approved')
    const bySid = await sluice.payment(landing.searchParams.get('cko-session-id') as string)
    assert.equal(bySid.id, paymentId)
    assert.equal(bySid.approved, true)
    assert.equal(bySid.actions.at(-1).type, 'Authorization')
    assert.equal((await sluice.payment(session.id)).id, paymentId)
  })

  await t.test('fails, comes back to failure_url, and may try again', async () => {
    const { session, url } = await challenge()

    const landing = await press(url, 'fail')

    assert.equal(landing.pathname, '/failure')
    assert.equal(await statusOf(session), 'Pending')
    assert.equal((await sluice.submit(session, CARDS.approved, { '3ds': { enabled: false } })).body.status, 'Approved')
  })

  await t.test('the answer of an attempt that waits is repeated as it was, also after it was approved', async () => {
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const body = { session_data: await sluice.seal(session, CARDS.approved) }
    const path = `/payment-sessions/${session.id}/submit`
    const first = await sluice.post(path, body)
    await press(first.body.action.url, 'approve')

    const again = await sluice.post(path, body)

    assert.equal(again.status, 202)
    assert.equal(again.text, first.text)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
  })

  await t.test('coming back twice changes nothing', async () => {
    const { url, paymentId } = await challenge({ capture: false })
    await press(url, 'approve')
    const before = await sluice.payment(paymentId)

    const reloaded = await fetch(url)

    assert.ok(reloaded.status === 200 || reloaded.status === 410, String(reloaded.status))
    assert.deepEqual(await sluice.payment(paymentId), before)
  })

  await t.test('a shopper who went back pays another way: the first attempt is cancelled', async () => {
    const { session, paymentId, url } = await challenge()

    const second = await sluice.submit(session, CARDS.approved, { '3ds': { enabled: false } })

    assert.equal(second.body.status, 'Approved', second.text)
    assert.equal((await sluice.payment(paymentId)).status, 'Canceled')
    const late = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ choice: 'approve' }),
    })
    assert.ok(late.status < 500)
    assert.equal((await sluice.payment(paymentId)).status, 'Canceled')
  })

  await t.test('an attempt that cannot be cancelled keeps the next one from beginning', async () => {
    const { session } = await challenge({ metadata: { sluice_simulator: 'refuse_cancel' } })

    const second = await sluice.submit(session, CARDS.approved)

    assert.equal(second.status, 422)
    assert.deepEqual(second.body.error_codes, ['payment_session_attempt_pending'])
    assert.ok(Number(second.headers.get('retry-after')) > 0)
  })

  await t.test('a channel may go on all the same: a late loser is given back', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', {
      channel: { settings: { processor: 'simulator', authentication: 'integrated', on_abandoned: 'allow' } },
    })
    const merchant = client(sluice.urls, world.secret_key)
    const session = await merchant.requestSession({
      '3ds': { enabled: true },
      metadata: { sluice_simulator: 'refuse_cancel' },
    })
    const first = await merchant.submit(session, CARDS.approved)

    const second = await merchant.submit(session, CARDS.approved, { '3ds': { enabled: false }, capture: false })
    assert.equal(second.body.status, 'Approved', second.text)
    await press(first.body.action.url, 'approve')

    const held = await eventually(async () => {
      const ledger = await merchant.ledger(world.entity_id)
      return ledger.some(({ kind }) => kind === 'reversal') && ledger
    })
    assert.deepEqual(
      held.map(({ of, kind }) => [of, kind]),
      [
        [second.body.id, 'authorization'],
        [first.body.id, 'authorization'],
        [first.body.id, 'reversal'],
      ],
    )
    await eventually(async () => (await merchant.get(`/payments/${first.body.id}/actions`)).body.length > 0)
    assert.equal((await merchant.payment(first.body.id)).status, 'Canceled')
  })

  await t.test('a superseded attempt counts against no limit', async () => {
    const { session } = await challenge({ customer_retry: { max_attempts: 0 } })

    const second = await sluice.submit(session, CARDS.approved, { '3ds': { enabled: false } })

    assert.equal(second.body.status, 'Approved', second.text)
  })

  await t.test('iDEAL goes to the bank’s page', async () => {
    const { session, answer } = await beginIdeal()
    assert.equal(answer.status, 202, answer.text)
    assert.equal(answer.body.type, 'ideal')

    const landing = await press(answer.body.action.url, 'approve')

    assert.equal(landing.pathname, '/success')
    assert.equal(await statusOf(session), 'Approved')
    const told = await eventually(async () => {
      const events = await eventsOf(answer.body.id)
      return events.at(-1)?.type === 'payment_captured' && events
    })
    assert.deepEqual(
      told.map(({ type }) => type),
      ['payment_pending', 'payment_capture_pending', 'payment_captured'],
    )
    assert.equal(told[1]?.data.action_id, told[2]?.data.action_id)
  })

  await t.test('one who comes back from the bank without an outcome is told of as pending once', async () => {
    const { answer } = await beginIdeal()
    const { body } = answer

    await press(body.action.url, 'later')
    const waiting = await eventually(async () => {
      const events = await eventsOf(body.id)
      return events.length > 0 && events
    })
    assert.deepEqual(
      waiting.map(({ type }) => type),
      ['payment_pending'],
    )

    const decided = await sluice.post(`/sandbox/payments/${body.id}/decisions`, { choice: 'approve' })
    assert.equal(decided.status, 200, decided.text)
    const told = await eventually(async () => {
      const events = await eventsOf(body.id)
      return events.at(-1)?.type === 'payment_captured' && events
    })
    assert.deepEqual(
      told.map(({ type }) => type),
      ['payment_pending', 'payment_capture_pending', 'payment_captured'],
    )
  })

  await t.test('a slip in the words for the simulated bank is shown in the warnings of the payment', async () => {
    for (const [words, warning] of [
      ['nonsense', /"nonsense" is unknown; the nearest word is \w+/],
      ['timout', /"timout" is unknown; the nearest word is timeout\./],
      ['capture.code:2005', /"capture.code:2005" has no value that code takes/],
      ['captures.code:20005', /"captures.code:20005" names no step; the nearest is capture\./],
      ['challenge:aprove', /"challenge:aprove" has no value that challenge takes/],
    ] as const) {
      const session = await sluice.requestSession({ metadata: { sluice_simulator: words } })
      const answer = await sluice.submit(session, CARDS.approved)
      assert.equal(answer.body.response_code, '20006', words)
      const { warnings } = await sluice.payment(answer.body.id)
      assert.equal(warnings?.length, 1, words)
      assert.match(warnings[0], warning)
    }
    const good = await sluice.requestSession({ metadata: { sluice_simulator: 'notify:2, capture.slow:10' } })
    const { body } = await sluice.submit(good, CARDS.approved)
    assert.deepEqual([body.status, (await sluice.payment(body.id)).warnings], ['Approved', undefined])
  })

  await t.test('BenefitPay takes each reference once', async () => {
    const submit = async () => {
      const session = await sluice.requestSession({
        currency: 'BHD',
        reference: 'BENEFIT1',
        billing: { address: { country: 'BH' } },
      })
      const session_data = await makeSessionData({
        framesUrl: sluice.urls.frames,
        sessionId: session.id,
        secret: session.payment_session_secret,
        method: 'benefit',
      })
      return await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
    }

    const [first, second] = [await submit(), await submit()]

    assert.equal(first.status, 202, first.text)
    assert.deepEqual([second.status, second.body.error_codes], [422, ['reference_invalid']])
  })

  await t.test('a return URL nobody made leads nowhere', async () => {
    const answer = await sluice.get('/returns/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
    assert.equal(answer.status, 404)
  })

  await t.test('a challenge that is not answered in 15 minutes is declined 20152', async () => {
    const { session, paymentId } = await challenge()

    await sluice.advance('16 minutes')
    const payment = await eventually(async () => {
      const now = await sluice.payment(paymentId)
      return now.status !== 'Pending' && now
    })

    assert.equal(payment.status, 'Declined')
    assert.equal(payment.response_code, '20152')
    assert.equal(await statusOf(session), 'Pending')
    const told = await eventually(async () => {
      const events = await eventsOf(paymentId)
      return events.length === 2 && events
    })
    assert.deepEqual(
      told.map(({ type, data }) => [type, data.response_code, data.action_id]),
      ['payment_authentication_failed', 'payment_declined'].map((type) => [type, '20152', told[0]?.data.action_id]),
    )
  })

  await t.test('a challenge may be answered after the session has expired', async () => {
    const soon = new Date(Date.now() + 16 * 60_000 + 120_000).toISOString()
    const { session, url } = await challenge({ expires_on: soon })
    await sluice.advance('5 minutes')
    assert.equal((await sluice.submit(session, CARDS.approved)).body?.error_codes?.[0], 'payment_session_expired')

    const landing = await press(url, 'approve')

    assert.equal(landing.pathname, '/success')
    assert.equal(await statusOf(session), 'Approved')
  })

  await t.test('a bank’s page that was left expires, and the event names what it was', async () => {
    const { answer } = await beginIdeal()
    const { body } = answer
    await sluice.advance('2 hours')
    const told = await eventually(async () => {
      const events = await eventsOf(body.id)
      return events.at(-1)?.type === 'payment_expired' && events
    })
    const [action] = (await sluice.get(`/payments/${body.id}/actions`)).body
    assert.deepEqual([action.approved, action.response_code], [false, '20019'])
    assert.deepEqual([told.at(-1)?.data.action_id, told.at(-1)?.data.response_code], [action.id, '20019'])
  })
})
