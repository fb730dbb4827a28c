/** `POST /payment-sessions/{id}/submit` and `POST /payment-sessions/complete`. */
import { type Static, Type } from 'typebox'
import { members } from './create.ts'

/** With a secret key: the sealed details, and whatever replaces the session's own value for this attempt only. */
export const SubmitSessionBody = Type.Object(
  {
    session_data: members.session_data,
    amount: Type.Optional(members.amount),
    currency: Type.Optional(members.currency),
    billing: Type.Optional(members.billing),
    success_url: Type.Optional(members.success_url),
    failure_url: Type.Optional(members.failure_url),
    payment_type: Type.Optional(members.payment_type),
    billing_descriptor: Type.Optional(members.billing_descriptor),
    reference: Type.Optional(members.reference),
    customer: Type.Optional(members.customer),
    shipping: Type.Optional(members.shipping),
    recipient: Type.Optional(members.recipient),
    processing: Type.Optional(members.processing),
    instruction: Type.Optional(members.instruction),
    processing_channel_id: Type.Optional(members.processing_channel_id),
    payment_method_configuration: Type.Optional(members.payment_method_configuration),
    items: Type.Optional(members.items),
    amount_allocations: Type.Optional(members.amount_allocations),
    metadata: Type.Optional(members.metadata),
    '3ds': Type.Optional(members['3ds']),
    sender: Type.Optional(members.sender),
    capture: Type.Optional(members.capture),
    capture_on: Type.Optional(members.capture_on),
    ip_address: Type.Optional(members.ip_address),
  },
  { description: 'An attempt to pay a session.' },
)
export type SubmitSessionBody = Static<typeof SubmitSessionBody>

/** With a public key: the sealed details and nothing else, or a shopper could change what they pay. */
export const BrowserSubmitBody = Type.Object(
  { session_data: members.session_data },
  { description: 'An attempt to pay a session, made by the component.' },
)
export type BrowserSubmitBody = Static<typeof BrowserSubmitBody>

/** Session and attempt in one request. */
export const CompleteSessionBody = Type.Object(
  {
    session_data: members.session_data,
    amount: members.amount,
    currency: members.currency,
    billing: members.billing,
    success_url: members.success_url,
    failure_url: members.failure_url,
    payment_type: Type.Optional(members.payment_type),
    billing_descriptor: Type.Optional(members.billing_descriptor),
    reference: Type.Optional(members.reference),
    description: Type.Optional(members.description),
    customer: Type.Optional(members.customer),
    shipping: Type.Optional(members.shipping),
    recipient: Type.Optional(members.recipient),
    processing: Type.Optional(members.processing),
    instruction: Type.Optional(members.instruction),
    processing_channel_id: Type.Optional(members.processing_channel_id),
    payment_method_configuration: Type.Optional(members.payment_method_configuration),
    items: Type.Optional(members.items),
    amount_allocations: Type.Optional(members.amount_allocations),
    risk: Type.Optional(members.risk),
    display_name: Type.Optional(members.display_name),
    metadata: Type.Optional(members.metadata),
    locale: Type.Optional(members.locale),
    '3ds': Type.Optional(members['3ds']),
    sender: Type.Optional(members.sender),
    capture: Type.Optional(members.capture),
    capture_on: Type.Optional(members.capture_on),
    authorization_type: Type.Optional(members.authorization_type),
    payment_plan: Type.Optional(members.payment_plan),
  },
  { description: 'A payment session to be made and paid at once.' },
)
export type CompleteSessionBody = Static<typeof CompleteSessionBody>
