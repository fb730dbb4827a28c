/** What happens to a payment: authorizations, captures, voids, refunds. Each is a small machine of its own. */

export const ACTION_KINDS = [
  'authorization',
  'card_verification',
  'capture',
  'void',
  'refund',
  'reversal',
  'increment',
  'return',
] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

export const ACTION_STATES = ['requested', 'sending', 'in_doubt', 'pending', 'succeeded', 'failed'] as const
export type ActionState = (typeof ACTION_STATES)[number]

/**
 * Creating an action reserves its amount on the payment; failing releases it, succeeding books it. `in_doubt`: we do not
 * know whether our message acted. `pending`: the processor knows, and will tell or be asked. What a processor reports by
 * itself may end an action in any state.
 */
export const ACTION_MOVES: Record<ActionState, readonly ActionState[]> = {
  requested: ['sending', 'succeeded', 'failed'],
  sending: ['succeeded', 'failed', 'in_doubt', 'pending'],
  in_doubt: ['sending', 'succeeded', 'failed'],
  pending: ['sending', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
}

/** States in which an action still holds what it reserved. */
export const UNFINISHED_ACTION_STATES = ['requested', 'sending', 'in_doubt', 'pending'] as const satisfies ActionState[]

export function isUnfinished(state: ActionState): boolean {
  return (UNFINISHED_ACTION_STATES as readonly ActionState[]).includes(state)
}

/** `type` of an action on the wire. */
export const PUBLIC_ACTION_TYPE = {
  authorization: 'Authorization',
  card_verification: 'Card Verification',
  capture: 'Capture',
  void: 'Void',
  refund: 'Refund',
  reversal: 'Void',
  increment: 'Authorization',
  return: 'Return',
} as const satisfies Record<ActionKind, string>
