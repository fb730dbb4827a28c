/**
 * The signature of Apple's tokens: CMS signed data (RFC 5652) without the content, one signer, ECDSA over SHA-256, and the
 * certificates from Apple's root to the signer. Nothing else that CMS could say is accepted.
 */
import { createHash, verify, X509Certificate } from 'node:crypto'
import { APPLE_OIDS } from '@sluice/core/wallets/formats'
import { type Asn1, isOid, readAsn1, sameBytes, TAGS } from '@sluice/core/wallets/der'
import { refuse } from './opened.ts'

const OIDS = {
  signedData: '1.2.840.113549.1.7.2',
  data: '1.2.840.113549.1.7.1',
  sha256: '2.16.840.1.101.3.4.2.1',
  ecdsa: ['1.2.840.10045.4.3.2', '1.2.840.10045.2.1'],
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const
/** Context-specific, constructed. */
const TAG_0 = 0xa0
const TAG_3 = 0xa3
const MOST_CERTIFICATES = 4

/**
 * @param content what must have been signed
 * @param root DER
 * @returns when it was signed, milliseconds since 1970
 * @throws WalletRefusal, or an error of the reader
 */
export function checkSignature(cms: Uint8Array, content: Uint8Array, root: Uint8Array): number {
  const { certificates, signer } = partsOf(readAsn1(cms))
  const { leaf, intermediate } = chainOf(certificates)
  const [version, , digest, attributes, algorithm, signature] = signer.children
  if (version?.tag !== TAGS.integer || !isOid(digest?.children[0], OIDS.sha256)) refuse('signer')
  if (attributes?.tag !== TAG_0) refuse('no signed attributes')
  if (!OIDS.ecdsa.some((one) => isOid(algorithm?.children[0], one))) refuse('signature algorithm')
  if (signature?.tag !== TAGS.octets || signer.children.length !== 6) refuse('signer')

  if (!isOid(attribute(attributes, OIDS.contentType), OIDS.data)) refuse('content type')
  const told = attribute(attributes, OIDS.messageDigest)
  const right = createHash('sha256').update(content).digest()
  if (told.tag !== TAGS.octets || !sameBytes(told.body, right)) refuse('digest')
  const signedOn = timeOf(attribute(attributes, OIDS.signingTime))

  checkChain(leaf, intermediate, new X509Certificate(root), signedOn)
  // What is signed is the set itself, not its place in the message.
  const signed = Buffer.from(attributes.whole)
  signed[0] = TAGS.set
  const key = { key: leaf.publicKey, dsaEncoding: 'der' } as const
  if (!verify('sha256', signed, key, signature.body)) refuse('signature')
  return signedOn
}

function partsOf(whole: Asn1): { certificates: readonly Asn1[]; signer: Asn1 } {
  const [type, explicit, ...rest] = whole.children
  if (!isOid(type, OIDS.signedData) || explicit?.tag !== TAG_0 || rest.length > 0) refuse('not signed data')
  const [, digests, content, certificates, signers, ...more] = explicit.children[0]?.children ?? []
  if (digests?.tag !== TAGS.set || certificates?.tag !== TAG_0 || signers?.tag !== TAGS.set || more.length > 0) {
    refuse('signed data')
  }
  // Detached: the type alone.
  if (!isOid(content?.children[0], OIDS.data) || content?.children.length !== 1) refuse('content')
  const [signer, ...others] = signers.children
  if (!signer || others.length > 0) refuse('signers')
  return { certificates: certificates.children, signer }
}

/** By Apple's own marks in them, each of which stands in one certificate. */
function chainOf(certificates: readonly Asn1[]): { leaf: X509Certificate; intermediate: X509Certificate } {
  if (certificates.length > MOST_CERTIFICATES) refuse('certificates')
  const marked = (mark: string) => {
    const [found, ...others] = certificates.filter((certificate) => hasExtension(certificate, mark))
    if (!found || others.length > 0) refuse('certificate marks')
    return new X509Certificate(found.whole)
  }
  return { leaf: marked(APPLE_OIDS.leaf), intermediate: marked(APPLE_OIDS.intermediate) }
}

function hasExtension(certificate: Asn1, mark: string): boolean {
  const extensions = certificate.children[0]?.children.find(({ tag }) => tag === TAG_3)?.children[0]?.children ?? []
  return extensions.some((extension) => isOid(extension.children[0], mark))
}

function checkChain(leaf: X509Certificate, intermediate: X509Certificate, root: X509Certificate, at: number): void {
  const issued = (one: X509Certificate, by: X509Certificate) => one.checkIssued(by) && one.verify(by.publicKey)
  if (!intermediate.ca || !issued(intermediate, root) || !issued(leaf, intermediate)) refuse('certificate chain')
  for (const { validFromDate, validToDate } of [leaf, intermediate, root]) {
    if (at < validFromDate.getTime() || at > validToDate.getTime()) refuse('certificate validity')
  }
}

/** Each stands once, with one value. */
function attribute(attributes: Asn1, name: string): Asn1 {
  const [found, ...others] = attributes.children.filter(({ children }) => isOid(children[0], name))
  const [value, ...more] = found?.children[1]?.children ?? []
  if (!value || others.length > 0 || more.length > 0) refuse('signed attributes')
  return value
}

/** `YYMMDDhhmmssZ`, years 1950 to 2049. */
function timeOf(value: Asn1): number {
  const text = Buffer.from(value.body).toString('latin1')
  const digits = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1)
  if (value.tag !== TAGS.utcTime || !digits) return refuse('signing time')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number)
  return Date.UTC(year < 50 ? 2000 + year : 1900 + year, month - 1, day, hour, minute, second)
}
