/** What happens to a payment: authorizations, captures, voids, refunds. Each is a small machine of its own. */

export const ACTION_KINDS = ['authorization', 'card_verification', 'capture', 'void', 'refund', 'reversal'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

export const ACTION_STATES = ['requested', 'sending', 'in_doubt', 'succeeded', 'failed'] as const
export type ActionState = (typeof ACTION_STATES)[number]

/** Creating an action reserves its amount on the payment; failing releases it, succeeding books it. */
export const ACTION_MOVES: Record<ActionState, readonly ActionState[]> = {
  requested: ['sending'],
  sending: ['succeeded', 'failed', 'in_doubt'],
  in_doubt: ['sending', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
}

/** `type` of an action on the wire. */
export const PUBLIC_ACTION_TYPE = {
  authorization: 'Authorization',
  card_verification: 'Card Verification',
  capture: 'Capture',
  void: 'Void',
  refund: 'Refund',
  reversal: 'Void',
} as const satisfies Record<ActionKind, string>
