/** `POST /payment-sessions`: everything a merchant may say about a payment before the shopper comes. */
import { type Static, Type } from 'typebox'
import { Billing, Shipping } from './address.ts'
import { Customer } from './customer.ts'
import { AmountAllocations, Items } from './items.ts'
import { DisabledPaymentMethods, EnabledPaymentMethods, PaymentMethodConfiguration } from './methods.ts'
import { Recipient, Sender } from './parties.ts'
import { Processing } from './processing.ts'
import { Risk } from './risk.ts'
import { BillingDescriptor, CustomerRetry, Instruction, Metadata, PartialAuthorization, PaymentPlan } from './terms.ts'
import { ThreeDs } from './three-ds.ts'
import { flag, id, money, oneOf, text, timestamp, webUrl } from './values.ts'

/**
 * The members of a request by name, without saying which are required. No member has a `default` in the schema: a
 * validator that fills defaults in would turn a default into something the merchant said.
 */
export const members = {
  amount: money('How much. 0 verifies the card without taking money.'),
  currency: Type.String({ format: 'currency-code', minLength: 3, maxLength: 3, description: 'ISO 4217 currency.' }),
  billing: Billing,
  success_url: webUrl('Where the shopper returns to after a redirect that succeeded.'),
  failure_url: webUrl('Where the shopper returns to after a redirect that failed or was cancelled.'),
  payment_type: Type.String({
    format: 'payment-type',
    maxLength: 20,
    description:
      'Kind of payment: `Regular`, `Recurring`, `MOTO`, `Installment`, `Unscheduled` or `PayLater`, in any case. Default: `Regular`.',
  }),
  billing_descriptor: BillingDescriptor,
  reference: text({ maxLength: 50, description: 'Your own reference. Amex takes 30 characters, iDEAL 35.' }),
  description: text({ maxLength: 100, description: 'What is paid for.' }),
  customer: Customer,
  shipping: Shipping,
  recipient: Recipient,
  processing: Processing,
  instruction: Instruction,
  processing_channel_id: id('pc', 'Channel to process on; required when there is more than one.'),
  expires_on: timestamp('When the session expires: at most 30 days ahead. Default: one hour from now.'),
  payment_method_configuration: PaymentMethodConfiguration,
  enabled_payment_methods: EnabledPaymentMethods,
  disabled_payment_methods: DisabledPaymentMethods,
  items: Items,
  amount_allocations: AmountAllocations,
  risk: Risk,
  customer_retry: CustomerRetry,
  display_name: text({ maxLength: 255, description: 'Name of the merchant the shopper sees. Default: the account.' }),
  metadata: Metadata,
  locale: Type.String({
    format: 'language-tag',
    maxLength: 100,
    description: 'Language of texts and pages, a BCP 47 tag. Default: `en-GB`.',
  }),
  '3ds': ThreeDs,
  sender: Sender,
  capture: flag('Capture automatically where the method can. Default: true.'),
  capture_on: timestamp('When to capture; it makes `capture` true.'),
  authorization_type: oneOf(['Final', 'Estimated'], 'Whether the amount may still change. Default: `Final`.'),
  payment_plan: PaymentPlan,
  partial_authorization: PartialAuthorization,
  ip_address: Type.String({ format: 'ip-address', maxLength: 45, description: "The shopper's IPv4 or IPv6 address." }),
  payable: flag('Whether the session may be paid already. Default: true.'),
  session_data: Type.String({
    format: 'opaque-text',
    minLength: 1,
    description: "The shopper's sealed payment details, as the component hands them over.",
  }),
} as const

export const CreateSessionBody = Type.Object(
  {
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
    expires_on: Type.Optional(members.expires_on),
    payment_method_configuration: Type.Optional(members.payment_method_configuration),
    enabled_payment_methods: Type.Optional(members.enabled_payment_methods),
    disabled_payment_methods: Type.Optional(members.disabled_payment_methods),
    items: Type.Optional(members.items),
    amount_allocations: Type.Optional(members.amount_allocations),
    risk: Type.Optional(members.risk),
    customer_retry: Type.Optional(members.customer_retry),
    display_name: Type.Optional(members.display_name),
    metadata: Type.Optional(members.metadata),
    locale: Type.Optional(members.locale),
    '3ds': Type.Optional(members['3ds']),
    sender: Type.Optional(members.sender),
    capture: Type.Optional(members.capture),
    capture_on: Type.Optional(members.capture_on),
    authorization_type: Type.Optional(members.authorization_type),
    payment_plan: Type.Optional(members.payment_plan),
    partial_authorization: Type.Optional(members.partial_authorization),
    ip_address: Type.Optional(members.ip_address),
    payable: Type.Optional(members.payable),
  },
  { description: 'A payment session to be made.' },
)
export type CreateSessionBody = Static<typeof CreateSessionBody>
