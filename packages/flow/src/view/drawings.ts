import { svgIcon, type IconName } from '../common/marks.ts'
import { element } from './element.ts'

/** A place for an icon; `draw` changes it. What is drawn already stays: a spinner keeps turning. */
export function createIcon(first?: IconName) {
  const place = element('i')
  let drawn: IconName | undefined
  function draw(name: IconName): void {
    if (name === drawn) return
    drawn = name
    place.replaceChildren(svgIcon(document, name))
  }
  if (first) draw(first)
  return { element: place, draw }
}
