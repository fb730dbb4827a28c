import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRequestId } from '../../src/http/request-log.ts'
import { createLogger, withoutSecrets } from '../../src/logging.ts'
import { createWorld } from '../../src/operations/create-entity.ts'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { startApi } from './support.ts'

const PAN = '4242424242424242'
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhY2sifQ.c2lnbmF0dXJl'
const JWE = 'eyJhbGciOiJFQ0RILUVTIn0..aXZpdml2aXZpdg.Y2lwaGVydGV4dA.dGFn'
const PSS = 'pss_9823241e-2cec-4c98-b23d-7b290e4e2e34'
const CARD_TOKEN = 'tok_4gzeau5o2uqubbk6fufs3m7p54'
const TOKEN = `YmFzZTY0:${Buffer.from('{"id":"ps_x"}').toString('base64')}`

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ logLevel: 'trace' }, { write: (line: string) => void lines.push(line) }))
  return lines.join('')
}

test('a secret does not reach the log, wherever in a line it stands', () => {
  const secrets = [
    ...Object.values(SANDBOX_KEYS).slice(0, 2),
    PAN,
    '4242 4242 4242 4242',
    '4242-4242-4242-4242',
    JWT,
    JWE,
    PSS,
    CARD_TOKEN,
    TOKEN,
  ]
  for (const secret of secrets) {
    const text = logged((log) => {
      log.info({ a: { deep: [{ member: secret }] } }, `in a message: ${secret}!`)
      log.error(new Error(`in an error: ${secret}`, { cause: new Error(secret) }))
      log.warn(
        { err: Object.assign(new Error('x'), { detail: secret, where: secret, parameters: [secret] }) },
        'failed',
      )
      log.child({ bound: secret }).debug('bound')
      log.info({ url: `/return/${secret}?token=${secret}` })
      log.info('%s', secret)
    })
    assert.ok(!text.includes(secret), `${secret} in ${text}`)
    for (const line of text.trim().split('\n')) assert.ok(JSON.parse(line).time, line)
  }
})

test('what is secret by its name is not written, whatever it looks like', () => {
  const text = logged((log) => {
    log.info({
      card: { number: '1', cvv: '123', name: 'A' },
      session_data: 'x"y',
      client_secret: 'z',
      authorization: 'Basic q',
    })
    log.info({ headers: { authorization: 'Bearer something-else' }, cvv: 987 })
  })
  for (const value of ['"1"', '123', 'x\\"y', '"z"', 'Basic', 'something', '987'])
    assert.ok(!text.includes(value), value)
  assert.ok(text.includes('"name":"A"'))
  for (const line of text.trim().split('\n')) JSON.parse(line)
})

test('ids, amounts and times are not mistaken for secrets', () => {
  const line = {
    request_id: '5342217f-7fa2-4626-a6c9-c979a04671a6',
    payment: 'pay_agragrn6mbyaba2b3inkzbjd5y',
    amount: 999999999,
    on: '2026-11-22T12:40:31.962Z',
    key: 'sk_sbox_…2222',
    client: SANDBOX_KEYS.client_id,
  }
  assert.partialDeepStrictEqual(JSON.parse(logged((log) => log.info(line))), line)
})

test('no id of a request is masked as a card number, so each is found in the log', () => {
  const ids = Array.from({ length: 5_000 }, newRequestId)
  assert.deepEqual(
    ids.filter((id) => withoutSecrets(id) !== id),
    [],
  )
})

test('no request brings a secret into the log', async (t) => {
  const api = await startApi(t)
  const world = await createWorld(api.ctx, {})
  const body = {
    amount: 1000,
    currency: 'GBP',
    billing: { address: { country: 'GB' } },
    success_url: 'https://shop.example/success',
    failure_url: 'https://shop.example/failure',
    session_data: JWE,
    [`x${PAN}`]: PAN,
    payment_method: { type: 'card', number: PAN, cvv: '8675', expiry_month: 12 },
    metadata: { note: 'canary-of-metadata' },
    customer: { name: 'Canary Name', email: 'canary@shop.example' },
  }
  const secrets = [
    ...Object.values(world.keys),
    PAN,
    '8675',
    JWE,
    'canary-of-metadata',
    'Canary Name',
    'canary@shop.example',
  ]
  const headers = [
    { authorization: `Bearer ${world.keys.secret}` },
    { authorization: world.keys.public, 'sluice-session-secret': PSS },
    { authorization: `Basic ${Buffer.from(`${world.keys.client_id}:${world.keys.client_secret}`).toString('base64')}` },
    { authorization: `Bearer ${JWT}` },
    {},
  ]
  const urls = [
    '/payment-sessions',
    '/payment-sessions/complete',
    '/payment-sessions/ps_x/submit',
    '/sandbox/worlds',
    `/x/${PAN}?key=${world.keys.secret}`,
  ]
  for (const header of headers) {
    for (const url of urls) {
      await api.app.inject({ method: 'POST', url, headers: header, payload: body })
      await api.app.inject({
        method: 'POST',
        url,
        headers: { ...header, 'content-type': 'application/json' },
        payload: `{"a":"${PAN}"`,
      })
    }
  }
  const { client_id, client_secret } = world.keys
  const payload = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString()
  const token = await api.app.inject({
    method: 'POST',
    url: '/connect/token',
    payload,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const { access_token } = token.json()
  const made = await api.app.inject({
    method: 'POST',
    url: '/payment-sessions',
    payload: body,
    headers: { authorization: `Bearer ${access_token}` },
  })
  assert.equal(made.statusCode, 201, made.body)

  const text = api.log.join('')
  assert.ok(api.log.length > 50)
  const { payment_session_secret, payment_session_token } = made.json()
  for (const secret of [...secrets, access_token, payment_session_secret, payment_session_token, PSS, JWT]) {
    if (secret !== client_id) assert.ok(!text.includes(secret), secret)
  }
  const created = api.log
    .map((line) => JSON.parse(line))
    .find(({ request_id }) => request_id === made.headers['cko-request-id'])
  assert.equal(created.entity, world.entity)
  assert.equal(created.key, client_id)
  assert.deepEqual(created.unknown_members, [
    { path: 'session_data', type: 'string' },
    { path: '(unprintable)', type: 'string' },
    { path: 'payment_method', type: 'object' },
  ])
})
