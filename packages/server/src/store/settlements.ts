/** What becomes of an attempt: recorded in one statement, with all that follows from it. */
import type { Allocation } from '@sluice/core/allocations'
import type { PaymentPhase } from '@sluice/core/payment'
import { FAILED_PHASES, phasesBefore } from '@sluice/core/payment'
import { nextSessionState } from '@sluice/core/session'
import type { AuthenticationResult as HowItEnded } from '@sluice/core/three-ds/decide-sca'
import type { AuthenticationResult } from '../authenticators/authenticator.ts'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import { MOST_ATTEMPTS, type PaymentSource } from './payments.ts'

/** An event as a statement writes it; the statement adds `processed_on` to `data`, from the merchant's clock. */
export interface NewEvent {
  id: string
  /** `gateway`, `dispute` and `authentication` are what merchants may subscribe to; `sluice` is our own timeline. */
  source: 'gateway' | 'dispute' | 'authentication' | 'sluice'
  type: string
  data: Record<string, unknown>
}

/** What an answer, a return or the passing of time made of an attempt. Amounts in minor units. */
export interface Settlement {
  paymentId: string
  /** The version on which this was decided. */
  version: number
  /**
   * The lease under which it was decided, where it rests on nothing but our not having heard of anything. A processor's
   * word counts whoever brings it: null.
   */
  lease: number | null
  phase: PaymentPhase
  authorized: number
  /** The authorization or verification as an action of the payment, once it is decided. */
  action: { id: string; kind: 'authorization' | 'card_verification'; amount: number } | null
  /** The automatic capture of what was authorized: reserved with the approval, sent a moment later. */
  captureActionId: string | null
  /** How that capture is shared between sub-entities. */
  captureAllocations: readonly Allocation[] | null
  ledgerId: string | null
  responseCode: string | null
  /** The processor's own name for the payment. */
  reference: string | null
  facts: ProcessorFacts
  source: PaymentSource | null
  authLifetimeS: number | null
  sid: string | null
  /** Seconds of the merchant's time in which the shopper, or the rail, has to come back. */
  deadlineInS: number | null
  /** Seconds of the merchant's time after which the processor is asked what became of it. */
  askInS: number | null
  review: string | null
  answer: { status: number; body: string } | null
  /**
   * An attempt that was surely not sent counts against no limit. One that was superseded does not count against the
   * merchant's, only against the most a session may ever have.
   */
  uncounted: 'not_sent' | 'superseded' | null
  /** How our own authentication ended, where the attempt ends with it: what was decided on, and the result it had. */
  authentication: { ended: HowItEnded; result: AuthenticationResult | null } | null
  /** What led to it, in order, each as a change of its own: the payment gets a version more for each. */
  eventsBefore: readonly NewEvent[]
  event: NewEvent
  call: AnsweredCall | null
}

/** What became of a message to a processor. `exchange` is masked. */
export interface AnsweredCall {
  id: string
  sent: 'no' | 'maybe' | 'yes'
  outcome: string
  exchange: unknown
}

/**
 * Settles many attempts of one merchant by compare-and-set on phase and version: amounts, ledger, session, event and
 * answer together. Locks are taken as in `begin_attempts`, session before payment, ids ascending. `settled: false`:
 * somebody else was first; the caller reads the row and answers from it.
 */
