/**
 * What waits for its time, as rows with a due time in their own tables. Two questions about each kind: what is due and
 * free, of all merchants or of one (the only statements that look across merchants; they read keys and ids, and what is
 * done about them is done for one merchant at a time); and when one merchant's next falls due, for who moves its clock.
 */
import type { Queryable } from './db.ts'

/** So many of one merchant's in one look: the others get their turn. */
const DUE_PER_MERCHANT = 10

/** `id`: UUID of the payment or action. */
export interface DueRow {
  entityKey: number
  id: string
}

/** Attempts that are to be asked about and on which nobody works. */
export async function findDueAttempts(db: Queryable, limit: number, entityKey?: number): Promise<DueRow[]> {
  const { rows } = await db.query<DueRow>({
    name: 'find_due_attempts',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select p.entity_key, p.id, p.ask_on
           from payments p
          where p.entity_key = clock.entity_key
            and p.ask_on <= clock.now
            and (p.lease_until is null or p.lease_until < now())
          order by p.ask_on
          limit $2
       ) due
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.ask_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

export async function nextDueAttempt(db: Queryable, entityKey: number): Promise<Date | undefined> {
  return await earliest(db, {
    name: 'next_due_attempt',
    text: `select whole_ms(min(p.ask_on)) as due from payments p where p.entity_key = $1 and p.ask_on is not null`,
    values: [entityKey],
  })
}

/** Captures, voids, refunds and reversals that are due and on which nobody works. */
export async function findDueActions(db: Queryable, limit: number, entityKey?: number): Promise<DueRow[]> {
  const { rows } = await db.query<DueRow>({
    name: 'find_due_actions',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select a.entity_key, a.id, a.due_on
           from payment_actions a
          where a.entity_key = clock.entity_key
            and a.state in ('requested', 'sending', 'in_doubt', 'pending')
            and a.due_on <= clock.now
            and (a.lease_until is null or a.lease_until < now())
          order by a.due_on
          limit $2
       ) due
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.due_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

export async function nextDueAction(db: Queryable, entityKey: number): Promise<Date | undefined> {
  return await earliest(db, {
    name: 'next_due_action',
    text: `
      select whole_ms(min(a.due_on)) as due
        from payment_actions a
       where a.entity_key = $1 and a.state in ('requested', 'sending', 'in_doubt', 'pending')`,
    values: [entityKey],
  })
}

/** Payments whose capture was put off until now (`capture_on`). */
export async function findDueCaptures(db: Queryable, limit: number, entityKey?: number): Promise<DueRow[]> {
  const { rows } = await db.query<DueRow>({
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
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.capture_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

export async function nextDueCapture(db: Queryable, entityKey: number): Promise<Date | undefined> {
  return await earliest(db, {
    name: 'next_due_capture',
    text: `
      select whole_ms(min(p.capture_on)) as due
        from payments p
       where p.entity_key = $1 and p.phase = 'authorized' and p.capture_on is not null`,
    values: [entityKey],
  })
}

/** Authorizations that have run out with something left to release. A capture put off to a time before that goes first. */
export async function findDueExpiries(db: Queryable, limit: number, entityKey?: number): Promise<DueRow[]> {
  const { rows } = await db.query<DueRow>({
    name: 'find_due_expiries',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select p.entity_key, p.id, p.auth_until
           from payments p
          where p.entity_key = clock.entity_key
            and p.phase = 'authorized' and p.capturing + p.captured + p.voiding + p.voided < p.authorized
            and p.auth_until <= clock.now
            and (p.capture_on is null or p.capture_on >= p.auth_until)
          order by p.auth_until
          limit $2
       ) due
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.auth_until desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

export async function nextDueExpiry(db: Queryable, entityKey: number): Promise<Date | undefined> {
  return await earliest(db, {
    name: 'next_due_expiry',
    text: `
      select whole_ms(min(p.auth_until)) as due
        from payments p
       where p.entity_key = $1
         and p.phase = 'authorized' and p.capturing + p.captured + p.voiding + p.voided < p.authorized
         and (p.capture_on is null or p.capture_on >= p.auth_until)`,
    values: [entityKey],
  })
}

/** Notifications of processors that nobody has applied yet. */
export async function findDueNotifications(db: Queryable, limit: number, entityKey?: number): Promise<DueRow[]> {
  const { rows } = await db.query<DueRow>({
    name: 'find_due_notifications',
    text: `
      select due.entity_key as "entityKey", due.id
        from entity_now clock
       cross join lateral (
         select n.entity_key, n.id, n.due_on
           from processor_notifications n
          where n.entity_key = clock.entity_key and n.due_on <= clock.now
            and (n.lease_until is null or n.lease_until < now())
          order by n.due_on
          limit $2
       ) due
       where $3::int is null or clock.entity_key = $3
       order by clock.now - due.due_on desc
       limit $1`,
    values: [limit, DUE_PER_MERCHANT, entityKey],
  })
  return rows
}

export async function nextDueNotification(db: Queryable, entityKey: number): Promise<Date | undefined> {
  return await earliest(db, {
    name: 'next_due_notification',
    text: `
      select whole_ms(min(n.due_on)) as due
        from processor_notifications n
       where n.entity_key = $1 and n.due_on is not null`,
    values: [entityKey],
  })
}

async function earliest(db: Queryable, query: Parameters<Queryable['query']>[0]): Promise<Date | undefined> {
  const { rows } = await db.query<{ due: Date | null }>(query)
  return rows[0]?.due ?? undefined
}
