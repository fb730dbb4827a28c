/**
 * Google Pay's tokens, ECv2 and ECv1: the chain from Google's root key over an intermediate one to the message, its
 * recipient and its expiry are checked before anything is decrypted, and the tag before that is believed.
 */
import { createDecipheriv, createHmac, createPublicKey, hkdfSync, timingSafeEqual, verify } from 'node:crypto'
import { GOOGLE_KEYS, GOOGLE_SENDER, googleSigned } from '@sluice/core/wallets/formats'
import { isObject } from '@sluice/core/shape'
import type { GooglePayToken } from '@sluice/core/wallets/tokens'
import { type OpenedWallet, type RecipientKey, refuse, WalletRefusal } from './opened.ts'

/** As Google publishes them. `keyExpiration`: milliseconds since 1970, as text. */
export interface GoogleRootKey {
  keyValue: string
  protocolVersion: string
  keyExpiration?: string
}

export interface GoogleRecipient {
  /** `merchant:<id>` or `gateway:<id>`. */
  id: string
  /** The newest first: tokens for the one before are good until it is forgotten. */
  keys: readonly RecipientKey[]
}

/**
 * @param now real time, milliseconds since 1970
 * @throws WalletRefusal
 */
export function openGoogleToken(
  token: GooglePayToken,
  { roots, recipient, now }: { roots: readonly GoogleRootKey[]; recipient: GoogleRecipient; now: number },
): OpenedWallet {
  const { protocolVersion, signature, signedMessage } = token
  const signed = googleSigned(GOOGLE_SENDER, recipient.id, protocolVersion, signedMessage)
  const signers = signersOf(token, roots, now)
  if (!signers.some((key) => isSigned(key, signed, signature))) refuse('signature')
  const message = decrypted(protocolVersion, membersOf(signedMessage), recipient.keys)
  return cardOf(message, now)
}

/** Whose signature of the message counts: of ECv2 the intermediate key, once a root has signed for it. */
function signersOf(token: GooglePayToken, roots: readonly GoogleRootKey[], now: number): string[] {
  const { protocolVersion, intermediateSigningKey: between } = token
  const usable = roots
    .filter((root) => root.protocolVersion === protocolVersion && !isOver(root.keyExpiration, now))
    .map(({ keyValue }) => keyValue)
  if (protocolVersion === 'ECv1') return usable
  if (!between) refuse('no intermediate key')
  const signed = googleSigned(GOOGLE_SENDER, protocolVersion, between.signedKey)
  const vouched = between.signatures.some((signature) => usable.some((root) => isSigned(root, signed, signature)))
  if (!vouched) refuse('intermediate signature')
  const { keyValue, keyExpiration } = membersOf(between.signedKey)
  if (typeof keyValue !== 'string' || typeof keyExpiration !== 'string') refuse('intermediate key')
  if (isOver(keyExpiration, now)) refuse('intermediate key expired')
  return [keyValue]
}

function isOver(milliseconds: string | undefined, now: number): boolean {
  return milliseconds !== undefined && !(Number(milliseconds) > now)
}

/** @param key base64 SubjectPublicKeyInfo */
function isSigned(key: string, signed: Uint8Array, signature: string): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return verify('sha256', signed, { key: publicKey, dsaEncoding: 'der' }, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

function decrypted(
  version: GooglePayToken['protocolVersion'],
  { encryptedMessage, ephemeralPublicKey, tag }: Record<string, unknown>,
  keys: readonly RecipientKey[],
): Record<string, unknown> {
  const [text, point, mac] = [encryptedMessage, ephemeralPublicKey, tag].map(bytesOf) as [Buffer, Buffer, Buffer]
  const sizes = GOOGLE_KEYS[version]
  for (const key of keys) {
    const derived = derive(key, point, sizes.key + sizes.mac)
    if (!derived) continue
    const macKey = derived.subarray(sizes.key)
    const expected = createHmac('sha256', macKey).update(text).digest()
    const isRight = mac.length === expected.length && timingSafeEqual(mac, expected)
    if (!isRight) continue
    const decipher = createDecipheriv(sizes.cipher, derived.subarray(0, sizes.key), Buffer.alloc(16))
    const plain = Buffer.concat([decipher.update(text), decipher.final()])
    derived.fill(0)
    const message = membersOf(plain.toString('utf8'))
    plain.fill(0)
    return message
  }
  return refuse('not for our key')
}

/** ECIES-KEM: HKDF over the sender's point and the shared secret. */
function derive(key: RecipientKey, point: Buffer, length: number): Buffer | undefined {
  try {
    const shared = key.agree(point)
    const material = Buffer.concat([point, shared])
    shared.fill(0)
    return Buffer.from(hkdfSync('sha256', material, Buffer.alloc(32), GOOGLE_SENDER, length))
  } catch {
    return undefined
  }
}

/** ECv1 has other names for a device's number and its cryptogram. */
function cardOf(message: Record<string, unknown>, now: number): OpenedWallet {
  const { messageExpiration, messageId, paymentMethodDetails: details } = message
  if (typeof messageExpiration !== 'string' || isOver(messageExpiration, now)) refuse('expired')
  if (typeof messageId !== 'string' || messageId === '') refuse('no message id')
  if (!isObject(details)) refuse('no card')
  const number = details['pan'] ?? details['dpan']
  const cryptogram = details['cryptogram'] ?? details['3dsCryptogram']
  const eci = details['eciIndicator'] ?? details['3dsEciIndicator']
  const { expirationMonth, expirationYear, authMethod } = details
  const proven = authMethod === 'CRYPTOGRAM_3DS' || authMethod === '3DS'
  if (typeof number !== 'string' || !Number.isInteger(expirationMonth) || !Number.isInteger(expirationYear)) {
    refuse('card incomplete')
  }
  if (!proven && authMethod !== 'PAN_ONLY') refuse('auth method')
  if (proven && typeof cryptogram !== 'string') refuse('no cryptogram')
  return {
    number,
    expiryMonth: expirationMonth as number,
    expiryYear: expirationYear as number,
    format: proven ? 'cryptogram_3ds' : 'pan_only',
    ...(proven && { cryptogram: cryptogram as string }),
    ...(proven && typeof eci === 'string' && eci !== '' && { eci: eci.padStart(2, '0') }),
    id: messageId,
  }
}

function membersOf(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    if (isObject(value)) return value
  } catch {
    // The same as any other text that is no object.
  }
  throw new WalletRefusal('not JSON')
}

function bytesOf(value: unknown): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : refuse('incomplete')
}
