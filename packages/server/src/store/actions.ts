/** Captures, voids and refunds: claimed when due, settled together with the payment's amounts, ledger and event. */
import type { ActionKind, ActionState } from '@sluice/core/action'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import { DUE_PER_MERCHANT } from './attempts.ts'
import { LEASE_S } from './payments.ts'
import { type AnsweredCall, callRecord, eventRecord, type NewEvent } from './settlements.ts'

export interface ActionRow {
  id: string
  kind: ActionKind
  state: ActionState
  amount: number
  reference: string | null
  responseCode: string | null
  facts: ProcessorFacts
  requestedOn: Date
  processedOn: Date | null
}

/** What has happened to a payment so far, latest first. Actions that have no result yet are left out. */
export async function readActions(db: Queryable, entityKey: number, paymentId: string): Promise<ActionRow[]> {
  const { rows } = await db.query<ActionRow>({
    name: 'read_actions',
    text: `
      select a.id, a.kind, a.state, a.amount, a.reference, a.response_code as "responseCode", a.facts,
             a.requested_on as "requestedOn", a.processed_on as "processedOn"
        from payment_actions a
       where a.entity_key = $1 and a.payment_id = $2 and a.state in ('succeeded', 'failed')
       order by a.processed_on desc, a.id desc`,
    values: [entityKey, paymentId],
  })
  return rows
}

export interface DueAction {
  entityKey: number
  id: string
}

/** Actions of all merchants that are due and on which nobody works: keys and ids only. */
export async function findDueActions(db: Queryable, limit: number): Promise<DueAction[]> {
  const { rows } = await db.query<DueAction>({
    name: 'find_due_actions',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select a.entity_key, a.id, a.due_on
           from payment_actions a
          where a.entity_key = clock.entity_key
            and a.state in ('requested', 'sending', 'in_doubt')
            and a.due_on <= clock.now
            and (a.lease_until is null or a.lease_until < now())
          order by a.due_on
          limit $2
       ) due
       order by clock.now - due.due_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT],
  })
  return rows
}

/** As a parameter, so that the planner cannot mistake the index of everything that is due for the one by id. */
const UNFINISHED: readonly ActionState[] = ['requested', 'sending', 'in_doubt']

/** An action claimed for sending, with what its message needs of the payment. */
export interface ClaimedAction {
  id: string
  /** The row of the message about to be sent. */
  callId: string
  paymentId: string
  kind: ActionKind
  amount: number
  asked: number
  /** Seconds of real time since its first message may have left; null when none has. */
  sinceFirstCallS: number | null
}

/**
 * Claims many due actions of one merchant and remembers the messages about to be sent; `undefined` where somebody else
 * was faster.
 */
export async function claimActions(
  db: Queryable,
  entityKey: number,
  claims: readonly { id: string; callId: string; key: string }[],
): Promise<(ClaimedAction | undefined)[]> {
  const { rows } = await db.query<ClaimedAction>({
    name: 'claim_actions',
    text: `
      with wanted as (
        select distinct on (id) * from json_to_recordset($2::json) as w (id uuid, "callId" uuid, key text) order by id
      ), claimed as (
        update payment_actions a
           set state = 'sending', lease_until = now() + make_interval(secs => $3), asked = a.asked + 1
          from wanted w, entity_now clock
         where a.entity_key = $1 and a.id = w.id and clock.entity_key = $1
           and a.id = any (array(select id from wanted))
           and a.state = any ($4)
           and a.due_on <= clock.now
           and (a.lease_until is null or a.lease_until < now())
        returning a.id, a.payment_id, a.kind, a.amount, a.asked
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, action_id, kind, key, sent)
        select $1, w."callId", c.payment_id, c.id, case c.kind when 'reversal' then 'reverse' else c.kind end, w.key,
               'maybe'
          from claimed c join wanted w on w.id = c.id
      )
      select c.id, w."callId", c.payment_id as "paymentId", c.kind, c.amount, c.asked,
             (select extract(epoch from now() - min(p.requested_on))::float8
                from processor_calls p
               where p.entity_key = $1 and p.payment_id = c.payment_id and p.action_id = c.id and p.sent <> 'no')
             as "sinceFirstCallS"
        from claimed c join wanted w on w.id = c.id`,
    values: [entityKey, JSON.stringify(claims), LEASE_S, UNFINISHED],
  })
  const claimed = new Map(rows.map((row) => [row.id, row]))
  return claims.map(({ id }) => claimed.get(id))
}

/** What an action came to. `in_doubt` is sent again under the same key; the others are final. */
export interface ActionSettlement {
  id: string
  paymentId: string
  /** The payment's version on which the event was written; absent while in doubt. */
  version: number
  state: 'succeeded' | 'failed' | 'in_doubt'
  responseCode: string | null
  facts: ProcessorFacts
  /** Seconds of the merchant's time until it is sent again. */
  retryInS: number | null
  review: string | null
  ledgerId: string | null
  event: NewEvent | null
  call: AnsweredCall
}

/**
 * Settles many actions of one merchant, payment before action: success books what was reserved, failure releases it,
 * doubt keeps it. `settled: false`: the payment moved on since it was read, or somebody else settled the action.
 */
