/** A component's place on the shop's page, from `mount()` to `unmount()`. */
import { applyAppearance, watchAppearance } from '../common/appearance.ts'
import type { RootView, ViewActions } from '../view/model.ts'
import { createRootView } from '../view/root.ts'
import type { Runtime } from './runtime.ts'

export interface Place {
  readonly view: RootView
  /** `false` once a framework has thrown it away without a word. */
  isThere(): boolean
  leave(): void
}

export interface PlaceEvents extends ViewActions {
  /** Session, texts, amount or trouble are others. */
  changed(): void
  /** The page came back out of the browser's memory. */
  pageShown(): void
  /** The page's looks may be others. */
  restyled(): void
}

/** What a shop may mount into; `undefined` for what is no element, or selects none. */
export function targetOf(target: unknown): HTMLElement | undefined {
  const found = typeof target === 'string' ? select(target) : target
  return found instanceof HTMLElement ? found : undefined
}

function select(selector: string): Element | null {
  try {
    return document.querySelector(selector)
  } catch {
    return null
  }
}

/** Appends an empty root to the target, and listens to the page and to the instance. */
export function takePlace(target: HTMLElement, runtime: Runtime, on: PlaceEvents): Place {
  const view = createRootView(target, on)
  applyAppearance(view.element, runtime.appearance)
  const shown = (event: PageTransitionEvent) => event.persisted && on.pageShown()
  addEventListener('pageshow', shown)
  const unwatch = watchAppearance(on.restyled)
  const unlisten = runtime.listen({ changed: on.changed })
  return {
    view,
    isThere: () => view.element.isConnected,
    leave() {
      removeEventListener('pageshow', shown)
      unwatch()
      unlisten()
      view.destroy()
    },
  }
}
