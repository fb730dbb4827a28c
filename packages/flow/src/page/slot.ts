/** The shop's own content beside the pay button of the chosen method: when it is put there, and when taken away. */
import type { RootView } from '../view/model.ts'
import type { Callbacks } from './callbacks.ts'
import type { CheckoutError } from './errors.ts'

export interface Slot {
  /** Absent when the shop has nothing to put there. */
  readonly place: 'above_pay_button' | 'below_pay_button' | undefined
  /** The method with this id is shown now; the content of the one before is taken down first. */
  show(methodId: string | undefined, view: RootView): void
  leave(): void
}

export function createSlot(callbacks: Callbacks, place: Slot['place']): Slot {
  const used = callbacks.has('handlePaymentAdditionalContentMount')
  let shown: string | undefined
  let takeDown: (() => void) | undefined

  function leave() {
    takeDown?.()
    takeDown = undefined
    shown = undefined
  }

  return {
    place: used ? place : undefined,
    show(methodId, view) {
      if (!used || methodId === shown) return
      leave()
      shown = methodId
      if (methodId === undefined) return
      const element = view.slotFor(methodId)
      const mounted = callbacks.call('handlePaymentAdditionalContentMount', element).catch((error: CheckoutError) => {
        callbacks.fail(error)
        return undefined
      })
      takeDown = () => {
        void mounted
          .then((said) => {
            const id = typeof said === 'string' ? said : undefined
            return callbacks.call('handlePaymentAdditionalContentUnmount', element, id)
          })
          .catch(callbacks.fail)
      }
    },
    leave,
  }
}
