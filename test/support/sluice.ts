/** A whole Sluice for a test: real PostgreSQL, real HTTP, the simulator as the bank. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { builtFlow } from '@sluice/flow/built'
import { type Config, readConfig } from '@sluice/server/config'
import { type RunningServer, type ServerOptions, startServer } from '@sluice/server/main'
import { verify } from '@sluice/server/operations/verify'
import { startSimulator } from '@sluice/simulator/main'
import pino from 'pino'
import { freshDatabase } from './database.ts'
import { client, SANDBOX_ENTITY, SECRET_KEY } from './client.ts'
import type { HeldTime } from './held-time.ts'
import { freePort } from './ports.ts'

export * from './client.ts'
export { eventually } from './eventually.ts'
export { freePort } from './ports.ts'

export type Sluice = Awaited<ReturnType<typeof startSluice>>

export interface SluiceOptions extends ServerOptions {
  config?: Partial<Config>
  /** The first sandbox merchant's secret key, or another's. */
  key?: string
  /** `integrated`: the simulated bank authenticates the shopper by itself, on a page of its own. */
  authentication?: 'integrated'
  /**
   * `seeded`: the sandbox merchant offers Apple Pay and Google Pay, as it does for everybody. Without it he offers neither:
   * most tests are about a form with one method, or count what is offered.
   */
  wallets?: 'seeded'
  /** What the bank does by itself a while later: see `held-time.ts`. Default: by real time. */
  bankTime?: Pick<HeldTime, 'startTimer'>
}

/** Starts everything on free ports with databases of its own; it is stopped when the test ends. */
export async function startSluice(t: TestContext, options: SluiceOptions = {}) {
  const [databaseUrl, booksUrl] = await Promise.all([freshDatabase(t), freshDatabase(t)])
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-data-'))
  const [api, frames, simulatorPort] = await Promise.all([freePort(), freePort(), freePort()])
  const base = readConfig({ SLUICE_LOG_LEVEL: process.env.SLUICE_TEST_LOG ?? 'silent', SLUICE_DATA_DIR: dataDir }, {})
  const config: Config = {
    ...base,
    databaseUrl,
    databaseConnections: 8,
    // A loaded machine is no reason for a test to fail.
    databaseWaitMs: 10_000,
    limits: { ...base.limits, perKeyPerSecond: 100_000, perAddressPerSecond: 100_000 },
    ports: { ...base.ports, api, frames, simulator: simulatorPort },
    urls: {
      ...base.urls,
      api: `http://localhost:${api}`,
      frames: `http://localhost:${frames}`,
      simulator: `http://localhost:${simulatorPort}`,
    },
    ...options.config,
  }
  const simulator = await startSimulator({
    listen: '127.0.0.1',
    port: simulatorPort,
    url: config.urls.simulator,
    databaseUrl: booksUrl,
    hosts: [],
    log: pino({ level: 'silent' }),
    ...options.bankTime,
  })
  const running: { server?: RunningServer } = {}
  // Before the server is started: a simulator that nobody closes would keep the test's process alive for ever.
  t.after(async () => {
    await running.server?.close()
    await simulator.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const server = await startServer(config, { flow: await builtFlow(), ...options })
  running.server = server
  if (options.authentication) await leaveToTheBank(server)
  if (options.wallets !== 'seeded') await leaveOutWallets(server)
  return {
    ...client(config.urls, options.key ?? SECRET_KEY),
    config,
    ctx: server.ctx,
    /** Moves a merchant's clock forward; the default is the sandbox merchant's. */
    async advance(interval: string, entity = SANDBOX_ENTITY) {
      await server.ctx.store.db.query({
        name: 'advance_clock',
        text: 'update entities set clock_offset = clock_offset + $2::interval where id = $1',
        values: [uuidOf('entity', entity), interval],
      })
      server.ctx.wakeJobs()
    },
    /** Asserts every invariant, and that the bank's books say the same. */
    async assertSound() {
      const { breaches, unchecked } = await verify(server.ctx)
      assert.deepEqual({ breaches, unchecked }, { breaches: [], unchecked: [] })
    },
  }
}

/** As channels are that leave 3-D Secure to their processor. */
async function leaveToTheBank({ ctx }: RunningServer) {
  await ctx.store.db.query({
    name: 'test_integrated_authentication',
    text: `update processing_channels set settings = settings || '{"authentication": "integrated"}'`,
    values: [],
  })
}

/** Of the sandbox merchant; worlds that a test makes are as their request says. */
async function leaveOutWallets({ ctx }: RunningServer) {
  await ctx.store.db.query({
    name: 'test_no_wallets',
    text: `update processing_channels set settings = settings || '{"wallets": "none"}'`,
    values: [],
  })
}
