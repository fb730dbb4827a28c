/** Captures, voids and refunds: claimed when due, settled together with the payment's amounts, ledger and event. */
import { type ActionKind, type ActionState, UNFINISHED_ACTION_STATES } from '@sluice/core/action'
import type { Allocation } from '@sluice/core/allocations'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import { LEASE_S } from './payments.ts'
import { type AnsweredCall, callRecord, eventRecord, type NewEvent } from './settlements.ts'

export interface ActionRow {
  id: string
  kind: ActionKind
  state: ActionState
  amount: number
  /** What makes a repeat of the request the same action. */
  dedupe: string
  reference: string | null
  /** What the merchant said of it, spelled as on the wire. */
  details: Record<string, unknown>
  allocations: readonly Allocation[] | null
  /** The capture that a refund gives back. */
  ofAction: string | null
  /** On success, what is still held and not captured is released. */
  releasesRest: boolean
  /** Of a capture: what refunds that name it have reserved and given back. */
  refunding: number
  refunded: number
  responseCode: string | null
  facts: ProcessorFacts
  requestedOn: Date
  processedOn: Date | null
}

/** What has happened to a payment and what is under way, latest first; what has no result yet comes before all else. */
export async function readActions(db: Queryable, entityKey: number, paymentId: string): Promise<ActionRow[]> {
  const { rows } = await db.query<ActionRow>({
    name: 'read_actions',
    text: `
      select a.id, a.kind, a.state, a.amount, a.dedupe, a.reference, a.details, a.allocations,
             a.of_action as "ofAction", a.releases_rest as "releasesRest", a.refunding, a.refunded, a.response_code as "responseCode", a.facts,
             a.requested_on as "requestedOn", a.processed_on as "processedOn"
        from payment_actions a
       where a.entity_key = $1 and a.payment_id = $2
       order by a.processed_on desc nulls first, a.id desc`,
    values: [entityKey, paymentId],
  })
  return rows
}

/** As a parameter, so that the planner cannot mistake the index of everything that is due for the one by id. */
const UNFINISHED: readonly ActionState[] = UNFINISHED_ACTION_STATES

