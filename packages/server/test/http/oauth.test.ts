import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { uuidOf, wireId } from '@sluice/core/ids'
import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createEntity } from '../../src/operations/create-entity.ts'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { openSigningKeys } from '../../src/operations/signing-keys.ts'
import { disableClient } from '../../src/store/credentials.ts'
import { findEntityByName } from '../../src/store/entities.ts'
import { startApi, type TestApi } from './support.ts'

const { client_id, client_secret } = SANDBOX_KEYS
const SESSION = `/payment-sessions/${wireId('session', '0197f3c0-0000-7000-8000-000000000001')}`
const FORM = 'application/x-www-form-urlencoded'

const post = ({ app }: TestApi, payload: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/connect/token', payload, headers: { 'content-type': FORM, ...headers } })

const asked = (form: Record<string, string>) => new URLSearchParams(form).toString()
const credentials = { grant_type: 'client_credentials', client_id, client_secret }

async function tokenFor(api: TestApi, scope = 'payment-sessions'): Promise<string> {
  const reply = await post(api, asked({ ...credentials, scope }))
  assert.equal(reply.statusCode, 200, reply.body)
  return reply.json().access_token
}

const use = ({ app }: TestApi, token: string) =>
  app.inject({ method: 'GET', url: SESSION, headers: { authorization: `Bearer ${token}` } })

test('a client gets a token for its id and secret, in the body or as HTTP Basic', async (t) => {
  const api = await startApi(t)
  const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64')
  for (const reply of [
    await post(api, asked({ ...credentials, scope: 'payment-sessions gateway' })),
    await post(api, 'grant_type=client_credentials&scope=payment-sessions+gateway', {
      authorization: `Basic ${basic}`,
    }),
    await post(api, asked({ ...credentials, scope: 'payment-sessions gateway' }), {
      'content-type': `${FORM}; charset=utf-8`,
    }),
  ]) {
    assert.equal(reply.statusCode, 200, reply.body)
    const { access_token, ...rest } = reply.json()
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'payment-sessions gateway' })
    assert.equal(reply.headers['cache-control'], 'no-store')
    assert.equal((await use(api, access_token)).statusCode, 404)
  }
})

test('without a scope the token is for everything the client may do', async (t) => {
  const api = await startApi(t)
  const reply = await post(api, asked(credentials))
  const scopes = reply.json().scope.split(' ')
  assert.ok(scopes.includes('gateway') && scopes.includes('payment-sessions') && !scopes.includes('gateway:payment'))
  assert.equal((await use(api, reply.json().access_token)).statusCode, 404)
})

test('a token does what its scopes say and no more', async (t) => {
  const api = await startApi(t)
  assert.equal((await use(api, await tokenFor(api, 'gateway vault'))).statusCode, 403)
  assert.equal((await use(api, await tokenFor(api, 'Payment Context payment-sessions'))).statusCode, 404)
})

test('every mistake is a 400 with the word of RFC 6749', async (t) => {
  const api = await startApi(t)
  const cases: [string, string, Record<string, string>?][] = [
    ['', 'invalid_request'],
    [asked({ client_id, client_secret }), 'invalid_request'],
    [asked({ ...credentials, grant_type: 'password' }), 'unsupported_grant_type'],
    [asked({ grant_type: 'client_credentials' }), 'invalid_client'],
    [asked({ ...credentials, client_secret: 'wrong' }), 'invalid_client'],
    [asked({ ...credentials, client_id: 'ack_aaaaaaaaaaaaaaaaaaaaaaaaaa' }), 'invalid_client'],
    [asked({ ...credentials, client_id: "' or true --" }), 'invalid_client'],
    [asked({ ...credentials, client_secret: '\u0000' }), 'invalid_client'],
    [asked({ ...credentials, scope: 'payment-sessions everything' }), 'invalid_scope'],
    [asked({ ...credentials, scope: '*' }), 'invalid_scope'],
    [asked({ ...credentials, scope: ' ' }), 'invalid_scope'],
    [`${asked(credentials)}&client_id=${client_id}`, 'invalid_request'],
    [JSON.stringify(credentials), 'invalid_request', { 'content-type': 'application/json' }],
    [asked(credentials), 'invalid_request', { 'content-type': 'text/plain' }],
    ['x'.repeat(300_000), 'invalid_request'],
    [asked({ ...credentials, client_secret: '' }), 'invalid_client', { authorization: 'Basic !!!' }],
  ]
  for (const [payload, error, headers] of cases) {
    const reply = await post(api, payload, headers)
    assert.equal(reply.statusCode, 400, payload.slice(0, 80))
    assert.deepEqual(reply.json(), { error }, payload.slice(0, 80))
  }
})

