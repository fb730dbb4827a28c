/** The database's shape: the dumped schema is what the migrations make, on every PostgreSQL we serve. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { migrate } from '@sluice/server/store/migrate'
import pg from 'pg'
import { dumpSchema, SCHEMA_FILE } from '../scripts/dump-schema.ts'
import { CARDS } from './support/cards.ts'
import { freshDatabase, freshDatabase15 } from './support/database.ts'
import { eventually, startSluice } from './support/sluice.ts'

const written = readFileSync(SCHEMA_FILE, 'utf8')

function openDatabase(t: TestContext, url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  t.after(() => pool.end())
  return pool
}

test('schema.sql is what the migrations make of an empty database (node scripts/dump-schema.ts)', async (t) => {
  const url = await freshDatabase(t)
  await migrate(url, Date.now())
  const pool = openDatabase(t, url)
  assert.equal(await dumpSchema(pool), written)
})

test('schema.sql makes the same database by itself', async (t) => {
  const pool = openDatabase(t, await freshDatabase(t))
  await pool.query(written)
  assert.equal(await dumpSchema(pool), written)
})

test('migrating again, later and from two nodes at once, changes nothing', async (t) => {
  const url = await freshDatabase(t)
  await Promise.all([migrate(url, Date.now()), migrate(url, Date.now())])
  await migrate(url, Date.now() + 40 * 86_400_000)
  const pool = openDatabase(t, url)
  assert.equal(await dumpSchema(pool), written)
})

test('every row has a partition to go to from last month to three months ahead, and none beyond', async (t) => {
  const url = await freshDatabase(t)
  await migrate(url, Date.UTC(2026, 11, 31, 23, 59))
  const pool = openDatabase(t, url)
  const { rows } = await pool.query(
    `select relname from pg_class where relispartition and relkind = 'r' order by relname`,
  )
  const months = rows.map(({ relname }) => relname).filter((name) => name.startsWith('events_'))
  assert.deepEqual(months, ['events_2026_11', 'events_2026_12', 'events_2027_01', 'events_2027_02', 'events_2027_03'])
})

test('on PostgreSQL 15 the migrations make the same schema, and a payment goes through', async (t) => {
  const url = await freshDatabase15(t)
  if (url === undefined) return t.diagnostic('there is no PostgreSQL 15 on this machine')
  const sluice = await startSluice(t, { config: { databaseUrl: url } })
  const pool = openDatabase(t, url)
  const { rows } = await pool.query('show server_version_num')
  assert.match(rows[0].server_version_num, /^15/)
  // Which columns of a view it shows with their table is a matter of the version.
  const unqualified = (schema: string) => schema.replaceAll(/\bentities\.(?=\w)/g, '')
  assert.equal(unqualified(await dumpSchema(pool)), unqualified(written))

  const keep = { payment_method_configuration: { card: { store_payment_details: 'enabled' } } }
  const session = await sluice.requestSession({ ...keep, customer: { email: 'ada@example.com' } })
  const declined = await sluice.submit(session, CARDS.declined)
  assert.equal(declined.body.status, 'Declined', declined.text)
  const session_data = await sluice.seal(session, CARDS.approved)
  const path = `/payment-sessions/${session.id}/submit`
  const approved = await sluice.post(path, { session_data }, { 'cko-idempotency-key': 'fifteen' })
  assert.equal(approved.body.status, 'Approved', approved.text)
  const again = await sluice.post(path, { session_data }, { 'cko-idempotency-key': 'fifteen' })
  assert.equal(again.text, approved.text)
  await eventually(async () => (await sluice.payment(approved.body.id)).status === 'Captured')
  await sluice.advance('30 days')
  await sluice.assertSound()
})
