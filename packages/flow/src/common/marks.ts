/**
 * Small drawings of our own: marks by which a card scheme is recognized, and icons. They are built node by node, so they
 * need neither a network request nor `innerHTML`, and work under a strict CSP and Trusted Types, on the page and in frames.
 */

/** Letters as strokes, on a grid four wide and six high. */
const LETTERS: Record<string, string> = {
  A: 'M0 6 2 0 4 6M.7 4h2.6',
  B: 'M0 0v6h2.2Q4 6 4 4.5T2.2 3H0 2Q3.6 3 3.6 1.5T2 0z',
  C: 'M4 1Q3.4 0 2.2 0Q0 0 0 3T2.2 6Q3.4 6 4 5',
  D: 'M0 0v6h1.4Q4 6 4 3T1.4 0z',
  E: 'M3.6 0H0v6h3.6M0 3h3',
  I: 'M2 0v6',
  J: 'M3.6 0v4.2Q3.6 6 1.9 6T.2 4.6',
  M: 'M0 6V0l2 3.6L4 0v6',
  O: 'M2 0Q0 0 0 3T2 6T4 3T2 0z',
  R: 'M0 6V0h2Q3.8 0 3.8 1.6T2 3.2H0M2 3.2 4 6',
  S: 'M3.8.9Q3 0 2 0Q.3 0 .3 1.5T2 3T3.8 4.5T2 6Q.8 6 .1 5',
  V: 'M0 0 2 6 4 0',
  X: 'M0 0 4 6M4 0 0 6',
  a: 'M3.2 2v4M3.2 4Q3.2 2 1.6 2T0 4T1.6 6T3.2 4',
  d: 'M3.2-.4V6M3.2 4Q3.2 2 1.6 2T0 4T1.6 6T3.2 4',
  m: 'M0 6V2M0 3.4Q.2 2 1.2 2T2.2 3.4V6M2.2 3.4Q2.4 2 3.4 2T4.4 3.4V6',
}

/** A filled path; or a word: its colour, text, start, baseline's top, size, distance of letters, weight and slant. */
type Shape =
  | [fill: string, path: string]
  | [color: string, text: string, x: number, y: number, size: number, step: number, weight: number, slant?: number]

