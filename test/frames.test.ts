/** What the frames origin says to its own documents, and to nobody else. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { fetchSealingKeys } from '@sluice/sealing/frames-api'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import type { BrowserData } from '@sluice/sealing/payload'
import { readConfig } from '@sluice/server/config'
import { CARDS } from './support/cards.ts'
import { flowFolder } from './support/flow-folder.ts'
import {
  eventually,
  type Json,
  PUBLIC_KEY,
  SANDBOX_ENTITY,
  SECRET_KEY,
  type Session,
  startSluice,
} from './support/sluice.ts'

const DOCUMENTS = ['keeper', 'fields', 'challenge'] as const

test('the documents of the frames origin', async (t) => {
  const sluice = await startSluice(t, { flow: flowFolder(t) })
  const { api, frames } = sluice.urls
  const open = (document: string, key = PUBLIC_KEY, headers: Record<string, string> = {}) =>
    fetch(`${frames}/frame/${document}?key=${key}`, { headers })

  await t.test('each links its script and styles by their hash, and is kept by nobody', async () => {
    for (const document of DOCUMENTS) {
      const answer = await open(document)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      const html = await answer.text()
      assert.match(html, /<title>[^<]+<\/title>/)
      assert.doesNotMatch(html, /<script(?![^>]*src=)|<style| style=| on\w+=/)
      const linked = [...html.matchAll(/(?:src|href)="([^"]+)" integrity="([^"]+)"/g)]
      assert.equal(linked.length, document === 'fields' ? 2 : 1)
      for (const [, path, integrity] of linked) {
        const bytes = Buffer.from(await (await fetch(frames + path)).arrayBuffer())
        assert.equal(integrity, `sha384-${createHash('sha384').update(bytes).digest('base64')}`)
      }
      assert.match(html, /<meta name="sluice-mode" content="sandbox">/)
      assert.equal(/<meta name="sluice-ticket" content="[\w-]+">/.test(html), document === 'keeper')
      assert.equal(html.includes(`<meta name="sluice-api" content="${api}">`), document === 'challenge')
    }
  })

  await t.test('their policy lets in nothing from elsewhere; only the challenge holds other pages', async () => {
    for (const document of DOCUMENTS) {
      const { headers } = await open(document)
      const policy = headers.get('content-security-policy') ?? ''
      const own = {
        keeper: "frame-src 'self'; form-action 'none'",
        fields: "form-action 'none'",
        challenge: "frame-src https: http:; form-action 'none'",
      }[document]
      assert.equal(
        policy,
        `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; ${own}`,
      )
      assert.equal(headers.get('x-frame-options'), null)
      assert.equal(headers.get('origin-agent-cluster'), '?1')
      assert.equal(headers.get('cross-origin-opener-policy'), null)
      assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/)
      assert.equal(headers.get('permissions-policy')?.includes('payment=()'), document !== 'challenge')
    }
  })

  await t.test('a key that is unknown, secret, revoked or missing opens none', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    assert.equal((await open('fields', world.public_key)).status, 200)
    for (const key of ['', 'pk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa', SECRET_KEY, world.secret_key, '%22%3E%3Cscript%3E']) {
      const answer = await open('fields', key)
      assert.equal(answer.status, 403, key)
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.equal(answer.headers.get('x-frame-options'), 'DENY')
      assert.doesNotMatch(await answer.text(), /<script/)
    }
    assert.equal((await fetch(`${frames}/frame/keeper`)).status, 403)
  })
})

test('what the frames origin tells of a session', async (t) => {
  const sluice = await startSluice(t, { flow: flowFolder(t) })
  const { frames } = sluice.urls
  t.afterEach(() => sluice.assertSound())

  const facts = async (session: Session, headers: Record<string, string> = {}): Promise<Json> => {
    const answer = await fetch(`${frames}/frame/payment-sessions/${session.id}`, {
      headers: { 'sluice-session-secret': session.payment_session_secret, ...headers },
    })
    return { status: answer.status, ...((await answer.json().catch(() => ({}))) as object) }
  }
  const submit = (session: Session, body: unknown, headers: Record<string, string> = {}) =>
    sluice.call('POST', `${frames}/frame/payment-sessions/${session.id}/submit`, body, {
      authorization: `Bearer ${PUBLIC_KEY}`,
      'sluice-session-secret': session.payment_session_secret,
      ...headers,
    })
  const seal = async (session: Session, browser?: BrowserData) =>
    await makeSessionData({
      framesUrl: frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      card: CARDS.approved,
      ...(browser && { browser }),
    })
  const jtiOf = async (paymentId: string) => {
    const { rows } = await sluice.ctx.store.db.query<{ nonce: string }>({
      name: 'nonce_for_test',
      text: 'select nonce from payments where id = $1',
      values: [uuidOf('payment', paymentId)],
    })
    return rows[0]?.nonce
  }

  await t.test('it says what the shopper is shown, and nothing of what the merchant wrote', async () => {
    const session = await sluice.requestSession({
      display_name: 'Blue Bikes',
      customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
      metadata: { secret: 'of the merchant' },
      payment_type: 'MOTO',
    })
    const { status: _, payment_methods, expires_on, ...shown } = await facts(session)
    assert.deepEqual(shown, {
      id: session.id,
      amount: 1000,
      currency: 'GBP',
      locale: 'en-GB',
      merchant_name: 'Blue Bikes',
      payment_type: 'MOTO',
      customer_name: 'Ada Lovelace',
    })
    assert.equal(expires_on, session['expires_on'])
    assert.equal(payment_methods[0].type, 'card')
    assert.equal(payment_methods[0].scheme_choice_enabled, true)
  })

  await t.test('a public key with it must be one of the same merchant; a secret key is refused', async () => {
    const session = await sluice.requestSession()
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const asked = async (authorization: string) => (await facts(session, { authorization })).status
    assert.equal(await asked(`Bearer ${PUBLIC_KEY}`), 'Pending')
    assert.equal(await asked(world.public_key), 404)
    assert.equal(await asked('pk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa'), 401)
    assert.equal(await asked(SECRET_KEY), 401)
  })

  await t.test('the newest attempt is found by what sealed it: approved, with the way to the shop', async () => {
    const session = await sluice.requestSession()
    assert.equal((await facts(session)).latest_payment, undefined)
    const answer = await submit(session, { session_data: await seal(session) })
    assert.equal(answer.status, 201, answer.text)
    const { latest_payment: latest, status } = await facts(session)
    assert.equal(status, 'Approved')
    assert.deepEqual(latest, {
      id: answer.body.id,
      attempt: await jtiOf(answer.body.id),
      status: 'Approved',
      type: 'card',
      landing_url: `https://shop.example/success?cko-payment-session-id=${session.id}&cko-payment-id=${answer.body.id}`,
    })
  })

  await t.test('a decline comes in the component’s words; an open challenge says that it is open', async () => {
    const declined = await sluice.requestSession({ amount: 1000 })
    await sluice.submit(declined, CARDS.insufficientFunds)
    const { latest_payment: first } = await facts(declined)
    assert.equal(first.status, 'Declined')
    assert.equal(first.decline_reason, 'not_enough_funds')
    assert.match(first.landing_url, /^https:\/\/shop\.example\/failure\?/)

    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const answer = await submit(session, { session_data: await seal(session) })
    const { latest_payment: waiting, status } = await facts(session)
    assert.equal(status, 'Action Required')
    assert.equal(waiting.status, 'Action Required')
    assert.match(answer.body.action.url, /#[\w-]{43}$/)
    assert.equal(waiting.action, undefined, 'its address is of use with the key only, which is in the answer alone')
    assert.equal(waiting.landing_url, undefined)
  })

  await t.test('submit answers as the API does: once, repeated by the same bytes, session_data only', async () => {
    const session = await sluice.requestSession()
    const body = { session_data: await seal(session) }
    const extra = await submit(session, { ...body, amount: 1 })
    assert.equal(extra.status, 422)
    assert.deepEqual(extra.body.error_codes, ['amount_not_allowed'])
    const first = await submit(session, body)
    assert.equal(first.status, 201, first.text)
    assert.match(first.headers.get('cko-request-id') ?? '', /^[0-9a-f-]{36}$/)
    const again = await submit(session, body)
    assert.equal(again.text, first.text)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const there = await sluice.submitFromBrowser(session, body)
    assert.equal(there.text, first.text)
    const late = await submit(session, { session_data: await seal(session) })
    assert.equal(late.status, 422)
    assert.deepEqual(late.body.error_codes, ['payment_session_already_completed'])
  })

  await t.test('submit under an idempotency key is done once', async () => {
    const session = await sluice.requestSession()
    const headers = { 'cko-idempotency-key': randomUUID() }
    const body = { session_data: await seal(session) }
    const first = await submit(session, body, headers)
    assert.equal((await submit(session, body, headers)).text, first.text)
    const other = await submit(session, { session_data: await seal(session) }, headers)
    assert.deepEqual(other.body.error_codes, ['idempotency_key_reused'])
  })

  await t.test('submit needs both: a public key of this merchant, and the secret of this session', async () => {
    const session = await sluice.requestSession()
    const other = await sluice.requestSession()
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const body = { session_data: await seal(session) }
    assert.equal((await submit(session, body, { authorization: SECRET_KEY })).status, 401)
    assert.equal((await submit(session, body, { authorization: world.public_key })).status, 404)
    assert.equal((await submit(session, body, { 'sluice-session-secret': other.payment_session_secret })).status, 401)
    const bare = await fetch(`${frames}/frame/payment-sessions/${session.id}/submit`, { method: 'POST' })
    assert.equal(bare.status, 401)
  })

  await t.test('the audience of sealed details is the merchant of the public key', async () => {
    const ask = (authorization: string) =>
      sluice.call('GET', `${frames}/frame/sealing-audience`, undefined, { authorization })
    const { body } = await ask(`Bearer ${PUBLIC_KEY}`)
    assert.deepEqual(body, { aud: SANDBOX_ENTITY })
    assert.equal((await ask(SECRET_KEY)).status, 401)
    assert.equal((await ask('')).status, 401)
    const sealed = await makeSessionlessData({ framesUrl: frames, entityId: body.aud, card: CARDS.approved })
    const paid = await sluice.post('/payment-sessions/complete', {
      session_data: sealed,
      amount: 1000,
      currency: 'GBP',
      billing: { address: { country: 'GB' } },
      success_url: 'https://shop.example/s',
      failure_url: 'https://shop.example/f',
    })
    assert.equal(paid.body.status, 'Approved', paid.text)
  })

  await t.test('scripts of other pages are refused, whichever header gives them away', async () => {
    const session = await sluice.requestSession()
    const strangers: Record<string, string>[] = [
      { origin: 'https://shop.example' },
      { origin: 'null' },
      { origin: sluice.urls.api },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    const paths = ['/frame/sealing-keys', '/frame/sealing-audience', `/frame/payment-sessions/${session.id}`, '/tokens']
    for (const headers of strangers) {
      for (const path of paths) {
        const answer = await sluice.call(path === '/tokens' ? 'POST' : 'GET', frames + path, undefined, headers)
        assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`)
        assert.equal(answer.headers.get('access-control-allow-origin'), null)
      }
      assert.equal((await submit(session, { session_data: 'x' }, headers)).status, 403)
    }
    for (const headers of [{ origin: frames }, { 'sec-fetch-site': 'same-origin' }] as Record<string, string>[]) {
      assert.equal((await sluice.get(`${frames}/frame/sealing-keys`, headers)).status, 200)
    }
  })

  await t.test(
    'the keeper’s ticket tells the processor of the shopper when the merchant’s server submits',
    async () => {
      const headers = {
        'user-agent': 'Netscape/3.0 (test)',
        'accept-language': 'fr-CH, fr;q=0.9',
        accept: 'text/html,*/*',
      }
      const html = await (await fetch(`${frames}/frame/keeper?key=${PUBLIC_KEY}`, { headers })).text()
      const ticket = /name="sluice-ticket" content="([^"]+)"/.exec(html)?.[1] as string
      const told = async (browser: BrowserData, members = {}) => {
        const session = await sluice.requestSession(members)
        const answer = await sluice.post(`/payment-sessions/${session.id}/submit`, {
          session_data: await seal(session, browser),
        })
        assert.equal(answer.body.status, 'Approved', answer.text)
        const { rows } = await sluice.ctx.store.db.query<{ exchange: Json }>({
          name: 'message_for_test',
          text: `select exchange from processor_calls where kind = 'authorize' order by id desc limit 1`,
          values: [],
        })
        const sent = JSON.stringify(rows[0]?.exchange)
        return { sent, ip: (await sluice.payment(answer.body.id)).payment_ip }
      }

      const byTicket = await told({ ticket, color_depth: 24 })
      assert.match(byTicket.ip, /127\.0\.0\.1|::1/)
      assert.match(byTicket.sent, /Netscape\/3\.0/)
      assert.match(byTicket.sent, /fr-CH/)
      assert.doesNotMatch(byTicket.sent, /ticket/)

      const bySealer = await told({ ticket, user_agent: 'Said/1.0' }, { ip_address: '203.0.113.7' })
      assert.equal(bySealer.ip, '203.0.113.7')
      assert.match(bySealer.sent, /Said\/1\.0/)
      assert.doesNotMatch(bySealer.sent, /Netscape/)

      for (const broken of ['', 'not a ticket', `${ticket.slice(0, -4)}AAAA`, 'x'.repeat(5000)]) {
        const ignored = await told({ ticket: broken, language: 'de' })
        assert.equal(ignored.ip, undefined)
      }
    },
  )
})

test('a frame that keeps asking is told when to come back', async (t) => {
  const limits = { ...readConfig({}).limits, perAddressPerSecond: 3 }
  const sluice = await startSluice(t, { flow: flowFolder(t), config: { limits } })
  const ask = () => fetch(`${sluice.urls.frames}/frame/sealing-keys`)
  const answers = await Promise.all(Array.from({ length: 8 }, ask))
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 1)
  assert.equal(refused[0]?.headers.get('retry-after'), '1')
  const assets = await Promise.all(
    Array.from({ length: 8 }, () => fetch(`${sluice.urls.frames}/frame/assets/fields.c3.css`)),
  )
  assert.deepEqual(new Set(assets.map(({ status }) => status)), new Set([200]), 'files are not counted')
  await eventually(async () => (await fetchSealingKeys(sluice.urls.frames).catch(() => undefined))?.keys.length === 2)
})
