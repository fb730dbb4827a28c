/** `sluice session-data`: what a card form makes in a browser, for scripts and for those who try the API by hand. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import { ClearError, codeOf } from './clear-error.ts'

export interface SessionDataOptions {
  /** The API's origin. */
  url: string
  /** PEM file of certificates to trust beside the usual ones. */
  cacert?: string
  /** `ps_…` and its `payment_session_secret`. */
  session?: string
  secret?: string
  /** In their place, `ent_…`: for `POST /payment-sessions/complete`, where there is no session yet. */
  entity?: string
  /** Card number; spaces are ignored. */
  card: string
  cvv?: string
  /** `MM/YY` */
  expiry: string
  name?: string
  /** What the shopper was shown, in minor units and ISO 4217, where it shall differ from what the session says. */
  amount?: string
  currency?: string
}

/** Throws `ClearError` when an option is wrong or the session cannot be found there. */
export async function sessionData(options: SessionDataOptions): Promise<string> {
  const api = originOf(options.url)
  const subject = subjectOf(options)
  if (options.cacert !== undefined) trust(options.cacert)
  const number = options.card.replaceAll(/[ -]/g, '')
  if (!/^\d{12,19}$/.test(number)) throw new ClearError('--card must be a card number of 12 to 19 digits.')
  if (options.cvv !== undefined && !/^\d{3,4}$/.test(options.cvv)) throw new ClearError('--cvv must be 3 or 4 digits.')
  const amount = options.amount === undefined ? {} : { amount: amountOf(options.amount) }
  const currency = options.currency === undefined ? {} : { currency: options.currency }
  const framesUrl = await framesOf(api)
  const card = {
    number,
    ...expiryOf(options.expiry),
    ...(options.cvv !== undefined && { cvv: options.cvv }),
    ...(options.name !== undefined && { name: options.name }),
  }
  const sealed = { framesUrl, card, ...amount, ...currency }
  if ('entityId' in subject) {
    return makeSessionlessData({ ...sealed, ...subject }).catch((error: Error) => {
      throw new ClearError(`No session_data: ${reasonOf(error)}.`)
    })
  }
  return makeSessionData({ ...sealed, ...subject }).catch((error: Error) => {
    throw new ClearError(`No session_data: ${reasonOf(error)}. Check --session and --secret.`)
  })
}

/** What is paid: a session, or whatever the merchant asks for. */
function subjectOf({
  session,
  secret,
  entity,
}: SessionDataOptions): { entityId: string } | { sessionId: string; secret: string } {
  if (entity !== undefined && session === undefined && secret === undefined) {
    if (!/^ent_[a-z2-7]{26}$/.test(entity)) throw new ClearError('--entity must be the id of a merchant, ent_….')
    return { entityId: entity }
  }
  if (entity === undefined && session !== undefined && secret !== undefined) return { sessionId: session, secret }
  throw new ClearError('Name what is paid: --session with its --secret, or --entity for a complete without a session.')
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g

/** For the whole process: it makes its calls and ends. */
function trust(file: string) {
  try {
    const more = readFileSync(file, 'utf8').match(PEM_CERTIFICATE) ?? ['']
    setDefaultCACertificates([
      ...getCACertificates('default'),
      ...more.map((pem) => new X509Certificate(pem).toString()),
    ])
  } catch (error) {
    throw new ClearError(`--cacert: ${file} holds no certificate that can be read (${codeOf(error)}).`)
  }
}

/** The API says where its frames are: they may be on another host. */
async function framesOf(api: string): Promise<string> {
  const url = `${api}/.well-known/sluice`
  const answer = await fetch(url).catch((error: Error) => {
    throw new ClearError(`Nothing answers at ${api} (${reasonOf(error)}). Start Sluice, or correct --url.`)
  })
  const said = (await answer.json().catch(() => ({}))) as { frames?: unknown }
  if (!answer.ok || typeof said.frames !== 'string') throw new ClearError(`${api} is not a Sluice API. Correct --url.`)
  return said.frames
}

function originOf(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ClearError('--url must be the address of the API, such as http://localhost:4242.')
  }
  return url.origin
}

function expiryOf(text: string): { expiry_month: number; expiry_year: number } {
  const [, month, year] = /^(0?[1-9]|1[0-2])\/(?:20)?(\d\d)$/.exec(text.trim()) ?? []
  if (!month || !year) throw new ClearError('--expiry must be written MM/YY.')
  return { expiry_month: Number(month), expiry_year: 2000 + Number(year) }
}

function amountOf(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new ClearError('--amount must be a whole number of minor units, such as 1000.')
  return Number(text)
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: Error): string {
  if (/SELF_SIGNED|UNABLE_TO/.test(codeOf(error.cause))) return 'its certificate is not trusted: name it with --cacert'
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}
