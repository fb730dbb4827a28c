/**
 * The store as operations see it: one function for each named statement, those of the hot path coalesced so that
 * concurrent requests of a merchant are committed together.
 */
import pg from 'pg'
import { beginScheduledCaptures, claimActions, readActions, settleActions } from './actions.ts'
import { type LateMoney, leaseAttempts, postponeAttempts, recordLateMoney } from './attempts.ts'
import { freezeClock, moveClock, readClock, resumeClock } from './clocks.ts'
import { keepHold, readHold } from './attempt-holds.ts'
import {
  beginAuthentication,
  keepChallenge,
  keepResult,
  markReturned,
  readAuthentication,
  recordAuthentication,
  wasAuthorizationBegun,
} from './authentications.ts'
import { coalesce } from './coalesce.ts'
import { findOrCreateCustomers } from './customers.ts'
import { type Queryable, queryable } from './db.ts'
import {
  claimDeliveries,
  findDueReceivers,
  nextDueReceiver,
  readDelivery,
  reflowEvents,
  releaseReceiver,
  settleDeliveries,
} from './deliveries.ts'
import {
  findDueActions,
  findDueAttempts,
  findDueCaptures,
  findDueExpiries,
  findDueNotifications,
  nextDueAction,
  nextDueAttempt,
  nextDueCapture,
  nextDueExpiry,
  nextDueNotification,
} from './due.ts'
import { beginExpiryVoids } from './expiries.ts'
import { claimNotifications, endNotifications, keepNotifications, recordReports } from './notifications.ts'
import { beginOperations } from './operations.ts'
import {
  addSampleEvents,
  findUnpublished,
  makeEventCounter,
  nextUnpublished,
  publishEvents,
  readEvent,
  readEventsAfter,
  readSubjectEvents,
} from './events.ts'
import { dropOldEvents, ensurePartitions, forgetNotifications } from './partitions.ts'
import { claimIdempotencyKey, keepIdempotentAnswer, releaseIdempotencyKey } from './idempotency.ts'
import { listPayments, searchPayments } from './payment-lists.ts'
import {
  beginAttempts,
  beginCompletions,
  findEarlierAttempts,
  isReferenceTakenAtBenefit,
  readPayments,
} from './payments.ts'
import { settleAttempts } from './settlements.ts'
import { readEntityNow } from './merchants.ts'
import { createSessions, readSessions, updateSessions } from './sessions.ts'
import { deleteExpiredTokens } from './tokens.ts'
import {
  addWorkflowAction,
  addWorkflowCondition,
  createWorkflow,
  deleteWorkflow,
  deleteWorkflowAction,
  deleteWorkflowCondition,
  listWorkflows,
  readWorkflow,
  replaceWorkflowAction,
  replaceWorkflowCondition,
  updateWorkflow,
} from './workflows.ts'

export type Store = ReturnType<typeof openStore>

const STATEMENT_TIMEOUT_MS = 2_000
const LOCK_TIMEOUT_MS = 1_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000

/**
 * A pool whose bigints are numbers: amounts have at most twelve digits.
 * @param waitMs how long a request waits for a free connection before it is told that the house is full
 */
export function openPool(url: string, connections: number, waitMs: number): pg.Pool {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  return new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    connectionTimeoutMillis: waitMs,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'sluice',
  })
}

