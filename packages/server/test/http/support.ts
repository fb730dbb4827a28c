/** An API for tests: real Postgres, the real vault, a log that is kept, and nothing listening until asked. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { buildApi } from '../../src/app.ts'
import { openKnownRanges } from '../../src/authenticators/ds/known-ranges.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import type { Api } from '../../src/http/types.ts'
import { createLogger } from '../../src/logging.ts'
import { seedSandbox } from '../../src/operations/seed.ts'
import { processors } from '../../src/processors/index.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openPool, openStore } from '../../src/store/store.ts'
import { openExchange } from '../../src/vault/send.ts'
import { openWebhookSender } from '../../src/webhooks/send.ts'
import { openVault } from '../../src/vault/vault.ts'
import { freshDatabase } from '../../../../test/support/database.ts'

export interface TestApi {
  app: Api
  ctx: Context
  /** Everything that was logged so far. */
  log: string[]
  /** Moves real time, as the server sees it. */
  advance: (ms: number) => void
  /** Listens on a free port of the loopback address, and says which. */
  listen: () => Promise<number>
}

interface Options {
  /** Settings that differ from the defaults. */
  config?: Partial<Config>
  limits?: Partial<Config['limits']>
  /** What the processor says when it is asked whether it is well. */
  healthy?: () => boolean
}

export async function startApi(t: TestContext, options: Options = {}): Promise<TestApi> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-http-'))
  const defaults = readConfig({ SLUICE_DATA_DIR: dataDir })
  const config = { ...defaults, ...options.config, limits: { ...defaults.limits, ...options.limits } }
  const databaseUrl = await freshDatabase(t)
  const pool = openPool(databaseUrl, 5, 10_000)
  pool.on('error', () => {})
  const log: string[] = []
  const logger = createLogger({ logLevel: 'info' }, { write: (line: string) => void log.push(line) })
  let ahead = 0
  const now = () => Date.now() + ahead
  await migrate(databaseUrl, now())
  const store = openStore(pool)
  const vault = await openVault({ db: store.db, config, now, log: logger })
  const exchange = openExchange()
  const registry = processors({ exchange, config, vault })
  const health = async () => options.healthy?.() ?? true
  const ctx: Context = {
    config,
    store,
    vault,
    processors: (settings) => ({ ...registry(settings), health }),
    exchange,
    cardRanges: openKnownRanges({ exchange, now, newTransId: randomUUID }),
    sendWebhook: openWebhookSender({ mode: config.mode, now }),
    now,
    random: () => 0,
    seam: () => {},
    holds: undefined,
    wakeJobs: () => {},
    dueWork: { next: async () => undefined, run: async () => 0 },
    log: logger,
  }
  if (config.mode === 'sandbox') await seedSandbox(ctx)
  const app = await buildApi(ctx, { pool })
  t.after(async () => {
    app.server.closeAllConnections()
    await app.close()
    await store.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    app,
    ctx,
    log,
    advance: (ms) => {
      ahead += ms
    },
    listen: async () => {
      await app.listen({ host: '127.0.0.1', port: 0 })
      return (app.server.address() as { port: number }).port
    },
  }
}
