import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { uuidOf, wireId } from '@sluice/core/ids'
import type { DisplayedSession } from '@sluice/sealing/frames-api'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import { buildApi, buildFrames } from '../../src/app.ts'
import { SANDBOX_ENTITY, SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { processors } from '../../src/processors/index.ts'
import { openExchange } from '../../src/vault/send.ts'
import { startApi } from '../http/support.ts'
import { CARD } from './support.ts'

const exchange = openExchange()

/** The frames origin, and a session of the sandbox merchant that asks for 19.99 GBP. */
async function framesOrigin(t: TestContext) {
  const { ctx: basic } = await startApi(t)
  const ctx = { ...basic, processors: processors({ exchange, config: basic.config, vault: basic.vault }) }
  const api = await buildApi(ctx)
  const created = await api.inject({
    method: 'POST',
    url: '/payment-sessions',
    headers: { host: 'localhost', authorization: `Bearer ${SANDBOX_KEYS.secret}` },
    payload: {
      amount: 1999,
      currency: 'GBP',
      locale: 'fr-FR',
      billing: { address: { country: 'GB' } },
      success_url: 'https://shop.example/yes',
      failure_url: 'https://shop.example/no',
    },
  })
  const { id: session, payment_session_secret: secret } = created.json()
  const sessionId = uuidOf('session', session) as string
  const entityKey = ctx.vault.entityOfSecret(secret, sessionId) as number

  const app = await buildFrames(ctx)
  t.after(() => Promise.all([api.close(), app.close()]))
  const framesUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  return { ctx, framesUrl, session, sessionId, secret, entityKey }
}

const get = (url: string, secret?: string) => fetch(url, { headers: secret ? { 'Sluice-Session-Secret': secret } : {} })

test('a session shows what the shopper must know to whoever has its secret', async (t) => {
  const { ctx, framesUrl, session, sessionId, secret } = await framesOrigin(t)
  const url = `${framesUrl}/frame/payment-sessions/${session}`
  const answer = await get(url, secret)
  assert.equal(answer.status, 200)
  const { payment_methods: methods, expires_on, ...shown } = (await answer.json()) as DisplayedSession
  assert.deepEqual(shown, {
    id: session,
    status: 'Pending',
    amount: 1999,
    currency: 'GBP',
    locale: 'fr-FR',
    merchant_name: 'Sluice Sandbox',
    payment_type: 'Regular',
  })
  assert.ok(Date.parse(expires_on) > Date.now())
  assert.equal(methods[0]?.type, 'card')
  assert.ok(Array.isArray(methods[0]?.['card_schemes']))

  await ctx.store.db.query({
    name: 'expire_for_test',
    text: "update payment_sessions set expires_on = created_on - interval '1 s' where id = $1",
    values: [sessionId],
  })
  assert.equal(((await (await get(url, secret)).json()) as { status: string }).status, 'Expired')
})

test('without the right secret there is no session', async (t) => {
  const { ctx, framesUrl, session, sessionId, secret, entityKey } = await framesOrigin(t)
  const other = sessionId.replace(/.$/, (last) => (last === '1' ? '2' : '1'))
  const cases: [string, string | undefined][] = [
    [session, undefined],
    [session, 'pss_00000000-0000-8000-8000-000000000000'],
    [session, ctx.vault.sessionSecret(entityKey + 1, sessionId)],
    [session, ctx.vault.sessionSecret(entityKey, other)],
    [wireId('session', other), secret],
    [wireId('session', other), ctx.vault.sessionSecret(entityKey, other)],
    ['ps_nothing', secret],
    ['%00', secret],
  ]
  for (const [id, presented] of cases) {
    const answer = await get(`${framesUrl}/frame/payment-sessions/${id}`, presented)
    assert.equal(answer.status, 404, `${id} ${presented}`)
    assert.deepEqual(((await answer.json()) as { error_codes: string[] }).error_codes, ['resource_not_found'])
  }
})

test('answers of the frames origin are for its own scripts, and kept by nobody', async (t) => {
  const { framesUrl, session, secret } = await framesOrigin(t)
  const answers = [
    await get(`${framesUrl}/frame/sealing-keys`),
    await get(`${framesUrl}/frame/payment-sessions/${session}`, secret),
    await get(`${framesUrl}/frame/payment-sessions/${session}`),
  ]
  for (const { headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'; frame-ancestors 'none'/)
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

test('session_data made without a card frame opens, with the amount the session shows', async (t) => {
  const { ctx, framesUrl, session, secret } = await framesOrigin(t)
  const asked = { framesUrl, sessionId: session, secret, card: CARD }
  const expected = { entity: SANDBOX_ENTITY, sessionId: session }
  const opened = await ctx.vault.open(await makeSessionData(asked), expected)
  assert.ok(opened.ok)
  assert.equal(opened.details.amount, 1999)
  assert.equal(opened.details.currency, 'GBP')
  assert.equal(opened.details.card?.last4, '4242')

  const other = await ctx.vault.open(await makeSessionData({ ...asked, amount: 1 }), expected)
  assert.deepEqual(other.ok && [other.details.amount, other.details.currency], [1, 'GBP'])
})

test('session_data without a session names the merchant', async (t) => {
  const { ctx, framesUrl } = await framesOrigin(t)
  const shown = { amount: 5, currency: 'EUR' }
  const sealed = await makeSessionlessData({ framesUrl, entityId: SANDBOX_ENTITY, method: 'ideal', ...shown })
  const opened = await ctx.vault.open(sealed, { entity: SANDBOX_ENTITY })
  assert.deepEqual(opened.ok && [opened.details.method, opened.details.amount], ['ideal', 5])
})

test('making session_data with a wrong secret fails before anything is sealed', async (t) => {
  const { ctx, framesUrl, session, sessionId, entityKey } = await framesOrigin(t)
  const secret = ctx.vault.sessionSecret(entityKey + 1, sessionId)
  await assert.rejects(makeSessionData({ framesUrl, sessionId: session, secret, card: CARD }), /answered 404/)
})
