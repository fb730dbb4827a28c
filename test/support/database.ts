/** Databases for tests: each test gets its own, on the server of the run or, without one, on a server of this file's. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/cli/embedded-postgres'
import pg from 'pg'

const INSUFFICIENT_PRIVILEGE = '42501'
const made: { server: string; name: string }[] = []
let own: Promise<{ postgres: EmbeddedPostgres; folder: string }> | undefined
let count = 0

/**
 * The address of an empty database of the test's own. `npm test` names the server in SLUICE_TEST_DATABASE_URL; a test
 * run by itself boots an embedded one. It is dropped when all tests of the file are done: sooner, a server that the
 * test closes after its last line would lose its connections.
 */
export async function freshDatabase(_t: TestContext): Promise<string> {
  return createDatabase(process.env.SLUICE_TEST_DATABASE_URL ?? (await ownServer()))
}

/** As `freshDatabase`, on PostgreSQL 15; `undefined` where this machine has none. */
export async function freshDatabase15(_t: TestContext): Promise<string | undefined> {
  const server = process.env.SLUICE_TEST_DATABASE_URL_15
  return server ? createDatabase(server) : undefined
}

async function createDatabase(server: string): Promise<string> {
  count += 1
  const name = `test_${process.pid}_${count}`
  await run(server, `create database ${name}`)
  made.push({ server, name })
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function ownServer(): Promise<string> {
  own ??= bootServer()
  return (await own).postgres.url('postgres')
}

async function bootServer() {
  const folder = mkdtempSync(join(tmpdir(), `sluice-test-${process.pid}-`))
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => {}, settings: { fsync: 'off' } })
  return { postgres, folder }
}

after(async () => {
  if (own) {
    const { postgres, folder } = await own
    await postgres.stop('immediate')
    rmSync(folder, { recursive: true, force: true })
    return
  }
  for (const { server, name } of made) await dropDatabase(server, name)
})

/** PostgreSQL's own vacuum may be at work in it, and only a superuser may send that away: it leaves by itself. */
async function dropDatabase(server: string, name: string, triesLeft = 20): Promise<void> {
  try {
    await run(server, `drop database if exists ${name} with (force)`)
  } catch (cause) {
    if ((cause as { code?: string }).code !== INSUFFICIENT_PRIVILEGE || triesLeft === 0) throw cause
    await sleep(250)
    await dropDatabase(server, name, triesLeft - 1)
  }
}

async function run(server: string, sql: string) {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
