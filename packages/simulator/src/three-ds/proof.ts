/**
 * The issuer looks at what a merchant says of an authentication that was done elsewhere: he takes it only when his own
 * access control server did it, for this card, for no less than what is to be authorized, and for no other payment.
 */
import type { Authentication as Claim, PaymentRequest } from '../wire.ts'
import type { Simulator } from '../app.ts'
import type { Fidelity } from '../issuer/cards.ts'
import { mark } from './directory.ts'
import type { Authentication } from './store.ts'

/** `genuine: false`: response code 20155. `challenged`: the shopper was asked. */
export interface Proof {
  genuine: boolean
  challenged: boolean
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What stands in the table of behaviours. */
export const USED_ONCE = {
  behaviour: 'The cryptogram of an authentication that another payment was made with: 20155',
  fidelity: 'inferred',
} as const satisfies { behaviour: string; fidelity: Fidelity }

/**
 * @param key of the payment: a message that comes again may bring its cryptogram again
 * @returns `undefined` when the payment claims no authentication
 */
export async function proofOf(bank: Simulator, request: PaymentRequest, key: string): Promise<Proof | undefined> {
  const { authentication: claim } = request
  if (!claim) return undefined
  const id = claim.ds_transaction_id ?? ''
  const known = UUID.test(id) ? await bank.authentications.byDsTransId(id) : undefined
  const its = known !== undefined && isGenuine(bank, claim, known, request)
  return {
    // Nothing is claimed of an authentication that could not be done, so there is nothing to be proven.
    genuine: isUnproven(claim) || (its && (await bank.authentications.use(id, { merchant: request.merchant, key }))),
    challenged: known?.ares.transStatus === 'C' || known?.ares.transStatus === 'D',
  }
}

function isUnproven(claim: Claim): boolean {
  return (claim.trans_status === 'U' || claim.trans_status === 'I') && claim.cryptogram === undefined
}

function isGenuine(bank: Simulator, claim: Claim, known: Authentication, request: PaymentRequest): boolean {
  const { card, amount, currency } = request
  const within =
    known.amount === null ? amount === 0 : amount <= known.amount && (amount === 0 || currency === known.currency)
  return (
    (known.status === 'Y' || known.status === 'A') &&
    known.status === claim.trans_status &&
    known.authentication_value === claim.cryptogram &&
    known.eci === claim.eci &&
    (claim.version === undefined || claim.version === known.version) &&
    (claim.acs_transaction_id === undefined || claim.acs_transaction_id.toLowerCase() === known.acs_trans_id) &&
    card !== undefined &&
    known.card_mark === mark(bank, 'card', card.number) &&
    within
  )
}
