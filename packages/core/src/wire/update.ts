/** `PATCH /payment-sessions/{id}`: what a merchant's server may change of a session before somebody pays it. */
import { type Static, Type } from 'typebox'
import { members } from './create.ts'

/**
 * What is sent replaces the session's whole member, `metadata` and `customer` too; what is absent stays. The other
 * members of a session are settled when it is made.
 */
export const UpdateSessionBody = Type.Object(
  {
    amount: Type.Optional(members.amount),
    currency: Type.Optional(members.currency),
    billing: Type.Optional(members.billing),
    success_url: Type.Optional(members.success_url),
    failure_url: Type.Optional(members.failure_url),
    reference: Type.Optional(members.reference),
    customer: Type.Optional(members.customer),
    shipping: Type.Optional(members.shipping),
    items: Type.Optional(members.items),
    amount_allocations: Type.Optional(members.amount_allocations),
    metadata: Type.Optional(members.metadata),
    payable: Type.Optional(members.payable),
  },
  { description: 'What is to change of a payment session.' },
)
export type UpdateSessionBody = Static<typeof UpdateSessionBody>
