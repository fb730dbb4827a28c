/**
 * Seals payment details for the server: a compact JWE (RFC 7516), `ECDH-ES` directly to an `A256GCM` key, made with
 * WebCrypto alone so that the same code runs in a card frame, on the command line and in tests.
 */
import type { SealedDetails, SealingKey } from './payload.ts'

const JWE_TYPE = 'slu-sd+jwe'
const KEY_BITS = 256
const TAG_BYTES = 16

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

  const header = base64url(utf8(JSON.stringify(await headerOf(key, mine.publicKey))))
  const contentKey = await crypto.subtle.importKey('raw', await concatKdf(shared), 'AES-GCM', false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: utf8(header), tagLength: TAG_BYTES * 8 },
      contentKey,
      utf8(JSON.stringify(payload)),
    ),
  )
  const text = sealed.subarray(0, sealed.length - TAG_BYTES)
  const tag = sealed.subarray(sealed.length - TAG_BYTES)
  return [header, '', base64url(iv), base64url(text), base64url(tag)].join('.')
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

async function headerOf(key: SealingKey, ephemeral: PublicKey) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', ephemeral)
  return { alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, typ: JWE_TYPE, epk: { kty, crv, x, ...(y && { y }) } }
}

/** The Concat KDF of RFC 7518 §4.6.2 for one round of SHA-256: AlgorithmID is `A256GCM`, both party infos are empty. */
async function concatKdf(shared: ArrayBuffer): Promise<ArrayBuffer> {
  const algorithm = utf8('A256GCM')
  const input = [uint32(1), new Uint8Array(shared), uint32(algorithm.length), algorithm]
  const round = [...input, uint32(0), uint32(0), uint32(KEY_BITS)].flatMap((part) => [...part])
  return crypto.subtle.digest('SHA-256', new Uint8Array(round))
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function utf8(text: string) {
  return new TextEncoder().encode(text)
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
