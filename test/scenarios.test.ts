/** Scenarios: what goes wrong on purpose, the same every time. Each of the catalogue ends as its sentence says. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import {
  applyScenario,
  catalogueLines,
  checkScenario,
  listScenarios,
  removeScenario,
  showScenario,
} from '@sluice/cli/scenario'
import { uuidOf } from '@sluice/core/ids'
import { SCENARIO_CATALOGUE } from '@sluice/core/scenario-catalogue'
import type { TypedCard } from '@sluice/sealing/payload'
import { readConfig } from '@sluice/server/config'
import { normalisedEvents } from '@sluice/testing/normalise'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ProcessorNotification } from '@sluice/server/processors/processor'
import { CARDS } from './support/cards.ts'
import { type HeldTime, holdTime } from './support/held-time.ts'
import { begin, press } from './support/methods.ts'
import { client, eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'
import { openChallenge } from './support/three-ds.ts'

/** Real time, of a bank that is silent. */
const HANGS_UP_AFTER_MS = 45_000

type World = Awaited<ReturnType<typeof worldOf>>

/** The bank as a test sees it. */
interface Bank {
  /** In the test's hand: what the bank does later by itself it does when the test says so. */
  time: HeldTime
  /** Every message to the merchant, in the order they came. */
  told: ProcessorNotification[]
  /** What the bank had been asked and had not answered, when each came. */
  underWay: string[][]
}

/** Watches what comes from the bank on its way into the database. */
function watchBank({ ctx }: Sluice, time: HeldTime): Bank {
  const bank: Bank = { time, told: [], underWay: [] }
  const { keepNotification } = ctx.store
  Object.assign(ctx.store, {
    async keepNotification(...kept: Parameters<typeof keepNotification>) {
      const { rows } = await ctx.store.db.query<{ kind: string }>({
        name: 'test_calls_under_way',
        text: 'select kind from processor_calls where entity_key = $1 and answered_on is null order by id',
        values: [kept[0]],
      })
      bank.told.push(kept[1].notification)
      bank.underWay.push(rows.map(({ kind }) => kind))
      return await keepNotification(...kept)
    },
  })
  return bank
}

const kindsOf = ({ told }: Bank) => told.map(({ kind }) => kind)

/** A merchant of its own, on a clock that stands still. */
async function worldOf(sluice: Sluice, seed = 'scenarios', settings?: Json) {
  const { body } = await sluice.post('/sandbox/worlds', { seed, ...(settings && { channel: { settings } }) })
  const world = client(sluice.urls, body.secret_key)
  const freeze = await world.post('/sandbox/clock', { freeze: true })
  assert.equal(freeze.status, 200)
  return {
    ...world,
    entity: body.entity_id as string,
    publicKey: body.public_key as string,
    secretKey: body.secret_key as string,
    async attach(wanted: string | object) {
      const made = await world.post('/sandbox/scenarios', typeof wanted === 'string' ? { name: wanted } : wanted)
      assert.equal(made.status, 201, made.text)
      return made.body
    },
    async pay(members: Json = {}, card: TypedCard = CARDS.approved) {
      return (await world.submit(await world.requestSession(members), card)).body
    },
    async advance(by: string) {
      const moved = await world.post('/sandbox/clock', { advance: by })
      assert.equal(moved.status, 200, moved.text)
    },
    async settled(id: string, ...statuses: string[]) {
      return await eventually(async () => {
        const payment = await world.payment(id)
        return statuses.includes(payment.status) && payment
      }, 20_000)
    },
    async moved() {
      return (await world.ledger(body.entity_id)).map(({ kind, amount }: Json) => [kind, amount])
    },
    async events() {
      return (await world.get('/events?limit=100')).body.data
    },
  }
}

