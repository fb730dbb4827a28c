/**
 * What the shopper does after a submit where no page of another company takes over: he confirms in an app, types a code
 * that was sent to him, scans a code, or pays a reference in his own time. It travels as `action.next_step` of a submit
 * answered `202 Pending` with `action.type: "poll"`, and the same in `latest_payment.action` of the shown session. A client that does
 * not know it polls, and misses nothing but the picture.
 */
import { type Static, Type } from 'typebox'

const ExpiresOn = Type.String({ description: "ISO 8601, on the merchant's clock." })

export const NextStep = Type.Union([
  /** The payment is confirmed in the method's app; nothing is to be done in the page. */
  Type.Object({ type: Type.Literal('approve_in_app'), expires_on: ExpiresOn }),
  /** A code of so many digits was sent to the shopper; it is confirmed by `POST …/confirm`. `sent_to` shows its end only. */
  Type.Object({
    type: Type.Literal('enter_code'),
    digits: Type.Integer({ minimum: 4, maximum: 8 }),
    tries_left: Type.Integer({ minimum: 0 }),
    sent_to: Type.Optional(Type.String()),
    expires_on: ExpiresOn,
  }),
  /**
   * Approved at the partner, in a window beside the shop: `url`. Where no window could be opened, `redirect_url` is the same
   * in place of the shop's page, and comes back to it. `order_id`: the partner's name for the payment.
   */
  Type.Object({
    type: Type.Literal('approve_in_window'),
    url: Type.String(),
    redirect_url: Type.String(),
    order_id: Type.String(),
    expires_on: ExpiresOn,
  }),
  /** `data` is drawn as a QR code and scanned with the method's app. */
  Type.Object({ type: Type.Literal('scan_code'), data: Type.String(), expires_on: ExpiresOn }),
  /** Paid later, at a cash machine or in the bank's app: `entity` names who is paid there. Amount in minor units. */
  Type.Object({
    type: Type.Literal('pay_reference'),
    entity: Type.Optional(Type.String()),
    reference: Type.String(),
    amount: Type.Integer({ minimum: 0 }),
    currency: Type.String(),
    expires_on: ExpiresOn,
  }),
])
export type NextStep = Static<typeof NextStep>

/** Whether what a processor told is one of these, as far as its members decide what is shown. */
export function isNextStep(told: Record<string, unknown>): told is NextStep {
  switch (told['type']) {
    case 'approve_in_app':
      return true
    case 'enter_code':
      return Number.isInteger(told['digits']) && Number.isInteger(told['tries_left'])
    case 'approve_in_window':
      return [told['url'], told['redirect_url']].every((url) => typeof url === 'string' && /^https?:\/\//.test(url))
    case 'scan_code':
      return typeof told['data'] === 'string'
    case 'pay_reference':
      return typeof told['reference'] === 'string' && Number.isInteger(told['amount'])
    default:
      return false
  }
}