export async function settleAttempts(
  db: Queryable,
  entityKey: number,
  settlements: readonly Settlement[],
): Promise<{ settled: boolean; now: Date }[]> {
  const { rows } = await db.query<{ settled: boolean; now: Date }>({
    name: 'settle_attempts',
    text: `
      with wanted as (
        select *, row_number() over (partition by "paymentId" order by place) as turn
          from rows from (json_to_recordset($2::json) as (
                 "paymentId" uuid, version int, lease int, phase text, "phasesBefore" json, authorized bigint, "actionId" uuid,
                 "actionKind" text, "actionAmount" bigint, "captureActionId" uuid, "captureAllocations" jsonb, "ledgerId" uuid, "responseCode" text,
                 reference text, facts jsonb, source jsonb, "authLifetimeS" float8, sid uuid, "deadlineInS" float8,
                 "askInS" float8, review text, "answerStatus" smallint, "answerBody" text, uncounted text,
                 "authenticationEnded" text, "authenticationResult" jsonb, "eventsBefore" json,
                 "eventId" uuid, "eventSource" text, "eventType" text, "eventData" jsonb, "callId" uuid,
                 "callSent" text, "callOutcome" text, exchange jsonb)) with ordinality
            as w ("paymentId", version, lease, phase, "phasesBefore", authorized, "actionId",
                  "actionKind", "actionAmount", "captureActionId", "captureAllocations", "ledgerId", "responseCode",
                  reference, facts, source, "authLifetimeS", sid, "deadlineInS",
                  "askInS", review, "answerStatus", "answerBody", uncounted,
                  "authenticationEnded", "authenticationResult", "eventsBefore",
                  "eventId", "eventSource", "eventType", "eventData", "callId",
                  "callSent", "callOutcome", exchange, place)
      ), session as (
        select s.id, s.expires_on <= clock.now as expired
          from payment_sessions s
          join entity_now clock on clock.entity_key = s.entity_key
         where s.entity_key = $1
           and s.id = any (array(select p.session_id from payments p where p.entity_key = $1
                                    and p.id = any (array(select "paymentId" from wanted))))
         order by s.id
           for no key update of s
      ), settled as (
        update payments p
           set phase = w.phase,
               authorized = w.authorized,
               capturing = case when w."captureActionId" is null then 0 else w.authorized end,
               capture_on = case when w.phase = 'authorized' and w."captureActionId" is null then p.capture_on end,
               response_code = coalesce(w."responseCode", p.response_code),
               reference = coalesce(w.reference, p.reference),
               facts = p.facts || w.facts,
               source = coalesce(w.source, p.source),
               auth_until = clock.now + make_interval(secs => w."authLifetimeS"),
               sid = coalesce(p.sid, w.sid),
               deadline_on = clock.now + make_interval(secs => w."deadlineInS"),
               ask_on = clock.now + make_interval(secs => w."askInS"),
               asked = 0,
               lease_until = null,
               review = coalesce(w.review, p.review),
               answer_status = coalesce(p.answer_status, w."answerStatus"),
               answer = coalesce(p.answer, w."answerBody"),
               processed_on = clock.now,
               version = p.version + 1 + json_array_length(w."eventsBefore")
          from wanted w, session s, entity_now clock
         where p.entity_key = $1 and p.id = w."paymentId" and w.turn = 1 and s.id = p.session_id
           and p.id = any (array(select "paymentId" from wanted))
           and clock.entity_key = $1 and p.version = w.version and (w.lease is null or p.leases = w.lease)
           and p.phase in (select json_array_elements_text(w."phasesBefore"))
        returning p.id, p.session_id, p.version as new_version, p.currency, p.processed_on as now, w.*
      ), moved as (
        update payment_sessions s
           set version = s.version + 1,
               attempts = s.attempts - case when d.uncounted = 'not_sent' then 1 else 0 end,
               max_attempts = case when d.uncounted = 'superseded' then least(s.max_attempts + 1, $10)
                                   else s.max_attempts end,
               state = case
                 when d.phase in ('authorized', 'verified') then $4
                 when d.phase in ('authenticating', 'redirected') then $5
                 when d.phase <> all ($3) then $6
                 when d.uncounted is null and s.attempts >= s.max_attempts then $7
                 when d.uncounted = 'superseded' and s.attempts >= $10 then $7
                 when k.expired then $8
                 else $9
               end
          from settled d, session k
         where s.entity_key = $1 and s.id = d.session_id and k.id = s.id
           and s.id = any (array(select id from session))
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, d."eventId", d.id, d.new_version, d."eventSource", d."eventType",
               d."eventData" || jsonb_build_object('processed_on', iso8601(d.now)), d.now
          from settled d
        union all
        select $1, (b.event ->> 'id')::uuid, d.id, d.new_version - json_array_length(d."eventsBefore") + b.place::int - 1,
               b.event ->> 'source', b.event ->> 'type',
               (b.event -> 'data')::jsonb || jsonb_build_object('processed_on', iso8601(d.now)), d.now
          from settled d, json_array_elements(d."eventsBefore") with ordinality as b (event, place)
      ), decided as (
        insert into payment_actions
               (entity_key, id, payment_id, kind, state, amount, dedupe, response_code, facts, due_on, requested_on,
                processed_on)
        select $1, d."actionId", d.id, d."actionKind",
               case when d.phase in ('authorized', 'verified') then 'succeeded' else 'failed' end,
               d."actionAmount", 'authorization', d."responseCode", d.facts, d.now, d.now, d.now
          from settled d
         where d."actionId" is not null
      ), capture as (
        insert into payment_actions
               (entity_key, id, payment_id, kind, state, amount, dedupe, allocations, due_on, requested_on)
        select $1, d."captureActionId", d.id, 'capture', 'requested', d.authorized, 'auto', d."captureAllocations", d.now,
               d.now
          from settled d
         where d."captureActionId" is not null
      ), booked as (
        insert into ledger_entries (entity_key, id, payment_id, action_id, kind, amount, currency, reference, recorded_on)
        select $1, d."ledgerId", d.id, d."actionId", d."actionKind", d.authorized, d.currency, d.reference, d.now
          from settled d
         where d."ledgerId" is not null
      ), answered as (
        update processor_calls c
           set sent = w."callSent", outcome = w."callOutcome", exchange = w.exchange, answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = w."callId" and c.id = any (array(select "callId" from wanted))
      ), authenticated as (
        update authentications a
           set ended = d."authenticationEnded", result = d."authenticationResult"
          from settled d
         where a.entity_key = $1 and a.payment_id = d.id and d."authenticationEnded" is not null
           and a.payment_id = any (array(select "paymentId" from wanted where "authenticationEnded" is not null))
      ), forgotten as (
        delete from attempt_holds h
         using settled d
         where h.entity_key = $1 and h.payment_id = d.id and d.facts ->> 'challengedByUs' is distinct from 'true'
           and h.payment_id = any (array(select "paymentId" from wanted))
      )
      select d.id is not null as settled, clock.now
        from wanted w
        join entity_now clock on clock.entity_key = $1
        left join settled d on d.id = w."paymentId" and w.turn = 1
       order by w.place`,
    values: [
      entityKey,
      JSON.stringify(settlements.map(settlementRecord)),
      FAILED_PHASES,
      ...SESSION_STATES_AFTER,
      MOST_ATTEMPTS,
    ],
  })
  return rows
}

