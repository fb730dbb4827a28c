/** A Sluice that may be killed at any moment, while its database, its bank and its clients live on. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { type Config, readConfig } from '@sluice/server/config'
import type { SeamName } from '@sluice/server/context'
import { openContext } from '@sluice/server/main'
import { verify } from '@sluice/server/operations/verify'
import { type RunningSimulator, startSimulator } from '@sluice/simulator/main'
import pg from 'pg'
import pino from 'pino'
import type { FromServer, ToServer } from '../crash/server.ts'
import { freshDatabase } from './database.ts'
import { client, eventually, freePort, type Json, SECRET_KEY } from './sluice.ts'

export type ProcessorClass = 'A' | 'B' | 'C' | 'D'
export type Killable = Awaited<ReturnType<typeof startKillable>>
export type World = Awaited<ReturnType<typeof makeWorld>>

/** What the database has of an attempt. */
export interface AttemptRow {
  phase: string
  review: string | null
  asked: number
  answer: string | null
}

/** A message to the processor, as it was remembered. */
export interface CallRow {
  kind: string
  key: string
  sent: string
  outcome: string | null
}

/**
 * Starts the bank and makes the databases; `start()` starts Sluice itself.
 * @param options `spare`: the next process is loaded while the present one runs, so that a restart takes less time
 */
export async function startKillable(t: TestContext, options: { spare?: boolean } = {}) {
  const [databaseUrl, booksUrl] = await Promise.all([freshDatabase(t), freshDatabase(t)])
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-crash-'))
  const config = await configOf(databaseUrl, dataDir)
  const openBank = () =>
    startSimulator({
      listen: '127.0.0.1',
      port: config.ports.simulator,
      url: config.urls.simulator,
      databaseUrl: booksUrl,
      hosts: [],
      log: pino({ level: 'silent' }),
    })
  let bank: RunningSimulator | undefined = await openBank()
  const db = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  let running: ChildProcess | undefined
  let spare: ChildProcess | undefined
  let held: string[] = []

  t.after(async () => {
    await Promise.all([end(running), end(spare)])
    await db.end()
    await bank?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  return {
    config,
    db,

    /** Resolves when Sluice listens. `holdAt`: every payment that comes to this seam stops there. */
    async start({ holdAt, jobs = true }: { holdAt?: SeamName; jobs?: boolean } = {}): Promise<void> {
      const child = spare ?? load()
      running = child
      held = []
      const listening = new Promise<void>((resolve, reject) => {
        child.on('message', (message: FromServer) => {
          if (message.state === 'held') held.push(message.subject)
          if (message.state === 'listening') resolve()
          if (message.state === 'failed') reject(new Error(message.why))
        })
        child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)))
      })
      tell(child, { start: { config, jobs, holdAt } })
      await listening
      // Not sooner: two processes that load at once take longer than one after the other.
      spare = options.spare ? load() : undefined
    },

    /** From now on payments stop at this seam. */
    holdAt(seam: SeamName) {
      tell(running as ChildProcess, { holdAt: seam })
    },

    /** Waits until so many payments stand at the seam. Their wire ids. */
    async held(count: number): Promise<readonly string[]> {
      return eventually(async () => held.length >= count && held)
    },

    /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
    async kill(): Promise<void> {
      await end(running)
      running = undefined
    },

    /**
     * Ends every lease. Only for a server that is dead: nobody can be at work under a lease then, and the test would
     * only sit out its thirty seconds. `real-lease.test.ts` shows that sitting them out does the same.
     */
    async endLeases(): Promise<void> {
      assert.equal(running, undefined, 'a living server may be at work under its lease')
      await db.query(`update payments set lease_until = now() - interval '1 second' where lease_until > now()`)
      await db.query(`update payment_actions set lease_until = now() - interval '1 second' where lease_until > now()`)
    },

    /** The bank is gone: nobody listens at its address. Its books stay. */
    async closeBank(): Promise<void> {
      await bank?.close()
      bank = undefined
    },

    async reopenBank(): Promise<void> {
      bank = await openBank()
    },

    /** A merchant of its own whose processor is of this class. */
    async world(processorClass: ProcessorClass, settings: Record<string, Json> = {}) {
      return await makeWorld(config, db, processorClass, settings)
    },

    /** Asserts every invariant, and that the bank's books say the same. */
    async assertSound(): Promise<void> {
      const { ctx, close } = await openContext(config, { jobs: false })
      try {
        const { breaches, unchecked } = await verify(ctx)
        assert.deepEqual({ breaches, unchecked }, { breaches: [], unchecked: [] })
      } finally {
        await close()
      }
    },
  }
}

