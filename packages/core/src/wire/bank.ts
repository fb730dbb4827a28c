/** `/sandbox/bank` and `/sandbox/payments/{id}/…`: what the simulated bank is made to do by itself. */
import { type Static, Type } from 'typebox'

const Amount = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999_999, description }))
const Told = {
  copies: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 20,
      description: 'How often Sluice is told, at once. It counts once. Default: 1.',
    }),
  ),
  event: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'Tells two happenings apart that are otherwise the same.',
    }),
  ),
}

export const BankNews = Type.Object(Told, { description: 'Sluice asks what the payment is.' })

export const BankDecision = Type.Object(
  {
    choice: Type.Enum(['approve', 'fail', 'cancel'], { type: 'string', description: 'As on the page of the payment.' }),
    copies: Told.copies,
  },
  { description: 'A payment without a card that waits is decided. The first decision counts.' },
)

export const BankReturn = Type.Object(
  {
    amount: Amount('Minor units. Default: all that was captured.'),
    code: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Z]{4,5}$',
        description: 'A reason such as `AM04`, or a response code. Default: `AM04` for a debit, else `20087`.',
      }),
    ),
    ...Told,
  },
  { description: 'Money that was captured goes back.' },
)

export const BankDispute = Type.Object(
  {
    stage: Type.Optional(
      Type.Enum(['opened', 'won', 'lost', 'canceled', 'expired', 'resolved'], {
        type: 'string',
        description: '`opened` takes the money, `won` and `canceled` bring it back. Default: `opened`.',
      }),
    ),
    amount: Amount('Minor units. Default: all that was captured.'),
    code: Type.Optional(Type.String({ pattern: '^[0-9A-Z.]{4,5}$', description: 'Reason of the card scheme.' })),
    dispute: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$', description: 'Its name at the bank.' })),
    ...Told,
  },
  { description: 'A card holder disputes the payment.' },
)

export const BankRefundResult = Type.Object(
  {
    refund: Type.String({ pattern: '^act_[a-z2-7]{26}$', description: 'Action id of the refund.' }),
    outcome: Type.Enum(['succeeded', 'failed'], {
      type: 'string',
      description: 'One that had succeeded may fail later.',
    }),
    code: Type.Optional(Type.String({ pattern: '^[0-9A-Z]{5}$', description: 'Response code of a failed one.' })),
    ...Told,
  },
  { description: 'A refund ends.' },
)

const Text = (description: string) => Type.Optional(Type.String({ description }))
export const BankAnswer = Type.Object(
  {
    answers: Type.Array(Type.Integer(), {
      description: 'The status with which Sluice answered each time, 0 for none.',
    }),
    state: Text('Of a decision: the payment as the bank has it now.'),
    amount: Type.Optional(Type.Integer({ description: 'Minor units that moved.' })),
    code: Text('Why.'),
    dispute: Text('Its name at the bank.'),
    stage: Text('Of a dispute.'),
    outcome: Text('Of a refund.'),
  },
  { description: 'It has happened at the bank.' },
)
export type BankAnswer = Static<typeof BankAnswer>

export const BankPage = Type.Object(
  {
    url: Type.String({ description: 'Where the payment is paid or refused. Nobody can guess it.' }),
    method: Type.String({ description: 'Its payment method.' }),
    state: Type.String({ description: 'As the bank has it.' }),
  },
  { description: 'The page of a payment at the simulated bank.' },
)

export const BankReply = Type.Object(
  {
    url: Type.String({ description: "The bank's origin." }),
    ledger_url: Type.String({ description: "The bank's own record of the merchant's money, JSON." }),
    statement_url: Type.String({
      description: 'A page: what the bank was told of each payment, and what it booked. Nobody can guess the address.',
    }),
  },
  { description: 'The simulated bank.' },
)
