import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test, { type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { Message, Reply } from '../../src/processors/exchange.ts'
import { ProcessorError } from '../../src/processors/processor.ts'
import type { CardRef } from '../../src/vault/card-ref.ts'
import { forgetCard, holdCard } from '../../src/vault/card-secrets.ts'
import { secretText } from '../../src/vault/secret.ts'
import { maskMessage, maskReply, openExchange } from '../../src/vault/send.ts'

const exchange = openExchange()

const NUMBER = '4242424242424242'
const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

function testCard(number = NUMBER, cvv?: string): CardRef {
  const facts = {
    origin: 'card',
    scheme: 'VISA',
    last4: number.slice(-4),
    bin: number.slice(0, 8),
    expiryMonth: 3,
    expiryYear: 2031,
    name: 'Ada',
    fingerprint: 'f'.repeat(64),
  } as const
  return holdCard(facts, secretText(number), cvv === undefined ? undefined : secretText(cvv))
}

/** A TCP server that sees every byte: `onText` gets all that a connection has received so far, at each arrival. */
async function rawServer(t: TestContext, onText: (socket: net.Socket, text: string, connection: number) => void) {
  const sockets = new Set<net.Socket>()
  const received: string[] = []
  const server = net.createServer((socket) => {
    const connection = received.push('') - 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString()
      onText(socket, received[connection] as string, connection)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as net.AddressInfo
  return { url: `http://127.0.0.1:${port}/payments?a=1`, received, sockets }
}

const post = (url: string, body: unknown = { a: 1 }): Message => ({
  method: 'POST',
  url,
  headers: { 'x-key': 'k1' },
  body,
})
const soon = (ms = 5_000) => AbortSignal.timeout(ms)
const answer = (body: string) => `${OK}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const isWhole = (text: string) => text.endsWith('}')

/** A connection is free for the next message a moment after the answer has come. */
const untilIdle = () => new Promise((resolve) => setTimeout(resolve, 50))

/** How a call that must fail has failed. */
async function failure(call: Promise<Reply>): Promise<ProcessorError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof ProcessorError, `not a ProcessorError: ${outcome}`)
  return outcome
}

test('a message is sent with the card filled in, and the answer comes back parsed', async (t) => {
  const server = await rawServer(t, (socket, text) => isWhole(text) && socket.write(answer('{"ok":true}')))
  const card = { number: '{{card.number}}', month: '{{card.expiry_month}}', year: '{{card.expiry_year}}' }
  const body = { amount: 100, card: { ...card, cvv: '{{card.cvv}}', name: '{{card.name}}' } }
  const reply = await exchange(post(server.url, body), testCard(NUMBER, '173'), soon())
  assert.equal(reply.status, 200)
  assert.equal(reply.headers['content-type'], 'application/json')
  assert.deepEqual(reply.body, { ok: true })
  const [head = '', sent = ''] = (server.received[0] as string).split('\r\n\r\n')
  assert.match(head, /^POST \/payments\?a=1 HTTP\/1\.1\r\n/)
  assert.match(head, /x-key: k1/)
  assert.match(head, /content-type: application\/json/)
  const filled = { number: NUMBER, month: 3, year: 2031, cvv: '173', name: 'Ada' }
  assert.deepEqual(JSON.parse(sent), { amount: 100, card: filled })
})

test('a placeholder without a value leaves its member out', async (t) => {
  const server = await rawServer(t, (socket, text) => isWhole(text) && socket.write(answer('{}')))
  const body = { card: { number: '{{card.number}}', cvv: '{{card.cvv}}' } }
  await exchange(post(server.url, body), testCard(), soon())
  await exchange(post(server.url, { payment: 'p', card: { number: '{{card.number}}' } }), undefined, soon())
  const sent = server.received.join('').match(/\{.*\}/g)
  assert.deepEqual(sent, [`{"card":{"number":"${NUMBER}"}}`, '{"payment":"p","card":{}}'])
})

test("a placeholder that came in with a merchant's text is never filled in", async (t) => {
  const server = await rawServer(t, (socket) => socket.write(answer('{}')))
  const card = { number: '{{card.number}}', cvv: '{{card.cvv}}' }
  const bodies = [
    { card, reference: '{{card.number}}' },
    { reference: '{{card.number}}', card },
    { card, metadata: { note: '{{card.cvv}}' } },
    { card: { ...card, holder: '{{card.number}}' } },
  ]
  for (const body of bodies) {
    assert.equal((await failure(exchange(post(server.url, body), testCard(NUMBER, '173'), soon()))).sent, 'no')
  }
  assert.deepEqual(server.received, [])
})

test('a text that merely contains a placeholder is text', async (t) => {
  const server = await rawServer(t, (socket, text) => isWhole(text) && socket.write(answer('{}')))
  await exchange(post(server.url, { reference: 'x {{card.number}}' }), testCard(), soon())
  assert.match(server.received[0] as string, /"x \{\{card\.number\}\}"/)
})

test('a refused connection was surely not sent', async () => {
  const listener = net.createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as net.AddressInfo
  listener.close()
  await once(listener, 'close')
  assert.equal((await failure(exchange(post(`http://127.0.0.1:${port}/`), undefined, soon()))).sent, 'no')
})

test('an unknown host was surely not sent', async () => {
  assert.equal((await failure(exchange(post('http://nowhere.invalid/'), undefined, soon()))).sent, 'no')
})

test('a TLS handshake that fails was surely not sent', async (t) => {
  const server = await rawServer(t, (socket) => socket.end('this is no TLS'))
  const url = server.url.replace('http:', 'https:')
  assert.equal((await failure(exchange(post(url, { secret: 'unseen' }), undefined, soon()))).sent, 'no')
  assert.ok(!server.received.join('').includes('unseen'))
})

test('a message that cannot be written was surely not sent', async () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  assert.equal((await failure(exchange(post('http://127.0.0.1:9/', loop), undefined, soon()))).sent, 'no')
  assert.equal((await failure(exchange(post('no url at all'), undefined, soon()))).sent, 'no')
  const badHeader = { ...post('http://127.0.0.1:9/'), headers: { 'x-key': 'a\r\nb: c' } }
  assert.equal((await failure(exchange(badHeader, undefined, soon()))).sent, 'no')
})

