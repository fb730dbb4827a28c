import { svgMark } from '../common/marks.ts'
import { sameList } from '../common/same-list.ts'
import { schemeLabel } from '../common/schemes.ts'
import { element } from './element.ts'
import type { CardModel, RootModel } from './model.ts'

/** More marks than these are counted, `+5`: they stand in one line on a small telephone. */
const MARKS_SHOWN = 4

/** Which cards are taken; the one that was recognized stands out, and first when there are too many. */
export function createMarks() {
  const marks = element('span', { class: 'marks', role: 'img' })
  /** What is drawn: the schemes and which of them was recognized. */
  let drawn: (string | undefined)[] = []

  function update({ schemes, detected }: CardModel, text: RootModel['text']): void {
    marks.setAttribute('aria-label', `${text('sluice.accepted_cards')}: ${schemes.map(schemeLabel).join(', ')}`)
    const wanted = [detected, ...schemes]
    if (sameList(wanted, drawn)) return
    drawn = wanted
    const hidden = detected !== undefined && schemes.indexOf(detected) >= MARKS_SHOWN
    const shown = hidden ? [detected, ...schemes.slice(0, MARKS_SHOWN - 1)] : schemes.slice(0, MARKS_SHOWN)
    const more = schemes.length - shown.length
    marks.classList.toggle('narrowed', detected !== undefined && schemes.includes(detected))
    marks.replaceChildren(
      ...shown.map((scheme) =>
        element('i', { class: scheme === detected ? 'detected' : '' }, svgMark(document, scheme)),
      ),
    )
    if (more > 0) marks.append(element('bdi', { class: 'more', dir: 'ltr' }, `+${more}`))
  }

  return { element: marks, update }
}
