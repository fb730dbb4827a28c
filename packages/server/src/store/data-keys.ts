/** The wrapped keys of each merchant's cards. */
import type { Queryable } from './db.ts'

export interface DataKeyRow {
  version: number
  wrapped: Buffer
}

/** All versions, newest first. */
export async function readDataKeys(db: Queryable, entityKey: number): Promise<DataKeyRow[]> {
  const { rows } = await db.query<DataKeyRow>({
    name: 'read_data_keys',
    text: 'select version, wrapped from data_keys where entity_key = $1 order by version desc',
    values: [entityKey],
  })
  return rows
}

/** Adds a version; where another node was faster, its key stays. */
export async function addDataKey(db: Queryable, entityKey: number, key: DataKeyRow): Promise<void> {
  await db.query({
    name: 'add_data_key',
    text: `insert into data_keys (entity_key, version, wrapped) values ($1, $2, $3)
               on conflict (entity_key, version) do nothing`,
    values: [entityKey, key.version, key.wrapped],
  })
}
