/**
 * Apple Pay and Google Pay: whose signatures count, the card in a token, and in sandbox what the simulator's sheets ask
 * for in place of the real ones.
 */
import { wireId } from '@sluice/core/ids'
import { InvalidRequest, Problem } from '@sluice/core/problems'
import { isAppleValidationUrl } from '@sluice/core/wallets/apple-hosts'
import type { TokenWallet } from '@sluice/core/wallets/tokens'
import type { Context } from '../context.ts'
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { SessionRequest } from '../store/sessions.ts'
import type { CardRef } from '../vault/card-ref.ts'
import type { OpenedDetails } from '../vault/vault.ts'
import type { WalletTrust } from '../vault/wallets/room.ts'
import { type Caller, merchantOf } from './merchant.ts'
import { manifestOf } from './offer.ts'

const DEADLINE_MS = 5_000
/** Google and Apple change their keys rarely, and announce it. */
const TRUST_LIFE_MS = 10 * 60_000

const known = new WeakMap<Context, { trust: Promise<WalletTrust>; until: number }>()

/**
 * The keys that sign tokens; in sandbox those of the simulator, which plays both.
 * @throws Problem `processor_unreachable`
 */
export async function walletTrust(ctx: Context): Promise<WalletTrust> {
  const now = ctx.now()
  const last = known.get(ctx)
  if (last && last.until > now) return await last.trust
  const trust = learnTrust(ctx)
  known.set(ctx, { trust, until: now + TRUST_LIFE_MS })
  trust.catch(() => known.delete(ctx))
  return await trust
}

async function learnTrust(ctx: Context): Promise<WalletTrust> {
  // Nobody's keys are set up: nobody is believed.
  if (ctx.config.mode !== 'sandbox') return { google: [], appleRoot: new Uint8Array() }
  const [google, apple] = await Promise.all([
    askSimulator(ctx, 'GET', '/wallets/googlepay/keys.json'),
    askSimulator(ctx, 'GET', '/wallets/applepay/root'),
  ])
  const { certificate } = apple as { certificate: string }
  return {
    google: (google as unknown as { keys: WalletTrust['google'] }).keys,
    appleRoot: Buffer.from(certificate, 'base64'),
  }
}

/**
 * The card in the token, where we open it ourselves; `undefined` where the processor does.
 * @throws InvalidRequest `token_invalid`: forged, too old, not for this merchant, for less, or paid with before
 */
export async function cardOfWallet(
  ctx: Context,
  merchant: Merchant,
  settings: ChannelProcessorSettings,
  request: SessionRequest,
  { wallet, nonce }: OpenedDetails,
): Promise<CardRef | undefined> {
  if (!wallet || manifestOf(ctx, settings).wallets !== 'decrypted') return undefined
  const { amount, currency } = request as unknown as { amount: number; currency: string }
  const opened = await ctx.vault.openWallet(merchant.entityKey, wallet, {
    entity: wireId('entity', merchant.id),
    trust: await walletTrust(ctx),
    nonce,
    pays: { amount, currency },
  })
  if (opened.ok) return opened.card
  ctx.log.info({ wallet: wallet.type, reason: opened.reason }, "a wallet's token was refused")
  throw new InvalidRequest(['token_invalid'])
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
  // What a merchant proves himself with to Apple is nowhere to be set yet.
  if (!sandbox) throw new Problem('action_not_allowed')
  const merchant = await merchantOf(ctx, caller.entityKey)
  const { apple } = ctx.vault.walletRecipients(wireId('entity', merchant.id))
  return await askSimulator(ctx, 'POST', '/wallets/applepay/start-session', {
    ...(recipient === 'merchant' && { merchantIdentifier: apple.merchantId, paymentProcessingKey: apple.publicKey }),
    displayName: merchant.name,
    initiative: 'web',
    initiativeContext: domain,
    at: ctx.now(),
  })
}

/** In sandbox: the cards that lie in the simulator's wallets. */
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
  asked: { card: string; request: Record<string, unknown>; merchantSession: Record<string, unknown> | undefined },
): Promise<Record<string, unknown>> {
  const path = wallet === 'googlepay' ? '/wallets/googlepay/payment-data' : '/wallets/applepay/payments'
  return askSimulator(ctx, 'POST', path, { ...asked, at: ctx.now() })
}

async function askSimulator(
  ctx: Context,
  method: 'GET' | 'POST',
  path: string,
  body?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const message = { method, url: ctx.config.urls.simulator + path, headers: {}, ...(body && { body }) }
  const reply = await ctx.exchange(message, undefined, AbortSignal.timeout(DEADLINE_MS)).catch(() => undefined)
  if (reply?.status === 422) throw new InvalidRequest(['request_invalid'])
  if (reply?.status !== 200) throw new Problem('processor_unreachable')
  return reply.body as Record<string, unknown>
}
