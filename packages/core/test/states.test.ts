import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACTION_MOVES, ACTION_STATES } from '../src/action.ts'
import {
  type Amounts,
  balancesOf,
  FAILED_PHASES,
  mayMove,
  PAYMENT_PHASES,
  type PaymentPhase,
  phasesBefore,
  publicStatus,
} from '../src/payment.ts'
import { nextSessionState, SESSION_EVENTS, SESSION_STATES, sessionStatesThatAccept } from '../src/session.ts'
import { canBeSuperseded, refusalOf } from '../src/submit.ts'

test('the session table, state by event', () => {
  const printed = SESSION_STATES.flatMap((state) =>
    SESSION_EVENTS.flatMap((event) => {
      const next = nextSessionState(state, event)
      return next === undefined ? [] : [`${state} + ${event} = ${next}`]
    }),
  )
  assert.deepEqual(printed, [
    'open + submitted = processing',
    'open + expired = expired',
    'open + cancelled = cancelled',
    'processing + action_needed = action_required',
    'processing + completed = completed',
    'processing + attempt_failed = open',
    'processing + attempts_exhausted = declined',
    'processing + attempt_failed_after_expiry = expired',
    'action_required + resumed = processing',
    'action_required + completed = completed',
    'action_required + attempt_failed = open',
    'action_required + attempts_exhausted = declined',
    'action_required + attempt_failed_after_expiry = expired',
  ])
})

test('only an open session takes an attempt, and one with an attempt in flight never expires', () => {
  assert.deepEqual(sessionStatesThatAccept('submitted'), ['open'])
  assert.deepEqual(sessionStatesThatAccept('expired'), ['open'])
})

test('the payment table, phase by phase', () => {
  const printed = PAYMENT_PHASES.map((from) => {
    const targets = PAYMENT_PHASES.filter((to) => mayMove(from, to))
    return `${from}: ${targets.join(' ') || 'final'}`
  })
  assert.deepEqual(printed, [
    'created: authenticating redirected sending',
    'authenticating: sending pending in_doubt reversing authorized verified declined cancelled expired',
    'redirected: pending in_doubt reversing authorized verified declined cancelled expired',
    'sending: authenticating redirected pending in_doubt reversing authorized verified declined cancelled not_sent',
    'pending: reversing authorized verified declined cancelled expired',
    'in_doubt: authenticating redirected sending pending reversing authorized verified declined cancelled expired',
    'reversing: authorized declined',
    'authorized: final',
    'verified: final',
    'declined: final',
    'cancelled: final',
    'expired: final',
    'not_sent: final',
  ])
})

test('what can be reached from where is the same table, read backwards', () => {
  for (const to of PAYMENT_PHASES) {
    assert.deepEqual(
      phasesBefore(to),
      PAYMENT_PHASES.filter((from) => mayMove(from, to)),
    )
  }
})

test('a phase that has failed, or has approved, goes nowhere', () => {
  for (const phase of [...FAILED_PHASES, 'authorized', 'verified'] as PaymentPhase[]) {
    assert.equal(
      PAYMENT_PHASES.some((to) => mayMove(phase, to)),
      false,
      phase,
    )
  }
})

test('the action table', () => {
  const printed = ACTION_STATES.map((state) => `${state}: ${ACTION_MOVES[state].join(' ') || 'final'}`)
  assert.deepEqual(printed, [
    'requested: sending succeeded failed',
    'sending: succeeded failed in_doubt pending',
    'in_doubt: sending succeeded failed',
    'pending: sending succeeded failed',
    'succeeded: final',
    'failed: final',
  ])
})

const NOTHING: Amounts = {
  requested: 100,
  authorized: 0,
  capturing: 0,
  captured: 0,
  voiding: 0,
  voided: 0,
  refunding: 0,
  refunded: 0,
  returned: 0,
  chargedBack: 0,
}
const HELD: Amounts = { ...NOTHING, authorized: 100 }

test('the public status follows from phase and amounts', () => {
  const statusOf = (phase: PaymentPhase, amounts: Partial<Amounts> = {}) => publicStatus(phase, { ...HELD, ...amounts })
  for (const phase of [
    'created',
    'sending',
    'in_doubt',
    'pending',
    'reversing',
    'authenticating',
    'redirected',
  ] as const) {
    assert.equal(statusOf(phase), 'Pending')
  }
  assert.equal(statusOf('declined'), 'Declined')
  assert.equal(statusOf('not_sent'), 'Declined')
  assert.equal(statusOf('cancelled'), 'Canceled')
  assert.equal(statusOf('expired'), 'Expired')
  assert.equal(statusOf('verified'), 'Card Verified')
  assert.equal(statusOf('authorized'), 'Authorized')
  assert.equal(statusOf('authorized', { capturing: 100 }), 'Authorized')
  assert.equal(statusOf('authorized', { captured: 40 }), 'Partially Captured')
  assert.equal(statusOf('authorized', { captured: 100 }), 'Captured')
  assert.equal(statusOf('authorized', { voided: 100 }), 'Voided')
  assert.equal(statusOf('authorized', { captured: 100, refunded: 30 }), 'Partially Refunded')
  assert.equal(statusOf('authorized', { captured: 100, refunded: 100 }), 'Refunded')
})

test('balances show what may still be asked for', () => {
  assert.deepEqual(balancesOf({ ...HELD, authorized: 6540, requested: 6540 }), {
    total_authorized: 6540,
    total_voided: 0,
    available_to_void: 6540,
    total_captured: 0,
    available_to_capture: 6540,
    total_refunded: 0,
    available_to_refund: 0,
  })
  const busy = balancesOf({ ...HELD, capturing: 10, captured: 50, voided: 5, refunding: 20 })
  assert.deepEqual([busy.available_to_capture, busy.available_to_void, busy.available_to_refund], [35, 35, 30])
  const lost = balancesOf({ ...HELD, captured: 100, refunded: 30, returned: 60, chargedBack: 40 })
  assert.equal(lost.available_to_refund, 0, 'what a bank took back is not given back once more')
})

test('a new attempt is refused by what stands in its way, first of all by a final state', () => {
  const open = { state: 'open', expired: false, live: undefined } as const
  const live = (phase: PaymentPhase, leaseLeftS = 0) => ({ phase, leaseLeftS })
  assert.equal(refusalOf(open), undefined)
  assert.deepEqual(refusalOf({ ...open, expired: true }), { code: 'payment_session_expired' })
  assert.deepEqual(refusalOf({ ...open, state: 'completed', expired: true }), {
    code: 'payment_session_already_completed',
  })
  assert.deepEqual(refusalOf({ ...open, state: 'declined' }), { code: 'payment_session_attempts_exceeded' })
  assert.deepEqual(refusalOf({ ...open, state: 'cancelled' }), { code: 'payment_session_canceled' })
  assert.deepEqual(refusalOf({ ...open, state: 'processing', live: live('sending', 12) }), {
    code: 'session_already_in_use',
    retryAfterS: 12,
  })
  for (const phase of ['sending', 'in_doubt', 'reversing'] as const) {
    const refusal = refusalOf({ ...open, state: 'processing', live: live(phase) })
    assert.equal(refusal?.code, 'payment_session_attempt_pending', phase)
  }
  for (const phase of ['authenticating', 'redirected', 'pending'] as const) {
    assert.equal(canBeSuperseded(phase), true)
    assert.equal(refusalOf({ ...open, state: 'action_required', live: live(phase) }), undefined)
  }
})
