/**
 * References and codes a bank invents. Here each is a function of the payment's key, so that the same run gives the same
 * answers; there is neither chance nor clock in them.
 */
import { hash } from 'node:crypto'

/** The digest from which all facts of one message are cut. */
export interface FactSource {
  digits(offset: number, count: number): string
  hex(offset: number, count: number): string
  base64(offset: number, bytes: number): string
}

export function factsOf(...subject: readonly string[]): FactSource {
  const digest = hash('sha512', subject.join('\n'), 'buffer')
  return {
    digits: (offset, count) =>
      Array.from(digest.subarray(offset, offset + count), (byte) => String(byte % 10)).join(''),
    hex: (offset, count) => digest.subarray(offset, offset + count / 2).toString('hex'),
    base64: (offset, bytes) => digest.subarray(offset, offset + bytes).toString('base64'),
  }
}

export function authCode(facts: FactSource): string {
  return facts.digits(0, 6)
}

/** A scheme's transaction id: fifteen digits, none of them leading zero. */
export function schemeTransactionId(facts: FactSource): string {
  return `4${facts.digits(6, 14)}`
}

export function retrievalReferenceNumber(facts: FactSource): string {
  return facts.digits(20, 12)
}

export function acquirerTransactionId(facts: FactSource): string {
  return facts.digits(32, 18)
}

/** Card networks' number of a capture or refund: 23 digits. */
export function acquirerReferenceNumber(facts: FactSource): string {
  return `7${facts.digits(20, 22)}`
}

/** The directory server's transaction id: a UUID by shape. */
export function directoryTransactionId(facts: FactSource): string {
  const hex = facts.hex(44, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** The authentication value: 20 bytes, base64. */
export function cryptogram(facts: FactSource): string {
  return facts.base64(40, 20)
}
