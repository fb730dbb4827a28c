import { element, shimmer } from './element.ts'
import type { FrameModel } from './model.ts'
import { placeInOrder } from './place.ts'

/** CSS pixels, until the frame has said its own; by theme.css: inset, label, its gap, field, inset. */
const USUAL_HEIGHT = 4 + 20 + 6 + 46 + 4
/** Three rows, each with a gap below it. */
const USUAL_CARD_HEIGHT = 4 + 3 * (20 + 6 + 46 + 28) + 4

/** Where the frames of a method stay for good. */
export function createFrames() {
  const frames = element('div', { class: 'frames' })
  const places = new Map<HTMLIFrameElement, FramePlace>()

  function update(wanted: FrameModel[]): void {
    const shown = wanted.map((model) => {
      const place = places.get(model.element) ?? createFramePlace(model)
      places.set(model.element, place)
      place.update(model)
      return place.element
    })
    placeInOrder(frames, shown)
    for (const [frame, place] of places) {
      if (!shown.includes(place.element)) places.delete(frame)
    }
  }

  return { element: frames, update }
}

interface FramePlace {
  readonly element: HTMLElement
  update(frame: FrameModel): void
}

/** Until a frame is ready, shapes of its fields stand in its place, of the same height. */
function createFramePlace({ element: frame, part }: FrameModel): FramePlace {
  const fields = part === 'card' ? ['field', 'field', 'field half', 'field half'] : ['field']
  const shapes = element('div', { class: 'shapes', 'aria-hidden': 'true' }, ...fields.map(shimmer))
  const place = element('div', { class: 'place', 'data-part': part }, shapes, frame)

  function update({ height, ready }: FrameModel): void {
    place.classList.toggle('ready', ready)
    frame.style.height = `${height ?? (part === 'card' ? USUAL_CARD_HEIGHT : USUAL_HEIGHT)}px`
  }

  return { element: place, update }
}
