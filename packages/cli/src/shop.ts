/** Starts the demo shop of `examples/demo-shop`, for the published merchant; without one it says how to get one. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { getCACertificates } from 'node:tls'
import { isServedHost } from '@sluice/core/hosts'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { type Html, html } from '../../../examples/demo-shop/html.ts'
import { demoShop } from '../../../examples/demo-shop/shop.ts'
import { type Caller, curl, firstCurl, PUBLISHED } from './first-curl.ts'
import { shellWord } from './shell.ts'

export interface ShopOptions {
  listen: string
  port: number
  /** The API's origin, as the shopper's machine reaches it. */
  api: string
  /** The origin of the card form's frames, which the shop's pages may hold; none when absent. */
  frames?: string
  /** Whose shop it is; the published merchant's when absent. */
  caller?: Caller
  /** PEM: serves over HTTPS, and calls an API that shows the same certificate. */
  tls?: { cert: string; key: string } | undefined
  /** Host names to answer for, beside localhost, *.localhost and loopback addresses. */
  hosts: readonly string[]
}

/** Listens, and rejects with the listener's error (`EADDRINUSE`, …) when it cannot. */
export async function startShop(options: ShopOptions): Promise<{ close: () => Promise<void> }> {
  const { api, frames, tls, hosts, caller = PUBLISHED } = options
  const { secretKey, channel } = caller
  // Only of the published merchant a start knows the keys.
  const merchant =
    secretKey === SANDBOX_KEYS.secret ? { secretKey, channel, publicKey: SANDBOX_KEYS.public } : undefined
  const trusted = tls && [...getCACertificates('default'), tls.cert]
  const shop = demoShop({ api, frames, merchant, trusted, help: howToOpen(api, caller) })
  const server = newServer(tls, (request, response) => {
    if (isServedHost(request.headers.host, hosts)) return shop(request, response)
    response.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    response.end('This host is not served here.\n')
  })
  await listening(server, options.port, options.listen)
  return {
    close: () => {
      server.closeIdleConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

function newServer(tls: ShopOptions['tls'], answer: RequestListener): Server {
  return tls ? createTlsServer(tls, answer) : createServer(answer)
}

function listening(server: Server, port: number, address: string): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, address, () => {
      server.off('error', failed)
      done()
    })
  })
}

/** What the pages say while there is no merchant: what works already, and how the shop opens. */
function howToOpen(api: string, caller: Caller): Html {
  const trust = caller.certificate === undefined ? '' : ` --cacert ${shellWord(caller.certificate)}`
  const open = [
    'npx --no-install sluice seed --entity NAME',
    '',
    'SLUICE_SECRET_KEY=sk_sbox_… SLUICE_PUBLIC_KEY=pk_sbox_… SLUICE_CHANNEL=pc_… \\',
    '  npm start --workspace examples/demo-shop',
  ]
  const pay = [
    `npx --no-install sluice session-data --url ${api}${trust} --session ps_… --secret pss_… --card 4242424242424242`,
    '',
    `${curl(caller)} ${api}/payment-sessions/ps_…/submit \\`,
    `  -H 'Authorization: Bearer ${caller.secretKey}' -H 'Content-Type: application/json' \\`,
    `  -d '{"session_data":"…"}'`,
  ]
  return html`<p>Make a merchant with the settings of this Sluice, and start a shop with its keys:</p>
<pre>${open.join('\n')}</pre>
<p>Or request a payment session with the merchant’s secret key:</p>
<pre>${firstCurl(api, caller)}</pre>
<p>Then seal a test card for it, with the <code>id</code> and <code>payment_session_secret</code> of the answer, and submit it:</p>
<pre>${pay.join('\n')}</pre>
<p>The reference of the API is at <a href="${api}/docs">${api}/docs</a>.</p>`
}