/** How each scenario of the catalogue ends. What a payment does is waited for; the clock is moved, never slept through. */
const ENDS: Record<string, (world: World, bank: Bank) => Promise<void>> = {
  'slow-bank': async (world) => {
    const since = performance.now()
    const { id, status } = await world.pay()
    assert.equal(status, 'Approved')
    assert.ok(performance.now() - since > 100, 'it was slow')
    await world.settled(id, 'Captured')
  },
  'heavy-tail': async (world) => {
    const took = []
    for (let made = 0; made < 6; made++) {
      const since = performance.now()
      const { status } = await world.pay({ capture: false })
      assert.equal(status, 'Approved')
      took.push(performance.now() - since)
    }
    // The seed decides how long each takes; the machine can only make it longer.
    const [total, longest] = [took.reduce((sum, one) => sum + one, 0), Math.max(...took)]
    assert.ok(total > 1000 && longest > 300, took.map(Math.round).join())
  },
  'flaky-network': async (world) => {
    const paid = []
    for (let made = 0; made < 6; made++) paid.push(await world.pay())
    assert.ok(
      paid.some(({ status }) => status === 'Pending'),
      'some answers were lost',
    )
    await world.advance('PT2H')
    for (const { id } of paid) await world.settled(id, 'Captured', 'Declined')
  },
  'answer-lost-after-approval': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Pending')
    assert.deepEqual(await world.moved(), [['authorization', 1000]], 'the bank has booked it')
    await world.advance('PT10M')
    await world.settled(id, 'Captured')
    assert.deepEqual(await world.moved(), [
      ['authorization', 1000],
      ['capture', 1000],
    ])
  },
  'answer-lost-before-booking': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Pending')
    await world.advance('PT2H')
    const { response_code: code } = await world.settled(id, 'Declined')
    assert.equal(code, '20068')
    assert.deepEqual(await world.moved(), [], 'no money moved')
  },
  'capture-answer-lost': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Approved')
    await world.advance('PT2H')
    await world.settled(id, 'Captured')
    assert.equal((await world.post(`/payments/${id}/refunds`, {})).status, 202)
    await world.advance('PT2H')
    await world.settled(id, 'Refunded')
    assert.deepEqual(
      (await world.moved()).map(([kind]: Json) => kind),
      ['authorization', 'capture', 'refund'],
    )
  },
  'garbled-answers': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Pending')
    await world.advance('PT10M')
    await world.settled(id, 'Captured')
  },
  'outage-5m': async (world) => {
    const during = await world.pay()
    assert.equal(during.status, 'Pending')
    await world.advance('PT4M59S')
    assert.deepEqual(await world.moved(), [], 'the bank is still away')
    await world.advance('PT2H')
    await world.settled(during.id, 'Declined')
    const after = await world.pay()
    assert.equal(after.status, 'Approved')
    await world.settled(after.id, 'Captured')
  },
  'outage-later': async (world) => {
    const before = await world.pay({ capture: false })
    assert.equal(before.status, 'Approved')
    await world.advance('PT5M')
    const during = await world.pay()
    assert.equal(during.status, 'Pending')
    assert.equal((await world.post(`/payments/${before.id}/captures`, {})).status, 202)
    await world.advance('PT2H')
    await world.settled(before.id, 'Captured')
    await world.settled(during.id, 'Declined')
  },
  'duplicate-notifications': async (world, bank) => {
    const { id } = await world.pay()
    await world.settled(id, 'Captured')
    await world.post(`/payments/${id}/refunds`, { amount: 400 })
    await world.settled(id, 'Partially Refunded')
    // An event is numbered a moment after its change.
    await eventually(async () => (await typesOf(world, id)).includes('payment_refunded'))
    assert.deepEqual(await typesOf(world, id), ['payment_approved', 'payment_captured', 'payment_refunded'])
    await eventually(async () => bank.told.length === 9)
    assert.equal(new Set(bank.told.map(({ id: told }) => told)).size, 3, 'each was told three times')
  },
  'notification-before-answer': async (world, bank) => {
    const { id } = await world.pay()
    await world.settled(id, 'Captured')
    await world.post(`/payments/${id}/refunds`, {})
    await world.settled(id, 'Refunded')
    // An event is numbered a moment after its change.
    await eventually(async () => (await typesOf(world, id)).includes('payment_refunded'))
    assert.deepEqual(await typesOf(world, id), ['payment_approved', 'payment_captured', 'payment_refunded'])
    assert.deepEqual(kindsOf(bank), ['payment_news', 'action_settled', 'action_settled'])
    for (const [place, step] of ['authorize', 'capture', 'refund'].entries())
      assert.ok(bank.underWay[place]?.includes(step), `the ${step} was told and not answered yet`)
  },
  'notifications-reordered': async (world, bank) => {
    const { id } = await world.pay({ capture: false })
    await eventually(async () => bank.time.waiting().length === 1)
    await world.post(`/payments/${id}/captures`, {})
    await world.settled(id, 'Captured')
    await eventually(async () => bank.told.length === 2)
    assert.deepEqual(kindsOf(bank), ['action_settled', 'payment_news'], 'of the capture, then of the authorization')
    await world.post(`/payments/${id}/refunds`, {})
    await world.settled(id, 'Refunded')
  },
  'late-notifications': async (world, bank) => {
    const { id } = await world.pay()
    await world.settled(id, 'Captured')
    await eventually(async () => bank.time.waiting().length === 2)
    assert.deepEqual([bank.time.waiting(), bank.told], [[500, 500], []])
    await world.advance('PT0S')
    assert.deepEqual(kindsOf(bank).sort(), ['action_settled', 'action_settled', 'payment_news', 'payment_news'])
    await world.post(`/payments/${id}/refunds`, {})
    await world.settled(id, 'Refunded')
  },
  'never-notified': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Pending')
    await world.advance('PT10M')
    await world.settled(id, 'Captured')
    await world.post(`/payments/${id}/refunds`, {})
    await world.advance('PT2H')
    await world.settled(id, 'Refunded')
  },
  'late-approval-after-cancel': async (world) => {
    const session = await world.requestSession({ '3ds': { enabled: true } })
    const { body: asked } = await world.submit(session, CARDS.approved)
    assert.equal(asked.status, 'Action Required')
    const stopped = await world.post(`/payments/${asked.id}/cancellations`)
    assert.ok(stopped.status < 300, stopped.text)
    await world.settled(asked.id, 'Canceled')
    // The bank has taken the money all the same, says so, and gets it back to give.
    await eventually(async () => (await world.moved()).length === 2)
    assert.deepEqual(await world.moved(), [
      ['authorization', 1000],
      ['reversal', 1000],
    ])
    assert.equal((await world.payment(asked.id)).status, 'Canceled')
    const { body: paid } = await world.submit(session, CARDS.approved, { '3ds': { enabled: false } })
    assert.equal(paid.status, 'Approved', 'the shopper pays another way, once')
    await world.settled(paid.id, 'Captured')
  },
  'soft-decline-mix': async (world) => {
    const codes = []
    for (let made = 0; made < 10; made++) {
      const { status, response_code: code } = await world.pay()
      codes.push(status === 'Approved' ? '10000' : code)
    }
    assert.ok(codes.includes('10000') && codes.some((code) => code !== '10000'), codes.join())
    assert.ok(
      codes.every((code) => ['10000', '20051', '20005', '20061'].includes(code)),
      codes.join(),
    )
  },
  'hard-decline-mix': async (world) => {
    for (let made = 0; made < 5; made++) {
      const { status, response_code: code } = await world.pay()
      assert.deepEqual([status, code.slice(0, 1)], ['Declined', '3'])
    }
    assert.deepEqual(await world.moved(), [])
  },
  'captures-fail': async (world) => {
    const { id, status } = await world.pay()
    assert.equal(status, 'Approved')
    await eventually(async () => (await typesOf(world, id)).includes('payment_capture_declined'))
    assert.equal((await world.payment(id)).balances.total_captured, 0)
  },
  'slow-refunds': async (world) => {
    const { id } = await world.pay()
    await world.settled(id, 'Captured')
    await world.post(`/payments/${id}/refunds`, {})
    await eventually(async () => (await typesOf(world, id)).includes('payment_refund_pending'))
    await world.advance('PT3H')
    await world.settled(id, 'Refunded')
  },
  'acs-hangs': async (world, bank) => {
    const session = await world.requestSession({ '3ds': { enabled: true } })
    const { body: asked } = await world.submit(session, CARDS.approved)
    assert.equal(asked.status, 'Action Required')
    await neverComes(fetch(asked.action.url), bank.time)
    await world.advance('PT16M')
    const { response_code: code } = await world.settled(asked.id, 'Declined')
    assert.equal(code, '20152')
    assert.deepEqual(await world.moved(), [])
  },
  'everything-at-once': async (world) => {
    const paid = []
    for (let made = 0; made < 6; made++) paid.push(await world.pay())
    await world.advance('PT11M')
    for (let made = 0; made < 3; made++) paid.push(await world.pay())
    await world.advance('PT3H')
    for (const { id } of paid) await world.settled(id, 'Captured', 'Declined')
    const refunded = []
    for (const { id } of paid) {
      if ((await world.payment(id)).status !== 'Captured') continue
      await world.post(`/payments/${id}/refunds`, {})
      refunded.push(id)
    }
    await world.advance('PT3H')
    for (const id of refunded) await world.settled(id, 'Refunded')
  },
}