test('a scope that was not granted refuses the whole request', async (t) => {
  const api = await startApi(t)
  await api.ctx.store.db.query({ name: 'narrow', text: `update oauth_clients set scopes = '{gateway}'`, values: [] })
  assert.deepEqual((await post(api, asked({ ...credentials, scope: 'gateway:payment payment-sessions' }))).json(), {
    error: 'invalid_scope',
  })
  assert.equal((await post(api, asked({ ...credentials, scope: 'gateway:payment' }))).statusCode, 200)
})

test('a token lives an hour of real time', async (t) => {
  const api = await startApi(t)
  const token = await tokenFor(api)
  api.advance(3_590_000)
  assert.equal((await use(api, token)).statusCode, 404)
  api.advance(11_000)
  assert.equal((await use(api, token)).statusCode, 401)
})

test('the tokens of a disabled client stop working within a few seconds', async (t) => {
  const api = await startApi(t)
  const token = await tokenFor(api)
  assert.equal((await use(api, token)).statusCode, 404)
  const { entity_key } = (await findEntityByName(api.ctx.store.db, 'Sluice Sandbox'))!
  await disableClient(api.ctx.store.db, entity_key, uuidOf('client', client_id)!)
  api.advance(5_001)
  assert.equal((await use(api, token)).statusCode, 401)
  assert.deepEqual((await post(api, asked(credentials))).json(), { error: 'invalid_client' })
})

test('the public keys are served, and after a rotation old tokens work on while a new key signs', async (t) => {
  const api = await startApi(t)
  const first = await tokenFor(api)
  const keysNow = async () => (await api.app.inject('/.well-known/jwks.json')).json().keys
  const [only] = await keysNow()
  assert.deepEqual(Object.keys(only).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])

  await openSigningKeys(api.ctx).rotate()
  api.advance(60_001)
  const second = await tokenFor(api)

  const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid
  assert.equal(kidOf(first), only.kid)
  assert.notEqual(kidOf(second), only.kid)
  assert.deepEqual(
    (await keysNow()).map((key: { kid: string }) => key.kid).sort(),
    [kidOf(first), kidOf(second)].sort(),
  )
  for (const token of [first, second]) assert.equal((await use(api, token)).statusCode, 404)
})

test('a token that another node signed with a new key is known at once', async (t) => {
  const api = await startApi(t)
  await use(api, await tokenFor(api))
  const otherNode = openSigningKeys(api.ctx)
  await otherNode.rotate()
  api.advance(1_001)
  const { api: base } = api.ctx.config.urls
  const iat = Math.floor(api.ctx.now() / 1000)
  const token = await otherNode.sign({
    iss: base,
    aud: base,
    sub: client_id,
    scope: 'payment-sessions',
    iat,
    exp: iat + 60,
  })
  assert.equal((await use(api, token)).statusCode, 404)
})

