/** Monthly partitions of the tables that leave by partition. Their bounds are ids, whose first 48 bits are the time. */
import { firstUuidOf } from '@sluice/core/ids'
import type { ClientBase } from 'pg'

const PARTITIONED = ['payment_sessions', 'events', 'idempotency_records'] as const
/** Months made ahead: a server that is not restarted for a while still has somewhere to write. */
const MONTHS_AHEAD = 3

/** Makes the partitions of last month, this month and the next ones where they are missing. `now`: ms since 1970. */
export async function ensurePartitions(db: Pick<ClientBase, 'query'>, now: number): Promise<void> {
  for (let offset = -1; offset <= MONTHS_AHEAD; offset++) {
    const { name, from, to } = month(now, offset)
    for (const table of PARTITIONED) {
      const { rows } = await db.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
        `${table}_${name}`,
      ])
      // Even a creation that finds it there would lock the whole table for a moment.
      if (rows[0]?.there) continue
      await db.query(
        `create table if not exists ${table}_${name} partition of ${table} for values from ('${from}') to ('${to}')`,
      )
    }
  }
}

function month(now: number, offset: number) {
  const date = new Date(now)
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1)
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset + 1, 1)
  const name = new Date(start).toISOString().slice(0, 7).replace('-', '_')
  return { name, from: firstUuidOf(start), to: firstUuidOf(end) }
}