/** The bank keeps the line open until it hangs up, and has said nothing until then. */
async function neverComes(page: Promise<Response>, time: HeldTime) {
  await eventually(async () => time.waiting().includes(HANGS_UP_AFTER_MS))
  time.pass()
  await assert.rejects(page, { name: 'TypeError' })
}

async function typesOf(world: World, id: string): Promise<string[]> {
  return (await world.events()).filter(({ data }: Json) => data.id === id).map(({ type }: Json) => type)
}

test('every scenario of the catalogue ends as it should, and the books agree', async (t) => {
  const time = holdTime()
  const sluice = await startSluice(t, { bankTime: time })
  const bank = watchBank(sluice, time)
  assert.deepEqual(Object.keys(ENDS).sort(), SCENARIO_CATALOGUE.map(({ name }) => name).sort(), 'each has a test')
  for (const { name, about } of SCENARIO_CATALOGUE) {
    await t.test(`${name}: ${about}`, async () => {
      bank.told.length = 0
      bank.underWay.length = 0
      // The bank's own page is asked for by some: others are below.
      const world = await worldOf(sluice, 'scenarios', { authentication: 'integrated' })
      const attached = await world.attach(name)
      assert.deepEqual([attached.name, attached.scope], [name, 'world'])
      await ENDS[name]?.(world, bank)
      // What is still to be told is told first.
      await world.advance('PT0S')
      await sluice.assertSound()
    })
  }
})

