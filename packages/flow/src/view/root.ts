/**
 * What a component draws on the shop's page: a root element in the shop's document, and all else in its shadow root, so
 * that neither style sheet reaches the other. Drawn from a model, again and again; frames stay where they were once put.
 */
import { isDark, watchAppearance } from '../common/appearance.ts'
import { createDialog } from './dialog.ts'
import { element, shimmer } from './element.ts'
import { createFoot } from './foot.ts'
import { createMethodView, type MethodView } from './method.ts'
import type { RootModel, RootView, ViewActions } from './model.ts'
import { placeInOrder } from './place.ts'
import { adoptStyles, VIEW_STYLES } from './styles.ts'

/** Appends an empty root to `target`; `update` shows something in it. */
export function createRootView(target: HTMLElement, actions: ViewActions): RootView {
  const host = element('div', { 'data-testid': 'checkout-web-component-root' })
  const shadow = host.attachShadow({ mode: 'open' })
  adoptStyles(shadow, VIEW_STYLES)

  const shapes = ['row', 'field', 'field', 'field half', 'field half', 'button'].map(shimmer)
  const skeleton = element('div', { class: 'skeleton', 'aria-hidden': 'true' }, ...shapes)
  const list = element('div', { class: 'methods' })
  const foot = createFoot(actions, slotName)
  const root = element('div', { class: 'sluice' }, skeleton, list, foot.element)
  shadow.append(root)
  target.append(host)

  const dialog = createDialog(root, actions)
  const methods = new Map<string, MethodView>()
  const slots = new Map<string, HTMLElement>()
  const followTheme = () => root.toggleAttribute('data-dark', isDark(host))
  const unwatch = watchAppearance(followTheme)

  function update(model: RootModel): void {
    host.classList.toggle('saved-card-is-enabled', model.savesCards)
    root.dir = model.dir
    root.lang = model.locale
    root.dataset['phase'] = model.phase
    root.dataset['layout'] = model.layout
    root.setAttribute('aria-busy', `${model.phase === 'loading'}`)
    followTheme()
    drawMethods(model)
    foot.update(model)
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
      const view = methods.get(method.id) ?? createMethodView(method.id, actions)
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
      slot = element('div', { slot: slotName(methodId) })
      slots.set(methodId, slot)
      host.append(slot)
    }
    return slot
  }

  function destroy(): void {
    unwatch()
    dialog.close()
    host.remove()
  }

  return { element: host, update, slotFor, destroy }
}

function slotName(methodId: string): string {
  return `extra-${methodId}`
}
