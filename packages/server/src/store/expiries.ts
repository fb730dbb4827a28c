/** Authorizations whose time is over: what nobody captured of them is released. */
import type { Queryable } from './db.ts'

/**
 * Reserves what is left of expired authorizations and makes its release an action to be sent, like any void. A capture
 * that is under way keeps its amount; should it fail, what it held is released in a turn of its own: hence the version in
 * `dedupe`.
 */
export async function beginExpiryVoids(
  db: Queryable,
  entityKey: number,
  expiries: readonly { paymentId: string; actionId: string }[],
): Promise<void> {
  await db.query({
    name: 'begin_expiry_voids',
    text: `
      with wanted as (
        select distinct on ("paymentId") *
          from json_to_recordset($2::json) as w ("paymentId" uuid, "actionId" uuid) order by "paymentId"
      ), expired as (
        select p.id, p.version, p.authorized - p.capturing - p.captured - p.voiding - p.voided as rest, clock.now
          from payments p
          join entity_now clock on clock.entity_key = p.entity_key
         where p.entity_key = $1 and p.id = any (array(select "paymentId" from wanted))
           and p.phase = 'authorized' and p.auth_until <= clock.now
           and (p.capture_on is null or p.capture_on >= p.auth_until)
         order by p.id
           for no key update of p
      ), requested as (
        insert into payment_actions (entity_key, id, payment_id, kind, state, amount, dedupe, due_on, requested_on)
        select $1, w."actionId", e.id, 'void', 'requested', e.rest, 'auth_expiry_' || e.version, e.now, e.now
          from expired e join wanted w on w."paymentId" = e.id
         where e.rest > 0
            on conflict do nothing
        returning payment_id, amount
      )
      update payments p
         set voiding = p.voiding + r.amount, reservations = p.reservations + 1
        from requested r
       where p.entity_key = $1 and p.id = r.payment_id and p.id = any (array(select "paymentId" from wanted))`,
    values: [entityKey, JSON.stringify(expiries)],
  })
}
