/** What a shop is told of a component as it is drawn: each change once. */
import type { ShopComponent } from './component.ts'
import type { Callbacks } from './callbacks.ts'

export interface Tellings {
  /** Mounted anew: `onReady` is due again. */
  mounted(): void
  /** @param ready the form can be filled in: there is nothing to tell before */
  drawn(component: ShopComponent, ready: boolean, callbacks: Callbacks): void
  /** `true` when it has just become so, which is an error. */
  breaks(broken: boolean): boolean
}

export function createTellings(): Tellings {
  let wasReady = false
  let wasBroken = false
  let lastChange = ''

  return {
    mounted() {
      wasReady = false
    },
    drawn(component, ready, callbacks) {
      if (!ready) return
      const { selectedType, selectedPaymentMethodId } = component
      const change = JSON.stringify([
        selectedType,
        selectedPaymentMethodId,
        component.isValid(),
        component.isPayButtonRequired(),
      ])
      if (!wasReady) {
        wasReady = true
        callbacks.tell('onReady')
      } else if (change === lastChange) return
      lastChange = change
      callbacks.tell('onChange')
    },
    breaks(broken) {
      const isNew = broken && !wasBroken
      wasBroken = broken
      return isNew
    },
  }
}
