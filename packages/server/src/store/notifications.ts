/** What processors told without being asked: kept before it is answered, applied once. */
import type { ProcessorNotification } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import { eventRecord, type NewEvent } from './settlements.ts'

/** So long, in seconds of real time, one notification may be worked on before somebody else takes it. */
const LEASE_S = 30

export interface NewNotification {
  id: string
  channelId: string
  notification: ProcessorNotification
}

/** Keeps many notifications of one merchant; one that is kept already, or comes twice in the batch, is kept once. */
export async function keepNotifications(
  db: Queryable,
  entityKey: number,
  notifications: readonly NewNotification[],
): Promise<void[]> {
  await db.query({
    name: 'keep_notifications',
    text: `
      insert into processor_notifications
             (entity_key, id, channel_id, notification_id, kind, about, body, due_on, received_on)
      select $1, w.id, w."channelId", w.notification ->> 'id', w.notification ->> 'kind', w.notification ->> 'about',
             w.notification, clock.now, clock.now
        from json_to_recordset($2::json) as w (id uuid, "channelId" uuid, notification jsonb)
        join entity_now clock on clock.entity_key = $1
       order by w."channelId", w.notification ->> 'id'
          on conflict do nothing`,
    values: [entityKey, JSON.stringify(notifications)],
  })
  return notifications.map(() => undefined)
}

export interface ClaimedNotification {
  id: string
  channelId: string
  notification: ProcessorNotification
  /** How often it was taken up, this time included. */
  tries: number
  /** Seconds of the merchant's time since it came. */
  ageS: number
}

/** Takes notifications that are due; `undefined` where somebody else was faster. */
export async function claimNotifications(
  db: Queryable,
  entityKey: number,
  ids: readonly string[],
): Promise<(ClaimedNotification | undefined)[]> {
  const { rows } = await db.query<ClaimedNotification>({
    name: 'claim_notifications',
    text: `
      update processor_notifications n
         set lease_until = now() + make_interval(secs => $3), tries = n.tries + 1
        from entity_now clock
       where n.entity_key = $1 and n.id = any ($2::uuid[]) and clock.entity_key = $1
         and n.due_on <= clock.now and (n.lease_until is null or n.lease_until < now())
      returning n.id, n.channel_id as "channelId", n.body as notification, n.tries,
                extract(epoch from clock.now - n.received_on)::float8 as "ageS"`,
    values: [entityKey, ids, LEASE_S],
  })
  const claimed = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id, place) => (ids.indexOf(id) === place ? claimed.get(id) : undefined))
}

/** What becomes of a notification that changed nothing by itself. */
export interface NotificationEnd {
  id: string
  /** Null: it is looked at again. */
  outcome: 'applied' | 'given_up' | null
  /** Seconds of the merchant's time until then. */
  againInS: number
  /** Seconds of real time for which nobody looks at it: whoever works on the payment may be done by then. */
  restS: number
}

/** Ends notifications, or puts them off. */
export async function endNotifications(
  db: Queryable,
  entityKey: number,
  ends: readonly NotificationEnd[],
): Promise<void[]> {
  await db.query({
    name: 'end_notifications',
    text: `
      update processor_notifications n
         set outcome = w.outcome,
             due_on = case when w.outcome is null then clock.now + make_interval(secs => w."againInS") end,
             lease_until = case when w.outcome is null then now() + make_interval(secs => w."restS") end
        from json_to_recordset($2::json) as w (id uuid, outcome text, "againInS" float8, "restS" float8), entity_now clock
       where n.entity_key = $1 and n.id = w.id and clock.entity_key = $1 and n.due_on is not null`,
    values: [entityKey, JSON.stringify(ends)],
  })
  return ends.map(() => undefined)
}

/** Money that a bank moved by itself, or a word on it. Amounts in minor units. */
export interface Report {
  /** The notification that says so. */
  id: string
  paymentId: string
  /** The payment as it was read when the event was written. */
  version: number
  reservations: number
  /** The return as an action of the payment; null for disputes, which have events alone. */
  actionId: string | null
  ledgerId: string
  /** Null when no money moved. */
  ledgerKind: 'return' | 'chargeback' | 'chargeback_won' | null
  amount: number
  code: string | null
  /** Set when it contradicts what we know: a person looks at it. */
  review: string | null
  event: NewEvent
}

/**
 * Records what banks did, whatever our own books say: ledger, amounts, action and event, and the notification as applied,
 * so that it counts once. `false`: the payment moved on since it was read, or somebody else applied the notification.
 */
export async function recordReports(db: Queryable, entityKey: number, reports: readonly Report[]): Promise<boolean[]> {
  const { rows } = await db.query<{ recorded: boolean }>({
    name: 'record_reports',
    text: `
      with wanted as (
        select *, row_number() over (partition by "paymentId" order by place) as turn
          from rows from (json_to_recordset($2::json) as (
                 id uuid, "paymentId" uuid, version int, reservations int, "actionId" uuid, "ledgerId" uuid,
                 "ledgerKind" text, amount bigint, code text, review text, "eventId" uuid, "eventSource" text,
                 "eventType" text, "eventData" jsonb)) with ordinality
            as w (id, "paymentId", version, reservations, "actionId", "ledgerId",
                  "ledgerKind", amount, code, review, "eventId", "eventSource",
                  "eventType", "eventData", place)
      ), payment as (
        select p.id, p.version, p.reservations, p.currency, clock.now
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted))
         order by p.id
           for no key update of p
      ), applied as (
        update processor_notifications n
           set outcome = 'applied', due_on = null, lease_until = null
          from wanted w join payment p on p.id = w."paymentId"
         where n.entity_key = $1 and n.id = w.id and n.id = any (array(select id from wanted)) and n.due_on is not null
           and w.turn = 1 and p.version = w.version and p.reservations = w.reservations
        returning n.notification_id, p.currency, p.now, p.version + 1 as new_version, w.*
      ), changed as (
        update payments p
           set version = a.new_version,
               returned = p.returned + case when a."ledgerKind" = 'return' then a.amount else 0 end,
               charged_back = p.charged_back + case a."ledgerKind" when 'chargeback' then a.amount
                                                                   when 'chargeback_won' then -a.amount else 0 end,
               review = coalesce(a.review, p.review)
          from applied a
         where p.entity_key = $1 and p.id = a."paymentId" and p.id = any (array(select id from payment))
      ), reported as (
        insert into payment_actions
               (entity_key, id, payment_id, kind, state, amount, dedupe, response_code, due_on, requested_on, processed_on)
        select $1, a."actionId", a."paymentId", 'return', 'succeeded', a.amount, 'notification ' || a.notification_id,
               a.code, a.now, a.now, a.now
          from applied a
         where a."actionId" is not null
      ), booked as (
        insert into ledger_entries (entity_key, id, payment_id, action_id, kind, amount, currency, recorded_on)
        select $1, a."ledgerId", a."paymentId", a."actionId", a."ledgerKind", a.amount, a.currency, a.now
          from applied a
         where a."ledgerKind" is not null
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, a."eventId", a."paymentId", a.new_version, a."eventSource", a."eventType",
               a."eventData" || jsonb_build_object('processed_on', iso8601(a.now)), a.now
          from applied a
      )
      select a.id is not null as recorded from wanted w left join applied a on a.id = w.id and w.turn = 1 order by w.place`,
    values: [
      entityKey,
      JSON.stringify(reports.map(({ event, ...members }) => ({ ...members, ...eventRecord(event) }))),
    ],
  })
  return rows.map(({ recorded }) => recorded)
}
