/** Monthly partitions of the tables that leave by partition. Their bounds are ids, whose first 48 bits are the time. */
import { firstUuidOf } from '@sluice/core/ids'
import type { ClientBase } from 'pg'

const PARTITIONED = ['payment_sessions', 'events', 'deliveries', 'delivery_attempts', 'idempotency_records'] as const
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

/** The tables that leave together: an event with its deliveries and their attempts. */
const OF_EVENTS = ['events', 'deliveries', 'delivery_attempts'] as const
const MONTH_OF_EVENTS = /^events_(\d{4})_(\d{2})$/

/**
 * Drops the months of events that are older than `keptMonths` before this one. A month in which something still waits to
 * be published, or delivered to a receiver that is there, stays, and so do those after it. Answers the months that went, as `2026_11`.
 */
export async function dropOldEvents(
  db: Pick<ClientBase, 'query'>,
  now: number,
  keptMonths: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'events'::regclass order by 1`,
  )
  const oldest = month(now, -keptMonths).name
  const dropped: string[] = []
  for (const { name } of rows) {
    const [, year, number] = MONTH_OF_EVENTS.exec(name) ?? []
    const old = `${year}_${number}`
    if (year === undefined || old >= oldest) continue
    const { rows: found } = await db.query<{ waits: boolean }>(
      `select exists (select from events_${old} where sequence is null and source <> 'sluice' and not sample)
           or exists (select from deliveries_${old} d
                        join workflow_actions a on a.entity_key = d.entity_key and a.id = d.action_id
                       where d.state = 'waiting') as waits`,
    )
    if (found[0]?.waits) break
    const keptFrom = firstUuidOf(Date.UTC(Number(year), Number(number), 1))
    // One message, so one transaction.
    await db.query(`
      insert into retention (name, kept_from) values ('events', '${keptFrom}')
          on conflict (name) do update set kept_from = greatest(retention.kept_from, excluded.kept_from);
      ${OF_EVENTS.map((table) => `drop table if exists ${table}_${old};`).join(' ')}`)
    dropped.push(old)
  }
  return dropped
}

/** Deleted at once: a statement has two seconds. */
const FORGOTTEN_AT_ONCE = 1_000

/** Forgets what processors told in months whose events go, as far as it is done with. Answers how much that was. */
export async function forgetNotifications(
  db: Pick<ClientBase, 'query'>,
  now: number,
  keptMonths: number,
): Promise<number> {
  const { from } = month(now, -keptMonths)
  for (let forgotten = 0; ; ) {
    const { rowCount } = await db.query(
      `delete from processor_notifications
        where (entity_key, id) in (select entity_key, id from processor_notifications
                                    where due_on is null and id < $1 order by id limit $2)`,
      [from, FORGOTTEN_AT_ONCE],
    )
    forgotten += rowCount ?? 0
    if ((rowCount ?? 0) < FORGOTTEN_AT_ONCE) return forgotten
  }
}

function month(now: number, offset: number) {
  const date = new Date(now)
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1)
  const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset + 1, 1)
  const name = new Date(start).toISOString().slice(0, 7).replace('-', '_')
  return { name, from: firstUuidOf(start), to: firstUuidOf(end) }
}
