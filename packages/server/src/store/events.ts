/** Events as they are published and read: numbered for each merchant, and handed to the deliveries they make. */
import type { Queryable } from './db.ts'

/** An event as it was written, with what it became since. */
export interface EventRow {
  id: string
  subjectId: string
  /** The event is the subject's so-manieth change. */
  version: number
  source: string
  type: string
  data: Record<string, unknown>
  createdOn: Date
  /** Its number among the merchant's published events; null when it is not published (yet), or never will be. */
  sequence: number | null
  sample: boolean
}

/** What one turn of publishing did. */
export interface Published {
  /** How many events got a number. */
  events: number
  /** How many deliveries they made. */
  deliveries: number
}

/**
 * Numbers what the merchant's changes have written since, and makes its deliveries, in one statement.
 *
 * No gap: the numbers are given under the lock of the merchant's counter and committed with it; a publisher that dies
 * has given none. Whoever waited for the lock has looked before it was free, so it takes only a counter that still says
 * what it said then, and is silent otherwise: the next look finds what is left. Order: an event is seen only when its
 * change is committed, and of one subject an earlier version never gets a later number.
 * @param entityId UUID of the merchant, for the conditions that name it
 */
export async function publishEvents(
  db: Queryable,
  entityKey: number,
  { entityId, limit }: { entityId: string; limit: number },
): Promise<Published | undefined> {
  const { rows } = await db.query<Published & { known: boolean }>({
    name: 'publish_events',
    text: `
      with counter as materialized (
        select c.last
          from event_counters c
         where c.entity_key = $1
           and c.last = (select seen.last from event_counters seen where seen.entity_key = $1)
           for update skip locked
      ), oldest as (
        select e.subject_id, e.version
          from events e
         where e.entity_key = $1 and e.sequence is null and e.source <> 'sluice' and not e.sample
         order by e.id
         limit $2
      ), waiting as (
        select e.id, e.subject_id, e.version,
               max(e.id::text collate "C") over (partition by e.subject_id order by e.version) as since
          from (select subject_id, max(version) as version, 'sluice' as ours from oldest group by subject_id) o
         cross join lateral (
           -- Subject by subject, by their index: whatever the statistics say, a backlog is not read for every batch of it.
           select e.id, e.subject_id, e.version
             from events e
            where e.entity_key = $1 and e.subject_id = o.subject_id and e.version <= o.version
              and e.sequence is null and e.source <> o.ours and not e.sample
           offset 0
         ) e
      ), numbered as materialized (
        select w.id, c.last + row_number() over (order by w.since, w.subject_id, w.version) as sequence
          from waiting w cross join counter c
      ), published as (
        update events e
           set sequence = n.sequence
          from numbered n
         where e.entity_key = $1 and e.id = n.id and e.id = any (array(select id from numbered))
        returning e.id, e.subject_id, e.source, e.type, e.sequence
      ), counted as (
        update event_counters c
           set last = (select max(p.sequence) from published p)
         where c.entity_key = $1 and exists (select from published)
      ), matched as materialized (
        select e.id as event_id, e.sequence, a.id as action_id, a.workflow_id, clock.now
          from published e
          join entity_now clock on clock.entity_key = $1
          join subscriptions s on s.entity_key = $1
          join workflow_actions a on a.entity_key = $1 and a.workflow_id = s.workflow_id
          left join payments p on p.entity_key = $1 and p.id = e.subject_id
         where (s.events is null or s.events -> e.source ? e.type)
           and (s.entities is null or s.entities ? $3)
           and (s.channels is null or s.channels ? p.channel_id::text)
      ), receivers as (
        select a.id from workflow_actions a
         where a.entity_key = $1 and a.id = any (array(select action_id from matched))
         order by a.id
           for no key update of a
      ), delivering as (
        insert into deliveries (entity_key, event_id, action_id, workflow_id, state, next_on, sequence)
        select $1, m.event_id, m.action_id, m.workflow_id, 'waiting', m.now, m.sequence
          from matched m join receivers r on r.id = m.action_id
            on conflict do nothing
        returning action_id
      ), bumped as (
        update workflow_actions a
           set next_on = least(a.next_on, clock.now), bumps = a.bumps + 1
          from receivers r, entity_now clock
         where a.entity_key = $1 and a.id = r.id and clock.entity_key = $1
      )
      select (select count(*) from published) as events, (select count(*) from delivering) as deliveries,
             exists (select from event_counters known where known.entity_key = $1) as known`,
    values: [entityKey, limit, entityId],
  })
  const [row] = rows
  return row?.known ? { events: row.events, deliveries: row.deliveries } : undefined
}

/** A merchant whose first event is published needs a counter. */
export async function makeEventCounter(db: Queryable, entityKey: number): Promise<void> {
  await db.query({
    name: 'make_event_counter',
    text: 'insert into event_counters (entity_key, last) values ($1, 0) on conflict do nothing',
    values: [entityKey],
  })
}

const EVENT_COLUMNS = `
  e.id, e.subject_id as "subjectId", e.version, e.source, e.type, e.data, e.created_on as "createdOn", e.sequence, e.sample`