test('the same seed twice gives the same log, another seed another', async (t) => {
  const sluice = await startSluice(t)
  const run = async (seed: string) => {
    const world = await worldOf(sluice, seed)
    await world.attach('everything-at-once')
    const ids: string[] = []
    for (let made = 0; made < 8; made++) ids.push((await world.pay({ reference: `ORD-${made}` })).id)
    await world.advance('PT3H')
    for (const id of ids) await world.settled(id, 'Captured', 'Declined')
    await eventually(async () => (await world.post('/sandbox/clock', { advance: 'PT0S' })).status === 200)
    return { log: normalisedEvents(await world.events()), ledger: await world.moved() }
  }
  const [first, second, other] = [await run('one'), await run('one'), await run('two')]
  assert.deepEqual(second.log, first.log)
  assert.notDeepEqual(other.log, first.log)
  assert.ok(first.log.length > 10)
  await sluice.assertSound()
})

test('a scenario is attached to a world, a key, a session, a card, or named in metadata; the nearest counts', async (t) => {
  const sluice = await startSluice(t)
  const world = await worldOf(sluice)
  const declines = (name: string, code: string) => ({ name, rules: [{ outcomes: [{ code, weight: 1 }] }] })
  const attached = (document: Json, to?: Json) => world.attach({ document, ...(to && { to }) })
  const codeOf = async (members: Json = {}, card: TypedCard = CARDS.approved) =>
    (await world.pay({ capture: false, ...members }, card)).response_code

  assert.equal(await codeOf(), undefined)
  await attached(declines('of-world', '20051'))
  assert.equal(await codeOf(), '20051')
  const key = await attached(declines('of-key', '20005'), { key: world.secretKey })
  assert.match(key.subject, /^sk_sbox_…/)
  assert.equal(await codeOf(), '20005')
  await attached(declines('of-card', '20061'), { card: { last4: '4242' } })
  assert.equal(await codeOf(), '20061')
  assert.equal(await codeOf({}, { ...CARDS.amex }), '20005', 'another card')
  const session = await world.requestSession()
  await attached(declines('of-session', '20012'), { session_id: session.id })
  assert.equal((await world.submit(session, CARDS.approved)).body.response_code, '20012')
  await attached(declines('of-metadata', '20087'), { metadata: true })
  assert.equal(await codeOf({ metadata: { sluice_scenario: 'of-metadata' } }), '20087')
  assert.match(await codeOf({ metadata: { sluice_scenario: 'hard-decline-mix' } }), /^3/, 'of the catalogue')
  const unknown = await world.submit(
    await world.requestSession({ metadata: { sluice_scenario: 'nope' } }),
    CARDS.approved,
  )
  assert.deepEqual([unknown.status, unknown.body.error_codes], [422, ['scenario_unknown']])

  const { data } = (await world.get('/sandbox/scenarios')).body
  assert.deepEqual(data.map(({ name, payments }: Json) => [name, payments]).sort(), [
    ['hard-decline-mix', 1],
    ['of-card', 1],
    ['of-key', 2],
    ['of-metadata', 1],
    ['of-session', 1],
    ['of-world', 1],
  ])
  for (const { id } of data) {
    assert.equal((await world.get(`/sandbox/scenarios/${id}`)).body.id, id)
    assert.equal((await sluice.get(`/sandbox/scenarios/${id}`)).status, 404, 'of another merchant')
    assert.equal((await sluice.call('DELETE', `/sandbox/scenarios/${id}`)).status, 404)
    assert.equal((await world.call('DELETE', `/sandbox/scenarios/${id}`)).status, 204)
  }
  assert.equal(await codeOf(), undefined, 'all is well again')
  const theirs = await sluice.post('/sandbox/scenarios', { name: 'slow-bank', to: { key: world.secretKey } })
  assert.deepEqual(theirs.body.error_codes, ['to_key_invalid'])
  await sluice.assertSound()
})

