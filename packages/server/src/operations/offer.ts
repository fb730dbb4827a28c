/** What a session offers: core's eligibility, given the channel, its processor and the cards on file. */
import { type EligibilityChannel, type EligibilityRequest, eligibility, offeredMethods } from '@sluice/core/eligibility'
import { uuidOf } from '@sluice/core/ids'
import { isAuthenticatorSetUp } from '../authenticators/index.ts'
import type { Context } from '../context.ts'
import type { ChannelProcessorSettings, Manifest } from '../processors/processor.ts'
import type { Channel } from '../store/merchants.ts'
import type { SessionRequest } from '../store/sessions.ts'

/** A stored request as core's rules read it: it was checked against the schema before it was stored. */
export function asEligibilityRequest(request: SessionRequest): EligibilityRequest {
  return request as unknown as EligibilityRequest
}

export function manifestOf(ctx: Context, settings: ChannelProcessorSettings): Manifest {
  return ctx.processors(settings).manifest(settings)
}

/** The names of the methods offered, card first. */
export async function offerOf(ctx: Context, entityKey: number, channel: Channel, request: SessionRequest) {
  return offeredMethods(asEligibilityRequest(request), await offerConditions(ctx, entityKey, channel, request))
}

/** Every method, offered or not, with its reasons. */
export async function explainOffer(ctx: Context, entityKey: number, channel: Channel, request: SessionRequest) {
  return eligibility(asEligibilityRequest(request), await offerConditions(ctx, entityKey, channel, request))
}

/** What decides beside the request itself. */
export async function offerConditions(
  ctx: Context,
  entityKey: number,
  channel: Channel,
  request: SessionRequest,
): Promise<EligibilityChannel> {
  const manifest = manifestOf(ctx, channel.settings)
  return {
    methods: channel.settings.methods,
    processor: manifest,
    walletsSetUp: walletsSetUp(ctx, manifest),
    authenticatorSetUp: manifest.authentication !== 'external' || isAuthenticatorSetUp(channel.settings, ctx.config),
    hasStoredCards: await hasStoredCards(ctx, entityKey, request),
  }
}

/** Tokens that are handed on need no key of ours, but of Google's a name of who opens them. */
function walletsSetUp({ vault }: Context, { wallets, googleGateway }: Manifest): EligibilityChannel['walletsSetUp'] {
  const opened = wallets === 'decrypted'
  return {
    applepay: vault.isWalletSetUp('applepay', opened),
    googlepay: vault.isWalletSetUp('googlepay', opened) && (opened || googleGateway !== undefined),
  }
}

/** Cards are offered only for a customer or for instruments that the merchant's server named, never for a typed e-mail. */
async function hasStoredCards(ctx: Context, entityKey: number, request: SessionRequest): Promise<boolean> {
  const named = storedCardsNamed(request)
  if (!named) return false
  return (await ctx.vault.instrumentsOf(entityKey, named)).length > 0
}

/** Whose cards, or which cards, the merchant's server named; as UUIDs. */
export function storedCardsNamed(request: SessionRequest): { customerId?: string; ids?: string[] } | undefined {
  const configuration = (request['payment_method_configuration'] as Record<string, unknown> | undefined)?.[
    'stored_card'
  ]
  const { customer_id, instrument_ids } = (configuration ?? {}) as { customer_id?: string; instrument_ids?: string[] }
  if (instrument_ids) return { ids: instrument_ids.flatMap((id) => uuidOf('instrument', id) ?? []) }
  const wireId = customer_id ?? (request['customer'] as { id?: string } | undefined)?.id
  const customerId = wireId === undefined ? undefined : uuidOf('customer', wireId)
  return customerId === undefined ? undefined : { customerId }
}
