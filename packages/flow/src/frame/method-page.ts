/** The page of a card's issuer that looks at the browser: a module of its own, since few payments need it. */
import type { MethodPage } from './three-ds.ts'

const DONE = 'sluice:method-done'

/**
 * Sends the form into a frame nobody sees, and waits for our own page, on which it ends. Both stand in a document of their
 * own: this one, which holds the card, may send no form and nest no page of others.
 */
export function openMethodPage({ url, data, transId, withinMs }: MethodPage): Promise<boolean> {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts allow-forms allow-same-origin')
  frame.setAttribute('aria-hidden', 'true')
  frame.hidden = true
  frame.tabIndex = -1
  frame.src = '/3ds/method'

  return new Promise((resolve) => {
    function end(done: boolean): void {
      clearTimeout(timer)
      window.removeEventListener('message', hear)
      frame.remove()
      resolve(done)
    }
    function hear({ origin, data: told }: MessageEvent<unknown>): void {
      const { type, transId: of } = (told ?? {}) as { type?: unknown; transId?: unknown }
      if (origin === location.origin && type === DONE && of === transId) end(true)
    }
    function send(): void {
      const form = frame.contentDocument?.forms[0]
      // Not our document: it did not come, or a page that is cross-origin isolated may not hold it.
      if (!form) return end(false)
      form.action = url
      ;(form.elements[0] as HTMLInputElement).value = data
      form.submit()
    }
    const timer = setTimeout(() => end(false), withinMs)
    window.addEventListener('message', hear)
    frame.addEventListener('load', send, { once: true })
    document.body.append(frame)
  })
}
