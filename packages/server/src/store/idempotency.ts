/** Answers kept for callers that send an idempotency key: claimed before the work, filled in after a success. */
import type { Queryable } from './db.ts'

export interface IdempotencyClaim {
  /** Today's and yesterday's id of the key, in the database's UTC days. */
  id: string
  yesterdayId: string
  /** Keyed MAC of method, path and body. */
  fingerprint: Uint8Array
  /** Who claims: only the owner may finish or release. */
  owner: string
}

/**
 * `claimed`: go on. `running`: somebody else is, for `leaseLeftS` more seconds. `done`: the kept answer.
 * `reused`: the key came with another request.
 */
export type IdempotencyAnswer =
  | { kind: 'claimed' }
  | { kind: 'running'; leaseLeftS: number }
  | { kind: 'done'; status: number; body: Uint8Array }
  | { kind: 'reused' }

/** How long a running request keeps its key when it dies. Real time; longer than any request may take. */
const CLAIM_LEASE_S = 30
/** How long an answer is replayed. Real time. */
const REPLAY_WINDOW = '24 hours'

/** Claims a key for one request, or tells what became of the request that had it before. */
export async function claimIdempotencyKey(
  db: Queryable,
  entityKey: number,
  claim: IdempotencyClaim,
): Promise<IdempotencyAnswer> {
  const { rows } = await db.query<{
    mine: boolean
    same: boolean
    state: 'running' | 'done'
    status: number | null
    body: Uint8Array | null
    leaseLeftS: number
  }>({
    name: 'claim_idempotency_key',
    text: `
      with kept as (
        select r.* from idempotency_records r
         where r.entity_key = $1 and r.id = $3 and r.created_on > now() - $7::interval
      ), claimed as (
        insert into idempotency_records as r (entity_key, id, fingerprint, state, owner, lease_until)
        select $1, $2, $4, 'running', $5, now() + make_interval(secs => $6)
         where not exists (select from kept)
            on conflict (entity_key, id) do update
               set owner = excluded.owner, lease_until = excluded.lease_until
             where r.state = 'running' and r.lease_until < now() and r.fingerprint = excluded.fingerprint
        returning r.*
      ), known as (
        select * from claimed
         union all
        select * from kept
         union all
        select r.* from idempotency_records r
         where r.entity_key = $1 and r.id = $2 and not exists (select from claimed) and not exists (select from kept)
      )
      select k.owner = $5 as mine, k.fingerprint = $4 as same, k.state, k.status, k.body,
             greatest(1, ceil(extract(epoch from k.lease_until - now())))::int as "leaseLeftS"
        from known k`,
    values: [entityKey, claim.id, claim.yesterdayId, claim.fingerprint, claim.owner, CLAIM_LEASE_S, REPLAY_WINDOW],
  })
  const row = rows[0]
  // Neither inserted nor visible: the winner committed after this statement's snapshot, a moment ago.
  if (!row) return { kind: 'running', leaseLeftS: 1 }
  if (!row.same) return { kind: 'reused' }
  if (row.state === 'done') return { kind: 'done', status: row.status as number, body: row.body as Uint8Array }
  return row.mine ? { kind: 'claimed' } : { kind: 'running', leaseLeftS: row.leaseLeftS }
}

/** Keeps a 2xx answer (sealed: it may hold a session's secret) for whoever repeats the request. */
export async function keepIdempotentAnswer(
  db: Queryable,
  entityKey: number,
  kept: { id: string; owner: string; status: number; body: Uint8Array },
): Promise<void> {
  await db.query({
    name: 'keep_idempotent_answer',
    text: `
      update idempotency_records set state = 'done', status = $4, body = $5
       where entity_key = $1 and id = $2 and owner = $3 and state = 'running'`,
    values: [entityKey, kept.id, kept.owner, kept.status, kept.body],
  })
}

/** Gives a key back after anything but a success: the same key runs the request again. */
export async function releaseIdempotencyKey(
  db: Queryable,
  entityKey: number,
  released: { id: string; owner: string },
): Promise<void> {
  await db.query({
    name: 'release_idempotency_key',
    text: `delete from idempotency_records where entity_key = $1 and id = $2 and owner = $3 and state = 'running'`,
    values: [entityKey, released.id, released.owner],
  })
}
