/**
 * What a card frame's own request told us of the shopper. The frame gets it as a ticket that says nothing to anybody
 * else, and seals it into `session_data`: so a merchant's server that submits brings the shopper's address and headers,
 * which 3-D Secure asks for, and not its own.
 */
import { decrypt, encrypt, type Keyring } from './keyring.ts'

/** As the browser sent it with the request for the frame's document. */
export interface ShopperFacts {
  address: string
  accept?: string
  userAgent?: string
  acceptLanguage?: string
}

const PURPOSE = 'wrap/ticket'
/** A page that stays open overnight still pays; a ticket in somebody's log is soon worth nothing. */
const LIFE_MS = 24 * 3_600_000
/** Headers are cut here, so that a ticket always fits into `session_data`. */
const LONGEST_HEADER = 1024

interface Written extends ShopperFacts {
  /** Real time, milliseconds since 1970. */
  on: number
}

/** @param now real time, milliseconds since 1970 */
export function writeTicket(keys: Keyring, now: number, facts: ShopperFacts): string {
  const { address, accept, userAgent, acceptLanguage } = facts
  const headers = { accept, userAgent, acceptLanguage }
  const sent = Object.entries(headers).filter(([, text]) => text !== undefined && text !== '')
  const cut = Object.fromEntries(sent.map(([name, text]) => [name, text?.slice(0, LONGEST_HEADER)]))
  const written: Written = { on: now, address, ...cut }
  return encrypt(keys.key(PURPOSE), PURPOSE, Buffer.from(JSON.stringify(written), 'utf8')).toString('base64url')
}

/** `undefined` for a ticket that we never wrote, or more than a day ago. */
export function readTicket(keys: Keyring, now: number, ticket: string): ShopperFacts | undefined {
  try {
    const plain = decrypt(keys.key(PURPOSE), PURPOSE, Buffer.from(ticket, 'base64url'))
    const { on, ...facts } = JSON.parse(plain.toString('utf8')) as Written
    return now - on <= LIFE_MS ? facts : undefined
  } catch {
    return undefined
  }
}

/** The first language of an `Accept-Language`, such as `fr-CH`. */
export function firstLanguage(acceptLanguage: string | undefined): string | undefined {
  const tag = acceptLanguage?.split(',')[0]?.split(';')[0]?.trim()
  return tag && /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i.test(tag) && tag.length <= 35 ? tag : undefined
}
