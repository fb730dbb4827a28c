/** The demo shop's place. Until Flow exists it is one page that says what will stand here, and what works already. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { isServedHost } from '@sluice/core/hosts'
import { type Caller, curl, firstCurl, PUBLISHED } from './first-curl.ts'
import { shellWord } from './shell.ts'

export interface ShopOptions {
  listen: string
  port: number
  /** The API's origin, as the shopper's machine reaches it. */
  api: string
  /** Whose calls the page shows; the published merchant's when absent. */
  caller?: Caller
  /** PEM: serves over HTTPS. */
  tls?: { cert: string; key: string } | undefined
  /** Host names to answer for, beside localhost, *.localhost and loopback addresses. */
  hosts: readonly string[]
}

const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
} as const

/** Listens, and rejects with the listener's error (`EADDRINUSE`, …) when it cannot. */
export async function startShop(options: ShopOptions): Promise<{ close: () => Promise<void> }> {
  const page = shopPage(options.api, options.caller ?? PUBLISHED)
  const server = newServer(options.tls, (request, response) => {
    const answer = (status: number, type: string, text: string) => {
      response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': `${type}; charset=utf-8` })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    if (!isServedHost(request.headers.host, options.hosts))
      return answer(421, 'text/plain', 'This host is not served here.\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'Only GET.\n')
    const path = request.url?.split('?')[0]
    return path === '/' ? answer(200, 'text/html', page) : answer(404, 'text/plain', 'Not found.\n')
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

function shopPage(api: string, caller: Caller): string {
  const trust = caller.certificate === undefined ? '' : ` --cacert ${shellWord(caller.certificate)}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice demo shop</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24 }
  pre { background: #f4f5f7; padding: 1rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere }
</style>
<h1>Sluice demo shop</h1>
<p>A small shop with Flow, the card form for the browser, will stand here. Flow is not part of this version yet.</p>
<p>What works today is the API. Request a payment session with a merchant’s secret key:</p>
<pre>${escapeHtml(firstCurl(api, caller))}</pre>
<p>Then seal a test card for it, with the <code>id</code> and <code>payment_session_secret</code> of the answer, and submit it:</p>
<pre>${escapeHtml(
    [
      `npx --no-install sluice session-data --url ${api}${trust} --session ps_… --secret pss_… --card 4242424242424242`,
      '',
      `${curl(caller)} ${api}/payment-sessions/ps_…/submit \\`,
      `  -H 'Authorization: Bearer ${caller.secretKey}' -H 'Content-Type: application/json' \\`,
      `  -d '{"session_data":"…"}'`,
    ].join('\n'),
  )}</pre>
<p>The reference of the API is at <a href="${escapeHtml(api)}/docs">${escapeHtml(api)}/docs</a>.</p>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
