/** Deliveries of events to receivers: claimed for one receiver at a time, settled one by one, done again on request. */
import type { Queryable } from './db.ts'
import type { DeliveryState, EventRow } from './events.ts'

/** So many receivers of one merchant in one look: the others get their turn. */
const DUE_PER_MERCHANT = 128
/** After so many failures in a row a receiver is left alone for a moment, and then tried with one delivery. */
const FAILURES_THAT_OPEN = 5
/** How long: seconds of real time or of the merchant's, whichever pass first. */
const OPEN_S = 30

/** A delivery claimed to be tried. */
export interface ClaimedDelivery extends EventRow {
  round: number
  tries: number
}

/** A receiver with what is due for it. `sealed`: its headers and key. */
export interface ClaimedLane {
  url: string
  sealed: Buffer
  deliveries: ClaimedDelivery[]
}

/**
 * Takes or renews the lease of one receiver and reads what is due for it, in order. Nobody else sends to a receiver
 * while its lease lasts. Nothing due, or leased by another: no deliveries, and no lease.
 */
export async function claimDeliveries(
  db: Queryable,
  entityKey: number,
  claim: { actionId: string; owner: string; leaseS: number; limit: number },
): Promise<ClaimedLane | undefined> {
  const { rows } = await db.query<ClaimedDelivery & { url: string; sealed: Buffer }>({
    name: 'claim_deliveries',
    text: `
      with seen as (
        select a.bumps from workflow_actions a where a.entity_key = $1 and a.id = $2
      ), receiver as materialized (
        select a.id, a.url, a.sealed, a.failures, clock.now
          from workflow_actions a
          join entity_now clock on clock.entity_key = $1
         where a.entity_key = $1 and a.id = $2
           and (a.lease_until is null or a.lease_until < now() or a.lease_owner = $3)
           and (a.open_until is null or a.open_until <= now() or a.open_until_on <= clock.now)
           for no key update of a
      ), due as materialized (
        select d.event_id, d.round, d.tries, d.next_on, d.sequence
          from deliveries d
         where d.entity_key = $1 and d.action_id = $2 and d.state = 'waiting'
           and d.next_on <= (select now from receiver)
         order by d.next_on, d.sequence
         limit (select case when failures >= $6 then 1 else $5 end from receiver)
      ), leased as (
        update workflow_actions a
           set lease_owner = $3,
               lease_until = case when exists (select from due) then now() + make_interval(secs => $4) end,
               next_on = case
                 when exists (select from due) or a.bumps <> (select bumps from seen) then a.next_on
                 else (select min(d.next_on) from deliveries d
                        where d.entity_key = $1 and d.action_id = $2 and d.state = 'waiting')
               end
          from receiver r
         where a.entity_key = $1 and a.id = r.id
      )
      select e.id, e.subject_id as "subjectId", e.version, e.source, e.type, e.data, e.created_on as "createdOn",
             e.sequence, e.sample, d.round, d.tries, r.url, r.sealed
        from due d
        join receiver r on true
        join events e on e.entity_key = $1 and e.id = d.event_id and e.id = any (array(select event_id from due))
       order by d.next_on, d.sequence`,
    values: [entityKey, claim.actionId, claim.owner, claim.leaseS, claim.limit, FAILURES_THAT_OPEN],
  })
  const [first] = rows
  return first && { url: first.url, sealed: first.sealed, deliveries: rows }
}

/** What one try came to. */
export interface DeliveryResult {
  attemptId: string
  eventId: string
  actionId: string
  /** As the delivery was claimed: an answer to another try or an earlier round changes nothing. */
  round: number
  tries: number
  succeeded: boolean
  /** Seconds of the merchant's time until the next try; null after the last. */
  retryInS: number | null
  /** What is shown of it. */
  details: object
}