const disc = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0-${2 * r} 0z`

/** On a card of 32 by 20, the ground first. */
const MARKS: Record<string, [ground: string, ...Shape[]]> = {
  visa: ['#fff', ['#138', 'VISA', 4.4, 6.3, 1.22, 5.9, 1.5, -14]],
  mastercard: [
    '#fff',
    ['#e23', disc(12.2, 10, 6.2)],
    ['#fa2', disc(19.8, 10, 6.2)],
    ['#f61', 'M16 5.1a6.2 6.2 0 0 1 0 9.8a6.2 6.2 0 0 1 0-9.8z'],
  ],
  american_express: ['#17c', ['#fff', 'AMEX', 4.1, 7, 1, 6.6, 1.5]],
  discover: [
    '#fff',
    ['#f81', 'M12 20Q25 18 32 11v6a3 3 0 0 1-3 3z'],
    ['#222', 'DISC', 2.8, 6.3, 0.62, 3.2, 1.3],
    ['#f81', disc(17.3, 8.2, 2.1)],
    ['#222', 'VER', 20.2, 6.3, 0.62, 3.2, 1.3],
  ],
  jcb: [
    '#fff',
    ['#16a', 'M5 6a3 3 0 0 1 3-3h4v11a3 3 0 0 1-3 3H5z'],
    ['#c23', 'M12.6 6a3 3 0 0 1 3-3h4v11a3 3 0 0 1-3 3h-4z'],
    ['#183', 'M20.2 6a3 3 0 0 1 3-3h4v11a3 3 0 0 1-3 3h-4z'],
    ['#fff', 'JCB', 6.6, 7.4, 0.85, 7.6, 1.4],
  ],
  diners_club_international: [
    '#fff',
    ['#15a', disc(16, 10, 7.2)],
    ['#fff', 'M14.2 5.2a5.2 5.2 0 0 0 0 9.6zM17.8 5.2a5.2 5.2 0 0 1 0 9.6z'],
  ],
  china_union_pay: [
    '#fff',
    ['#d23', 'M7 3h6.5l-3.2 14H5.4a1.7 1.7 0 0 1-1.6-2.1L6 4z'],
    ['#148', 'M13.5 3h7l-3.2 14h-7z'],
    ['#178', 'M20.5 3h6.1a1.7 1.7 0 0 1 1.6 2.1L26 16a1.5 1.5 0 0 1-1.4 1h-7.3z'],
    ['#fff', 'C', 14, 7, 1, 0, 1.4, -12],
  ],
  mada: ['#fff', ['#29d', 'M4 5h8v2.8H4z'], ['#8b2', 'M4 12.2h8V15H4z'], ['#222', 'mada', 13.6, 7.2, 0.7, 3.9, 1.4]],
  cartes_bancaires: [
    '#159',
    ['#3a6', 'M18 0h11a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H10z'],
    ['#fff', 'C', 8.4, 5.8, 1.4, 0, 1.5],
    ['#fff', 'B', 18.2, 5.8, 1.4, 0, 1.5],
  ],
}

/** What has no colours of its own: strokes in the colour of the text. Icons stand on 20 by 20, cards on 32 by 20. */
const ICONS = {
  card: 'M3 1h26a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2zM1 6h30M5 14h6',
  lock: 'M4 9h12v8H4zM7 9V6a3 3 0 0 1 6 0v3',
  tick: 'M4 10.5 8 15 16 6',
  alert: `${disc(10, 10, 7.5)}M10 6v5M10 13.7v.1`,
  info: `${disc(10, 10, 7.5)}M10 9v5M10 6.3v.1`,
  spinner: 'M10 2.5A7.5 7.5 0 1 1 2.5 10',
  close: 'M5 5 15 15M15 5 5 15',
}

export type IconName = keyof typeof ICONS

/** The mark of a scheme; of one we do not know, a plain card. Decoration: hidden from assistive technology. */
export function svgMark(document: Document, scheme: string): SVGSVGElement {
  const mark = MARKS[scheme]
  if (!mark) return svgIcon(document, 'card')
  const [ground, ...shapes] = mark
  const svg = drawing(document, 32)
  const card = { x: '.3', y: '.3', width: '31.4', height: '19.4', rx: '3' }
  svg.append(node(document, 'rect', { ...card, fill: ground }))
  for (const shape of shapes) {
    if (shape.length === 2) {
      svg.append(node(document, 'path', { fill: shape[0], d: shape[1] }))
      continue
    }
    const [stroke, text, x, y, size, step, weight, slant = 0] = shape
    Array.from(text).forEach((letter, place) => {
      const transform = `translate(${x + (slant && 1.5) + place * step} ${y})skewX(${slant})scale(${size})`
      svg.append(node(document, 'path', { ...line(weight, stroke), d: LETTERS[letter] ?? '', transform }))
    })
  }
  svg.append(node(document, 'rect', { ...card, ...line(0.6, '#89a') }))
  return svg
}

/** An icon in the colour of the text around it. Decoration: hidden from assistive technology. */
export function svgIcon(document: Document, name: IconName): SVGSVGElement {
  const svg = drawing(document, name === 'card' ? 32 : 20)
  svg.setAttribute('class', name)
  svg.append(node(document, 'path', { ...line(1.6, 'currentColor'), d: ICONS[name] }))
  return svg
}

function drawing(document: Document, width: number): SVGSVGElement {
  return node(document, 'svg', {
    viewBox: `0 0 ${width} 20`,
    width: `${width}`,
    height: '20',
    fill: 'none',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  })
}

function line(weight: number, stroke: string) {
  return { stroke, 'stroke-width': `${weight}` }
}

function node<Name extends keyof SVGElementTagNameMap>(
  document: Document,
  name: Name,
  attributes: Record<string, string>,
) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}
