/** The keys with which the simulator plays Google, Apple and the gateway behind them: made from the bank's own secret. */
import { createECDH, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'

type Purpose =
  | 'google-root'
  | 'google-intermediate'
  | 'google-gateway'
  | `apple-${'root' | 'intermediate' | 'leaf' | 'gateway'}`

export interface WalletKey {
  private: KeyObject
  /** DER, SubjectPublicKeyInfo. */
  publicKey: Buffer
  /** The shared secret with an uncompressed point of P-256. @throws when it is none */
  agree(point: Uint8Array): Buffer
}

export type WalletKeys = (purpose: Purpose) => WalletKey

const CURVE = 'prime256v1'
/** SubjectPublicKeyInfo of a point of P-256 is this and the point. */
const SPKI_START = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')
const POINT_BYTES = 65

/** @param secret 32 bytes that only this bank knows */
export function walletKeys(secret: Buffer): WalletKeys {
  const made = new Map<Purpose, WalletKey>()
  return (purpose) => {
    const known = made.get(purpose) ?? keyOf(Buffer.from(hkdfSync('sha256', secret, '', `wallet|${purpose}`, 32)))
    made.set(purpose, known)
    return known
  }
}

function keyOf(scalar: Buffer): WalletKey {
  const mine = createECDH(CURVE)
  mine.setPrivateKey(scalar)
  const point = mine.getPublicKey()
  const text = (bytes: Buffer) => bytes.toString('base64url')
  return {
    private: createPrivateKey({
      format: 'jwk',
      key: { kty: 'EC', crv: 'P-256', d: text(scalar), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) },
    }),
    publicKey: spkiOf(point),
    agree: (theirs) => mine.computeSecret(Buffer.from(theirs)),
  }
}

export function spkiOf(point: Uint8Array): Buffer {
  return Buffer.concat([SPKI_START, point])
}

/** The point inside a SubjectPublicKeyInfo, or one that stands alone. @throws when it is no point of P-256 */
export function pointOf(key: Uint8Array): Buffer {
  const bytes = Buffer.from(key)
  const spki = bytes.length === POINT_BYTES ? spkiOf(bytes) : bytes
  createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return spki.subarray(SPKI_START.length)
}

/** A key for one message: its point, and what it shares with somebody's. */
export function ephemeral(theirs: Uint8Array): { point: Buffer; shared: Buffer } {
  const mine = createECDH(CURVE)
  mine.generateKeys()
  return { point: mine.getPublicKey(), shared: mine.computeSecret(Buffer.from(theirs)) }
}
