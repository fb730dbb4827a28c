/** Brings a database to the schema of this version: every file of `migrations/` once, in order, each in a transaction. */
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Queryable } from './db.ts'
import { ensurePartitions } from './partitions.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Any constant: keeps two servers that start at once from migrating at once. Nothing about money rests on it. */
const MIGRATION_LOCK = 728_342

/**
 * On a connection of its own, without the limits of the one that serves requests: a migration may take its time.
 * @param now milliseconds since 1970, for the partitions of the months around it
 */
export async function migrate(databaseUrl: string, now: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'sluice-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(
      'create table if not exists migrations (name text primary key, applied_on timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from migrations')
    const applied = new Set(rows.map(({ name }) => name))
    for (const name of await migrationNames()) {
      if (applied.has(name)) continue
      await client.query('begin')
      await client.query(await readFile(new URL(name, FOLDER), 'utf8'))
      await client.query('insert into migrations (name) values ($1)', [name])
      await client.query('commit')
    }
    await ensurePartitions(client, now)
  } finally {
    // Ends the session: what it had begun is rolled back, and the lock is free.
    await client.end()
  }
}

/** How a database stands to this version: `missing` when it was never Sluice's, `newer` when a later version was here. */
export type SchemaState = 'missing' | 'older' | 'current' | 'newer'

/** Reads only. */
export async function schemaState(db: Queryable): Promise<SchemaState> {
  const { rows: tables } = await db.query<{ there: boolean }>({
    name: 'has_migrations',
    text: `select to_regclass('migrations') is not null as there`,
    values: [],
  })
  if (!tables[0]?.there) return 'missing'
  const { rows } = await db.query<{ name: string }>({
    name: 'read_migrations',
    text: 'select name from migrations',
    values: [],
  })
  const applied = new Set(rows.map(({ name }) => name))
  const known = await migrationNames()
  if (applied.size === 0) return 'missing'
  if ([...applied].some((name) => !known.includes(name))) return 'newer'
  return known.every((name) => applied.has(name)) ? 'current' : 'older'
}

async function migrationNames(): Promise<string[]> {
  const names = await readdir(FOLDER)
  return names.filter((name) => name.endsWith('.sql')).sort()
}
