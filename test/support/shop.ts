/** A shop for browser tests: one strict page with Flow on it, whose callbacks write down what they are told. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openPage } from './browser.ts'
import { type Answer, type client, type Json, PUBLIC_KEY, type Session } from './client.ts'

/** What the shop's page is to do; all of it crosses into the page as JSON. */
export interface Checkout {
  /** Options of `CheckoutWebComponents`, over the public key and the session. */
  options?: Record<string, Json>
  /** Component to create; `flow` when left out. */
  component?: string
  /** Options of `create()`. */
  componentOptions?: Record<string, Json>
  /** What callbacks answer, by their name; `'throw'` makes one throw. Absent = nothing. */
  replies?: Record<string, Json>
  /** Pay through the shop's server: `handleSubmit`. */
  throughServer?: boolean
  /** Leave out the session: the sessionless mode. */
  sessionless?: boolean
}

/** One callback: its name, the type of the component that fired, what else it was given. */
export type ShopEvent = [name: string, component: string, ...rest: Json[]]

export interface ShopPage {
  page: Page
  url: string
  /** Starts a checkout and waits until it is mounted; `onReady` comes later, as an event. */
  start(checkout?: Checkout): Promise<void>
  /** What the callbacks were told so far, in order. */
  events(): Promise<ShopEvent[]>
  /** The same, and what former loads of the page were told: it outlives the page. */
  heard: ShopEvent[]
  /** Waits until a callback of this name was called, and answers that call. */
  waitFor(name: string): Promise<ShopEvent>
  /** Calls a method of the component, or of the instance (`update`). */
  call(method: string, ...args: Json[]): Promise<Json>
}

export interface ShopOptions {
  session?: Session
  /** Where the shop's server is reached: another name than localhost makes the page insecure. */
  host?: string
  /** The page's scripts before the shop's own; `{api}/flow/index.js` when left out. */
  scripts?: string[]
  /** Attributes of our script tag, such as `data-card-layout="per-field"`. */
  attributes?: string
  browser?: BrowserContextOptions
  /** Instead of a page of its own in the browser that a file's tests share. */
  page?: Page
  /** What the shop's server does with `session_data`; a submit with the secret key when left out. */
  handleSubmit?: (session_data: string) => Promise<Answer>
  /** More of the page, below the mount target. */
  body?: string
  /** Files that the shop's server has besides, by path. */
  files?: Record<string, { type: string; text: string }>
  /** The page's Content-Security-Policy; that of the guide when left out. */
  policy?: string
  /** Uncaught errors, and refusals of a policy, that are meant to happen. */
  expected?: RegExp
}