/** Flat: the server reads each member once, and not a document for every member it needs. */
function settlementRecord({ action, answer, authentication, event, call, ...members }: Settlement) {
  return {
    ...members,
    phasesBefore: phasesBefore(members.phase),
    actionId: action?.id,
    actionKind: action?.kind,
    actionAmount: action?.amount,
    answerStatus: answer?.status,
    answerBody: answer?.body,
    authenticationEnded: authentication?.ended,
    authenticationResult: authentication?.result,
    ...eventRecord(event),
    ...callRecord(call),
  }
}

export function eventRecord(event: NewEvent | null) {
  return { eventId: event?.id, eventSource: event?.source, eventType: event?.type, eventData: event?.data }
}

export function callRecord(call: AnsweredCall | null) {
  return { callId: call?.id, callSent: call?.sent, callOutcome: call?.outcome, exchange: call?.exchange }
}

/** The session's state after an attempt was approved, waits for the shopper, goes on, or failed (in three ways). */
const SESSION_STATES_AFTER = [
  nextSessionState('processing', 'completed'),
  nextSessionState('processing', 'action_needed'),
  nextSessionState('action_required', 'resumed'),
  nextSessionState('processing', 'attempts_exhausted'),
  nextSessionState('processing', 'attempt_failed_after_expiry'),
  nextSessionState('processing', 'attempt_failed'),
]
