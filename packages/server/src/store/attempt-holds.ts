/** Cards that wait for the end of a challenge, as the vault writes and reads them, and the server's half of their keys. */
import type { Queryable } from './db.ts'
import type { Fence } from './payments.ts'

/** `slot`: quarters of an hour since 1970, of real time. `sealed` opens with the share of the slot and the browser's. */
export interface AttemptHold {
  /** UUID */
  paymentId: string
  slot: number
  sealed: Buffer
}

/**
 * Keeps the card of an attempt, for whoever holds its lease; of one that has a card already the newer stays. Answers
 * false when the lease has passed to somebody else, or the attempt has moved on: then nothing is kept. Who settles an
 * attempt without the holder of its lease takes the lease first, and then sees, and deletes, what is kept here.
 */
export async function keepHold(
  db: Queryable,
  entityKey: number,
  hold: AttemptHold,
  { version, lease }: Omit<Fence, 'paymentId'>,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'keep_hold',
    text: `
      insert into attempt_holds (entity_key, payment_id, slot, sealed)
      select $1, p.id, $3, $4
        from payments p
       where p.entity_key = $1 and p.id = $2 and p.version = $5 and p.leases = $6 and p.phase = 'sending'
         for no key update of p
          on conflict (entity_key, payment_id) do update
             set slot = excluded.slot, sealed = excluded.sealed, made_on = now()`,
    values: [entityKey, hold.paymentId, hold.slot, hold.sealed, version, lease],
  })
  return rowCount === 1
}

/** `undefined`: the attempt was settled, or never had one. */
export async function readHold(db: Queryable, entityKey: number, paymentId: string): Promise<AttemptHold | undefined> {
  const { rows } = await db.query<AttemptHold>({
    name: 'read_hold',
    text: `
      select h.payment_id as "paymentId", h.slot, h.sealed
        from attempt_holds h
       where h.entity_key = $1 and h.payment_id = $2`,
    values: [entityKey, paymentId],
  })
  return rows[0]
}

/** Adds the share of a slot, wrapped; where another node was faster, its share stays. */
export async function addHoldShare(db: Queryable, slot: number, wrapped: Buffer): Promise<void> {
  await db.query({
    name: 'add_hold_share',
    text: 'insert into hold_shares (slot, wrapped) values ($1, $2) on conflict (slot) do nothing',
    values: [slot, wrapped],
  })
}

export async function readHoldShare(db: Queryable, slot: number): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ wrapped: Buffer }>({
    name: 'read_hold_share',
    text: 'select wrapped from hold_shares where slot = $1',
    values: [slot],
  })
  return rows[0]?.wrapped
}

/** Destroys the shares of the slots before `slot`; answers how many there were. */
export async function deleteHoldSharesBefore(db: Queryable, slot: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete_hold_shares_before',
    text: 'delete from hold_shares where slot < $1',
    values: [slot],
  })
  return rowCount ?? 0
}

/** Deletes the cards that wait since before `slot`: nobody can open them any more. Answers how many there were. */
export async function deleteHoldsBefore(db: Queryable, slot: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete_holds_before',
    text: 'delete from attempt_holds where slot < $1',
    values: [slot],
  })
  return rowCount ?? 0
}
