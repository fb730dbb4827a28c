import { svgIcon, svgMark, type IconName } from '../shared/marks.ts'

/** Draws into each element below that has `data-icon` or `data-mark`. What is drawn already stays: a spinner keeps turning. */
export function drawIn(container: ParentNode): void {
  for (const place of container.querySelectorAll<HTMLElement>('[data-icon], [data-mark]')) {
    const { icon, mark, drawn } = place.dataset
    const name = `${icon ?? mark}`
    if (drawn === name) continue
    place.dataset['drawn'] = name
    place.replaceChildren(icon === undefined ? svgMark(document, name) : svgIcon(document, icon as IconName))
  }
}
