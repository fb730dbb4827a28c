/** The one row that says whose database this is, and the one that shows that it takes writes. */
import type { Queryable } from './db.ts'

export interface Installation {
  mode: 'sandbox' | 'production'
  /** A MAC under the root key. */
  keyCheck: Buffer
}

/** Says whose database this is, if nobody has, and answers what was said first. */
export async function claimInstallation(db: Queryable, { mode, keyCheck }: Installation): Promise<Installation> {
  const { rows } = await db.query<Installation>({
    name: 'claim_installation',
    text: `
      insert into installation as known (mode, key_check) values ($1, $2)
          on conflict (one_row) do update set mode = known.mode
      returning mode, key_check as "keyCheck"`,
    values: [mode, keyCheck],
  })
  return rows[0] as Installation
}

/** What was said; `undefined` when nobody has opened the database yet. */
export async function readInstallation(db: Queryable): Promise<Installation | undefined> {
  const { rows } = await db.query<Installation>({
    name: 'read_installation',
    text: `select mode, key_check as "keyCheck" from installation`,
    values: [],
  })
  return rows[0]
}

/** @throws when the database does not take writes now: it is gone, read-only, or its disk is full */
export async function probeWrites(db: Queryable): Promise<void> {
  await db.query({
    name: 'probe_writes',
    text: `
      insert into write_probe (written_on) select now() where disk_takes_writes()
          on conflict (one_row) do update set written_on = excluded.written_on`,
    values: [],
  })
}
