/** Opens `session_data`: a compact JWE of exactly one form. Whatever deviates is refused before any key is used. */
import { compactDecrypt } from 'jose'
import type { SealingKeyRoom } from './sealing-keys.ts'

const MAX_CHARACTERS = 16 * 1024
const BASE64URL = /^[A-Za-z0-9_-]*$/
const HEADER_MEMBERS = ['alg', 'enc', 'epk', 'kid', 'typ']
const IV_CHARACTERS = 16
const TAG_CHARACTERS = 22

/**
 * The bytes that were sealed, or `undefined`: too long, not the one form of header, key unknown or destroyed, or not
 * genuine. Header-supplied keys (`jwk`, `jku`, `x5u`), compression and every other algorithm are refused by the header
 * having no other members and values than ours.
 */
export async function openJwe(jwe: string, keys: Pick<SealingKeyRoom, 'privateKey'>): Promise<Uint8Array | undefined> {
  const header = readHeader(jwe)
  if (!header) return undefined
  const found = await keys.privateKey(header.kid)
  if (!found || header.epk.crv !== found.curve) return undefined
  try {
    const { plaintext } = await compactDecrypt(jwe, found.key, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return plaintext
  } catch {
    return undefined
  }
}

interface Header {
  kid: string
  epk: { crv: string }
}

function readHeader(jwe: string): Header | undefined {
  if (jwe.length > MAX_CHARACTERS) return undefined
  const parts = jwe.split('.')
  const [head = '', encryptedKey, iv, text, tag] = parts
  const wellFormed =
    parts.length === 5 &&
    parts.every(isCanonicalBase64url) &&
    head !== '' &&
    encryptedKey === '' &&
    iv?.length === IV_CHARACTERS &&
    text !== '' &&
    tag?.length === TAG_CHARACTERS
  if (!wellFormed) return undefined
  try {
    const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'))
    return isOurHeader(header) ? header : undefined
  } catch {
    return undefined
  }
}

/** One text, one value: an alphabet or padding that others accept would let the same seal be written in several ways. */
function isCanonicalBase64url(part: string): boolean {
  return BASE64URL.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part
}

function isOurHeader(value: unknown): value is Header {
  if (!hasExactly(value, HEADER_MEMBERS)) return false
  const { alg, enc, typ, kid, epk } = value
  return alg === 'ECDH-ES' && enc === 'A256GCM' && typ === 'slu-sd+jwe' && typeof kid === 'string' && isOurEpk(epk)
}

function isOurEpk(value: unknown): boolean {
  if (hasExactly(value, ['crv', 'kty', 'x'])) {
    return value.kty === 'OKP' && value.crv === 'X25519' && isCoordinate(value.x)
  }
  if (hasExactly(value, ['crv', 'kty', 'x', 'y'])) {
    return value.kty === 'EC' && value.crv === 'P-256' && isCoordinate(value.x) && isCoordinate(value.y)
  }
  return false
}

/** 32 bytes in base64url. */
function isCoordinate(value: unknown): boolean {
  return typeof value === 'string' && value.length === 43 && isCanonicalBase64url(value)
}

function hasExactly(value: unknown, members: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.keys(value).sort().join() === members.join()
}
