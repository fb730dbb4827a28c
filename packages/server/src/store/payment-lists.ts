/** Payments of a merchant, listed and searched, latest first. */
import type { Condition } from '@sluice/core/payment-query'
import type { Queryable } from './db.ts'
import { PAYMENT_COLUMNS, type PaymentRow } from './payments.ts'

/** A place in the list: that of a payment, whose time has microseconds, which a `Date` has not. */
export interface Position {
  /** ISO 8601 with microseconds. */
  on: string
  /** UUID. */
  id: string
}

/** `channels`: those whose payments may be seen; null: all. */
export interface ListRequest {
  channels: readonly string[] | null
  reference: string | undefined
  limit: number
  skip: number
}

/** One page, and how many payments there are at that moment. */
export async function listPayments(
  db: Queryable,
  entityKey: number,
  { channels, reference, limit, skip }: ListRequest,
): Promise<{ payments: PaymentRow[]; total: number }> {
  const common = [entityKey, channels, limit, skip]
  const { rows } = await db.query<PaymentRow & { total: number; found: boolean }>(
    reference === undefined
      ? {
          name: 'list_payments',
          text: `
            select t.total, p.id is not null as found, ${PAYMENT_COLUMNS}
              from (select count(*)::int as total from payments
                     where entity_key = $1 and ($2::uuid[] is null or channel_id = any($2))) t
              join entity_now clock on clock.entity_key = $1
              left join lateral (
                select * from payments
                 where entity_key = $1 and ($2::uuid[] is null or channel_id = any($2))
                 order by requested_on desc, id desc
                 limit $3 offset $4
              ) p on true
             order by p.requested_on desc, p.id desc`,
          values: common,
        }
      : {
          name: 'list_payments_by_reference',
          text: `
            select t.total, p.id is not null as found, ${PAYMENT_COLUMNS}
              from (select count(*)::int as total from payments
                     where entity_key = $1 and ($2::uuid[] is null or channel_id = any($2))
                       and request ->> 'reference' = $5) t
              join entity_now clock on clock.entity_key = $1
              left join lateral (
                select * from payments
                 where entity_key = $1 and ($2::uuid[] is null or channel_id = any($2))
                   and request ->> 'reference' = $5
                 order by requested_on desc, id desc
                 limit $3 offset $4
              ) p on true
             order by p.requested_on desc, p.id desc`,
          values: [...common, reference],
        },
  )
  const payments = rows.filter(({ found }) => found).map(({ total: _total, found: _found, ...payment }) => payment)
  return { payments, total: rows[0]?.total ?? 0 }
}

export interface SearchRequest {
  condition: Condition
  /** A payment the condition names by its id (UUID), or those that have the reference it names; else all are looked at. */
  id: string | undefined
  reference: string | undefined
  channels: readonly string[] | null
  /** The earliest moment. */
  from: Date
  /** Looks at what stands after this place in the list, which is before it in time. */
  after: Position
  /** At most so many are answered, of so many that are looked at. */
  limit: number
  looks: number
}

/** What was found, and the last place that was looked at; `undefined` when there is nothing more to look at. */
export interface SearchResult {
  found: { payment: PaymentRow; position: Position }[]
  reached: Position | undefined
}

/** Whether a payment `p` holds the condition `$2`: the values of the fields it can name, under their names. */
const HOLDS = `
  payment_holds($2::jsonb, jsonb_build_object(
    'id', p.id, 'payment_session_id', p.session_id, 'processing_channel_id', p.channel_id,
    'reference', p.request ->> 'reference',
    'status', payment_status(p.phase, p.authorized, p.captured, p.voided, p.refunding, p.refunded),
    'amount', case when p.phase = 'authorized' then least(p.authorized, p.requested) else p.requested end,
    'currency', lower(p.currency::text collate "C"),
    'payment_type', lower(coalesce(p.request ->> 'payment_type', 'Regular') collate "C"),
    'response_code', p.response_code,
    'requested_on', floor(extract(epoch from p.requested_on) * 1000),
    'processed_on', floor(extract(epoch from p.processed_on) * 1000),
    'customer.id', p.customer_id,
    'customer.email', lower((p.request #>> '{customer,email}') collate "C"),
    'customer.name', lower((p.request #>> '{customer,name}') collate "C"),
    'source.type', lower((p.source ->> 'type') collate "C"),
    'source.scheme', lower((p.source ->> 'scheme') collate "C"),
    'source.last4', p.source ->> 'last4', 'source.bin', p.source ->> 'bin',
    'source.fingerprint', p.source ->> 'fingerprint'))`

/** Those that hold it, as many as are wanted, and the last that was looked at in any case. */
const FOUND = `
  ), judged as materialized (
    select p.id, p.requested_on, row_number() over (order by p.requested_on desc, p.id desc) as place, ${HOLDS} as holds
      from looked p
  ), counted as (
    select j.*, count(*) filter (where j.holds) over (order by j.place) as hits, count(*) over () as looks from judged j
  )
  select c.holds, c.looks::int, to_char(c.requested_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "on",
         ${PAYMENT_COLUMNS}
    from counted c
    join payments p on p.entity_key = $1 and p.id = c.id
    join entity_now clock on clock.entity_key = $1
   where (c.holds and c.hits <= $3) or c.place = c.looks
   order by c.place`

/** Looks at some payments, from a place on, for those that hold a condition. How much it looks at has a bound. */
export async function searchPayments(db: Queryable, entityKey: number, request: SearchRequest): Promise<SearchResult> {
  const { condition, id, reference, channels, from, after, limit, looks } = request
  const common = [entityKey, JSON.stringify(condition), limit, channels, from, after.on, after.id, looks]
  const { rows } = await db.query<PaymentRow & { holds: boolean; looks: number; on: string }>(
    id !== undefined
      ? {
          name: 'search_payments_by_id',
          text: `
            with looked as materialized (
              select * from payments
               where entity_key = $1 and id = $9 and ($4::uuid[] is null or channel_id = any($4))
                 and requested_on >= $5 and (requested_on, id) < ($6::timestamptz, $7::uuid)
               order by requested_on desc, id desc limit $8 ${FOUND}`,
          values: [...common, id],
        }
      : reference !== undefined
        ? {
            name: 'search_payments_by_reference',
            text: `
              with looked as materialized (
                select * from payments
                 where entity_key = $1 and request ->> 'reference' = $9 and ($4::uuid[] is null or channel_id = any($4))
                   and requested_on >= $5 and (requested_on, id) < ($6::timestamptz, $7::uuid)
                 order by requested_on desc, id desc limit $8 ${FOUND}`,
            values: [...common, reference],
          }
        : {
            name: 'search_payments',
            text: `
              with looked as materialized (
                select * from payments
                 where entity_key = $1 and ($4::uuid[] is null or channel_id = any($4))
                   and requested_on >= $5 and (requested_on, id) < ($6::timestamptz, $7::uuid)
                 order by requested_on desc, id desc limit $8 ${FOUND}`,
            values: common,
          },
  )
  const found = rows
    .filter(({ holds }) => holds)
    .map(({ holds: _holds, looks: _looks, on, ...payment }) => ({ payment, position: { on, id: payment.id } }))
    .slice(0, limit)
  const last = rows.at(-1)
  return { found, reached: last && last.looks === looks ? { on: last.on, id: last.id } : undefined }
}
