/** What follows once a sheet is open, the same for every wallet: the shopper's word, then the shop's. */
import type { Payment } from '../../../common/messages.ts'
import type { Agreed, Sheet } from '../../methods.ts'

/** What the shopper approved. */
export interface Approved {
  wallet: NonNullable<Payment['wallet']>
  /** As the wallet's own API hands it over, for `onAuthorized`. */
  event: unknown
}

/**
 * In the mode `tokenize` nothing is paid: the token goes to the shop.
 * @param approved `undefined` when the shopper closed the sheet
 */
export function agreeing(mode: 'pay' | 'tokenize', approved: () => Promise<Approved | undefined>): Sheet['agree'] {
  return async ({ callbacks, ask, displayed }): Promise<Agreed> => {
    const found = await approved()
    if (!found) return { open: true }
    const { wallet, event } = found
    const authorized = await callbacks.gate('onAuthorized', event)
    if (!authorized.open) return authorized
    // The sum may have changed while the sheet was open.
    if (mode === 'pay') return { open: true, pays: { wallet, displayed: displayed() } }
    const data = await ask({ what: 'tokenize', wallet })
    return await callbacks.gate('onTokenized', { type: wallet.type, data })
  }
}
