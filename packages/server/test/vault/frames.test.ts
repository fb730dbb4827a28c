import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { wireId } from '@sluice/core/ids'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import Fastify from 'fastify'
import type pg from 'pg'
import { pino } from 'pino'
import { answerErrors } from '../../src/http/problems.ts'
import { type FrameSession, frameRoutes } from '../../src/http/routes/frames.ts'
import type { TypeBoxTypes } from '../../src/http/types.ts'
import { CARD, ENTITIES, openCard, SESSION, SESSION_ID, START, testVault } from './support.ts'

/** The frames origin over a session of entity 1 that asks for 19.99 GBP. */
async function framesOrigin(t: TestContext) {
  const house = await testVault(t)
  const { vault, pool } = house
  await pool.query(
    `insert into payment_sessions (entity_key, id, channel_id, state, amount, currency, max_attempts, request,
                                   created_on, expires_on)
     values (1, $1, $1, 'open', 1999, 'GBP', 5, '{"locale": "fr-FR"}', $2, $3)`,
    [SESSION_ID, new Date(START), new Date(START + 1000)],
  )
  const now = { at: START }
  const readSession = (entityKey: number, id: string) => readRow(pool, entityKey, id, new Date(now.at))
  const app = Fastify().withTypeProvider<TypeBoxTypes>()
  answerErrors(app, pino({ level: 'silent' }))
  await app.register(frameRoutes({ vault, store: { readSession }, methodsOf: () => ['card', 'ideal'] }))
  const framesUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => app.close())
  return { ...house, framesUrl, now, secret: vault.sessionSecret(1, SESSION_ID) }
}

async function readRow(pool: pg.Pool, entityKey: number, id: string, now: Date): Promise<FrameSession | undefined> {
  const { rows } = await pool.query(
    `select id, state, amount::int, currency, request, expires_on as "expiresOn"
       from payment_sessions where entity_key = $1 and id = $2`,
    [entityKey, id],
  )
  return rows[0] && { ...rows[0], now }
}

const get = (url: string, secret?: string) => fetch(url, { headers: secret ? { 'Sluice-Session-Secret': secret } : {} })

test('a session shows what the shopper must know to whoever has its secret', async (t) => {
  const { framesUrl, secret, now } = await framesOrigin(t)
  const url = `${framesUrl}/frame/payment-sessions/${SESSION}`
  const shown = await get(url, secret)
  assert.equal(shown.status, 200)
  const session = { id: SESSION, status: 'Pending', amount: 1999, currency: 'GBP', locale: 'fr-FR' }
  assert.deepEqual(await shown.json(), { ...session, payment_methods: ['card', 'ideal'] })

  now.at += 1000
  assert.equal(((await (await get(url, secret)).json()) as { status: string }).status, 'Expired')
})

test('without the right secret there is no session', async (t) => {
  const { framesUrl, secret, vault } = await framesOrigin(t)
  const other = SESSION_ID.replace(/.$/, '1')
  const cases: [string, string | undefined][] = [
    [SESSION, undefined],
    [SESSION, 'pss_00000000-0000-8000-8000-000000000000'],
    [SESSION, vault.sessionSecret(2, SESSION_ID)],
    [SESSION, vault.sessionSecret(1, other)],
    [wireId('session', other), secret],
    [wireId('session', other), vault.sessionSecret(1, other)],
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
  const { framesUrl } = await framesOrigin(t)
  for (const path of ['/frame/sealing-keys', `/frame/payment-sessions/${SESSION}`]) {
    const { headers } = await get(framesUrl + path)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'; frame-ancestors 'none'/)
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

test('session_data made without a card frame opens, with the amount the session shows', async (t) => {
  const { framesUrl, secret, vault } = await framesOrigin(t)
  const asked = { framesUrl, sessionId: SESSION, secret, card: CARD }
  const opened = await openCard(vault, await makeSessionData(asked))
  assert.ok(opened.ok)
  assert.equal(opened.details.amount, 1999)
  assert.equal(opened.details.currency, 'GBP')
  assert.equal(opened.details.card?.last4, '4242')

  const other = await openCard(vault, await makeSessionData({ ...asked, amount: 1 }))
  assert.deepEqual(other.ok && [other.details.amount, other.details.currency], [1, 'GBP'])
})

test('session_data without a session names the merchant', async (t) => {
  const { framesUrl, vault } = await framesOrigin(t)
  const sealed = await makeSessionlessData({
    framesUrl,
    entityId: ENTITIES[1],
    method: 'ideal',
    amount: 5,
    currency: 'EUR',
  })
  const opened = await vault.open(sealed, { entity: ENTITIES[1] })
  assert.deepEqual(opened.ok && [opened.details.method, opened.details.amount], ['ideal', 5])
})

test('making session_data with a wrong secret fails before anything is sealed', async (t) => {
  const { framesUrl, vault } = await framesOrigin(t)
  const secret = vault.sessionSecret(2, SESSION_ID)
  await assert.rejects(makeSessionData({ framesUrl, sessionId: SESSION, secret, card: CARD }), /answered 404/)
})
