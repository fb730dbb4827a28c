/** `GET /payments` and `POST /payments/search`: payments of a merchant, latest first. */
import { type Static, Type } from 'typebox'
import { Link, PaymentReply } from './payment-reply.ts'
import { count, text, timestamp } from './values.ts'

export const LONGEST_LIST = 100
export const MOST_SKIPPED = 1_000_000
export const LONGEST_SEARCH_PAGE = 1000
export const LONGEST_QUERY = 4096
/** A year, also one that has a 29th of February. */
export const LONGEST_RANGE_DAYS = 366

export const PaymentListReply = Type.Object(
  {
    limit: Type.Integer({ description: 'The most there can be in `data`.' }),
    skip: Type.Integer({ description: 'How many later ones were left out.' }),
    total_count: Type.Integer({ description: 'How many there are in all.' }),
    data: Type.Array(PaymentReply),
  },
  { description: 'Payments, latest first.' },
)
export type PaymentListReply = Static<typeof PaymentListReply>

export const SearchPaymentsBody = Type.Object(
  {
    query: Type.Optional(
      text({
        maxLength: LONGEST_QUERY,
        description: "Such as `status:'Captured' AND amount>=1000`. Default: every payment of the range.",
      }),
    ),
    limit: Type.Optional(
      count('Most payments in the answer. Default: 10.', { minimum: 1, maximum: LONGEST_SEARCH_PAGE }),
    ),
    from: Type.Optional(timestamp('Begin of the range. Default: a year before its end.')),
    to: Type.Optional(timestamp('End of the range, at most a year after its beginning. Default: now.')),
  },
  { description: 'A search.' },
)
export type SearchPaymentsBody = Static<typeof SearchPaymentsBody>

export const SearchPaymentsReply = Type.Object(
  {
    data: Type.Array(PaymentReply),
    _links: Type.Object(
      { next: Type.Optional(Link) },
      { description: '`next`: where to post the same body for the payments that follow.' },
    ),
  },
  { description: 'Payments that were found, latest first.' },
)
export type SearchPaymentsReply = Static<typeof SearchPaymentsReply>
