/** The billing addresses that the owner of the simulator's wallets keeps there, and how each wallet spells one. */
export interface WalletAddress {
  /** How the sheet names its choice. */
  id: string
  givenName: string
  familyName: string
  lines: readonly string[]
  city: string
  state: string
  zip: string
  /** ISO 3166-1 alpha-2 */
  country: string
  fidelity: 'confirmed' | 'inferred'
}

const OWNER = { givenName: 'Ada', familyName: 'Lovelace', fidelity: 'inferred' } as const

export const WALLET_ADDRESSES: readonly WalletAddress[] = [
  {
    id: 'london',
    ...OWNER,
    lines: ["12 St James's Square", 'Flat 3'],
    city: 'London',
    state: '',
    zip: 'SW1Y 4JH',
    country: 'GB',
  },
  {
    id: 'new-york',
    ...OWNER,
    lines: ['350 Fifth Avenue'],
    city: 'New York',
    state: 'NY',
    zip: '10118',
    country: 'US',
  },
]

/** The first when the sheet names none. */
export function walletAddress(id: unknown): WalletAddress {
  return WALLET_ADDRESSES.find((address) => address.id === id) ?? (WALLET_ADDRESSES[0] as WalletAddress)
}

/** Of `ApplePayPaymentContact`. */
export function appleContact({ givenName, familyName, lines, city, state, zip, country }: WalletAddress) {
  return {
    givenName,
    familyName,
    addressLines: [...lines],
    locality: city,
    administrativeArea: state,
    postalCode: zip,
    countryCode: country,
  }
}

/** Google's `Address`. @param full or its short form */
export function googleAddress(
  { givenName, familyName, lines, city, state, zip, country }: WalletAddress,
  full: boolean,
) {
  const short = { name: `${givenName} ${familyName}`, postalCode: zip, countryCode: country }
  if (!full) return short
  const [address1 = '', address2 = '', address3 = ''] = lines
  return { ...short, address1, address2, address3, locality: city, administrativeArea: state, sortingCode: '' }
}