test('a connection that takes longer than the deadline was surely not sent, and nothing follows later', async (t) => {
  // TLS to a server that never answers the greeting: connected, but no request can be written.
  const server = await rawServer(t, () => {})
  const url = server.url.replace('http:', 'https:')
  const error = await failure(exchange(post(url, { secret: 'unseen' }), undefined, soon(200)))
  assert.equal(error.sent, 'no')
})

test('a deadline that has passed sends nothing', async (t) => {
  const server = await rawServer(t, () => {})
  assert.equal((await failure(exchange(post(server.url), undefined, AbortSignal.abort()))).sent, 'no')
  assert.deepEqual(server.received, [])
})

test('a message that was given up while connecting is not sent once the connection is there', async (t) => {
  const server = await rawServer(t, () => {})
  const given = new AbortController()
  const call = exchange(post(server.url), undefined, given.signal)
  given.abort()
  assert.equal((await failure(call)).sent, 'no')
  await untilIdle()
  assert.equal(server.received.join(''), '')
})

test('silence until the deadline may have been sent', async (t) => {
  const server = await rawServer(t, () => {})
  const started = performance.now()
  assert.equal((await failure(exchange(post(server.url), undefined, soon(200)))).sent, 'maybe')
  assert.ok(performance.now() - started < 1_500)
})

test('a connection closed or reset before an answer may have been sent', async (t) => {
  const closing = await rawServer(t, (socket) => socket.end())
  assert.equal((await failure(exchange(post(closing.url), undefined, soon()))).sent, 'maybe')
  const resetting = await rawServer(t, (socket) => socket.resetAndDestroy())
  assert.equal((await failure(exchange(post(resetting.url), undefined, soon()))).sent, 'maybe')
  assert.equal(closing.received.length, 1)
  assert.equal(resetting.received.length, 1)
})

