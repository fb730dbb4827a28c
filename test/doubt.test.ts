/** Doubt, lateness and crossed paths: what must not happen when a thing goes wrong at the worst moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import type { Exchange } from '@sluice/server/processors/exchange'
import { ProcessorError } from '@sluice/server/processors/processor'
import { CARDS } from './support/cards.ts'
import { client, eventually, type Json, SESSION_BODY, type Sluice, startSluice } from './support/sluice.ts'

const withoutChallenge = { '3ds': { enabled: false } }
const withChallenge = { '3ds': { enabled: true } }

/** A merchant of its own whose channel is set up like this. */
async function world(sluice: Sluice, settings: object = {}) {
  const { body } = await sluice.post('/sandbox/worlds', {
    channel: { settings: { processor: 'simulator', authentication: 'integrated', ...settings } },
  })
  return { ...client(sluice.urls, body.secret_key), entity: body.entity_id as string }
}

/** Presses a button of the bank's page; answers where the browser is sent. */
async function press(page: string, choice = 'approve'): Promise<string> {
  const answer = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice }) })
  return answer.headers.get('location') as string
}

async function paymentRow(sluice: Sluice, id: string): Promise<Json> {
  const { rows } = await sluice.ctx.store.db.query({
    name: 'look_at_payment',
    text: 'select * from payments where id = $1',
    values: [uuidOf('payment', id)],
  })
  return rows[0]
}

/** What the bank's answers become on their way to us. */
function tamper(sluice: Sluice, change: (reply: Awaited<ReturnType<Exchange>>, url: string) => unknown) {
  const ctx = sluice.ctx as { exchange: Exchange }
  const real = ctx.exchange
  ctx.exchange = async (message, card, signal) => {
    const reply = await real(message, card, signal)
    return { ...reply, body: change(reply, message.url) }
  }
  return () => {
    ctx.exchange = real
  }
}

test('a request that wakes after its lease may not say that nothing was sent', async (t) => {
  const claimed = Promise.withResolvers<void>()
  const wake = Promise.withResolvers<void>()
  let first = true
  const sluice = await startSluice(t, {
    async seam(name) {
      if (name !== 'submit.claimed' || !first) return
      first = false
      claimed.resolve()
      await wake.promise
    },
  })
  const session = await sluice.requestSession({ capture: false })
  const body = { session_data: await sluice.seal(session, CARDS.approved) }
  const path = `/payment-sessions/${session.id}/submit`

  const stalled = sluice.post(path, body)
  await claimed.promise
  // The lease of real time passes while the first request stands still.
  await sluice.ctx.store.db.query({
    name: 'end_leases',
    text: `update payments set lease_until = now() - interval '1 second', ask_on = now() + interval '1 hour'`,
    values: [],
  })
  const repeat = await sluice.post(path, body)
  assert.equal(repeat.body.status, 'Approved')
  // Its deadline has passed when it wakes: its message surely never leaves.
  await new Promise((resolve) => setTimeout(resolve, 10_500))
  wake.resolve()

  assert.equal((await stalled).text, repeat.text)
  assert.equal((await sluice.post(path, body)).text, repeat.text)
  assert.equal((await sluice.ledger()).length, 1)
  await sluice.assertSound()
})

