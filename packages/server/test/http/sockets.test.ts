import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { openRaw, type RawAnswer, sendRaw } from './raw.ts'
import { startApi } from './support.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function isEnvelope(answer: RawAnswer | undefined, status: number, type: string, code: string) {
  assert.equal(answer?.status, status)
  const body = JSON.parse(answer?.body ?? '')
  assert.deepEqual(body, { request_id: answer?.headers['cko-request-id'], error_type: type, error_codes: [code] })
  assert.match(String(body.request_id), UUID)
  assert.equal(answer?.headers['cko-version'], '0.1.0')
}

const request = (method: string, path: string, headers: string[] = [], body = '') =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, ...(body ? [`Content-Length: ${body.length}`] : [])].join('\r\n')}\r\n\r\n${body}`

test('PATCH in lower case is taken, again and again on one connection, also with a large body', async (t) => {
  const api = await startApi(t)
  const port = await api.listen()
  const connection = openRaw(port)
  const json = ['Content-Type: application/json']

  connection.write(request('GET', '/health/live'))
  assert.equal((await connection.answer())?.status, 200)
  for (const size of [2, 140_000, 2]) {
    connection.write(request('patch', '/no-such-thing', json, JSON.stringify({ text: 'x'.repeat(size) })))
    isEnvelope(await connection.answer(), 404, 'resource_not_found', 'resource_not_found')
  }
  connection.write(request('GET', '/health/live'))
  assert.equal((await connection.answer())?.status, 200)
  connection.write(request('PATCH', '/no-such-thing', json, '{}'))
  assert.equal((await connection.answer())?.status, 404)
  connection.write(request('patch', '/no-such-thing', json, '{}'))
  assert.equal((await connection.answer())?.status, 404)

  const methods = api.log.map((line) => JSON.parse(line)).filter(({ status }) => status === 404)
  assert.deepEqual(new Set(methods.map(({ method }) => method)), new Set(['PATCH']))
  connection.socket.destroy()
})

test('a lower-case patch right behind another request is taken too; one that arrives in pieces is refused', async (t) => {
  const api = await startApi(t)
  const port = await api.listen()
  const torn = openRaw(port)
  torn.write('pat')
  isEnvelope(await torn.answer(), 400, 'request_malformed', 'request_http_invalid')

  const pipelined = openRaw(port)
  pipelined.write(request('GET', '/health/live') + request('patch', '/x') + request('GET', '/health/live'))
  const statuses = [await pipelined.answer(), await pipelined.answer(), await pipelined.answer()].map(
    (one) => one?.status,
  )
  assert.deepEqual(statuses, [200, 404, 200])
  pipelined.socket.destroy()
})

test('a request that is not HTTP is answered in the envelope and its connection closed', async (t) => {
  const port = await (await startApi(t)).listen()
  for (const bytes of [
    'HELLO\r\n\r\n',
    'get / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'patchy / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n',
    'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n',
    'GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /\u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n',
    '\u0016\u0003\u0001\u0000\u0000',
  ]) {
    const connection = openRaw(port)
    connection.write(Buffer.from(bytes, 'latin1'))
    isEnvelope(await connection.answer(), 400, 'request_malformed', 'request_http_invalid')
    await connection.closed
  }
})

test('what two servers could read as two different requests is refused', async (t) => {
  const port = await (await startApi(t)).listen()
  const headers: string[][] = [
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 5', 'Content-Length: 5'],
    ['Content-Length: +5'],
    ['Content-Length: 0x5'],
    ['Content-Length: 5, 5'],
    ['Content-Length: -1'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding : chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: cow'],
    ['X: a\nTransfer-Encoding: chunked'],
    ['X: a\rContent-Length: 5'],
    [' Transfer-Encoding: chunked'],
    ['Transfer-Encoding:\u000bchunked'],
  ]
  for (const lines of headers) {
    const text = `POST /payment-sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${lines.join('\r\n')}\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const connection = openRaw(port)
    connection.write(Buffer.from(text, 'latin1'))
    const first = await connection.answer()
    assert.ok(first && first.status >= 400 && first.status < 500, `${lines}: ${first?.status}`)
    const second = await Promise.race([connection.answer(), sleep(50, 'silence' as const)])
    assert.ok(
      second === undefined || second === 'silence' || second.status !== 200,
      `${lines}: a second request was seen`,
    )
    connection.socket.destroy()
  }
})

test('a head that is too large is answered 431, a body that is too large 413', async (t) => {
  const api = await startApi(t, { limits: { headerBytes: 8192, bodyBytes: 2048 } })
  const port = await api.listen()
  const large = await sendRaw(port, request('GET', '/health/live', [`X-Large: ${'x'.repeat(9000)}`]))
  isEnvelope(large, 431, 'request_invalid', 'request_headers_too_large')

  const auth = [`Authorization: ${SANDBOX_KEYS.secret}`, 'Content-Type: application/json']
  const announced = await sendRaw(port, request('POST', '/payment-sessions', auth, `{"a":"${'x'.repeat(3000)}"}`))
  isEnvelope(announced, 413, 'request_invalid', 'request_body_too_large')
  const chunk = `${(1024).toString(16)}\r\n${'x'.repeat(1024)}\r\n`
  const chunked = await sendRaw(
    port,
    request('POST', '/payment-sessions', [...auth, 'Transfer-Encoding: chunked']) + chunk.repeat(4),
  )
  isEnvelope(chunked, 413, 'request_invalid', 'request_body_too_large')
  const promised = await sendRaw(port, request('POST', '/payment-sessions', [...auth, 'Content-Length: 99999999999']))
  isEnvelope(promised, 413, 'request_invalid', 'request_body_too_large')
})

