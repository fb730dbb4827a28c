/**
 * Tokens: card details, or a security code alone, kept for a quarter of an hour for whoever shows the token. A token is
 * 128 random bits and half of the key to what it stands for; the other half is the merchant's data key. The token itself
 * is not kept, only a MAC of it to find the row by: neither the database with the root key nor the token alone opens a
 * row. See docs/decisions/0040-tokens.md.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { binOf, localSchemeOf, schemeTitle, testCardFacts } from '@sluice/core/bins'
import { schemeOf } from '@sluice/core/cards'
import { type TokenBody, tokenProblems } from '@sluice/core/wire/tokens'
import type { Queryable } from '../store/db.ts'
import { keepToken, readToken, type TokenFacts, type TokenRow } from '../store/tokens.ts'
import type { DataKeys } from './data-keys.ts'
import { encrypt, type Keyring } from './keyring.ts'
import { Secret } from './secret.ts'
import type { OpenedWallet } from './wallets/opened.ts'
import type { OpenedCard, WalletCall } from './wallets/room.ts'

/** Opens what a wallet handed over, whose form was checked; a second time it is refused. */
export type OpenWalletOnce = (
  entityKey: number,
  body: TokenBody,
  call: Pick<WalletCall, 'entity' | 'trust'>,
) => Promise<OpenedCard<OpenedWallet>>

const TOKEN_BYTES = 16
/** Of the merchant's clock. */
const LIFE_S = 15 * 60

export interface TokenOrder {
  body: TokenBody
  /** What the schema found wrong with the body. */
  misses: readonly string[]
  /** The merchant's time, milliseconds since 1970. */
  at: number
  /** Whom a token with several uses is for; without one a token is used once. */
  retrieveIdentifier: string | undefined
  /** Of a wallet's: whose it is, and whose signatures count. */
  wallet?: Pick<WalletCall, 'entity' | 'trust'>
}

/** `token` is a UUID by shape: it is in no table and cannot be found out again. `problems`: `error_codes`. */
export type Tokenized =
  | { ok: true; token: string; facts: TokenFacts; expiresOn: Date }
  | { ok: false; problems: readonly string[] }

export interface CardTokenRoom {
  tokenize(entityKey: number, order: TokenOrder): Promise<Tokenized>
  /** What may be shown of a token that has not expired; `undefined` for any other. */
  tokenFacts(entityKey: number, token: string): Promise<TokenRow | undefined>
}

/** @param testCards whether cards are test cards, of which more is known than their scheme */
export function openCardTokens(
  db: Queryable,
  keys: Keyring,
  dataKeys: DataKeys,
  testCards: boolean,
  openWalletOnce: OpenWalletOnce,
): CardTokenRoom {
  /** What a row is found by. */
  const idOf = (entityKey: number, token: Uint8Array) => keys.mac('card-token', String(entityKey), token)

  return {
    async tokenize(entityKey, { body, misses, at, retrieveIdentifier, wallet }) {
      const problems = tokenProblems(body, misses, at)
      if (problems.length > 0) return { ok: false, problems }
      const found = isOfWallet(body) && wallet ? await openWalletOnce(entityKey, body, wallet) : undefined
      if (found && !found.ok) return { ok: false, problems: ['token_data_invalid'] }
      const opened = found?.card
      const token = randomBytes(TOKEN_BYTES)
      const id = idOf(entityKey, token)
      const { version, key } = await dataKeys.newest(entityKey)
      const facts = opened
        ? walletFacts(body, opened, testCards)
        : body.type === 'card'
          ? cardFacts(body, testCards)
          : { type: body.type }
      const maxUses = retrieveIdentifier === undefined ? 1 : (body.max_usage_attempts ?? 1)
      const expiresOn = await keepToken(db, entityKey, {
        id,
        facts,
        sealed: seal(
          key,
          token,
          tokenContext(entityKey, id, version),
          opened ? walletContents(body, opened) : contentsOf(body),
        ),
        keyVersion: version,
        maxUses,
        retrieveIdentifier: maxUses > 1 ? retrieveIdentifier : undefined,
        lifeS: LIFE_S,
      })
      return { ok: true, token: uuidText(token), facts, expiresOn }
    },

    tokenFacts: (entityKey, token) => readToken(db, entityKey, idOf(entityKey, uuidBytes(token))),
  }
}

/** What may be shown of a card that has been checked: it has a scheme. Of an address only what tells nobody's door. */
function cardFacts(body: TokenBody, testCards: boolean): TokenFacts {
  const { number = '', expiry_month = 0, expiry_year = 0, billing_address: address } = body
  const scheme = schemeOf(number)?.name as string
  const localScheme = localSchemeOf(number)?.toLowerCase()
  const { local_schemes: _, ...issuer } = testCards ? testCardFacts(number, scheme) : {}
  return {
    type: 'card',
    expiry_month,
    expiry_year,
    scheme: schemeTitle(scheme),
    ...(localScheme !== undefined && { scheme_local: localScheme }),
    last4: number.slice(-4),
    bin: binOf(number),
    ...issuer,
    ...(address && {
      billing_address: {
        ...(address.city !== undefined && { city: address.city }),
        ...(address.country !== undefined && { country: address.country }),
      },
    }),
  }
}

function isOfWallet({ type }: TokenBody): boolean {
  return type === 'googlepay' || type === 'applepay'
}

function walletFacts(body: TokenBody, opened: OpenedWallet, testCards: boolean): TokenFacts {
  const { number, expiryMonth: expiry_month, expiryYear: expiry_year } = opened
  return {
    ...cardFacts({ ...body, number, expiry_month, expiry_year }, testCards),
    type: body.type,
    token_format: opened.format,
  }
}

/** What the shopper approved stays with the card: no more than that may be taken with the token. */
export function walletContents({ billing_address, phone }: TokenBody, opened: OpenedWallet): object {
  const { number, name, cryptogram, eci, approved } = opened
  return { number, name, cryptogram, eci, approved, billing_address, phone }
}

/** What the token stands for, in the words of the request. */
function contentsOf({ type, number, cvv, name, token_data, billing_address, phone }: TokenBody): object {
  return type === 'card' ? { number, cvv, name, billing_address, phone } : { cvv: token_data?.cvv }
}

/** Under a key that takes both the merchant's data key and the token to make. */
function seal(dataKey: Secret, token: Uint8Array, context: string, contents: object): Buffer {
  const key = new Secret(createHmac('sha256', dataKey.reveal()).update('card-token|').update(token).digest())
  const plain = Buffer.from(JSON.stringify(contents), 'utf8')
  const sealed = encrypt(key, context, plain)
  plain.fill(0)
  key.destroy()
  return sealed
}

/** Ties the contents to their row: moved to another merchant or token, they do not open. */
function tokenContext(entityKey: number, id: Buffer, keyVersion: number): string {
  return `card-token|${entityKey}|${id.toString('hex')}|${keyVersion}`
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
