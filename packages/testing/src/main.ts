/**
 * A Sluice for tests. `createSluice()` starts one of the test's own, or makes a world in one that runs; either way nobody
 * else's payments, clock, scenarios or holds are in it, so tests run side by side.
 *
 * ```ts
 * const sluice = await createSluice()
 * const { id } = await sluice.pay()
 * await sluice.waitForWebhook({ type: 'payment_captured', data: { id } })
 * await sluice.close()
 * ```
 */
import { SluiceCallError } from './calls.ts'
import { type Server, startChild, startInProcess } from './server.ts'
import { forgetInstallation, openWorld, type World, type WorldOptions } from './world.ts'

export { SluiceCallError }
export type { Answer, Json } from './calls.ts'
export type { Clock } from './clock.ts'
export type { Hold, HoldMatch, SeamName } from './hold.ts'
export type { LoggedEvent } from './normalise.ts'
export { normalisedEvents } from './normalise.ts'
export type { Webhook, WebhookMatch } from './receiver.ts'
export type { AttachedScenario, ScenarioDocument, ScenarioTarget } from './scenario.ts'
export type { Keys, LedgerEntry, PayOptions, TestCard, Urls, World, WorldOptions } from './world.ts'
export { CARDS } from './world.ts'

export interface SluiceOptions extends WorldOptions {
  /** The API of a Sluice that runs in sandbox: a world is made in it (about 20 ms), and nothing is started or stopped. */
  url?: string
  /**
   * Without `url`, where a server is started: in this process (the default), or as a child, which has nothing in common with the
   * test but its ports.
   */
  as?: 'in-process' | 'child'
  /** Of a child: the Node that runs it, 22.19 or newer. Default: the one that runs the test. */
  node?: string
  /** Of a server that is started. Default: `silent`. */
  logLevel?: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

/** A world, and the server it is in. */
export interface Sluice extends World {
  /** Another merchant on the same server, with keys, clock, webhooks, scenarios and holds of its own. */
  world(options?: WorldOptions): Promise<World>
  /**
   * Checks every money invariant, of all worlds of the server, and its books against the bank's.
   * @returns what is broken; empty when all is well
   * @throws for a server that runs elsewhere: run `sluice verify` there
   */
  verify(): Promise<string[]>
  /** Closes all worlds, and ends what was started for them: no process, port or folder is left. */
  close(): Promise<void>
}

/** @throws when nothing answers at `url`, or it is not a sandbox; when a server cannot be started */
export async function createSluice(options: SluiceOptions = {}): Promise<Sluice> {
  const { url, as = 'in-process', node, logLevel = 'silent', ...wanted } = options
  const start = () => (as === 'child' ? startChild(logLevel, node) : startInProcess(logLevel))
  const server = url === undefined ? await start() : running(url)
  const worlds: World[] = []
  let closed: Promise<void> | undefined
  const close = async () => {
    try {
      // Before its receivers: what it is about to deliver is still taken.
      await server.stop()
    } finally {
      await Promise.all(worlds.map((one) => one.close()))
      if (url === undefined) forgetInstallation(server.url)
    }
  }
  const world = async (more: WorldOptions = {}): Promise<World> => {
    const made = await openWorld(server.url, more)
    worlds.push(made)
    return made
  }
  try {
    const first = await world(wanted)
    return { ...first, world, verify: server.verify, close: () => (closed ??= close()) }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** A server that somebody else started, and will stop. */
function running(url: string): Server {
  return {
    url: url.replace(/\/$/, ''),
    verify: async () => {
      throw new Error('verify() needs a server of its own: run `sluice verify` where this one runs')
    },
    stop: async () => undefined,
  }
}
