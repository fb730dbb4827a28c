/** Authentication before authorization: what 3-D Secure comes to for a card, and the facts it leaves. */
import type { Proof } from '../three-ds/proof.ts'
import type { PaymentRequest } from '../wire.ts'
import type { Brand } from './brands.ts'
import { cryptogram, directoryTransactionId, type FactSource } from './facts.ts'
import { type AuthenticationResult, threeDsBehaviour } from './three-ds-cards.ts'

const VERSION = '2.2.0'
const NOT_ENROLLED = '20150'
const FAILED = '20151'
const COULD_NOT_BE_PERFORMED = '20153'

/** `code` set: declined with it, the issuer is never asked. */
export interface Authentication {
  code?: string
  facts: Record<string, unknown>
}

export type AuthenticationStep =
  | { kind: 'decided'; result: Authentication }
  | { kind: 'challenge'; approved: Authentication; failed: Authentication }

/**
 * Payments without the shopper at a screen (MOTO) are never authenticated. `upgrade`: the issuer answered 20154 and the
 * merchant allows authentication after all.
 * @returns `undefined` when this payment goes without authentication
 */
export function authenticate(
  request: PaymentRequest,
  number: string,
  brand: Brand,
  facts: FactSource,
  upgrade: boolean,
): AuthenticationStep | undefined {
  const wanted = request.three_ds
  if (!(wanted?.enabled || upgrade) || request.payment_type === 'MOTO') return undefined
  const downgrades = wanted?.attempt_n3d === true
  const behaviour = threeDsBehaviour(number)
  const common = upgrade ? { upgrade_reason: 'soft_decline' } : {}

  if (behaviour.flow === 'not_enrolled') {
    return withoutAuthentication('N', NOT_ENROLLED, downgrades, common)
  }
  if (behaviour.flow === 'scheme_error') {
    return withoutAuthentication('U', COULD_NOT_BE_PERFORMED, downgrades, common)
  }
  if (behaviour.result === 'U') {
    return withoutAuthentication('Y', COULD_NOT_BE_PERFORMED, downgrades, { ...common, authentication_response: 'U' })
  }

  const asked = request.three_ds?.challenge_indicator
  const exemption = exemptionOf(request)
  const challenged = challengeIsDue(behaviour.flow, behaviour.result, asked, exemption)
  const outcome = (result: AuthenticationResult): Authentication => ({
    ...(result === 'N' || result === 'R' ? { code: FAILED } : {}),
    facts: {
      ...common,
      ...authenticationFacts(result, brand, facts),
      challenged,
      ...(exemption ? { exemption, ...(challenged ? {} : { exemption_applied: exemption }) } : {}),
    },
  })
  if (!challenged) return { kind: 'decided', result: outcome(behaviour.result) }
  return { kind: 'challenge', approved: outcome(behaviour.result), failed: outcome('N') }
}

const NOT_GENUINE = '20155'
const AUTHENTICATION_REQUIRED = '20154'

/**
 * An authentication that was done before the payment came, or an exemption claimed without one.
 * @param proof what the issuer found out about the authentication that the payment claims
 * @returns `undefined` when the payment claims neither
 */
export function authenticatedBefore(
  request: PaymentRequest,
  number: string,
  brand: Brand,
  proof: Proof | undefined,
): Authentication | undefined {
  const { authentication: claim } = request
  if (claim && proof) {
    const { trans_status: status, exemption } = claim
    const proven = status === 'Y' || status === 'A'
    const facts = {
      enrolled: 'Y',
      downgraded: status === 'U',
      authentication_response: status,
      ...(claim.version === undefined ? {} : { version: claim.version }),
      ...(claim.ds_transaction_id === undefined ? {} : { xid: claim.ds_transaction_id }),
      ...(claim.cryptogram === undefined ? {} : { cryptogram: claim.cryptogram }),
      signature_valid: proof.genuine ? 'Y' : 'N',
      eci: proven ? (claim.eci ?? brand.eci.none) : brand.eci.none,
      challenged: proof.challenged,
      ...(exemption === undefined ? {} : { exemption, ...(proof.challenged ? {} : { exemption_applied: exemption }) }),
    }
    return { ...(proof.genuine ? {} : { code: NOT_GENUINE }), facts }
  }
  const exemption = exemptionOf(request)
  if (exemption === undefined || request.three_ds?.enabled || request.payment_type === 'MOTO') return undefined
  // Whom the issuer wants to see is not exempt.
  const behaviour = threeDsBehaviour(number)
  const refused = behaviour.flow === 'challenge' && behaviour.result !== 'Y'
  const facts = {
    downgraded: false,
    challenged: false,
    exemption,
    ...(refused ? {} : { exemption_applied: exemption }),
  }
  return { ...(refused ? { code: AUTHENTICATION_REQUIRED } : {}), facts }
}

/**
 * Cards of a frictionless row stay so unless the merchant demands a challenge; other cards are challenged unless the
 * merchant asks for none or claims an exemption, which a card with a challenge row of its own does not grant.
 */
export function challengeIsDue(
  flow: 'frictionless' | 'challenge',
  result: AuthenticationResult,
  asked: string | undefined,
  exemption: string | undefined,
): boolean {
  if (asked === 'challenge_requested_mandate') return true
  if (flow === 'frictionless') return asked === 'challenge_requested' && result === 'Y'
  return !(asked === 'no_challenge_requested' || exemption !== undefined) || result !== 'Y'
}

function exemptionOf(request: PaymentRequest): string | undefined {
  const exemption = request.three_ds?.exemption
  return exemption === undefined || exemption === 'none' ? undefined : exemption
}

function withoutAuthentication(
  enrolled: 'Y' | 'N' | 'U',
  code: string,
  downgrades: boolean,
  more: Record<string, unknown>,
): AuthenticationStep {
  const facts = { ...more, enrolled, version: VERSION, challenged: false, downgraded: downgrades }
  return { kind: 'decided', result: downgrades ? { facts } : { code, facts } }
}

function authenticationFacts(result: AuthenticationResult, brand: Brand, facts: FactSource): Record<string, unknown> {
  const proven = result === 'Y' || result === 'A'
  return {
    enrolled: 'Y',
    downgraded: false,
    authentication_response: result,
    version: VERSION,
    xid: directoryTransactionId(facts),
    signature_valid: 'Y',
    ...(proven ? { cryptogram: cryptogram(facts) } : { authentication_status_reason: '01' }),
    eci: result === 'Y' ? brand.eci.authenticated : result === 'A' ? brand.eci.attempted : brand.eci.none,
  }
}
