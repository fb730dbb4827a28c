/** The one form that `session_data` has, whoever does the arithmetic: what `seal.ts` and a sealer without WebCrypto share. */
import type { SealingKey } from './payload.ts'

export const KEY_BITS = 256
export const TAG_BYTES = 16
export const IV_BYTES = 12

/** The public half of the pair made for this sealing. */
export type EphemeralKey = Pick<SealingKey, 'kty' | 'crv' | 'x' | 'y'>

/** The protected header as it travels, which is also what the tag authenticates beside the text. */
export function protectedHeader(key: SealingKey, { kty, crv, x, y }: EphemeralKey): string {
  const epk = { kty, crv, x, ...(y && { y }) }
  return base64url(utf8(JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, typ: 'slu-sd+jwe', epk })))
}

/** What SHA-256 makes the content key of: Concat KDF of RFC 7518 §4.6.2, one round, both party infos empty. */
export function keyMaterial(shared: Uint8Array): Uint8Array<ArrayBuffer> {
  const algorithm = utf8('A256GCM')
  const parts = [uint32(1), shared, uint32(algorithm.length), algorithm, uint32(0), uint32(0), uint32(KEY_BITS)]
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

/** @param sealed the encrypted text with its tag behind it */
export function compact(header: string, iv: Uint8Array, sealed: Uint8Array): string {
  const text = sealed.subarray(0, sealed.length - TAG_BYTES)
  const tag = sealed.subarray(sealed.length - TAG_BYTES)
  return [header, '', base64url(iv), base64url(text), base64url(tag)].join('.')
}

export function utf8(text: string) {
  return new TextEncoder().encode(text)
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

export function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
