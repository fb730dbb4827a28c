/** Whose pages may hold the card frames of a public key. */
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { changeOrigins, findCredential } from '../store/credentials.ts'
import { KEY_MAC } from './authenticate.ts'

/** Names and IPv4 addresses: what a Content-Security-Policy can name. No wildcard stands for hosts of somebody else. */
const ORIGIN = /^https?:\/\/[a-z0-9._-]+(?::\d{1,5})?$/

/**
 * An origin as browsers write it: `https://shop.example`, lower case, without the usual port. `undefined` for anything
 * else, a path or a wildcard included, and in production for one without HTTPS.
 */
export function parentOrigin(text: string, mode: Config['mode']): string | undefined {
  const url = URL.parse(text.trim())
  if (!url || url.href !== `${url.origin}/` || !ORIGIN.test(url.origin)) return undefined
  return mode === 'production' && url.protocol !== 'https:' ? undefined : url.origin
}

export interface KeyOrigins {
  /** What may be shown of the key. */
  key: string
  origins: readonly string[]
}

/**
 * Adds and removes origins of a public key; with neither it only tells which there are. Nodes remember a key for a few
 * seconds.
 * @param changes as `parentOrigin` answered them
 * @returns `undefined` when no public key that works has this name
 */
export async function originsOf(
  ctx: Context,
  publicKey: string,
  changes: { add: readonly string[]; remove: readonly string[] },
): Promise<KeyOrigins | undefined> {
  const { db } = ctx.store
  const mac = ctx.vault.mac(KEY_MAC, publicKey)
  const found = await findCredential(db, mac)
  if (found?.kind !== 'public') return undefined
  const changed = changes.add.length + changes.remove.length > 0
  const origins = changed ? await changeOrigins(db, found.entity_key, { mac, ...changes }) : found.origins
  return origins && { key: found.label, origins }
}
