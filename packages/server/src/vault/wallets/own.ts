/** Who this installation is with Apple and Google, from the files that the settings name: read and checked at the start. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Config, SettingError } from '../../config.ts'
import type { CertificateFiles } from '../../wallet-settings.ts'
import { type RecipientKey, recipientKey } from './opened.ts'

/** Keys: the newest first; none where tokens are only passed through. */
export interface OwnWallets {
  apple?: { merchantId: string; identity: { cert: string; key: string }; keys: readonly RecipientKey[] }
  google?: { merchantId: string; keys: readonly RecipientKey[] }
}

/**
 * @param now real time, milliseconds since 1970
 * @throws SettingError, one line, for a file that cannot be used
 */
export function loadOwnWallets({ wallets: { apple, google } }: Pick<Config, 'wallets'>, now: number): OwnWallets {
  return {
    ...(apple && {
      apple: {
        merchantId: apple.merchantId,
        identity: identityOf(apple.identity, apple.merchantId, now),
        keys: apple.processing.map((files) => processingKey(files, apple.merchantId, now)),
      },
    }),
    ...(google && {
      google: {
        merchantId: google.merchantId,
        keys: google.keys.map((file) => onCurve('SLUICE_GOOGLE_PAY_KEYS', file, keyIn('SLUICE_GOOGLE_PAY_KEYS', file))),
      },
    }),
  }
}

function identityOf(files: CertificateFiles, merchantId: string, now: number): { cert: string; key: string } {
  pairOf('SLUICE_APPLE_PAY_IDENTITY', files, merchantId, now)
  return {
    cert: contentOf('SLUICE_APPLE_PAY_IDENTITY_CERT', files.cert),
    key: contentOf('SLUICE_APPLE_PAY_IDENTITY_KEY', files.key),
  }
}

function processingKey(files: CertificateFiles, merchantId: string, now: number): RecipientKey {
  const key = pairOf('SLUICE_APPLE_PAY_PROCESSING', files, merchantId, now)
  return onCurve('SLUICE_APPLE_PAY_PROCESSING_KEY', files.key, key)
}

/** The key of a certificate that is this merchant's, and not past its time. */
function pairOf(setting: string, { cert, key }: CertificateFiles, merchantId: string, now: number): KeyObject {
  const certificate = certificateIn(`${setting}_CERT`, cert)
  const privateKey = keyIn(`${setting}_KEY`, key)
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new SettingError(
      `The key ${key} (${setting}_KEY) does not belong to the certificate ${cert} (${setting}_CERT).`,
    )
  }
  const named = /^UID=(.+)$/m.exec(certificate.subject)?.[1]
  if (named !== undefined && named !== merchantId) {
    throw new SettingError(
      `The certificate ${cert} (${setting}_CERT) is of ${named}, and SLUICE_APPLE_PAY_MERCHANT_ID is ${merchantId}.`,
    )
  }
  if (certificate.validToDate.getTime() <= now) {
    const day = certificate.validToDate.toISOString().slice(0, 10)
    throw new SettingError(`The certificate ${cert} (${setting}_CERT) ended on ${day}: make a new one at Apple.`)
  }
  return privateKey
}

function certificateIn(setting: string, file: string): X509Certificate {
  const pem = contentOf(setting, file)
  try {
    return new X509Certificate(pem)
  } catch {
    throw new SettingError(`${setting}: ${file} holds no certificate in PEM.`)
  }
}

function keyIn(setting: string, file: string): KeyObject {
  const pem = contentOf(setting, file)
  try {
    return createPrivateKey(pem)
  } catch {
    throw new SettingError(`${setting}: ${file} holds no private key in PEM without a passphrase.`)
  }
}

/** Both wallets encrypt for keys on P-256 and no other. */
function onCurve(setting: string, file: string, key: KeyObject): RecipientKey {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new SettingError(`${setting}: the key in ${file} must be an elliptic curve key on P-256.`)
  }
  return recipientKey(Buffer.from(key.export({ format: 'jwk' }).d as string, 'base64url'))
}

function contentOf(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new SettingError(`${setting}: ${file} cannot be read (${code}).`)
  }
}
