/**
 * What a shop's script tag runs: it sets `window.CheckoutWebComponents`, and nothing else. Loaded twice, the second time
 * changes nothing: the official loader may do that, and components of the first may be on the page.
 */
import { createInstance, type Instance } from './instance.ts'
import { handleReturn } from './return.ts'
import { readSettings } from './settings.ts'

/** To be awaited, as documentation says; or used at once, as the official types say. */
export type AwaitableInstance = Promise<Instance> & Instance

export interface CheckoutWebComponentsGlobal {
  /** Rejects, and never throws, with a `CheckoutError`. */
  (options: unknown): AwaitableInstance
  handleReturn: typeof handleReturn
}

const settings = readSettings(document.currentScript)

function CheckoutWebComponents(options: unknown): AwaitableInstance {
  try {
    const { instance, ready } = createInstance(options, settings)
    const promise = ready.then(() => instance)
    // Whoever uses the instance at once does not have to look after the promise as well.
    promise.catch(() => {})
    return Object.assign(promise, instance)
  } catch (error) {
    const fail = () => {
      throw error
    }
    return Object.assign(Promise.reject(error), { create: fail, update: () => Promise.reject(error) })
  }
}

const target = window as { CheckoutWebComponents?: CheckoutWebComponentsGlobal }
target.CheckoutWebComponents ??= Object.assign(CheckoutWebComponents, { handleReturn })
