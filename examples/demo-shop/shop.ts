/**
 * The demo shop's server: pages, a basket, and the four ways to take a payment with Sluice. Only here is the secret key
 * known; a page gets the public one. What happened to a payment is always read from the API, never from an address.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { openApi } from './api.ts'
import { openAssets } from './assets.ts'
import { openCheckout } from './checkout.ts'
import { html, type Html } from './html.ts'
import { checkoutPage, closedPage, frontPage, orderPage } from './pages.ts'
import { amountOf, countOf, linesOf, money, setQuantity } from './products.ts'
import { changed } from './settings.ts'
import { cookieOf, type Order, openVisitors, type Visitor } from './visitors.ts'

export interface Merchant {
  secretKey: string
  publicKey: string
  /** `pc_…` */
  channel: string
}

export interface DemoShopOptions {
  /** Origin of the API, as browsers and this server reach it. */
  api: string
  /** Origin of the card form's frames, as browsers reach it. */
  frames?: string | undefined
  /** Whose shop it is. Without one, every page says how to make one. */
  merchant?: Merchant | undefined
  /** PEM: the certificates to trust when calling the API, in place of the system's. */
  trusted?: string[] | undefined
  /** Shown where there is no merchant: what to do about it. */
  help?: Html | undefined
}

const MOST_BODY_BYTES = 64_000

interface Asked {
  request: IncomingMessage
  response: ServerResponse
  visitor: Visitor
  /** Where browsers reach the shop, as this one did. */
  origin: string
  query: URLSearchParams
}

