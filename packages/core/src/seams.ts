/** The named places where a test may stop or kill a payment. In production nothing happens at them. */
export const SEAMS = [
  'submit.claimed',
  'authentication.sent',
  'authentication.answered',
  'processor.sent',
  'processor.answered',
  'attempt.settled',
  'reply.written',
  'event.committed',
  'delivery.sent',
  'payer.returned',
] as const
export type SeamName = (typeof SEAMS)[number]
