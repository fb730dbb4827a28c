/**
 * A new element: `element('button', { type: 'button', class: 'pay' }, icon, words)`. All that the view draws is made by it,
 * node by node: nothing is parsed, so Trusted Types have nothing to ask for.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** Changes the text only when it is another one: the same text again would be read out again. */
export function say(place: Element, text: string): void {
  if (place.textContent !== text) place.textContent = text
}

/** A grey shape for what is not there yet. */
export function shimmer(shape: string): HTMLElement {
  return element('div', { class: `shimmer ${shape}` })
}
