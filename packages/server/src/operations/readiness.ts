/** Whether this node can take a payment now. */
import type { Context } from '../context.ts'
import { askDatabase } from '../store/migrate.ts'
import { DEFAULT_CHANNEL_SETTINGS } from './create-entity.ts'
import { isSeeded } from './seed.ts'

/** `failed` says what to look at first; a check that depends on one that failed is failed too. */
export type CheckResult = 'ok' | 'failed'

export interface Readiness {
  ready: boolean
  checks: { database: CheckResult; seeded: CheckResult; processor: CheckResult }
}

/** A monitor asks again soon: what takes longer than this is not ready. */
const CHECK_TIMEOUT_MS = 1_500

export async function readiness(ctx: Context): Promise<Readiness> {
  const sandbox = ctx.config.mode === 'sandbox'
  // Where the operator makes the merchants, none yet is no fault: the node would take their payments.
  const seededByUs = ctx.config.keys === 'published'
  const [database, seeded, processor] = await Promise.all([
    check(askDatabase(ctx.store.db)),
    check(seededByUs ? isSeeded(ctx) : true),
    check(sandbox ? ctx.processors(DEFAULT_CHANNEL_SETTINGS).health(AbortSignal.timeout(CHECK_TIMEOUT_MS)) : true),
  ])
  const checks = { database, seeded, processor }
  return { ready: Object.values(checks).every((result) => result === 'ok'), checks }
}

/** A check passes when it answers in time, and with anything but `false`. */
async function check(answer: unknown): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false)
  })
  try {
    return (await Promise.race([answer, late])) === false ? 'failed' : 'ok'
  } catch {
    return 'failed'
  } finally {
    clearTimeout(timer)
  }
}