/** Answers any request; whoever listens has seen to it that the `Host` is one of the shop's. */
export function demoShop(options: DemoShopOptions): RequestListener {
  const { api, merchant } = options
  const visitors = openVisitors()
  const assets = openAssets()
  const checkout =
    merchant && openCheckout(openApi({ api, secretKey: merchant.secretKey, trusted: options.trusted }), merchant)
  const headers = securityHeaders(options)

  const send = ({ request, response, visitor, origin }: Asked, status: number, type: string, text: string | Buffer) => {
    response.writeHead(status, {
      ...headers,
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'Set-Cookie': cookieOf(visitor, origin.startsWith('https:')),
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  const sendPage = (asked: Asked, text: string, status = 200) => send(asked, status, HTML, text)
  const sendJson = (asked: Asked, body: unknown, status = 200) => send(asked, status, JSON_TYPE, JSON.stringify(body))
  const goTo = ({ response, visitor, origin }: Asked, path: string) => {
    const cookie = cookieOf(visitor, origin.startsWith('https:'))
    response.writeHead(303, { ...headers, Location: path, 'Set-Cookie': cookie }).end()
  }

  async function get(path: string, asked: Asked): Promise<void> {
    const { visitor, query } = asked
    const file = assets(path)
    if (file) return send(asked, 200, file.type, file.content)
    if (path === '/calls') return sendJson(asked, visitor.calls)
    if (!['/', '/checkout', '/success', '/failure'].includes(path)) return send(asked, 404, TEXT, 'Not found.\n')
    if (!checkout || !merchant) return sendPage(asked, closedPage(visitor, options.help ?? html``))
    if (path === '/') return sendPage(asked, frontPage(visitor))
    if (path === '/checkout') {
      visitor.settings = changed(visitor.settings, query)
      return sendPage(asked, checkoutPage(visitor, { api, publicKey: merchant.publicKey }))
    }
    const order = orderOf(visitor, query)
    const standing = await checkout.standing(visitor, order)
    if (standing.how === 'paid' && order) checkout.settle(visitor, order)
    return sendPage(asked, orderPage(visitor, order, standing), standing.how === 'unknown' ? 404 : 200)
  }

  async function post(path: string, asked: Asked): Promise<void> {
    const { visitor, origin } = asked
    const body = await readBody(asked.request)
    if (!body) return send(asked, 413, TEXT, 'Too much.\n')
    if (path === '/basket') {
      const id = body.get('product')
      const now = visitor.basket.get(id ?? '') ?? 0
      setQuantity(visitor.basket, id, body.has('more') ? now + Number(body.get('more')) : Number(body.get('quantity')))
      if (wantsJson(asked.request)) return sendJson(asked, basketAsJson(visitor))
      return goTo(asked, body.get('from') === 'checkout' ? '/checkout' : '/')
    }
    if (path === '/settings') {
      visitor.settings = changed(visitor.settings, body)
      return goTo(asked, body.get('from') === 'shop' ? '/' : '/checkout')
    }
    if (path === '/calls/clear') {
      visitor.calls.length = 0
      return sendJson(asked, [])
    }
    if (!checkout || !['/checkout/session', '/checkout/submit', '/checkout/complete'].includes(path))
      return send(asked, 404, TEXT, 'Not found.\n')
    if (countOf(visitor.basket) === 0) return sendJson(asked, { error: 'The basket is empty.' }, 409)
    const session_data = body.get('session_data') ?? ''
    const answer =
      path === '/checkout/session'
        ? await checkout.requestSession(visitor, origin)
        : path === '/checkout/submit'
          ? await checkout.submit(visitor, body.get('session') ?? '', session_data)
          : await checkout.complete(visitor, origin, session_data)
    sendJson(asked, answer.body ?? {}, answer.status || 502)
  }

  return (request, response) => {
    const secure = 'encrypted' in request.socket
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    const asked: Asked = {
      request,
      response,
      visitor: visitors.of(request.headers.cookie),
      origin: `${secure ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`,
      query: new URLSearchParams(query),
    }
    const answered =
      request.method === 'GET' || request.method === 'HEAD'
        ? get(path, asked)
        : request.method !== 'POST'
          ? Promise.resolve(send(asked, 405, TEXT, 'Only GET and POST.\n'))
          : isFromHere(asked)
            ? post(path, asked)
            : Promise.resolve(send(asked, 403, TEXT, 'Only from the shop’s own pages.\n'))
    answered.catch(() => {
      if (response.headersSent) response.destroy()
      else send(asked, 500, TEXT, 'Something went wrong in the shop.\n')
    })
  }
}

const HTML = 'text/html; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'

/**
 * What a shop's pages need for the card form, and nothing more: its script from the API's origin, its frames from the
 * frames' origin. The form calls nothing from the page itself, and needs no inline style and no `eval`.
 */
function securityHeaders({ api, frames }: DemoShopOptions): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${api}`,
    `frame-src ${frames ?? "'none'"}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  }
}

/** A foreign page may not buy with the visitor's cookie. `Referrer-Policy` makes the `Origin` of forms `null`. */
function isFromHere({ request, origin }: Asked): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return request.headers.origin === undefined || request.headers.origin === origin
}

/** Only one's own orders, by their number or their session: an address from elsewhere finds nothing. */
function orderOf({ orders }: Visitor, query: URLSearchParams): Order | undefined {
  const sessionId = query.get('session')
  const bySession = sessionId ? [...orders.values()].find((order) => order.sessionId === sessionId) : undefined
  return bySession ?? orders.get(query.get('order') ?? '')
}

function wantsJson(request: IncomingMessage): boolean {
  return request.headers.accept?.includes('application/json') === true
}

/** Of a form, or of a JSON object with texts and numbers; `undefined` when it is too long. */
async function readBody(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MOST_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (!request.headers['content-type']?.startsWith('application/json')) return new URLSearchParams(text)
  try {
    const members = Object.entries(JSON.parse(text) as object)
    return new URLSearchParams(members.map(([name, value]): [string, string] => [name, String(value)]))
  } catch {
    return new URLSearchParams()
  }
}

function basketAsJson({ basket }: Visitor) {
  return {
    amount: amountOf(basket),
    total: money(amountOf(basket)),
    count: countOf(basket),
    lines: linesOf(basket).map(({ product, quantity, total }) => ({ id: product.id, quantity, total: money(total) })),
  }
}
