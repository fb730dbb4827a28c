/** Which merchant and which of its channels a request is about. */
import { uuidOf } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import { type Channel, type Merchant, readMerchant } from '../store/merchants.ts'
import { type Remembered, remembered } from './remembered.ts'

/** A merchant's channels change rarely: they are read again after this long. */
const FRESH_FOR_MS = 5_000
const MOST_REMEMBERED = 10_000

const merchantsOf = new WeakMap<Context, Remembered<number, Merchant>>()

/** The merchant behind a credential. */
export async function merchantOf(ctx: Context, entityKey: number): Promise<Merchant> {
  const merchant = await rememberedMerchants(ctx).get(String(entityKey), entityKey)
  if (!merchant) throw new Error(`no entity ${entityKey}`)
  return merchant
}

/** As it is in the database now: what is remembered may not know a channel that was made a moment ago. */
async function freshMerchantOf(ctx: Context, entityKey: number): Promise<Merchant> {
  rememberedMerchants(ctx).forget(String(entityKey))
  return await merchantOf(ctx, entityKey)
}

function rememberedMerchants(ctx: Context): Remembered<number, Merchant> {
  let merchants = merchantsOf.get(ctx)
  if (!merchants) {
    merchants = remembered({
      now: ctx.now,
      ttlMs: FRESH_FOR_MS,
      capacity: MOST_REMEMBERED,
      load: (key: number) => readMerchant(ctx.store.db, key),
    })
    merchantsOf.set(ctx, merchants)
  }
  return merchants
}

/** Who asks, as `http/auth.ts` found out. `channels`: the UUIDs the credential is good for. */
export interface Caller {
  entityKey: number
  channels: readonly string[] | 'all'
  /** Of the credential, where there is one. */
  credentialId?: string
}

type FoundChannel = { channel: Channel; code?: undefined } | { channel?: undefined; code: string }

/** The channel a request is processed on: the one it names, or the only one there is; else the `error_code`. */
export async function findChannel(
  ctx: Context,
  merchant: Merchant,
  caller: Caller,
  requested: string | undefined,
): Promise<FoundChannel> {
  const found = channelAmong(merchant, caller, requested)
  if (found.channel) return found
  return channelAmong(await freshMerchantOf(ctx, merchant.entityKey), caller, requested)
}

function channelAmong(merchant: Merchant, { channels }: Caller, requested: string | undefined): FoundChannel {
  const usable = channels === 'all' ? merchant.channels : merchant.channels.filter(({ id }) => channels.includes(id))
  if (requested === undefined) {
    const [only, another] = usable
    return only && !another ? { channel: only } : { code: 'processing_channel_id_required' }
  }
  // What the schema has refused comes here too, so that the rules between members speak at the same time.
  const id = typeof requested === 'string' ? uuidOf('channel', requested) : undefined
  const channel = usable.find((candidate) => candidate.id === id)
  return channel ? { channel } : { code: 'processing_channel_id_invalid' }
}

/** What stands on a channel that a credential is not good for is not there for it. */
export function mayUse({ channels }: Caller, channelId: string): boolean {
  return channels === 'all' || channels.includes(channelId)
}

/** A channel by its stored id, for work on what already exists. */
export async function channelOf(ctx: Context, merchant: Merchant, channelId: string): Promise<Channel> {
  const isWanted = ({ id }: Channel) => id === channelId
  const channel =
    merchant.channels.find(isWanted) ?? (await freshMerchantOf(ctx, merchant.entityKey)).channels.find(isWanted)
  if (!channel) throw new Error(`channel ${channelId} of ${merchant.name} is gone`)
  return channel
}
