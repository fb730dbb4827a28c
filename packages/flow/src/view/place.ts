/**
 * Brings the children of `parent` into this order and removes all others. A frame that is moved loads anew and loses what
 * was typed, so a child with a frame stays where it is, and its neighbours move around it.
 */
export function placeInOrder(parent: Element, wanted: readonly Element[]): void {
  for (const child of [...parent.children]) {
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

/** An element with a class, and children. */
export function make(name: string, className: string, ...children: Node[]): HTMLElement {
  const element = document.createElement(name)
  element.className = className
  element.append(...children)
  return element
}
