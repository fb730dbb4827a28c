/** `/sandbox/clock`: a merchant's time stands, goes and jumps, and what falls due on the way runs in its order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { makeSessionData } from '@sluice/sealing/make'
import { readConfig } from '@sluice/server/config'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, PUBLIC_KEY, SANDBOX_ENTITY, type Sluice, startSluice } from './support/sluice.ts'

const MINUTE_MS = 60_000
const { limits: LIMITS } = readConfig({ SLUICE_DATA_DIR: '.' }, {})
const DAY_MS = 24 * 60 * MINUTE_MS

test('a clock is frozen, moved by duration and moment, and runs on from where it stands', async (t) => {
  const sluice = await startSluice(t)
  const before = Date.now()
  const real = await sluice.get('/sandbox/clock')
  assert.equal(real.status, 200, real.text)
  assert.equal(real.body.frozen, false)
  assert.ok(Math.abs(Date.parse(real.body.now) - before) < MINUTE_MS)

  const frozen = await change(sluice, { freeze: true })
  assert.equal(frozen.frozen, true)
  assert.deepEqual(await change(sluice, { freeze: true }), frozen, 'frozen again, it stays where it is')
  const later = new Date(Date.parse(frozen.now) + 61 * MINUTE_MS).toISOString()
  assert.deepEqual(await change(sluice, { advance: 'PT61M' }), { now: later, frozen: true })
  assert.deepEqual((await sluice.get('/sandbox/clock')).body, { now: later, frozen: true })
  assert.deepEqual(await change(sluice, { advance: 'PT0S' }), { now: later, frozen: true })
  assert.deepEqual(await change(sluice, { to: later }), { now: later, frozen: true }, 'a moment it shows already')
  const to = '2030-02-28T23:30:00.250Z'
  assert.deepEqual(await change(sluice, { to: '2030-03-01T01:30:00.250+02:00' }), { now: to, frozen: true })

  const resumed = await change(sluice, { resume: true })
  assert.equal(resumed.frozen, false)
  const ranMs = Date.parse(resumed.now) - Date.parse(to)
  assert.ok(ranMs >= 0 && ranMs < MINUTE_MS, `${ranMs} ms after it stood still`)
  assert.equal((await change(sluice, { resume: true })).frozen, false)

  const { now } = await change(sluice, { advance: 'P1M' })
  assert.ok(Date.parse(now) >= Date.parse(resumed.now) + 28 * DAY_MS, 'a running clock is moved, too')
  assert.ok(Date.parse(now) < Date.parse(resumed.now) + 32 * DAY_MS)
})

test('a clock does not go back, and takes one change at a time', async (t) => {
  const sluice = await startSluice(t)
  const { now } = await change(sluice, { freeze: true })
  const past = new Date(Date.parse(now) - 1).toISOString()
  for (const [body, code] of [
    [{ to: past }, 'clock_invalid'],
    [{ advance: '-PT1S' }, 'clock_invalid'],
    [{ advance: 'PT-1S' }, 'clock_invalid'],
    [{}, 'clock_invalid'],
    [{ freeze: true, resume: true }, 'clock_invalid'],
    [{ advance: 'PT1M', to: '2040-01-01T00:00:00Z' }, 'clock_invalid'],
    [{ advance: '61 minutes' }, 'advance_invalid'],
    [{ advance: 61 }, 'advance_invalid'],
    [{ advance: 'P' }, 'advance_invalid'],
    [{ advance: 'P999999999Y' }, 'advance_invalid'],
    [{ to: 'tomorrow' }, 'to_invalid'],
    [{ to: '9999-12-31T00:00:00Z' }, 'to_invalid'],
    [{ freeze: false }, 'freeze_invalid'],
    [{ resume: 'yes' }, 'resume_invalid'],
  ] as const) {
    const refused = await sluice.post('/sandbox/clock', body)
    assert.deepEqual([refused.status, refused.body?.error_codes], [422, [code]], JSON.stringify(body))
  }
  assert.deepEqual((await sluice.get('/sandbox/clock')).body, { now, frozen: true })
  const asBrowser = { authorization: `Bearer ${PUBLIC_KEY}` }
  assert.equal((await sluice.get('/sandbox/clock', asBrowser)).status, 401)
  assert.equal((await sluice.post('/sandbox/clock', { resume: true }, asBrowser)).status, 401)
})

test('each merchant has a clock of its own', async (t) => {
  const sluice = await startSluice(t)
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const theirs = { authorization: `Bearer ${world.secret_key}` }
  const moved = await sluice.post('/sandbox/clock', { advance: 'P1Y' }, theirs)
  assert.ok(Date.parse(moved.body.now) > Date.now() + 364 * DAY_MS)
  assert.ok(Date.parse((await sluice.get('/sandbox/clock')).body.now) < Date.now() + DAY_MS)
})

test('what is due now runs while the clock stands still: the automatic capture', async (t) => {
  const sluice = await startSluice(t)
  await change(sluice, { freeze: true })
  const { body } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  await eventually(async () => (await sluice.payment(body.id)).status === 'Captured')
  await sluice.assertSound()
})

test('a session expires when its time comes on the clock', async (t) => {
  const sluice = await startSluice(t)
  await change(sluice, { freeze: true })
  const session = await sluice.requestSession()
  await change(sluice, { advance: 'PT59M59.999S' })
  assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Pending')
  await change(sluice, { advance: 'PT0.001S' })
  assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Expired')
  const refused = await sluice.submit(session, CARDS.approved)
  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['payment_session_expired']])
})

test('a page of the bank that was left: the bank is asked when its time is over, and what it says counts', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  await change(sluice, { freeze: true })
  const [left, paid, challenged] = await Promise.all([
    redirected(sluice, 'ideal'),
    redirected(sluice, 'ideal'),
    redirected(sluice, 'card'),
  ])
  // Paid at the bank, and the way back to the shop was not taken.
  await fetch(paid.url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice: 'approve' }) })
  const statuses = () => Promise.all([left, paid, challenged].map(async ({ id }) => (await sluice.payment(id)).status))

  await change(sluice, { advance: 'PT14M59S' })
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Pending'])
  await change(sluice, { advance: 'PT1S' })
  assert.deepEqual(await statuses(), ['Pending', 'Pending', 'Declined'], 'a challenge has a quarter of an hour')
  await change(sluice, { advance: 'PT45M' })

  assert.deepEqual(await statuses(), ['Expired', 'Captured', 'Declined'])
  assert.equal((await sluice.payment(challenged.id)).response_code, '20152')
  const types = (await eventsOf(sluice)).map(({ type }) => type)
  assert.equal(types.filter((type) => type === 'payment_expired').length, 1)
  await sluice.assertSound()
})

test('a year of clock runs what falls due on the way, in its order and at its time', {
  timeout: 120_000,
}, async (t) => {
  // Nobody but the advance itself does the work: it has to be done when it answers.
  const sluice = await startSluice(t, { jobs: false })
  const { now } = await change(sluice, { freeze: true })
  const start = Date.parse(now)
  const days = [5, 1, 3]
  const puts = await Promise.all(
    days.map(async (day) => {
      const capture_on = new Date(start + day * DAY_MS).toISOString()
      const { body } = await sluice.submit(await sluice.requestSession({ capture_on }), CARDS.approved)
      return { id: body.id as string, day }
    }),
  )
  const { body: left } = await sluice.submit(await sluice.requestSession({ capture: false }), CARDS.approved)
  const began = performance.now()
  const moved = await change(sluice, { advance: 'P1Y' })
  const tookMs = performance.now() - began
  assert.ok(tookMs < 20_000, `a year took ${tookMs} ms`)
  assert.equal(moved.now, new Date(new Date(start).setUTCFullYear(new Date(start).getUTCFullYear() + 1)).toISOString())

  for (const { id, day } of puts) {
    const payment = await sluice.payment(id)
    assert.equal(payment.status, 'Captured')
    const [capture] = (await sluice.get(`/payments/${id}/actions`)).body
    assert.equal(capture.type, 'Capture')
    assert.equal(Date.parse(capture.processed_on), start + day * DAY_MS)
  }
  assert.equal((await sluice.payment(left.id)).status, 'Voided')
  const events = await eventsOf(sluice)
  assert.deepEqual(
    events
      .filter(({ type }) => type !== 'payment_approved' && !type.startsWith('payment_requested'))
      .map(({ type }) => type),
    ['payment_captured', 'payment_captured', 'payment_captured', 'payment_voided'],
  )
  const times = events.map(({ at }) => at)
  assert.deepEqual(times, times.toSorted(), 'in the order of their times')
  await sluice.assertSound()
})

test('a year beside a bank that never says what became of a payment', { timeout: 120_000 }, async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  await change(sluice, { freeze: true })
  const metadata = { sluice_simulator: 'drop_after_booking retrieve.http_500' }
  const { body } = await sluice.submit(await sluice.requestSession({ metadata }), CARDS.approved)
  assert.equal(body.status, 'Pending')
  const started = Date.parse((await sluice.get('/sandbox/clock')).body.now)
  const capture_on = new Date(started + 6.9 * DAY_MS).toISOString()
  const { body: putOff } = await sluice.submit(await sluice.requestSession({ capture_on }), CARDS.approved)
  const began = performance.now()
  await change(sluice, { advance: 'P1Y' })
  const tookMs = performance.now() - began
  assert.ok(tookMs < 45_000, `a year took ${tookMs} ms`)
  t.diagnostic(`a year in ${Math.round(tookMs)} ms`)
  const { rows } = await sluice.ctx.store.db.query<{ asked: number }>({
    name: 'test_asked',
    text: `select asked from payments where id = $1`,
    values: [uuidOf('payment', body.id)],
  })
  const asked = rows[0]?.asked ?? 0
  assert.ok(asked > 200 && asked <= 402, `asked ${asked} times`)
  const [capture] = (await sluice.get(`/payments/${putOff.id}/actions`)).body
  assert.deepEqual(
    [capture.type, capture.approved, capture.processed_on],
    ['Capture', true, capture_on],
    'what was put off is not late',
  )
  assert.equal((await sluice.payment(body.id)).status, 'Pending')
})

test('two who move a clock at once both end where they wanted to, and what is due runs once', async (t) => {
  const sluice = await startSluice(t)
  const { now } = await change(sluice, { freeze: true })
  const start = Date.parse(now)
  const capture_on = new Date(start + 12 * 60 * MINUTE_MS).toISOString()
  const { body } = await sluice.submit(await sluice.requestSession({ capture_on }), CARDS.approved)
  const [near, far] = await Promise.all([
    change(sluice, { to: new Date(start + DAY_MS).toISOString() }),
    change(sluice, { to: new Date(start + 2 * DAY_MS).toISOString() }),
  ])
  assert.ok(Date.parse(near.now) >= start + DAY_MS)
  assert.equal(Date.parse(far.now), start + 2 * DAY_MS)
  assert.equal((await sluice.payment(body.id)).status, 'Captured')
  assert.equal((await sluice.ledger()).filter(({ kind }) => kind === 'capture').length, 1)
  await sluice.assertSound()
})

test('an advance waits for work that others are doing, and for longer than an idle connection lives', async (t) => {
  const released = Promise.withResolvers<void>()
  let messages = 0
  const sluice = await startSluice(t, {
    config: { limits: { ...LIMITS, headersTimeoutMs: 1_000, requestTimeoutMs: 1_000 } },
    // The first message is the authorization, the second its capture.
    seam: (name) => (name === 'processor.answered' && ++messages === 2 ? released.promise : undefined),
  })
  await change(sluice, { freeze: true })
  const { body } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  await eventually(async () => messages === 2)
  const moving = change(sluice, { advance: 'P1D' })
  setTimeout(released.resolve, 4_500)
  await moving
  assert.equal((await sluice.payment(body.id)).status, 'Captured')
})

async function change(sluice: Sluice, body: object): Promise<Json> {
  const answer = await sluice.post('/sandbox/clock', body)
  assert.equal(answer.status, 200, `${JSON.stringify(body)}: ${answer.text}`)
  return answer.body
}

/** Every event of the merchant in the order in which they were written. */
async function eventsOf(sluice: Sluice, entity = SANDBOX_ENTITY): Promise<{ type: string; at: string }[]> {
  const { rows } = await sluice.ctx.store.db.query<{ type: string; at: string }>({
    name: 'test_events',
    text: `
      select v.type, iso8601(v.created_on) as at
        from events v join entities e on e.entity_key = v.entity_key
       where e.id = $1 order by v.id`,
    values: [uuidOf('entity', entity)],
  })
  return rows
}

/** A payment that waits for its shopper, on a page of the bank or in a challenge. */
async function redirected(sluice: Sluice, method: 'ideal' | 'card'): Promise<{ id: string; url: string }> {
  const members =
    method === 'ideal'
      ? { currency: 'EUR', reference: 'ORD123A', billing: { address: { country: 'NL' } } }
      : { '3ds': { enabled: true } }
  const session = await sluice.requestSession(members)
  const { id: sessionId, payment_session_secret: secret } = session
  const session_data =
    method === 'card'
      ? await sluice.seal(session, CARDS.approved)
      : await makeSessionData({ framesUrl: sluice.urls.frames, sessionId, secret, method })
  const { status, text, body } = await sluice.post(`/payment-sessions/${sessionId}/submit`, { session_data })
  assert.equal(status, 202, text)
  return { id: body.id, url: body.action.url }
}
