/** One way to pay: a heading with a radio button, and below it, when it is selected, what it asks for. */
import { createChoice, createConsent } from './choice.ts'
import { element, say } from './element.ts'
import { createFrames } from './frames.ts'
import { createMarks } from './marks.ts'
import type { MethodModel, RootModel, ViewActions } from './model.ts'
import { placeInOrder } from './place.ts'
import { adoptStyles } from './styles.ts'

export interface MethodView {
  readonly element: HTMLElement
  update(method: MethodModel, model: RootModel): void
}

export function createMethodView(id: string, actions: ViewActions): MethodView {
  const radio = element('input', { type: 'radio', name: 'method', id: `method-${id}`, value: id })
  const name = element('span', { class: 'name' })
  const title = element('label', { class: 'title' }, radio, name)
  const heading = element('div', { class: 'heading' })
  const marks = createMarks()
  const frames = createFrames()
  const choice = createChoice(actions)
  const consent = createConsent(actions)
  const extras = element('div', { class: 'extras' })
  const mark = element('span', { class: 'marks' })
  const inner = element('div', { class: 'inner' }, frames.element, extras)
  const method = element('section', {}, heading, element('div', { class: 'panel' }, inner))
  radio.addEventListener('change', () => actions.select(id))

  function update({ label, card, content, selected }: MethodModel, { layout, mayChoose, text }: RootModel): void {
    method.className = `method ${selected ? 'selected' : ''} ${card || content?.element ? '' : 'plain'}`
    say(name, label)
    name.classList.toggle('shimmer', label === '')
    if (content?.css) adoptStyles(method.getRootNode() as ShadowRoot, content.css)
    if (content?.mark && !mark.firstChild) mark.append(content.mark)
    // The shopper's click changed it, the model has the last word.
    radio.checked = selected
    radio.disabled = mayChoose === false
    frames.update(card?.frames ?? [])
    if (card) marks.update(card, text)
    if (card?.choice) choice.update(card.choice, card.locked, text)
    if (card?.consent) consent.update(card.consent, card.locked, text)
    const inList = layout === 'list'
    const accepted = card !== undefined && card.schemes.length > 0 && marks.element
    placeInOrder(heading, [inList && title, inList && (accepted || (content?.mark && mark))])
    placeInOrder(extras, [
      !inList && accepted,
      card?.choice && choice.element,
      card?.consent && consent.element,
      content?.element,
    ])
  }

  return { element: method, update }
}
