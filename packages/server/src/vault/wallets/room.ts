/**
 * Wallets: who tokens are encrypted for at this installation, and opening them. What is inside becomes a card like any
 * other, with a cryptogram where the wallet gives one; it is kept nowhere.
 */
import { createHash, randomUUID } from 'node:crypto'
import { isCardNumber } from '@sluice/core/cards'
import { currencyOfNumber } from '@sluice/core/three-ds/iso-numbers'
import type { ApplePayToken, GooglePayToken, TokenWallet, WalletToken } from '@sluice/core/wallets/tokens'
import type { Queryable } from '../../store/db.ts'
import { forgetSpentWalletTokens, spendWalletToken } from '../../store/spent-wallet-tokens.ts'
import type { CardRef } from '../card-ref.ts'
import type { OpenWalletOnce } from '../card-tokens.ts'
import type { Keyring } from '../keyring.ts'
import { openAppleToken } from './apple.ts'
import { type GoogleRootKey, openGoogleToken } from './google.ts'
import { type OpenedWallet, type RecipientKey, recipientKey, refuse, WalletRefusal } from './opened.ts'
import { tokenOf, type WalletRef } from './wallet-ref.ts'

/** Whose signatures count. */
export interface WalletTrust {
  google: readonly GoogleRootKey[]
  /** DER */
  appleRoot: Uint8Array
}

/** Who tokens for a merchant are encrypted for. Keys are base64. */
export interface WalletRecipients {
  google: {
    merchantId: string
    /** Uncompressed point: `tokenizationSpecification.parameters.publicKey`. */
    publicKey: string
  }
  apple: {
    merchantId: string
    /** SubjectPublicKeyInfo, as in the payment processing certificate. */
    publicKey: string
  }
}

export interface WalletCall {
  /** `ent_…` */
  entity: string
  trust: WalletTrust
  /** UUID of the sealed details: they may be submitted again, others may not bring the same token. */
  nonce: string
  /** What is to be paid: minor units, ISO 4217. Absent when nothing is paid yet. */
  pays?: { amount: number; currency: string }
}

export type OpenedCard<Card> = { ok: true; card: Card } | { ok: false; reason: string }

export interface WalletRoom {
  walletRecipients(entity: string): WalletRecipients
  /** Opens what came with sealed details. Once: for other details the same token is refused. */
  openWallet(entityKey: number, wallet: WalletRef, call: WalletCall): Promise<OpenedCard<CardRef>>
  /** The same for a token of ours in its place. */
  openWalletOnce: OpenWalletOnce
  /** Forgets the tokens that are too old to be believed anyway; answers how many. */
  forgetSpentWalletTokens(): Promise<number>
}

/** No wallet's token is good for longer. */
const REMEMBERED_MS = 14 * 24 * 3_600_000

/**
 * @param hold makes a card of what was opened
 * @param now real time, milliseconds since 1970
 */
export function openWallets(
  db: Queryable,
  keys: Keyring,
  hold: (wallet: OpenedWallet, type: TokenWallet, entity: string) => CardRef,
  now: () => number,
): WalletRoom {
  const mine = (wallet: TokenWallet, entity: string): RecipientKey =>
    recipientKey(keys.key(`wallet/${wallet}`, entity).reveal())

  async function openOnce(
    entityKey: number,
    wallet: { type: TokenWallet; token: WalletToken },
    call: WalletCall,
  ): Promise<OpenedCard<OpenedWallet>> {
    try {
      const card = openToken(wallet, mine, call, now())
      await spend(db, entityKey, { type: wallet.type, id: card.id, nonce: call.nonce }, now())
      return { ok: true, card }
    } catch (cause) {
      if (cause instanceof WalletRefusal) return { ok: false, reason: cause.reason }
      throw cause
    }
  }

  return {
    walletRecipients: (entity) => recipientsOf(mine, entity),
    async openWallet(entityKey, wallet, call) {
      const opened = await openOnce(entityKey, { type: wallet.type, token: tokenOf(wallet) }, call)
      return opened.ok ? { ok: true, card: hold(opened.card, wallet.type, call.entity) } : opened
    },
    openWalletOnce: (entityKey, { type, token_data }, call) =>
      openOnce(
        entityKey,
        { type: type as TokenWallet, token: token_data as unknown as WalletToken },
        { ...call, nonce: randomUUID() },
      ),
    forgetSpentWalletTokens: () => forgetSpentWalletTokens(db, now()),
  }
}

type Mine = (wallet: TokenWallet, entity: string) => RecipientKey

function recipientsOf(mine: Mine, entity: string): WalletRecipients {
  return {
    google: { merchantId: entity, publicKey: mine('googlepay', entity).publicPoint.toString('base64') },
    apple: { merchantId: appleMerchantId(entity), publicKey: mine('applepay', entity).publicKey.toString('base64') },
  }
}

function appleMerchantId(entity: string): string {
  return `merchant.${entity}`
}

/** Believed, opened, and a card. @throws WalletRefusal */
export function openToken(
  { type, token }: { type: TokenWallet; token: WalletToken },
  mine: Mine,
  { entity, trust, pays }: WalletCall,
  now: number,
): OpenedWallet {
  const key = mine(type, entity)
  const opened =
    type === 'googlepay'
      ? openGoogleToken(token as GooglePayToken, {
          roots: trust.google,
          recipient: { id: `merchant:${entity}`, keys: [key] },
          now,
        })
      : openAppleToken(token as ApplePayToken, {
          root: trust.appleRoot,
          recipient: { merchantId: appleMerchantId(entity), keys: [key] },
          now,
        })
  if (!isCardNumber(opened.number)) refuse('card number')
  const { approved } = opened
  // More than was approved is never taken; less may be, where the total was not final.
  const isCovered =
    !approved || !pays || (pays.amount <= approved.amount && pays.currency === currencyOfNumber(approved.currency))
  if (!isCovered) refuse('amount')
  return opened
}

async function spend(
  db: Queryable,
  entityKey: number,
  { type, id, nonce }: { type: TokenWallet; id: string; nonce: string },
  now: number,
): Promise<void> {
  const hash = createHash('sha256').update(`${type}\n${id}`).digest()
  const isFirst = await spendWalletToken(db, entityKey, { id: hash, nonce, forgetOn: now + REMEMBERED_MS })
  if (!isFirst) refuse('used before')
}
