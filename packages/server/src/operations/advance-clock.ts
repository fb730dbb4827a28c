/**
 * Moves a merchant's clock and does what falls due on the way, in its order: the clock goes to the moment at which the
 * next of it falls due, stays there until that has run, and goes on. Nothing is remembered but the clock itself: killed
 * anywhere, it stands at the last such moment, the loops do what is due there, and asking again goes on.
 */
import { Problem } from '@sluice/core/problems'
import type { Context } from '../context.ts'
import type { ClockRow } from '../store/clocks.ts'
import { sleep } from '../time.ts'
import { hearBank } from './scenarios.ts'

/**
 * Exact stops of one advance; what is left of the way after them is gone in as many equal strides at most. So a year with
 * a bank that is silent, which is asked every quarter of an hour, does not take 35,000 stops. What must not be late is
 * stopped at even so.
 */
const MOST_STOPS = 200
/** Somebody else works on what is due: how often to look whether he has done it. Real time. */
const LOOK_MS = 20
/** Longer than a lease (30 s): work whose holder died is due again by then. */
const STALLED_MS = 45_000
/** Work that fails is tried so often in a row before it is said that it does. */
const MOST_FAILURES = 3
const FAILURE_PAUSE_MS = 200

/** What the clock shows, and when the next falls due, here or at the simulated bank. */
interface Idle extends ClockRow {
  next: Date | undefined
}

/** @param to not before what the clock shows */
export async function advanceClock(ctx: Context, entityKey: number, to: Date, stopping: AbortSignal): Promise<void> {
  let strideMs = 0
  for (let stops = 0; ; stops++) {
    const { now, next } = await runUntilIdle(ctx, entityKey, stopping)
    if (now >= to) return
    if (stops === MOST_STOPS) strideMs = Math.ceil((to.getTime() - now.getTime()) / MOST_STOPS)
    const stop = Math.max(next?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + strideMs)
    const awaited = strideMs === 0 ? undefined : await ctx.dueWork.next(entityKey, 'awaited')
    await ctx.store.moveClock(entityKey, new Date(Math.min(stop, awaited?.getTime() ?? stop, to.getTime())))
  }
}

/**
 * Does what is due now and what follows from it, until nothing is; waits for what others are doing of it.
 * @throws Problem `service_unavailable` when the server stops, or nothing moves any more
 */
export async function runUntilIdle(ctx: Context, entityKey: number, stopping: AbortSignal): Promise<Idle> {
  for (;;) {
    const idle = await runWhatIsDue(ctx, entityKey, stopping)
    const { told, next } = await hearBank(ctx, entityKey)
    if (told === 0) return { ...idle, next: earlier(idle.next, next) }
  }
}

function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return one ?? other
  return one < other ? one : other
}

async function runWhatIsDue(ctx: Context, entityKey: number, stopping: AbortSignal): Promise<Idle> {
  let failures = 0
  let movedOn = ctx.now()
  let before: Date | undefined
  for (;;) {
    const next = await ctx.dueWork.next(entityKey)
    const clock = await ctx.store.readClock(entityKey)
    if (next === undefined || next > clock.now) return { ...clock, next }
    if (stopping.aborted || ctx.now() - movedOn > STALLED_MS) throw new Problem('service_unavailable')
    try {
      const begun = await ctx.dueWork.run(entityKey)
      failures = 0
      if (begun > 0) movedOn = ctx.now()
      // In other hands, or more of the same moment than one turn takes.
      if (begun === 0 || before?.getTime() === next.getTime()) await sleep(LOOK_MS, stopping)
      before = next
    } catch (cause) {
      failures += 1
      if (failures === MOST_FAILURES) throw cause
      await sleep(FAILURE_PAUSE_MS, stopping)
    }
  }
}
