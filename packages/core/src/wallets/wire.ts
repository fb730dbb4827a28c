/** What the frames origin is asked about wallets, by its own keeper. */
import { Type } from 'typebox'

/** `POST /frame/wallets/applepay/validate`: the merchant session that Safari asks for, and whom its tokens are for. */
export const ValidateBody = Type.Object({
  validation_url: Type.String({ maxLength: 255 }),
  recipient: Type.Union([Type.Literal('merchant'), Type.Literal('gateway')]),
  /** Host of the shop's page. */
  domain: Type.String({ maxLength: 253 }),
})

/** `POST /frame/wallets/{type}/approve`, in sandbox alone: the shopper chose a card in the simulator's sheet. */
export const ApproveBody = Type.Object({
  /** Of the cards that the sheet shows. */
  card: Type.String({ maxLength: 40 }),
  /** Of the addresses that the sheet shows, when the page asks for one. */
  address: Type.Optional(Type.String({ maxLength: 40 })),
  /** What the page asked the wallet for, in the wallet's words. */
  request: Type.Record(Type.String(), Type.Unknown()),
  /** Apple Pay: what `validate` answered. */
  merchant_session: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
