/** OAuth 2.0 client credentials (RFC 6749 §4.4): a client's id and secret for an access token of an hour. */
import { randomUUID, timingSafeEqual } from 'node:crypto'
import { uuidOf } from '@sluice/core/ids'
import { parseScopes, SCOPES, type Scope, scopeCovers } from '@sluice/core/scopes'
import type { Context } from '../context.ts'
import { findClient } from '../store/credentials.ts'
import { CLIENT_SECRET_MAC } from './authenticate.ts'
import { type SigningKeys, TOKEN_LIFE_S } from './signing-keys.ts'

/** RFC 6749 §5.2 */
export type TokenError = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope'

export interface TokenRequest {
  grantType: string | undefined
  clientId: string | undefined
  clientSecret: string | undefined
  /** Separated by spaces; absent = everything the client may do. */
  scope: string | undefined
}

/** `expiresIn` in seconds; `clientId` is the authenticated client's `ack_…`. */
export type TokenAnswer =
  | { error: TokenError }
  | { accessToken: string; expiresIn: number; scope: string; clientId: string }

/** One unknown or not granted scope refuses the whole request. */
export async function issueToken(ctx: Context, signing: SigningKeys, request: TokenRequest): Promise<TokenAnswer> {
  const { grantType, clientId, clientSecret } = request
  if (!grantType) return { error: 'invalid_request' }
  if (grantType !== 'client_credentials') return { error: 'unsupported_grant_type' }
  if (!clientId || !clientSecret) return { error: 'invalid_client' }

  const client = await authenticClient(ctx, clientId, clientSecret)
  if (!client) return { error: 'invalid_client' }

  const scopes = request.scope ? parseScopes(request.scope) : everythingGranted(client.scopes)
  if (!scopes?.length || !scopes.every((scope) => scopeCovers(client.scopes, scope))) return { error: 'invalid_scope' }

  const scope = scopes.join(' ')
  const issuedAt = Math.floor(ctx.now() / 1000)
  const accessToken = await signing.sign({
    iss: ctx.config.urls.api,
    aud: ctx.config.urls.api,
    sub: clientId,
    client_id: clientId,
    scope,
    iat: issuedAt,
    exp: issuedAt + TOKEN_LIFE_S,
    jti: randomUUID(),
  })
  return { accessToken, expiresIn: TOKEN_LIFE_S, scope, clientId }
}

/** The MAC is made and compared also for a client that does not exist, so that the time taken says nothing. */
async function authenticClient(ctx: Context, clientId: string, clientSecret: string) {
  const mac = ctx.vault.mac(CLIENT_SECRET_MAC, `${clientId}:${clientSecret}`)
  const id = uuidOf('client', clientId)
  const client = id && (await findClient(ctx.store.db, id))
  const expected = client ? client.secret_mac : Buffer.alloc(mac.length)
  return timingSafeEqual(mac, expected) && client ? client : undefined
}

/** Without those that a granted parent covers anyway. */
function everythingGranted(granted: readonly string[]): Scope[] {
  const scopes = SCOPES.filter((scope) => scopeCovers(granted, scope))
  return scopes.filter((scope) => !scopes.some((parent) => scope.startsWith(`${parent}:`)))
}
