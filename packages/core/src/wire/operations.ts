/** Captures, voids, refunds, increments, reversals and cancellations: requests and answers. Every body may be absent. */
import { type Static, Type } from 'typebox'
import { exponentOf } from '../currencies.ts'
import { cardNumbersInText } from './card-numbers.ts'
import { inOrder } from './codes.ts'
import { members } from './create.ts'
import { AmountAllocations } from './items.ts'
import { Balances, Link, moment, ProcessingReply } from './payment-reply.ts'
import type { AmountRules } from './rules.ts'
import { id, money, oneOf, text } from './values.ts'

const reference = text({
  maxLength: 80,
  description: 'Your own reference of the operation. Default: that of the payment.',
})
const common = { reference: Type.Optional(reference), metadata: Type.Optional(members.metadata) }

/** `POST /payments/{id}/captures` */
export const CaptureBody = Type.Object(
  {
    amount: Type.Optional(money('How much to capture. Default: all that is left.')),
    capture_type: Type.Optional(
      oneOf(
        ['NonFinal', 'Final'],
        '`Final` releases what is left when the capture has succeeded. Default: `NonFinal`.',
      ),
    ),
    ...common,
    description: Type.Optional(members.description),
    billing_descriptor: Type.Optional(members.billing_descriptor),
    customer: Type.Optional(members.customer),
    shipping: Type.Optional(members.shipping),
    items: Type.Optional(members.items),
    processing: Type.Optional(members.processing),
    amount_allocations: Type.Optional(AmountAllocations),
  },
  { description: 'A capture.' },
)
export type CaptureBody = Static<typeof CaptureBody>

/** `POST /payments/{id}/refunds` */
export const RefundBody = Type.Object(
  {
    amount: Type.Optional(money('How much to give back. Default: all that is left.')),
    ...common,
    items: Type.Optional(members.items),
    amount_allocations: Type.Optional(AmountAllocations),
    capture_action_id: Type.Optional(id('act', 'The capture to give back, of several.')),
    destination: Type.Optional(
      Type.Object(
        {},
        { description: 'Another account to send the money to. No processor here offers it: it is refused.' },
      ),
    ),
  },
  { description: 'A refund.' },
)
export type RefundBody = Static<typeof RefundBody>

/** `POST /payments/{id}/voids` */
export const VoidBody = Type.Object(
  { amount: Type.Optional(money('How much to release. Default: all that is left.')), ...common },
  { description: 'A release of what is held and not captured.' },
)
export type VoidBody = Static<typeof VoidBody>

/** `POST /payments/{id}/authorizations` */
export const IncrementBody = Type.Object(
  { amount: money('How much more to hold.'), ...common },
  { description: 'An increment of the authorization.' },
)
export type IncrementBody = Static<typeof IncrementBody>

/** `POST /payments/{id}/reversals` and `/cancellations` */
export const ReferenceBody = Type.Object(common, { description: 'An operation without an amount.' })
export type ReferenceBody = Static<typeof ReferenceBody>

/** What is wrong with an amount, or with text, that a schema cannot say: both need to know the payment. */
export function operationProblems(
  schema: typeof CaptureBody | typeof RefundBody | typeof VoidBody | typeof IncrementBody | typeof ReferenceBody,
  body: object,
  currency: string,
  rules: AmountRules,
  refuseCardNumbersInText: boolean,
): string[] {
  const { amount } = body as { amount?: unknown }
  const wrongAmount =
    Number.isSafeInteger(amount) &&
    ((amount as number) > rules.maxAmount ||
      (rules.roundsThreeDecimals && exponentOf(currency) === 3 && (amount as number) % 10 !== 0))
  return inOrder(schema, [
    ...(wrongAmount ? ['amount_invalid'] : []),
    ...(refuseCardNumbersInText ? cardNumbersInText(schema, body) : []),
  ])
}

const ActionLinks = Type.Object({ payment: Link }, { description: 'What it is about.' })
const actionId = Type.String({
  description: '`act_…`: the operation, as events and `GET /payments/{id}/actions` name it.',
})
const echoed = Type.Optional(Type.String({ description: 'Your own reference.' }))

/** 202: what comes of it is told by an event. */
export const AcceptedReply = Type.Object(
  { action_id: actionId, reference: echoed, _links: ActionLinks },
  { description: 'Accepted; an event tells the result.' },
)
export type AcceptedReply = Static<typeof AcceptedReply>

/** `POST /payments/{id}/reversals`, 202. */
export const ReversalReply = Type.Object(
  {
    action_id: actionId,
    action_type: Type.Enum(['Refund', 'Void'], {
      type: 'string',
      description: '`Refund` of what was captured, else `Void`.',
    }),
    reference: echoed,
    _links: ActionLinks,
  },
  { description: 'Accepted; an event tells the result.' },
)
export type ReversalReply = Static<typeof ReversalReply>

/** `POST /payments/{id}/authorizations`, 201. */
export const IncrementReply = Type.Object(
  {
    action_id: actionId,
    amount: Type.Integer({ description: 'How much more was asked for. Minor units.' }),
    currency: Type.String({ description: 'ISO 4217.' }),
    approved: Type.Boolean({ description: 'The bank holds it.' }),
    status: Type.Enum(['Authorized', 'Declined'], { type: 'string', description: 'What the bank said.' }),
    auth_code: Type.Optional(Type.String({ description: 'Authorization code.' })),
    response_code: Type.String({ description: '`10000` is yes.' }),
    response_summary: Type.Optional(Type.String({ description: 'What the response code means.' })),
    expires_on: Type.Optional(moment('End of the authorization.')),
    balances: Balances,
    processed_on: moment('When the processor answered.'),
    reference: echoed,
    processing: Type.Optional(ProcessingReply),
    eci: Type.Optional(Type.String({ description: 'Electronic commerce indicator.' })),
    scheme_id: Type.Optional(Type.String({ description: "The scheme's transaction id." })),
    risk: Type.Optional(Type.Object({ flagged: Type.Boolean() }, { description: 'Result of the risk assessment.' })),
    _links: ActionLinks,
  },
  { description: 'What the bank said of the increment.' },
)
export type IncrementReply = Static<typeof IncrementReply>

/** `GET /payments/{id}/allocations`, ours. */
export const AllocationsReply = Type.Object(
  {
    payment_id: Type.String({ description: '`pay_…`' }),
    currency: Type.String({ description: 'ISO 4217.' }),
    allocations: Type.Array(
      Type.Object({
        id: Type.String({ description: 'The sub-entity, `ent_…`.' }),
        reference: echoed,
        amount: Type.Integer({ description: 'Its share of what was asked for. Minor units.' }),
        captured: Type.Integer({ description: 'Its share of what was captured. Minor units.' }),
        refunded: Type.Integer({ description: 'Its share of what was given back. Minor units.' }),
        commission: Type.Integer({ description: "The platform's part of captured less refunded. Minor units." }),
        owed: Type.Integer({ description: 'Captured less refunded less commission. Minor units.' }),
      }),
      { description: 'One for each sub-entity, in the order of the request.' },
    ),
  },
  { description: 'What each sub-entity is owed.' },
)
export type AllocationsReply = Static<typeof AllocationsReply>
