/**
 * Apple Pay's tokens, EC_v1: signature, certificates, signing time and recipient are checked before anything is decrypted.
 * That a token is used once is for whoever keeps the tokens that were.
 */
import { createDecipheriv, createHash } from 'node:crypto'
import { appleKeyMaterial, appleSigned } from '@sluice/core/wallets/formats'
import { isObject } from '@sluice/core/shape'
import type { ApplePayToken } from '@sluice/core/wallets/tokens'
import { checkSignature } from './cms.ts'
import { type OpenedWallet, pointOf, type RecipientKey, refuse, WalletRefusal } from './opened.ts'

export interface AppleRecipient {
  /** `merchant.com.example` */
  merchantId: string
  /** The newest first: Apple lets two certificates stand beside each other while one is replaced. */
  keys: readonly RecipientKey[]
}

/** A token is paid with at once; an older one is one that somebody kept. */
const OLDEST_MS = 5 * 60_000
/** Apple's clock and ours. */
const AHEAD_MS = 60_000
const TAG_BYTES = 16

/**
 * @param root Apple's root certificate, DER
 * @param now real time, milliseconds since 1970
 * @throws WalletRefusal
 */
export function openAppleToken(
  token: ApplePayToken,
  { root, recipient, now }: { root: Uint8Array; recipient: AppleRecipient; now: number },
): OpenedWallet {
  const { header } = token
  const ephemeral = Buffer.from(header.ephemeralPublicKey, 'base64')
  const data = Buffer.from(token.data, 'base64')
  const applicationData = Buffer.from(header.applicationData ?? '', 'hex')
  const content = appleSigned(ephemeral, data, Buffer.from(header.transactionId, 'hex'), applicationData)
  const signedOn = signatureTime(Buffer.from(token.signature, 'base64'), content, root)
  if (signedOn < now - OLDEST_MS || signedOn > now + AHEAD_MS) refuse('signing time')

  const hash = Buffer.from(header.publicKeyHash, 'base64')
  const key = recipient.keys.find(({ publicKey }) => createHash('sha256').update(publicKey).digest().equals(hash))
  if (!key) refuse('not for our key')
  const point = pointOf(ephemeral) ?? refuse('ephemeral key')
  return cardOf(decrypted(data, key, point, recipient.merchantId), header.transactionId.toLowerCase())
}

function signatureTime(cms: Uint8Array, content: Uint8Array, root: Uint8Array): number {
  try {
    return checkSignature(cms, content, root)
  } catch (cause) {
    if (cause instanceof WalletRefusal) throw cause
    throw new WalletRefusal('signature is malformed')
  }
}

function decrypted(data: Buffer, key: RecipientKey, point: Buffer, merchantId: string): Record<string, unknown> {
  const merchant = createHash('sha256').update(merchantId, 'utf8').digest()
  try {
    const shared = key.agree(point)
    const secret = createHash('sha256').update(appleKeyMaterial(shared, merchant)).digest()
    shared.fill(0)
    const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.alloc(16), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES))
    const plain = Buffer.concat([decipher.update(data.subarray(0, data.length - TAG_BYTES)), decipher.final()])
    secret.fill(0)
    const card: unknown = JSON.parse(plain.toString('utf8'))
    plain.fill(0)
    if (isObject(card)) return card
  } catch {
    // Another merchant's, or changed on the way: one is like the other.
  }
  return refuse('does not open')
}

function cardOf(card: Record<string, unknown>, id: string): OpenedWallet {
  const { applicationPrimaryAccountNumber: number, applicationExpirationDate: expiry, cardholderName: name } = card
  const { transactionAmount, currencyCode, paymentDataType, paymentData } = card
  const [, year, month] = /^(\d\d)(\d\d)\d\d$/.exec(typeof expiry === 'string' ? expiry : '') ?? []
  if (typeof number !== 'string' || !year || !month) refuse('card incomplete')
  if (paymentDataType !== '3DSecure' || !isObject(paymentData)) refuse('payment data')
  const { onlinePaymentCryptogram: cryptogram, eciIndicator: eci } = paymentData
  if (typeof cryptogram !== 'string' || cryptogram === '') refuse('no cryptogram')
  if (!Number.isSafeInteger(transactionAmount) || typeof currencyCode !== 'string') refuse('amount')
  return {
    number,
    expiryMonth: Number(month),
    expiryYear: 2000 + Number(year),
    ...(typeof name === 'string' && name !== '' && { name }),
    format: 'cryptogram_3ds',
    cryptogram,
    ...(typeof eci === 'string' && eci !== '' && { eci: eci.padStart(2, '0') }),
    id,
    approved: { amount: transactionAmount as number, currency: currencyCode.padStart(3, '0') },
  }
}
