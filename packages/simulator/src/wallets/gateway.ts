/** A payment that came with the token of a wallet, for who authorizes: with the card that the gateway found in it. */
import type { PaymentRequest } from '../wire.ts'
import { openAtGateway as openApple } from './apple.ts'
import { openAtGateway as openGoogle } from './google.ts'
import type { WalletKeys } from './keys.ts'

/**
 * When a token was made is not judged: its times are real, and the bank knows only those of its merchants, which may stand
 * still.
 * @returns the request without the token; without a card as well when it does not open, or is for less
 */
export function withCardOfWallet(keys: WalletKeys, request: PaymentRequest): PaymentRequest {
  const { wallet, ...rest } = request
  if (!wallet) return request
  const card = wallet.type === 'googlepay' ? openGoogle(keys, wallet.token) : openApple(keys, wallet.token, request)
  return card ? { ...rest, card } : rest
}
