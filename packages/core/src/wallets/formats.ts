/** The bytes that wallets sign and derive keys from: the part of their formats that needs no cryptography. */
import { utf8Of } from '../base64.ts'

export const GOOGLE_SENDER = 'Google'

/** Google Pay: what is signed is each part with its length in four bytes before it, the lowest first. */
export function googleSigned(...parts: readonly string[]): Uint8Array<ArrayBuffer> {
  return joined(
    ...parts.flatMap((part) => {
      const bytes = utf8Of(part)
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, bytes.length, true)
      return [length, bytes]
    }),
  )
}

/** How ECv1 and ECv2 differ once the signature is right: lengths in bytes of the two keys that are derived. */
export const GOOGLE_KEYS = {
  ECv1: { key: 16, mac: 16, cipher: 'aes-128-ctr' },
  ECv2: { key: 32, mac: 32, cipher: 'aes-256-ctr' },
} as const

/** Apple Pay: what is signed, before it is put into a CMS message. */
export function appleSigned(
  ephemeralPublicKey: Uint8Array,
  data: Uint8Array,
  transactionId: Uint8Array,
  applicationData: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return joined(ephemeralPublicKey, data, transactionId, applicationData)
}

const APPLE_ALGORITHM = '\rid-aes256-GCM'
const APPLE_PARTY = 'Apple'

/**
 * Apple Pay: what SHA-256 makes the key of. One round of the concatenation KDF of NIST SP 800-56A.
 * @param shared the ECDH secret
 * @param merchant SHA-256 of the merchant identifier
 */
export function appleKeyMaterial(shared: Uint8Array, merchant: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(Uint8Array.of(0, 0, 0, 1), shared, utf8Of(APPLE_ALGORITHM), utf8Of(APPLE_PARTY), merchant)
}

/** Object identifiers of Apple's certificates. */
export const APPLE_OIDS = {
  leaf: '1.2.840.113635.100.6.29',
  intermediate: '1.2.840.113635.100.6.2.14',
} as const

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
