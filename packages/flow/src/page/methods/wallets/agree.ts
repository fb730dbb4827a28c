/** What follows once a sheet is open, the same for every wallet: the shopper's word, then the shop's. */
import type { Payment } from '../../../common/messages.ts'
import type { Agreed, Sheet } from '../../methods.ts'
import type { Runtime } from '../../runtime.ts'
import { type Billing, billingAddress } from './contact.ts'

/** Minor units, ISO 4217. */
export type Sum = Payment['displayed']

/** What is to be paid now. */
export function currentSum(runtime: Runtime): Sum {
  const { amount = 0, currency = '' } = runtime.displayed()
  return { amount, currency }
}

/** What the shopper approved. */
export interface Approved {
  /**
   * What the sheet showed, which may not be what is to be paid any more: a sheet draws a new sum only when it asks for one.
   * The server takes no other than this, unless the shop's server names it.
   */
  displayed: Sum
  /** What the sheet was asked for beside the token. */
  billing: Billing
  wallet: NonNullable<Payment['wallet']>
  /** As the wallet's own API hands it over, for `onAuthorized`. */
  event: unknown
}

/**
 * In the mode `tokenize` nothing is paid: the token goes to the shop.
 * @param approved `undefined` when the shopper closed the sheet
 */
export function agreeing(mode: 'pay' | 'tokenize', approved: () => Promise<Approved | undefined>): Sheet['agree'] {
  return async ({ callbacks, ask }): Promise<Agreed> => {
    const found = await approved()
    if (!found) return { open: true }
    const { displayed, wallet, billing, event } = found
    const authorized = await callbacks.gate('onAuthorized', event)
    if (!authorized.open) return authorized
    if (mode === 'pay') return { open: true, pays: { wallet, ...billing, displayed } }
    const data = await ask({ what: 'tokenize', wallet, ...billingAddress(billing) })
    return await callbacks.gate('onTokenized', { type: wallet.type, data })
  }
}
