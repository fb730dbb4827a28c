/** Workers that die: whatever was published stays published, whatever was being delivered is delivered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { openContext } from '@sluice/server/main'
import { newId } from '@sluice/server/operations/ids'
import { CARDS } from '../support/cards.ts'
import { startKillable } from '../support/crash.ts'
import { openReceiver } from '../support/receiver.ts'
import { eventually } from '../support/sluice.ts'

const WRITERS = 32
const KILLS = 5
/** Changes of each writer between two kills: a machine that is slow to start a worker is not flooded meanwhile. */
const CHANGES_PER_ROUND = 8

test('numbers have no gap under 32 writers while the publishing worker is killed again and again', async (t) => {
  const sluice = await startKillable(t, { spare: true })
  await sluice.start()
  const world = await sluice.world('A')
  const receiver = await openReceiver(t)
  const events = { test: ['changed'] }
  const workflow = {
    conditions: [{ type: 'event', events }],
    actions: [{ type: 'webhook', url: receiver.url, signature: { key: 'k' } }],
  }
  assert.equal((await world.post('/workflows', workflow)).status, 201)
  const { rows } = await sluice.db.query('select entity_key from entities where id = $1', [
    uuidOf('entity', world.entity),
  ])
  const entityKey = rows[0].entity_key as number
  const pool = new (await import('pg')).default.Pool({
    connectionString: sluice.config.databaseUrl as string,
    max: WRITERS,
  })
  t.after(() => pool.end())

  let writing = true
  let round = 1
  let written = 0
  /** Changes of one subject, each in a transaction that stays open for a while: later numbers may be committed first. */
  const writer = async (at: number) => {
    const subject = newId({ now: Date.now }, entityKey)
    for (let version = 1; writing; ) {
      if (version > round * CHANGES_PER_ROUND) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      const client = await pool.connect()
      await client.query('begin')
      await client.query(
        `insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
         values ($1, $2, $3, $4, 'test', 'changed', '{}', now())`,
        [entityKey, newId({ now: Date.now }, entityKey), subject, version],
      )
      await new Promise((resolve) => setTimeout(resolve, (at * 7 + version * 13) % 50))
      const kept = (at + version) % 5 !== 0 || version % 2 === 0
      await client.query(kept ? 'commit' : 'rollback')
      client.release()
      if (kept) {
        written++
        version++
      } else at++
    }
  }
  const writers = Array.from({ length: WRITERS }, (_, at) => writer(at))
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 150 + kill * 90))
    await sluice.kill()
    round++
    await sluice.start()
  }
  // A second worker beside the first.
  const second = await openContext(sluice.config)
  t.after(() => second.close())
  await new Promise((resolve) => setTimeout(resolve, 500))
  writing = false
  await Promise.all(writers)
  await sluice.db.query(
    `update workflow_actions set lease_until = null where lease_until < now() + interval '25 seconds'`,
  )

  const published = await eventually(async () => {
    const { rows } = await sluice.db.query(
      'select sequence, subject_id, version from events where entity_key = $1 and sequence is not null order by sequence',
      [entityKey],
    )
    return rows.length === written && rows
  }, 30_000)
  assert.ok(written > 300, `${written} events`)
  assert.deepEqual(
    published.map(({ sequence }) => Number(sequence)),
    published.map((_, at) => at + 1),
  )
  const versions = new Map<string, number>()
  for (const { subject_id: subject, version } of published) {
    assert.equal(version, (versions.get(subject) ?? 0) + 1, 'in the order of changes')
    versions.set(subject, version)
  }
  const numbers = () => new Set(receiver.received.map(({ event }) => event.sequence as number))
  await eventually(async () => numbers().size === written, 60_000)
  const ids = new Set(receiver.received.map(({ event }) => event.id as string))
  assert.equal(ids.size, written, 'every event came, under one id')
  await sluice.assertSound()
})

test('of two workers one is killed in the middle of a delivery: the other delivers it', async (t) => {
  const sluice = await startKillable(t)
  const receiver = await openReceiver(t)
  await sluice.start({ holdAt: 'delivery.sent' })
  const world = await sluice.world('A')
  const made = await world.post('/workflows', {
    conditions: [{ type: 'event', events: { gateway: ['payment_declined'] } }],
    actions: [{ type: 'webhook', url: receiver.url }],
  })
  assert.equal(made.status, 201, made.text)
  const { actions } = (await world.get(`/workflows/${made.body.id}`)).body
  assert.equal((await world.submit(await world.requestSession(), CARDS.insufficientFunds)).status, 201)
  const [event = ''] = await sluice.held(1)
  assert.equal(receiver.received.length, 1)

  const second = await openContext(sluice.config)
  t.after(() => second.close())
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  assert.equal(receiver.received.length, 1, 'leased: nobody else sends it')
  const path = `/workflows/events/${event}/actions/${actions[0].id}`
  assert.equal((await world.get(path)).body.status, 'pending')

  await sluice.kill()
  await sluice.db.query(`update workflow_actions set lease_until = now() - interval '1 second'`)
  await eventually(async () => receiver.received.length === 2)
  const [first, again] = receiver.received
  assert.deepEqual(again?.raw, first?.raw)
  await eventually(async () => {
    const { rows } = await sluice.db.query(`select state, tries from deliveries`)
    return rows.length === 1 && rows[0].state === 'delivered' && rows[0].tries === 1
  })
  await sluice.assertSound()
})
