/** Who works on an unfinished attempt, and until when: leases of real time, asked again on the merchant's clock. */
import { FAILED_PHASES, type PaymentPhase } from '@sluice/core/payment'
import type { ProcessorFacts } from '../processors/processor.ts'
import type { Queryable } from './db.ts'
import { LEASE_S } from './payments.ts'
import { type AnsweredCall, type NewEvent } from './settlements.ts'

/** A lease asked for: on an attempt in one of these phases, unless its version has moved on. */
export interface LeaseRequest {
  id: string
  version: number
  /** The lease that was taken last, as it was read. */
  leases: number
  phases: readonly PaymentPhase[]
  /** A message is about to be sent under this call id, maybe in place of the last one of it; absent: nothing is sent. */
  call?: { id: string; kind: string; key: string }
}

/**
 * Takes leases on unfinished attempts nobody works on, and remembers the message about to be sent. Answers the number of
 * the lease; `undefined` where somebody else was faster.
 */
export async function leaseAttempts(
  db: Queryable,
  entityKey: number,
  leases: readonly LeaseRequest[],
): Promise<(number | undefined)[]> {
  const { rows } = await db.query<{ lease: number | null }>({
    name: 'lease_attempts',
    text: `
      with wanted as (
        select *, row_number() over (partition by id order by place) as turn
          from rows from (json_to_recordset($2::json) as (id uuid, version int, leases int, phases json, call json))
            with ordinality as w (id, version, leases, phases, call, place)
      ), leased as (
        update payments p
           set lease_until = now() + make_interval(secs => $3), leases = p.leases + 1
          from wanted w
         where p.entity_key = $1 and p.id = w.id and w.turn = 1 and p.version = w.version and p.leases = w.leases
           and p.id = any (array(select id from wanted))
           and p.phase in (select json_array_elements_text(w.phases))
           and (p.lease_until is null or p.lease_until < now())
        returning p.id, p.leases
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, kind, key, sent)
        select $1, (w.call ->> 'id')::uuid, l.id, w.call ->> 'kind', w.call ->> 'key', 'maybe'
          from leased l join wanted w on w.id = l.id and w.turn = 1
         where w.call ->> 'id' is not null
            on conflict (entity_key, id) do update
               set sent = excluded.sent, outcome = null, exchange = null, requested_on = excluded.requested_on,
                   answered_on = null
             where processor_calls.payment_id = excluded.payment_id and processor_calls.kind = excluded.kind
      )
      select l.leases as lease
        from wanted w
        left join leased l on l.id = w.id and w.turn = 1
       order by w.place`,
    values: [entityKey, JSON.stringify(leases), LEASE_S],
  })
  return rows.map(({ lease }) => lease ?? undefined)
}

/** An attempt that is still undecided: asked again later. No state changes, so no event is written. */
export interface Postponement {
  id: string
  version: number
  /** The lease that is given back: nobody else's. */
  lease: number
  /** Seconds of the merchant's time; null = never again; `as planned` = it was the shopper who asked, out of turn. */
  askInS: number | null | 'as planned'
  /** Set when a person should look at it. */
  review: string | null
  call: AnsweredCall | null
  /** What the processor told of it meanwhile, laid over what is known. */
  facts?: ProcessorFacts
}

/** Gives leases back without a decision. An attempt with a deadline is asked at its deadline, too. */
export async function postponeAttempts(
  db: Queryable,
  entityKey: number,
  postponements: readonly Postponement[],
): Promise<void> {
  await db.query({
    name: 'postpone_attempts',
    text: `
      with wanted as (
        select * from json_to_recordset($2::json)
          as w (id uuid, version int, lease int, "askInS" float8, "asPlanned" boolean, review text, call json, facts jsonb)
      ), answered as (
        update processor_calls c
           set sent = w.call ->> 'sent', outcome = w.call ->> 'outcome', exchange = (w.call -> 'exchange')::jsonb,
               answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = (w.call ->> 'id')::uuid
      )
      update payments p
         set ask_on = case when w."asPlanned" then p.ask_on
                           else least(clock.now + make_interval(secs => w."askInS"),
                                      case when p.deadline_on > clock.now and w."askInS" is not null then p.deadline_on end)
                      end,
             facts = p.facts || coalesce(w.facts, '{}'),
             asked = p.asked + (not w."asPlanned")::int,
             lease_until = null,
             review = coalesce(w.review, p.review)
        from wanted w, entity_now clock
       where p.entity_key = $1 and p.id = w.id and p.version = w.version and p.leases = w.lease
         and clock.entity_key = $1`,
    values: [entityKey, JSON.stringify(postponements.map(asRecord))],
  })
}

function asRecord({ askInS, ...postponement }: Postponement) {
  const asPlanned = askInS === 'as planned'
  return { ...postponement, askInS: asPlanned ? null : askInS, asPlanned }
}

/** Money the bank turned out to hold for an attempt that had ended without: it is given back. Minor units. */
export interface LateMoney {
  paymentId: string
  version: number
  amount: number
  actionId: string
  ledgerId: string
  event: NewEvent
  /** The inquiry that brought it to light. */
  call: AnsweredCall | null
}

/**
 * Records what the bank says and reserves nothing: the phase of a payment that has ended never changes. The reversal is
 * an action like any, sent until it is acknowledged.
 */
export async function recordLateMoney(db: Queryable, entityKey: number, late: LateMoney): Promise<void> {
  await db.query({
    name: 'record_late_money',
    text: `
      with wanted as (
        select * from json_to_record($2::json)
          as w ("paymentId" uuid, version int, amount bigint, "actionId" uuid, "ledgerId" uuid, event json, call json)
      ), found as (
        update payments p
           set version = p.version + 1, ask_on = null, lease_until = null,
               review = 'the bank approved after the attempt had ended: the money is given back'
          from wanted w
         where p.entity_key = $1 and p.id = w."paymentId" and p.version = w.version and p.phase = any ($3)
           and not exists (select from payment_actions a
                            where a.entity_key = $1 and a.payment_id = w."paymentId" and a.dedupe = 'late_money')
        returning p.id, p.version, p.currency
      ), requested as (
        insert into payment_actions (entity_key, id, payment_id, kind, state, amount, dedupe, due_on, requested_on)
        select $1, w."actionId", f.id, 'reversal', 'requested', w.amount, 'late_money', clock.now, clock.now
          from found f, wanted w, entity_now clock where clock.entity_key = $1
      ), booked as (
        insert into ledger_entries (entity_key, id, payment_id, kind, amount, currency, recorded_on)
        select $1, w."ledgerId", f.id, 'authorization', w.amount, f.currency, clock.now
          from found f, wanted w, entity_now clock where clock.entity_key = $1
      ), announced as (
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, (w.event ->> 'id')::uuid, f.id, f.version, w.event ->> 'source', w.event ->> 'type',
               (w.event -> 'data')::jsonb || jsonb_build_object('processed_on', iso8601(clock.now)), clock.now
          from found f, wanted w, entity_now clock where clock.entity_key = $1
      )
      update processor_calls c
         set sent = w.call ->> 'sent', outcome = w.call ->> 'outcome', exchange = (w.call -> 'exchange')::jsonb,
             answered_on = now()
        from wanted w
       where c.entity_key = $1 and c.id = (w.call ->> 'id')::uuid`,
    values: [entityKey, JSON.stringify(late), FAILED_PHASES],
  })
}
