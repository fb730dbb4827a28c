/** What is sealed for one attempt, and under which key: fetched from our own origin at that moment, named by nobody. */
import type { BrowserData, SealedDetails, SealingKeys, TypedCard } from '@sluice/sealing/payload'
import { chooseSealingKey, seal } from '@sluice/sealing/seal'
import type { CardFormState, Payment, Refusal } from '../common/messages.ts'
import { refusalOf } from './attempt.ts'
import { askPatiently } from './patience.ts'
import type { HttpAnswer, ServerCalls, SessionRef } from './server-calls.ts'

export interface SealedAttempt {
  sessionData: string
  /** `jti`: how the session knows the attempt. */
  attempt: string
}

/** What is the same for every attempt of a keeper. */
export interface SealingPlace {
  calls: Pick<ServerCalls, 'sealingKeys' | 'sealingAudience'>
  wait(ms: number): Promise<void>
  session: SessionRef | undefined
  /** Origin of the shop's page. */
  origin: string
  browser: BrowserData
  /** What 3-D Secure has found out about the browser, for a card that begins with these eight digits. */
  threeDs(bin: string): Promise<BrowserData['three_ds']>
}

const PREFERRED = ['visa', 'mastercard', 'cartes_bancaires'] as const
const LONGEST_ORIGIN = 255
const BIN_DIGITS = 8

/**
 * Seals the payment; `card` is what was typed, with the shopper's choices, for the method `card`.
 * @param attempt the nonce of an attempt that nobody knows the outcome of; a new one when absent
 */
export async function sealPayment(
  place: SealingPlace,
  { method, displayed, holder, details: collected, wallet }: Payment,
  card: TypedCard | undefined,
  attempt = randomUuid(),
): Promise<SealedAttempt | { refusal: Refusal }> {
  // Before the keys are asked for: what is sealed is not to be old already.
  const threeDs = card && (await place.threeDs(card.number.slice(0, BIN_DIGITS)))
  const [keys, recipient] = await Promise.all([askPatiently(place.calls.sealingKeys, place.wait), findRecipient(place)])
  if (!isGood(keys)) return { refusal: refusalOf(keys, 'safe') }
  if ('refusal' in recipient) return recipient

  const { keys: served, issued } = keys.body as SealingKeys
  const details: SealedDetails = {
    v: 1,
    ...recipient,
    jti: attempt,
    issued,
    amount: displayed.amount,
    currency: displayed.currency,
    method,
    ...(card && { card }),
    ...(wallet && { wallet }),
    ...(holder !== undefined && { holder }),
    ...(collected && { details: collected }),
    browser: { ...place.browser, ...(threeDs && { three_ds: threeDs }) },
    ...(place.origin.length <= LONGEST_ORIGIN && { origin: place.origin }),
  }
  try {
    return { sessionData: await sealHere(details, served), attempt }
  } catch {
    // The second module could not be loaded, or the keys were none: nothing was sent.
    return { refusal: refusalOf(undefined, 'safe') }
  }
}

/** The session paid for; without one, the merchant whom the public key belongs to. */
async function findRecipient({
  session,
  calls,
  wait,
}: SealingPlace): Promise<{ sid: string } | { aud: string } | { refusal: Refusal }> {
  if (session) return { sid: session.id }
  const heard = await askPatiently(calls.sealingAudience, wait)
  return isGood(heard) ? { aud: (heard.body as { aud: string }).aud } : { refusal: refusalOf(heard, 'safe') }
}

function isGood(heard: HttpAnswer | undefined): heard is HttpAnswer {
  return heard?.status === 200 && typeof heard.body === 'object' && heard.body !== null
}

/** Below a plain-http page that is not localhost no browser lends us WebCrypto. */
export function hasWebCrypto(): boolean {
  return (crypto as Partial<Crypto>).subtle !== undefined
}

async function sealHere(details: SealedDetails, keys: SealingKeys['keys']): Promise<string> {
  if (hasWebCrypto()) return await seal(details, await chooseSealingKey(keys))
  const { sealWithoutWebCrypto } = await import('./sealing-without-webcrypto.ts')
  return sealWithoutWebCrypto(details, keys)
}

/** The card with the shopper's choices: only a brand that this card carries is passed on. */
export function withChoices(card: TypedCard, { scheme, localSchemes }: CardFormState, payment: Payment): TypedCard {
  const { preferredScheme, store } = payment
  const carried = [scheme, ...(localSchemes ?? [])]
  const preferred = carried.includes(preferredScheme) ? PREFERRED.find((name) => name === preferredScheme) : undefined
  return { ...card, ...(preferred && { preferred_scheme: preferred }), ...(store !== undefined && { store }) }
}

/** Version 4, from random numbers alone: `crypto.randomUUID` is missing where WebCrypto is. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
