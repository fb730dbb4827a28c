import { qrModules } from './qr.ts'

const SVG = 'http://www.w3.org/2000/svg'
/** Modules of quiet around the code: less, and some readers do not find it. */
const QUIET = 4

/** A drawing of the code, dark on light whatever the theme: readers expect it. Its caller says what it is. */
export function qrSvg(text: string): SVGSVGElement {
  const modules = qrModules(text)
  const size = modules.length + 2 * QUIET
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('shape-rendering', 'crispEdges')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  const rows = modules.map((row, y) =>
    row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')).join(''),
  )
  path.setAttribute('d', rows.join(''))
  path.setAttribute('fill', '#000')
  svg.append(path)
  return svg
}