/** A merchant of its own, with keys, clock and a processor of this class, on a Sluice that runs. */
export async function makeWorld(
  config: Config,
  db: pg.Pool,
  processorClass: ProcessorClass,
  more: Record<string, Json> = {},
) {
  const settings = { class: processorClass, ...more }
  const made = await client(config.urls, SECRET_KEY).post('/sandbox/worlds', { channel: { settings } })
  assert.equal(made.status, 201, made.text)
  const entity: string = made.body.entity_id
  const merchant = client(config.urls, made.body.secret_key)
  return {
    ...merchant,
    entity,
    processorClass,

    /**
     * Moves the merchant's clock, which the reconciler follows: what would happen in a minute or in a month is due now.
     * @param interval as PostgreSQL spells it: `61 seconds`
     */
    async advance(interval: string): Promise<void> {
      await db.query(
        `update entities
            set clock_offset = clock_offset + $2::interval, frozen_on = frozen_on + $2::interval
          where id = $1`,
        [uuidOf('entity', entity), interval],
      )
    },

    /** Stops the merchant's clock: from now on only `advance` moves it. */
    async freeze(): Promise<void> {
      await db.query('update entities set frozen_on = now() + clock_offset where id = $1', [uuidOf('entity', entity)])
    },

    async attempt(paymentId: string): Promise<AttemptRow> {
      const { rows } = await db.query<AttemptRow>('select phase, review, asked, answer from payments where id = $1', [
        uuidOf('payment', paymentId),
      ])
      return rows[0] as AttemptRow
    },

    /** Every message about a payment, oldest first. */
    async calls(paymentId: string): Promise<CallRow[]> {
      const { rows } = await db.query<CallRow>(
        'select kind, key, sent, outcome from processor_calls where payment_id = $1 order by id',
        [uuidOf('payment', paymentId)],
      )
      return rows
    },

    /** How many authorizations on the bank's books have not been reversed. */
    async heldAuthorizations(): Promise<number> {
      return [...(await this.heldByPayment()).values()].reduce((sum, count) => sum + count, 0)
    },

    /** The same by payment: our key for it, `pay_…`. */
    async heldByPayment(): Promise<Map<string, number>> {
      const held = new Map<string, number>()
      for (let after = '0'; ; ) {
        const page: Json[] = await merchant.ledger(`${entity}&after=${after}`)
        for (const { of, kind } of page) {
          const change = kind === 'authorization' ? 1 : kind === 'reversal' ? -1 : 0
          held.set(of, (held.get(of) ?? 0) + change)
        }
        if (page.length === 0) return held
        after = page.at(-1).seq
      }
    },
  }
}

async function configOf(databaseUrl: string, dataDir: string): Promise<Config> {
  const [api, frames, simulator] = await Promise.all([freePort(), freePort(), freePort()])
  const base = readConfig({ SLUICE_LOG_LEVEL: process.env.SLUICE_TEST_LOG ?? 'silent', SLUICE_DATA_DIR: dataDir })
  return {
    ...base,
    databaseUrl,
    limits: { ...base.limits, perKeyPerSecond: 100_000, perAddressPerSecond: 100_000 },
    ports: { ...base.ports, api, frames, simulator },
    urls: {
      ...base.urls,
      api: `http://localhost:${api}`,
      frames: `http://localhost:${frames}`,
      simulator: `http://localhost:${simulator}`,
    },
  }
}

function load(): ChildProcess {
  // The test runner's own flags are not for the server.
  return fork(new URL('../crash/server.ts', import.meta.url), { execArgv: [] })
}

function tell(child: ChildProcess, message: ToServer) {
  child.send(message)
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
