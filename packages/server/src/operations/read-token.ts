/** What of the card behind a token may be shown. */
import { uuidOf } from '@sluice/core/ids'
import { Problem } from '@sluice/core/problems'
import type { TokenMetadataReply } from '@sluice/core/wire/tokens'
import type { Context } from '../context.ts'
import type { Caller } from './merchant.ts'

/** @throws Problem `resource_not_found`: no such token, somebody else's, or one that has expired */
export async function readTokenMetadata(
  ctx: Context,
  { entityKey }: Pick<Caller, 'entityKey'>,
  token: string,
): Promise<TokenMetadataReply> {
  const uuid = uuidOf('token', token)
  const found = uuid === undefined ? undefined : await ctx.vault.tokenFacts(entityKey, uuid)
  if (!found) throw new Problem('resource_not_found')
  return { ...found.facts, token, expires_on: found.expiresOn.toISOString() }
}
