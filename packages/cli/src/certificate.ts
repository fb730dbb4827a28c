/** The certificate of `--tls`: the operator's, or one that we make, keep in the data folder and renew. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Config, isLoopback, servedHosts } from '@sluice/server/config'
import { systemNow } from '@sluice/server/time'
import { ClearError, codeOf, fileTrouble } from './clear-error.ts'

export interface OpenedCertificate {
  /** PEM. */
  cert: string
  key: string
  /** Where `cert` is, when it vouches for itself: clients have to be told to trust it. */
  selfSigned?: string
}

const DAY_MS = 86_400_000
/** What our own lives; browsers and phones refuse those that live much longer. */
const LIFE_MS = 365 * DAY_MS
const RENEW_MS = 30 * DAY_MS
/** Another machine's clock may be behind. */
const BACKDATED_MS = DAY_MS

const LISTENERS = ['api', 'frames', 'simulator', 'shop'] as const
const OUR_NAMES = ['localhost', '*.localhost', '127.0.0.1', '::1']

/**
 * For `start`, which holds the data folder; `undefined` without `--tls`.
 * @throws ClearError when a file cannot be used, one line that names its setting
 */
export async function openCertificate(config: Config, now = systemNow()): Promise<OpenedCertificate | undefined> {
  if (!config.tls) return undefined
  return config.tlsFiles ? operatorsCertificate(config, config.tlsFiles, now) : await ourCertificate(config, now)
}

/** PEM of what a command beside the server has to trust; `undefined` without `--tls`, or when there is none yet. */
export function certificateToTrust(config: Config): string | undefined {
  if (!config.tls) return undefined
  return config.tlsFiles ? readSetting('SLUICE_TLS_CERT', config.tlsFiles.cert) : readIfThere(ourFiles(config).cert)
}

/** Where our own certificate of a data folder is, whether or not there is one. */
export function ourFiles({ dataDir }: Pick<Config, 'dataDir'>): { cert: string; key: string } {
  return { cert: join(dataDir, 'tls.crt'), key: join(dataDir, 'tls.key') }
}

function operatorsCertificate(config: Config, files: { cert: string; key: string }, now: number): OpenedCertificate {
  const cert = readSetting('SLUICE_TLS_CERT', files.cert)
  const key = readSetting('SLUICE_TLS_KEY', files.key)
  const parsed = parseCertificate(cert)
  const parsedKey = parseKey(key)
  if (!parsed) throw new ClearError(`SLUICE_TLS_CERT: ${files.cert} holds no certificate in PEM.`)
  if (!parsedKey) throw new ClearError(`SLUICE_TLS_KEY: ${files.key} holds no private key in PEM without a passphrase.`)
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw new ClearError(
      `The key ${files.key} (SLUICE_TLS_KEY) does not belong to the certificate ${files.cert} (SLUICE_TLS_CERT).`,
    )
  }
  if (endOf(parsed) <= now) {
    throw new ClearError(`The certificate ${files.cert} (SLUICE_TLS_CERT) ended on ${parsed.validTo}: renew it.`)
  }
  refuseUnreachableSimulator(config, parsed, files.cert)
  return { cert, key, ...(parsed.verify(parsed.publicKey) && { selfSigned: files.cert }) }
}

/** We call the simulator ourselves, and check names like everyone. */
function refuseUnreachableSimulator({ mode, urls }: Config, certificate: X509Certificate, file: string) {
  const { protocol, hostname } = new URL(urls.simulator)
  const name = withoutBrackets(hostname)
  if (mode !== 'sandbox' || protocol !== 'https:' || !isLoopback(name) || isFor(certificate, name)) return
  throw new ClearError(
    `The certificate ${file} (SLUICE_TLS_CERT) is not for ${name}, where Sluice calls its simulator: use one that is, or set SLUICE_SIMULATOR_URL.`,
  )
}

async function ourCertificate(config: Config, now: number): Promise<OpenedCertificate> {
  const files = ourFiles(config)
  const names = [...OUR_NAMES, ...ownNames(config)]
  const kept = { cert: readIfThere(files.cert), key: readIfThere(files.key) }
  if (kept.cert !== undefined && kept.key !== undefined && isGoodFor(kept.cert, kept.key, names, now)) {
    return { cert: kept.cert, key: kept.key, selfSigned: files.cert }
  }
  const made = await makeCertificate(names, now)
  write(files.key, made.key, 0o600)
  write(files.cert, made.cert, 0o644)
  return { ...made, selfSigned: files.cert }
}

/** What the operator calls the listeners, beside the names of every machine. */
function ownNames(config: Config): string[] {
  const names = LISTENERS.flatMap((listener) => servedHosts(config, listener)).map(withoutBrackets)
  return [...new Set(names)].filter((name) => !OUR_NAMES.includes(name))
}

/** Whether there is nothing to mend: it is whole, lives on for a while, and has every name. */
function isGoodFor(cert: string, key: string, names: readonly string[], now: number): boolean {
  const parsed = parseCertificate(cert)
  const parsedKey = parseKey(key)
  if (!parsed || !parsedKey || !parsed.checkPrivateKey(parsedKey)) return false
  return endOf(parsed) > now + RENEW_MS && names.every((name) => name.startsWith('*') || isFor(parsed, name))
}

/** It vouches for itself and, being no authority, for nothing else: who trusts it trusts nobody but this Sluice. */
async function makeCertificate(names: readonly string[], now: number): Promise<{ cert: string; key: string }> {
  const { generate } = await import('selfsigned')
  const altNames = names.map((name) =>
    isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
  )
  const made = await generate([{ name: 'commonName', value: 'Sluice' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATED_MS),
    notAfterDate: new Date(now + LIFE_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return { cert: made.cert, key: made.private }
}

function isFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' })) !== undefined
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo)
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function readSetting(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : `it cannot be read (${codeOf(error)})`
    throw new ClearError(`${setting}: ${path}: ${why}.`)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw fileTrouble(error, path)
  }
}

/** Whole or not at all, also when the disk is full. */
function write(path: string, text: string, mode: number) {
  const fresh = `${path}.new`
  try {
    writeFileSync(fresh, text, { mode })
    renameSync(fresh, path)
  } catch (error) {
    throw fileTrouble(error, path)
  }
}
