import theme from '../common/theme.css?inline'
import view from './view.css?inline'

let shared: CSSStyleSheet | undefined

/**
 * Our style sheet for a shadow root: made by script, once for all roots of the page, so that a shop's `style-src` has
 * nothing to object to. An old browser gets a `style` element, which only a page without a strict CSP lets in.
 */
export function adoptStyles(root: ShadowRoot): void {
  const css = theme + view
  if ('adoptedStyleSheets' in root && 'replaceSync' in CSSStyleSheet.prototype) {
    if (!shared) {
      shared = new CSSStyleSheet()
      shared.replaceSync(css)
    }
    root.adoptedStyleSheets = [shared]
  } else {
    const style = document.createElement('style')
    style.textContent = css
    root.append(style)
  }
}
