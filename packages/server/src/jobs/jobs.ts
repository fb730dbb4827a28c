/** What has to be done without being asked. */
import { newId } from '../operations/ids.ts'
import { performAction } from '../operations/perform-action.ts'
import { resolveAttempt } from '../operations/resolve-attempt.ts'
import type { Chore, Job } from './run.ts'

/** Captures, voids and refunds that are due, also those whose answer was lost. */
const sendActions: Job = {
  name: 'send-actions',
  pauseMs: 500,
  wakes: true,
  find: (ctx, limit) => ctx.store.findDueActions(limit),
  work: (ctx, { entityKey, id }) => performAction(ctx, entityKey, id),
}

/** Captures that were put off until now. */
const scheduleCaptures: Job = {
  name: 'schedule-captures',
  pauseMs: 1_000,
  wakes: false,
  find: (ctx, limit) => ctx.store.findDueCaptures(limit),
  async work(ctx, { entityKey, id }) {
    await ctx.store.beginScheduledCaptures(entityKey, [{ paymentId: id, actionId: newId(ctx, entityKey) }])
    ctx.wakeJobs()
  },
}

/** Attempts nobody has an answer for: crashed, silent, or left by their shopper. */
const resolveAttempts: Job = {
  name: 'resolve-attempts',
  pauseMs: 500,
  wakes: false,
  find: (ctx, limit) => ctx.store.findDueAttempts(limit),
  work: (ctx, { entityKey, id }) => resolveAttempt(ctx, entityKey, id),
}

/** Sealing keys of past hours: what was sealed for them can never be opened again. */
const destroyKeys: Chore = {
  name: 'destroy-sealing-keys',
  pauseMs: 60_000,
  run: (ctx) => ctx.vault.destroyOldSealingKeys(),
}

/** Tokens that nobody has used in time: what they stand for is gone with them. */
const deleteTokens: Chore = {
  name: 'delete-expired-tokens',
  pauseMs: 60_000,
  run: (ctx) => ctx.store.deleteExpiredTokens(),
}

/** Somewhere to write next month, for a server that runs that long. */
const makePartitions: Chore = {
  name: 'make-partitions',
  pauseMs: 6 * 3_600_000,
  run: (ctx) => ctx.store.ensurePartitions(ctx.now()),
}

export const JOBS: readonly Job[] = [sendActions, scheduleCaptures, resolveAttempts]
export const CHORES: readonly Chore[] = [destroyKeys, deleteTokens, makePartitions]
