/** A payment session's life as a table, and the words the wire has for it. */

export const SESSION_STATES = [
  'open',
  'processing',
  'action_required',
  'completed',
  'declined',
  'expired',
  'cancelled',
] as const
export type SessionState = (typeof SESSION_STATES)[number]

export const SESSION_EVENTS = [
  'submitted',
  'action_needed',
  'resumed',
  'completed',
  'attempt_failed',
  'attempts_exhausted',
  'attempt_failed_after_expiry',
  'expired',
  'cancelled',
] as const
export type SessionEvent = (typeof SESSION_EVENTS)[number]

/**
 * Every move a payment session may make; a pair that is absent is refused. A decline re-opens the session: the shopper
 * may try another card on the same page. A session with an attempt in flight cannot expire: the processor may still say
 * yes, and a clock must not lose a payment.
 */
export const SESSION_TRANSITIONS: Record<SessionState, Partial<Record<SessionEvent, SessionState>>> = {
  open: { submitted: 'processing', expired: 'expired', cancelled: 'cancelled' },
  processing: {
    action_needed: 'action_required',
    completed: 'completed',
    attempt_failed: 'open',
    attempts_exhausted: 'declined',
    attempt_failed_after_expiry: 'expired',
  },
  action_required: {
    resumed: 'processing',
    completed: 'completed',
    attempt_failed: 'open',
    attempts_exhausted: 'declined',
    attempt_failed_after_expiry: 'expired',
  },
  completed: {},
  declined: {},
  expired: {},
  cancelled: {},
}

/** The state after `event`, or `undefined` for a refused pair. */
export function nextSessionState(state: SessionState, event: SessionEvent): SessionState | undefined {
  return SESSION_TRANSITIONS[state][event]
}

/** The states in which `event` may happen: what a statement's `where` names. */
export function sessionStatesThatAccept(event: SessionEvent): SessionState[] {
  return SESSION_STATES.filter((state) => SESSION_TRANSITIONS[state][event] !== undefined)
}

const PUBLIC_SESSION_STATUS = {
  open: 'Pending',
  processing: 'Pending',
  action_required: 'Action Required',
  completed: 'Approved',
  declined: 'Declined',
  expired: 'Expired',
  cancelled: 'Canceled',
} as const satisfies Record<SessionState, string>

/** `status` on the wire. An open session whose time is over has expired, whether or not anybody has written it down. */
export function publicSessionStatus(state: SessionState, timeIsOver: boolean) {
  return PUBLIC_SESSION_STATUS[state === 'open' && timeIsOver ? 'expired' : state]
}
