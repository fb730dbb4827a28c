/**
 * Seals payment details for the server: a compact JWE (RFC 7516), `ECDH-ES` directly to an `A256GCM` key, made with
 * WebCrypto alone so that the same code runs in a card frame, on the command line and in tests.
 */
import { compact, type EphemeralKey, IV_BYTES, KEY_BITS, keyMaterial, protectedHeader, TAG_BYTES, utf8 } from './jwe.ts'
import type { SealedDetails, SealingKey } from './payload.ts'

/** WebCrypto's key, without its name: browsers and servers declare that in different places. */
type PublicKey = Parameters<typeof crypto.subtle.exportKey>[1]

/**
 * The `session_data` of one attempt: about a thousand characters, readable by the server only.
 * @throws when the key's curve is not supported here; `chooseSealingKey` picks one that is.
 */
export async function seal(payload: SealedDetails, key: SealingKey): Promise<string> {
  const curve = curveOf(key.crv)
  const { kty, crv, x, y } = key
  const theirs = await crypto.subtle.importKey('jwk', { kty, crv, x, ...(y && { y }) }, curve, false, [])
  const mine = await crypto.subtle.generateKey(curve, true, ['deriveBits'])
  if (!('privateKey' in mine)) throw new Error(`${curve.name} makes no key pair here`)
  const shared = await crypto.subtle.deriveBits({ name: curve.name, public: theirs }, mine.privateKey, KEY_BITS)

  const header = protectedHeader(key, await exported(mine.publicKey))
  const secret = await crypto.subtle.digest('SHA-256', keyMaterial(new Uint8Array(shared)))
  const contentKey = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: utf8(header), tagLength: TAG_BYTES * 8 },
    contentKey,
    utf8(JSON.stringify(payload)),
  )
  return compact(header, iv, new Uint8Array(sealed))
}

/** The best of the served keys for this browser: X25519 is four times cheaper to open, P-256 is everywhere. */
export async function chooseSealingKey(keys: readonly SealingKey[]): Promise<SealingKey> {
  const x25519 = keys.find((key) => key.crv === 'X25519')
  if (x25519 && (await supportsX25519())) return x25519
  const p256 = keys.find((key) => key.crv === 'P-256')
  if (!p256) throw new Error('the server offers no key this browser can seal with')
  return p256
}

async function supportsX25519(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey(curveOf('X25519'), false, ['deriveBits'])
    return true
  } catch {
    return false
  }
}

function curveOf(crv: SealingKey['crv']) {
  return crv === 'X25519' ? { name: 'X25519' } : { name: 'ECDH', namedCurve: 'P-256' }
}

async function exported(key: PublicKey): Promise<EphemeralKey> {
  return (await crypto.subtle.exportKey('jwk', key)) as EphemeralKey
}