/** Where an event went: one row for each receiver. */
export interface Invocation {
  workflowId: string
  actionId: string
  state: DeliveryState
}

export type DeliveryState = 'waiting' | 'delivered' | 'dead' | 'canceled'

/** One event that merchants may see, with where it went. */
export async function readEvent(
  db: Queryable,
  entityKey: number,
  id: string,
): Promise<(EventRow & { invocations: Invocation[] }) | undefined> {
  const { rows } = await db.query<EventRow & { invocations: Invocation[] }>({
    name: 'read_event',
    text: `
      select ${EVENT_COLUMNS},
             coalesce((select json_agg(json_build_object('workflowId', d.workflow_id, 'actionId', d.action_id, 'state', d.state)
                                       order by d.action_id)
                         from deliveries d where d.entity_key = $1 and d.event_id = $2), '[]') as invocations
        from events e
       where e.entity_key = $1 and e.id = $2 and (e.sequence is not null or e.sample)`,
    values: [entityKey, id],
  })
  return rows[0]
}

/** The published events of a subject, in their order. */
export async function readSubjectEvents(
  db: Queryable,
  entityKey: number,
  subjectId: string,
  limit: number,
): Promise<EventRow[]> {
  const { rows } = await db.query<EventRow>({
    name: 'read_subject_events',
    text: `
      select ${EVENT_COLUMNS}
        from events e
       where e.entity_key = $1 and e.subject_id = $2 and e.sequence is not null
       order by e.version
       limit $3`,
    values: [entityKey, subjectId, limit],
  })
  return rows
}

/** The published events after a position, in the order of their numbers. */
export async function readEventsAfter(
  db: Queryable,
  entityKey: number,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  const { rows } = await db.query<EventRow>({
    name: 'read_events_after',
    text: `
      select ${EVENT_COLUMNS}
        from events e
       where e.entity_key = $1 and e.sequence > $2
       order by e.sequence
       limit $3`,
    values: [entityKey, after, limit],
  })
  return rows
}

/** Events of no payment, made to try a workflow, and their deliveries to all its receivers. */
export async function addSampleEvents(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  samples: readonly { id: string; subjectId: string; source: string; type: string; data: object }[],
): Promise<void> {
  await db.query({
    name: 'add_sample_events',
    text: `
      with wanted as (
        select * from json_to_recordset($3::json) as w (id uuid, "subjectId" uuid, source text, type text, data jsonb)
      ), made as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on, sample)
        select $1, w.id, w."subjectId", 1, w.source, w.type,
               w.data || jsonb_build_object('processed_on', iso8601(clock.now)), clock.now, true
          from wanted w join entity_now clock on clock.entity_key = $1
        returning id
      ), receivers as (
        select a.id, a.workflow_id from workflow_actions a
         where a.entity_key = $1 and a.workflow_id = $2
         order by a.id
           for no key update of a
      ), delivering as (
        insert into deliveries (entity_key, event_id, action_id, workflow_id, state, next_on)
        select $1, m.id, r.id, r.workflow_id, 'waiting', clock.now
          from made m cross join receivers r join entity_now clock on clock.entity_key = $1
      )
      update workflow_actions a
         set next_on = least(a.next_on, clock.now), bumps = a.bumps + 1
        from receivers r, entity_now clock
       where a.entity_key = $1 and a.id = r.id and clock.entity_key = $1`,
    values: [entityKey, workflowId, JSON.stringify(samples)],
  })
}

/** Merchants that have events to publish. `id`: the merchant's own UUID. Reads keys and ids only. */
export async function findUnpublished(
  db: Queryable,
  limit: number,
  entityKey?: number,
): Promise<{ entityKey: number; id: string }[]> {
  const { rows } = await db.query<{ entityKey: number; id: string }>({
    name: 'find_unpublished',
    text: `
      with recursive waiting as (
        (select e.entity_key from events e
          where e.sequence is null and e.source <> 'sluice' and not e.sample and ($2::int is null or e.entity_key = $2)
          order by e.entity_key limit 1)
        union all
        select (select e.entity_key from events e
                 where e.sequence is null and e.source <> 'sluice' and not e.sample and $2::int is null
                   and e.entity_key > w.entity_key
                 order by e.entity_key limit 1)
          from waiting w
         where w.entity_key is not null
      )
      select m.entity_key as "entityKey", m.id
        from waiting w join entities m on m.entity_key = w.entity_key
       limit $1`,
    values: [limit, entityKey],
  })
  return rows
}

/** When the merchant's next event is to be published: now, if one waits. */
export async function nextUnpublished(db: Queryable, entityKey: number): Promise<Date | undefined> {
  const { rows } = await db.query<{ due: Date }>({
    name: 'next_unpublished',
    text: `
      select clock.now as due
        from entity_now clock
       where clock.entity_key = $1
         and exists (select from events e
                      where e.entity_key = $1 and e.sequence is null and e.source <> 'sluice' and not e.sample)`,
    values: [entityKey],
  })
  return rows[0]?.due
}
