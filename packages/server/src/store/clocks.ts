/** The merchant's clock: real time plus an offset, or stopped. Only a sandbox merchant's is ever moved, and never back. */
import type { Queryable } from './db.ts'

export interface ClockRow {
  now: Date
  frozen: boolean
}

export async function readClock(db: Queryable, entityKey: number): Promise<ClockRow> {
  const { rows } = await db.query<ClockRow>({
    name: 'read_clock',
    text: `
      select clock.now, e.frozen_on is not null as frozen
        from entities e join entity_now clock on clock.entity_key = e.entity_key
       where e.entity_key = $1`,
    values: [entityKey],
  })
  const [clock] = rows
  if (!clock) throw new Error(`no entity ${entityKey}`)
  return clock
}

/** Stops the clock where it is; one that stands already stays where it stands. */
export async function freezeClock(db: Queryable, entityKey: number): Promise<void> {
  await db.query({
    name: 'freeze_clock',
    text: `
      update entities set frozen_on = whole_ms(now() + clock_offset)
       where entity_key = $1 and mode = 'sandbox' and frozen_on is null`,
    values: [entityKey],
  })
}

/** Lets the clock run on from where it stands. The offset is kept in seconds: days differ in length, seconds do not. */
export async function resumeClock(db: Queryable, entityKey: number): Promise<void> {
  await db.query({
    name: 'resume_clock',
    text: `
      update entities
         set clock_offset = make_interval(secs => extract(epoch from frozen_on - now())::float8), frozen_on = null
       where entity_key = $1 and mode = 'sandbox' and frozen_on is not null`,
    values: [entityKey],
  })
}

/** Sets the clock to a moment, unless it has passed it: whoever moves it at the same time, it never goes back. */
export async function moveClock(db: Queryable, entityKey: number, to: Date): Promise<void> {
  await db.query({
    name: 'move_clock',
    text: `
      update entities
         set frozen_on = case when frozen_on is not null then $2::timestamptz end,
             clock_offset = case when frozen_on is null
                                 then make_interval(secs => extract(epoch from $2::timestamptz - now())::float8)
                                 else clock_offset end
       where entity_key = $1 and mode = 'sandbox' and coalesce(frozen_on, now() + clock_offset) < $2`,
    values: [entityKey, to],
  })
}
