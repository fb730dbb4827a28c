/** A merchant, its first processing channel, and the keys by which its server, its pages and its tools are known. */
import { createHash, randomBytes } from 'node:crypto'
import { type IdKind, uuidOf, wireId } from '@sluice/core/ids'
import { EVERY_SCOPE, PUBLIC_KEY_SCOPES } from '@sluice/core/scopes'
import { isAuthenticatorSetUp } from '../authenticators/index.ts'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { insertCredentials, type NewClient, type NewCredential, upsertClient } from '../store/credentials.ts'
import { type EntityRow, findEntityByName, insertChannel, insertEntity } from '../store/entities.ts'
import type { ChannelSettings } from '../store/merchants.ts'
import { CLIENT_SECRET_MAC, KEY_MAC } from './authenticate.ts'
import { newId } from './ids.ts'

/** Shown once, when they are made: only MACs are kept. `client_id` and `client_secret` are for `/connect/token`. */
export interface EntityKeys {
  secret: string
  public: string
  client_id: string
  client_secret: string
}

/**
 * `entity` and `processing_channel_id` are wire ids. `seed` decides every choice the world makes; absent when only a
 * channel was added.
 */
export interface CreatedEntity {
  entity: string
  name: string
  seed?: string
  processing_channel_id: string
  channel: string
  keys: EntityKeys
}

export interface EntityRequest {
  name: string
  /** Name of the channel; `default` when absent. On an entity that exists it is the channel to add. */
  channel?: string
  settings?: Partial<ChannelSettings>
  /** Any text; random when absent. */
  seed?: string
  /** Whose pages may hold the card frames of the public key that is made: see `origins.ts`. */
  origins?: readonly string[]
}

export const DEFAULT_CHANNEL_NAME = 'default'

/** What a channel is set up for when nobody says otherwise. */
export const DEFAULT_CHANNEL_SETTINGS: ChannelSettings = {
  processor: 'simulator',
  class: 'A',
  authentication: 'external',
  methods: 'all',
  on_abandoned: 'refuse',
}

/**
 * In sandbox with Apple Pay and Google Pay: there the simulator plays both, and nothing has to be set up with them. In
 * production the processor authenticates where nobody else is set up to.
 */
export function defaultChannelSettings(config: Pick<Config, 'mode' | 'urls' | 'directoryServerUrl'>): ChannelSettings {
  if (config.mode === 'sandbox') return { ...DEFAULT_CHANNEL_SETTINGS, wallets: 'decrypted' }
  const authentication = isAuthenticatorSetUp(DEFAULT_CHANNEL_SETTINGS, config) ? 'external' : 'integrated'
  return { ...DEFAULT_CHANNEL_SETTINGS, authentication }
}

/** @throws for a channel whose shoppers nobody could authenticate */
function channelSettings({ config }: Context, { settings }: EntityRequest): ChannelSettings {
  const wanted = { ...defaultChannelSettings(config), ...settings }
  if (wanted.authentication === 'external' && !isAuthenticatorSetUp(wanted, config)) {
    throw new Error(
      'A channel with authentication: external needs somebody to ask: set SLUICE_DIRECTORY_SERVER_URL, or use integrated or none.',
    )
  }
  return wanted
}

/** Two that are made at one moment under one name: the second finds the first's. */
const NAME_ATTEMPTS = 3

/**
 * Makes the entity, or adds a channel to the one that has the name already. A new entity's keys are good for all its
 * channels; those made for a further channel are good for that one only.
 * @throws when the entity exists and no channel is named
 */
export async function createEntity(ctx: Context, request: EntityRequest): Promise<CreatedEntity> {
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    const existing = await findEntityByName(ctx.store.db, request.name)
    if (existing) return addChannel(ctx, existing, request)
    const created = await makeEntity(ctx, request)
    if (created) return created
  }
  throw new Error(`the entity ${request.name} is neither there nor can it be made`)
}

/** A merchant for one test. */
export type World = CreatedEntity & { seed: string }