export async function settleActions(
  db: Queryable,
  entityKey: number,
  settlements: readonly ActionSettlement[],
): Promise<boolean[]> {
  const { rows } = await db.query<{ settled: boolean }>({
    name: 'settle_actions',
    text: `
      with wanted as (
        select *, row_number() over (partition by "paymentId" order by place) as turn
          from rows from (json_to_recordset($2::json) as (
                 id uuid, "paymentId" uuid, version int, state text, "responseCode" text, facts jsonb,
                 "retryInS" float8, review text, "ledgerId" uuid, "eventId" uuid, "eventSource" text, "eventType" text,
                 "eventData" jsonb, "callId" uuid, "callSent" text, "callOutcome" text, exchange jsonb)) with ordinality
            as w (id, "paymentId", version, state, "responseCode", facts,
                  "retryInS", review, "ledgerId", "eventId", "eventSource", "eventType",
                  "eventData", "callId", "callSent", "callOutcome", exchange, place)
      ), payment as (
        select p.id, p.version, p.currency, clock.now
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted))
         order by p.id
           for no key update of p
      ), settled as (
        update payment_actions a
           set state = w.state,
               response_code = w."responseCode",
               facts = a.facts || w.facts,
               lease_until = null,
               due_on = coalesce(p.now + make_interval(secs => w."retryInS"), a.due_on),
               processed_on = case when w.state <> 'in_doubt' then p.now end
          from wanted w join payment p on p.id = w."paymentId"
         where a.entity_key = $1 and a.id = w.id and w.turn = 1 and a.state = $3
           and a.id = any (array(select id from wanted))
           and (w.state = 'in_doubt' or p.version = w.version)
        returning a.payment_id, a.kind, a.amount, p.version + 1 as new_version, p.currency, p.now, w.*
      ), booked as (
        update payments p
           set capturing = p.capturing - case when d.kind = 'capture' then d.amount else 0 end,
               captured  = p.captured + case when d.kind = 'capture' and d.state = 'succeeded' then d.amount else 0 end,
               voiding   = p.voiding - case when d.kind = 'void' then d.amount else 0 end,
               voided    = p.voided + case when d.kind = 'void' and d.state = 'succeeded' then d.amount else 0 end,
               refunding = p.refunding - case when d.kind = 'refund' then d.amount else 0 end,
               refunded  = p.refunded + case when d.kind = 'refund' and d.state = 'succeeded' then d.amount else 0 end,
               version   = d.new_version
          from settled d
         where p.entity_key = $1 and p.id = d.payment_id and d.state <> 'in_doubt'
           and p.id = any (array(select id from payment))
      ), flagged as (
        update payments p set review = d.review
          from settled d
         where p.entity_key = $1 and p.id = d.payment_id and d.state = 'in_doubt' and d.review is not null
           and p.id = any (array(select id from payment))
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, d."eventId", d.payment_id, d.new_version, d."eventSource", d."eventType",
               d."eventData" || jsonb_build_object('processed_on', iso8601(d.now)), d.now
          from settled d
         where d.state <> 'in_doubt'
      ), entered as (
        insert into ledger_entries (entity_key, id, payment_id, action_id, kind, amount, currency, reference, recorded_on)
        select $1, d."ledgerId", d.payment_id, d.id, case d.kind when 'reversal' then 'void' else d.kind end, d.amount,
               d.currency, d.facts ->> 'reference', d.now
          from settled d
         where d.state = 'succeeded'
      ), answered as (
        update processor_calls c
           set sent = w."callSent", outcome = w."callOutcome", exchange = w.exchange, answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = w."callId" and c.id = any (array(select "callId" from wanted))
      )
      select d.id is not null as settled from wanted w left join settled d on d.id = w.id and w.turn = 1 order by w.place`,
    values: [
      entityKey,
      JSON.stringify(
        settlements.map(({ event, call, ...members }) => ({ ...members, ...eventRecord(event), ...callRecord(call) })),
      ),
      'sending' satisfies ActionState,
    ],
  })
  return rows.map(({ settled }) => settled)
}

/**
 * Turns scheduled captures (`capture_on`) that have fallen due into actions of what is left to capture, once each.
 * Looks across merchants for keys and ids only.
 */
export async function findDueCaptures(db: Queryable, limit: number): Promise<DueAction[]> {
  const { rows } = await db.query<DueAction>({
    name: 'find_due_captures',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select p.entity_key, p.id, p.capture_on
           from payments p
          where p.entity_key = clock.entity_key and p.phase = 'authorized' and p.capture_on <= clock.now
          order by p.capture_on
          limit $2
       ) due
       order by clock.now - due.capture_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT],
  })
  return rows
}

/** Reserves what is left of payments whose scheduled capture is due, and makes the capture an action to be sent. */
export async function beginScheduledCaptures(
  db: Queryable,
  entityKey: number,
  captures: readonly { paymentId: string; actionId: string }[],
): Promise<void> {
  await db.query({
    name: 'begin_scheduled_captures',
    text: `
      with wanted as (
        select * from json_to_recordset($2::json) as w ("paymentId" uuid, "actionId" uuid)
      ), due as (
        select p.id, p.authorized - p.capturing - p.captured - p.voiding - p.voided as rest, clock.now
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted))
           and p.phase = 'authorized' and p.capture_on <= clock.now
         order by p.id
           for no key update of p
      ), requested as (
        insert into payment_actions (entity_key, id, payment_id, kind, state, amount, dedupe, due_on, requested_on)
        select $1, w."actionId", d.id, 'capture', 'requested', d.rest, 'capture_on', d.now, d.now
          from due d join wanted w on w."paymentId" = d.id
         where d.rest > 0
            on conflict do nothing
        returning payment_id, amount
      )
      update payments p
         set capturing = p.capturing + coalesce(r.amount, 0), capture_on = null
        from due d left join requested r on r.payment_id = d.id
       where p.entity_key = $1 and p.id = d.id`,
    values: [entityKey, JSON.stringify(captures)],
  })
}
