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

/**
 * Answers the two questions of the page, and says whether it did: `POST /session` for something to pay, and
 * `GET /outcome?session=ps_…` for what became of it. The secret key stays here.
 */
export async function answerShop(request, response) {
  const origin = `http://${request.headers.host}`
  const { pathname, searchParams } = new URL(request.url, origin)
  if (request.method === 'POST' && pathname === '/session') {
    // What is for sale, and for how much, the page has no say in.
    const session = await callSluice('POST', '/payment-sessions', {
      amount: 1800, // minor units: 18.00
      currency: 'GBP',
      reference: 'ORD-1',
      processing_channel_id: SLUICE_CHANNEL,
      billing: { address: { country: 'GB' } },
      customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
      success_url: `${origin}/`,
      failure_url: `${origin}/`,
    })
    sendJson(response, session.status, session.body)
    return true
  }
  if (request.method === 'GET' && pathname === '/outcome') {
    const id = encodeURIComponent(searchParams.get('session') ?? '')
    const session = await callSluice('GET', `/payment-sessions/${id}`)
    sendJson(response, session.status, { status: session.body.status })
    return true
  }
  return false
}

async function callSluice(method, path, body) {
  const answer = await fetch(SLUICE_API + path, {
    method,
    headers: { authorization: `Bearer ${SLUICE_SECRET_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => undefined)
  if (!answer) return { status: 502, body: { error: `Nothing answers at ${SLUICE_API}: start Sluice first.` } }
  return { status: answer.status, body: await answer.json().catch(() => ({})) }
}

function sendJson(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function servePage(request, response) {
  if (await answerShop(request, response)) return
  const path = new URL(request.url, 'http://localhost').pathname
  const file = path === '/checkout.js' ? 'checkout.js' : path === '/' ? 'index.html' : undefined
  if (!file) return response.writeHead(404).end()
  const text = await readFile(new URL(file, import.meta.url), 'utf8')
  response.writeHead(200, {
    'content-type': file.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
  })
  response.end(text.replaceAll('%SLUICE_API%', SLUICE_API))
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const port = Number(process.env.PORT ?? 4251)
  const server = createServer((request, response) => {
    servePage(request, response).catch(() => response.writeHead(500).end())
  })
  server.listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}`))
}
