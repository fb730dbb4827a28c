/**
 * What Google Pay and Apple Pay hand over for a payment, as they spell it: encrypted for one recipient, signed by the wallet.
 * Only the form is judged here; who signed, and whether it opens, is the business of the room that has the keys.
 */
import { isObject, keysAre } from '../shape.ts'

/** The wallets whose sheet gives a token. PayPal gives none: it is approved in its own window. */
export const TOKEN_WALLETS = ['applepay', 'googlepay'] as const
export type TokenWallet = (typeof TOKEN_WALLETS)[number]

/** `paymentMethodData.tokenizationData.token`, parsed. ECv1 has no intermediate key. */
export interface GooglePayToken {
  protocolVersion: 'ECv1' | 'ECv2'
  /** Base64, ECDSA over `signedMessage`. */
  signature: string
  intermediateSigningKey?: {
    /** JSON: `keyValue` (base64 SubjectPublicKeyInfo) and `keyExpiration` (milliseconds since 1970, as text). */
    signedKey: string
    signatures: string[]
  }
  /** JSON: `encryptedMessage`, `ephemeralPublicKey` and `tag`, each base64. */
  signedMessage: string
}

/** `payment.token.paymentData`. */
export interface ApplePayToken {
  version: 'EC_v1'
  /** Base64: AES-256-GCM, the tag behind the text. */
  data: string
  /** Base64: a detached CMS signature. */
  signature: string
  header: {
    /** Base64 SubjectPublicKeyInfo. */
    ephemeralPublicKey: string
    /** Base64 SHA-256 of the recipient's SubjectPublicKeyInfo. */
    publicKeyHash: string
    /** Hexadecimal. */
    transactionId: string
    /** Hexadecimal SHA-256. */
    applicationData?: string
  }
}

export type WalletToken = GooglePayToken | ApplePayToken

/** Longer than any that a wallet makes; together with the rest of `session_data` it must stay below 16 KiB. */
export const MAX_TOKEN_CHARACTERS = 9_000

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const HEX = /^[0-9a-fA-F]+$/
const MOST_SIGNATURES = 4

export function isGooglePayToken(value: unknown): value is GooglePayToken {
  if (!isObject(value) || !fits(value)) return false
  const { protocolVersion, signature, signedMessage, intermediateSigningKey: between } = value
  const whole =
    keysAre(value, ['protocolVersion', 'signature', 'signedMessage'], ['intermediateSigningKey']) &&
    matches(signature, BASE64) &&
    typeof signedMessage === 'string'
  if (!whole) return false
  if (protocolVersion === 'ECv1') return between === undefined
  return protocolVersion === 'ECv2' && isIntermediateKey(between)
}

function isIntermediateKey(value: unknown): boolean {
  if (!isObject(value) || !keysAre(value, ['signedKey', 'signatures'])) return false
  const { signedKey, signatures } = value
  return (
    typeof signedKey === 'string' &&
    Array.isArray(signatures) &&
    signatures.length > 0 &&
    signatures.length <= MOST_SIGNATURES &&
    signatures.every((one) => matches(one, BASE64))
  )
}

export function isApplePayToken(value: unknown): value is ApplePayToken {
  if (!isObject(value) || !fits(value)) return false
  const { version, data, signature, header } = value
  return (
    keysAre(value, ['version', 'data', 'signature', 'header']) &&
    version === 'EC_v1' &&
    matches(data, BASE64) &&
    matches(signature, BASE64) &&
    isObject(header) &&
    keysAre(header, ['ephemeralPublicKey', 'publicKeyHash', 'transactionId'], ['applicationData']) &&
    matches(header['ephemeralPublicKey'], BASE64) &&
    matches(header['publicKeyHash'], BASE64) &&
    matches(header['transactionId'], HEX) &&
    (header['applicationData'] === undefined || matches(header['applicationData'], HEX))
  )
}

export function isWalletToken(type: unknown, token: unknown): token is WalletToken {
  return type === 'googlepay' ? isGooglePayToken(token) : type === 'applepay' && isApplePayToken(token)
}

function fits(value: object): boolean {
  return JSON.stringify(value).length <= MAX_TOKEN_CHARACTERS
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}
