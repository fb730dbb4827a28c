/**
 * What opens something without a key of the merchant: the secret of a session, and the links we make. Both carry their
 * entity and are derived, never stored.
 */
import { timingSafeEqual } from 'node:crypto'
import { type Keyring, ROOT_VERSION } from './keyring.ts'

const SECRET_PREFIX = 'pss_'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MAC_BYTES = 16
const TOKEN_BYTES = 4 + 16 + MAC_BYTES

/**
 * `pss_` and a UUID (RFC 9562, version 8). Its first 32 bits are the entity's key, hidden by a mask that depends on the
 * session, so that the secret alone finds the row; the other 90 are a MAC.
 */
export function sessionSecret(keys: Keyring, entityKey: number, sessionId: string): string {
  const bytes = keys.mac('session-secret', 'secret', `v${ROOT_VERSION}`, String(entityKey), sessionId).subarray(0, 16)
  bytes.writeUInt32BE((entityKey ^ entityMask(keys, sessionId)) >>> 0, 0)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return SECRET_PREFIX + uuidText(bytes)
}

/** The entity whose session this secret opens, or `undefined` when it is not the secret of that session. */
export function entityOfSecret(keys: Keyring, secret: string, sessionId: string): number | undefined {
  const text = secret.slice(SECRET_PREFIX.length)
  if (!secret.startsWith(SECRET_PREFIX) || !UUID.test(text) || !UUID.test(sessionId)) return undefined
  const entityKey = (uuidBytes(text).readUInt32BE(0) ^ entityMask(keys, sessionId)) >>> 0
  const right = sessionSecret(keys, entityKey, sessionId)
  return timingSafeEqual(Buffer.from(secret), Buffer.from(right)) ? entityKey : undefined
}

function entityMask(keys: Keyring, sessionId: string): number {
  return keys.mac('session-secret', 'entity', sessionId).readUInt32BE(0)
}

export interface UrlTokenSubject {
  entityKey: number
  uuid: string
}

/**
 * A token for a link that anybody may follow who was given it (`https://…/return/<token>`): entity, id and 128 bits of
 * MAC, 48 characters of base64url. `purpose` keeps a link of one kind from being used as another.
 */
export function urlToken(keys: Keyring, entityKey: number, uuid: string, purpose: string): string {
  const subject = Buffer.alloc(4 + 16)
  subject.writeUInt32BE(entityKey, 0)
  uuidBytes(uuid).copy(subject, 4)
  return Buffer.concat([subject, urlMac(keys, purpose, subject)]).toString('base64url')
}

export function readUrlToken(keys: Keyring, token: string, purpose: string): UrlTokenSubject | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return undefined
  const subject = bytes.subarray(0, TOKEN_BYTES - MAC_BYTES)
  if (!timingSafeEqual(bytes.subarray(TOKEN_BYTES - MAC_BYTES), urlMac(keys, purpose, subject))) return undefined
  return { entityKey: subject.readUInt32BE(0), uuid: uuidText(subject.subarray(4)) }
}

function urlMac(keys: Keyring, purpose: string, subject: Buffer): Buffer {
  return keys.mac('url-token', purpose, subject).subarray(0, MAC_BYTES)
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function uuidBytes(uuid: string): Buffer {
  if (!UUID.test(uuid)) throw new TypeError('not a UUID')
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
