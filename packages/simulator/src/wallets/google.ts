/** Google Pay as Google plays it: signs and encrypts, for a merchant's key or for the gateway's. And the gateway. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
} from 'node:crypto'
import { GOOGLE_KEYS, GOOGLE_SENDER, googleSigned } from '@sluice/core/wallets/formats'
import { type GooglePayToken, isGooglePayToken } from '@sluice/core/wallets/tokens'
import type { googleAddress } from './addresses.ts'
import type { WalletCard, WalletPayment } from './cards.ts'
import { ephemeral, pointOf, type WalletKey, type WalletKeys } from './keys.ts'

/** The gateway's name with Google. */
export const GATEWAY = 'sluice'

export interface Recipient {
  /** `merchant:<id>` or `gateway:<id>`. */
  id: string
  /** A point of P-256, or SubjectPublicKeyInfo. */
  key: Uint8Array
}

type Version = GooglePayToken['protocolVersion']

const MESSAGE_LIFE_MS = 60 * 60_000
const KEY_LIFE_MS = 24 * 60 * 60_000
/** In the year 2099. */
const FAR = '4071600000000'

/** What Google publishes: `{ keys: […] }`. */
export function googleRoots(keys: WalletKeys) {
  const keyValue = keys('google-root').publicKey.toString('base64')
  return {
    keys: [
      { keyValue, protocolVersion: 'ECv1' },
      { keyValue, protocolVersion: 'ECv2', keyExpiration: FAR },
    ],
  }
}

export function gatewayRecipient(keys: WalletKeys): Recipient {
  return { id: `gateway:${GATEWAY}`, key: keys('google-gateway').publicKey }
}

/** @param at real time, milliseconds since 1970 */
export function googleToken(
  keys: WalletKeys,
  card: WalletCard,
  recipient: Recipient,
  at: number,
  protocolVersion: Version = 'ECv2',
): GooglePayToken {
  const message = {
    messageId: randomUUID(),
    messageExpiration: String(at + MESSAGE_LIFE_MS),
    ...(protocolVersion === 'ECv2'
      ? { paymentMethod: 'CARD', paymentMethodDetails: detailsOf(card) }
      : oldDetailsOf(card)),
  }
  const signedMessage = sealed(JSON.stringify(message), recipient.key, protocolVersion)
  const signed = googleSigned(GOOGLE_SENDER, recipient.id, protocolVersion, signedMessage)
  if (protocolVersion === 'ECv1') {
    return { protocolVersion, signature: signatureOf(keys('google-root'), signed), signedMessage }
  }
  const between = keys('google-intermediate')
  const signedKey = JSON.stringify({
    keyValue: between.publicKey.toString('base64'),
    keyExpiration: String(at + KEY_LIFE_MS),
  })
  return {
    protocolVersion,
    signature: signatureOf(between, signed),
    intermediateSigningKey: {
      signedKey,
      signatures: [signatureOf(keys('google-root'), googleSigned(GOOGLE_SENDER, protocolVersion, signedKey))],
    },
    signedMessage,
  }
}

function detailsOf({ number, expiryMonth, expiryYear, auth, eci }: WalletCard) {
  return {
    pan: number,
    expirationMonth: expiryMonth,
    expirationYear: expiryYear,
    authMethod: auth,
    ...(auth === 'CRYPTOGRAM_3DS' && { cryptogram: cryptogram(), ...(eci && { eciIndicator: eci }) }),
  }
}

function oldDetailsOf(card: WalletCard) {
  const { number, expiryMonth: expirationMonth, expiryYear: expirationYear, eci } = card
  if (card.auth === 'PAN_ONLY') return { paymentMethod: 'CARD', paymentMethodDetails: detailsOf(card) }
  return {
    paymentMethod: 'TOKENIZED_CARD',
    paymentMethodDetails: {
      dpan: number,
      expirationMonth,
      expirationYear,
      authMethod: '3DS',
      '3dsCryptogram': cryptogram(),
      ...(eci && { '3dsEciIndicator': eci }),
    },
  }
}

/** 20 bytes, as schemes make them. */
export function cryptogram(): string {
  return randomBytes(20).toString('base64')
}

function sealed(message: string, recipient: Uint8Array, version: Version): string {
  const { point, shared } = ephemeral(pointOf(recipient))
  const { key, mac, cipher } = GOOGLE_KEYS[version]
  const derived = derive(point, shared, key + mac)
  const encryption = createCipheriv(cipher, derived.subarray(0, key), Buffer.alloc(16))
  const text = Buffer.concat([encryption.update(message, 'utf8'), encryption.final()])
  return JSON.stringify({
    encryptedMessage: text.toString('base64'),
    ephemeralPublicKey: point.toString('base64'),
    tag: createHmac('sha256', derived.subarray(key)).update(text).digest('base64'),
  })
}

function derive(point: Buffer, shared: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.concat([point, shared]), '', GOOGLE_SENDER, length))
}

function signatureOf({ private: key }: WalletKey, signed: Uint8Array): string {
  return sign('sha256', signed, { key, dsaEncoding: 'der' }).toString('base64')
}

/**
 * The gateway opens what was encrypted for it. That it comes from Google the tag shows well enough here, where nobody else
 * encrypts for the gateway; a real one checks the signatures.
 * @returns `undefined` for whatever does not open
 */
export function openAtGateway(keys: WalletKeys, token: unknown): WalletPayment | undefined {
  if (!isGooglePayToken(token)) return undefined
  try {
    const { encryptedMessage, ephemeralPublicKey, tag } = JSON.parse(token.signedMessage) as Record<string, string>
    const point = Buffer.from(ephemeralPublicKey ?? '', 'base64')
    const text = Buffer.from(encryptedMessage ?? '', 'base64')
    const { key, mac, cipher } = GOOGLE_KEYS[token.protocolVersion]
    const derived = derive(point, keys('google-gateway').agree(point), key + mac)
    const expected = createHmac('sha256', derived.subarray(key)).update(text).digest()
    if (!timingSafeEqual(expected, Buffer.from(tag ?? '', 'base64'))) return undefined
    const decryption = createDecipheriv(cipher, derived.subarray(0, key), Buffer.alloc(16))
    const message = JSON.parse(Buffer.concat([decryption.update(text), decryption.final()]).toString('utf8'))
    const { pan, dpan, expirationMonth, expirationYear, cryptogram, eciIndicator, ...old } =
      message.paymentMethodDetails
    const proof = cryptogram ?? old['3dsCryptogram']
    const eci = eciIndicator ?? old['3dsEciIndicator']
    return {
      number: pan ?? dpan,
      expiry_month: expirationMonth,
      expiry_year: expirationYear,
      ...(proof !== undefined && { cryptogram: proof }),
      ...(eci !== undefined && { eci }),
    }
  } catch {
    return undefined
  }
}

/** `PaymentData`, as `loadPaymentData` resolves to it. */
export function paymentData(
  card: WalletCard,
  token: GooglePayToken,
  type: 'DIRECT' | 'PAYMENT_GATEWAY',
  billingAddress: ReturnType<typeof googleAddress> | undefined,
) {
  const last4 = card.number.slice(-4)
  return {
    apiVersion: 2,
    apiVersionMinor: 0,
    paymentMethodData: {
      type: 'CARD',
      description: `${card.network === 'AMEX' ? 'Amex' : card.appleNetwork} •••• ${last4}`,
      info: { cardNetwork: card.network, cardDetails: last4, ...(billingAddress && { billingAddress }) },
      tokenizationData: { type, token: JSON.stringify(token) },
    },
  }
}
