/** Certificates and signatures as Apple makes them, under a root of our own. */
import { createHash, sign } from 'node:crypto'
import { der, indefinite, oid, TAGS } from '@sluice/core/wallets/der'
import { APPLE_OIDS } from '@sluice/core/wallets/formats'
import type { WalletKey, WalletKeys } from './keys.ts'

const ECDSA_SHA256 = der(TAGS.sequence, oid('1.2.840.10045.4.3.2'))
const SHA256 = der(TAGS.sequence, oid('2.16.840.1.101.3.4.2.1'))
const DATA = oid('1.2.840.113549.1.7.1')
const SIGNED_DATA = oid('1.2.840.113549.1.7.2')
const TRUE = der(0x01, Uint8Array.of(0xff))
const NULL = Uint8Array.of(0x05, 0)
const TAG_0 = 0xa0
const TAG_3 = 0xa3

const ROOT = 'Sluice Simulator Apple Root CA'
const INTERMEDIATE = 'Sluice Simulator Application Integration CA'
const LEAF = 'Sluice Simulator ecc-smp-broker-sign'

interface Certified {
  subject: string
  issuer: string
  key: WalletKey
  by: WalletKey
  serial: number
  authority: boolean
  /** Apple's mark in it. */
  mark?: string
}

/** DER. */
export function rootCertificate(keys: WalletKeys): Buffer {
  const key = keys('apple-root')
  return certificate({ subject: ROOT, issuer: ROOT, key, by: key, serial: 1, authority: true })
}

function intermediateCertificate(keys: WalletKeys): Buffer {
  return certificate({
    subject: INTERMEDIATE,
    issuer: ROOT,
    key: keys('apple-intermediate'),
    by: keys('apple-root'),
    serial: 2,
    authority: true,
    mark: APPLE_OIDS.intermediate,
  })
}

function leafCertificate(keys: WalletKeys): Buffer {
  return certificate({
    subject: LEAF,
    issuer: INTERMEDIATE,
    key: keys('apple-leaf'),
    by: keys('apple-intermediate'),
    serial: 3,
    authority: false,
    mark: APPLE_OIDS.leaf,
  })
}

function certificate({ subject, issuer, key, by, serial, authority, mark }: Certified): Buffer {
  const constraints = [
    oid('2.5.29.19'),
    TRUE,
    der(TAGS.octets, authority ? der(TAGS.sequence, TRUE) : der(TAGS.sequence)),
  ]
  const extensions = [
    der(TAGS.sequence, ...constraints),
    ...(mark === undefined ? [] : [der(TAGS.sequence, oid(mark), der(TAGS.octets, NULL))]),
  ]
  const body = der(
    TAGS.sequence,
    der(TAG_0, der(TAGS.integer, Uint8Array.of(2))),
    der(TAGS.integer, Uint8Array.of(serial)),
    ECDSA_SHA256,
    nameOf(issuer),
    der(TAGS.sequence, utcTime(Date.UTC(2020, 0, 1)), utcTime(Date.UTC(2049, 11, 31))),
    nameOf(subject),
    key.publicKey,
    der(TAG_3, der(TAGS.sequence, ...extensions)),
  )
  return Buffer.from(der(TAGS.sequence, body, ECDSA_SHA256, der(0x03, Uint8Array.of(0), signature(by, body))))
}

function nameOf(common: string): Uint8Array {
  const attribute = der(TAGS.sequence, oid('2.5.4.3'), der(0x0c, new TextEncoder().encode(common)))
  return der(TAGS.sequence, der(TAGS.set, attribute))
}

/** `YYMMDDhhmmssZ` */
function utcTime(at: number): Uint8Array {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)
  return der(TAGS.utcTime, new TextEncoder().encode(`${digits}Z`))
}

function signature({ private: key }: WalletKey, bytes: Uint8Array): Buffer {
  return sign('sha256', bytes, { key, dsaEncoding: 'der' })
}

/** A detached CMS signature with the certificates below the root. @param at when, milliseconds since 1970 */
export function signed(keys: WalletKeys, content: Uint8Array, at: number): Buffer {
  const digest = createHash('sha256').update(content).digest()
  const attribute = (name: string, value: Uint8Array) => der(TAGS.sequence, oid(name), der(TAGS.set, value))
  const attributes = [
    attribute('1.2.840.113549.1.9.3', DATA),
    attribute('1.2.840.113549.1.9.5', utcTime(at)),
    attribute('1.2.840.113549.1.9.4', der(TAGS.octets, digest)),
  ]
  const signer = der(
    TAGS.sequence,
    der(TAGS.integer, Uint8Array.of(1)),
    der(TAGS.sequence, nameOf(INTERMEDIATE), der(TAGS.integer, Uint8Array.of(3))),
    SHA256,
    der(TAG_0, ...attributes),
    ECDSA_SHA256,
    der(TAGS.octets, signature(keys('apple-leaf'), der(TAGS.set, ...attributes))),
  )
  const signedData = indefinite(
    TAGS.sequence,
    der(TAGS.integer, Uint8Array.of(1)),
    der(TAGS.set, SHA256),
    indefinite(TAGS.sequence, DATA),
    indefinite(TAG_0, leafCertificate(keys), intermediateCertificate(keys)),
    der(TAGS.set, signer),
  )
  return Buffer.from(indefinite(TAGS.sequence, SIGNED_DATA, indefinite(TAG_0, signedData)))
}
