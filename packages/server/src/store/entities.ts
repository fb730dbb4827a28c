/** Merchants and their processing channels. */
import type { NewClient, NewCredential } from './credentials.ts'
import type { Queryable } from './db.ts'

export interface EntityRow {
  entity_key: number
  id: string
  name: string
  seed: Buffer
}

/** The entity of this name. Names are the operator's handle on the command line, and unique. */
export async function findEntityByName(db: Queryable, name: string): Promise<EntityRow | undefined> {
  const { rows } = await db.query<EntityRow>({
    name: 'find_entity_by_name',
    text: `select entity_key, id, name, seed from entities where name = $1`,
    values: [name],
  })
  return rows[0]
}

export interface NewEntity {
  id: string
  name: string
  seed: Uint8Array
  mode: 'sandbox' | 'production'
  channel: NewChannel
  keys: readonly NewCredential[]
  client: NewClient
}

export interface NewChannel {
  id: string
  name: string
  settings: unknown
}

/**
 * Adds an entity with its first channel, its keys and its OAuth client, all or nothing. Answers its key, or `undefined`
 * when the name or the id is taken.
 */
export async function insertEntity(db: Queryable, entity: NewEntity): Promise<number | undefined> {
  const { rows } = await db.query<{ entity_key: number }>({
    name: 'insert_entity',
    text: `
      with entity as (
        insert into entities (entity_key, id, name, seed, mode)
        values (nextval('entity_keys'), $1, $2, $3, $4)
            on conflict do nothing
        returning entity_key
      ), channel as (
        insert into processing_channels (entity_key, id, name, settings)
        select entity_key, $5, $6, $7::jsonb from entity
      ), keys as (
        insert into credentials (entity_key, mac, kind, label, scopes, channels, origins)
        select entity_key, decode(k.mac, 'hex'), k.kind, k.label, k.scopes, k.channels, coalesce(k.origins, '{}')
          from entity,
               json_to_recordset($8::json)
                 as k (mac text, kind text, label text, scopes text[], channels uuid[], origins text[])
      ), client as (
        insert into oauth_clients (entity_key, id, secret_mac, scopes, channels)
        select entity_key, $9, decode($10, 'hex'), $11, $12 from entity
      )
      select entity_key from entity`,
    values: [
      entity.id,
      entity.name,
      entity.seed,
      entity.mode,
      entity.channel.id,
      entity.channel.name,
      JSON.stringify(entity.channel.settings),
      JSON.stringify(entity.keys),
      entity.client.id,
      entity.client.secretMac,
      entity.client.scopes,
      entity.client.channels,
    ],
  })
  return rows[0]?.entity_key
}

/** Adds a channel and answers its id; the id of the channel that already has the name, where there is one. */
export async function insertChannel(db: Queryable, entityKey: number, channel: NewChannel): Promise<string> {
  const { rows } = await db.query<{ id: string }>({
    name: 'insert_channel',
    text: `
      insert into processing_channels (entity_key, id, name, settings)
      values ($1, $2, $3, $4::jsonb)
          on conflict (entity_key, name) do update set name = excluded.name
      returning id`,
    values: [entityKey, channel.id, channel.name, JSON.stringify(channel.settings)],
  })
  return (rows[0] as { id: string }).id
}

/** Whether any channel works with one of these processors. */
export async function hasChannelOf(db: Queryable, processors: readonly string[]): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({
    name: 'has_channel_of',
    text: `select exists (select from processing_channels where settings ->> 'processor' = any ($1)) as found`,
    values: [processors],
  })
  return rows[0]?.found === true
}