test('a kept-alive connection that the server closes under a message may have been sent, and it is not sent again', async (t) => {
  const server = await rawServer(t, (socket, text) => {
    const requests = text.match(/POST /g)?.length ?? 0
    if (requests === 1 && isWhole(text)) socket.write(answer('{"first":true}'))
    if (requests === 2) socket.resetAndDestroy()
  })
  assert.deepEqual((await exchange(post(server.url), undefined, soon())).body, { first: true })
  await untilIdle()
  assert.equal((await failure(exchange(post(server.url), undefined, soon()))).sent, 'maybe')
  assert.equal(server.received.length, 1, 'both messages used one connection, and no third was made')
})

test('a kept-alive connection that the server closed before a message is not used for it', async (t) => {
  const server = await rawServer(t, (socket, text) => isWhole(text) && socket.write(answer('{"ok":true}')))
  await exchange(post(server.url), undefined, soon())
  for (const socket of server.sockets) socket.destroy()
  await untilIdle()
  assert.deepEqual((await exchange(post(server.url), undefined, soon())).body, { ok: true })
  assert.equal(server.received.length, 2)
})

test('a GET is not repeated either', async (t) => {
  const server = await rawServer(t, (socket) => socket.resetAndDestroy())
  const message: Message = { method: 'GET', url: server.url, headers: {} }
  assert.equal((await failure(exchange(message, undefined, soon()))).sent, 'maybe')
  await untilIdle()
  assert.equal(server.received.length, 1)
})

test('an answer that began and broke was sent', async (t) => {
  const cases: Record<string, string> = {
    'cut in the body': `${OK}content-length: 100\r\n\r\n{"half":`,
    'cut in the headers': 'HTTP/1.1 200 OK\r\ncontent-ty',
    'cut in a chunk': `${OK}transfer-encoding: chunked\r\n\r\n40\r\n{"half":`,
    'headers without end': `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n`,
  }
  for (const [name, text] of Object.entries(cases)) {
    const server = await rawServer(t, (socket) => socket.end(text))
    assert.equal((await failure(exchange(post(server.url), undefined, soon()))).sent, 'yes', name)
  }
})

test('an answer that stalls until the deadline was sent', async (t) => {
  const server = await rawServer(t, (socket) => socket.write(`${OK}content-length: 100\r\n\r\n{`))
  assert.equal((await failure(exchange(post(server.url), undefined, soon(200)))).sent, 'yes')
})

test('an answer longer than 64 KiB is cut off, and was sent', async (t) => {
  const whole = `"${'a'.repeat(64 * 1024 - 2)}"`
  const fits = await rawServer(t, (socket) => socket.write(answer(whole)))
  assert.equal((await exchange(post(fits.url), undefined, soon())).body, JSON.parse(whole))
  const tooLong = await rawServer(t, (socket) => socket.write(answer(`${whole} `)))
  assert.equal((await failure(exchange(post(tooLong.url), undefined, soon()))).sent, 'yes')
})

