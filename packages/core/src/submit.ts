/** May this session take another attempt now? The part of the answer that needs no card and no bank. */
import type { PaymentPhase } from './payment.ts'
import type { ProblemCode } from './problems.ts'
import type { SessionState } from './session.ts'

/** What of a session and its latest attempt decides. `leaseLeftS`: seconds for which somebody still works on it. */
export interface SessionStanding {
  state: SessionState
  expired: boolean
  live: { phase: PaymentPhase; leaseLeftS: number } | undefined
}

export interface Refusal {
  code: ProblemCode
  retryAfterS?: number
}

/** How long to wait for an attempt whose outcome is being found out. */
const UNRESOLVED_RETRY_S = 5

const FINAL: Partial<Record<SessionState, ProblemCode>> = {
  completed: 'payment_session_already_completed',
  declined: 'payment_session_attempts_exceeded',
  expired: 'payment_session_expired',
  cancelled: 'payment_session_canceled',
}

/**
 * Why a new attempt is refused, or `undefined` when it may go on (superseding an attempt that waits for the shopper).
 * An attempt that is being sent refuses with 429; one whose outcome is unknown refuses until it is known, because a
 * second charge beside it could never be taken back for certain.
 */
export function refusalOf({ state, expired, live }: SessionStanding): Refusal | undefined {
  const final = FINAL[state]
  if (final) return { code: final }
  if (live && live.phase === 'sending' && live.leaseLeftS > 0) {
    return { code: 'session_already_in_use', retryAfterS: live.leaseLeftS }
  }
  if (expired) return { code: 'payment_session_expired' }
  if (live && !canBeSuperseded(live.phase)) {
    return { code: 'payment_session_attempt_pending', retryAfterS: Math.max(live.leaseLeftS, UNRESOLVED_RETRY_S) }
  }
  return undefined
}

/**
 * Why a session may not be changed now, or `undefined` when it may. As for a new attempt, but an attempt that waits for
 * its shopper is not put aside for a change: what he is looking at stays true until he has ended it.
 */
export function updateRefusalOf(standing: SessionStanding): Refusal | undefined {
  const refusal = refusalOf(standing)
  if (refusal || !standing.live) return refusal
  return {
    code: 'payment_session_attempt_pending',
    retryAfterS: Math.max(standing.live.leaseLeftS, UNRESOLVED_RETRY_S),
  }
}

/** An attempt the shopper may leave for another way to pay: it waits for him, or for a rail he has yet to feed. */
export function canBeSuperseded(phase: PaymentPhase): boolean {
  return phase === 'authenticating' || phase === 'redirected' || phase === 'pending'
}
