import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import pg from 'pg'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded-postgres.ts'
import type { Way } from '../src/postgres/account.ts'
import { dataFolder } from './support.ts'

const log = () => {}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const ways: Way[] = process.getuid?.() === 0 ? ['namespace', 'capabilities'] : ['direct']
for (const way of ways) {
  test(`PostgreSQL runs in a folder that only its owner may enter (${way})`, async (t) => {
    const dataDir = dataFolder(t)
    chmodSync(dirname(dataDir), 0o700)
    mkdirSync(dataDir, { mode: 0o700 })
    const first = await startEmbeddedPostgres({ dataDir, log, way })
    await ask(first.url('sluice'), 'create table kept as select 1 as one')
    await first.stop()
    const second = await startEmbeddedPostgres({ dataDir, log, way })
    assert.equal(second.adopted, false)
    assert.deepEqual(await ask(second.url('sluice'), 'select one from kept'), [{ one: 1 }])
    await second.stop()
  })
}

test('our role is no superuser, may make databases, and owns those of Sluice and the simulator', async (t) => {
  const postgres = await startEmbeddedPostgres({ dataDir: dataFolder(t), log })
  const roles = await ask(
    postgres.url('sluice'),
    'select rolsuper, rolcreatedb from pg_roles where rolname = current_user',
  )
  assert.deepEqual(roles, [{ rolsuper: false, rolcreatedb: true }])
  const owned = `select datname from pg_database where datdba = current_user::regrole order by datname`
  assert.deepEqual(await ask(postgres.url('sluice'), owned), [{ datname: 'sluice' }, { datname: 'sluice_simulator' }])
  const [checks] = await ask(postgres.url('sluice'), `select current_setting('data_checksums') as on`)
  assert.deepEqual(checks, { on: 'on' })
  const wrong = new URL(postgres.url('sluice'))
  wrong.password = 'wrong'
  await assert.rejects(ask(wrong.href, 'select 1'), /password authentication failed/)
  await postgres.stop()
})

test('an initialisation that was killed half-way is begun again and leaves no trace', async (t) => {
  const dataDir = dataFolder(t)
  mkdirSync(join(dataDir, 'postgres.half-killed', 'data'), { recursive: true })
  const postgres = await startEmbeddedPostgres({ dataDir, log })
  assert.deepEqual(readdirSync(dataDir), ['postgres'])
  await postgres.stop()
})

test('another command finds the running server, and none after its stop', async (t) => {
  const dataDir = dataFolder(t)
  const postgres = await startEmbeddedPostgres({ dataDir, log })
  const found = await findEmbeddedPostgres(dataDir)
  assert.equal(found?.url('sluice'), postgres.url('sluice'))
  await postgres.stop()
  assert.equal(await findEmbeddedPostgres(dataDir), undefined)
})

test('a server that ends by itself is noticed', async (t) => {
  const dataDir = dataFolder(t)
  const postgres = await startEmbeddedPostgres({ dataDir, log })
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'postgres', 'connection.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGQUIT')
  await postgres.died
  await postgres.stop()
})
