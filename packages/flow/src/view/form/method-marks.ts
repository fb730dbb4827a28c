/** Marks of the methods that are no cards: neutral drawings of our own that say how one pays, not whose the method is. */
import type { MethodKind } from '@sluice/core/payment-methods'

/** Strokes on a ground of 32 by 20. */
const MARKS: Partial<Record<MethodKind, string>> = {
  // A bank.
  redirect: 'M9 8 16 4l7 4zM11 10v4M16 10v4M21 10v4M9 16h14',
  // A telephone with a tick.
  app: 'M12 3.5h8v13h-8zM14.3 10l1.4 1.5 2.2-3M15 14.6h2',
  // A message with dots.
  otp: 'M8 5h16v8h-9l-3 3v-3H8zM12.5 9h.1M16 9h.1M19.5 9h.1',
  // Corners of a code.
  qr: 'M10 4h4v4h-4zM18 4h4v4h-4zM10 12h4v4h-4zM18 12h1v1M21.9 12v1M18 16h1M21.9 16v-.1',
  // A slip of paper.
  voucher: 'M11 3.5h10v13l-2-1.4-1.5 1.4-1.5-1.4-1.5 1.4-1.5-1.4-2 1.4zM13.5 7h5M13.5 10h5',
  // An account book.
  debit: 'M8 5h16v10H8zM8 8.5h16M11 12h4',
}

/** A purse: wallets, of whichever kind. */
const PURSE = 'M21 7.5v-3H9.5a1.5 1.5 0 0 0 0 3H24v8H9.5A1.5 1.5 0 0 1 8 14V6M20.5 11.5h.1'
/** A clock: paid later. */
const LATER = 'M16 4a6 6 0 1 1-.1 0zM16 7v3.4l2.4 1.4'
const PAID_LATER = /^(klarna|alma|tabby|tamara)$/

/** Decoration: hidden from assistive technology. */
export function methodMark(name: string, kind: MethodKind): SVGElement {
  const svg = node('svg', {
    viewBox: '0 0 32 20',
    width: '32',
    height: '20',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'stroke-width': '1.4',
    'aria-hidden': 'true',
  })
  svg.append(
    node('rect', { x: '.4', y: '.4', width: '31.2', height: '19.2', rx: '3', 'stroke-width': '.8', opacity: '.5' }),
    node('path', { d: PAID_LATER.test(name) ? LATER : (MARKS[kind] ?? PURSE) }),
  )
  return svg
}

function node(name: 'svg' | 'rect' | 'path', attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}