test('an answer that is not HTTP was sent', async (t) => {
  const server = await rawServer(t, (socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
  assert.equal((await failure(exchange(post(server.url), undefined, soon()))).sent, 'yes')
})

test('an answer that is empty or not JSON has no body', async (t) => {
  for (const text of ['', '<html>', '{"a":']) {
    const server = await rawServer(t, (socket) => socket.write(answer(text)))
    const reply = await exchange(post(server.url), undefined, soon())
    assert.deepEqual([reply.status, reply.body], [200, undefined], text)
  }
})

test('a redirect is an answer and is not followed', async (t) => {
  const target = await rawServer(t, (socket) => socket.write(answer('{}')))
  const location = `HTTP/1.1 302 Found\r\nlocation: ${target.url}\r\ncontent-length: 0\r\n\r\n`
  const server = await rawServer(t, (socket) => socket.write(location))
  const reply = await exchange(post(server.url), undefined, soon())
  assert.equal(reply.status, 302)
  assert.deepEqual(target.received, [])
})

test('an interim answer is not the answer', async (t) => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
  const server = await rawServer(t, (socket, text) => isWhole(text) && socket.write(hints + answer('{"ok":1}')))
  assert.deepEqual((await exchange(post(server.url), undefined, soon())).body, { ok: 1 })
})

test('a broken exchange says nothing of what was sent, not even when the answer echoes it', async (t) => {
  for (const text of ['', `no HTTP: ${NUMBER}`, `${OK}content-length: 100\r\n\r\n{"n":"${NUMBER}"`]) {
    const server = await rawServer(t, (socket) => socket.end(text))
    const body = { card: { number: '{{card.number}}' } }
    const error = await failure(exchange(post(server.url, body), testCard(), soon()))
    const shown = inspect(error, { depth: 10, showHidden: true })
    assert.ok(!`${shown} ${error.stack} ${JSON.stringify(error)}`.includes(NUMBER), text)
  }
})

test('a card that was forgotten, copied or made by hand is not sent', async (t) => {
  const server = await rawServer(t, (socket) => socket.write(answer('{}')))
  const forgotten = testCard()
  forgetCard(forgotten)
  for (const card of [forgotten, { ...testCard() }, structuredClone(testCard())]) {
    const call = exchange(post(server.url, { n: '{{card.number}}' }), card, soon())
    assert.equal((await failure(call)).sent, 'no')
  }
  assert.deepEqual(server.received, [])
})

test('a recorded message shows placeholders for the card and hides credentials', () => {
  const masked = maskMessage({
    method: 'POST',
    url: 'https://bank.example/',
    headers: { Authorization: 'Bearer abc', 'X-Api-Key': 'abc', accept: 'application/json' },
    body: {
      card: { number: '{{card.number}}', cvv: '{{card.cvv}}' },
      note: 'my 4242 4242 4242 4242',
      n: [4242424242424242],
    },
  })
  assert.deepEqual(masked.headers, {
    Authorization: '[redacted]',
    'X-Api-Key': '[redacted]',
    accept: 'application/json',
  })
  assert.deepEqual(masked.body, {
    card: { number: '{{card.number}}', cvv: '{{card.cvv}}' },
    note: 'my [card number]',
    n: ['[card number]'],
  })
})

test('a recorded authentication hides its proof, and where its result and its end are told', () => {
  const message = {
    messageType: 'AReq',
    threeDSServerURL: 'https://api.example/3ds/results/token',
    notificationURL: 'https://frames.example/3ds/token/result',
    authentication: { cryptogram: 'AAAA', eci: '05' },
  }
  assert.deepEqual(maskMessage({ method: 'POST', url: 'https://ds.example/', headers: {}, body: message }).body, {
    messageType: 'AReq',
    threeDSServerURL: '[redacted]',
    notificationURL: '[redacted]',
    authentication: { cryptogram: '[redacted]', eci: '05' },
  })
  const body = { messageType: 'ARes', transStatus: 'Y', eci: '05', authenticationValue: `${'A'.repeat(27)}=` }
  assert.deepEqual(maskReply({ status: 200, headers: {}, body }).body, { ...body, authenticationValue: '[redacted]' })
})

test('a recorded answer hides what a processor echoes of the card', async (t) => {
  const withoutCheckDigit = '6224120000000095'
  const echo = { pan: withoutCheckDigit, also: NUMBER, cvv: '173', security_code: 173, amount: 1000, date: '20260101' }
  const server = await rawServer(t, (socket) => socket.write(answer(JSON.stringify(echo))))
  const reply = await exchange(post(server.url), testCard(withoutCheckDigit), soon())
  assert.deepEqual(maskReply(reply).body, {
    pan: '[card number]',
    also: '[card number]',
    cvv: '[redacted]',
    security_code: '[redacted]',
    amount: 1000,
    date: '20260101',
  })
})

test('an answer nested without end can be recorded', () => {
  const body = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)
  assert.match(JSON.stringify(maskReply({ status: 200, headers: {}, body }).body), /too deep/)
})