test('crossed paths', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  t.afterEach(() => sluice.assertSound())

  await t.test(
    'a changed repeat of spent details is refused before it disturbs the attempt they are spent on',
    async () => {
      const session = await sluice.requestSession(withChallenge)
      const session_data = await sluice.seal(session, CARDS.approved)
      const path = `/payment-sessions/${session.id}/submit`
      const { body } = await sluice.post(path, { session_data })

      const changed = await sluice.post(path, { session_data, reference: 'OTHER' })

      assert.deepEqual([changed.status, changed.body.error_codes], [422, ['session_data_invalid']])
      assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Action Required')
      await fetch(await press(body.action.url), { redirect: 'manual' })
      assert.equal((await sluice.payment(body.id)).approved, true)
    },
  )

  await t.test('what no database takes in a bank’s answer does not lose its approval', async () => {
    for (const note of ['\0', '\ud800']) {
      const restore = tamper(sluice, ({ body }) => ({ ...(body as object), note, ['\0']: note }))
      const answer = await sluice.submit(await sluice.requestSession({ capture: false }), CARDS.approved)
      restore()
      assert.equal(answer.body.status, 'Approved', answer.text)
    }
  })

  await t.test('more than was asked for is not an approval: a person looks at it', async () => {
    const restore = tamper(sluice, ({ body }, url) => {
      const answer = body as { outcome?: string; amount: number }
      return url.includes('/payments') && answer.outcome === 'approved'
        ? { ...answer, amount: answer.amount + 1 }
        : body
    })
    const answer = await sluice.submit(await sluice.requestSession({ capture: false }), CARDS.approved)
    restore()
    assert.deepEqual([answer.status, answer.body.status], [202, 'Pending'])
    assert.match((await paymentRow(sluice, answer.body.id)).review, /more than was asked/)
    await sluice.advance('1 minute')
    await eventually(async () => (await sluice.payment(answer.body.id)).approved)
  })

  await t.test('what waits at a bank that cannot be asked is left to a person, and never undone', async () => {
    for (const [processorClass, status] of [
      ['B', 'Authorized'],
      ['C', 'Pending'],
      ['D', 'Pending'],
    ]) {
      const merchant = await world(sluice, { class: processorClass })
      const session = await merchant.requestSession({
        capture: false,
        metadata: { sluice_simulator: 'pending:600:approved' },
      })
      const { body } = await merchant.submit(session, CARDS.approved)
      await sluice.advance('90 seconds', merchant.entity)
      await eventually(async () => (await paymentRow(sluice, body.id)).asked >= 1)
      assert.equal((await merchant.payment(body.id)).status, 'Pending')
      await sluice.advance('2 hours', merchant.entity)
      await eventually(async () => (await merchant.payment(body.id)).status === status)
    }
  })

  await t.test('only what can be asked about later may be abandoned', async () => {
    for (const processorClass of ['C', 'D']) {
      const merchant = await world(sluice, { class: processorClass, on_abandoned: 'allow' })
      const session = await merchant.requestSession({
        ...withChallenge,
        metadata: { sluice_simulator: 'refuse_cancel' },
      })
      await merchant.submit(session, CARDS.approved)
      const second = await merchant.submit(session, CARDS.approved, withoutChallenge)
      assert.deepEqual([second.status, second.body.error_codes], [422, ['payment_session_attempt_pending']])
    }
  })

  await t.test('coming back twice while late money is on its way back is as good as once', async () => {
    const merchant = await world(sluice, { on_abandoned: 'allow' })
    const session = await merchant.requestSession({
      ...withChallenge,
      metadata: { sluice_simulator: 'refuse_cancel reverse.http_500_before_booking' },
    })
    const first = await merchant.submit(session, CARDS.approved)
    await merchant.submit(session, CARDS.approved, { ...withoutChallenge, capture: false })
    const back = await press(first.body.action.url)

    const landings = [await fetch(back, { redirect: 'manual' }), await fetch(back, { redirect: 'manual' })]

    assert.deepEqual(
      landings.map(({ status }) => status),
      [303, 303],
    )
    const { rows } = await sluice.ctx.store.db.query<{ kind: string }>({
      name: 'look_at_reversals',
      text: `select kind from payment_actions where payment_id = $1 and state <> 'succeeded' order by kind`,
      values: [uuidOf('payment', first.body.id)],
    })
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['authorization', 'reversal'],
    )
  })

  await t.test('a shopper may change the way to pay, and not try out cards by it', async () => {
    const session = await sluice.requestSession({ ...withChallenge, customer_retry: { max_attempts: 0 } })
    let refused: Json
    for (let tries = 0; tries < 15 && !refused; tries++) {
      const answer = await sluice.submit(session, CARDS.approved)
      if (answer.status !== 202) refused = answer
    }
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['payment_session_attempts_exceeded']])
    const { rows } = await sluice.ctx.store.db.query<{ tries: number }>({
      name: 'count_tries',
      text: 'select count(*) as tries from payments where session_id = $1',
      values: [uuidOf('session', session.id)],
    })
    assert.equal(rows[0]?.tries, 10)
  })

  await t.test('the attempt of a session is the one it began last, whatever the clocks of two nodes say', async () => {
    const ctx = sluice.ctx as { now: () => number }
    const real = ctx.now
    const session = await sluice.requestSession(withChallenge)
    ctx.now = () => real() + 20_000
    assert.equal((await sluice.submit(session, CARDS.declined, withoutChallenge)).body.status, 'Declined')
    ctx.now = real
    const waiting = await sluice.submit(session, CARDS.approved)

    assert.equal((await sluice.payment(session.id)).id, waiting.body.id)
    const other = await sluice.submit(session, CARDS.approved, withoutChallenge)
    assert.equal(other.body.status, 'Approved', other.text)
  })

  await t.test('a payment stays with the processor it was sent to, whatever its channel is set to since', async () => {
    const merchant = await world(sluice, { class: 'D' })
    const session = await merchant.requestSession({
      capture: false,
      metadata: { sluice_simulator: 'drop_after_booking' },
    })
    const { body } = await merchant.submit(session, CARDS.approved)
    await sluice.ctx.store.db.query({
      name: 'change_class',
      text: `update processing_channels set settings = settings || '{"class":"C"}'
              where entity_key = (select entity_key from entities where id = $1)`,
      values: [uuidOf('entity', merchant.entity)],
    })
    await sluice.advance('2 hours', merchant.entity)
    await eventually(async () => (await paymentRow(sluice, body.id)).review !== null)
    assert.equal((await merchant.payment(body.id)).status, 'Pending')
  })

  await t.test('a capture that never left the house is sent when there is somebody to send it to', async () => {
    const merchant = await world(sluice)
    const ctx = sluice.ctx as { exchange: Exchange }
    const real = ctx.exchange
    ctx.exchange = async (message, card, signal) => {
      if (message.url.includes('/captures')) throw new ProcessorError('connect ECONNREFUSED', 'no')
      return await real(message, card, signal)
    }
    const { body } = await merchant.submit(await merchant.requestSession(), CARDS.approved)
    const calls = async () => {
      const { rows } = await sluice.ctx.store.db.query<{ sent: string }>({
        name: 'look_at_captures',
        text: `select sent from processor_calls where payment_id = $1 and kind = 'capture'`,
        values: [uuidOf('payment', body.id)],
      })
      return rows
    }
    await eventually(async () => (await calls()).some(({ sent }) => sent === 'no'))
    await sluice.ctx.store.db.query({
      name: 'age_calls',
      text: `update processor_calls set requested_on = requested_on - interval '2 days' where payment_id = $1`,
      values: [uuidOf('payment', body.id)],
    })
    ctx.exchange = real
    await sluice.advance('1 hour', merchant.entity)
    await eventually(async () => (await merchant.payment(body.id)).status === 'Captured')
  })

  await t.test('under an idempotency key, too, a doubt ends: the same request hears the news', async () => {
    const merchant = await world(sluice)
    const session = await merchant.requestSession({
      capture: false,
      metadata: { sluice_simulator: 'drop_after_booking' },
    })
    const body = { session_data: await merchant.seal(session, CARDS.approved) }
    const submit = () =>
      merchant.post(`/payment-sessions/${session.id}/submit`, body, { 'cko-idempotency-key': 'in-doubt' })

    const first = await submit()
    assert.deepEqual([first.status, first.body.status], [202, 'Pending'])
    await sluice.advance('1 minute', merchant.entity)
    await eventually(async () => (await merchant.payment(first.body.id)).approved)
    assert.equal((await submit()).body.status, 'Approved')
  })

  await t.test('a key whose request died yesterday can be used again', async () => {
    const key = { 'cko-idempotency-key': 'yesterday' }
    assert.equal((await sluice.post('/payment-sessions', SESSION_BODY, key)).status, 201)
    await sluice.ctx.store.db.query({
      name: 'make_it_yesterday',
      text: `update idempotency_records
                set id = (lpad(to_hex((('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint - 86400000)), 12, '0')
                          || substr(replace(id::text, '-', ''), 13))::uuid,
                    state = 'running', status = null, body = null, lease_until = now() - interval '1 minute'
              where state = 'done'`,
      values: [],
    })
    assert.equal((await sluice.post('/payment-sessions', SESSION_BODY, key)).status, 201)
  })

  await t.test('a bank that is silent to one merchant keeps nobody else waiting', async () => {
    const [silent, other] = [await world(sluice), await world(sluice)]
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const session = await silent.requestSession({ metadata: { sluice_simulator: 'capture.timeout' } })
        await silent.submit(session, CARDS.approved)
      }),
    )
    const { body } = await other.submit(await other.requestSession(), CARDS.approved)
    await eventually(async () => (await other.payment(body.id)).status === 'Captured', 8_000)
  })
})
