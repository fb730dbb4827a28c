/** What the simulated world does, and how far that is known to be so. Sandbox only. */
import { Problem } from '@sluice/core/problems'
import type { Behaviour } from '@sluice/core/wire/fidelity'
import type { Context } from '../context.ts'
import { DEFAULT_CHANNEL_SETTINGS } from './create-entity.ts'

const DEADLINE_MS = 5_000

/** Asks the simulator. Throws `processor_unreachable` where it does not answer. */
export async function readFidelity(ctx: Context): Promise<readonly Behaviour[]> {
  const simulator = ctx.processors(DEFAULT_CHANNEL_SETTINGS)
  try {
    return (await simulator.behaviours?.(AbortSignal.timeout(DEADLINE_MS))) ?? []
  } catch (cause) {
    ctx.log.warn({ err: { message: (cause as Error).message } }, 'the simulator did not say what it does')
    throw new Problem('processor_unreachable')
  }
}
