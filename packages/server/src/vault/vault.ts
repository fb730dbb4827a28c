/**
 * The only room that opens `session_data` and knows card numbers. Everybody else holds a `CardRef`, a handle that means
 * something to this room of this process only.
 */
import { createHmac } from 'node:crypto'
import { binOf, localSchemeOf } from '@sluice/core/bins'
import { schemeOf } from '@sluice/core/cards'
import { uuidOf } from '@sluice/core/ids'
import type { TokenWallet, WalletToken } from '@sluice/core/wallets/tokens'
import type { BrowserData, SealedDetails, SealingKeys, TypedCard } from '@sluice/sealing/payload'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Queryable } from '../store/db.ts'
import type { CardRef } from './card-ref.ts'
import { type CardTokenRoom, openCardTokens } from './card-tokens.ts'
import { forgetCard, holdCard, holdChoice, type StoredChoice } from './card-secrets.ts'
import { openDataKeys } from './data-keys.ts'
import { detailsProblems, parseDetails } from './details.ts'
import { browserShare, type HoldRoom, openHolds } from './holds.ts'
import { type InstrumentRoom, openInstruments } from './instruments.ts'
import { decrypt, encrypt, type Keyring, openKeyring } from './keyring.ts'
import { loadRootKey } from './root-key.ts'
import { openSealingKeys, type SealingKeyRoom } from './sealing-keys.ts'
import { secretText } from './secret.ts'
import { holdToken, type WalletRef } from './wallets/wallet-ref.ts'
import { loadOwnWallets } from './wallets/own.ts'
import { openWallets, type WalletRoom } from './wallets/room.ts'
import type { OpenedWallet } from './wallets/opened.ts'
import { openJwe } from './session-data.ts'
import { firstLanguage, readTicket, type ShopperFacts, writeTicket } from './ticket.ts'
import { entityOfSecret, readUrlToken, sessionSecret, type UrlTokenSubject, urlToken } from './tokens.ts'

const SESSION_DATA_LIFE_S = 15 * 60

/** Details of a payment without the number. Amount in minor units, currency ISO 4217: what the shopper was shown. */
export interface OpenedDetails {
  /** UUID, made by the sealer: one attempt only may use it. */
  readonly nonce: string
  readonly method: string
  readonly amount?: number
  readonly currency?: string
  readonly card?: CardRef
  /** The other brand of a co-badged card, as payments spell it. */
  readonly localScheme?: string
  /** The brand the shopper chose on a co-badged card, as payments spell it. */
  readonly preferredScheme?: string
  /** The shopper agreed to have the card kept. */
  readonly storeConsent: boolean
  /** With `stored_card`: to be turned into a card by `stored`. */
  readonly stored?: StoredChoice
  /** With `applepay` and `googlepay`: to be opened by `openWallet`, or to be handed on as it is. */
  readonly wallet?: WalletRef
  readonly holder?: string
  readonly details?: Readonly<Record<string, string>>
  /** What the sealer said of the browser, and where it said nothing, what the browser's own request told us. */
  readonly browser?: Readonly<Omit<BrowserData, 'ticket'>>
  /** The browser's half of the key under which the card would wait for a challenge, base64url. Kept nowhere. */
  readonly holdShare: string
  /** The shopper's IP address, when a card frame was served to it. */
  readonly payerAddress?: string
  readonly origin?: string
}

/**
 * `details`: everything is right but what the shopper typed; `problems` are the `error_codes` to answer, such as
 * `card_number_invalid`. Every other reason is for the log: to the caller it is `session_data_invalid`.
 */
export type Opened =
  | { ok: true; details: OpenedDetails }
  | { ok: false; reason: 'details'; problems: readonly string[] }
  | { ok: false; reason: Refusal }

type Refusal = 'undecryptable' | 'malformed' | 'misdirected' | 'too_old'

/**
 * Whom the caller pays. `sessionId` is `ps_…`, left out where there is no session yet (`complete`): then the sealer must
 * have named the entity. `at`, the merchant's time in milliseconds since 1970, makes an expired card a problem; without
 * it the expiry is left to the issuer.
 */
export interface Expected {
  entity: string
  sessionId?: string
  at?: number
}

