/** The billing address that the shopper chose in a sheet, in the words under which details are sealed. */
import { isHolderName } from '@sluice/core/card-problems'
import type { Payment } from '../../../common/messages.ts'

/** Of `ApplePayPaymentContact`, what is used here. */
export interface AppleContact {
  givenName?: string
  familyName?: string
  addressLines?: string[]
  locality?: string
  administrativeArea?: string
  postalCode?: string
  countryCode?: string
}

/** Of Google's `Address`, what is used here. */
export interface GoogleAddress {
  name?: string
  address1?: string
  address2?: string
  address3?: string
  locality?: string
  administrativeArea?: string
  postalCode?: string
  countryCode?: string
}

export type Billing = Pick<Payment, 'holder' | 'details'>

export function appleBilling(contact: AppleContact | undefined): Billing {
  if (!contact) return {}
  const { givenName, familyName, addressLines = [], locality, administrativeArea, postalCode, countryCode } = contact
  const [first, ...others] = addressLines
  return billing([givenName, familyName], [first, joined(others, ', ')], {
    city: locality,
    state: administrativeArea,
    zip: postalCode,
    country: countryCode,
  })
}

export function googleBilling(address: GoogleAddress | undefined): Billing {
  if (!address) return {}
  const { name, address1, address2, address3, locality, administrativeArea, postalCode, countryCode } = address
  return billing([name], [address1, joined([address2, address3], ', ')], {
    city: locality,
    state: administrativeArea,
    zip: postalCode,
    country: countryCode,
  })
}

/** As `POST /tokens` takes it. */
export function billingAddress({ details }: Billing): { billing_address?: Record<string, string> } {
  return details ? { billing_address: details } : {}
}

type Words = (string | undefined)[]

function billing(name: Words, [line1, line2]: Words, rest: Record<string, string | undefined>): Billing {
  const holder = joined(name, ' ')
  const lines = { address_line1: line1, address_line2: line2, ...rest }
  const details = Object.entries(lines).flatMap(([key, value]) =>
    value?.trim() ? [[key, sealable(value, LENGTHS[key])]] : [],
  )
  return {
    ...(holder && isHolderName(holder) && { holder: sealable(holder) }),
    ...(details.length > 0 && { details: Object.fromEntries(details) as Record<string, string> }),
  }
}

function joined(words: Words, between: string): string {
  return words.filter((word) => word?.trim()).join(between)
}

/** What an address of the API holds of each member. */
const LENGTHS: Record<string, number> = { address_line1: 200, address_line2: 200, city: 50, zip: 50 }

/** No control characters, and no more than is taken. */
function sealable(text: string, most = 255): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, most)
}
