/** Who is calling: turns a key or an access token into a caller. */
import { hash } from 'node:crypto'
import { parseScopes, type Scope, scopeCovers } from '@sluice/core/scopes'
import { uuidOf, wireId } from '@sluice/core/ids'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import type { Context } from '../context.ts'
import { type ClientRow, findClient, findCredential } from '../store/credentials.ts'
import { remembered } from './remembered.ts'
import { type SigningKeys, TOKEN_ALGORITHM } from './signing-keys.ts'

export interface Caller {
  readonly entityKey: number
  /** `ent_…` */
  readonly entity: string
  readonly kind: 'secret' | 'public' | 'oauth'
  readonly scopes: readonly string[]
  /** UUIDs of the processing channels this credential may use. */
  readonly channels: readonly string[] | 'all'
  /** Of a public key: the origins whose pages may hold its card frames. Empty when none was named. */
  readonly origins: readonly string[]
  /** Names the credential without giving it away: what limits are counted by. */
  readonly credentialId: string
  /** For logs: kind and last characters, never the key. */
  readonly keyLabel: string
}

/** Purposes of the vault's MACs; a purpose is never renamed, or the credentials in the database stop working. */
export const KEY_MAC = 'credential'
export const CLIENT_SECRET_MAC = 'client-secret'

/** A revoked key or disabled client works for at most this long on a node that has just seen it. */
const CREDENTIAL_TTL_MS = 5_000
/** A token's signature stays good; this bounds how long one outlives its signing key. */
const TOKEN_TTL_MS = 60_000
const REMEMBERED = 10_000
/** What we issue is about 600 characters; a longer one is not ours and not worth the work. */
const LONGEST_TOKEN = 8_192

export interface Authenticator {
  /** The caller behind a key `sk_…` or `pk_…`, or an access token; `undefined` when it is not (or no longer) valid. */
  authenticate(credential: string): Promise<Caller | undefined>
  /** Whether the answer to `authenticate` is at hand: if not, it costs a query or a signature check. */
  isRemembered(credential: string): boolean
}

export function openAuthenticator(ctx: Context, signing: SigningKeys): Authenticator {
  const keys = remembered({
    now: ctx.now,
    ttlMs: CREDENTIAL_TTL_MS,
    capacity: REMEMBERED,
    load: (key: string) => callerOfKey(ctx, key),
  })
  const clients = remembered({
    now: ctx.now,
    ttlMs: CREDENTIAL_TTL_MS,
    capacity: REMEMBERED,
    load: (id: string) => findClient(ctx.store.db, id),
  })
  const tokens = remembered({
    now: ctx.now,
    ttlMs: TOKEN_TTL_MS,
    capacity: REMEMBERED,
    load: (token: string) => verifyToken(ctx, signing, token),
  })

  async function callerOfToken(text: string): Promise<Caller | undefined> {
    const token = await tokens.get(digest(text), text)
    if (!token || token.expiresMs <= ctx.now()) return undefined
    const client = await clients.get(token.clientId, token.clientId)
    return client && callerOfClient(client, token.scopes)
  }

  return {
    authenticate(credential) {
      return isKey(credential) ? keys.get(digest(credential), credential) : callerOfToken(credential)
    },
    isRemembered(credential) {
      return isKey(credential) ? keys.has(digest(credential)) : tokens.has(digest(credential))
    },
  }
}

function isKey(credential: string): boolean {
  return credential.startsWith('sk_') || credential.startsWith('pk_')
}

/** What is remembered is filed under a digest, so that no key is kept in memory longer than its request. */
function digest(credential: string): string {
  return hash('sha256', credential, 'base64')
}

/** The shapes the SDKs check: `sk_`, in sandbox `sk_sbox_`, and 27 characters. Anything else is not worth a query. */
const KEY_SHAPE = /^[sp]k_(?:sbox_)?[a-z2-7]{27}$/

async function callerOfKey(ctx: Context, key: string): Promise<Caller | undefined> {
  if (!KEY_SHAPE.test(key)) return undefined
  const mac = ctx.vault.mac(KEY_MAC, key)
  const row = await findCredential(ctx.store.db, mac)
  if (!row) return undefined
  return {
    entityKey: row.entity_key,
    entity: wireId('entity', row.entity_id),
    kind: row.kind,
    scopes: row.scopes,
    channels: row.channels ?? 'all',
    origins: row.origins,
    credentialId: mac.toString('base64url', 0, 16),
    keyLabel: row.label,
  }
}

function callerOfClient(client: ClientRow, asked: readonly Scope[]): Caller {
  const id = wireId('client', client.id)
  return {
    entityKey: client.entity_key,
    entity: wireId('entity', client.entity_id),
    kind: 'oauth',
    scopes: asked.filter((scope) => scopeCovers(client.scopes, scope)),
    channels: client.channels ?? 'all',
    origins: [],
    credentialId: id,
    keyLabel: id,
  }
}

interface VerifiedToken {
  clientId: string
  scopes: readonly Scope[]
  expiresMs: number
}

/** One algorithm, keys by our own ids only: what a token says about keys (`jku`, `jwk`, `x5u`) is never looked at. */
async function verifyToken(ctx: Context, signing: SigningKeys, token: string): Promise<VerifiedToken | undefined> {
  const key = await verifierOf(signing, token)
  if (!key) return undefined
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [TOKEN_ALGORITHM],
      typ: 'at+jwt',
      issuer: ctx.config.urls.api,
      audience: ctx.config.urls.api,
      requiredClaims: ['sub', 'exp', 'iat', 'scope'],
      currentDate: new Date(ctx.now()),
    })
    const clientId = uuidOf('client', payload.sub ?? '')
    const scopes = typeof payload.scope === 'string' ? parseScopes(payload.scope) : undefined
    if (!clientId || !scopes) return undefined
    return { clientId, scopes, expiresMs: (payload.exp ?? 0) * 1000 }
  } catch {
    return undefined
  }
}

async function verifierOf(signing: SigningKeys, token: string) {
  if (token.length > LONGEST_TOKEN) return undefined
  let kid: unknown
  try {
    kid = decodeProtectedHeader(token).kid
  } catch {
    return undefined
  }
  return typeof kid === 'string' ? signing.verifier(kid) : undefined
}
