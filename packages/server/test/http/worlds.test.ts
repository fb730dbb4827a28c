import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { createEntity } from '../../src/operations/create-entity.ts'
import {
  isSeeded,
  publishedKeysWork,
  SANDBOX_CHANNEL,
  SANDBOX_ENTITY,
  SANDBOX_KEYS,
  seedSandbox,
} from '../../src/operations/seed.ts'
import { findEntityByName } from '../../src/store/entities.ts'
import { readMerchant } from '../../src/store/merchants.ts'
import { startApi, type TestApi } from './support.ts'

/** What the official clients check before they send anything. */
const SECRET_KEY = /^sk_sbox_?[a-z2-7]{26}[a-z2-7*#$=]$/
const PUBLIC_KEY = /^pk_sbox_?[a-z2-7]{26}[a-z2-7*#$=]$/

const make = ({ app }: TestApi, payload: object) =>
  app.inject({ method: 'POST', url: '/sandbox/worlds', payload, headers: { authorization: SANDBOX_KEYS.secret } })

const merchantNamed = async ({ ctx }: TestApi, name: string) =>
  (await readMerchant(ctx.store.db, (await findEntityByName(ctx.store.db, name))!.entity_key))!

test('the published ids and keys are what they are everywhere, and of the shapes the official clients check', async (t) => {
  const api = await startApi(t)
  assert.equal(SANDBOX_KEYS.secret, 'sk_sbox_sluicesandboxsecretkey22222')
  assert.equal(SANDBOX_KEYS.public, 'pk_sbox_sluicesandboxpublickey22222')
  assert.equal(SANDBOX_KEYS.client_id, 'ack_sluicesandboxclientid22224')
  assert.equal(SANDBOX_KEYS.client_secret, 'sluice-sandbox-client-secret')
  assert.equal(SANDBOX_CHANNEL, 'pc_sluicesandboxchannel222224')
  assert.match(SANDBOX_KEYS.secret, SECRET_KEY)
  assert.match(SANDBOX_KEYS.public, PUBLIC_KEY)
  const merchant = await merchantNamed(api, 'Sluice Sandbox')
  assert.equal(merchant.id, uuidOf('entity', SANDBOX_ENTITY))
  assert.deepEqual(
    merchant.channels.map(({ id, name }) => ({ id, name })),
    [{ id: uuidOf('channel', SANDBOX_CHANNEL), name: 'default' }],
  )
})

test('seeding again changes nothing, and under a new root key the published keys work again', async (t) => {
  const api = await startApi(t)
  const before = await merchantNamed(api, 'Sluice Sandbox')
  await seedSandbox(api.ctx)
  assert.deepEqual(await merchantNamed(api, 'Sluice Sandbox'), before)

  const mac = api.ctx.vault.mac
  const rekeyed = {
    ...api.ctx,
    vault: { ...api.ctx.vault, mac: (purpose: string, text: string) => mac(`new ${purpose}`, text) },
  }
  assert.equal(await isSeeded(rekeyed), false)
  await seedSandbox(rekeyed)
  assert.equal(await isSeeded(rekeyed), true)
  assert.equal(await publishedKeysWork(rekeyed), true)
})

test('one call makes a world: merchant, channel, keys and seed of its own', async (t) => {
  const api = await startApi(t)
  const [first, second] = (await Promise.all([make(api, {}), make(api, {})])).map((reply) => {
    assert.equal(reply.statusCode, 201, reply.body)
    return reply.json()
  })
  for (const world of [first, second]) {
    assert.match(world.secret_key, SECRET_KEY)
    assert.match(world.public_key, PUBLIC_KEY)
    assert.ok(uuidOf('client', world.client_id))
    assert.ok(uuidOf('entity', world.entity_id))
    assert.ok(uuidOf('channel', world.processing_channel_id))
    const reply = await api.app.inject({ url: '/payment-sessions/ps_x', headers: { authorization: world.secret_key } })
    assert.equal(reply.statusCode, 404)
  }
  for (const member of ['entity_id', 'secret_key', 'client_id', 'processing_channel_id', 'seed', 'name']) {
    assert.notEqual(first[member], second[member], member)
  }
})

test('a world is made as it is asked for, and a name may be used twice', async (t) => {
  const api = await startApi(t)
  const body = {
    name: 'Shop',
    seed: 'tuesday',
    colour: 'red',
    channel: { name: 'web', settings: { class: 'C', on_abandoned: 'allow', methods: ['card', 'ideal'], extra: 1 } },
  }
  const first = (await make(api, body)).json()
  const second = (await make(api, body)).json()
  assert.equal(first.name, 'Shop')
  assert.match(second.name, /^Shop [a-z2-7]{8}$/)
  assert.deepEqual([first.seed, second.seed], ['tuesday', 'tuesday'])
  const [one, two] = [await merchantNamed(api, 'Shop'), await merchantNamed(api, second.name)]
  assert.deepEqual(one.seed, two.seed)
  assert.deepEqual(
    { name: one.channels[0]!.name, ...one.channels[0]!.settings },
    {
      name: 'web',
      processor: 'simulator',
      authentication: 'external',
      class: 'C',
      on_abandoned: 'allow',
      methods: ['card', 'ideal'],
      wallets: 'decrypted',
    },
  )
  const line = api.log.map((text) => JSON.parse(text)).find(({ unknown_members }) => unknown_members)
  assert.deepEqual(line.unknown_members, [
    { path: 'colour', type: 'string' },
    { path: 'channel.settings.extra', type: 'number' },
  ])
})

test('all that is wrong with a world is said at once', async (t) => {
  const api = await startApi(t)
  const reply = await make(api, {
    name: '',
    seed: 7,
    channel: { name: 'x'.repeat(101), settings: { class: 'E', on_abandoned: 1, methods: ['nonesuch'] } },
  })
  assert.equal(reply.statusCode, 422)
  assert.deepEqual(reply.json().error_codes, [
    'name_invalid',
    'seed_invalid',
    'channel_name_invalid',
    'channel_settings_class_invalid',
    'channel_settings_on_abandoned_invalid',
    'channel_settings_methods_invalid',
  ])
})

test('production has no address of the simulated world, and no clock for a bank to ask', async (t) => {
  const sandbox = await startApi(t)
  const routes = Object.entries((await sandbox.app.inject('/openapi.json')).json().paths as Record<string, object>)
    .filter(([path]) => path.startsWith('/sandbox/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))
  assert.ok(routes.length > 20, String(routes.length))
  const api = await startApi(t, { config: { mode: 'production', masterKey: Buffer.alloc(32, 7).toString('base64') } })
  const { keys } = await createEntity(api.ctx, { name: 'Shop' })
  const ids: Record<string, string> = { payments: 'pay', holds: 'hld', scenarios: 'scn' }
  for (const [method, path] of routes) {
    const url = path.replace('{id}', `${ids[path.split('/')[2] ?? '']}_${'a'.repeat(26)}`)
    const reply = await api.app.inject({
      method: method as 'GET',
      url,
      headers: { authorization: keys.secret },
      ...(method === 'POST' && { payload: {} }),
    })
    assert.deepEqual([reply.statusCode, reply.json().error_codes], [404, ['resource_not_found']], `${method} ${url}`)
  }
  const token = api.ctx.vault.urlToken(1, '01900000-0000-7000-8000-000000000000', 'notification')
  assert.equal((await api.app.inject(`/notifications/${token}/time`)).statusCode, 404)
  assert.equal((await sandbox.app.inject('/notifications/AAAA/time')).statusCode, 404)
  assert.equal(api.ctx.holds, undefined)
})

test('production knows no worlds and no published keys', async (t) => {
  const api = await startApi(t, { config: { mode: 'production', masterKey: Buffer.alloc(32, 7).toString('base64') } })
  assert.equal((await make(api, {})).statusCode, 404)
  assert.equal((await api.app.inject('/sandbox/clock')).statusCode, 404)
  assert.equal(await publishedKeysWork(api.ctx), false)
  await assert.rejects(seedSandbox(api.ctx), /only a sandbox/)
  const { keys } = await createEntity(api.ctx, { name: 'Shop' })
  assert.match(keys.secret, /^sk_[a-z2-7]{27}$/)
  assert.match(keys.public, /^pk_[a-z2-7]{27}$/)
  const reply = await api.app.inject({ url: '/payment-sessions/ps_x', headers: { authorization: keys.secret } })
  assert.equal(reply.statusCode, 404)
  assert.equal((await api.app.inject('/.well-known/sluice')).json().simulator, undefined)
})

test('a further channel of a merchant comes with keys that are good for it alone', async (t) => {
  const api = await startApi(t)
  const first = await createEntity(api.ctx, { name: 'Shop' })
  await assert.rejects(createEntity(api.ctx, { name: 'Shop' }), /name a channel/)
  const second = await createEntity(api.ctx, { name: 'Shop', channel: 'phone' })
  assert.equal(second.entity, first.entity)
  assert.notEqual(second.processing_channel_id, first.processing_channel_id)
  const merchant = await merchantNamed(api, 'Shop')
  assert.deepEqual(
    merchant.channels.map(({ name }) => name),
    ['default', 'phone'],
  )

  const body = {
    amount: 1000,
    currency: 'GBP',
    billing: { address: { country: 'GB' } },
    success_url: 'https://shop.example/success',
    failure_url: 'https://shop.example/failure',
  }
  const ask = (key: string, channel?: string) =>
    api.app.inject({
      method: 'POST',
      url: '/payment-sessions',
      headers: { authorization: key },
      payload: { ...body, ...(channel && { processing_channel_id: channel }) },
    })
  assert.deepEqual((await ask(first.keys.secret)).json().error_codes, ['processing_channel_id_required'])
  assert.equal((await ask(first.keys.secret, second.processing_channel_id)).statusCode, 201)
  assert.equal((await ask(second.keys.secret)).statusCode, 201)
  assert.deepEqual((await ask(second.keys.secret, first.processing_channel_id)).json().error_codes, [
    'processing_channel_id_invalid',
  ])
})

test('readiness says which check failed', async (t) => {
  let healthy = true
  const api = await startApi(t, { healthy: () => healthy })
  const ready = async () => {
    const reply = await api.app.inject('/health/ready')
    return [reply.statusCode, reply.json().status, reply.json().checks]
  }
  assert.deepEqual(await ready(), [200, 'ok', { database: 'ok', seeded: 'ok', processor: 'ok' }])
  healthy = false
  assert.deepEqual(await ready(), [503, 'unavailable', { database: 'ok', seeded: 'ok', processor: 'failed' }])
  healthy = true
  await api.ctx.store.db.query({ name: 'unseed', text: 'delete from credentials', values: [] })
  assert.deepEqual(await ready(), [503, 'unavailable', { database: 'ok', seeded: 'failed', processor: 'ok' }])
})

test('a database that answers but takes no writes is not ready', async (t) => {
  const api = await startApi(t)
  const ready = async () => (await api.app.inject('/health/ready')).json().checks.database
  assert.equal(await ready(), 'ok')
  const change = (text: string) => api.ctx.store.db.query({ name: text.slice(-20), text, values: [] })
  await change('alter table write_probe add constraint disk_full check (false) not valid')
  assert.equal(await ready(), 'ok', 'what was written within a second is good for all who ask')
  api.advance(1_000)
  assert.equal(await ready(), 'failed')
  await change('alter table write_probe drop constraint disk_full')
  assert.equal(await ready(), 'ok', 'what has failed is tried again')
})

test('production is not ready while no channel has a real processor', async (t) => {
  const masterKey = Buffer.alloc(32, 7).toString('base64')
  const api = await startApi(t, { config: { mode: 'production', keys: 'generated', masterKey } })
  await createEntity(api.ctx, { name: 'Shop' })
  const reply = await api.app.inject('/health/ready')
  assert.equal(reply.statusCode, 503)
  assert.deepEqual(reply.json().checks, { database: 'ok', seeded: 'ok', processor: 'no processor is connected' })
})

test('metrics count requests by route template, never by path', async (t) => {
  const api = await startApi(t)
  await api.app.inject({ url: '/payment-sessions/ps_secret', headers: { authorization: SANDBOX_KEYS.secret } })
  await api.app.inject('/no/such/path')
  const { body } = await api.app.inject('/metrics')
  assert.match(
    body,
    /sluice_http_request_duration_seconds_count\{method="GET",route="\/payment-sessions\/:id",status="404"\} 1/,
  )
  assert.match(body, /route="\(none\)",status="404"\} 1/)
  assert.match(body, /sluice_database_connections\{state="idle"\} \d/)
  assert.match(body, /sluice_nodejs_eventloop_lag_seconds/)
  assert.ok(!body.includes('ps_secret') && !body.includes('such'))
})

test('with published keys a world needs no credential, and a wrong one is still refused', async (t) => {
  const { app } = await startApi(t)
  const ask = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/sandbox/worlds', headers, payload: {} })

  assert.equal((await ask({})).statusCode, 201)
  assert.equal((await ask({ authorization: `Bearer sk_sbox_${'a'.repeat(27)}` })).statusCode, 401)
})
