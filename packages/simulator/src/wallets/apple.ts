/** Apple Pay as Apple plays it: merchant sessions, and payments that are signed and encrypted for one merchant. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { currencyNumber } from '@sluice/core/three-ds/iso-numbers'
import { appleKeyMaterial, appleSigned } from '@sluice/core/wallets/formats'
import { type ApplePayToken, isApplePayToken } from '@sluice/core/wallets/tokens'
import { appleContact, type WalletAddress } from './addresses.ts'
import type { WalletCard, WalletPayment } from './cards.ts'
import { signed } from './certificates.ts'
import { cryptogram } from './google.ts'
import { ephemeral, pointOf, spkiOf, type WalletKeys } from './keys.ts'

/** Of the gateway, whose certificate Apple knows when a merchant has none of his own. */
export const GATEWAY_MERCHANT = 'merchant.sluice.gateway'
const SESSION_LIFE_MS = 5 * 60_000
const TAG_BYTES = 16

/** Whom payments of a merchant session are encrypted for. */
export interface AppleMerchant {
  id: string
  /** DER, SubjectPublicKeyInfo of the payment processing certificate. */
  key: Uint8Array
}

/** Opaque to everybody but Apple: it says of itself whom it is for, under a MAC. */
export function merchantSession(
  secret: Buffer,
  { id, key }: AppleMerchant,
  { domain, displayName, at }: { domain: string; displayName: string; at: number },
) {
  const claims = Buffer.from(
    JSON.stringify({ id, key: Buffer.from(key).toString('base64'), until: at + SESSION_LIFE_MS }),
    'utf8',
  ).toString('base64url')
  return {
    epochTimestamp: at,
    expiresAt: at + SESSION_LIFE_MS,
    merchantSessionIdentifier: claims,
    nonce: randomBytes(4).toString('hex'),
    merchantIdentifier: createHash('sha256').update(id).digest('hex').toUpperCase(),
    domainName: domain,
    displayName,
    signature: macOf(secret, claims).toString('hex'),
    operationalAnalyticsIdentifier: `${displayName}:${createHash('sha256').update(id).digest('hex').toUpperCase()}`,
    retries: 0,
  }
}

/** `undefined`: not one of ours, or too old. */
export function merchantOf(secret: Buffer, session: unknown, at: number): AppleMerchant | undefined {
  const { merchantSessionIdentifier: claims, signature } = (session ?? {}) as Record<string, unknown>
  if (typeof claims !== 'string' || typeof signature !== 'string') return undefined
  const right = macOf(secret, claims)
  const given = Buffer.from(signature, 'hex')
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const { id, key, until } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
  return until > at ? { id, key: Buffer.from(key, 'base64') } : undefined
}

function macOf(secret: Buffer, claims: string): Buffer {
  return createHmac('sha256', secret).update(`apple-session\n${claims}`).digest()
}

/** @param amount minor units */
export function appleToken(
  keys: WalletKeys,
  card: WalletCard,
  merchant: AppleMerchant,
  { amount, currency, at }: { amount: number; currency: string; at: number },
): ApplePayToken {
  const year = String(card.expiryYear).slice(-2)
  const month = String(card.expiryMonth).padStart(2, '0')
  const payment = {
    applicationPrimaryAccountNumber: card.number,
    applicationExpirationDate: `${year}${month}31`,
    currencyCode: currencyNumber(currency) ?? '',
    transactionAmount: amount,
    deviceManufacturerIdentifier: '040010030273',
    paymentDataType: '3DSecure',
    paymentData: { onlinePaymentCryptogram: cryptogram(), ...(card.eci && { eciIndicator: card.eci.slice(-1) }) },
  }
  const { point, shared } = ephemeral(pointOf(merchant.key))
  const cipher = createCipheriv('aes-256-gcm', secretOf(shared, merchant.id), Buffer.alloc(16))
  const data = Buffer.concat([cipher.update(JSON.stringify(payment), 'utf8'), cipher.final(), cipher.getAuthTag()])
  const ephemeralKey = spkiOf(point)
  const transactionId = randomBytes(32)
  return {
    version: 'EC_v1',
    data: data.toString('base64'),
    signature: signed(keys, appleSigned(ephemeralKey, data, transactionId, new Uint8Array()), at).toString('base64'),
    header: {
      ephemeralPublicKey: ephemeralKey.toString('base64'),
      publicKeyHash: createHash('sha256').update(merchant.key).digest('base64'),
      transactionId: transactionId.toString('hex'),
    },
  }
}

function secretOf(shared: Uint8Array, merchantId: string): Buffer {
  const merchant = createHash('sha256').update(merchantId, 'utf8').digest()
  return createHash('sha256').update(appleKeyMaterial(shared, merchant)).digest()
}

/**
 * The gateway opens what was encrypted for it, and takes no more than the shopper approved.
 * @param pays minor units, ISO 4217
 * @returns `undefined` for whatever does not open, or is for less or in another currency
 */
export function openAtGateway(
  keys: WalletKeys,
  token: unknown,
  pays: { amount: number; currency: string },
): WalletPayment | undefined {
  if (!isApplePayToken(token)) return undefined
  try {
    const data = Buffer.from(token.data, 'base64')
    const point = pointOf(Buffer.from(token.header.ephemeralPublicKey, 'base64'))
    const secret = secretOf(keys('apple-gateway').agree(point), GATEWAY_MERCHANT)
    const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.alloc(16), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES))
    const plain = Buffer.concat([decipher.update(data.subarray(0, data.length - TAG_BYTES)), decipher.final()])
    const payment = JSON.parse(plain.toString('utf8'))
    const isCovered = pays.amount <= payment.transactionAmount && currencyNumber(pays.currency) === payment.currencyCode
    if (!isCovered) return undefined
    const expiry = payment.applicationExpirationDate as string
    const { onlinePaymentCryptogram, eciIndicator } = payment.paymentData
    return {
      number: payment.applicationPrimaryAccountNumber,
      expiry_month: Number(expiry.slice(2, 4)),
      expiry_year: 2000 + Number(expiry.slice(0, 2)),
      cryptogram: onlinePaymentCryptogram,
      ...(eciIndicator !== undefined && { eci: String(eciIndicator).padStart(2, '0') }),
    }
  } catch {
    return undefined
  }
}

/** `ApplePayPayment`, as `onpaymentauthorized` gets it. */
export function applePayment(card: WalletCard, token: ApplePayToken, billing: WalletAddress | undefined) {
  const last4 = card.number.slice(-4)
  return {
    ...(billing && { billingContact: appleContact(billing) }),
    token: {
      paymentMethod: { displayName: `${card.appleNetwork} ${last4}`, network: card.appleNetwork, type: card.type },
      transactionIdentifier: token.header.transactionId.toUpperCase(),
      paymentData: token,
    },
  }
}
