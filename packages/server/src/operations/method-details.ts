/** What was collected for a method that needs no card: checked, shown of its payment, and told to its processor. */
import { type Collected, collectedOf, collectedProblems } from '@sluice/core/collected'
import { wireId } from '@sluice/core/ids'
import { paymentMethod } from '@sluice/core/payment-methods'
import type { PaymentSource } from '../store/payments.ts'
import type { SessionRequest } from '../store/sessions.ts'
import type { OpenedDetails } from '../vault/vault.ts'

export function collectedFor(details: OpenedDetails, request: SessionRequest): Collected {
  return collectedOf(details, request)
}

/** `error_codes`; none for a method that is paid by card or wallet. */
export function missingDetails(details: OpenedDetails, request: SessionRequest): string[] {
  const row = paymentMethod(details.method)
  return row && !row.wallet ? collectedProblems(row, collectedFor(details, request)) : []
}

/**
 * `source` of the payment beside its type: of an account its last four digits only. A mandate that was agreed to is given
 * its id here, and is dated on the merchant's day.
 * @param attempt UUID of the payment, and the merchant's time
 */
export function methodSource(
  details: OpenedDetails,
  request: SessionRequest,
  attempt: { id: string; now: Date },
): PaymentSource {
  const row = paymentMethod(details.method)
  const has = (input: string) => row?.collects.some((collected) => collected === input) === true
  const { holder, companyName, email, phone, iban, bankAccount, address } = collectedFor(details, request)
  const account = has('iban') ? iban : has('bank_account') ? bankAccount?.number : undefined
  const accountHolder = {
    ...(has('holder_name') && companyName !== undefined && { type: 'corporate', company_name: companyName }),
    ...(has('holder_name') &&
      companyName === undefined &&
      holder !== undefined && { type: 'individual', full_name: holder }),
    ...(has('email') && email !== undefined && { email }),
  }
  return {
    ...(address && { billing_address: address }),
    ...(has('phone') && phone && { phone }),
    ...(Object.keys(accountHolder).length > 0 && { account_holder: accountHolder }),
    ...(account !== undefined && { last4: account.slice(-4) }),
    ...(has('mandate_consent') && {
      mandate: {
        // Letters and digits only, as clearing houses take it.
        id: `MND${wireId('payment', attempt.id).replace('pay_', '').toUpperCase()}`,
        type: 'core',
        date_of_signature: attempt.now.toISOString().slice(0, 10),
      },
    }),
  }
}

/** What the processor is told of the payer, spelled as on the wire; the whole account is for nobody else. */
export function methodMessage(
  details: OpenedDetails,
  request: SessionRequest,
  source: PaymentSource,
): Record<string, unknown> {
  const row = paymentMethod(details.method)
  if (!row || row.wallet || row.collects.length === 0) return {}
  const { email, phone, iban, bankAccount, nationalId, blikCode } = collectedFor(details, request)
  const has = (input: (typeof row.collects)[number]) => row.collects.includes(input)
  return {
    ...(has('email') && email !== undefined && { email }),
    ...(has('phone') && phone && { phone }),
    ...(has('iban') && iban !== undefined && { iban }),
    ...(has('bank_account') &&
      bankAccount && { bank_account_number: bankAccount.number, bank_code: bankAccount.bankCode }),
    ...(has('national_id') && nationalId !== undefined && { national_id: nationalId }),
    ...(has('blik_code') && blikCode !== undefined && { blik_code: blikCode }),
    ...(source['mandate'] !== undefined && { mandate: source['mandate'] }),
  }
}
