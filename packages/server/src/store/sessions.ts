/** Payment sessions: made, read and changed, many of one merchant in one statement. */
import { type SessionState, sessionStatesThatAccept } from '@sluice/core/session'
import type { Queryable } from './db.ts'

/** What a merchant asked for, rebuilt from the schema: wire names, canonical values. */
export type SessionRequest = Record<string, unknown>

export interface NewSession {
  id: string
  channelId: string
  amount: number
  currency: string
  payable: boolean
  maxAttempts: number
  request: SessionRequest
  /** ISO 8601, or absent for `lifetimeS` from now. */
  expiresOn?: string
  lifetimeS: number
}

export interface SessionRow {
  id: string
  channelId: string
  state: SessionState
  amount: number
  currency: string
  payable: boolean
  attempts: number
  maxAttempts: number
  paymentId: string | null
  request: SessionRequest
  version: number
  createdOn: Date
  expiresOn: Date
  /** The merchant's time at which the row was read. */
  now: Date
}

/** The columns of a `SessionRow`, for a session `s` and a clock `clock`. Shared by every statement that answers one. */
const SESSION_COLUMNS = `
  s.id, s.channel_id as "channelId", s.state, s.amount, s.currency, s.payable, s.attempts,
  s.max_attempts as "maxAttempts", s.payment_id as "paymentId", s.request, s.version,
  s.created_on as "createdOn", s.expires_on as "expiresOn", clock.now`

/** Creates many sessions of one merchant. Answers when each was made and when it expires, in the order given. */
export async function createSessions(
  db: Queryable,
  entityKey: number,
  sessions: readonly NewSession[],
): Promise<{ createdOn: Date; expiresOn: Date }[]> {
  const { rows } = await db.query<{ id: string; createdOn: Date; expiresOn: Date }>({
    name: 'create_sessions',
    text: `
      insert into payment_sessions
             (entity_key, id, channel_id, state, amount, currency, payable, max_attempts, request, created_on, expires_on)
      select $1, w.id, w."channelId", 'open', w.amount, w.currency, w.payable, w."maxAttempts", w.request, clock.now,
             coalesce(w."expiresOn", clock.now + make_interval(secs => w."lifetimeS"))
        from json_to_recordset($2::json)
          as w (id uuid, "channelId" uuid, amount bigint, currency text, payable boolean, "maxAttempts" smallint,
                request jsonb, "expiresOn" timestamptz, "lifetimeS" int)
        join entity_now clock on clock.entity_key = $1
      returning id, created_on as "createdOn", expires_on as "expiresOn"`,
    values: [entityKey, JSON.stringify(sessions)],
  })
  const made = new Map(rows.map((row) => [row.id, row]))
  return sessions.map(({ id }) => {
    const row = made.get(id)
    if (!row) throw new Error(`session ${id} was not created: no entity ${entityKey}`)
    return row
  })
}

/** Reads many sessions of one merchant; `undefined` where there is none. */
export async function readSessions(
  db: Queryable,
  entityKey: number,
  ids: readonly string[],
): Promise<(SessionRow | undefined)[]> {
  const { rows } = await db.query<SessionRow>({
    name: 'read_sessions',
    text: `
      select ${SESSION_COLUMNS}
        from payment_sessions s
        join entity_now clock on clock.entity_key = s.entity_key
       where s.entity_key = $1 and s.id = any ($2::uuid[])`,
    values: [entityKey, ids],
  })
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => found.get(id))
}

/** A change of a session, decided on the version that was read. */
export interface SessionUpdate {
  id: string
  version: number
  /** The members of the request that are replaced; those that have a column are set there, too. */
  changes: SessionRequest
}

/**
 * Changes many sessions of one merchant, each as it is after its change; `undefined` where the session is not there, has
 * moved on since it was read, or does not wait for an attempt: the caller reads again and decides anew. An attempt
 * begins by the same lock and the same version, so that of a change and an attempt at one moment one comes too late.
 */
export async function updateSessions(
  db: Queryable,
  entityKey: number,
  updates: readonly SessionUpdate[],
): Promise<(SessionRow | undefined)[]> {
  const { rows } = await db.query<SessionRow & { place: number }>({
    name: 'update_sessions',
    text: `
      with wanted as (
        select w.*, row_number() over (partition by id order by place) as turn
          from rows from (json_to_recordset($2::json) as (id uuid, version int, changes jsonb)) with ordinality
            as w (id, version, changes, place)
      ), session as (
        select s.id, s.version, s.state, s.expires_on > clock.now as alive
          from payment_sessions s
          join entity_now clock on clock.entity_key = s.entity_key
         where s.entity_key = $1 and s.id = any (array(select id from wanted))
         order by s.id
           for no key update of s
      )
      update payment_sessions s
         set amount = coalesce((w.changes ->> 'amount')::bigint, s.amount),
             currency = coalesce(w.changes ->> 'currency', s.currency),
             payable = coalesce((w.changes ->> 'payable')::boolean, s.payable),
             request = s.request || w.changes,
             version = s.version + 1
        from wanted w
        join session l on l.id = w.id
        join entity_now clock on clock.entity_key = $1
       where s.entity_key = $1 and s.id = w.id and s.id = any (array(select id from wanted))
         and w.turn = 1 and l.version = w.version and l.state = any ($3) and l.alive
      returning w.place::int, ${SESSION_COLUMNS}`,
    values: [entityKey, JSON.stringify(updates), sessionStatesThatAccept('submitted')],
  })
  const changed = new Map(rows.map(({ place, ...row }) => [place, row]))
  return updates.map((_, at) => changed.get(at + 1))
}
