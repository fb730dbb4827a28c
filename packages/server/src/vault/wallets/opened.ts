/** What the token of a wallet turns out to be, once it is believed. */
import { Buffer } from 'node:buffer'
import { createECDH } from 'node:crypto'

export interface OpenedWallet {
  number: string
  /** 1 to 12. */
  expiryMonth: number
  /** Four digits. */
  expiryYear: number
  name?: string
  /** `cryptogram_3ds`: the number is a device's own, and the cryptogram proves that its owner was there. */
  format: 'pan_only' | 'cryptogram_3ds'
  /** Base64. */
  cryptogram?: string
  eci?: string
  /** The wallet's own name for the token. */
  id: string
  /** What the shopper agreed to, where the wallet says it: minor units, ISO 4217 in digits. */
  approved?: { amount: number; currency: string }
}

/** Why a token is not believed: for the log. To the caller every reason is one and the same. */
export class WalletRefusal extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`a wallet's token was refused: ${reason}`)
    this.reason = reason
  }
}

export function refuse(reason: string): never {
  throw new WalletRefusal(reason)
}

/** A key that tokens are encrypted for. */
export interface RecipientKey {
  /** Uncompressed point, 65 bytes. */
  publicPoint: Buffer
  /** DER, SubjectPublicKeyInfo. */
  publicKey: Buffer
  /** The shared secret with somebody's uncompressed point. @throws when it is none */
  agree(point: Uint8Array): Buffer
}

const CURVE = 'prime256v1'
/** SubjectPublicKeyInfo of a point of P-256 is this and the point. */
const SPKI_START = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

/** @param scalar 32 bytes: the private key */
export function recipientKey(scalar: Uint8Array): RecipientKey {
  const mine = createECDH(CURVE)
  mine.setPrivateKey(Buffer.from(scalar))
  const publicPoint = mine.getPublicKey()
  return { publicPoint, publicKey: spkiOf(publicPoint), agree: (point) => mine.computeSecret(Buffer.from(point)) }
}

export function spkiOf(point: Uint8Array): Buffer {
  return Buffer.concat([SPKI_START, point])
}

/** The point inside a SubjectPublicKeyInfo of P-256; `undefined` for any other key. */
export function pointOf(spki: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(spki)
  const fits = bytes.length === SPKI_START.length + 65 && bytes.subarray(0, SPKI_START.length).equals(SPKI_START)
  return fits ? bytes.subarray(SPKI_START.length) : undefined
}
