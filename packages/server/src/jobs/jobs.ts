/** What has to be done without being asked. */
import type { Context } from '../context.ts'
import { newId } from '../operations/ids.ts'
import { performActions } from '../operations/perform-action.ts'
import { resolveAttempt } from '../operations/resolve-attempt.ts'
import type { Job } from './run.ts'

/** Rows in one look: keeps a look short, and leaves some for other nodes. */
const BATCH = 20

/** Captures, voids and refunds that are due, also those whose answer was lost. */
const sendActions: Job = {
  name: 'send-actions',
  pauseMs: 500,
  wakes: true,
  async run(ctx) {
    const due = await ctx.store.findDueActions(BATCH)
    const byMerchant = Map.groupBy(due, ({ entityKey }) => entityKey)
    await each(ctx, [...byMerchant], ([entityKey, actions]) =>
      performActions(
        ctx,
        entityKey,
        actions.map(({ id }) => id),
      ),
    )
    return due.length
  },
}

/** Captures that were put off until now. */
const scheduleCaptures: Job = {
  name: 'schedule-captures',
  pauseMs: 1_000,
  wakes: false,
  async run(ctx) {
    const due = await ctx.store.findDueCaptures(BATCH)
    await each(ctx, due, ({ entityKey, id }) =>
      ctx.store.beginScheduledCaptures(entityKey, [{ paymentId: id, actionId: newId(ctx, entityKey) }]),
    )
    if (due.length > 0) ctx.wakeJobs()
    return due.length
  },
}

/** Attempts nobody has an answer for: crashed, silent, or left by their shopper. */
const resolveAttempts: Job = {
  name: 'resolve-attempts',
  pauseMs: 500,
  wakes: false,
  async run(ctx) {
    const due = await ctx.store.findDueAttempts(BATCH)
    await each(ctx, due, ({ entityKey, id }) => resolveAttempt(ctx, entityKey, id))
    return due.length
  },
}

/** Sealing keys of past hours: what was sealed for them can never be opened again. */
const destroyKeys: Job = {
  name: 'destroy-sealing-keys',
  pauseMs: 60_000,
  wakes: false,
  async run(ctx) {
    await ctx.vault.destroyOldSealingKeys()
    return 0
  },
}

/** Somewhere to write next month, for a server that runs that long. */
const makePartitions: Job = {
  name: 'make-partitions',
  pauseMs: 6 * 3_600_000,
  wakes: false,
  async run(ctx) {
    await ctx.store.ensurePartitions(ctx.now())
    return 0
  },
}

export const JOBS: readonly Job[] = [sendActions, scheduleCaptures, resolveAttempts, destroyKeys, makePartitions]

/** One that fails must not keep the others from being done; it stays due. */
async function each<Due>(ctx: Context, due: readonly Due[], work: (due: Due) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(due.map(work))
  for (const result of results) {
    if (result.status === 'rejected') ctx.log.error({ err: result.reason }, 'what was due failed and stays due')
  }
}
