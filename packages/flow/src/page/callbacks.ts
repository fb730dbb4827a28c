/**
 * The shop's callbacks: plain values and promises alike, and whatever a callback does, the form is never stuck. Each is
 * called with the component first.
 */
import { type CheckoutError, integrationError } from './errors.ts'
import type { CallbackName, Resolved } from './options.ts'

/** `details` of every error. */
export interface ErrorBase {
  browserSessionId: string
  /** Absent in sessionless mode. */
  paymentSessionId?: string
  /** The component's; absent in errors of the instance. */
  type?: string
}

/** What a gate said: `message` is for the shopper. */
export type Gate = { open: true } | { open: false; message?: string }

export interface Callbacks {
  has(name: CallbackName): boolean
  /** Tells the shop something; what it returns does not matter. */
  tell(name: CallbackName, ...args: unknown[]): void
  /** Asks whether to go on. No callback and no answer mean yes. @throws {CheckoutError} when it failed, or made no sense */
  gate(name: CallbackName, ...args: unknown[]): Promise<Gate>
  /** What it returned. @throws {CheckoutError} when it failed */
  call(name: CallbackName, ...args: unknown[]): Promise<unknown>
  /** Through `onError`. */
  fail(error: CheckoutError): void
}

/**
 * @param component first argument of every callback; asked for late, since it needs its callbacks to be made
 * @param base of the errors that are made here
 */
export function createCallbacks(
  component: () => unknown,
  callbacks: Resolved['callbacks'],
  base: () => ErrorBase,
): Callbacks {
  async function call(name: CallbackName, ...args: unknown[]): Promise<unknown> {
    try {
      return await callbacks[name]?.(component(), ...args)
    } catch (cause) {
      console.error(cause)
      throw integrationError('callback_invocation_failed', base())
    }
  }

  function fail(failure: CheckoutError) {
    // An error of the error callback has nowhere to go but the console.
    void call('onError', failure).catch(() => {})
  }

  return {
    has: (name) => callbacks[name] !== undefined,
    tell: (name, ...args) => void call(name, ...args).catch(fail),
    async gate(name, ...args) {
      const said = (await call(name, ...args)) as { continue?: unknown; errorMessage?: unknown } | null | undefined
      if (said === undefined || said === null || said.continue === true) return { open: true }
      if (said.continue !== false) throw integrationError('callback_result_invalid', base())
      return { open: false, ...(typeof said.errorMessage === 'string' && { message: said.errorMessage }) }
    },
    call,
    fail,
  }
}