/** Records many tries of one merchant, and how their receivers are doing. `settled: false`: the delivery has moved on. */
export async function settleDeliveries(
  db: Queryable,
  entityKey: number,
  results: readonly DeliveryResult[],
): Promise<boolean[]> {
  const { rows } = await db.query<{ settled: boolean }>({
    name: 'settle_deliveries',
    text: `
      with wanted as (
        select *, row_number() over (partition by "eventId", "actionId" order by place) as turn, 'waiting' as before
          from rows from (json_to_recordset($2::json) as (
                 "attemptId" uuid, "eventId" uuid, "actionId" uuid, round int, tries int, succeeded boolean,
                 "retryInS" float8, details jsonb)) with ordinality
            as w ("attemptId", "eventId", "actionId", round, tries, succeeded, "retryInS", details, place)
      ), receivers as materialized (
        select a.id, clock.now
          from workflow_actions a
          join entity_now clock on clock.entity_key = $1
         where a.entity_key = $1 and a.id = any (array(select "actionId" from wanted))
         order by a.id
           for no key update of a
      ), settled as (
        update deliveries d
           set state = case when w.succeeded then 'delivered' when w."retryInS" is null then 'dead' else 'waiting' end,
               tries = d.tries + 1,
               next_on = r.now + make_interval(secs => coalesce(w."retryInS", 0))
          from wanted w join receivers r on r.id = w."actionId"
         where d.entity_key = $1 and d.event_id = w."eventId" and d.action_id = w."actionId" and w.turn = 1
           and d.event_id = any (array(select "eventId" from wanted))
           -- Not a literal: the index of what waits would be read instead, and with it the receiver's whole backlog.
           and d.state = w.before and d.round = w.round and d.tries = w.tries
        returning w.place
      ), attempted as (
        insert into delivery_attempts
               (entity_key, event_id, action_id, id, retry, succeeded, final, details, attempted_on)
        select $1, w."eventId", w."actionId", w."attemptId", w.tries > 0, w.succeeded,
               w.succeeded or w."retryInS" is null, w.details, clock.now
          from wanted w join entity_now clock on clock.entity_key = $1
            on conflict do nothing
      ), health as (
        select w."actionId" as id, bool_or(w.succeeded) as well, count(*) as tried
          from wanted w group by w."actionId"
      ), noted as (
        update workflow_actions a
           set failures = case when h.well then 0 else least(a.failures + h.tried, 1000000) end,
               open_until = case when not h.well and a.failures + h.tried >= $3
                                 then now() + make_interval(secs => $4) end,
               open_until_on = case when not h.well and a.failures + h.tried >= $3
                                    then r.now + make_interval(secs => $4) end
          from health h join receivers r on r.id = h.id
         where a.entity_key = $1 and a.id = h.id
      )
      select s.place is not null as settled from wanted w left join settled s on s.place = w.place order by w.place`,
    values: [entityKey, JSON.stringify(results), FAILURES_THAT_OPEN, OPEN_S],
  })
  return rows.map(({ settled }) => settled)
}

/** Gives the lease back: the receiver's next delivery may be sent by anybody. */
export async function releaseReceiver(
  db: Queryable,
  entityKey: number,
  actionId: string,
  owner: string,
): Promise<void> {
  await db.query({
    name: 'release_receiver',
    text: `
      update workflow_actions a
         set lease_until = null
       where a.entity_key = $1 and a.id = $2 and a.lease_owner = $3`,
    values: [entityKey, actionId, owner],
  })
}

/** What is to be delivered again. UUIDs; `workflowIds: null`: to every workflow. */
export interface Reflow {
  eventIds: readonly string[]
  subjectIds: readonly string[]
  workflowIds: readonly string[] | null
}

/** What of a reflow is there: ids that are missing from it are wrong. */
export interface Reflowed {
  eventIds: string[]
  subjectIds: string[]
  workflowIds: string[]
}

/**
 * Delivers published events again, from the first try on, to the active workflows whose conditions they meet. When one
 * of the ids names nothing, nothing is done.
 * @param entityId UUID of the merchant, for the conditions that name it
 */
