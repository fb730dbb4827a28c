/**
 * Apple Pay and Google Pay: whose signatures count, the card in a token, and in sandbox what the simulator's sheets ask
 * for in place of the real ones.
 */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { isAppleValidationUrl } from '@sluice/core/wallets/apple-hosts'
import { isObject } from '@sluice/core/shape'
import type { TokenWallet } from '@sluice/core/wallets/tokens'
import type { Context } from '../context.ts'
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { SessionRequest } from '../store/sessions.ts'
import type { CardRef } from '../vault/card-ref.ts'
import type { OpenedDetails } from '../vault/vault.ts'
import { APPLE_ROOT } from '../vault/wallets/apple-root.ts'
import type { WalletTrust } from '../vault/wallets/room.ts'
import type { WalletRef } from '../vault/wallets/wallet-ref.ts'
import { type Caller, merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'

const DEADLINE_MS = 5_000
/** Google and Apple change their keys rarely, and announce it. */
const TRUST_LIFE_MS = 10 * 60_000
const NOBODY = new Uint8Array()
/** Apple's sheet shows no more of it. */
const LONGEST_NAME = 64

const GOOGLE_KEYS_URL = 'https://payments.developers.google.com/paymentmethodtoken/keys.json'

const known = new WeakMap<Context, Map<TokenWallet, { trust: Promise<WalletTrust>; until: number }>>()

/**
 * The keys that sign tokens of the wallet; in sandbox those of the simulator, which plays both.
 * @throws Problem `processor_unreachable`
 */
export async function walletTrust(ctx: Context, wallet: TokenWallet): Promise<WalletTrust> {
  const of = known.get(ctx) ?? new Map()
  known.set(ctx, of)
  const now = ctx.now()
  const last = of.get(wallet)
  if (last && last.until > now) return await last.trust
  const trust = learnTrust(ctx, wallet)
  of.set(wallet, { trust, until: now + TRUST_LIFE_MS })
  trust.catch(() => of.delete(wallet))
  return await trust
}

async function learnTrust(ctx: Context, wallet: TokenWallet): Promise<WalletTrust> {
  const sandbox = ctx.config.mode === 'sandbox'
  if (wallet === 'googlepay') {
    const url = sandbox ? `${ctx.config.urls.simulator}/wallets/googlepay/keys.json` : GOOGLE_KEYS_URL
    const { keys } = (await ask(ctx, 'GET', url)) as unknown as { keys: WalletTrust['google'] }
    return { google: keys, appleRoot: NOBODY }
  }
  if (!sandbox) return { google: [], appleRoot: APPLE_ROOT }
  const { certificate } = (await askSimulator(ctx, 'GET', '/wallets/applepay/root')) as { certificate: string }
  return { google: [], appleRoot: Buffer.from(certificate, 'base64') }
}

/**
 * The card in the token, where we open it ourselves; `undefined` where the processor does. The token is not spent by that.
 * @throws InvalidRequest `token_invalid`: forged, too old, not for this merchant, or for less
 */
export async function cardOfWallet(
  ctx: Context,
  merchant: Merchant,
  settings: ChannelProcessorSettings,
  request: SessionRequest,
  wallet: WalletRef,
): Promise<CardRef | undefined> {
  if (manifestOf(ctx, settings).wallets !== 'decrypted') return undefined
  const { amount, currency } = request as unknown as { amount: number; currency: string }
  const opened = ctx.vault.openWallet(wallet, {
    entity: wireId('entity', merchant.id),
    trust: await walletTrust(ctx, wallet.type),
    pays: { amount, currency },
  })
  if (opened.ok) return opened.card
  throw refusedToken(ctx, wallet, opened.reason)
}

/**
 * The token of these sealed details, if they came with one, pays now: no other details may bring it again. The last thing
 * before an attempt begins, so that whatever can be mended does not cost the token.
 * @throws InvalidRequest `token_invalid`
 */
export async function spendWalletOf(
  ctx: Context,
  merchant: Merchant,
  { wallet, nonce }: Pick<OpenedDetails, 'wallet' | 'nonce'>,
): Promise<void> {
  if (!wallet || (await ctx.vault.spendWallet(merchant.entityKey, wallet, nonce))) return
  throw refusedToken(ctx, wallet, 'used before')
}

function refusedToken(ctx: Context, { type }: WalletRef, reason: string): InvalidRequest {
  ctx.log.info({ wallet: type, reason }, "a wallet's token was refused")
  return new InvalidRequest(['token_invalid'])
}

/** What a page of the caller may ask of the wallets' own servers, through us. */
export interface AskedOfApple {
  validationUrl: string
  /** Whom tokens are to be encrypted for: us, or the gateway of the processor. */
  recipient: 'merchant' | 'gateway'
  /** Host of the shop's page. */
  domain: string
}

/**
 * A merchant session for Apple Pay's sheet. The address comes from a browser: no other than Apple's own is asked, and in
 * sandbox the simulator in its place.
 * @throws Problem `action_not_allowed` where nothing is set up; InvalidRequest `validation_url_invalid`
 */
export async function validateMerchant(
  ctx: Context,
  caller: Caller,
  { validationUrl, recipient, domain }: AskedOfApple,
): Promise<Record<string, unknown>> {
  const sandbox = ctx.config.mode === 'sandbox'
  if (!isAppleValidationUrl(validationUrl, sandbox)) throw new InvalidRequest(['validation_url_invalid'])
  const merchant = await merchantOf(ctx, caller.entityKey)
  const { apple } = ctx.vault.walletRecipients(wireId('entity', merchant.id))
  if (!apple) throw new Problem('action_not_allowed')
  const asked = { displayName: merchant.name.slice(0, LONGEST_NAME), initiative: 'web', initiativeContext: domain }
  if (!sandbox) {
    const body = { merchantIdentifier: apple.merchantId, ...asked }
    return await ask(ctx, 'POST', validationUrl, body, ctx.vault.appleExchange)
  }
  return await askSimulator(ctx, 'POST', '/wallets/applepay/start-session', {
    ...(recipient === 'merchant' && { merchantIdentifier: apple.merchantId, paymentProcessingKey: apple.publicKey }),
    ...asked,
    at: ctx.now(),
  })
}

/** In sandbox: the cards that lie in the simulator's wallets, and the addresses of their owner. */
export function testCards(ctx: Context): Promise<Record<string, unknown>> {
  return askSimulator(ctx, 'GET', '/wallets/cards')
}

/**
 * In sandbox: what the sheet hands over once a card was chosen, `PaymentData` or `ApplePayPayment`.
 * @throws InvalidRequest `request_invalid` for what the wallet itself would refuse
 */
export function approveInSheet(
  ctx: Context,
  wallet: TokenWallet,
  asked: {
    card: string
    address: string | undefined
    request: Record<string, unknown>
    merchantSession: Record<string, unknown> | undefined
  },
): Promise<Record<string, unknown>> {
  const path = wallet === 'googlepay' ? '/wallets/googlepay/payment-data' : '/wallets/applepay/payments'
  return askSimulator(ctx, 'POST', path, { ...asked, at: ctx.now() })
}

function askSimulator(
  ctx: Context,
  method: 'GET' | 'POST',
  path: string,
  body?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  return ask(ctx, method, ctx.config.urls.simulator + path, body)
}

async function ask(
  ctx: Context,
  method: 'GET' | 'POST',
  url: string,
  body?: Record<string, unknown>,
  exchange = ctx.exchange,
): Promise<Record<string, unknown>> {
  const message = { method, url, headers: {}, ...(body && { body }) }
  const reply = await exchange(message, undefined, AbortSignal.timeout(DEADLINE_MS)).catch(() => undefined)
  if (reply?.status === 422) throw new InvalidRequest(['request_invalid'])
  if (reply?.status !== 200 || !isObject(reply.body)) throw new Problem('processor_unreachable')
  return reply.body
}
