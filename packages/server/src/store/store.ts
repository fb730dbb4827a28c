/**
 * The store as operations see it: one function for each named statement, those of the hot path coalesced so that
 * concurrent requests of a merchant are committed together.
 */
import pg from 'pg'
import {
  beginScheduledCaptures,
  claimActions,
  findDueActions,
  findDueCaptures,
  readActions,
  settleActions,
} from './actions.ts'
import { findDueAttempts, type LateMoney, leaseAttempts, postponeAttempts, recordLateMoney } from './attempts.ts'
import { coalesce } from './coalesce.ts'
import { findOrCreateCustomers } from './customers.ts'
import { type Queryable, queryable } from './db.ts'
import { ensurePartitions } from './partitions.ts'
import { claimIdempotencyKey, keepIdempotentAnswer, releaseIdempotencyKey } from './idempotency.ts'
import {
  beginAttempts,
  beginCompletions,
  findEarlierAttempts,
  isReferenceTakenAtBenefit,
  readPayments,
} from './payments.ts'
import { settleAttempts } from './settlements.ts'
import { readEntityNow } from './merchants.ts'
import { createSessions, readSessions } from './sessions.ts'
import { deleteExpiredTokens } from './tokens.ts'

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

  return {
    /** For the rooms that keep tables of their own: credentials, keys, instruments. */
    db,
    entityNow: (entityKey: number) => readEntityNow(db, entityKey),
    createSession: batched(createSessions),
    readSession: batched(readSessions),
    readPayment: batched(readPayments),
    findEarlierAttempt: batched(findEarlierAttempts),
    beginAttempt: batched(beginAttempts),
    beginCompletion: batched(beginCompletions),
    settleAttempt: batched(settleAttempts),
    isReferenceTakenAtBenefit: (entityKey: number, sought: Parameters<typeof isReferenceTakenAtBenefit>[2]) =>
      isReferenceTakenAtBenefit(db, entityKey, sought),
    leaseAttempt: batched(leaseAttempts),
    findOrCreateCustomer: batched(findOrCreateCustomers),
    settleAction: batched(settleActions),
    postponeAttempt: (entityKey: number, postponement: Parameters<typeof postponeAttempts>[2][number]) =>
      postponeAttempts(db, entityKey, [postponement]),
    recordLateMoney: (entityKey: number, late: LateMoney) => recordLateMoney(db, entityKey, late),
    readActions: (entityKey: number, paymentId: string) => readActions(db, entityKey, paymentId),
    findDueAttempts: (limit: number) => findDueAttempts(db, limit),
    findDueActions: (limit: number) => findDueActions(db, limit),
    findDueCaptures: (limit: number) => findDueCaptures(db, limit),
    claimAction: batched(claimActions),
    beginScheduledCaptures: (entityKey: number, captures: Parameters<typeof beginScheduledCaptures>[2]) =>
      beginScheduledCaptures(db, entityKey, captures),
    claimIdempotencyKey: (entityKey: number, claim: Parameters<typeof claimIdempotencyKey>[2]) =>
      claimIdempotencyKey(db, entityKey, claim),
    keepIdempotentAnswer: (entityKey: number, kept: Parameters<typeof keepIdempotentAnswer>[2]) =>
      keepIdempotentAnswer(db, entityKey, kept),
    releaseIdempotencyKey: (entityKey: number, released: Parameters<typeof releaseIdempotencyKey>[2]) =>
      releaseIdempotencyKey(db, entityKey, released),
    deleteExpiredTokens: () => deleteExpiredTokens(db),
    ensurePartitions: (now: number) => ensurePartitions(pool, now),
    close: () => pool.end(),
  }
}
