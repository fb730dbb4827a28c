/** One way to pay: a heading with a radio button, and below it, when it is selected, what it asks for. */
import { html, nothing, render } from 'lit/html.js'
import { schemeName } from '../shared/marks.ts'
import { drawIn } from './drawings.ts'
import type { CardModel, FrameModel, MethodModel, RootModel, ViewActions } from './model.ts'
import { make, placeInOrder } from './place.ts'

export interface MethodView {
  readonly element: HTMLElement
  update(method: MethodModel, model: RootModel): void
}

/** More marks than these are counted, `+5`: they stand in one line on a small telephone. */
const MARKS_SHOWN = 4

/** CSS pixels, until the frame has said its own: by theme.css, inset + label + gap + field + inset, with one row or three. */
const USUAL_HEIGHT = 4 + 20 + 6 + 46 + 4
const USUAL_CARD_HEIGHT = USUAL_HEIGHT + 2 * (16 + 20 + 6 + 46)

export function createMethodView(actions: ViewActions): MethodView {
  const heading = make('div', 'heading')
  const frames = make('div', 'frames')
  const extras = make('div', 'extras')
  const panel = make('div', 'panel', make('div', 'inner', frames, extras))
  const element = make('section', 'method', heading, panel)
  const places = new Map<HTMLIFrameElement, FramePlace>()

  function update(method: MethodModel, model: RootModel): void {
    const { card, selected } = method
    element.classList.toggle('selected', selected)
    element.classList.toggle('plain', !card)
    render(model.layout === 'list' ? headingTemplate(method, model, actions) : nothing, heading)
    // The shopper's click changed it, the model has the last word.
    const radio = heading.querySelector('input')
    if (radio) radio.checked = selected
    placeFrames(card?.frames ?? [])
    render(card ? extrasTemplate(card, model, actions) : nothing, extras)
    for (const input of extras.querySelectorAll('input')) {
      input.checked = input.type === 'radio' ? input.value === card?.choice?.chosen : card?.consent?.checked === true
    }
    drawIn(element)
  }

  function placeFrames(wanted: FrameModel[]): void {
    for (const { element: frame } of wanted) {
      if (!places.has(frame)) places.set(frame, createFramePlace(frame))
    }
    for (const frame of [...places.keys()]) {
      if (!wanted.some((model) => model.element === frame)) places.delete(frame)
    }
    placeInOrder(
      frames,
      [...places.values()].map((place) => place.element),
    )
    for (const model of wanted) places.get(model.element)?.update(model)
  }

  return { element, update }
}

function headingTemplate({ id, label, card }: MethodModel, model: RootModel, actions: ViewActions) {
  const busy = model.methods.some(({ button }) => button?.state === 'busy' || button?.state === 'done')
  return html`
    <label class="title" for=${`method-${id}`}>
      <input
        type="radio"
        name="method"
        id=${`method-${id}`}
        value=${id}
        ?disabled=${busy}
        @change=${() => actions.select(id)}
      />
      <span class="name">${label}</span>
    </label>
    ${card ? marksTemplate(card, model.text) : nothing}
  `
}

/** Which cards are taken; the one that was recognized stands out, and first when there are too many. */
function marksTemplate({ schemes, detected }: CardModel, text: RootModel['text']) {
  const hidden = detected !== undefined && schemes.indexOf(detected) >= MARKS_SHOWN
  const shown = hidden ? [detected, ...schemes.slice(0, MARKS_SHOWN - 1)] : schemes.slice(0, MARKS_SHOWN)
  const more = schemes.length - shown.length
  const label = `${text('sluice.accepted_cards')}: ${schemes.map(schemeName).join(', ')}`
  return html`
    <span class="marks ${detected && schemes.includes(detected) ? 'narrowed' : ''}" role="img" aria-label=${label}>
      ${shown.map((scheme) => html`<i data-mark=${scheme} class=${scheme === detected ? 'detected' : ''}></i>`)}
      ${more > 0 ? html`<span class="more">+${more}</span>` : nothing}
    </span>
  `
}

function extrasTemplate(card: CardModel, model: RootModel, actions: ViewActions) {
  const { text } = model
  return html`
    ${model.layout === 'single' && card.schemes.length > 0 ? marksTemplate(card, text) : nothing}
    ${
      card.choice
        ? html`<fieldset class="choice" ?disabled=${card.locked} aria-describedby="choice-hint">
            <legend>${text('card.preferred_scheme.cta')}</legend>
            <p id="choice-hint">${text('card.preferred_scheme.description')}</p>
            <div class="brands">
              ${card.choice.schemes.map(
                (scheme) => html`<label class="brand">
                  <input
                    type="radio"
                    name="scheme"
                    value=${scheme}
                    @change=${() => actions.chooseScheme(scheme)}
                  /><i data-mark=${scheme}></i><span>${schemeName(scheme)}</span>
                </label>`,
              )}
            </div>
          </fieldset>`
        : nothing
    }
    ${
      card.consent
        ? html`<label class="consent">
            <input
              type="checkbox"
              ?disabled=${card.locked}
              @change=${(event: Event) => actions.consent((event.target as HTMLInputElement).checked)}
            /><span>${text('card.store_for_future_use.collect_consent')}</span>
          </label>`
        : nothing
    }
  `
}

interface FramePlace {
  readonly element: HTMLElement
  update(frame: FrameModel): void
}

/** Where a frame stays for good. Until it is ready, shapes of its fields stand there, of the same height. */
function createFramePlace(frame: HTMLIFrameElement): FramePlace {
  const shapes = make('div', 'shapes')
  shapes.setAttribute('aria-hidden', 'true')
  const element = make('div', 'place', shapes, frame)

  function update({ part, height, ready }: FrameModel): void {
    element.dataset['part'] = part
    element.classList.toggle('ready', ready)
    const pixels = height ?? (part === 'card' ? USUAL_CARD_HEIGHT : USUAL_HEIGHT)
    frame.style.setProperty('height', `${pixels}px`)
    if (shapes.childElementCount === 0) {
      const fields = part === 'card' ? ['', '', 'half', 'half'] : ['']
      shapes.append(...fields.map((width) => make('div', `shimmer field ${width}`)))
    }
  }
  return { element, update }
}
