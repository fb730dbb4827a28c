/** What every message about a payment tells the processor that has it. */
import { uuidOf, wireId } from '@sluice/core/ids'
import type { Inquiry } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'

/**
 * The processor is the one that was asked first, with the settings it had then: whatever the channel is set to since, the
 * money is where it was sent.
 */
export function inquiryOf(
  merchant: Merchant,
  payment: Pick<PaymentRow, 'id' | 'channelId' | 'processor' | 'reference' | 'facts' | 'now'>,
): Inquiry {
  return {
    entity: wireId('entity', merchant.id),
    channel: wireId('channel', payment.channelId),
    key: authorizationKeyOf(payment),
    at: payment.now.toISOString(),
    settings: payment.processor,
    ...(payment.reference === null ? {} : { reference: payment.reference }),
  }
}

const STEPPED_UP = '_sca'

/**
 * Our name for the payment's authorization at the processor. One that was declined for want of authentication has its
 * name for ever: the one after the authentication has another.
 */
export function authorizationKeyOf({ id, facts }: Pick<PaymentRow, 'id' | 'facts'>): string {
  return wireId('payment', id) + (facts.steppedUp ? STEPPED_UP : '')
}

/** The payment (UUID) whose authorization has this key; `undefined` for a key that we never made. */
export function paymentOfKey(key: string): string | undefined {
  return uuidOf('payment', key.endsWith(STEPPED_UP) ? key.slice(0, -STEPPED_UP.length) : key)
}
