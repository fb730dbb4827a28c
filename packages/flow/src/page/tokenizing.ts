/** `tokenize()`: a token of what was typed, for the shop to pay with on its own server. */
import { refusalError } from './attempt.ts'
import type { Callbacks, ErrorBase } from './callbacks.ts'
import { integrationError, requestError, submitError } from './errors.ts'
import { Refused } from './keeper.ts'
import type { Method } from './methods.ts'
import type { Paying } from './payment.ts'

/**
 * @param wanted what the shop gave `tokenize()`
 * @returns `undefined` while an attempt is under way
 * @throws {CheckoutError} `component_invalid`, `method_not_supported`, or why there is no token
 */
export async function tokenizeWith(
  method: Method,
  wanted: unknown,
  { paying, callbacks, base }: { paying: Paying; callbacks: Callbacks; base: () => ErrorBase },
): Promise<object | undefined> {
  const make = method.tokenize
  if (!make) throw integrationError('method_not_supported', base())
  try {
    return await paying.alone(async () => {
      if (!(await method.check())) throw submitError('component_invalid', base())
      const result = await make(wanted)
      const gate = await callbacks.gate('onTokenized', result)
      if (gate.open) return result
      const { message } = gate
      paying.tell({ kind: 'error', ...(message ? { text: message } : { key: 'payment.declined.try_again' }) })
      throw requestError('payment_request_aborted', { ...base(), ...(message && { customMessage: message }) })
    })
  } catch (error) {
    throw error instanceof Refused ? refusalError(error.refusal, base()) : error
  }
}
