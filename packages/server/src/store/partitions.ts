/** Monthly partitions of the tables that leave by partition. Their bounds are ids, whose first 48 bits are the time. */
import { firstUuidOf } from '@sluice/core/ids'
import type { Pool } from 'pg'

const PARTITIONED = ['payment_sessions', 'events', 'idempotency_records'] as const
/** Months made ahead: a server that is not restarted for a while still has somewhere to write. */
const MONTHS_AHEAD = 3

/** Makes the partitions of last month, this month and the next ones where they are missing. `now`: ms since 1970. */
export async function ensurePartitions(pool: Pool, now: number): Promise<void> {
  for (let offset = -1; offset <= MONTHS_AHEAD; offset++) {
    const { name, from, to } = month(now, offset)
    for (const table of PARTITIONED) {
      await pool.query(
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
