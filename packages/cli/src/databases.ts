/** The databases a command works on: the embedded ones, or those of the server that SLUICE_DATABASE_URL names. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '@sluice/server/config'
import pg from 'pg'
import { ClearError, codeOf, diskFull, isDiskFull } from './clear-error.ts'
import { takeDataFolder, tryTake } from './data-folder.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'

export interface Databases {
  sluice: string
  /** The simulator's own books. */
  simulator: string
  /** Resolves when an embedded server has ended without being asked; else never. */
  died: Promise<void>
  /** Resolves when an embedded server that this command started has ended. */
  stop: (how?: 'fast' | 'immediate') => Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
/** How long a command waits for the database of a Sluice that is just starting. */
const PATIENCE_MS = 20_000

/** For `start`, which holds the data folder. Throws `ClearError` when the database cannot be used. */
export async function openDatabases(config: Config, log: (line: string) => void): Promise<Databases> {
  if (config.databaseUrl) return notOurs(await outsideDatabases(config))
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  const { url, died, stop } = postgres
  return { sluice: url('sluice'), simulator: url('sluice_simulator'), died, stop }
}

/**
 * As `borrowDatabases`, for a command that needs what is there already: nothing is made. Of a server of one's own the simulator's
 * books may be missing.
 */
export async function borrowMadeDatabases(config: Config, command: string): Promise<Databases> {
  if (config.databaseUrl) return notOurs(await outsideDatabases(config, 'as it is'))
  if (!hasDatabase(config.dataDir)) {
    throw new ClearError(`There is no database in ${config.dataDir}: name the right folder with --data-dir.`)
  }
  return borrowDatabases(config, command)
}

/** Whether an embedded database was ever made there. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(join(dataDir, 'postgres'))
}

/** For a command beside a `start` that may or may not be running: uses its database, else boots it for a moment. */
export async function borrowDatabases(config: Config, command: string): Promise<Databases> {
  if (config.databaseUrl) return notOurs(await outsideDatabases(config))
  const giveUpAt = performance.now() + PATIENCE_MS
  do {
    const folder = tryTake(config.dataDir, command)
    if (folder) {
      try {
        const databases = await openDatabases(config, () => {})
        return { ...databases, stop: async (how) => await databases.stop(how).finally(folder.release) }
      } catch (error) {
        folder.release()
        throw error
      }
    }
    const running = await findEmbeddedPostgres(config.dataDir)
    if (running) return notOurs({ sluice: running.url('sluice'), simulator: running.url('sluice_simulator') })
    await sleep(100)
  } while (performance.now() < giveUpAt)
  await takeDataFolder(config.dataDir, command) // says who keeps it
  throw new ClearError(`The database of ${config.dataDir} does not answer. Try again when Sluice has started.`)
}

/** Databases that somebody else starts and stops. */
function notOurs(addresses: { sluice: string; simulator: string }): Databases {
  return { ...addresses, died: new Promise(() => {}), stop: async () => {} }
}

/** The simulator's books are a database beside ours, named after it; it is made when the role may. */
async function outsideDatabases(
  config: Config,
  how: 'complete' | 'as it is' = 'complete',
): Promise<{ sluice: string; simulator: string }> {
  const sluice = config.databaseUrl ?? ''
  const beside = new URL(sluice)
  beside.pathname = `${beside.pathname}_simulator`
  const simulator = beside.href
  const client = await connect(sluice)
  try {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    const version = Math.floor((rows[0]?.version ?? 0) / 10_000)
    if (version < 15) throw new ClearError(`SLUICE_DATABASE_URL is PostgreSQL ${version}; Sluice needs 15 to 18.`)
    const needsBooks = config.mode === 'sandbox' && how === 'complete'
    if (needsBooks) await makeDatabase(client, decodeURIComponent(beside.pathname.slice(1)))
  } finally {
    await client.end()
  }
  return { sluice, simulator }
}

async function makeDatabase(client: pg.Client, name: string) {
  const { rows } = await client.query('select 1 from pg_database where datname = $1', [name])
  if (rows.length > 0) return
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`)
  } catch (error) {
    if (codeOf(error) === '42P04') return // another start was quicker
    if (codeOf(error) !== '42501') throw error
    throw new ClearError(`The simulator needs a database named ${name}: create it, or let the role create databases.`)
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {}) // told by the query or connect() that was running
  try {
    await client.connect()
    return client
  } catch (error) {
    throw connectionTrouble(error, url)
  }
}

/** Why a database cannot be reached, as one line without its password. */
export function connectionTrouble(error: unknown, url: string): ClearError {
  const { hostname, port, pathname, username } = new URL(url)
  const name = decodeURIComponent(pathname.slice(1))
  const place = `${hostname || 'localhost'}:${port || 5432}`
  const code = codeOf(error) || (error instanceof AggregateError ? codeOf(error.errors[0]) : '')
  const because = (why: string) => new ClearError(`Cannot use the database of SLUICE_DATABASE_URL: ${why}`)
  if (isDiskFull(error)) return diskFull(place)
  if (code === 'ECONNREFUSED')
    return because(`nothing listens on ${place}. Start PostgreSQL there or correct the address.`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return because(`there is no host ${hostname}. Correct the address.`)
  if (code === '28P01' || code === '28000') {
    return because(`${place} refuses user ${decodeURIComponent(username) || '(none)'}. Correct user and password.`)
  }
  if (code === '3D000') return because(`${place} has no database ${name}. Create it or correct the name.`)
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return because(`${place} does not speak PostgreSQL. Correct the address.`)
  const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
  return because(`${why} (${place}).`)
}
