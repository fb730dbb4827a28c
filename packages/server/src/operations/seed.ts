/** The sandbox merchant: the same keys and ids on every machine, published, so that a test suite can name them. */
import { uuidOf } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import { findCredential, insertCredentials, upsertClient } from '../store/credentials.ts'
import { findEntityByName, insertEntity } from '../store/entities.ts'
import { KEY_MAC } from './authenticate.ts'
import {
  clientOf,
  credentialsOf,
  DEFAULT_CHANNEL_NAME,
  defaultChannelSettings,
  type EntityKeys,
  seedBytes,
} from './create-entity.ts'

export const SANDBOX_NAME = 'Sluice Sandbox'
export const SANDBOX_ENTITY = 'ent_sluicesandboxentity2222224'
export const SANDBOX_CHANNEL = 'pc_sluicesandboxchannel222224'
export const SANDBOX_KEYS: EntityKeys = {
  secret: 'sk_sbox_sluicesandboxsecretkey22222',
  public: 'pk_sbox_sluicesandboxpublickey22222',
  client_id: 'ack_sluicesandboxclientid22224',
  client_secret: 'sluice-sandbox-client-secret',
}
const SANDBOX_SEED = 'sluice-sandbox'

/** Makes the sandbox merchant where it is missing, and its keys where the root key has changed. Can be repeated. */
export async function seedSandbox(ctx: Context): Promise<void> {
  if (ctx.config.mode !== 'sandbox') throw new Error('only a sandbox has published keys')
  const { db } = ctx.store
  const keys = credentialsOf(ctx, SANDBOX_KEYS, null)
  const client = clientOf(ctx, SANDBOX_KEYS, null)
  const existing = await findEntityByName(db, SANDBOX_NAME)
  if (existing) {
    await insertCredentials(db, existing.entity_key, keys)
    await upsertClient(db, existing.entity_key, client)
    return
  }
  await insertEntity(db, {
    id: uuidOf('entity', SANDBOX_ENTITY) as string,
    name: SANDBOX_NAME,
    seed: seedBytes(SANDBOX_SEED),
    mode: 'sandbox',
    channel: {
      id: uuidOf('channel', SANDBOX_CHANNEL) as string,
      name: DEFAULT_CHANNEL_NAME,
      settings: defaultChannelSettings(ctx.config),
    },
    keys,
    client,
  })
}

/** Whether one of the published keys opens anything here: with generated keys, Sluice refuses to start when it does. */
export async function publishedKeysWork(ctx: Context): Promise<boolean> {
  for (const key of [SANDBOX_KEYS.secret, SANDBOX_KEYS.public]) {
    if (await findCredential(ctx.store.db, ctx.vault.mac(KEY_MAC, key))) return true
  }
  return false
}

/** Whether the sandbox merchant is there, under the keys that are published. */
export async function isSeeded(ctx: Context): Promise<boolean> {
  const row = await findCredential(ctx.store.db, ctx.vault.mac(KEY_MAC, SANDBOX_KEYS.secret))
  return row !== undefined
}
