/** `sluice revoke`: a key or an OAuth client stops working. */
import { uuidOf, wireId } from '@sluice/core/ids'
import type { Context } from '../context.ts'
import { disableClient, findClient, findCredential, revokeCredentials } from '../store/credentials.ts'
import { KEY_MAC } from './authenticate.ts'

export interface Revoked {
  /** What may be shown of it: a key's label, a client's id. */
  name: string
  /** `ent_…` */
  entity: string
}

/**
 * Nodes remember a credential for a few seconds; then it is refused, and so are the tokens of a client.
 * @param credential a secret or public key, or the id of a client (`ack_…`)
 * @returns `undefined` when nothing that works has this name
 */
export async function revoke(ctx: Context, credential: string): Promise<Revoked | undefined> {
  const { db } = ctx.store
  const clientId = uuidOf('client', credential)
  if (clientId !== undefined) {
    const client = await findClient(db, clientId)
    if (!client || (await disableClient(db, client.entity_key, client.id)) === 0) return undefined
    return { name: credential, entity: wireId('entity', client.entity_id) }
  }
  const mac = ctx.vault.mac(KEY_MAC, credential)
  const key = await findCredential(db, mac)
  if (!key || (await revokeCredentials(db, key.entity_key, [mac])) === 0) return undefined
  return { name: key.label, entity: wireId('entity', key.entity_id) }
}
