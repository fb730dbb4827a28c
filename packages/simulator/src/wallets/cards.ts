/** The cards that lie in the simulator's wallets. What a number comes to afterwards is the business of `issuer/cards.ts`. */
export interface WalletCard {
  /** How the sheet names its choice. */
  id: string
  number: string
  /** As Google Pay spells it; Apple Pay in `appleNetwork`. */
  network: 'VISA' | 'MASTERCARD' | 'AMEX'
  appleNetwork: 'Visa' | 'MasterCard' | 'AmEx'
  type: 'credit' | 'debit'
  /** `PAN_ONLY`: a card number that Google keeps, without a proof that its owner is there. Apple has no such cards. */
  auth: 'CRYPTOGRAM_3DS' | 'PAN_ONLY'
  eci?: string
  expiryMonth: number
  expiryYear: number
  fidelity: 'confirmed' | 'inferred'
}

const EXPIRY = { expiryMonth: 12, expiryYear: 2049 } as const
const VISA = { network: 'VISA', appleNetwork: 'Visa', type: 'credit' } as const
const MASTERCARD = { network: 'MASTERCARD', appleNetwork: 'MasterCard', type: 'debit' } as const
const AMEX = { network: 'AMEX', appleNetwork: 'AmEx', type: 'credit' } as const
const PROVEN = { auth: 'CRYPTOGRAM_3DS', ...EXPIRY, fidelity: 'inferred' } as const

export const WALLET_CARDS: readonly WalletCard[] = [
  { id: 'visa', number: '4242424242424242', ...VISA, ...PROVEN, eci: '05' },
  { id: 'mastercard', number: '5436031030606378', ...MASTERCARD, ...PROVEN, eci: '02' },
  { id: 'amex', number: '345678901234564', ...AMEX, ...PROVEN, eci: '05' },
  { id: 'visa-declined', number: '4539467987109256', ...VISA, ...PROVEN, eci: '05' },
  { id: 'visa-number', number: '4242424242424242', ...VISA, ...EXPIRY, auth: 'PAN_ONLY', fidelity: 'inferred' },
]

export function walletCard(id: unknown): WalletCard | undefined {
  return WALLET_CARDS.find((card) => card.id === id)
}

/** What a token says of its card, once it is open. */
export interface WalletPayment {
  number: string
  expiry_month: number
  expiry_year: number
  /** Only of a device's own number. */
  cryptogram?: string
  eci?: string
}
