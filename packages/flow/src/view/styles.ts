import theme from '../common/theme.css?inline'
import view from './view.css?inline'

const shared = new Map<string, CSSStyleSheet>()

/** The style sheet of all that this script draws. */
export const VIEW_STYLES = theme + view

/**
 * A style sheet for a shadow root, unless it has it: made by script, once for all roots of the page, so that a shop's
 * `style-src` has nothing to object to. An old browser gets a `style` element, which only a page without a strict CSP lets in.
 */
export function adoptStyles(root: ShadowRoot, css: string): void {
  if ('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype) {
    const sheet = shared.get(css) ?? new CSSStyleSheet()
    if (!shared.has(css)) sheet.replaceSync(css)
    shared.set(css, sheet)
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  } else if (!Array.from(root.querySelectorAll('style')).some((style) => style.textContent === css)) {
    const style = document.createElement('style')
    style.textContent = css
    root.append(style)
  }
}
