/**
 * All keys of an installation, derived from one root of 32 bytes (HKDF-SHA-256, RFC 5869). Each purpose has a key of its
 * own, so that what one key has signed or sealed means nothing to another.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { Secret } from './secret.ts'

/** What a derived key is for. A purpose is never renamed: what was sealed under it could not be opened again. */
type KeyPurpose =
  | 'fingerprint'
  | 'session-secret'
  | 'url-token'
  | 'issued-time'
  | 'sealing-keys'
  | 'data-keys'
  | 'card-token'
  | `wallet/${string}`
  | `mac/${string}`
  | `wrap/${string}`

/** Recorded with everything sealed, so that a later root can stand beside this one. */
export const ROOT_VERSION = 1

const ROOT_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

export interface Keyring {
  /** @param scope the entity the key is for, where each has its own */
  key(purpose: KeyPurpose, scope?: string): Secret
  /** HMAC-SHA-256 of the parts, each preceded by its length so that `a|bc` is not `ab|c`: 32 bytes. */
  mac(purpose: KeyPurpose, ...parts: readonly (string | Uint8Array)[]): Buffer
}

export function openKeyring(root: Secret): Keyring {
  if (root.reveal().length !== ROOT_BYTES) throw new TypeError(`the master key must be ${ROOT_BYTES} bytes`)
  const derived = new Map<string, Secret>()
  const macKeys = new Map<KeyPurpose, KeyObject>()

  function key(purpose: KeyPurpose, scope = ''): Secret {
    const info = `sluice|v${ROOT_VERSION}|${purpose}|${scope}`
    const known = derived.get(info)
    if (known) return known
    const made = deriveKey(root, info)
    if (scope === '') derived.set(info, made)
    return made
  }

  /** Made once: handed over as bytes, a key costs several times what its MAC does. */
  function macKey(purpose: KeyPurpose): KeyObject {
    const known = macKeys.get(purpose)
    if (known) return known
    const made = createSecretKey(key(purpose).reveal())
    macKeys.set(purpose, made)
    return made
  }

  function mac(purpose: KeyPurpose, ...parts: readonly (string | Uint8Array)[]): Buffer {
    const hmac = createHmac('sha256', macKey(purpose))
    for (const part of parts) {
      const bytes = Buffer.from(part)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      hmac.update(length).update(bytes)
    }
    return hmac.digest()
  }

  return { key, mac }
}

function deriveKey(root: Secret, info: string): Secret {
  return new Secret(Buffer.from(hkdfSync('sha256', root.reveal(), Buffer.alloc(0), info, ROOT_BYTES)))
}

/**
 * AES-256-GCM under a random 96-bit nonce: version, nonce, ciphertext, tag. `context` is authenticated with it: the same
 * bytes in another row, for another purpose or another merchant do not open.
 */
export function encrypt(key: Secret, context: string, plain: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.reveal(), iv).setAAD(aad(context))
  return Buffer.concat([Buffer.of(ROOT_VERSION), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** @throws when the bytes were not made by `encrypt` with this key and context */
export function decrypt(key: Secret, context: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== ROOT_VERSION || bytes.length < 1 + IV_BYTES + TAG_BYTES) throw new Error('sealed by another version')
  const iv = bytes.subarray(1, 1 + IV_BYTES)
  const text = bytes.subarray(1 + IV_BYTES, bytes.length - TAG_BYTES)
  const opener = createDecipheriv('aes-256-gcm', key.reveal(), iv, { authTagLength: TAG_BYTES })
    .setAAD(aad(context))
    .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  return Buffer.concat([opener.update(text), opener.final()])
}

function aad(context: string): Buffer {
  return Buffer.from(`${context}|v${ROOT_VERSION}`, 'utf8')
}
