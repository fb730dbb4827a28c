/** Reads nothing but its config: opens the store, builds the apps, listens, and starts the clock's work. */
import { createHmac, randomUUID } from 'node:crypto'
import { buildApi, buildFrames, type Certificate } from './app.ts'
import { openKnownRanges } from './authenticators/ds/known-ranges.ts'
import { type Config, SettingError } from './config.ts'
import type { Context, Seam } from './context.ts'
import { readFlowFiles } from './http/flow-files.ts'
import { CHORES, JOBS } from './jobs/jobs.ts'
import { dueWorkOf, type Jobs, startJobs } from './jobs/run.ts'
import { createLogger } from './logging.ts'
import type { PoolFigures } from './metrics.ts'
import { openHolds, withHolds } from './operations/holds.ts'
import { enterInstallation } from './operations/installation.ts'
import { publishedKeysWork, seedSandbox } from './operations/seed.ts'
import { processors } from './processors/index.ts'
import { migrate } from './store/migrate.ts'
import { openPool, openStore } from './store/store.ts'
import { systemNow } from './time.ts'
import { openExchange } from './vault/send.ts'
import { openVault } from './vault/vault.ts'
import { openWebhookSender } from './webhooks/send.ts'

export interface RunningServer {
  ctx: Context
  urls: Pick<Config['urls'], 'api' | 'frames'>
  /** Stops accepting, lets what is under way end, closes the database. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** Where a test stops or kills a payment; nothing in production. */
  seam?: Seam
  /** A test that holds the clock's work itself turns the loops off. */
  jobs?: boolean
  /** Serves both listeners over HTTPS. */
  tls?: Certificate
  /** Folder of Flow's built files, with their `manifest.json`; without it nothing is served at `/flow`. */
  flow?: string | undefined
  /** A server's certificate (PEM) that calls to processors trust beside the usual ones: that of the simulator. */
  trusted?: string
}

/** @param config with `databaseUrl` set: the embedded database is the front door's business */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const { ctx, pool, close: closeContext } = await openContext(config, options)
  const listeners: { close(): Promise<unknown> }[] = []
  try {
    await seed(ctx)
    const flow = options.flow === undefined ? undefined : readFlowFiles(options.flow, config)
    const api = await buildApi(ctx, { pool, tls: options.tls, flow })
    const frames = await buildFrames(ctx, { tls: options.tls, flow })
    listeners.push(api, frames)
    await api.listen({ host: config.listen, port: config.ports.api })
    await frames.listen({ host: config.listen, port: config.ports.frames })
    return {
      ctx,
      urls: { api: config.urls.api, frames: config.urls.frames },
      async close() {
        ctx.holds?.close()
        await Promise.all([api.close(), frames.close()])
        await closeContext()
      },
    }
  } catch (cause) {
    // One of them may listen already, when the other's port is taken.
    await Promise.all(listeners.map((one) => one.close()))
    await closeContext()
    throw cause
  }
}

/** Published keys have their merchant; where keys are generated, the published ones must not open anything. */
async function seed(ctx: Context): Promise<void> {
  if (ctx.config.keys === 'published') return await seedSandbox(ctx)
  if (await publishedKeysWork(ctx)) {
    throw new SettingError(
      'The published sandbox keys work on this database, and with generated keys (always in production) they must not: use a database or --data-dir that never had them.',
    )
  }
}

export interface OpenContext {
  ctx: Context
  /** For the figures of `/metrics`. */
  pool: PoolFigures
  close(): Promise<void>
}

/** Everything an operation needs, without a listener: for the server, the command line and tests. */
export async function openContext(
  config: Config,
  { seam = () => undefined, jobs = true, trusted }: Omit<ServerOptions, 'tls' | 'flow'> = {},
): Promise<OpenContext> {
  if (config.databaseUrl === undefined) throw new TypeError('openContext needs a database URL')
  const log = createLogger(config)
  await migrate(config.databaseUrl, systemNow())
  const pool = openPool(config.databaseUrl, config.databaseConnections, config.databaseWaitMs)
  // An idle connection may be cut at any time: the pool makes another one for the next request. While we close, the
  // database that is stopped next may be quicker than the pool's farewell.
  let closing = false
  pool.on('error', (cause) => {
    if (!closing) log.warn({ err: cause }, 'a database connection was lost')
  })
  let running: Jobs | undefined
  try {
    const store = openStore(pool)
    await enterInstallation(store.db, config)
    const vault = await openVault({ db: store.db, config, now: systemNow, log })
    const exchange = openExchange(trusted)
    // What is stopped on purpose is a matter of tests.
    const holds = config.mode === 'sandbox' ? openHolds(() => ctx) : undefined
    const ctx: Context = {
      config,
      store,
      vault,
      processors: processors({ exchange, config, vault }),
      exchange,
      cardRanges: openKnownRanges({ exchange, now: systemNow, newTransId: randomUUID }),
      sendWebhook: openWebhookSender({ mode: config.mode, now: systemNow }),
      now: systemNow,
      random: choice,
      seam: withHolds(seam, holds),
      holds,
      wakeJobs: () => running?.wake(),
      dueWork: dueWorkOf(() => ctx, JOBS),
      log,
    }
    if (jobs) running = startJobs(() => ctx, JOBS, CHORES)
    return {
      ctx,
      pool,
      async close() {
        holds?.close()
        await running?.stop()
        closing = true
        await store.close()
      },
    }
  } catch (cause) {
    await pool.end()
    throw cause
  }
}

/** 32 bits for one purpose of one subject: an HMAC, so that the same world chooses the same whatever runs beside it. */
function choice(entitySeed: Uint8Array, subject: string, purpose: string): number {
  return createHmac('sha256', entitySeed).update(`${purpose}\n${subject}`).digest().readUInt32BE(0)
}
