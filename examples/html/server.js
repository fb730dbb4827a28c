// The server a card form needs, in plain JavaScript for Node 20 and newer. Start Sluice first, then: node examples/html/server.js
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

/** Where Sluice listens and whose payments these are: the published sandbox merchant unless the environment says otherwise. */
const {
  SLUICE_API = 'http://localhost:4242',
  SLUICE_FRAMES = 'http://localhost:4243',
  SLUICE_SECRET_KEY = 'sk_sbox_sluicesandboxsecretkey22222',
  SLUICE_CHANNEL = 'pc_sluicesandboxchannel222224',
} = process.env

/** All that a page with the card form has to allow for it: one script, and the frames the card is typed in. */
const POLICY = `default-src 'none'; script-src 'self' ${SLUICE_API}; frame-src ${SLUICE_FRAMES}; connect-src 'self'; style-src 'self'`

const ROUTES = { 'POST /session': requestSession, 'GET /outcome': readOutcome }

/** The shop's two answers, in the shape of Connect and Express; anything else is left to `next`. The secret key stays here. */
export function shop(request, response, next) {
  const url = new URL(request.url, `http://${request.headers.host}`)
  const route = ROUTES[`${request.method} ${url.pathname}`]
  if (!route) return next()
  route(url)
    .catch(() => ({ status: 502, body: { error: `Nothing answers at ${SLUICE_API}: start Sluice first.` } }))
    .then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    )
    .catch(() => response.destroy())
}

/** Something to pay. What is for sale, and for how much, the page has no say in. */
function requestSession({ origin }) {
  return callSluice('POST', '/payment-sessions', {
    amount: 1800, // minor units: 18.00
    currency: 'GBP',
    reference: 'ORD-1',
    processing_channel_id: SLUICE_CHANNEL,
    billing: { address: { country: 'GB' } },
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    success_url: `${origin}/`,
    failure_url: `${origin}/`,
  })
}

/** What became of it. A real shop looks up its own order, and reads the payment too. */
async function readOutcome({ searchParams }) {
  const id = encodeURIComponent(searchParams.get('session') ?? '')
  const { status, body } = await callSluice('GET', `/payment-sessions/${id}`)
  return { status, body: { status: body.status } }
}

async function callSluice(method, path, body) {
  const answer = await fetch(SLUICE_API + path, {
    method,
    headers: { authorization: `Bearer ${SLUICE_SECRET_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: await answer.json() }
}

const FILES = { '/': 'index.html', '/checkout.js': 'checkout.js' }

async function servePage(request, response) {
  const file = FILES[request.url.split('?')[0]]
  if (!file) return response.writeHead(404).end()
  const text = await readFile(new URL(file, import.meta.url), 'utf8')
  response.writeHead(200, {
    'content-type': file.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
  })
  return response.end(text.replaceAll('%SLUICE_API%', SLUICE_API))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const port = Number(process.env.PORT ?? 4251)
  const server = createServer((request, response) => {
    shop(request, response, () => void servePage(request, response).catch(() => response.destroy()))
  })
  server.listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}`))
}