export function openStore(pool: pg.Pool) {
  const db: Queryable = queryable(pool)
  /** A set-based statement as a function of one item, batched with its neighbours. */
  const batched = <Item, Result>(
    statement: (db: Queryable, entityKey: number, items: readonly Item[]) => Promise<readonly Result[]>,
  ) => coalesce<Item, Result>((entityKey, items) => statement(db, entityKey, items))

  /** A statement of one merchant as a function without the database. */
  const bound =
    <Rest extends unknown[], Result>(statement: (db: Queryable, entityKey: number, ...rest: Rest) => Promise<Result>) =>
    (entityKey: number, ...rest: Rest) =>
      statement(db, entityKey, ...rest)

  return {
    /** For the rooms that keep tables of their own: credentials, keys, instruments. */
    db,
    entityNow: (entityKey: number) => readEntityNow(db, entityKey),
    readClock: (entityKey: number) => readClock(db, entityKey),
    freezeClock: (entityKey: number) => freezeClock(db, entityKey),
    resumeClock: (entityKey: number) => resumeClock(db, entityKey),
    moveClock: (entityKey: number, to: Date) => moveClock(db, entityKey, to),
    createSession: batched(createSessions),
    readSession: batched(readSessions),
    updateSession: batched(updateSessions),
    readPayment: batched(readPayments),
    listPayments: bound(listPayments),
    searchPayments: bound(searchPayments),
    findEarlierAttempt: batched(findEarlierAttempts),
    beginAttempt: batched(beginAttempts),
    beginCompletion: batched(beginCompletions),
    settleAttempt: batched(settleAttempts),
    isReferenceTakenAtBenefit: (entityKey: number, sought: Parameters<typeof isReferenceTakenAtBenefit>[2]) =>
      isReferenceTakenAtBenefit(db, entityKey, sought),
    leaseAttempt: batched(leaseAttempts),
    findOrCreateCustomer: batched(findOrCreateCustomers),
    settleAction: batched(settleActions),
    beginOperation: batched(beginOperations),
    keepNotification: batched(keepNotifications),
    claimNotification: batched(claimNotifications),
    endNotification: batched(endNotifications),
    recordReport: batched(recordReports),
    findDueNotifications: (limit: number, entityKey?: number) => findDueNotifications(db, limit, entityKey),
    nextDueNotification: (entityKey: number) => nextDueNotification(db, entityKey),
    postponeAttempt: (entityKey: number, postponement: Parameters<typeof postponeAttempts>[2][number]) =>
      postponeAttempts(db, entityKey, [postponement]),
    recordLateMoney: (entityKey: number, late: LateMoney) => recordLateMoney(db, entityKey, late),
    beginAuthentication: bound(beginAuthentication),
    recordAuthentication: bound(recordAuthentication),
    keepChallenge: bound(keepChallenge),
    keepResult: bound(keepResult),
    markReturned: bound(markReturned),
    readAuthentication: bound(readAuthentication),
    wasAuthorizationBegun: bound(wasAuthorizationBegun),
    keepHold: bound(keepHold),
    readHold: bound(readHold),
    readActions: (entityKey: number, paymentId: string) => readActions(db, entityKey, paymentId),
    findDueAttempts: (limit: number, entityKey?: number) => findDueAttempts(db, limit, entityKey),
    nextDueAttempt: (entityKey: number) => nextDueAttempt(db, entityKey),
    findDueActions: (limit: number, entityKey?: number) => findDueActions(db, limit, entityKey),
    nextDueAction: (entityKey: number) => nextDueAction(db, entityKey),
    findDueCaptures: (limit: number, entityKey?: number) => findDueCaptures(db, limit, entityKey),
    nextDueCapture: (entityKey: number) => nextDueCapture(db, entityKey),
    findDueExpiries: (limit: number, entityKey?: number) => findDueExpiries(db, limit, entityKey),
    nextDueExpiry: (entityKey: number) => nextDueExpiry(db, entityKey),
    beginExpiryVoids: (entityKey: number, expiries: Parameters<typeof beginExpiryVoids>[2]) =>
      beginExpiryVoids(db, entityKey, expiries),
    claimAction: batched(claimActions),
    beginScheduledCaptures: (entityKey: number, captures: Parameters<typeof beginScheduledCaptures>[2]) =>
      beginScheduledCaptures(db, entityKey, captures),
    claimIdempotencyKey: (entityKey: number, claim: Parameters<typeof claimIdempotencyKey>[2]) =>
      claimIdempotencyKey(db, entityKey, claim),
    keepIdempotentAnswer: (entityKey: number, kept: Parameters<typeof keepIdempotentAnswer>[2]) =>
      keepIdempotentAnswer(db, entityKey, kept),
    releaseIdempotencyKey: (entityKey: number, released: Parameters<typeof releaseIdempotencyKey>[2]) =>
      releaseIdempotencyKey(db, entityKey, released),
    publishEvents: bound(publishEvents),
    makeEventCounter: bound(makeEventCounter),
    findUnpublished: (limit: number, entityKey?: number) => findUnpublished(db, limit, entityKey),
    nextUnpublished: bound(nextUnpublished),
    readEvent: bound(readEvent),
    readSubjectEvents: bound(readSubjectEvents),
    readEventsAfter: bound(readEventsAfter),
    addSampleEvents: bound(addSampleEvents),
    findDueReceivers: (limit: number, entityKey?: number) => findDueReceivers(db, limit, entityKey),
    nextDueReceiver: bound(nextDueReceiver),
    claimDeliveries: bound(claimDeliveries),
    settleDelivery: batched(settleDeliveries),
    releaseReceiver: bound(releaseReceiver),
    reflowEvents: bound(reflowEvents),
    readDelivery: bound(readDelivery),
    createWorkflow: bound(createWorkflow),
    listWorkflows: bound(listWorkflows),
    readWorkflow: bound(readWorkflow),
    updateWorkflow: bound(updateWorkflow),
    deleteWorkflow: bound(deleteWorkflow),
    addWorkflowAction: bound(addWorkflowAction),
    replaceWorkflowAction: bound(replaceWorkflowAction),
    deleteWorkflowAction: bound(deleteWorkflowAction),
    addWorkflowCondition: bound(addWorkflowCondition),
    replaceWorkflowCondition: bound(replaceWorkflowCondition),
    deleteWorkflowCondition: bound(deleteWorkflowCondition),
    deleteExpiredTokens: () => deleteExpiredTokens(db),
    ensurePartitions: (now: number) => ensurePartitions(pool, now),
    dropOldEvents: (now: number, keptMonths: number) => dropOldEvents(pool, now, keptMonths),
    forgetNotifications: (now: number, keptMonths: number) => forgetNotifications(pool, now, keptMonths),
    close: () => pool.end(),
  }
}