export async function reflowEvents(
  db: Queryable,
  entityKey: number,
  entityId: string,
  { eventIds, subjectIds, workflowIds }: Reflow,
): Promise<Reflowed> {
  const { rows } = await db.query<Reflowed>({
    name: 'reflow_events',
    text: `
      with chosen as materialized (
        select e.id, e.subject_id, e.source, e.type, e.sequence
          from events e
         where e.entity_key = $1 and e.id = any ($2::uuid[]) and e.sequence is not null
        union
        select e.id, e.subject_id, e.source, e.type, e.sequence
          from events e
         where e.entity_key = $1 and e.subject_id = any ($3::uuid[]) and e.sequence is not null
      ), flows as (
        select w.id from workflows w where w.entity_key = $1 and w.id = any ($4::uuid[])
      ), complete as (
        select (select count(*) from chosen where id = any ($2::uuid[]))
                 = (select count(distinct id) from unnest($2::uuid[]) as ids (id))
           and (select count(distinct subject_id) from chosen where subject_id = any ($3::uuid[]))
                 = (select count(distinct id) from unnest($3::uuid[]) as ids (id))
           and ($4::uuid[] is null
                or (select count(*) from flows) = (select count(distinct id) from unnest($4::uuid[]) as ids (id))) as sound
      ), matched as materialized (
        select e.id as event_id, e.sequence, a.id as action_id, a.workflow_id
          from chosen e
          join subscriptions s on s.entity_key = $1 and ($4::uuid[] is null or s.workflow_id = any ($4::uuid[]))
          join workflow_actions a on a.entity_key = $1 and a.workflow_id = s.workflow_id
          left join payments p on p.entity_key = $1 and p.id = e.subject_id
         where (select sound from complete)
           and (s.events is null or s.events -> e.source ? e.type)
           and (s.entities is null or s.entities ? $5)
           and (s.channels is null or s.channels ? p.channel_id::text)
      ), receivers as materialized (
        select a.id, clock.now
          from workflow_actions a
          join entity_now clock on clock.entity_key = $1
         where a.entity_key = $1 and a.id = any (array(select action_id from matched))
         order by a.id
           for no key update of a
      ), again as (
        insert into deliveries as d (entity_key, event_id, action_id, workflow_id, state, next_on, sequence)
        select $1, m.event_id, m.action_id, m.workflow_id, 'waiting', r.now, m.sequence
          from matched m join receivers r on r.id = m.action_id
            on conflict (entity_key, event_id, action_id) do update
               set state = 'waiting', round = d.round + 1, tries = 0, next_on = excluded.next_on
      ), bumped as (
        update workflow_actions a
           set next_on = least(a.next_on, r.now), bumps = a.bumps + 1
          from receivers r
         where a.entity_key = $1 and a.id = r.id
      )
      select array(select id from chosen) as "eventIds", array(select distinct subject_id from chosen) as "subjectIds",
             array(select id from flows) as "workflowIds"`,
    values: [entityKey, eventIds, subjectIds, workflowIds, entityId],
  })
  return rows[0] as Reflowed
}

/** One try, as it is shown. */
export interface AttemptRow {
  id: string
  retry: boolean
  succeeded: boolean
  final: boolean
  details: Record<string, unknown>
  attemptedOn: Date
}

/** A delivery with its tries, latest first, or `undefined` when the event was never meant for the receiver. */
export async function readDelivery(
  db: Queryable,
  entityKey: number,
  eventId: string,
  actionId: string,
): Promise<{ workflowId: string; state: DeliveryState; nextOn: Date; attempts: AttemptRow[] } | undefined> {
  const { rows } = await db.query<{
    workflowId: string
    state: DeliveryState
    nextOn: Date
    attempt: (Omit<AttemptRow, 'attemptedOn'> & { attemptedOn: string }) | null
  }>({
    name: 'read_delivery',
    text: `
      select d.workflow_id as "workflowId", d.state, d.next_on as "nextOn",
             case when t.id is not null then
               json_build_object('id', t.id, 'retry', t.retry, 'succeeded', t.succeeded, 'final', t.final,
                                 'details', t.details, 'attemptedOn', iso8601(t.attempted_on)) end as attempt
        from deliveries d
        left join delivery_attempts t
          on t.entity_key = $1 and t.event_id = $2 and t.action_id = $3
       where d.entity_key = $1 and d.event_id = $2 and d.action_id = $3
       order by t.attempted_on desc, t.id desc
       limit 100`,
    values: [entityKey, eventId, actionId],
  })
  const [first] = rows
  if (!first) return undefined
  const attempts = rows.flatMap(({ attempt }) =>
    attempt ? [{ ...attempt, attemptedOn: new Date(attempt.attemptedOn) }] : [],
  )
  return { workflowId: first.workflowId, state: first.state, nextOn: first.nextOn, attempts }
}

/** Receivers for which something is due and which nobody serves; not those that are left alone for a moment. */
export async function findDueReceivers(
  db: Queryable,
  limit: number,
  entityKey?: number,
): Promise<{ entityKey: number; id: string }[]> {
  const { rows } = await db.query<{ entityKey: number; id: string }>({
    name: 'find_due_receivers',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select a.entity_key, a.id, a.next_on
           from workflow_actions a
          where a.entity_key = clock.entity_key
            and a.next_on <= clock.now
            and (a.lease_until is null or a.lease_until < now())
            and (a.open_until is null or a.open_until <= now() or a.open_until_on <= clock.now)
          order by a.next_on
          limit $2
       ) due
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.next_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

/** When the merchant's next delivery falls due, on its clock. */
export async function nextDueReceiver(db: Queryable, entityKey: number): Promise<Date | undefined> {
  const { rows } = await db.query<{ due: Date | null }>({
    name: 'next_due_receiver',
    text: `
      select whole_ms(min(greatest(a.next_on, a.open_until_on))) as due
        from workflow_actions a
       where a.entity_key = $1 and a.next_on is not null`,
    values: [entityKey],
  })
  return rows[0]?.due ?? undefined
}
