/** The keys `session_data` is sealed for. A small global table: one generation an hour, at most three at a time. */
import type { Queryable } from './db.ts'

/** `slot`: hours since 1970 in real time. `privateKey` is wrapped by the vault. */
export interface SealingKeyRow {
  slot: number
  curve: 'X25519' | 'P-256'
  publicKey: { kty: string; crv: string; x: string; y?: string }
  privateKey: Buffer
}

/** Adds a generation; where another node was faster, its keys stay. */
export async function addSealingKeys(db: Queryable, keys: readonly SealingKeyRow[]): Promise<void> {
  await db.query({
    name: 'add_sealing_keys',
    text: `
      insert into sealing_keys (slot, curve, public_key, private_key)
      select k.slot, k.curve, k.public_key, decode(k.private_key, 'base64')
        from json_to_recordset($1::json) as k (slot bigint, curve text, public_key jsonb, private_key text)
          on conflict (slot, curve) do nothing`,
    values: [
      JSON.stringify(
        keys.map((key) => ({
          slot: key.slot,
          curve: key.curve,
          public_key: key.publicKey,
          private_key: key.privateKey.toString('base64'),
        })),
      ),
    ],
  })
}

export async function readSealingKeys(db: Queryable, slot: number): Promise<SealingKeyRow[]> {
  const { rows } = await db.query<{
    curve: 'X25519' | 'P-256'
    public_key: SealingKeyRow['publicKey']
    private_key: Buffer
  }>({
    name: 'read_sealing_keys',
    text: 'select curve, public_key, private_key from sealing_keys where slot = $1 order by curve',
    values: [slot],
  })
  return rows.map((row) => ({ slot, curve: row.curve, publicKey: row.public_key, privateKey: row.private_key }))
}

/** Destroys every key of the hours before `slot`; answers how many there were. */
export async function deleteSealingKeysBefore(db: Queryable, slot: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'delete_sealing_keys_before',
    text: 'delete from sealing_keys where slot < $1',
    values: [slot],
  })
  return rowCount ?? 0
}