test('a scenario that many payments name at the same moment is attached once, and each is under it', async (t) => {
  const sluice = await startSluice(t)
  const world = await worldOf(sluice)
  const sessions = await Promise.all(
    Array.from({ length: 8 }, () => world.requestSession({ metadata: { sluice_scenario: 'hard-decline-mix' } })),
  )
  const answers = await Promise.all(sessions.map((session) => world.submit(session, CARDS.approved)))
  for (const { body } of answers) assert.match(body.response_code, /^3/, JSON.stringify(body))
  const { data } = (await world.get('/sandbox/scenarios')).body
  assert.deepEqual(
    data.map(({ name, payments }: Json) => [name, payments]),
    [['hard-decline-mix', 8]],
  )
  const { rows } = await sluice.ctx.store.db.query<{ payment: number }>({
    name: 'numbers_under_scenario',
    text: `select (processor->'scenario'->>'payment')::int as payment from payments where processor ? 'scenario' order by 1`,
    values: [],
  })
  assert.deepEqual(
    rows.map(({ payment }) => payment),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
})

test('while a scenario is replaced, every payment is under the one or the other', async (t) => {
  const sluice = await startSluice(t)
  const world = await worldOf(sluice)
  const declines = (code: string) => ({ document: { name: 'declines', rules: [{ outcomes: [{ code, weight: 1 }] }] } })
  await world.attach(declines('20051'))
  const sessions = await Promise.all(Array.from({ length: 8 }, () => world.requestSession()))
  const [answers] = await Promise.all([
    Promise.all(sessions.map((session) => world.submit(session, CARDS.approved))),
    world.attach(declines('20005')),
    world.attach(declines('20061')),
  ])
  for (const { body } of answers) assert.match(body.response_code, /^(20051|20005|20061)$/, JSON.stringify(body))
})

test('what is chosen on the page of a payment is told never, late or twice, as its scenario says', async (t) => {
  const sluice = await startSluice(t)
  const heard = async () => {
    const { rows } = await sluice.ctx.store.db.query({
      name: 'heard',
      text: 'select from processor_notifications',
      values: [],
    })
    return rows.length
  }
  for (const [notify, told, afterwards] of [
    [{ copies: 0 }, 0, 0],
    [{ late: { distribution: 'fixed', ms: 60_000 } }, 0, 1],
    [{ copies: 2 }, 1, 1],
  ] as const) {
    const world = await worldOf(sluice)
    await world.attach({ document: { name: 'page', rules: [{ on: ['page'], notify }] } })
    const before = await heard()
    const { answer } = await begin(world, 'multibanco')
    const { url } = (await world.get(`/sandbox/payments/${answer.body.id}/page`)).body
    assert.equal((await press(url, 'approve')).status, 303)
    assert.equal((await heard()) - before, told, JSON.stringify(notify))
    await world.advance('P1D')
    assert.equal((await heard()) - before, afterwards, 'a clock that is moved hears first what is late')
    await world.settled(answer.body.id, 'Captured')
  }
  await sluice.assertSound()
})

test('where Sluice authenticates the shopper itself, the page of the issuer hangs or is down', async (t) => {
  const time = holdTime()
  const sluice = await startSluice(t, { bankTime: time })
  for (const page of ['hangs', 'down']) {
    const world = await worldOf(sluice, page, { authentication: 'external' })
    await world.attach({ document: { name: `issuer-${page}`, rules: [{ page }] } })
    const asked = await world.submit(await world.requestSession({ '3ds': { enabled: true } }), CARDS.approved)
    assert.equal(asked.body.status, 'Action Required', asked.text)
    const { acs, creq } = await openChallenge(asked)
    const headers = { accept: 'text/html,application/xhtml+xml' }
    const challenge = fetch(acs, { method: 'POST', headers, body: new URLSearchParams({ creq }) })
    if (page === 'hangs') await neverComes(challenge, time)
    else {
      const { status, headers: told } = await challenge
      assert.deepEqual([status, told.get('content-type')], [503, 'text/html; charset=utf-8'])
      assert.match(await (await challenge).text(), /<h1>503 Service Unavailable<\/h1>/)
    }
    await world.advance('PT20M')
    assert.equal((await world.settled(asked.body.id, 'Declined')).response_code, '20152')
    assert.deepEqual(await world.moved(), [])
  }
  await sluice.assertSound()
})

test('a payment that has expired, and is paid all the same, is given back once', async (t) => {
  const sluice = await startSluice(t)
  const world = await worldOf(sluice, 'expired', { authentication: 'integrated' })
  await world.attach('late-approval-after-cancel')
  const { id } = await world.pay({ '3ds': { enabled: true } })
  // The shopper's time is over with us before it is over at the bank.
  await sluice.ctx.store.db.query({
    name: 'test_time_is_over',
    text: `update payments set phase = 'redirected', deadline_on = requested_on, ask_on = requested_on where id = $1`,
    values: [uuidOf('payment', id)],
  })
  await world.advance('PT1S')
  await world.settled(id, 'Expired')
  await eventually(async () => (await world.moved()).length === 2)
  assert.deepEqual(await world.moved(), [
    ['authorization', 1000],
    ['reversal', 1000],
  ])
  assert.equal((await world.payment(id)).status, 'Expired')
  await sluice.assertSound()
})

test('the command line attaches, lists and detaches, and says what is wrong with a file', async (t) => {
  const sluice = await startSluice(t)
  const { secretKey } = await worldOf(sluice)
  const at = { url: sluice.urls.api, key: secretKey }
  assert.match(catalogueLines(), /^slow-bank +Every answer/)
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-scenario-')), 'mine.json')
  t.after(() => rmSync(dirname(file), { recursive: true }))
  writeFileSync(file, showScenario('acs-hangs'))
  assert.match(checkScenario(file), /is a scenario: acs-hangs, 1 rule\.$/)
  const named = await applyScenario('slow-bank', { ...at, seed: 'mine' })
  assert.match(named, /^scn_\S+ {2}slow-bank {2}world {2}seed mine {2}0 payments$/)
  assert.match(await applyScenario(file, { ...at, card: '424242 4242' }), /acs-hangs {2}card 424242…4242/)
  assert.equal((await listScenarios(at)).split('\n').length, 2)
  const [id = ''] = named.split(' ')
  assert.equal(await removeScenario(id, at), `${id} is gone.`)
  await assert.rejects(removeScenario(id, at), /no such scenario/)
  writeFileSync(file, '{"name":"Mine","rules":[{"fail":"badly"}]}')
  assert.throws(() => checkScenario(file), /is no scenario: \/name must match .*; \/rules\/0\/fail must be one of/)
  await assert.rejects(applyScenario('nope', at), /neither a scenario of the catalogue .* nor a file/)
  await assert.rejects(listScenarios({ ...at, key: 'sk_sbox_x' }), /key is not known/)
  await assert.rejects(applyScenario('slow-bank', { ...at, card: 'x' }), /--card must be/)
  await assert.rejects(applyScenario('slow-bank', { ...at, card: '4242', session: 'ps_x' }), /Give one of/)
  await assert.rejects(applyScenario('slow-bank', { ...at, session: 'ps_x' }), /refused: to_session_id_invalid/)
})

test('a payment stays under the scenario it began under', async (t) => {
  const sluice = await startSluice(t)
  const world = await worldOf(sluice)
  const { id: scenario } = await world.attach('capture-answer-lost')
  const { id } = await world.pay({ capture: false })
  await world.call('DELETE', `/sandbox/scenarios/${scenario}`)
  await world.post(`/payments/${id}/captures`, {})
  await world.advance('PT2H')
  await world.settled(id, 'Captured')
  const { rows } = await sluice.ctx.store.db.query({
    name: 'calls_of_test',
    text: "select outcome from processor_calls where kind = 'capture' order by id",
    values: [],
  })
  assert.equal(rows[0]?.['outcome'], 'unknown', 'its first answer was lost all the same')
})

test('a document that is no scenario is refused, each mistake with its place', async (t) => {
  const sluice = await startSluice(t)
  const mistakes = async (body: Json) => {
    const { status, body: refused } = await sluice.post('/sandbox/scenarios', body)
    assert.deepEqual([status, refused.error_codes], [422, ['scenario_invalid']], JSON.stringify(refused))
    return refused.scenario_errors.map(({ path }: Json) => path)
  }
  assert.deepEqual(await mistakes({}), [''])
  assert.deepEqual(await mistakes({ name: 'slow-bank', document: {} }), [''])
  assert.deepEqual(await mistakes({ document: {} }), [''])
  assert.deepEqual(await mistakes({ document: { name: 'Mine!', rules: [{ fail: 'badly', colour: 'red' }] } }), [
    '/name',
    '/rules/0/colour',
    '/rules/0/fail',
  ])
  const effects = [
    { latency: { distribution: 'uniform', min_ms: 9, max_ms: 1 } },
    { latency: { distribution: 'normal', ms: 3 } },
    { fail: 'cut', page: 'hangs' },
    {},
    { outcomes: [{ code: '99999', weight: 1 }] },
    { on: ['capture'], late_approval: true },
    { fail: 'cut', during: { for: 'P1M' } },
    { notify: {}, booked: true },
    { pending: { for: 'P9999999D' } },
    { pending: { for: 'PT0.5S' } },
  ]
  assert.deepEqual(await mistakes({ document: { name: 'mine', rules: effects } }), [
    '/rules/0/latency/max_ms',
    '/rules/1/latency/mean_ms',
    '/rules/1/latency/deviation_ms',
    '/rules/1/latency/ms',
    '/rules/2',
    '/rules/3',
    '/rules/4/outcomes/0/code',
    '/rules/5/on/0',
    '/rules/6/during/for',
    '/rules/7/booked',
    '/rules/8/pending/for',
    '/rules/9/pending/for',
  ])
  const about = { about: 'card 4242 4242 4242 4242', name: 'mine', rules: [{ fail: 'cut' }] }
  assert.deepEqual(await mistakes({ document: about }), ['/about'])
  const slow = { distribution: 'normal', mean_ms: 10_000, deviation_ms: 10_000 }
  const on = ['authorize', 'retrieve', 'complete', 'capture', 'refund', 'void', 'increment', 'reverse']
  const large = {
    name: 'mine',
    rules: Array.from({ length: 32 }, () => ({ latency: slow, on, during: { for: 'PT5M' } })),
  }
  assert.deepEqual(await mistakes({ document: large }), [''])
  assert.deepEqual((await sluice.post('/sandbox/scenarios', { name: 'nope' })).body.error_codes, ['scenario_unknown'])
  for (const to of [
    { key: 'sk_sbox_x' },
    { session_id: 'ps_x' },
    { card: { last4: 'x' } },
    // A slip of the pen would put everything under it.
    { sesion_id: 'ps_x' },
    { card: { last4: '4242', bni: '424242' } },
    { key: 'a', metadata: true },
  ]) {
    const refused = await sluice.post('/sandbox/scenarios', { name: 'slow-bank', to })
    assert.equal(refused.status, 422, JSON.stringify(to))
    assert.match(refused.body.error_codes[0], /^to_/)
  }
})

test('the schema that is published takes the whole catalogue', async (t) => {
  const sluice = await startSluice(t)
  const open = { authorization: '' }
  const schema = (await sluice.get('/sandbox/scenarios/schema', open)).body
  const { data } = (await sluice.get('/sandbox/scenarios/catalogue', open)).body
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  const validate = ajv.compile(schema)
  assert.equal(data.length, SCENARIO_CATALOGUE.length)
  for (const scenario of data) assert.ok(validate(scenario), JSON.stringify(validate.errors))
  assert.equal(validate({ name: 'x', rules: [{ fail: 'badly' }] }), false)
})

test('the reference page has every scenario of the catalogue with its sentence', () => {
  const page = readFileSync(new URL('../docs/reference/scenarios.md', import.meta.url), 'utf8')
  const rows = Array.from(page.matchAll(/^\| `([a-z0-9-]+)` \| (.+) \|$/gm), ([, name, about]) => ({ name, about }))
  for (const { name, about } of SCENARIO_CATALOGUE)
    assert.equal(rows.find((row) => row.name === name)?.about, about, name)
})

test('in production nothing goes wrong on purpose', async (t) => {
  const masterKey = Buffer.alloc(32, 7).toString('base64')
  const production = { SLUICE_MODE: 'production', SLUICE_MASTER_KEY: masterKey, SLUICE_DATABASE_URL: 'postgres://x/y' }
  assert.throws(() => readConfig({ ...production, SLUICE_SCENARIO: 'slow-bank' }), /SLUICE_SCENARIO is for the sandbox/)
  assert.throws(() => readConfig({ SLUICE_SCENARIO: 'nope' }), /SLUICE_SCENARIO must be one of slow-bank/)

  await t.test('a setting puts every payment of a sandbox under one', async () => {
    const sluice = await startSluice(t, { config: { scenario: 'hard-decline-mix' } })
    const { body } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
    assert.equal(body.status, 'Declined')
  })
})
