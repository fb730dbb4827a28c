import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { uuidOf, wireId } from '@sluice/core/ids'
import { KEY_MAC } from '../../src/operations/authenticate.ts'
import { createWorld } from '../../src/operations/create-entity.ts'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { revoke } from '../../src/operations/revoke.ts'
import { insertCredentials } from '../../src/store/credentials.ts'
import { findEntityByName } from '../../src/store/entities.ts'
import { startApi, type TestApi } from './support.ts'

const SESSION_UUID = '0197f3c0-0000-7000-8000-000000000001'
const SESSION = wireId('session', SESSION_UUID)

/** A session that does not exist: 404 says that the caller was let in. */
const ask = ({ app }: TestApi, headers: Record<string, string>, url = `/payment-sessions/${SESSION}`) =>
  app.inject({ method: 'GET', url, headers })

/** A key of the sandbox merchant with these scopes only. */
async function keyWith({ ctx }: TestApi, scopes: string[], kind: 'secret' | 'public' = 'secret') {
  const tail = Array.from(randomBytes(27), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')
  const key = `${kind === 'secret' ? 'sk' : 'pk'}_sbox_${tail}`
  const { entity_key } = (await findEntityByName(ctx.store.db, 'Sluice Sandbox'))!
  const mac = ctx.vault.mac(KEY_MAC, key)
  await insertCredentials(ctx.store.db, entity_key, [
    { mac: mac.toString('hex'), kind, label: 'test', scopes, channels: null },
  ])
  return { key, revoke: () => revoke(ctx, key) }
}

test('a secret key is read as every official client writes it', async (t) => {
  const api = await startApi(t)
  for (const authorization of ['Bearer KEY', 'bearer KEY', 'BEARER KEY', 'Bearer   KEY', 'KEY', ' KEY ']) {
    const reply = await ask(api, { authorization: authorization.replace('KEY', SANDBOX_KEYS.secret) })
    assert.equal(reply.statusCode, 404, authorization)
  }
})

test('who cannot be known is answered 401 with no body and the reason in WWW-Authenticate', async (t) => {
  const api = await startApi(t)
  const headers: Record<string, string>[] = [
    {},
    { authorization: '' },
    { authorization: 'null' },
    { authorization: 'Bearer null' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer sk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa' },
    { authorization: 'sk_sbox_short' },
    { authorization: `sk_${'x'.repeat(4000)}` },
    { authorization: `Basic ${Buffer.from(SANDBOX_KEYS.secret).toString('base64')}` },
    { authorization: `Bearer ${SANDBOX_KEYS.secret} ${SANDBOX_KEYS.secret}` },
    { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
    { authorization: 'Bearer a.b.c' },
    { authorization: SANDBOX_KEYS.secret.toUpperCase() },
    { authorization: `${SANDBOX_KEYS.secret}'--` },
  ]
  for (const header of headers) {
    const reply = await ask(api, header)
    assert.equal(reply.statusCode, 401, JSON.stringify(header))
    assert.equal(reply.body, '')
    assert.match(
      String(reply.headers['www-authenticate']),
      /^Bearer error="invalid_token", error_description="[\w (),-]+"$/,
    )
    assert.match(String(reply.headers['cko-request-id']), /^[0-9a-f-]{36}$/)
    assert.equal(reply.headers['cko-version'], '0.1.0')
  }
})

test('a public key opens a session only together with the secret of that session', async (t) => {
  const api = await startApi(t)
  const { vault, store } = api.ctx
  const { entity_key } = (await findEntityByName(store.db, 'Sluice Sandbox'))!
  const other = await createWorld(api.ctx, {})
  const otherKey = (await findEntityByName(store.db, other.name))!.entity_key
  const authorization = SANDBOX_KEYS.public
  const withSecret = (secret: string) => ask(api, { authorization, 'sluice-session-secret': secret })

  assert.equal((await ask(api, { authorization })).statusCode, 401)
  assert.equal((await withSecret('pss_00000000-0000-0000-0000-000000000000')).statusCode, 401)
  assert.equal(
    (await withSecret(vault.sessionSecret(entity_key, uuidOf('session', SESSION)!.replace(/1$/, '2')))).statusCode,
    401,
  )
  assert.equal((await withSecret(vault.sessionSecret(otherKey, SESSION_UUID))).statusCode, 404)
  assert.equal((await withSecret(vault.sessionSecret(entity_key, SESSION_UUID))).statusCode, 404)
})

test('a public key creates, completes and lists nothing', async (t) => {
  const api = await startApi(t)
  for (const [method, url] of [
    ['POST', '/payment-sessions'],
    ['POST', '/payment-sessions/complete'],
    ['GET', `/payments/${wireId('payment', SESSION_UUID)}`],
    ['GET', `/payments/${wireId('payment', SESSION_UUID)}/actions`],
    ['POST', '/sandbox/worlds'],
  ] as const) {
    const reply = await api.app.inject({ method, url, headers: { authorization: SANDBOX_KEYS.public } })
    assert.equal(reply.statusCode, 401, url)
  }
})

test('a scope that is missing is answered 403, and a parent scope covers its children', async (t) => {
  const api = await startApi(t)
  const payment = `/payments/${wireId('payment', SESSION_UUID)}`
  const cases: [string[], string, number][] = [
    [['payment-sessions'], `/payment-sessions/${SESSION}`, 404],
    [['vault', 'gateway'], `/payment-sessions/${SESSION}`, 403],
    [[], `/payment-sessions/${SESSION}`, 403],
    [['payment-sessions:pay'], `/payment-sessions/${SESSION}`, 403],
    [['gateway'], payment, 404],
    [['gateway:payment-details'], payment, 404],
    [['gateway:payment-refunds'], payment, 403],
    [['gate', 'vault'], payment, 403],
  ]
  for (const [scopes, url, status] of cases) {
    const { key } = await keyWith(api, scopes)
    const reply = await ask(api, { authorization: key }, url)
    assert.equal(reply.statusCode, status, `${scopes} at ${url}`)
    if (status === 403) {
      assert.deepEqual(reply.json(), {
        request_id: reply.headers['cko-request-id'],
        error_type: 'action_not_allowed',
        error_codes: ['action_not_allowed'],
      })
      const line = api.log.findLast((text) => text.includes(reply.headers['cko-request-id'] as string)) ?? ''
      assert.match(line, /"entity":"ent_\w+","key":"/, 'the log names who was refused')
    }
  }
})

test('a revoked key stops working within a few seconds, also on a node that remembers it', async (t) => {
  const api = await startApi(t)
  const { key, revoke } = await keyWith(api, ['payment-sessions'])
  assert.equal((await ask(api, { authorization: key })).statusCode, 404)
  assert.equal((await revoke())?.name, 'test')
  assert.equal(await revoke(), undefined, 'it is revoked already')
  api.advance(5_001)
  assert.equal((await ask(api, { authorization: key })).statusCode, 401)
})

test('keys and secrets are not in the database in a form that can be used', async (t) => {
  const api = await startApi(t)
  const world = await createWorld(api.ctx, {})
  const { rows } = await api.ctx.store.db.query<{ dump: string }>({
    name: 'dump',
    text: `select (select json_agg(c) from credentials c)::text || (select json_agg(c) from oauth_clients c)::text
                  || (select json_agg(e) from entities e)::text as dump`,
    values: [],
  })
  const dump = rows[0]!.dump
  for (const secret of [
    world.keys.secret,
    world.keys.public,
    world.keys.client_secret,
    ...Object.values(SANDBOX_KEYS),
  ]) {
    assert.ok(!dump.includes(secret) && !dump.includes(Buffer.from(secret).toString('hex')), secret)
  }
})
