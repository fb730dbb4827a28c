/** The billing address that a shopper chose in the sheet of a wallet, for this attempt in place of the session's. */
import { holdsCardNumber } from '@sluice/core/cards'
import { isCountry } from '@sluice/core/countries'
import type { SessionRequest } from '../store/sessions.ts'
import type { OpenedDetails } from '../vault/vault.ts'

/** As much of each member as an address of the API holds. */
const LENGTHS = { address_line1: 200, address_line2: 200, city: 50, state: 255, zip: 50 } as const

/**
 * Taken whole, since half of one address and half of another is nobody's; the session's telephone stays. A wallet writes
 * what it likes: what is too long for us is cut, and nothing of it costs the payment.
 */
export function withBillingOfWallet<Request extends SessionRequest>(
  request: Request,
  { wallet, details = {} }: Pick<OpenedDetails, 'wallet' | 'details'>,
): Request {
  const country = details['country']?.toUpperCase()
  if (!wallet || country === undefined || !isCountry(country)) return request
  const lines = Object.entries(LENGTHS).flatMap(([name, most]) => {
    const text = details[name]?.trim().slice(0, most)
    return text && !holdsCardNumber(text) ? [[name, text]] : []
  })
  const address = { ...Object.fromEntries(lines), country }
  return { ...request, billing: { ...(request['billing'] as object | undefined), address } }
}
