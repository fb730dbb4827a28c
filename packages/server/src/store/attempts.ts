/** Who works on an unfinished attempt, and until when: leases of real time, asked again on the merchant's clock. */
import type { PaymentPhase } from '@sluice/core/payment'
import type { Queryable } from './db.ts'
import { LEASE_S } from './payments.ts'

/** An unfinished attempt somebody should look after. */
export interface DueAttempt {
  entityKey: number
  id: string
}

/**
 * Unfinished attempts of all merchants that are due and on which nobody works: the only statement about payments that
 * looks across merchants. It reads keys and ids; what is done about them is done for one merchant at a time.
 */
export async function findDueAttempts(db: Queryable, limit: number): Promise<DueAttempt[]> {
  const { rows } = await db.query<DueAttempt>({
    name: 'find_due_attempts',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select p.entity_key, p.id
           from payments p
          where p.entity_key = clock.entity_key
            and p.phase in ('sending', 'in_doubt', 'reversing', 'pending', 'redirected', 'authenticating')
            and p.ask_on <= clock.now
            and (p.lease_until is null or p.lease_until < now())
          order by p.ask_on
          limit $1
       ) due
       limit $1`,
    values: [limit],
  })
  return rows
}

/** A lease asked for: on an attempt in one of these phases, unless its version has moved on. */
export interface LeaseRequest {
  id: string
  version: number
  phases: readonly PaymentPhase[]
  /** A message is about to be sent under this call id; absent when nothing is sent. */
  call?: { id: string; kind: string; key: string }
}

/** Takes leases on unfinished attempts nobody works on, and remembers the message about to be sent. */
export async function leaseAttempts(
  db: Queryable,
  entityKey: number,
  leases: readonly LeaseRequest[],
): Promise<boolean[]> {
  const { rows } = await db.query<{ leased: boolean }>({
    name: 'lease_attempts',
    text: `
      with wanted as (
        select *, row_number() over (partition by id order by place) as turn
          from rows from (json_to_recordset($2::json) as (id uuid, version int, phases json, call json)) with ordinality
            as w (id, version, phases, call, place)
      ), leased as (
        update payments p
           set lease_until = now() + make_interval(secs => $3)
          from wanted w
         where p.entity_key = $1 and p.id = w.id and w.turn = 1 and p.version = w.version
           and p.phase in (select json_array_elements_text(w.phases))
           and (p.lease_until is null or p.lease_until < now())
        returning p.id
      ), called as (
        insert into processor_calls (entity_key, id, payment_id, kind, key, sent)
        select $1, (w.call ->> 'id')::uuid, l.id, w.call ->> 'kind', w.call ->> 'key', 'maybe'
          from leased l join wanted w on w.id = l.id and w.turn = 1
         where w.call ->> 'id' is not null
      )
      select l.id is not null as leased
        from wanted w
        left join leased l on l.id = w.id and w.turn = 1
       order by w.place`,
    values: [entityKey, JSON.stringify(leases), LEASE_S],
  })
  return rows.map(({ leased }) => leased)
}

/** An attempt that is still undecided: asked again later. No state changes, so no event is written. */
export interface Postponement {
  id: string
  version: number
  askInS: number
  /** Set when a person should look at it. */
  review: string | null
  call: { id: string; sent: 'no' | 'maybe' | 'yes'; outcome: string; exchange: unknown } | null
}

/** Gives leases back without a decision. */
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
          as w (id uuid, version int, "askInS" float8, review text, call json)
      ), answered as (
        update processor_calls c
           set sent = w.call ->> 'sent', outcome = w.call ->> 'outcome', exchange = (w.call -> 'exchange')::jsonb,
               answered_on = now()
          from wanted w
         where c.entity_key = $1 and c.id = (w.call ->> 'id')::uuid
      )
      update payments p
         set ask_on = clock.now + make_interval(secs => w."askInS"),
             asked = p.asked + 1,
             lease_until = null,
             review = coalesce(w.review, p.review)
        from wanted w, entity_now clock
       where p.entity_key = $1 and p.id = w.id and p.version = w.version and clock.entity_key = $1`,
    values: [entityKey, JSON.stringify(postponements)],
  })
}
