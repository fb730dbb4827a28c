import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireId } from '@sluice/core/ids'
import { createWorld } from '../../src/operations/create-entity.ts'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { startApi, type TestApi } from './support.ts'

const SESSION = `/payment-sessions/${wireId('session', '0197f3c0-0000-7000-8000-000000000001')}`

const statuses = async (count: number, ask: () => Promise<{ statusCode: number }>) =>
  (await Promise.all(Array.from({ length: count }, ask))).map((reply) => reply.statusCode)

const get = ({ app }: TestApi, authorization: string, remoteAddress = '10.0.0.1', url = SESSION) =>
  app.inject({ method: 'GET', url, headers: { authorization }, remoteAddress })

const count = (list: number[], status: number) => list.filter((one) => one === status).length

test('each secret key has so many requests a second, and is then told when to come back', async (t) => {
  const api = await startApi(t, { limits: { perKeyPerSecond: 5 } })
  const other = await createWorld(api.ctx, {})
  const seen = await statuses(9, () => get(api, SANDBOX_KEYS.secret))
  assert.equal(count(seen, 404), 5)
  assert.equal(count(seen, 429), 4)
  const refused = await get(api, SANDBOX_KEYS.secret)
  assert.deepEqual(refused.json(), {
    request_id: refused.headers['cko-request-id'],
    error_type: 'too_many_requests',
    error_codes: ['rate_limit_exceeded'],
  })
  assert.equal(refused.headers['retry-after'], '1')
  assert.equal((await get(api, other.keys.secret)).statusCode, 404)
})

test('a public key is limited by the address that uses it, so that one shopper does not stop the others', async (t) => {
  const api = await startApi(t, { limits: { perAddressPerSecond: 3 } })
  const seen = await statuses(5, () => get(api, SANDBOX_KEYS.public))
  assert.deepEqual([count(seen, 401), count(seen, 429)], [3, 2])
  assert.equal((await get(api, SANDBOX_KEYS.public, '10.0.0.2')).statusCode, 401)
  assert.equal((await get(api, SANDBOX_KEYS.secret)).statusCode, 404)
})

test('guessing keys costs the guesser the address, and no query once it is spent', async (t) => {
  const api = await startApi(t, { limits: { perAddressPerSecond: 3 } })
  let guess = 0
  const next = () => `sk_sbox_${'a'.repeat(26)}${'abcdefghij'[guess++]}`
  const seen: number[] = []
  for (let at = 0; at < 5; at++) seen.push((await get(api, next(), '2001:db8:1:2::1')).statusCode)
  assert.deepEqual(seen, [401, 401, 401, 429, 429])
  assert.equal((await get(api, next(), '2001:db8:1:2:ffff::9')).statusCode, 429)
  assert.equal((await get(api, next(), '2001:db8:1:3::1')).statusCode, 401)
})

test('a monitor may ask as often as it likes, and a wrong client secret counts against the address', async (t) => {
  const api = await startApi(t, { limits: { perAddressPerSecond: 2 } })
  assert.deepEqual(new Set(await statuses(20, () => api.app.inject('/health/live'))), new Set([200]))
  const token = (client_secret: string) =>
    api.app.inject({
      method: 'POST',
      url: '/connect/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: SANDBOX_KEYS.client_id,
        client_secret,
      }).toString(),
    })
  assert.deepEqual(new Set(await statuses(10, () => token(SANDBOX_KEYS.client_secret))), new Set([200]))
  const wrong: number[] = []
  for (let at = 0; at < 4; at++) wrong.push((await token('wrong')).statusCode)
  assert.deepEqual(wrong, [400, 400, 429, 429])
})
