/** Keys and OAuth clients. Global: a credential is looked up before the merchant is known. */
import type { Queryable } from './db.ts'

/** A secret or public key. `channels` are UUIDs; null stands for every channel of the entity. */
export interface CredentialRow {
  kind: 'secret' | 'public'
  entity_key: number
  entity_id: string
  label: string
  scopes: string[]
  channels: string[] | null
  /** Of a public key: the origins whose pages may hold its card frames. */
  origins: string[]
}

/** The key with this MAC, unless it is unknown or revoked. */
export async function findCredential(db: Queryable, mac: Uint8Array): Promise<CredentialRow | undefined> {
  const { rows } = await db.query<CredentialRow>({
    name: 'find_credential',
    text: `
      select c.kind, c.entity_key, e.id as entity_id, c.label, c.scopes, c.channels,
             c.origins
        from credentials c
        join entities e on e.entity_key = c.entity_key
       where c.mac = $1 and c.revoked_on is null`,
    values: [mac],
  })
  return rows[0]
}

/** `mac` and `secretMac` in hexadecimal, `channels` null for all of the entity's. */
export interface NewCredential {
  mac: string
  kind: 'secret' | 'public'
  label: string
  scopes: readonly string[]
  channels: readonly string[] | null
  /** Of a public key; absent for none. */
  origins?: readonly string[]
}

/** Adds keys of one entity; a key that is there already is left as it is. */
export async function insertCredentials(db: Queryable, entityKey: number, keys: readonly NewCredential[]) {
  await db.query({
    name: 'insert_credentials',
    text: `
      insert into credentials (entity_key, mac, kind, label, scopes, channels, origins)
      select $1, decode(k.mac, 'hex'), k.kind, k.label, k.scopes, k.channels, coalesce(k.origins, '{}')
        from json_to_recordset($2::json)
          as k (mac text, kind text, label text, scopes text[], channels uuid[], origins text[])
          on conflict do nothing`,
    values: [entityKey, JSON.stringify(keys)],
  })
}

/** Ends keys of one entity; they stop working within the few seconds that nodes remember them. */
export async function revokeCredentials(db: Queryable, entityKey: number, macs: readonly Uint8Array[]) {
  const { rowCount } = await db.query({
    name: 'revoke_credentials',
    text: `update credentials set revoked_on = now() where entity_key = $1 and mac = any ($2) and revoked_on is null`,
    values: [entityKey, macs],
  })
  return rowCount ?? 0
}

/**
 * Adds and removes origins of a public key, in one step; answers what there is then, in alphabetical order. `undefined`
 * when the entity has no such key that works.
 */
export async function changeOrigins(
  db: Queryable,
  entityKey: number,
  { mac, add, remove }: { mac: Uint8Array; add: readonly string[]; remove: readonly string[] },
): Promise<string[] | undefined> {
  const { rows } = await db.query<{ origins: string[] }>({
    name: 'change_origins',
    text: `
      update credentials
         set origins = array(select origin from unnest(origins || $3::text[]) as origin
                              where origin <> all ($4::text[]) group by origin order by origin)
       where entity_key = $1 and mac = $2 and kind = 'public' and revoked_on is null
      returning origins`,
    values: [entityKey, mac, add, remove],
  })
  return rows[0]?.origins
}

export interface ClientRow {
  id: string
  secret_mac: Buffer
  entity_key: number
  entity_id: string
  scopes: string[]
  channels: string[] | null
}

/** The OAuth client with this UUID, unless it is unknown or disabled. */
export async function findClient(db: Queryable, id: string): Promise<ClientRow | undefined> {
  const { rows } = await db.query<ClientRow>({
    name: 'find_oauth_client',
    text: `
      select c.id, c.secret_mac, c.entity_key, e.id as entity_id, c.scopes, c.channels
        from oauth_clients c
        join entities e on e.entity_key = c.entity_key
       where c.id = $1 and c.disabled_on is null`,
    values: [id],
  })
  return rows[0]
}

export interface NewClient {
  id: string
  secretMac: string
  scopes: readonly string[]
  channels: readonly string[] | null
}

/** Adds an OAuth client of one entity; of one that is there already only the secret is set. */
export async function upsertClient(db: Queryable, entityKey: number, client: NewClient) {
  await db.query({
    name: 'upsert_oauth_client',
    text: `
      insert into oauth_clients (entity_key, id, secret_mac, scopes, channels)
      values ($1, $2, decode($3, 'hex'), $4, $5)
          on conflict (id) do update set secret_mac = excluded.secret_mac
       where oauth_clients.entity_key = $1`,
    values: [entityKey, client.id, client.secretMac, client.scopes, client.channels],
  })
}

/** Disables an OAuth client; tokens it already has stop working within the few seconds that nodes remember it. */
export async function disableClient(db: Queryable, entityKey: number, id: string) {
  const { rowCount } = await db.query({
    name: 'disable_oauth_client',
    text: `update oauth_clients set disabled_on = now() where entity_key = $1 and id = $2 and disabled_on is null`,
    values: [entityKey, id],
  })
  return rowCount ?? 0
}
