/** Events by the API: numbered without a gap, in order, replayed from a position; and the reference says which there are. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EVENT_SOURCES } from '@sluice/core/events'
import { newId } from '@sluice/server/operations/ids'
import { publishEvents } from '@sluice/server/operations/publish-events'
import { verify } from '@sluice/server/operations/verify'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

const PAGE = new URL('../docs/reference/events.md', import.meta.url)
const SOURCES = new URL('../packages/server/src/', import.meta.url)

test('events are replayed from a position, in order and without a gap', async (t) => {
  const sluice = await startSluice(t)
  const paid = await Promise.all(
    Array.from({ length: 12 }, async (_, at) => {
      const session = await sluice.requestSession({ reference: `ORD-${at}` })
      return (await sluice.submit(session, at % 3 === 0 ? CARDS.insufficientFunds : CARDS.approved)).body.id as string
    }),
  )
  const all = await eventually(async () => {
    const { data } = (await sluice.get('/events')).body
    return data.length === 4 + 2 * 8 && data
  })
  assert.deepEqual(
    all.map(({ sequence }: Json) => sequence),
    all.map((_: Json, at: number) => at + 1),
  )
  for (const id of paid) {
    const own = all.filter(({ data }: Json) => data.id === id)
    const types = own.map(({ type }: Json) => type).join(' ')
    assert.ok(types === 'payment_declined' || types === 'payment_approved payment_captured', types)
    const versions = own.map(({ subject_version: version }: Json) => version)
    assert.deepEqual(versions, versions.toSorted())
  }
  const replayed: Json[] = []
  for (let after = 0; ; ) {
    const { data, last, has_more: more } = (await sluice.get(`/events?after=${after}&limit=7`)).body
    replayed.push(...data)
    after = last
    if (!more) break
  }
  assert.deepEqual(replayed, all)
  const end = (await sluice.get('/events?after=20')).body
  assert.deepEqual(end, { data: [], last: 20, has_more: false })
  await sluice.assertSound()
})

test('events leave by the month, once nothing of it waits, and are not missed', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  const { db, dropOldEvents, ensurePartitions } = sluice.ctx.store
  const session = await sluice.requestSession()
  assert.equal((await sluice.submit(session, CARDS.approved)).status, 201)
  const later = Date.now() + 15 * 31 * 86_400_000
  await ensurePartitions(later)
  const month = new Date().toISOString().slice(0, 7).replace('-', '_')

  assert.ok(!(await dropOldEvents(later, 13)).includes(month), 'it has an event that is not published')
  await publishEvents(sluice.ctx, 1)
  assert.ok(!(await dropOldEvents(Date.now(), 13)).includes(month), 'it is not old')
  await db.query({
    name: 'test_left_over',
    text: `
      insert into deliveries (entity_key, event_id, action_id, workflow_id, state, next_on)
      select entity_key, id, $2, $2, 'waiting', now() from events where entity_key = $1 limit 1`,
    values: [1, newId(sluice.ctx, 1)],
  })
  assert.ok((await dropOldEvents(later, 13)).includes(month), 'what waits for nobody holds nothing up')

  const { rows } = await db.query<{ count: number }>({
    name: 'test_count_events',
    text: 'select count(*) as count from events where entity_key = $1',
    values: [1],
  })
  assert.equal(rows[0]?.count, 0)
  assert.deepEqual((await sluice.get('/events')).body.data, [])
  assert.deepEqual((await verify(sluice.ctx)).breaches, [])
})

test('what processors told leaves with the events of its month, once it is done with', async (t) => {
  const sluice = await startSluice(t, { jobs: false })
  const { db, forgetNotifications } = sluice.ctx.store
  const id = newId(sluice.ctx, 1)
  const about = `pay_${'a'.repeat(26)}`
  const notification = { id: 'ntf_1', about, kind: 'payment_news' as const }
  await sluice.ctx.store.keepNotification(1, { id, channelId: id, notification })
  const later = Date.now() + 15 * 31 * 86_400_000
  assert.equal(await forgetNotifications(later, 13), 0, 'it was not applied yet')
  await sluice.ctx.store.endNotification(1, { id, outcome: 'applied', againInS: 0, restS: 0 })
  assert.equal(await forgetNotifications(Date.now(), 13), 0, 'it is not old')
  assert.equal(await forgetNotifications(later, 13), 1)
  const { rows } = await db.query({
    name: 'test_notifications',
    text: 'select id from processor_notifications where entity_key = $1',
    values: [1],
  })
  assert.deepEqual(rows, [])
})

test('a position that is none is refused, and so is a page without an end', async (t) => {
  const sluice = await startSluice(t)
  for (const after of ['-1', 'x', '1.5', '01', '9'.repeat(20), '']) {
    const answer = await sluice.get(`/events?after=${after}`)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, ['after_invalid']], after)
  }
  const answer = await sluice.get('/events?limit=101&after=x')
  assert.deepEqual([answer.status, answer.body.error_codes], [422, ['after_invalid', 'limit_invalid']])
})

test('events of another merchant are as absent as ones that never were', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const { id } = (await sluice.submit(session, CARDS.approved)).body
  const [event] = await eventually(async () => {
    const { data } = (await sluice.get('/events')).body
    return data.length > 0 && data
  })
  const key = { authorization: `Bearer ${(await sluice.post('/sandbox/worlds', {})).body.secret_key}` }
  assert.deepEqual((await sluice.get('/events', key)).body.data, [])
  assert.equal((await sluice.get(`/workflows/events/${event.id}`, key)).status, 404)
  assert.equal((await sluice.get(`/workflows/events/subject/${id}`, key)).status, 404)
  const refused = await sluice.post(`/workflows/events/${event.id}/reflow`, undefined, key)
  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['event_id_invalid']])
})

test('each scope opens its own calls', async (t) => {
  const sluice = await startSluice(t)
  const calls = {
    'flow:workflows': () => '/workflows',
    'flow:events': () => '/events',
  }
  for (const granted of ['flow:workflows', 'flow:events', 'flow', 'gateway'] as const) {
    const token = await tokenFor(sluice, granted)
    for (const [scope, path] of Object.entries(calls)) {
      const { status } = await sluice.get(path(), { authorization: `Bearer ${token}` })
      assert.equal(status, granted === 'flow' || granted === scope ? 200 : 403, `${granted} on ${scope}`)
    }
    const again = await sluice.post('/workflows/events/reflow', {}, { authorization: `Bearer ${token}` })
    assert.equal(again.status, granted === 'flow' ? 422 : 403)
  }
})

async function tokenFor(sluice: Sluice, scope: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'ack_sluicesandboxclientid22224',
    client_secret: 'sluice-sandbox-client-secret',
    scope,
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return (await sluice.post('/connect/token', form.toString(), headers)).body.access_token
}

test('the reference lists every type of event, says which are sent, and no other', () => {
  const listed = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(\w+)` \| `(\w+)` \| (yes|no) \| (.+) \|$/gm)]
  assert.deepEqual(
    listed.map(([, source, type, sent, says]) => ({ source, type, sent: sent === 'yes', says })),
    EVENT_SOURCES.flatMap(({ id, events }) =>
      events.map((event) => ({ source: id, type: event.id, sent: event.sent, says: event.description })),
    ),
  )
})

test('what the server writes is in the catalogue as sent, and the rest is not', () => {
  const written = new Set<string>()
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!/^(operations|store)\/.*\.ts$/.test(name)) continue
    for (const [, word = ''] of readFileSync(new URL(name, SOURCES), 'utf8').matchAll(/'([a-z_]+)'/g)) written.add(word)
  }
  for (const { id: source, events } of EVENT_SOURCES) {
    if (source === 'card_payout') continue
    for (const { id, sent } of events) assert.equal(written.has(id), sent, id)
  }
})
