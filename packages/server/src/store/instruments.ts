/** Cards on file, as the vault writes and reads them. */
import type { Queryable } from './db.ts'

/** `number` is the card number under the merchant's data key of `keyVersion`. */
export interface InstrumentRow {
  id: string
  customerId: string | undefined
  fingerprint: string
  number: Buffer
  keyVersion: number
  bin: string
  last4: string
  scheme: string
  expiryMonth: number
  expiryYear: number
  name: string | undefined
  createdOn: Date
}

/** A row before it is there: the time of creation is the merchant's. */
export type NewInstrument = Omit<InstrumentRow, 'createdOn'>

interface Columns {
  id: string
  customer_id: string | null
  fingerprint: string
  number: Buffer
  key_version: number
  bin: string
  last4: string
  scheme: string
  expiry_month: number
  expiry_year: number
  name: string | null
  created_on: Date
}

/**
 * Keeps cards. A customer's card that is known already keeps its id and ciphertext; expiry and name are those of now. The
 * rows come back in no order.
 */
export async function keepInstruments(
  db: Queryable,
  entityKey: number,
  cards: readonly NewInstrument[],
): Promise<InstrumentRow[]> {
  const { rows } = await db.query<Columns>({
    name: 'keep_instruments',
    text: `
      with given as (
        select distinct on (coalesce(g.customer_id, g.id), g.fingerprint) g.*
          from json_to_recordset($2::json)
            as g (id uuid, customer_id uuid, fingerprint text, number text, key_version int, bin text, last4 text,
                  scheme text, expiry_month int, expiry_year int, name text)
         order by coalesce(g.customer_id, g.id), g.fingerprint, g.id
      )
      insert into instruments (entity_key, id, customer_id, fingerprint, number, key_version, bin, last4, scheme,
                               expiry_month, expiry_year, name, created_on)
      select $1, g.id, g.customer_id, g.fingerprint, decode(g.number, 'base64'), g.key_version, g.bin, g.last4, g.scheme,
             g.expiry_month, g.expiry_year, g.name, clock.now
        from given g
        join entity_now clock on clock.entity_key = $1
          on conflict (entity_key, customer_id, fingerprint) do update
         set expiry_month = excluded.expiry_month, expiry_year = excluded.expiry_year,
             name = coalesce(excluded.name, instruments.name)
      returning id, customer_id, fingerprint, number, key_version, bin, last4, scheme, expiry_month, expiry_year, name,
                created_on`,
    values: [entityKey, JSON.stringify(cards.map(columnsOf))],
  })
  return rows.map(rowOf)
}

/**
 * Instruments by id, and all of the customers named, oldest first. Ids of another merchant are simply not found.
 */
export async function readInstruments(
  db: Queryable,
  entityKey: number,
  wanted: { ids?: readonly string[]; customerIds?: readonly string[] },
): Promise<InstrumentRow[]> {
  const { rows } = await db.query<Columns>({
    name: 'read_instruments',
    text: `
      select id, customer_id, fingerprint, number, key_version, bin, last4, scheme, expiry_month, expiry_year, name,
             created_on
        from instruments
       where entity_key = $1 and (id = any ($2::uuid[]) or customer_id = any ($3::uuid[]))
       order by created_on, id`,
    values: [entityKey, wanted.ids ?? [], wanted.customerIds ?? []],
  })
  return rows.map(rowOf)
}

function columnsOf(card: NewInstrument) {
  return {
    id: card.id,
    customer_id: card.customerId,
    fingerprint: card.fingerprint,
    number: card.number.toString('base64'),
    key_version: card.keyVersion,
    bin: card.bin,
    last4: card.last4,
    scheme: card.scheme,
    expiry_month: card.expiryMonth,
    expiry_year: card.expiryYear,
    name: card.name,
  }
}

function rowOf(row: Columns): InstrumentRow {
  return {
    id: row.id,
    customerId: row.customer_id ?? undefined,
    fingerprint: row.fingerprint,
    number: row.number,
    keyVersion: row.key_version,
    bin: row.bin,
    last4: row.last4,
    scheme: row.scheme,
    expiryMonth: row.expiry_month,
    expiryYear: row.expiry_year,
    name: row.name ?? undefined,
    createdOn: row.created_on,
  }
}
