/**
 * What a component draws on the shop's page: a root element in the shop's document, and all else in its shadow root, so
 * that neither style sheet reaches the other. Drawn from a model, again and again; frames stay where they were once put.
 */
import { html, nothing, render } from 'lit/html.js'
import { isDark, watchAppearance } from '../shared/appearance.ts'
import { createDialog } from './dialog.ts'
import { drawIn } from './drawings.ts'
import { createMethodView, type MethodView } from './method.ts'
import type { ButtonModel, MethodModel, RootModel, RootView, ViewActions } from './model.ts'
import { make, placeInOrder } from './place.ts'
import { adoptStyles } from './styles.ts'

/** Appends an empty root to `target`; `update` shows something in it. */
export function createRootView(target: HTMLElement, actions: ViewActions): RootView {
  const element = document.createElement('div')
  element.dataset['testid'] = 'checkout-web-component-root'
  const shadow = element.attachShadow({ mode: 'open' })
  adoptStyles(shadow)

  const skeleton = make(
    'div',
    'skeleton',
    ...['row', 'field', 'field', 'field half', 'field half', 'button'].map(shimmer),
  )
  skeleton.setAttribute('aria-hidden', 'true')
  const list = make('div', 'methods')
  const foot = make('div', 'foot')
  const root = make('div', 'sluice', skeleton, list, foot)
  shadow.append(root)
  target.append(element)

  const dialog = createDialog(root, actions)
  const methods = new Map<string, MethodView>()
  const slots = new Map<string, HTMLElement>()
  const followTheme = () => root.toggleAttribute('data-dark', isDark(element))
  const unwatch = watchAppearance(followTheme)

  function update(model: RootModel): void {
    element.classList.toggle('saved-card-is-enabled', model.savesCards)
    root.dir = model.dir
    root.lang = model.locale
    root.dataset['phase'] = model.phase
    root.dataset['layout'] = model.layout
    root.setAttribute('aria-busy', `${model.phase === 'loading'}`)
    followTheme()
    drawMethods(model)
    render(footTemplate(model, actions), foot)
    drawIn(foot)
    dialog.update(model)
  }

  function drawMethods(model: RootModel): void {
    if (model.layout === 'list' && model.phase === 'ready') {
      list.setAttribute('role', 'group')
      list.setAttribute('aria-label', model.text('sluice.payment_methods'))
    } else {
      list.removeAttribute('role')
      list.removeAttribute('aria-label')
    }
    const views = model.methods.map((method) => {
      const view = methods.get(method.id) ?? createMethodView(actions)
      methods.set(method.id, view)
      return view
    })
    for (const [id, view] of methods) {
      if (!views.includes(view)) methods.delete(id)
    }
    placeInOrder(
      list,
      views.map((view) => view.element),
    )
    for (const method of model.methods) methods.get(method.id)?.update(method, model)
  }

  function slotFor(methodId: string): HTMLElement {
    let slot = slots.get(methodId)
    if (!slot) {
      slot = document.createElement('div')
      slot.slot = slotName(methodId)
      slots.set(methodId, slot)
      element.append(slot)
    }
    return slot
  }

  function destroy(): void {
    unwatch()
    dialog.close()
    element.remove()
  }

  return { element, update, slotFor, destroy }
}

/** Below the methods: one place for messages, always in the document, so that each is read out once; and one pay button. */
function footTemplate(model: RootModel, actions: ViewActions) {
  const { phase, notice, mayRetry, retryLabel, text } = model
  const selected = phase === 'ready' ? model.methods.find((method) => method.selected) : undefined
  const slotAt = (place: MethodModel['slot']) =>
    selected && selected.slot === place ? html`<slot name=${slotName(selected.id)}></slot>` : nothing
  return html`
    ${slotAt('above_pay_button')}
    <div
      class="notice ${notice?.kind ?? ''}"
      role="status"
      aria-live=${notice?.kind === 'error' ? 'assertive' : 'polite'}
      aria-atomic="true"
    >
      ${notice ? html`<i data-icon=${NOTICE_ICONS[notice.kind]}></i><p>${notice.text}</p>` : nothing}
    </div>
    ${
      mayRetry && phase !== 'loading'
        ? html`<button type="button" class="retry" @click=${() => actions.retry()}>
            ${retryLabel ?? text('sluice.retry')}
          </button>`
        : nothing
    }
    ${selected?.button ? payButton(selected.button, actions) : nothing} ${slotAt('below_pay_button')}
  `
}

/** Never `disabled`, which would lose the focus and hide it from a screen reader just when its words change. */
function payButton({ state, label }: ButtonModel, actions: ViewActions) {
  const idle = state === 'idle'
  return html`
    <button
      type="button"
      class="pay ${state}"
      aria-disabled=${`${!idle}`}
      @click=${() => {
        if (idle) actions.pay()
      }}
    >
      <i data-icon=${BUTTON_ICONS[state]}></i><span>${label}</span>
    </button>
  `
}

const NOTICE_ICONS = { error: 'alert', info: 'info', success: 'tick' }
const BUTTON_ICONS = { idle: 'lock', busy: 'spinner', done: 'tick', disabled: 'lock' }

function slotName(methodId: string): string {
  return `extra-${methodId}`
}

function shimmer(name: string): HTMLElement {
  return make('div', `shimmer ${name}`)
}
