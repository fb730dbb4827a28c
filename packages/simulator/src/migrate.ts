/** Brings the bank's database up to date, and reads or makes the bank's secret. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from 'pg'

const MIGRATIONS = new URL('./migrations/', import.meta.url)
/** Any number: two banks that start on one database take turns. */
const LOCK = 7_583_223

/** @returns 32 bytes that stay the same for the life of this database */
export async function migrate(pool: Pool): Promise<Buffer> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await client.query('create table if not exists migrations (name text primary key)')
    const { rows: done } = await client.query<{ name: string }>('select name from migrations')
    for (const name of (await readdir(MIGRATIONS)).sort()) {
      if (done.some((row) => row.name === name)) continue
      await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'))
      await client.query('insert into migrations (name) values ($1)', [name])
    }
    await client.query('insert into bank (secret) values ($1) on conflict do nothing', [randomBytes(32)])
    const { rows } = await client.query<{ secret: Buffer }>('select secret from bank')
    await client.query('commit')
    const secret = rows[0]?.secret
    if (!secret) throw new Error('the bank has no secret')
    return secret
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    throw cause
  } finally {
    client.release()
  }
}
