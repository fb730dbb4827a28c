/** What a sample event tells of: a payment that was never made. */
import { wireId } from '@sluice/core/ids'
import { balancesOf } from '@sluice/core/payment'
import { responseSummary } from '@sluice/core/response-codes'

const AMOUNT = 1000
const NOTHING = {
  requested: AMOUNT,
  authorized: AMOUNT,
  capturing: 0,
  captured: 0,
  voiding: 0,
  voided: 0,
  refunding: 0,
  refunded: 0,
  returned: 0,
  chargedBack: 0,
}

/** `data` of a sample, in GBP pence. */
export function sampleData(type: string, paymentId: string, actionId: string): Record<string, unknown> {
  const code = type.endsWith('_declined') || type.endsWith('_failed') ? '20005' : '10000'
  return {
    id: wireId('payment', paymentId),
    action_id: wireId('action', actionId),
    reference: 'SAMPLE',
    amount: type.startsWith('card_') ? 0 : AMOUNT,
    currency: 'GBP',
    payment_type: 'Regular',
    customer: { email: 'shopper@example.com', name: 'A Shopper' },
    metadata: {},
    response_code: code,
    response_summary: responseSummary(code),
    risk: { flagged: false, score: 0 },
    processing: { acquirer_transaction_id: '767665093700479500253', Aft: 'False' },
    source: {
      type: 'card',
      expiry_month: 12,
      expiry_year: 2030,
      scheme: 'VISA',
      last_4: '4242',
      bin: '424242',
      card_type: 'CREDIT',
      card_category: 'CONSUMER',
    },
    balances: balancesOf(NOTHING),
  }
}
