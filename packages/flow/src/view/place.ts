/**
 * Brings the children of `parent` into this order and removes all others; what is not an element is left out, as in
 * `[title, mayRetry && retry]`. A frame that is moved loads anew and loses what was typed, so a child with a frame stays
 * where it is, and its neighbours move around it.
 */
export function placeInOrder(parent: Element, children: readonly (Element | false | undefined)[]): void {
  const wanted = children.filter((child) => child instanceof Element)
  for (const child of Array.from(parent.children)) {
    if (!wanted.includes(child)) child.remove()
  }
  let next = parent.firstElementChild
  for (const child of wanted) {
    if (child.parentElement === parent && child.querySelector('iframe')) {
      while (next && next !== child) {
        const after: Element | null = next.nextElementSibling
        if (wanted.indexOf(next) > wanted.indexOf(child)) next.remove()
        next = after
      }
    }
    if (next === child) next = child.nextElementSibling
    else parent.insertBefore(child, next)
  }
}