/** Opens the shop in a browser. Every test gets a server and a page of its own. */
export async function openShop(
  t: Pick<TestContext, 'after'>,
  sluice: Pick<ReturnType<typeof client>, 'urls' | 'post'>,
  options: ShopOptions = {},
): Promise<ShopPage> {
  const page =
    options.page ?? (await openPage(t, options.browser, options.expected ? { expected: options.expected } : {}))
  const { urls } = sluice
  const scripts = options.scripts ?? [`${urls.api}/flow/index.js`]
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Shop</title><link rel="stylesheet" href="/shop.css">
<main><h1>Checkout</h1><div id="target"></div>${options.body ?? ''}</main>
${scripts.map((src) => `<script src="${src}" ${options.attributes ?? ''}></script>`).join('\n')}
<script type="module" src="/shop.js"></script></html>`
  const landing = '<!doctype html><html lang="en"><title>Landed</title><h1>Landed</h1></html>'
  const files: Record<string, { type: string; text: string }> = {
    '/': { type: 'text/html', text: html },
    '/success': { type: 'text/html', text: landing },
    '/failure': { type: 'text/html', text: landing },
    '/shop.js': { type: 'text/javascript', text: SHOP_SCRIPT },
    '/shop.css': { type: 'text/css', text: SHOP_STYLE },
    ...options.files,
  }
  const server = createServer((request, response) => {
    const file = files[request.url?.split('?')[0] ?? '']
    if (!file) return response.writeHead(404).end()
    // Exactly what the guide tells a shop to send.
    response.setHeader('content-security-policy', options.policy ?? shopPolicy(urls))
    return response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  server.unref() // a test that failed while cleaning up must not keep its process alive
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://${options.host ?? 'localhost'}:${(server.address() as AddressInfo).port}`
  const { session } = options
  await page.exposeFunction('shopServer', async (session_data: string) => {
    const submit =
      options.handleSubmit ?? ((data) => sluice.post(`/payment-sessions/${session?.id}/submit`, { session_data: data }))
    return (await submit(session_data)).body
  })
  const heard: ShopEvent[] = []
  await page.exposeFunction('shopHeard', (event: ShopEvent) => void heard.push(event))
  await page.goto(url)
  return {
    page,
    url,
    heard,
    async start(checkout = {}) {
      const base = {
        publicKey: PUBLIC_KEY,
        environment: 'sandbox',
        ...(!checkout.sessionless && { paymentSession: session }),
      }
      await page.evaluate((what) => (globalThis as Json).shop.start(what), {
        ...checkout,
        options: { ...base, ...checkout.options },
      } as Json)
    },
    events: () => page.evaluate(() => (globalThis as Json).shop.events),
    async waitFor(name) {
      const found = await page.waitForFunction(
        (wanted) => (globalThis as Json).shop?.events.find(([event]: ShopEvent) => event === wanted),
        name,
        { timeout: 15_000 },
      )
      return (await found.jsonValue()) as ShopEvent
    },
    call: (method, ...args) =>
      page.evaluate(([name, given]) => (globalThis as Json).shop.call(name, given), [method, args] as const),
  }
}

/** The whole policy of a page with Flow on it. */
export function shopPolicy(urls: { api: string; frames: string }): string {
  return `default-src 'none'; script-src 'self' ${urls.api}; style-src 'self'; frame-src ${urls.frames}; base-uri 'none'`
}

const SHOP_STYLE =
  'body { margin: 0; font: 16px system-ui, sans-serif } main { max-width: 32rem; margin: 0 auto; padding: 1rem }'

/** Runs in the page. Errors travel as what a shop would look at; components as their type. */
const SHOP_SCRIPT = `
const NAMES = ['onReady', 'onChange', 'onSubmit', 'onCardBinChanged', 'onTokenized', 'onPaymentCompleted', 'onError', 'handleClick', 'onAuthorized']
const plain = (value) => {
  if (value instanceof Error) return { name: value.name, type: value.type, code: value.code, message: value.message, details: value.details }
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
const tell = (event) => {
  shop.events.push(event)
  window.shopHeard(event)
}
const shop = {
  events: [],
  /** Milliseconds of the page: when the checkout was started, mounted, and ready. */
  times: {},
  async start({ options, component = 'flow', componentOptions, replies = {}, throughServer }) {
    const callbacks = {}
    const names = NAMES.filter((name) => name.startsWith('on') && !['onTokenized', 'onAuthorized'].includes(name) || name in replies)
    for (const name of names) {
      callbacks[name] = (self, ...rest) => {
        if (name === 'onReady') shop.times.ready = performance.now()
        tell([name, self?.type, ...rest.map(plain)])
        if (replies[name] === 'throw') throw new Error('the shop fell over')
        return replies[name]
      }
    }
    if (throughServer) {
      callbacks.handleSubmit = async (self, data) => {
        tell(['handleSubmit', self?.type, Object.keys(data)])
        if (replies.handleSubmit === 'throw') throw new Error('the shop fell over')
        if ('handleSubmit' in replies) return replies.handleSubmit
        return await window.shopServer(data.session_data)
      }
    }
    shop.times.started = performance.now()
    shop.instance = await window.CheckoutWebComponents({ ...options, ...callbacks })
    shop.component = shop.instance.create(component, componentOptions)
    if (component !== 'flow') shop.available = await shop.component.isAvailable()
    shop.times.mounted = performance.now()
    shop.component.mount('#target')
  },
  async call(method, args) {
    const owner = method === 'update' ? shop.instance : shop.component
    try {
      return plain(await owner[method](...args))
    } catch (error) {
      return { thrown: plain(error) }
    }
  },
}
window.shop = shop
`
