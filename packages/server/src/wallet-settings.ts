/** Which settings of Apple Pay and Google Pay go together. What is in their files is read where keys are kept. */

/** Files are PEM. */
export interface WalletSettings {
  apple?: {
    /** `merchant.com.example` */
    merchantId: string
    identity: CertificateFiles
    /** The newest first; none: tokens are passed through. */
    processing: readonly CertificateFiles[]
  }
  google?: {
    merchantId: string
    /** The newest first; none: tokens are passed through. */
    keys: readonly string[]
  }
}

export interface CertificateFiles {
  cert: string
  key: string
}

const APPLE = [
  'applePayMerchantId',
  'applePayIdentityCert',
  'applePayIdentityKey',
  'applePayProcessingCert',
  'applePayProcessingKey',
] as const
const GOOGLE = ['googlePayMerchantId', 'googlePayKeys'] as const
type Name = (typeof APPLE)[number] | (typeof GOOGLE)[number]

/**
 * @param of name in the environment, and value, of a setting
 * @param refuse takes one line
 */
export function readWalletSettings(
  mode: 'sandbox' | 'production',
  of: (name: Name) => { env: string; value: unknown },
  refuse: (line: string) => never,
): WalletSettings {
  const isSet = (name: Name) => of(name).value !== undefined
  const words = (name: Name) => of(name).value as string
  const list = (name: Name) => (of(name).value ?? []) as readonly string[]
  const given = [...APPLE, ...GOOGLE].find(isSet)
  if (given === undefined) return {}
  if (mode === 'sandbox') {
    refuse(`${of(given).env} is for production: in sandbox the simulator plays Apple and Google. Leave it out.`)
  }

  function together(needed: readonly Name[], because: Name): void {
    const missing = needed.find((name) => !isSet(name))
    if (missing) refuse(`${of(because).env} is set and ${of(missing).env} is not: give both, or neither.`)
  }

  const apple = APPLE.find(isSet)
  if (apple) together(['applePayMerchantId', 'applePayIdentityCert', 'applePayIdentityKey'], apple)
  const [certs, keys] = [list('applePayProcessingCert'), list('applePayProcessingKey')]
  if (certs.length !== keys.length) {
    const [cert, key] = [of('applePayProcessingCert').env, of('applePayProcessingKey').env]
    refuse(`${cert} names ${certs.length} files and ${key} ${keys.length}: each certificate needs its key.`)
  }
  if (isSet('googlePayKeys')) together(['googlePayMerchantId'], 'googlePayKeys')

  return {
    ...(apple && {
      apple: {
        merchantId: words('applePayMerchantId'),
        identity: { cert: words('applePayIdentityCert'), key: words('applePayIdentityKey') },
        processing: certs.map((cert, index) => ({ cert, key: keys[index] as string })),
      },
    }),
    ...(isSet('googlePayMerchantId') && {
      google: { merchantId: words('googlePayMerchantId'), keys: list('googlePayKeys') },
    }),
  }
}
