/** Opens the bank: its books, then its doors. */
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import type { Logger } from 'pino'
import { openAccounts } from './accounts.ts'
import { buildSimulator } from './app.ts'
import { openBooks } from './books.ts'
import { migrate } from './migrate.ts'
import { openAuthentications } from './three-ds/store.ts'
import { type StartTimer, startTimer } from './timer.ts'

export interface SimulatorOptions {
  /** The address to bind. */
  listen: string
  /** 0 = any free port. */
  port: number
  /** The origin under which shoppers reach the bank, without a trailing slash; default: where it listens. */
  url?: string
  /** A database of the bank's own. Its tables are made when they are missing. */
  databaseUrl: string
  /** `Host` names to answer for, beside localhost, *.localhost and loopback literals. */
  hosts: readonly string[]
  /** Origins of Sluice's API and frames, where 3-D Secure may send results and forms; default: every loopback address. */
  origins?: readonly string[]
  log: Logger
  /** For what the bank does a while later; default: by real time. */
  startTimer?: StartTimer
  /** PEM: serves over HTTPS. */
  tls?: { cert: string; key: string } | undefined
}

export interface RunningSimulator {
  url: string
  close(): Promise<void>
}

/** One connection writes; the others read. */
const CONNECTIONS = 6

/**
 * Statements are prepared while the tables are still empty, and a plan that reads an empty table from end to end stays in
 * use when it is full. Every statement here has an index, so it is told to use it.
 */
const PLANS_BY_INDEX = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off'

/** Resolves when the bank answers. Rejects when its database or its port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: CONNECTIONS,
    application_name: 'sluice-simulator',
    options: PLANS_BY_INDEX,
  })
  let closing = false
  pool.on('error', (cause) => {
    // The database that is stopped after us may be quicker than the pool's farewell.
    if (!closing) options.log.warn({ err: { message: cause.message } }, 'a database connection was lost')
  })
  try {
    const secret = await migrate(pool)
    let url = options.url ?? ''
    const books = openBooks(pool)
    const app = buildSimulator({
      books,
      accounts: openAccounts(pool),
      authentications: openAuthentications(pool),
      secret,
      url: () => url,
      hosts: options.hosts,
      origins: options.origins ?? [],
      log: options.log,
      startTimer: options.startTimer ?? startTimer,
      tls: options.tls,
    })
    await app.listen({ host: options.listen, port: options.port })
    if (url === '') url = `${options.tls ? 'https' : 'http'}://localhost:${(app.server.address() as AddressInfo).port}`
    return {
      url,
      async close() {
        await app.close()
        await books.idle()
        closing = true
        await pool.end()
      },
    }
  } catch (cause) {
    await pool.end()
    throw cause
  }
}
