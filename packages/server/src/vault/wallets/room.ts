/**
 * Wallets: who tokens are encrypted for at this installation, and opening them. What is inside becomes a card like any
 * other, with a cryptogram where the wallet gives one; it is kept nowhere.
 */
import { createHash, randomUUID } from 'node:crypto'
import { isCardNumber } from '@sluice/core/cards'
import { currencyOfNumber } from '@sluice/core/three-ds/iso-numbers'
import type { ApplePayToken, GooglePayToken, TokenWallet, WalletToken } from '@sluice/core/wallets/tokens'
import type { Exchange } from '../../processors/exchange.ts'
import type { Queryable } from '../../store/db.ts'
import { forgetSpentWalletTokens, spendWalletToken } from '../../store/spent-wallet-tokens.ts'
import type { CardRef } from '../card-ref.ts'
import type { OpenWalletOnce } from '../card-tokens.ts'
import type { Keyring } from '../keyring.ts'
import { openExchange } from '../send.ts'
import { type AppleRecipient, openAppleToken } from './apple.ts'
import { type GoogleRecipient, type GoogleRootKey, openGoogleToken } from './google.ts'
import { type OpenedWallet, recipientKey, refuse, WalletRefusal } from './opened.ts'
import type { OwnWallets } from './own.ts'
import { tokenOf, type WalletRef } from './wallet-ref.ts'

/** Whose signatures count. */
export interface WalletTrust {
  google: readonly GoogleRootKey[]
  /** DER */
  appleRoot: Uint8Array
}

/** Who tokens for a merchant are encrypted for; absent for a wallet that is not set up. Keys are base64. */
export interface WalletRecipients {
  google?: {
    merchantId: string
    /** Uncompressed point: `tokenizationSpecification.parameters.publicKey`. Absent where we open none. */
    publicKey?: string
  }
  apple?: {
    merchantId: string
    /** SubjectPublicKeyInfo, as in the payment processing certificate. Absent where we open none. */
    publicKey?: string
  }
}

export interface WalletCall {
  /** `ent_…` */
  entity: string
  trust: WalletTrust
  /** What is to be paid: minor units, ISO 4217. Absent when nothing is paid yet. */
  pays?: { amount: number; currency: string }
}

export type OpenedCard<Card> = { ok: true; card: Card } | { ok: false; reason: string }

export interface WalletRoom {
  /** @param opened whether we open its tokens, and do not hand them on as they are */
  isWalletSetUp(type: TokenWallet, opened: boolean): boolean
  walletRecipients(entity: string): WalletRecipients
  /** Opens what came with sealed details. It is not spent by that: see `spendWallet`. */
  openWallet(wallet: WalletRef, call: WalletCall): OpenedCard<CardRef>
  /**
   * To be called once nothing stands in the way of paying with the token, opened by us or not.
   * @param nonce UUID of the sealed details: they may be submitted again, others may not bring the same token
   * @returns `false`: it was paid with before
   */
  spendWallet(entityKey: number, wallet: WalletRef, nonce: string): Promise<boolean>
  /** Opens and spends, for a token of ours in its place. */
  openWalletOnce: OpenWalletOnce
  /** The way to Apple's servers, which know us by our certificate; in production where it is set up. */
  readonly appleExchange: Exchange | undefined
  /** Forgets the tokens that are too old to be believed anyway; answers how many. */
  forgetSpentWalletTokens(): Promise<number>
}

/** No wallet's token is good for longer. */
const REMEMBERED_MS = 14 * 24 * 3_600_000
/** Recipients that are derived are kept, since every session that offers a wallet names them. */
const MOST_KEPT = 1000

/** Whose tokens are ours. */
interface Recipients {
  google?: GoogleRecipient & { merchantId: string }
  apple?: AppleRecipient
}

export interface WalletSettings {
  db: Queryable
  keys: Keyring
  /** `derived`: every merchant has keys of its own, which are known to the simulator alone: in sandbox. */
  own: OwnWallets | 'derived'
  /** Makes a card of what was opened. */
  hold: (wallet: OpenedWallet, type: TokenWallet, entity: string) => CardRef
  /** Real time, milliseconds since 1970. */
  now: () => number
}

