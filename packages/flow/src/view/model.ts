/** What the shop's page shows of a component: plain data in, the shopper's wishes out. The view keeps no state of its own. */
import type { NextStep } from '@sluice/core/next-step'

/** A whole component on a page. */
export interface RootModel {
  /** `loading`: a skeleton. `broken`: a message and nothing to do, or one button to try again. */
  phase: 'loading' | 'ready' | 'broken'
  dir: 'ltr' | 'rtl'
  locale: string
  text: (key: string, values?: Record<string, string>) => string
  /** Class `saved-card-is-enabled` on the root. */
  savesCards: boolean
  /** `list`: the rows of `flow`, each opened by its heading. `single`: one method without a heading. */
  layout: 'list' | 'single'
  methods: MethodModel[]
  /** Shown on top of the pay button and read out: what went wrong, or how it stands. */
  notice?: { kind: 'error' | 'info' | 'success'; text: string }
  /** Another method may be chosen. */
  mayChoose?: boolean
  /** Offered with a broken component, and beside a notice. */
  mayRetry: boolean
  /** Other words for its button than `sluice.retry`. */
  retryLabel?: string
  overlay?: OverlayModel
}

export interface MethodModel {
  /** Safe as an `id` attribute; `selectedPaymentMethodId` of the component. */
  id: string
  /** `card`, `ideal` …, for the mark. */
  type: string
  label: string
  selected: boolean
  card?: CardModel
  content?: ContentModel
  button?: ButtonModel
  /** The shop's own content; where it stands relative to the button. */
  slot?: 'above_pay_button' | 'below_pay_button'
}

export interface CardModel {
  /** One frame, or one for each field; made by the component, placed by the view, never made again by a render. */
  frames: FrameModel[]
  /** Schemes that are accepted, shown beside the heading; the detected one stands out. */
  schemes: string[]
  detected?: string
  /** A co-badged card: the brands to choose from. */
  choice?: { schemes: string[]; chosen?: string }
  /** The checkbox to keep the card, when the session wants one. */
  consent?: { checked: boolean }
  locked: boolean
}

/** What a method draws itself, in its panel. */
export interface ContentModel {
  /** Absent until its code has been loaded. */
  element?: HTMLElement
  /** Beside the heading. */
  mark?: SVGElement
  /** Its style sheet: a text that is the same for all methods of this sort. */
  css?: string
}

/** What a payment waits for. `accepted`: there is nothing to do but to wait some days. */
export type Step = NextStep | { type: 'accepted' }

export interface FrameModel {
  element: HTMLIFrameElement
  /** `card` for the whole form; else `number`, `expiry`, `cvv`, `name`, which decides its place. */
  part: 'card' | 'number' | 'expiry' | 'cvv' | 'name'
  /** CSS pixels; unknown before the frame has said it. */
  height?: number
  ready: boolean
}

export interface ButtonModel {
  label: string
  /** With a spinner while `busy`, with a tick when `done`. */
  state: 'idle' | 'busy' | 'done' | 'disabled'
}

/** The challenge of a bank above the page: a modal dialog with one frame and a way out. */
export interface OverlayModel {
  frame: HTMLIFrameElement
  title: string
  cancelLabel: string
}

/** What a shopper can do in the view. */
export interface ViewActions {
  select(methodId: string): void
  pay(): void
  chooseScheme(scheme: string): void
  consent(checked: boolean): void
  cancelOverlay(): void
  retry(): void
}

/** A drawn component. */
export interface RootView {
  /** `[data-testid="checkout-web-component-root"]`, in the shop's own document; what is below it is in its shadow root. */
  readonly element: HTMLElement
  update(model: RootModel): void
  /** Where the shop's additional content goes: an element of the shop's document, shown by the method's slot. */
  slotFor(methodId: string): HTMLElement
  destroy(): void
}
