/** The decision about authentication (core), asked about an attempt of ours. */
import { decideSca, type ScaDecision } from '@sluice/core/three-ds/decide-sca'
import { isAuthenticatorSetUp } from '../authenticators/index.ts'
import type { Context } from '../context.ts'
import type { AuthenticationProof, ChannelProcessorSettings } from '../processors/processor.ts'
import type { SessionRequest } from '../store/sessions.ts'
import type { CardRef } from '../vault/card-ref.ts'
import { manifestOf } from './offer.ts'
import type { Ended } from './three-ds-object.ts'

/** What of an attempt decides. Amount in minor units, currency ISO 4217. */
export interface Undecided {
  requested: number
  currency: string
  request: SessionRequest
}

export interface Standing {
  /** The issuer answered 20154. */
  scaDemanded?: boolean
  /** What the authentication came to, and for how much. */
  ended?: Ended & { amount: number; currency: string }
}

/** `3ds` of a request. */
export interface AskedThreeDs {
  enabled?: boolean
  attempt_n3d?: boolean
  challenge_indicator?: string
  exemption?: string
  allow_upgrade?: boolean
}

/** Whether authenticating the shopper of a card is our affair and not the processor's, also where nobody can do it. */
export function authenticatesOutside(ctx: Context, settings: ChannelProcessorSettings): boolean {
  return manifestOf(ctx, settings).authentication !== 'integrated'
}

/** Whether it is our affair for this card: whom his device has authenticated, nobody asks again. */
export function isAuthenticatedByUs(
  ctx: Context,
  settings: ChannelProcessorSettings,
  card: Pick<CardRef, 'authenticated'> | undefined,
): boolean {
  return card !== undefined && card.authenticated !== true && authenticatesOutside(ctx, settings)
}

/** Nobody does: what was asked for cannot be had, and is never left out in silence. */
export function hasNoAuthenticator(ctx: Context, settings: ChannelProcessorSettings): boolean {
  const { authentication } = manifestOf(ctx, settings)
  return authentication === 'none' || (authentication === 'external' && !isAuthenticatorSetUp(settings, ctx.config))
}

export function scaDecision({ requested, currency, request }: Undecided, standing: Standing = {}): ScaDecision {
  const { scaDemanded = false, ended } = standing
  const asked = request['3ds'] as AskedThreeDs | undefined
  return decideSca({
    paymentType: (request['payment_type'] as string | undefined) ?? 'Regular',
    merchantInitiated: false,
    amount: requested,
    currency,
    threeDs: {
      enabled: asked?.enabled === true,
      attemptN3d: asked?.attempt_n3d === true,
      challengeIndicator: asked?.challenge_indicator,
      exemption: asked?.exemption,
      // Who does not speak of 3-D Secure at all wants nothing of it.
      allowUpgrade: asked !== undefined && asked.allow_upgrade !== false,
    },
    scaDemanded,
    ...(ended && { authentication: { result: ended.status, amount: ended.amount, currency: ended.currency } }),
  })
}

/** What the processor is told of an authentication that was passed. */
export function proofOf({ result }: Ended): AuthenticationProof | undefined {
  if (!result || (result.status !== 'Y' && result.status !== 'A')) return undefined
  const { version, dsTransId, acsTransId, eci, cryptogram, status: transStatus } = result
  return {
    version,
    transStatus,
    ...(dsTransId !== undefined && { dsTransId }),
    ...(acsTransId !== undefined && { acsTransId }),
    ...(eci !== undefined && { eci }),
    ...(cryptogram !== undefined && { cryptogram }),
  }
}
