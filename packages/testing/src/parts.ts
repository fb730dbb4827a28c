/** The parts of a Sluice for tests, on free ports and with databases of its own. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A PostgreSQL in a folder that goes away with it. The addresses hold its password. */
export interface Database {
  sluice: string
  /** The bank's own books. */
  simulator: string
  /** Of the installation: keys and database. */
  dataDir: string
}

export interface Server {
  /** The API's origin. */
  url: string
  /** What is broken of the money invariants. */
  verify(): Promise<string[]>
  stop(): Promise<void>
}

/** Tests are faster than any merchant. */
const REQUESTS_PER_SECOND = 100_000
/** A port may be taken between the look and the start. */
const MOST_TRIES = 5

/** What nobody wants back needs no disk: `fsync` is off. */
export async function startDatabase(): Promise<Database & { stop(): Promise<void> }> {
  const { startEmbeddedPostgres } = await import('@sluice/cli/embedded-postgres')
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-testing-'))
  const remove = () => {
    // Where PostgreSQL may not enter the folder of root, its files are elsewhere, behind a link.
    for (const folder of [realPath(join(dataDir, 'postgres')), dataDir]) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  }
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } })
    return {
      sluice: postgres.url('sluice'),
      simulator: postgres.url('sluice_simulator'),
      dataDir,
      async stop() {
        await postgres.stop('immediate')
        remove()
      },
    }
  } catch (cause) {
    remove()
    throw cause
  }
}

/** Server and bank on a database, in this process. */
export async function startRooms(database: Database, logLevel: string): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await startRoomsOnce(database, logLevel)
    } catch (cause) {
      if (tries === MOST_TRIES || (cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    }
  }
}

/** Reads their files, which takes a moment: begun while the database starts, it costs none. */
export function loadRooms() {
  const rooms = Promise.all([
    import('@sluice/flow/built'),
    import('@sluice/server/config'),
    import('@sluice/server/main'),
    import('@sluice/server/operations/verify'),
    import('@sluice/simulator/main'),
    import('pino'),
  ])
  rooms.catch(() => undefined) // told where it is awaited
  return rooms
}

async function startRoomsOnce(database: Database, logLevel: string): Promise<Server> {
  const [{ builtFlow }, { readConfig }, { startServer }, { verify }, { startSimulator }, pino] = await loadRooms()
  const [api, frames, simulator] = await Promise.all([freePort(), freePort(), freePort()])
  const defaults = readConfig({ SLUICE_LOG_LEVEL: logLevel, SLUICE_DATA_DIR: database.dataDir })
  const config = {
    ...defaults,
    databaseUrl: database.sluice,
    databaseWaitMs: 10_000,
    limits: { ...defaults.limits, perKeyPerSecond: REQUESTS_PER_SECOND, perAddressPerSecond: REQUESTS_PER_SECOND },
    ports: { ...defaults.ports, api, frames, simulator },
    urls: {
      ...defaults.urls,
      api: `http://localhost:${api}`,
      frames: `http://localhost:${frames}`,
      simulator: `http://localhost:${simulator}`,
    },
  }
  const bank = await startSimulator({
    listen: '127.0.0.1',
    port: simulator,
    url: config.urls.simulator,
    databaseUrl: database.simulator,
    hosts: [],
    log: pino.default({ level: 'silent' }),
  })
  try {
    const server = await startServer(config, { flow: await builtFlow() })
    return {
      url: config.urls.api,
      async verify() {
        const { breaches, unchecked } = await verify(server.ctx)
        return [...breaches, ...unchecked].map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
      },
      async stop() {
        try {
          await server.close()
        } finally {
          await bank.close()
        }
      },
    }
  } catch (cause) {
    await bank.close()
    throw cause
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path // never made
  }
}