export interface Vault extends InstrumentRoom, CardTokenRoom, HoldRoom, WalletRoom {
  open(sessionData: string, expected: Expected): Promise<Opened>
  /** Overwrites number and CVV of a card that is no longer needed. */
  forget(card: CardRef): void
  /** The public keys of this hour and the time that goes with them. */
  sealingKeys(): Promise<SealingKeys>
  /** For a card frame to seal in: what its own request tells of the shopper. Good for a day of real time. */
  ticket(facts: ShopperFacts): string
  /** Destroys the sealing keys of past hours; answers how many. To be called now and then by a job. */
  destroyOldSealingKeys(): Promise<number>
  /** `pss_…`: derived from entity and session (a UUID), never stored. */
  sessionSecret(entityKey: number, sessionId: string): string
  entityOfSecret(secret: string, sessionId: string): number | undefined
  /** A token for a URL that opens without a key, and back. */
  urlToken(entityKey: number, uuid: string, purpose: string): string
  readUrlToken(token: string, purpose: string): UrlTokenSubject | undefined
  /** HMAC-SHA-256 under a key of its own for each purpose: what credentials and request fingerprints are stored as. */
  mac(purpose: string, text: string): Buffer
  /** Seals bytes another room has to keep (signing keys …), and opens them again. */
  wrap(purpose: string, bytes: Uint8Array): Buffer
  unwrap(purpose: string, wrapped: Uint8Array): Buffer
}

export interface VaultSettings {
  db: Queryable
  config: Pick<Config, 'mode' | 'masterKey' | 'dataDir' | 'wallets'>
  /** Real time, milliseconds since 1970. */
  now: () => number
  log: Pick<Logger, 'info'>
}

/** @throws when there is no usable master key, a wallet's certificate cannot be used, or the database cannot be reached */
export async function openVault({ db, config, now, log }: VaultSettings): Promise<Vault> {
  const keys = openKeyring(loadRootKey(config))
  const sealing = openSealingKeys(db, keys, now)
  await sealing.published()
  const dataKeys = openDataKeys(db, keys)

  const wallets = openWallets({
    db,
    keys,
    own: config.mode === 'sandbox' ? 'derived' : loadOwnWallets(config, now()),
    hold: (wallet, type, entity) => cardOfWallet(keys, wallet, type, entity),
    now,
  })

  return {
    ...openInstruments(db, dataKeys),
    ...openCardTokens(db, keys, dataKeys, config.mode === 'sandbox', wallets.openWalletOnce),
    ...openHolds(db, keys, now),
    ...wallets,
    open: async (sessionData, expected) => {
      const opened = await openSessionData(keys, sealing, sessionData, expected, now())
      if (!opened.ok) log.info({ reason: opened.reason }, 'session_data was refused')
      return opened
    },
    forget: forgetCard,
    sealingKeys: sealing.published,
    ticket: (facts) => writeTicket(keys, now(), facts),
    destroyOldSealingKeys: sealing.destroyOld,
    sessionSecret: (entityKey, sessionId) => sessionSecret(keys, entityKey, sessionId),
    entityOfSecret: (secret, sessionId) => entityOfSecret(keys, secret, sessionId),
    urlToken: (entityKey, uuid, purpose) => urlToken(keys, entityKey, uuid, purpose),
    readUrlToken: (token, purpose) => readUrlToken(keys, token, purpose),
    mac: (purpose, text) => keys.mac(`mac/${purpose}`, text),
    wrap: (purpose, bytes) => encrypt(keys.key(`wrap/${purpose}`), purpose, bytes),
    unwrap: (purpose, wrapped) => decrypt(keys.key(`wrap/${purpose}`), purpose, wrapped),
  }
}

async function openSessionData(
  keys: Keyring,
  sealing: SealingKeyRoom,
  sessionData: string,
  expected: Expected,
  now: number,
): Promise<Opened> {
  const plain = await openJwe(sessionData, sealing)
  if (!plain) return refused('undecryptable')
  const sealed = parseDetails(plain)
  plain.fill(0)
  if (!sealed) return refused('malformed')
  if (!isFor(sealed, expected)) return refused('misdirected')
  const age = sealing.ageS(sealed.issued)
  if (age === undefined || age > SESSION_DATA_LIFE_S) return refused('too_old')
  const problems = detailsProblems(sealed, expected.at)
  if (problems.length > 0) return { ok: false, reason: 'details', problems }
  const holdShare = browserShare(keys, sessionData)
  return { ok: true, details: { ...withoutNumber(keys, sealed, expected.entity, now), holdShare } }
}

