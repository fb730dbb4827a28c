/** Whether this node can take a payment now. */
import type { Context } from '../context.ts'
import { PROCESSOR_NAMES } from '../processors/index.ts'
import { hasChannelOf } from '../store/entities.ts'
import { probeWrites } from '../store/installation.ts'
import { DEFAULT_CHANNEL_SETTINGS } from './create-entity.ts'
import { isSeeded } from './seed.ts'

/** `ok`, or what to look at first; a check that depends on one that failed is failed too. */
export type CheckResult = 'ok' | 'failed' | 'no processor is connected'

export interface Readiness {
  ready: boolean
  checks: { database: CheckResult; seeded: CheckResult; processor: CheckResult }
}

/** A monitor asks again soon: what takes longer than this is not ready. */
const CHECK_TIMEOUT_MS = 1_500
/** Anybody may ask, and each write costs: one serves all who ask within this time. */
const WRITE_EVERY_MS = 1_000

export async function readiness(ctx: Context): Promise<Readiness> {
  // Where the operator makes the merchants, none yet is no fault: the node would take their payments.
  const seededByUs = ctx.config.keys === 'published'
  const [database, seeded, processor] = await Promise.all([
    check(takesWrites(ctx)),
    check(seededByUs ? isSeeded(ctx) : true),
    processorCheck(ctx),
  ])
  const checks = { database, seeded, processor }
  return { ready: Object.values(checks).every((result) => result === 'ok'), checks }
}

const lastWrites = new WeakMap<Context, { at: number; done: Promise<void> }>()

/** What has worked is good for a moment; what has failed is tried again. */
async function takesWrites(ctx: Context): Promise<void> {
  const last = lastWrites.get(ctx)
  if (last && Math.abs(ctx.now() - last.at) < WRITE_EVERY_MS) return await last.done
  const write = { at: ctx.now(), done: probeWrites(ctx.store.db) }
  lastWrites.set(ctx, write)
  try {
    await write.done
  } catch (cause) {
    if (lastWrites.get(ctx) === write) lastWrites.delete(ctx)
    throw cause
  }
}

/** In a sandbox the bank itself is asked; in production a channel has to be on something better than the simulator. */
async function processorCheck(ctx: Context): Promise<CheckResult> {
  if (ctx.config.mode === 'sandbox') {
    return await check(ctx.processors(DEFAULT_CHANNEL_SETTINGS).health(AbortSignal.timeout(CHECK_TIMEOUT_MS)))
  }
  const real = PROCESSOR_NAMES.filter((name) => name !== DEFAULT_CHANNEL_SETTINGS.processor)
  return await check(hasChannelOf(ctx.store.db, real), 'no processor is connected')
}

/** A check passes when it answers in time, and with anything but `false`, which is the result `otherwise`. */
async function check(answer: unknown, otherwise: CheckResult = 'failed'): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, CHECK_TIMEOUT_MS)
  })
  try {
    return (await Promise.race([answer, late])) === false ? otherwise : 'ok'
  } catch {
    return 'failed'
  } finally {
    clearTimeout(timer)
  }
}