test('who sends a head or a body too slowly is answered 408 and does not hold up others', async (t) => {
  const api = await startApi(t, { limits: { headersTimeoutMs: 300, requestTimeoutMs: 600 } })
  const port = await api.listen()
  const head = openRaw(port)
  head.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n')
  const body = openRaw(port)
  body.write(
    request('POST', '/payment-sessions', [
      `Authorization: ${SANDBOX_KEYS.secret}`,
      'Content-Type: application/json',
      'Content-Length: 100',
    ]),
  )
  const patched = openRaw(port)
  patched.write(request('patch', '/x'))
  assert.equal((await patched.answer())?.status, 404)
  patched.write('GET /health/live HTTP/1.1\r\n')

  for (let at = 0; at < 5; at++) {
    assert.equal((await sendRaw(port, request('GET', '/health/live')))?.status, 200)
    head.write(`X-${at}: 1\r\n`)
    await sleep(20)
  }
  for (const slow of [head, body, patched]) {
    isEnvelope(await slow.answer(), 408, 'request_invalid', 'request_timed_out')
    await slow.closed
  }
})

test('only names that are ours are answered, all others 421', async (t) => {
  const api = await startApi(t, { config: { hosts: ['pay.example.com'] } })
  const port = await api.listen()
  const ask = (...lines: string[]) =>
    sendRaw(port, `GET /health/live HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)
  for (const host of [
    'localhost',
    'LOCALHOST:4242',
    'shop.localhost',
    'a.b-c.localhost:1',
    '127.0.0.1',
    '127.8.9.10:4242',
    '[::1]',
    '[::1]:4242',
    '[::ffff:127.0.0.1]',
    'pay.example.com',
    'Pay.Example.com:443',
  ]) {
    assert.equal((await ask(`Host: ${host}`))?.status, 200, host)
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'localhost.',
    'xlocalhost',
    '.localhost',
    '127.0.0.1.evil.example',
    '127.0.0.256.example',
    '10.0.0.1',
    '0.0.0.0',
    '128.0.0.1',
    '[::2]',
    '[::]',
    'example.com',
    'sub.pay.example.com',
    'pay.example.com.evil.example',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost:4242:1',
    'localhost/evil',
    '',
  ]) {
    isEnvelope(await ask(`Host: ${host}`), 421, 'request_invalid', 'host_not_served')
  }
  isEnvelope(await ask(), 421, 'request_invalid', 'host_not_served')
  isEnvelope(await ask('Host: localhost', 'Host: evil.example'), 421, 'request_invalid', 'host_not_served')
  isEnvelope(await ask('Host: localhost', 'hOsT: localhost'), 421, 'request_invalid', 'host_not_served')
})

test('a target that names a host of its own has to name one of ours, and headers of proxies are not believed', async (t) => {
  const port = await (await startApi(t)).listen()
  const ask = (target: string, ...lines: string[]) =>
    sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)
  assert.equal((await ask('http://localhost:4242/health/live'))?.status, 200)
  isEnvelope(await ask('http://evil.example/health/live'), 421, 'request_invalid', 'host_not_served')
  isEnvelope(await ask('HTTPS://evil.example'), 421, 'request_invalid', 'host_not_served')
  isEnvelope(await ask('http://localhost@evil.example/health/live'), 421, 'request_invalid', 'host_not_served')
  const forwarded = await ask(
    '/.well-known/sluice',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Proto: https',
    'Forwarded: host=evil.example',
  )
  assert.equal(JSON.parse(forwarded?.body ?? '').api, 'http://localhost:4242')
  const overridden = await ask('/health/live', 'X-HTTP-Method-Override: DELETE', 'X-Original-URL: /metrics')
  assert.deepEqual(JSON.parse(overridden?.body ?? ''), { status: 'ok', version: '0.1.0' })
})

test('a JSON content type without a body is taken on every method, and connections are kept', async (t) => {
  const port = await (await startApi(t)).listen()
  const connection = openRaw(port)
  const json = ['Content-Type: application/json']
  const auth = [`Authorization: ${SANDBOX_KEYS.secret}`, ...json]
  for (const [text, status] of [
    [request('GET', '/health/live', json), 200],
    [request('GET', '/health/live', [...json, 'Content-Length: 0']), 200],
    [request('DELETE', '/health/live', json), 404],
    [request('POST', '/sandbox/worlds', [...auth, 'Content-Length: 0']), 201],
    [request('POST', '/sandbox/worlds', auth), 201],
    [request('POST', '/payment-sessions', [...auth, 'Content-Length: 0']), 422],
    [request('POST', '/payment-sessions', [`Authorization: ${SANDBOX_KEYS.secret}`, 'Content-Length: 0']), 422],
    [request('patch', '/health/live', [...json, 'Content-Length: 0']), 404],
    [request('GET', '/health/live', json), 200],
  ] as const) {
    connection.write(text)
    const answer = await connection.answer()
    assert.equal(answer?.status, status, text)
    assert.equal(answer?.headers['connection'], 'keep-alive')
    assert.match(answer?.headers['keep-alive'] ?? '', /^timeout=60/)
  }
  connection.socket.destroy()
})