test('no forged token is let in', async (t) => {
  const api = await startApi(t)
  const good = await tokenFor(api)
  const [header64, payload64, signature64] = good.split('.') as [string, string, string]
  const header = JSON.parse(Buffer.from(header64, 'base64url').toString())
  const payload = JSON.parse(Buffer.from(payload64, 'base64url').toString())
  const [jwk] = (await api.app.inject('/.well-known/jwks.json')).json().keys
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const own = await exportJWK(publicKey)
  const encode = (value: object) => base64url.encode(JSON.stringify(value))
  const signed = (head: object, claims: object = payload) =>
    new SignJWT(claims as never).setProtectedHeader({ ...header, ...head }).sign(privateKey)
  const hmac = (alg: string, hash: string, secret: string | Buffer) => {
    const text = `${encode({ ...header, alg })}.${payload64}`
    return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
  }
  const unsecured = ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => {
    return [`${encode({ ...header, alg })}.${payload64}.`, `${encode({ ...header, alg })}.${payload64}.${signature64}`]
  })
  const confused = [JSON.stringify(jwk), jwk.x, Buffer.from(jwk.x + jwk.y, 'base64url'), ''].flatMap((secret) => {
    return [hmac('HS256', 'sha256', secret), hmac('HS384', 'sha384', secret), hmac('HS512', 'sha512', secret)]
  })
  const ownKeys = await Promise.all([
    signed({}),
    signed({ jwk: own }),
    signed({ jwk: own, kid: await calculateJwkThumbprint(own) }),
    signed({ jku: 'http://localhost:1/keys.json' }),
    signed({ x5u: 'http://localhost:1/chain.pem' }),
    signed({ kid: '../../../../dev/null' }),
    signed({ kid: "' union select '" }),
    signed({ kid: '' }),
    signed({ kid: 'constructor' }),
    signed({ kid: '__proto__' }),
    signed({ typ: 'JWT' }),
  ])
  const altered = [
    `${header64}.${encode({ ...payload, scope: 'payment-sessions gateway' })}.${signature64}`,
    `${header64}.${encode({ ...payload, exp: payload.exp + 3600 })}.${signature64}`,
    `${encode({ ...header, crit: ['b64'], b64: false })}.${payload64}.${signature64}`,
    `${header64}.${payload64}.${signature64.slice(0, -2)}`,
    `${header64}.${payload64}.${'A'.repeat(86)}`,
    `${header64}.${payload64}`,
    `${good}.x`,
    `${header64}..${signature64}`,
    `.${payload64}.${signature64}`,
    `${header64}.${payload64}.${signature64}`.replaceAll('.', ','),
    'eyJhbGciOiJFQ0RILUVTIn0....',
    `${'a'.repeat(9000)}.b.c`,
  ]
  for (const token of [...unsecured, ...confused, ...ownKeys, ...altered]) {
    assert.equal((await use(api, token)).statusCode, 401, token.slice(0, 120))
  }
  assert.equal((await use(api, good)).statusCode, 404)
})

test('a token of our own key with another claim is not an access token', async (t) => {
  const api = await startApi(t)
  const signing = openSigningKeys(api.ctx)
  await use(api, await tokenFor(api))
  const { api: base } = api.ctx.config.urls
  const iat = Math.floor(api.ctx.now() / 1000)
  const claims = { iss: base, aud: base, sub: client_id, scope: 'payment-sessions', iat, exp: iat + 60 }
  assert.equal((await use(api, await signing.sign(claims))).statusCode, 404)
  for (const wrong of [
    { iss: 'http://localhost:1' },
    { aud: 'http://localhost:1' },
    { sub: 'ack_aaaaaaaaaaaaaaaaaaaaaaaaaa' },
    { sub: 7 },
    { sub: undefined },
    { exp: iat - 1 },
    { exp: undefined },
    { scope: undefined },
    { scope: ['payment-sessions'] },
    { scope: 'everything' },
    { nbf: iat + 600 },
  ]) {
    assert.equal((await use(api, await signing.sign({ ...claims, ...wrong }))).statusCode, 401, JSON.stringify(wrong))
  }
})

test('a further channel gets a client of its own, good for that channel', async (t) => {
  const api = await startApi(t)
  await createEntity(api.ctx, { name: 'Shop' })
  const added = await createEntity(api.ctx, { name: 'Shop', channel: 'second' })
  const { client_id: id, client_secret: secret } = added.keys
  const reply = await post(api, asked({ grant_type: 'client_credentials', client_id: id, client_secret: secret }))
  assert.equal(reply.statusCode, 200)
  assert.equal((await use(api, reply.json().access_token)).statusCode, 404)
})
