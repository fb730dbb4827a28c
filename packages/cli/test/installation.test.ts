/** Whose database it is: a command never works on the wrong one, and one that only reads makes none. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import pg from 'pg'
import { freshDatabase } from '../../../test/support/database.ts'
import { assertOneLine, dataFolder, freePorts, run } from './support.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64')
const PRODUCTION = { SLUICE_MODE: 'production', SLUICE_MASTER_KEY: KEY }

async function query(t: TestContext, url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end().catch(() => {}))
  const result = await client.query(text)
  await client.end()
  return result
}

test('verify refuses a folder without a database, and does not make one', async (t) => {
  const dataDir = join(dirname(dataFolder(t)), 'mistyped')
  assertOneLine(await run(['verify', '--data-dir', dataDir]).ended, /^There is no database in .*mistyped: .*--data-dir/)
  assert.equal(existsSync(dataDir), false)
})

test('verify refuses a database that is not Sluice’s or of another version, and changes nothing', async (t) => {
  const url = await freshDatabase(t)
  const env = { SLUICE_DATABASE_URL: url }
  const dataDir = dataFolder(t)
  assertOneLine(await run(['verify', '--data-dir', dataDir], env).ended, /^There is no Sluice in this database/)
  const { rows } = await query(t, url, `select from pg_class where relnamespace = 'public'::regnamespace`)
  assert.equal(rows.length, 0)

  assert.equal((await run(['seed', '--entity', 'One', '--data-dir', dataDir], env).ended).code, 0)
  await query(t, url, `insert into migrations (name) values ('9999_later.sql')`)
  assertOneLine(await run(['verify', '--data-dir', dataDir], env).ended, /^This database is of a newer version/)
  await query(t, url, `delete from migrations where name > '0003'`)
  assertOneLine(await run(['verify', '--data-dir', dataDir], env).ended, /^This database is of an older version/)
})

test('a sandbox and a production database are not taken for each other, nor one of another master key', async (t) => {
  const dataDir = dataFolder(t)
  const made = await run(['seed', '--entity', 'One', '--data-dir', dataDir], PRODUCTION).ended
  assert.equal(made.code, 0, 'needs no public addresses')
  assert.equal(made.err, `There is no database in ${dataDir} yet: making one.\n`)
  assert.match((JSON.parse(made.out) as { keys: { secret: string } }).keys.secret, /^sk_[a-z2-7]{27}$/)

  const wrongMode = /^This database is in production and SLUICE_MODE is sandbox: set SLUICE_MODE=production, or /
  const port = String(await freePorts())
  assertOneLine(
    await run(['start', '--data-dir', dataDir, '--port', port], { SLUICE_MASTER_KEY: KEY }).ended,
    wrongMode,
  )
  assertOneLine(await run(['seed', '--entity', 'Two', '--data-dir', dataDir]).ended, wrongMode)
  assertOneLine(await run(['verify', '--data-dir', dataDir]).ended, wrongMode)

  const otherKey = { ...PRODUCTION, SLUICE_MASTER_KEY: OTHER_KEY }
  assertOneLine(
    await run(['seed', '--entity', 'Two', '--data-dir', dataDir], otherKey).ended,
    /^The keys in this database were made with another SLUICE_MASTER_KEY: set that one, or use another --data-dir\.$/m,
  )
  const verified = await run(['verify', '--data-dir', dataDir], { SLUICE_MODE: 'production' }).ended
  assert.deepEqual(verified, {
    code: 0,
    out: "1 merchant, 0 payments, 0 movements on the bank's books: every invariant holds.\n",
    err: '',
  })
})
