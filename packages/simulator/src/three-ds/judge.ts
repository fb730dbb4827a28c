/** What an issuer's access control server makes of an authentication request. Pure: the same request, the same answer. */
import { wishOfIndicator } from '@sluice/core/three-ds/challenge-indicators'
import type { AReq, TransStatus } from '@sluice/core/three-ds/messages'
import type { Fidelity } from '../issuer/cards.ts'
import { challengeIsDue } from '../issuer/three-ds.ts'
import { threeDsBehaviour } from '../issuer/three-ds-cards.ts'
import type { Switches } from '@sluice/core/switches'
import { participantsOf } from './card-ranges.ts'
import { threeDsSwitch } from './switches.ts'

export interface Judgement {
  status: TransStatus
  reason?: string
  /** When a challenge is to come, now or decoupled: what the right answer makes of it. */
  onSuccess?: TransStatus
}

interface Refusal {
  status: TransStatus
  /** `transStatusReason`. */
  reason: string
  fidelity: Fidelity
}

/** What an issuer says who does not authenticate, by what stands in his way. */
export const REFUSALS = {
  not_enrolled: { status: 'U', reason: '13', fidelity: 'inferred' },
  cannot: { status: 'U', reason: '22', fidelity: 'inferred' },
  decoupled_not_asked_for: { status: 'U', reason: '23', fidelity: 'inferred' },
  failed: { status: 'N', reason: '01', fidelity: 'confirmed' },
  rejected: { status: 'R', reason: '01', fidelity: 'inferred' },
  timed_out: { status: 'N', reason: '14', fidelity: 'inferred' },
} as const satisfies Record<string, Refusal>

/** @returns `undefined` when the issuer's server cannot be reached */
export function judge(areq: AReq, switches: Switches): Judgement | undefined {
  if (threeDsSwitch(switches, 'acs') === 'down') return undefined
  const forced = threeDsSwitch(switches, 'transstatus') as TransStatus | undefined
  if (forced !== undefined) return forcedJudgement(forced, areq)
  if (!participantsOf(areq.acctNumber)) return refusal('not_enrolled')

  const behaviour = threeDsBehaviour(areq.acctNumber)
  if (behaviour.flow === 'scheme_error') return undefined
  if (behaviour.flow === 'not_enrolled') return refusal('not_enrolled')
  const { indicator, exemption } = wishOfIndicator(areq.threeDSRequestorChallengeInd)
  // Who shares data only asks for no authentication, and gets none.
  if (exemption === 'data_share' && behaviour.result === 'Y') return { status: 'I' }
  // Who would have the shopper asked about his trusted list wants him asked.
  const sparing = indicator === 'challenge_requested' ? undefined : exemption
  if (behaviour.result !== 'U' && challengeIsDue(behaviour.flow, behaviour.result, indicator, sparing)) {
    return { status: 'C', onSuccess: behaviour.result }
  }
  return withReason(behaviour.result)
}

/** A status with the reason it needs. */
export function withReason(status: TransStatus): Judgement {
  if (status === 'U') return refusal('cannot')
  if (status === 'R') return refusal('rejected')
  return status === 'N' ? refusal('failed') : { status }
}

export function refusal(kind: keyof typeof REFUSALS): Judgement & { reason: string } {
  const { status, reason } = REFUSALS[kind]
  return { status, reason }
}

function forcedJudgement(status: TransStatus, areq: AReq): Judgement {
  if (status === 'D' && areq.threeDSRequestorDecReqInd !== 'Y') return refusal('decoupled_not_asked_for')
  if (status !== 'C' && status !== 'D') return withReason(status)
  const behaviour = threeDsBehaviour(areq.acctNumber)
  return { status, onSuccess: 'result' in behaviour && behaviour.result !== 'U' ? behaviour.result : 'Y' }
}