function refused(reason: Refusal): Opened {
  return { ok: false, reason }
}

/** What was sealed for a session pays that session; only what was sealed without one pays the merchant it names. */
function isFor({ sid, aud }: SealedDetails, { sessionId, entity }: Expected): boolean {
  if (sessionId !== undefined) return sid === sessionId && aud === undefined
  return sid === undefined && aud === entity
}

function withoutNumber(
  keys: Keyring,
  sealed: SealedDetails,
  entity: string,
  now: number,
): Omit<OpenedDetails, 'holdShare'> {
  const { jti, method, amount, currency, card, stored, wallet, holder, details, browser, origin } = sealed
  const localScheme = card && localSchemeOf(card.number)
  return {
    nonce: jti,
    method,
    storeConsent: card?.store === true,
    ...(amount !== undefined && { amount }),
    ...(currency !== undefined && { currency }),
    ...(card && { card: cardRefOf(keys, card, entity) }),
    ...(localScheme !== undefined && { localScheme }),
    ...(card?.preferred_scheme !== undefined && { preferredScheme: card.preferred_scheme.toUpperCase() }),
    ...(stored && { stored: holdChoice(uuidOf('instrument', stored.instrument_id) as string, stored.cvv) }),
    // Its form has been checked.
    ...(wallet && { wallet: holdToken(wallet.type, wallet.token as WalletToken) }),
    ...(holder !== undefined && { holder }),
    ...(details && { details }),
    ...browserOf(keys, browser, now),
    ...(origin !== undefined && { origin }),
  }
}

/** A ticket that is not ours, or too old, tells nothing: a payment does not fail for it. */
function browserOf(
  keys: Keyring,
  browser: BrowserData | undefined,
  now: number,
): Pick<OpenedDetails, 'browser' | 'payerAddress'> {
  if (!browser) return {}
  const { ticket, ...said } = browser
  const facts = ticket === undefined ? undefined : readTicket(keys, now, ticket)
  const language = firstLanguage(facts?.acceptLanguage)
  return {
    browser: {
      ...(facts?.accept !== undefined && { accept_header: facts.accept }),
      ...(facts?.userAgent !== undefined && { user_agent: facts.userAgent }),
      ...(language !== undefined && { language }),
      ...said,
    },
    ...(facts && { payerAddress: facts.address }),
  }
}

/** The number has been checked: it has a scheme. */
function cardRefOf(keys: Keyring, card: TypedCard, entity: string): CardRef {
  const { number, cvv, name } = card
  return holdCard(
    {
      origin: 'card',
      scheme: schemeOf(number)?.name as string,
      last4: number.slice(-4),
      bin: binOf(number),
      expiryMonth: card.expiry_month,
      expiryYear: card.expiry_year,
      fingerprint: fingerprintOf(keys, number, entity),
      ...(name !== undefined && { name: name.trim() }),
    },
    secretText(number),
    cvv === undefined ? undefined : secretText(cvv),
  )
}

/** As believed by the room of the wallets: it has a scheme. */
function cardOfWallet(keys: Keyring, opened: OpenedWallet, wallet: TokenWallet, entity: string): CardRef {
  const { number, expiryMonth, expiryYear, name, cryptogram, eci, format } = opened
  return holdCard(
    {
      origin: 'wallet',
      wallet,
      authenticated: format === 'cryptogram_3ds',
      scheme: schemeOf(number)?.name as string,
      last4: number.slice(-4),
      bin: binOf(number),
      expiryMonth,
      expiryYear,
      fingerprint: fingerprintOf(keys, number, entity),
      ...(name !== undefined && { name: name.trim() }),
      ...(eci !== undefined && { eci }),
    },
    secretText(number),
    undefined,
    cryptogram === undefined ? undefined : secretText(cryptogram),
  )
}

/** The same number has the same fingerprint at one merchant and another at every other. */
function fingerprintOf(keys: Keyring, number: string, entity: string): string {
  return createHmac('sha256', keys.key('fingerprint', entity).reveal()).update(number).digest('hex')
}
