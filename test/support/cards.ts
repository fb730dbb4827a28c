/** Test cards by what they do. */
import type { TypedCard } from '@sluice/sealing/payload'

const fields = { expiry_month: 12, expiry_year: 2030, cvv: '100', name: 'Ada Lovelace' }

export const CARDS = {
  approved: { number: '4242424242424242', ...fields },
  declined: { number: '4539467987109256', ...fields },
  insufficientFunds: { number: '4544249167673670', ...fields },
  amex: { number: '345678901234564', ...fields, cvv: '1000' },
  frictionless: { number: '4485040371536584', ...fields },
  partial: { number: '5518207720770101', ...fields, cvv: '153' },
} as const satisfies Record<string, TypedCard>
