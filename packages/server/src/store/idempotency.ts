/** Answers kept for callers that send an idempotency key: claimed before the work, filled in after a success. */
import type { Queryable } from './db.ts'

export interface IdempotencyClaim {
  /** The part of the record's id that stands for the key: 20 hexadecimal digits, the first of them `8`. */
  suffix: string
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
  | { kind: 'claimed'; id: string }
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
    id: string
    mine: boolean
    same: boolean
    state: 'running' | 'done'
    status: number | null
    body: Uint8Array | null
    leaseLeftS: number
  }>({
    name: 'claim_idempotency_key',
    text: `
      with day as (
        select (lpad(to_hex((extract(epoch from d.day) * 1000)::bigint), 12, '0') || $2)::uuid as today,
               (lpad(to_hex((extract(epoch from d.day) * 1000)::bigint - 86400000), 12, '0') || $2)::uuid as yesterday
          from (select date_trunc('day', now() at time zone 'utc') as day) d
      ), kept as (
        select r.* from idempotency_records r, day
         where r.entity_key = $1 and r.id = day.yesterday and r.created_on > now() - $6::interval
           and (r.state = 'done' or r.lease_until > now())
      ), claimed as (
        insert into idempotency_records as r (entity_key, id, fingerprint, state, owner, lease_until)
        select $1, day.today, $3, 'running', $4, now() + make_interval(secs => $5)
          from day
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
        select r.* from idempotency_records r, day
         where r.entity_key = $1 and r.id = day.today and not exists (select from claimed) and not exists (select from kept)
      )
      select k.id, k.owner = $4 as mine, k.fingerprint = $3 as same, k.state, k.status, k.body,
             greatest(1, ceil(extract(epoch from k.lease_until - now())))::int as "leaseLeftS"
        from known k`,
    values: [entityKey, claim.suffix, claim.fingerprint, claim.owner, CLAIM_LEASE_S, REPLAY_WINDOW],
  })
  const row = rows[0]
  // Neither inserted nor visible: the winner committed after this statement's snapshot, a moment ago.
  if (!row) return { kind: 'running', leaseLeftS: 1 }
  if (!row.same) return { kind: 'reused' }
  if (row.state === 'done') return { kind: 'done', status: row.status as number, body: row.body as Uint8Array }
  return row.mine ? { kind: 'claimed', id: row.id } : { kind: 'running', leaseLeftS: row.leaseLeftS }
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
