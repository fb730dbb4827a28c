/** What every message about a payment tells the processor that has it. */
import { wireId } from '@sluice/core/ids'
import type { Inquiry } from '../processors/processor.ts'
import type { Merchant } from '../store/merchants.ts'
import type { PaymentRow } from '../store/payments.ts'

/**
 * The processor is the one that was asked first, with the settings it had then: whatever the channel is set to since, the
 * money is where it was sent.
 */
export function inquiryOf(
  merchant: Merchant,
  payment: Pick<PaymentRow, 'id' | 'channelId' | 'processor' | 'reference' | 'now'>,
): Inquiry {
  return {
    entity: wireId('entity', merchant.id),
    channel: wireId('channel', payment.channelId),
    key: wireId('payment', payment.id),
    at: payment.now.toISOString(),
    settings: payment.processor,
    ...(payment.reference === null ? {} : { reference: payment.reference }),
  }
}
