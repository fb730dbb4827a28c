/** What has to be done without being asked. */
import { deliverWebhooks } from '../operations/deliver-webhooks.ts'
import { newId } from '../operations/ids.ts'
import { applyNotification } from '../operations/apply-notification.ts'
import { captureOnSchedule } from '../operations/capture-payment.ts'
import { performAction } from '../operations/perform-action.ts'
import { publishEvents } from '../operations/publish-events.ts'
import { resolveAttempt } from '../operations/resolve-attempt.ts'
import type { Chore, Job } from './run.ts'

/** Captures, voids and refunds that are due, also those whose answer was lost. */
const sendActions: Job = {
  name: 'send-actions',
  pauseMs: 500,
  wakes: true,
  find: (ctx, limit, entityKey) => ctx.store.findDueActions(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueAction(entityKey),
  work: (ctx, { entityKey, id }) => performAction(ctx, entityKey, id),
}

/** Captures that were put off until now. */
const scheduleCaptures: Job = {
  name: 'schedule-captures',
  pauseMs: 1_000,
  wakes: false,
  // A stride later the authorization may be over.
  awaited: true,
  find: (ctx, limit, entityKey) => ctx.store.findDueCaptures(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueCapture(entityKey),
  async work(ctx, { entityKey, id }) {
    await captureOnSchedule(ctx, entityKey, id)
  },
}

/** Authorizations that have run out: what was not captured goes back to the shopper. */
const expireAuthorizations: Job = {
  name: 'expire-authorizations',
  pauseMs: 1_000,
  wakes: false,
  find: (ctx, limit, entityKey) => ctx.store.findDueExpiries(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueExpiry(entityKey),
  async work(ctx, { entityKey, id }) {
    await ctx.store.beginExpiryVoids(entityKey, [{ paymentId: id, actionId: newId(ctx, entityKey) }])
    ctx.wakeJobs()
  },
}

/** What processors told by themselves. */
const applyNotifications: Job = {
  name: 'apply-notifications',
  pauseMs: 500,
  wakes: true,
  find: (ctx, limit, entityKey) => ctx.store.findDueNotifications(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueNotification(entityKey),
  work: (ctx, { entityKey, id }) => applyNotification(ctx, entityKey, id),
}

/** Attempts nobody has an answer for: crashed, silent, or left by their shopper. */
const resolveAttempts: Job = {
  name: 'resolve-attempts',
  pauseMs: 500,
  wakes: false,
  find: (ctx, limit, entityKey) => ctx.store.findDueAttempts(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueAttempt(entityKey),
  work: (ctx, { entityKey, id }) => resolveAttempt(ctx, entityKey, id),
}

/** What changes have written: numbered, and handed to the deliveries it makes. `id` is the merchant's own. */
const publish: Job = {
  name: 'publish-events',
  pauseMs: 200,
  wakes: true,
  find: (ctx, limit, entityKey) => ctx.store.findUnpublished(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextUnpublished(entityKey),
  work: (ctx, { entityKey }) => publishEvents(ctx, entityKey),
}

/** Receivers for which something is due. `id` is the receiver's: each is served by itself. */
const deliver: Job = {
  name: 'deliver-webhooks',
  pauseMs: 500,
  wakes: true,
  // A receiver that hangs holds its place for as long as it may take: there is one for every receiver a merchant can have.
  most: { underWay: 1_024, ofOneMerchant: 128 },
  find: (ctx, limit, entityKey) => ctx.store.findDueReceivers(limit, entityKey),
  nextDue: (ctx, entityKey) => ctx.store.nextDueReceiver(entityKey),
  work: (ctx, { entityKey, id }) => deliverWebhooks(ctx, entityKey, id),
}

/** Sealing keys of past hours: what was sealed for them can never be opened again. */
const destroyKeys: Chore = {
  name: 'destroy-sealing-keys',
  pauseMs: 60_000,
  run: (ctx) => ctx.vault.destroyOldSealingKeys(),
}

/** The server's halves of the keys to cards in a challenge: what they were for can never be opened again. */
const destroyHoldShares: Chore = {
  name: 'destroy-hold-shares',
  pauseMs: 60_000,
  run: (ctx) => ctx.vault.destroyOldHoldShares(),
}

/** Tokens that nobody has used in time: what they stand for is gone with them. */
const deleteTokens: Chore = {
  name: 'delete-expired-tokens',
  pauseMs: 60_000,
  run: (ctx) => ctx.store.deleteExpiredTokens(),
}

/** Tokens of wallets that were paid with, so long ago that they would be refused for their age. */
const forgetWalletTokens: Chore = {
  name: 'forget-spent-wallet-tokens',
  pauseMs: 3_600_000,
  run: (ctx) => ctx.vault.forgetSpentWalletTokens(),
}

/** Events of months that need not be kept any more, with all that became of them. */
const dropEvents: Chore = {
  name: 'drop-old-events',
  pauseMs: 6 * 3_600_000,
  run: (ctx) => ctx.store.dropOldEvents(ctx.now(), ctx.config.eventsKeptMonths),
}

/** What processors told in those months, once it is done with. */
const forgetNotifications: Chore = {
  name: 'forget-notifications',
  pauseMs: 6 * 3_600_000,
  run: (ctx) => ctx.store.forgetNotifications(ctx.now(), ctx.config.eventsKeptMonths),
}

/** Somewhere to write next month, for a server that runs that long. */
const makePartitions: Chore = {
  name: 'make-partitions',
  pauseMs: 6 * 3_600_000,
  run: (ctx) => ctx.store.ensurePartitions(ctx.now()),
}

/** In the order in which one makes work for the next: `dueWorkOf` relies on it. */
export const JOBS: readonly Job[] = [
  applyNotifications,
  resolveAttempts,
  scheduleCaptures,
  expireAuthorizations,
  sendActions,
  publish,
  deliver,
]
export const CHORES: readonly Chore[] = [
  destroyKeys,
  destroyHoldShares,
  deleteTokens,
  forgetWalletTokens,
  makePartitions,
  dropEvents,
  forgetNotifications,
]
