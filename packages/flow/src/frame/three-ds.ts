/**
 * What 3-D Secure asks of the shopper's browser before he pays: the page of his card's issuer, opened in a hidden frame
 * here as soon as eight digits are known. It has ten seconds; who presses Pay earlier waits for the rest of them.
 */
import type { BrowserData } from '@sluice/sealing/payload'
import type { HttpAnswer } from './server-calls.ts'

type Sealed = NonNullable<BrowserData['three_ds']>

/** `POST /frame/3ds/prepare`, where there is a method page. */
interface Prepared {
  threeDSServerTransID: string
  prepared?: string
  methodUrl?: string
  methodData?: string
}

export interface ThreeDs {
  /** Eight digits are known: what may take its time begins. */
  begin(bin: string): void
  /** What is sealed with a card that begins with these digits; each preparation is good for one attempt. */
  take(bin: string): Promise<Sealed | undefined>
}

/**
 * @param prepare asks the server
 * @param openMethodPage whether the issuer's page said in time that it is done
 */
export function prepareThreeDs(
  prepare: (bin: string) => Promise<HttpAnswer | undefined>,
  openMethodPage: (method: { url: string; data: string; transId: string }) => Promise<boolean>,
): ThreeDs {
  const begun = new Map<string, Promise<Sealed | undefined>>()

  async function run(bin: string): Promise<Sealed | undefined> {
    const heard = await prepare(bin)
    const {
      threeDSServerTransID: transId,
      prepared,
      methodUrl: url,
      methodData: data,
    } = (heard?.body ?? {}) as Prepared
    // A payment does not wait for it: the issuer will know less of this browser.
    if (heard?.status !== 200 || prepared === undefined) return undefined
    if (url === undefined || data === undefined || !isWebAddress(url)) return { prepared, completion: 'U' }
    return { prepared, completion: (await openMethodPage({ url, data, transId })) ? 'Y' : 'N' }
  }

  function begin(bin: string): Promise<Sealed | undefined> {
    const known = begun.get(bin)
    if (known) return known
    const running = run(bin)
    begun.set(bin, running)
    return running
  }

  return {
    begin: (bin) => void begin(bin),
    async take(bin) {
      const found = await begin(bin)
      begun.delete(bin)
      return found
    },
  }
}

const METHOD_MS = 10_000
const DONE = 'sluice:method-done'

/** Sends the form into a frame nobody sees, and waits for our own page, on which it ends. */
export function openMethodPage({
  url,
  data,
  transId,
}: {
  url: string
  data: string
  transId: string
}): Promise<boolean> {
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
    const timer = setTimeout(() => end(false), METHOD_MS)
    window.addEventListener('message', hear)
    document.body.append(frame, form)
    form.submit()
  })
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url)
}
