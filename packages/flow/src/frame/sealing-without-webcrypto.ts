/**
 * Sealing where the browser keeps WebCrypto from us: below a plain-http page that is not localhost, in sandbox. The same
 * JWE as `@sluice/sealing/seal`, in JavaScript alone; loaded only there. Random numbers are still the browser's.
 */
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { base64url, compact, fromBase64url, IV_BYTES, keyMaterial, protectedHeader, utf8 } from '@sluice/sealing/jwe'
import type { SealedDetails, SealingKey } from '@sluice/sealing/payload'

/** @throws when no X25519 key is among the served ones; the server always serves one */
export function sealWithoutWebCrypto(payload: SealedDetails, keys: readonly SealingKey[]): string {
  const key = keys.find(({ crv }) => crv === 'X25519')
  if (!key) throw new Error('the server offers no key this browser can seal with')
  const { secretKey, publicKey } = x25519.keygen()
  const shared = x25519.getSharedSecret(secretKey, fromBase64url(key.x))
  const header = protectedHeader(key, { kty: 'OKP', crv: 'X25519', x: base64url(publicKey) })
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = gcm(sha256(keyMaterial(shared)), iv, utf8(header)).encrypt(utf8(JSON.stringify(payload)))
  return compact(header, iv, sealed)
}
