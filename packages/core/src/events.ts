/** The events merchants can subscribe to: what each means, and which of them this version sends. */

export interface EventType {
  id: string
  display_name: string
  description: string
  /** False: known by name, so that a workflow may ask for it, and not sent by this version. */
  sent: boolean
}

export interface EventSource {
  id: string
  display_name: string
  description: string
  events: readonly EventType[]
}

const sent = (id: string, description: string): EventType => ({
  id,
  display_name: titleOf(id),
  description,
  sent: true,
})
const known = (id: string, description: string): EventType => ({ ...sent(id, description), sent: false })

/** `payment_captured` is `Payment captured`. */
function titleOf(id: string): string {
  const words = id.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const EVENT_SOURCES: readonly EventSource[] = [
  {
    id: 'gateway',
    display_name: 'Gateway',
    description: 'What happens to payments.',
    events: [
      sent('payment_pending', 'The shopper was sent to a bank or wallet, or the outcome comes later.'),
      sent('payment_approved', 'The payment was authorized.'),
      sent('payment_declined', 'The payment was declined, or the shopper did not pass authentication.'),
      sent('payment_canceled', 'The payment was given up before it completed.'),
      sent('payment_expired', 'The shopper did not finish at the bank or wallet in time.'),
      sent('payment_captured', 'Money was captured.'),
      sent(
        'payment_capture_pending',
        'A capture was accepted and completes later. Of a method that always captures by itself: it was approved.',
      ),
      sent('payment_capture_declined', 'A capture was refused.'),
      sent('payment_refunded', 'Money was refunded.'),
      sent('payment_refund_pending', 'A refund was accepted and completes later.'),
      sent('payment_refund_declined', 'A refund was refused.'),
      sent('payment_voided', 'What was authorized, or a part of it, was released.'),
      sent('payment_void_declined', 'A void was refused.'),
      known('payment_paid', 'A payout was made.'),
      sent('payment_returned', 'A payment that had been captured was returned.'),
      known('payment_retry_scheduled', 'A declined payment will be tried again.'),
      sent('payment_authorization_incremented', 'More was authorized.'),
      sent('payment_authorization_increment_declined', 'More was asked for and refused.'),
      sent('payment_authentication_failed', 'The shopper did not pass authentication; `payment_declined` follows.'),
      sent('card_verified', 'A card was verified without a charge.'),
      sent('card_verification_declined', 'A card was not verified.'),
    ],
  },
  {
    id: 'dispute',
    display_name: 'Dispute',
    description: 'What happens to disputed payments.',
    events: [
      sent('dispute_canceled', 'The dispute was withdrawn.'),
      sent('dispute_evidence_required', 'The dispute waits for evidence.'),
      sent('dispute_expired', 'No evidence was given in time.'),
      sent('dispute_lost', 'The dispute was decided for the cardholder.'),
      sent('dispute_resolved', 'The dispute was resolved without a decision.'),
      sent('dispute_won', 'The dispute was decided for the merchant.'),
    ],
  },
  {
    id: 'authentication',
    display_name: 'Authentication',
    description: '3D Secure.',
    events: [
      sent('authentication_started', 'Authentication has begun.'),
      sent('authentication_approved', 'The shopper was authenticated.'),
      sent('authentication_attempted', 'Authentication was attempted.'),
      sent('authentication_failed', 'Authentication failed.'),
      sent('authentication_expired', 'The shopper did not finish authentication in time, or the result did not come.'),
    ],
  },
  {
    id: 'card_payout',
    display_name: 'Card payout',
    description: 'Payouts to cards.',
    events: [known('payment_approved', 'A payout was approved.'), known('payment_declined', 'A payout was declined.')],
  },
]

/** The source an event of this type comes from; of two, the first. */
export function sourceOfEvent(type: string): string | undefined {
  return EVENT_SOURCES.find(({ events }) => events.some(({ id }) => id === type))?.id
}
