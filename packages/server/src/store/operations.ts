/** Captures, voids, refunds and increments asked for by a merchant: amounts reserved and actions made, in one statement. */
import type { Allocation } from '@sluice/core/allocations'
import type { Queryable } from './db.ts'

/** Kinds that a merchant may ask for. */
export type OperationKind = 'capture' | 'void' | 'refund' | 'increment'

/** An operation as it was decided on a payment that was read. Amounts in minor units. */
export interface NewOperation {
  id: string
  paymentId: string
  /** The version and the count of reservations on which it was decided. */
  version: number
  reservations: number
  kind: OperationKind
  amount: number
  /** What makes a repeat of the request the same operation. */
  dedupe: string
  reference: string | null
  /** What the merchant said of it, spelled as on the wire. */
  details: Record<string, unknown>
  allocations: readonly Allocation[] | null
  /** The capture that a refund gives back. */
  ofAction: string | null
  /** On success, what is still held and not captured is released. */
  releasesRest: boolean
}

/**
 * Begins many operations of one merchant: each reserves its amount on its payment and becomes an action to be sent.
 * `false`: the payment moved on since it was read, or is in the batch twice; the caller reads again and decides anew.
 * Nothing has happened to the payment yet, so its version stays and no event is written.
 */
export async function beginOperations(
  db: Queryable,
  entityKey: number,
  operations: readonly NewOperation[],
): Promise<boolean[]> {
  const { rows } = await db.query<{ begun: boolean }>({
    name: 'begin_operations',
    text: `
      with wanted as (
        select *, row_number() over (partition by "paymentId" order by place) as turn
          from rows from (json_to_recordset($2::json) as (
                 id uuid, "paymentId" uuid, version int, reservations int, kind text, amount bigint, dedupe text,
                 reference text, details jsonb, allocations jsonb, "ofAction" uuid, "releasesRest" boolean))
               with ordinality
            as w (id, "paymentId", version, reservations, kind, amount, dedupe,
                  reference, details, allocations, "ofAction", "releasesRest", place)
      ), payment as (
        select p.id, p.version, p.reservations, clock.now,
               p.authorized - p.capturing - p.captured - p.voiding - p.voided as open,
               p.captured - p.refunding - p.refunded as refundable
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted)) and p.phase = 'authorized'
         order by p.id
           for no key update of p
      ), chosen as (
        select w.*, p.now
          from wanted w join payment p on p.id = w."paymentId"
         where w.turn = 1 and p.version = w.version and p.reservations = w.reservations
           and w.amount <= case when w.kind in ('capture', 'void') then p.open
                                when w.kind = 'refund' then p.refundable
                                else w.amount end
      ), reserved as (
        update payments p
           set capturing = p.capturing + case when c.kind = 'capture' then c.amount else 0 end,
               voiding   = p.voiding + case when c.kind = 'void' then c.amount else 0 end,
               refunding = p.refunding + case when c.kind = 'refund' then c.amount else 0 end,
               -- What is to be released is not captured when its time comes.
               capture_on = case when not c."releasesRest" then p.capture_on end,
               reservations = p.reservations + 1
          from chosen c
         where p.entity_key = $1 and p.id = c."paymentId" and p.id = any (array(select "paymentId" from wanted))
      ), of_capture as (
        update payment_actions a
           set refunding = a.refunding + c.amount
          from chosen c
         where a.entity_key = $1 and a.id = c."ofAction" and a.id = any (array(select "ofAction" from wanted))
      ), requested as (
        insert into payment_actions
               (entity_key, id, payment_id, kind, state, amount, dedupe, reference, details, allocations, of_action,
                releases_rest, due_on, requested_on)
        select $1, c.id, c."paymentId", c.kind, 'requested', c.amount, c.dedupe, c.reference, c.details, c.allocations,
               c."ofAction", c."releasesRest", c.now, c.now
          from chosen c
      )
      select c.id is not null as begun from wanted w left join chosen c on c.id = w.id and w.turn = 1 order by w.place`,
    values: [entityKey, JSON.stringify(operations)],
  })
  return rows.map(({ begun }) => begun)
}
