/** The payments that velocity rules have counted: a part of the books, read and written in the transaction of a batch. */
import type { PoolClient } from 'pg'
import type { Sighting } from './issuer/velocity.ts'

/** `since`: ISO 8601, the merchant's time; what is older is not read. */
export interface WantedMark {
  merchant: string
  mark: string
  since: string
}

/** Those under the marks that a batch wants, with what is added to them meanwhile. */
export interface Sightings {
  under(merchant: string, mark: string): readonly Sighting[]
  add(merchant: string, mark: string, sighting: Sighting): void
  write(): Promise<void>
}

/** Each in the same order: two banks on the same books count one after the other. */
const LOCK_MARKS = {
  name: 'lock_marks',
  text: `
    select pg_advisory_xact_lock(hashtextextended(m.name, 0))
      from (select distinct w.merchant || ' ' || w.mark as name
              from json_to_recordset($1) as w (merchant text, mark text) order by 1) m`,
}

const READ_SIGHTINGS = {
  name: 'read_sightings',
  text: `
    select s.merchant, s.mark, s.key, s.at
      from (select merchant, mark, min(since) as since
              from json_to_recordset($1) as w (merchant text, mark text, since timestamptz) group by merchant, mark) w
      join sightings s on s.merchant = w.merchant and s.mark = w.mark and s.at > w.since`,
}

const WRITE_SIGHTINGS = {
  name: 'write_sightings',
  text: `
    insert into sightings (merchant, mark, key, at)
    select merchant, mark, key, at from json_populate_recordset(null::sightings, $1)
        on conflict do nothing`,
}

/**
 * To be called before anything else is locked: whoever waits for a mark holds nothing. Nobody else counts under the marks
 * until the transaction has ended.
 */
export async function readSightings(client: PoolClient, wanted: readonly WantedMark[]): Promise<Sightings> {
  const known = new Map<string, Sighting[]>(wanted.map(({ merchant, mark }) => [nameOf(merchant, mark), []]))
  const added: object[] = []
  if (wanted.length > 0) {
    const values = [JSON.stringify(wanted)]
    await client.query({ ...LOCK_MARKS, values })
    const { rows } = await client.query<{ merchant: string; mark: string; key: string; at: Date }>({
      ...READ_SIGHTINGS,
      values,
    })
    for (const { merchant, mark, key, at } of rows) {
      known.get(nameOf(merchant, mark))?.push({ key, at: at.toISOString() })
    }
  }
  return {
    under: (merchant, mark) => known.get(nameOf(merchant, mark)) ?? [],
    add(merchant, mark, sighting) {
      known.get(nameOf(merchant, mark))?.push(sighting)
      added.push({ merchant, mark, ...sighting })
    },
    async write() {
      if (added.length > 0) await client.query({ ...WRITE_SIGHTINGS, values: [JSON.stringify(added)] })
    },
  }
}

function nameOf(merchant: string, mark: string): string {
  return `${merchant} ${mark}`
}
