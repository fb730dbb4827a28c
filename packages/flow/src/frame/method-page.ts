/** The page of a card's issuer that looks at the browser: a module of its own, since few payments need it. */
import type { MethodPage } from './three-ds.ts'

const DONE = 'sluice:method-done'

/** Sends the form into a frame nobody sees, and waits for our own page, on which it ends. */
export function openMethodPage({ url, data, transId, withinMs }: MethodPage): Promise<boolean> {
  const frame = document.createElement('iframe')
  frame.name = `method_${transId}`
  frame.hidden = true
  frame.setAttribute('aria-hidden', 'true')
  frame.tabIndex = -1
  // Of a page that is cross-origin isolated only such frames may hold a page that knows nothing of it.
  if (window.crossOriginIsolated) frame.setAttribute('credentialless', '')
  const form = document.createElement('form')
  form.method = 'post'
  form.action = url
  form.target = frame.name
  form.hidden = true
  const input = document.createElement('input')
  input.type = 'hidden'
  input.name = 'threeDSMethodData'
  input.value = data
  form.append(input)

  return new Promise((resolve) => {
    function end(done: boolean): void {
      clearTimeout(timer)
      window.removeEventListener('message', hear)
      frame.remove()
      form.remove()
      resolve(done)
    }
    function hear({ origin, data: told }: MessageEvent<unknown>): void {
      const { type, transId: of } = (told ?? {}) as { type?: unknown; transId?: unknown }
      if (origin === location.origin && type === DONE && of === transId) end(true)
    }
    const timer = setTimeout(() => end(false), withinMs)
    window.addEventListener('message', hear)
    document.body.append(frame, form)
    form.submit()
  })
}
