/** The keys of access tokens: ES256, made when first needed, replaced every thirty days, kept wrapped in the database. */
import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import type { Context } from '../context.ts'
import {
  deleteReplacedSigningKeys,
  insertSigningKey,
  listSigningKeys,
  type SigningKeyRow,
} from '../store/signing-keys.ts'

export const TOKEN_ALGORITHM = 'ES256'
export const TOKEN_LIFE_S = 3600

const ROTATE_AFTER_S = 30 * 24 * 3600
/** A replaced key is served until the last token it signed has ended, and every node has seen the new one. */
const KEPT_AFTER_REPLACEMENT_S = 2 * TOKEN_LIFE_S
const RELOAD_AFTER_MS = 60_000
/** A token may name a key that another node has just made; made-up names must not become a query each. */
const RELOAD_FOR_UNKNOWN_AFTER_MS = 1_000

interface LoadedKeys {
  loadedAt: number
  signer: { kid: string; key: CryptoKey }
  verifiers: Map<string, CryptoKey>
  publicJwks: JWK[]
}

export interface SigningKeys {
  /** A signed JWT with `typ: at+jwt` (RFC 9068) over these claims. */
  sign(claims: Record<string, unknown>): Promise<string>
  /** The public key of this id, or `undefined`. */
  verifier(kid: string): Promise<CryptoKey | undefined>
  publicJwks(): Promise<JWK[]>
  /** Makes a new key that signs from now on. */
  rotate(): Promise<void>
}

export function openSigningKeys(ctx: Context): SigningKeys {
  let loading: Promise<LoadedKeys> | undefined

  async function keys(maxAgeMs: number): Promise<LoadedKeys> {
    const held = await loading
    if (held && ctx.now() - held.loadedAt < maxAgeMs) return held
    loading = load(ctx)
    loading.catch(() => {
      loading = undefined
    })
    return loading
  }

  return {
    async sign(claims) {
      const { signer } = await keys(RELOAD_AFTER_MS)
      return new SignJWT(claims)
        .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: signer.kid, typ: 'at+jwt' })
        .sign(signer.key)
    },
    async verifier(kid) {
      const known = (await keys(RELOAD_AFTER_MS)).verifiers.get(kid)
      return known ?? (await keys(RELOAD_FOR_UNKNOWN_AFTER_MS)).verifiers.get(kid)
    },
    async publicJwks() {
      return (await keys(RELOAD_AFTER_MS)).publicJwks
    },
    async rotate() {
      await makeKey(ctx, 0)
      loading = undefined
    },
  }
}

async function load(ctx: Context): Promise<LoadedKeys> {
  let rows = await listSigningKeys(ctx.store.db)
  if (!rows[0] || rows[0].created_on.getTime() < ctx.now() - ROTATE_AFTER_S * 1000) {
    await makeKey(ctx, ROTATE_AFTER_S)
    await deleteReplacedSigningKeys(ctx.store.db, KEPT_AFTER_REPLACEMENT_S)
    rows = await listSigningKeys(ctx.store.db)
  }
  const verifiers = new Map<string, CryptoKey>()
  for (const row of rows) verifiers.set(row.kid, (await importJWK(row.public_jwk, TOKEN_ALGORITHM)) as CryptoKey)
  const newest = rows[0] as SigningKeyRow
  return {
    loadedAt: ctx.now(),
    signer: { kid: newest.kid, key: await unwrap(ctx, newest) },
    verifiers,
    publicJwks: rows.map((row) => row.public_jwk),
  }
}

async function makeKey(ctx: Context, unlessYoungerThanS: number) {
  const { publicKey, privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true })
  const kid = randomUUID()
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: TOKEN_ALGORITHM, use: 'sig' }
  const privateJwk = ctx.vault.wrap('signing-key', Buffer.from(JSON.stringify(await exportJWK(privateKey))))
  await insertSigningKey(ctx.store.db, { kid, publicJwk, privateJwk }, unlessYoungerThanS)
}

async function unwrap(ctx: Context, row: SigningKeyRow): Promise<CryptoKey> {
  const jwk = JSON.parse(ctx.vault.unwrap('signing-key', row.private_jwk).toString('utf8')) as JWK
  return (await importJWK(jwk, TOKEN_ALGORITHM)) as CryptoKey
}