/** An action claimed for sending, with what its message needs of the payment. */
export interface ClaimedAction {
  id: string
  /** The row of the message about to be sent. */
  callId: string
  paymentId: string
  kind: ActionKind
  amount: number
  reference: string | null
  details: Record<string, unknown>
  allocations: readonly Allocation[] | null
  ofAction: string | null
  releasesRest: boolean
  /** The processor said earlier that it will tell the result later. */
  wasPending: boolean
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
        returning a.id, a.payment_id, a.kind, a.amount, a.reference, a.details, a.allocations, a.of_action,
                  a.releases_rest, a.pending_on, a.asked
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, action_id, kind, key, sent)
        select $1, w."callId", c.payment_id, c.id, case c.kind when 'reversal' then 'reverse' else c.kind end, w.key,
               'maybe'
          from claimed c join wanted w on w.id = c.id
      )
      select c.id, w."callId", c.payment_id as "paymentId", c.kind, c.amount, c.asked,
             c.reference, c.details, c.allocations, c.of_action as "ofAction", c.releases_rest as "releasesRest",
             c.pending_on is not null as "wasPending",
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
  /** The payment's version and count of reservations on which the event was written. */
  version: number
  reservations: number
  /** The states it may come from: whoever sent it holds it in `sending`; a processor's own word ends it in any. */
  from: readonly ActionState[]
  /** A refund that had succeeded, and fails now: what was booked is taken back. */
  undoes: boolean
  state: 'succeeded' | 'failed' | 'in_doubt' | 'pending'
  /** The release of what is left, when the action is one of those that release it and has succeeded. */
  releaseId: string | null
  responseCode: string | null
  facts: ProcessorFacts
  /** Seconds of the merchant's time until it is sent again. */
  retryInS: number | null
  review: string | null
  ledgerId: string | null
  event: NewEvent | null
  /** Null when the processor spoke by itself. */
  call: AnsweredCall | null
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
                 id uuid, "paymentId" uuid, version int, reservations int, "from" json, undoes boolean, state text,
                 "releaseId" uuid, "responseCode" text, facts jsonb,
                 "retryInS" float8, review text, "ledgerId" uuid, "eventId" uuid, "eventSource" text, "eventType" text,
                 "eventData" jsonb, "callId" uuid, "callSent" text, "callOutcome" text, exchange jsonb)) with ordinality
            as w (id, "paymentId", version, reservations, "from", undoes, state, "releaseId", "responseCode", facts,
                  "retryInS", review, "ledgerId", "eventId", "eventSource", "eventType",
                  "eventData", "callId", "callSent", "callOutcome", exchange, place)
      ), payment as (
        select p.id, p.version, p.reservations, p.currency, clock.now,
               p.authorized - p.capturing - p.captured - p.voiding - p.voided as rest
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
               pending_on = case when w.state = 'pending' then coalesce(a.pending_on, p.now) else a.pending_on end,
               processed_on = case when w.state in ('succeeded', 'failed') then p.now end
          from wanted w join payment p on p.id = w."paymentId"
         where a.entity_key = $1 and a.id = w.id and w.turn = 1
           and a.state in (select json_array_elements_text(w."from"))
           and a.id = any (array(select id from wanted))
           and (w."eventId" is null or (p.version = w.version and p.reservations = w.reservations))
        returning a.payment_id, a.kind, a.amount, a.of_action, p.version + 1 as new_version, p.currency, p.now, w.*,
                  w.state in ('succeeded', 'failed') as over,
                  case when w."releaseId" is not null then p.rest else 0 end as released
      ), booked as (
        update payments p
           set capturing = p.capturing - case when d.over and d.kind = 'capture' then d.amount else 0 end,
               captured  = p.captured + case when d.kind = 'capture' and d.state = 'succeeded' then d.amount else 0 end,
               voiding   = p.voiding - case when d.over and d.kind = 'void' then d.amount else 0 end + d.released,
               voided    = p.voided + case when d.kind = 'void' and d.state = 'succeeded' then d.amount else 0 end,
               refunding = p.refunding - case when d.over and d.kind = 'refund' and not d.undoes then d.amount else 0 end,
               refunded  = p.refunded + case when d.kind <> 'refund' then 0 when d.undoes then -d.amount
                                             when d.state = 'succeeded' then d.amount else 0 end,
               authorized = p.authorized + case when d.kind = 'increment' and d.state = 'succeeded' then d.amount else 0 end,
               incremented = p.incremented + case when d.kind = 'increment' and d.state = 'succeeded' then d.amount else 0 end,
               version   = d.new_version
          from settled d
         where p.entity_key = $1 and p.id = d.payment_id and d."eventId" is not null
           and p.id = any (array(select id from payment))
      ), of_capture as (
        update payment_actions a
           set refunding = a.refunding - case when d.undoes then 0 else d.amount end,
               refunded = a.refunded + case when d.undoes then -d.amount when d.state = 'succeeded' then d.amount else 0 end
          from settled d
         where a.entity_key = $1 and a.id = d.of_action and d.over
           and a.id = any (array(select of_action from settled))
      ), release as (
        insert into payment_actions (entity_key, id, payment_id, kind, state, amount, dedupe, due_on, requested_on)
        select $1, d."releaseId", d.payment_id, 'void', 'requested', d.released, 'rest_of ' || d.id, d.now, d.now
          from settled d
         where d.released > 0
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
         where d."eventId" is not null
      ), entered as (
        insert into ledger_entries (entity_key, id, payment_id, action_id, kind, amount, currency, reference, recorded_on)
        select $1, d."ledgerId", d.payment_id, d.id, case when d.undoes then 'refund_failed' when d.kind = 'reversal' then 'void'
                    when d.kind = 'increment' then 'authorization' else d.kind end,
               d.amount, d.currency, d.facts ->> 'reference', d.now
          from settled d
         where d.state = 'succeeded' or d.undoes
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
    ],
  })
  return rows.map(({ settled }) => settled)
}

/** The scheduled capture of all that is left of a payment, as it was read at this version and count of reservations. */
export interface ScheduledCapture {
  paymentId: string
  actionId: string
  version: number
  reservations: number
  /** How what is left is shared between sub-entities. */
  allocations: readonly Allocation[] | null
}

/**
 * Reserves what is left of payments whose scheduled capture is due, and makes the capture an action to be sent. A payment
 * that has moved on since it was read stays due.
 */
export async function beginScheduledCaptures(
  db: Queryable,
  entityKey: number,
  captures: readonly ScheduledCapture[],
): Promise<void> {
  await db.query({
    name: 'begin_scheduled_captures',
    text: `
      with wanted as (
        select * from json_to_recordset($2::json)
          as w ("paymentId" uuid, "actionId" uuid, version int, reservations int, allocations jsonb)
      ), due as (
        select p.id, p.version, p.reservations, clock.now,
               p.authorized - p.capturing - p.captured - p.voiding - p.voided as rest
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted))
           and p.phase = 'authorized' and p.capture_on <= clock.now
         order by p.id
           for no key update of p
      ), requested as (
        insert into payment_actions
               (entity_key, id, payment_id, kind, state, amount, dedupe, allocations, due_on, requested_on)
        select $1, w."actionId", d.id, 'capture', 'requested', d.rest, 'capture_on', w.allocations, d.now, d.now
          from due d join wanted w on w."paymentId" = d.id and w.version = d.version and w.reservations = d.reservations
         where d.rest > 0
            on conflict do nothing
        returning payment_id, amount
      )
      update payments p
         set capturing = p.capturing + coalesce(r.amount, 0), capture_on = null, reservations = p.reservations + 1
        from due d left join requested r on r.payment_id = d.id
       where p.entity_key = $1 and p.id = d.id and (d.rest = 0 or r.amount is not null)`,
    values: [entityKey, JSON.stringify(captures)],
  })
}