export function openWallets({ db, keys, own, hold, now }: WalletSettings): WalletRoom {
  const derived = new Map<string, Recipients>()
  const real = own === 'derived' ? undefined : recipientsOf(own)

  function recipients(entity: string): Recipients {
    if (real) return real
    const known = derived.get(entity) ?? derivedRecipients(keys, entity)
    if (derived.size >= MOST_KEPT) derived.clear()
    derived.set(entity, known)
    return known
  }

  function open(type: TokenWallet, token: WalletToken, call: WalletCall): OpenedCard<OpenedWallet> {
    try {
      return { ok: true, card: openToken({ type, token }, recipients(call.entity), call, now()) }
    } catch (cause) {
      if (cause instanceof WalletRefusal) return { ok: false, reason: cause.reason }
      throw cause
    }
  }

  async function spend(entityKey: number, type: TokenWallet, token: WalletToken, nonce: string): Promise<boolean> {
    const id = createHash('sha256')
      .update(`${type}\n${nameOf(token)}`)
      .digest()
    return await spendWalletToken(db, entityKey, { id, nonce, forgetOn: now() + REMEMBERED_MS })
  }

  return {
    isWalletSetUp(type, opened) {
      if (own === 'derived') return true
      const of = type === 'applepay' ? own.apple : own.google
      return of !== undefined && (!opened || of.keys.length > 0)
    },
    walletRecipients: (entity) => publicPartOf(recipients(entity)),
    openWallet(wallet, call) {
      const opened = open(wallet.type, tokenOf(wallet), call)
      return opened.ok ? { ok: true, card: hold(opened.card, wallet.type, call.entity) } : opened
    },
    spendWallet: (entityKey, wallet, nonce) => spend(entityKey, wallet.type, tokenOf(wallet), nonce),
    async openWalletOnce(entityKey, { type: named, token_data }, call) {
      const type = named as TokenWallet
      const token = token_data as unknown as WalletToken
      const opened = open(type, token, call)
      if (!opened.ok || (await spend(entityKey, type, token, randomUUID()))) return opened
      return { ok: false, reason: 'used before' }
    },
    appleExchange: own !== 'derived' && own.apple ? openExchange(undefined, own.apple.identity) : undefined,
    forgetSpentWalletTokens: () => forgetSpentWalletTokens(db, now()),
  }
}

function recipientsOf({ google, apple }: OwnWallets): Recipients {
  return {
    ...(google && { google: { ...google, id: googleName(google.merchantId) } }),
    ...(apple && { apple }),
  }
}

function derivedRecipients(keys: Keyring, entity: string): Recipients {
  const key = (wallet: TokenWallet) => recipientKey(keys.key(`wallet/${wallet}`, entity).reveal())
  return {
    google: { merchantId: entity, id: googleName(entity), keys: [key('googlepay')] },
    apple: { merchantId: `merchant.${entity}`, keys: [key('applepay')] },
  }
}

function googleName(merchantId: string): string {
  return `merchant:${merchantId}`
}

function publicPartOf({ google, apple }: Recipients): WalletRecipients {
  const [ofGoogle] = google?.keys ?? []
  const [ofApple] = apple?.keys ?? []
  return {
    ...(google && {
      google: {
        merchantId: google.merchantId,
        ...(ofGoogle && { publicKey: ofGoogle.publicPoint.toString('base64') }),
      },
    }),
    ...(apple && {
      apple: { merchantId: apple.merchantId, ...(ofApple && { publicKey: ofApple.publicKey.toString('base64') }) },
    }),
  }
}

/** What no two tokens have in common, and nobody can change in one: it is signed. */
function nameOf(token: WalletToken): string {
  return 'signedMessage' in token ? token.signedMessage : token.header.transactionId.toLowerCase()
}

/** Believed, opened, and a card. @throws WalletRefusal */
export function openToken(
  { type, token }: { type: TokenWallet; token: WalletToken },
  { google, apple }: Recipients,
  { trust, pays }: WalletCall,
  now: number,
): OpenedWallet {
  const opened =
    type === 'googlepay'
      ? openGoogleToken(token as GooglePayToken, {
          roots: trust.google,
          recipient: google ?? refuse('not set up'),
          now,
        })
      : openAppleToken(token as ApplePayToken, { root: trust.appleRoot, recipient: apple ?? refuse('not set up'), now })
  if (!isCardNumber(opened.number)) refuse('card number')
  const { approved } = opened
  // More than was approved is never taken; less may be, where the total was not final.
  const isCovered =
    !approved || !pays || (pays.amount <= approved.amount && pays.currency === currencyOfNumber(approved.currency))
  if (!isCovered) refuse('amount')
  return opened
}
