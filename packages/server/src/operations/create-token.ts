/** A shop's page, or a card frame, hands over card details for a token. What they are is the vault's business. */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest } from '@sluice/core/problems'
import { isWalletToken, type TokenWallet } from '@sluice/core/wallets/tokens'
import type { TokenBody, TokenReply } from '@sluice/core/wire/tokens'
import type { Context } from '../context.ts'
import { type Caller, merchantOf } from './merchant.ts'
import { walletTrust } from './wallets.ts'

const LONGEST_IDENTIFIER = 255

/**
 * @param misses what the schema found wrong with the body: answered together with what the vault finds
 * @param identifier header `Cko-Retrieve-Identifier`: whom a token with several uses is for
 * @throws InvalidRequest with every problem of the body
 */
export async function createToken(
  ctx: Context,
  { entityKey }: Pick<Caller, 'entityKey'>,
  body: TokenBody,
  misses: readonly string[],
  identifier: string | undefined,
): Promise<TokenReply> {
  const at = (await ctx.store.entityNow(entityKey)).getTime()
  const made = await ctx.vault.tokenize(entityKey, {
    body,
    misses,
    at,
    retrieveIdentifier: usable(identifier),
    ...(isWalletToken(body.type, body.token_data) && {
      wallet: await walletKeysOf(ctx, entityKey, body.type as TokenWallet),
    }),
  })
  if (!made.ok) throw new InvalidRequest(made.problems)
  return {
    ...made.facts,
    token: wireId('token', made.token),
    expires_on: made.expiresOn.toISOString(),
    ...(body.type === 'card' && shownBack(body)),
  }
}

async function walletKeysOf(ctx: Context, entityKey: number, wallet: TokenWallet) {
  const { id } = await merchantOf(ctx, entityKey)
  return { entity: wireId('entity', id), trust: await walletTrust(ctx, wallet) }
}

/** One that cannot be kept is as good as none: the token is then used once. */
function usable(identifier: string | undefined): string | undefined {
  const fits = identifier !== undefined && identifier !== '' && identifier.length <= LONGEST_IDENTIFIER
  return fits ? identifier : undefined
}

function shownBack({ name, billing_address, phone }: TokenBody): Partial<TokenReply> {
  return {
    ...(name !== undefined && { name }),
    ...(billing_address && { billing_address }),
    ...(phone && { phone }),
  }
}