/** Makes an entity whose name need not be unique: a name that is taken is continued with the end of the entity's id. */
export async function createWorld(ctx: Context, request: Partial<EntityRequest>): Promise<World> {
  const id = newId(ctx, 0)
  const tail = wireId('entity', id).slice(-8)
  const named = request.name && (await makeEntity(ctx, { ...request, name: request.name }, id))
  const world = named || (await makeEntity(ctx, { ...request, name: `${request.name ?? 'World'} ${tail}` }, id))
  if (!world) throw new Error('no world could be made')
  return world
}

async function makeEntity(ctx: Context, request: EntityRequest, id = newId(ctx, 0)): Promise<World | undefined> {
  const { name, channel = DEFAULT_CHANNEL_NAME, seed = randomBytes(16).toString('hex') } = request
  const channelId = newId(ctx, 0)
  const keys = newKeys(ctx)
  const entityKey = await insertEntity(ctx.store.db, {
    id,
    name,
    seed: seedBytes(seed),
    mode: ctx.config.mode,
    channel: { id: channelId, name: channel, settings: channelSettings(ctx, request) },
    keys: credentialsOf(ctx, keys, null, request.origins),
    client: clientOf(ctx, keys, null),
  })
  if (entityKey === undefined) return undefined
  return {
    entity: wireId('entity', id),
    name,
    seed,
    processing_channel_id: wireId('channel', channelId),
    channel,
    keys,
  }
}

async function addChannel(ctx: Context, entity: EntityRow, request: EntityRequest): Promise<CreatedEntity> {
  if (request.channel === undefined)
    throw new Error(`there is a merchant ${entity.name} already: name a channel to add one to it`)
  const channelId = await insertChannel(ctx.store.db, entity.entity_key, {
    id: newId(ctx, entity.entity_key),
    name: request.channel,
    settings: channelSettings(ctx, request),
  })
  const keys = newKeys(ctx)
  await insertCredentials(ctx.store.db, entity.entity_key, credentialsOf(ctx, keys, [channelId], request.origins))
  await upsertClient(ctx.store.db, entity.entity_key, clientOf(ctx, keys, [channelId]))
  return {
    entity: wireId('entity', entity.id),
    name: entity.name,
    processing_channel_id: wireId('channel', channelId),
    channel: request.channel,
    keys,
  }
}

/** An entity's seed is 32 bytes, whatever text the operator likes to write. */
export function seedBytes(seed: string): Buffer {
  return createHash('sha256').update(seed).digest()
}

/** The MACs and rights of a secret and a public key. `channels`: UUIDs, null for all; `origins`: of the public key. */
export function credentialsOf(
  ctx: Context,
  keys: EntityKeys,
  channels: readonly string[] | null,
  origins: readonly string[] = [],
): NewCredential[] {
  return [
    { kind: 'secret' as const, key: keys.secret, scopes: [EVERY_SCOPE], origins: [] },
    { kind: 'public' as const, key: keys.public, scopes: PUBLIC_KEY_SCOPES, origins },
  ].map(({ kind, key, scopes, origins }) => ({
    mac: ctx.vault.mac(KEY_MAC, key).toString('hex'),
    kind,
    label: labelOf(key),
    scopes,
    channels,
    origins,
  }))
}

export function clientOf(ctx: Context, keys: EntityKeys, channels: readonly string[] | null): NewClient {
  return {
    id: uuidOf('client', keys.client_id) as string,
    secretMac: ctx.vault.mac(CLIENT_SECRET_MAC, `${keys.client_id}:${keys.client_secret}`).toString('hex'),
    scopes: [EVERY_SCOPE],
    channels,
  }
}

/** `sk_sbox_…2222`: enough to find the key in the operator's own list. */
function labelOf(key: string): string {
  return `${key.slice(0, key.lastIndexOf('_') + 1)}…${key.slice(-4)}`
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** The SDKs refuse keys of any other length or alphabet before they send anything. */
const KEY_CHARACTERS = 27
const SECRET_CHARACTERS = 52

function newKeys(ctx: Context): EntityKeys {
  const infix = ctx.config.mode === 'sandbox' ? 'sbox_' : ''
  return {
    secret: `sk_${infix}${randomText(KEY_CHARACTERS)}`,
    public: `pk_${infix}${randomText(KEY_CHARACTERS)}`,
    client_id: wireId('client' satisfies IdKind, newId(ctx, 0)),
    client_secret: randomText(SECRET_CHARACTERS),
  }
}

/** Five random bits a character. */
function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('')
}
