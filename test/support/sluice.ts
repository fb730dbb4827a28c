/** A whole Sluice for a test: real PostgreSQL, real HTTP, the simulator as the bank. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { builtFlow } from '@sluice/flow/built'
import { makeSessionData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import { type Config, readConfig } from '@sluice/server/config'
import { type RunningServer, type ServerOptions, startServer } from '@sluice/server/main'
import { verify } from '@sluice/server/operations/verify'
import { startSimulator } from '@sluice/simulator/main'
import pino from 'pino'
import { freshDatabase } from './database.ts'
import { assertConforms, documentOf } from './openapi.ts'

export const SECRET_KEY = 'sk_sbox_sluicesandboxsecretkey22222'
export const SANDBOX_ENTITY = 'ent_sluicesandboxentity2222224'
export const PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222'

/** The least a session needs, in GBP pence. */
export const SESSION_BODY = {
  amount: 1000,
  currency: 'GBP',
  reference: 'ORD-123A',
  billing: { address: { country: 'GB' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by the test that asked for it
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Json
}

export interface Session {
  id: string
  payment_session_secret: string
  [member: string]: Json
}

export type Sluice = Awaited<ReturnType<typeof startSluice>>

export interface SluiceOptions extends ServerOptions {
  config?: Partial<Config>
  /** The first sandbox merchant's secret key, or another's. */
  key?: string
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

/** The calls a test makes of a running Sluice, as one merchant. Every answer of the API has to be as it is documented. */
export function client(urls: Pick<Config['urls'], 'api' | 'frames' | 'simulator'>, key: string) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = path.startsWith('http') ? path : urls.api + path
    const document = url.startsWith(`${urls.api}/`) ? await documentOf(urls.api) : undefined
    const reply = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await reply.text()
    if (document) assertConforms(document, { method, url, status: reply.status, headers: reply.headers, text })
    const json = reply.headers.get('content-type')?.includes('json') && text !== ''
    return { status: reply.status, headers: reply.headers, text, body: json ? JSON.parse(text) : undefined }
  }

  return {
    urls,
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => call('POST', path, body, headers),
    /** A session with the members given laid over the smallest body. */
    async requestSession(members: Record<string, unknown> = {}): Promise<Session> {
      const answer = await call('POST', '/payment-sessions', { ...SESSION_BODY, ...members })
      if (answer.status !== 201) throw new Error(`no session: ${answer.status} ${answer.text}`)
      return answer.body
    },
    seal(session: Session, card: TypedCard, shown: { amount?: number; currency?: string } = {}): Promise<string> {
      return makeSessionData({
        framesUrl: urls.frames,
        sessionId: session.id,
        secret: session.payment_session_secret,
        card,
        ...shown,
      })
    },
    /** Seals the card and submits it with the secret key. */
    async submit(session: Session, card: TypedCard, members: Record<string, unknown> = {}): Promise<Answer> {
      const session_data = await this.seal(session, card)
      return await call('POST', `/payment-sessions/${session.id}/submit`, { session_data, ...members })
    },
    /** Submits as the shopper's browser does: public key and session secret. */
    submitFromBrowser(session: Session, body: unknown, publicKey = PUBLIC_KEY): Promise<Answer> {
      return call('POST', `/payment-sessions/${session.id}/submit`, body, {
        authorization: `Bearer ${publicKey}`,
        'sluice-session-secret': session.payment_session_secret,
      })
    },
    async payment(id: string): Promise<Json> {
      const answer = await call('GET', `/payments/${id}`)
      if (answer.status !== 200) throw new Error(`no payment ${id}: ${answer.status} ${answer.text}`)
      return answer.body
    },
    /** What the bank itself has on its books of a merchant. */
    async ledger(entity = SANDBOX_ENTITY): Promise<Json[]> {
      return (await call('GET', `${urls.simulator}/ledger?merchant=${entity}`)).body
    },
  }
}

/** Waits until `look` answers something: for what happens a moment later by itself. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, withinMs = 10_000): Promise<T> {
  const until = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > until) throw new Error(`it did not happen within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
