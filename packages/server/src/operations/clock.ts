/** What a merchant does with its clock in the sandbox: read it, stop it, move it, let it run on. */
import { addDuration, type Duration } from '@sluice/core/durations'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { ClockRow } from '../store/clocks.ts'
import { advanceClock, runUntilIdle } from './advance-clock.ts'

/** `to`: milliseconds since 1970. */
export type ClockChange =
  | { kind: 'freeze' }
  | { kind: 'resume' }
  | { kind: 'advance'; by: Duration }
  | { kind: 'to'; at: number }

/** Years of five digits are written in no format a merchant's program would read. */
const LAST_MOMENT = Date.UTC(9000, 0)

export function readClock(ctx: Context, entityKey: number): Promise<ClockRow> {
  return ctx.store.readClock(entityKey)
}

/**
 * Changes a clock and answers what it shows when everything that fell due has run.
 * @param stopping the server is about to stop: an advance ends where it is
 * @throws Problem `clock_invalid` where it would go back; InvalidRequest where it would leave the calendar
 */
export async function changeClock(
  ctx: Context,
  entityKey: number,
  change: ClockChange,
  stopping: AbortSignal,
): Promise<ClockRow> {
  switch (change.kind) {
    case 'freeze':
      await ctx.store.freezeClock(entityKey)
      break
    case 'resume':
      await ctx.store.resumeClock(entityKey)
      break
    default: {
      const { now } = await ctx.store.readClock(entityKey)
      const target = change.kind === 'to' ? change.at : addDuration(now.getTime(), change.by)
      if (target < now.getTime()) throw new Problem('clock_invalid')
      if (!(target <= LAST_MOMENT)) throw new InvalidRequest([`${change.kind}_invalid`])
      await advanceClock(ctx, entityKey, new Date(target), stopping)
    }
  }
  const { now, frozen } = await runUntilIdle(ctx, entityKey, stopping)
  return { now, frozen }
}
