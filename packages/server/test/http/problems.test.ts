import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDatabaseGone } from '../../src/http/problems.ts'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { startApi, type TestApi } from './support.ts'

const AUTH = { authorization: SANDBOX_KEYS.secret }
const JSON_TYPE = { 'content-type': 'application/json' }

const world = ({ app }: TestApi, payload: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  app.inject({ method: 'POST', url: '/sandbox/worlds', payload, headers: { ...AUTH, ...headers } })

test('every error has one envelope, with the request id of the header', async (t) => {
  const api = await startApi(t)
  const get = (url: string) => api.app.inject({ method: 'GET', url, headers: AUTH })
  for (const [reply, status, type, codes] of [
    [await get('/nothing/here'), 404, 'resource_not_found', ['resource_not_found']],
    [await get('/%E0%A4%A'), 404, 'resource_not_found', ['resource_not_found']],
    [await get('/payment-sessions/%00'), 404, 'resource_not_found', ['resource_not_found']],
    [await get(`/payment-sessions/${'x'.repeat(5000)}`), 404, 'resource_not_found', ['resource_not_found']],
    [await get('/payment-sessions/..%2f..%2fetc'), 404, 'resource_not_found', ['resource_not_found']],
    [await get('/constructor'), 404, 'resource_not_found', ['resource_not_found']],
    [await world(api, '{'), 422, 'request_malformed', ['request_json_invalid']],
    [await world(api, '[]'), 422, 'request_malformed', ['request_json_invalid']],
    [
      await world(api, '{"name":1,"channel":{"settings":{"class":"E"}}}'),
      422,
      'request_invalid',
      ['name_invalid', 'channel_settings_class_invalid'],
    ],
    [
      await world(api, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'request_invalid',
      ['media_type_unsupported'],
    ],
    [await world(api, '{}', { 'content-type': 'text/plain' }), 415, 'request_invalid', ['media_type_unsupported']],
    [
      await world(api, '{}', { 'content-type': 'multipart/form-data; boundary=x' }),
      415,
      'request_invalid',
      ['media_type_unsupported'],
    ],
    [await world(api, `{"a":"${'x'.repeat(300_000)}"}`), 413, 'request_invalid', ['request_body_too_large']],
  ] as const) {
    assert.equal(reply.statusCode, status, reply.body)
    assert.match(String(reply.headers['content-type']), /^application\/json/)
    assert.equal(reply.headers['cko-version'], '0.1.0')
    assert.deepEqual(reply.json(), {
      request_id: reply.headers['cko-request-id'],
      error_type: type,
      error_codes: codes,
    })
  }
})

test('a request id of the caller is not taken over', async (t) => {
  const { app } = await startApi(t)
  const reply = await app.inject({
    url: '/nothing',
    headers: { 'cko-request-id': 'mine', 'request-id': 'mine', 'x-request-id': 'mine' },
  })
  assert.match(reply.json().request_id, /^[0-9a-f]{8}-/)
})

test('while the database is gone the answer is 503 with Retry-After, and it passes', async (t) => {
  const api = await startApi(t)
  const real = api.ctx.store.db.query
  const failing = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })
  ;(api.ctx.store.db as { query: unknown }).query = async () => {
    throw failing
  }
  const down = await world(api, '{}')
  assert.equal(down.statusCode, 503)
  assert.equal(down.headers['retry-after'], '1')
  assert.deepEqual(down.json().error_codes, ['service_unavailable'])
  assert.equal((await api.app.inject('/health/ready')).statusCode, 503)
  assert.equal((await api.app.inject('/health/live')).statusCode, 200)
  ;(api.ctx.store.db as { query: unknown }).query = real
  assert.equal((await world(api, '{}')).statusCode, 201)
  assert.equal((await api.app.inject('/health/ready')).statusCode, 200)
})

test('a database that is really not there, or whose pool is used up, is recognised', async () => {
  const { openPool } = await import('../../src/store/store.ts')
  const refused = openPool('postgres://nobody@127.0.0.1:1/none', 1, 1_000)
  await assert.rejects(refused.query('select 1'), isDatabaseGone)
  await refused.end()
  for (const code of ['57P01', '57P02', '57P03', '08006', '53100', '53300', '25006', '57014', 'ECONNREFUSED']) {
    assert.ok(isDatabaseGone(Object.assign(new Error('x'), { code })), code)
  }
  for (const message of ['timeout exceeded when trying to connect', 'Connection terminated unexpectedly']) {
    assert.ok(isDatabaseGone(new Error(message)), message)
  }
  assert.ok(isDatabaseGone(new Error('a statement failed', { cause: Object.assign(new Error(), { code: '08006' }) })))
  for (const code of ['23505', '42P01', '22P02', 'ERR_ASSERTION']) {
    assert.ok(!isDatabaseGone(Object.assign(new Error('x'), { code })), code)
  }
  assert.ok(!isDatabaseGone(new TypeError('undefined is not a function')))
})

test('a fault of ours is a 500 that says nothing, and a log line that says everything but secrets', async (t) => {
  const api = await startApi(t)
  ;(api.ctx.store.db as { query: unknown }).query = async () => {
    throw Object.assign(new Error('column "sk_sbox_abcdefghijklmnopqrstuvwxyz2" is missing'), {
      code: '42703',
      detail: 'Key (pan)=(4242424242424242)',
    })
  }
  const reply = await world(api, '{}')
  assert.equal(reply.statusCode, 500)
  assert.deepEqual(reply.json(), {
    request_id: reply.headers['cko-request-id'],
    error_type: 'internal_server_error',
    error_codes: ['internal_error'],
  })
  const line = api.log.find((text) => text.includes('a request failed')) as string
  assert.equal(JSON.parse(line).err.code, '42703')
  assert.equal(JSON.parse(line).request_id, reply.headers['cko-request-id'])
  assert.ok(line.includes('problems.test.ts') && !line.includes('4242') && !line.includes('abcdefghijkl'))
})
