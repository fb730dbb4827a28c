/** What one merchant has is not there for another: not to read, not to pay, not to name, not to guess at. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type IdKind, uuidOf, wireId } from '@sluice/core/ids'
import { SCOPES } from '@sluice/core/scopes'
import type { JsonSchema } from '@sluice/core/wire/codes'
import { SubmitSessionBody } from '@sluice/core/wire/submit'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import { KEY_MAC } from '@sluice/server/operations/authenticate'
import { createEntity } from '@sluice/server/operations/create-entity'
import { insertCredentials } from '@sluice/server/store/credentials'
import { rightValue } from '../packages/core/test/bodies.ts'
import { CARDS } from './support/cards.ts'
import { documentOf, type OpenApi } from './support/openapi.ts'
import { type Answer, client, type Json, SESSION_BODY, type Sluice, startSluice } from './support/sluice.ts'

/** Stands in everything merchant A says: wherever it turns up for B, something leaked. */
const MARK = 'AAmarkerAA'

const FULL_BODY = {
  ...SESSION_BODY,
  reference: `${MARK}-ref`,
  description: `${MARK} description`,
  display_name: `${MARK} shop`,
  billing: { address: { country: 'GB', city: `${MARK} city` } },
  metadata: { note: `${MARK} note` },
  items: [{ name: `${MARK} book`, quantity: 1, unit_price: 1000 }],
  success_url: `https://${MARK.toLowerCase()}.example/success`,
  failure_url: `https://${MARK.toLowerCase()}.example/failure`,
}

/** Without these members a call is refused before anybody looks for the payment. By the last part of the address. */
const NEEDED: Record<string, object> = {
  decisions: { choice: 'approve' },
  'refund-results': { refund: `act_${'a'.repeat(26)}`, outcome: 'failed' },
}

test('two merchants on one server', async (t) => {
  const sluice = await startSluice(t)
  const document = (await documentOf(sluice.urls.api)) as OpenApi
  const a = await merchant(sluice, `${MARK} merchant`)
  const b = await merchant(sluice, 'Merchant B')
  const ours = await belongings(sluice, a)
  const theirs = await b.calls.requestSession()
  const secrets = [
    MARK,
    MARK.toLowerCase(),
    a.world.secret_key,
    a.world.public_key,
    a.world.client_secret,
    ours.secret,
    ours.token,
  ]
  const heardByB: string[] = []

  /** Every answer to B is kept, to be searched. */
  async function asB(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const answer = await b.calls.call(method, path, body, headers)
    heardByB.push(`${answer.text}\n${[...answer.headers].join('\n')}`)
    return answer
  }

  const routes = Object.entries(document.paths)
    .filter(([path]) => path.includes('{id}'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })))
  assert.ok(routes.length >= 5)

  const sealedForOurs = await makeSessionData({
    framesUrl: sluice.urls.frames,
    sessionId: ours.ids.session,
    secret: ours.secret,
    card: CARDS.approved,
  })
  const credentials: Record<string, Record<string, string>> = {
    'its secret key': { authorization: `Bearer ${b.world.secret_key}` },
    'its access token': { authorization: `Bearer ${await tokenOf(sluice, b.world)}` },
    'its public key': { authorization: b.world.public_key },
    'its public key and the secret of its own session': {
      authorization: b.world.public_key,
      'sluice-session-secret': theirs.payment_session_secret,
    },
    'no key': { authorization: '' },
  }

  for (const { path, method } of routes) {
    for (const [whose, headers] of Object.entries(credentials)) {
      await t.test(
        `${method} ${path} with ${whose} tells another merchant's ids from no one's by nothing`,
        async () => {
          const needed = NEEDED[path.split('/').at(-1) ?? '']
          const body = method === 'POST' ? { session_data: sealedForOurs, ...needed } : undefined
          for (const [kind, id] of Object.entries(ours.ids)) {
            const foreign = await asB(method, path.replace('{id}', id), body, headers)
            const absent = await asB(method, path.replace('{id}', absentId(kind as IdKind)), body, headers)
            // What cannot be delivered again is a mistake in the request, and has a code that says which.
            const unknown = path.endsWith('/reflow') ? 422 : 404
            assert.equal(foreign.status, /secret key|token/.test(whose) ? unknown : 401, `${kind}: ${foreign.text}`)
            assert.deepEqual(comparable(foreign), comparable(absent), kind)
          }
        },
      )
    }
  }

  await t.test('a stranger’s public key opens nothing, even with the secret of the session', async () => {
    const headers = { authorization: b.world.public_key, 'sluice-session-secret': ours.secret }
    const path = `/payment-sessions/${ours.ids.session}`
    assert.equal((await asB('GET', path, undefined, headers)).status, 404)
    assert.equal((await asB('POST', `${path}/submit`, { session_data: sealedForOurs }, headers)).status, 404)
    const alone = { authorization: a.world.public_key, 'sluice-session-secret': ours.secret }
    assert.equal((await a.calls.call('GET', path, undefined, alone)).status, 200)
  })

  await t.test('the frames origin opens a session for its own secret only', async () => {
    const open = (id: string, secret: string, key = b.world.public_key) =>
      asB('GET', `${sluice.urls.frames}/frame/payment-sessions/${id}`, undefined, {
        authorization: key,
        'sluice-session-secret': secret,
      })
    const foreign = await open(ours.ids.session, theirs.payment_session_secret)
    const absent = await open(absentId('session'), theirs.payment_session_secret)
    assert.equal(foreign.status, 401)
    assert.deepEqual(comparable(foreign), comparable(absent))
    assert.equal((await open(theirs.id, theirs.payment_session_secret)).status, 200)
    assert.equal((await open(ours.ids.session, ours.secret)).status, 404, 'its secret, and the key of another shop')
    assert.equal((await open(theirs.id, theirs.payment_session_secret, b.world.secret_key)).status, 401)
  })

  await t.test('an id inside a body names nothing of another merchant', async () => {
    for (const [kind, members, code] of [
      ['channel', (id: string) => ({ processing_channel_id: id }), 'processing_channel_id_invalid'],
      ['customer', (id: string) => ({ customer: { id } }), 'customer_not_found'],
    ] as const) {
      const create = (id: string) => asB('POST', '/payment-sessions', { ...SESSION_BODY, ...members(id) }, {})
      const foreign = await create(ours.ids[kind])
      assert.equal(foreign.status, 422, foreign.text)
      assert.deepEqual(foreign.body.error_codes, [code])
      assert.deepEqual(comparable(foreign), comparable(await create(absentId(kind))))

      const submit = async (id: string) =>
        asB(
          'POST',
          `/payment-sessions/${theirs.id}/submit`,
          { session_data: await b.calls.seal(theirs, CARDS.approved), ...members(id) },
          {},
        )
      const submitted = await submit(ours.ids[kind])
      assert.equal(submitted.status, 422, submitted.text)
      assert.deepEqual(submitted.body.error_codes, [code])
      assert.deepEqual(comparable(submitted), comparable(await submit(absentId(kind))))
    }
  })

  await t.test('a card on file is neither offered to nor charged by another merchant', async () => {
    const storedCard = (of: { customer: string; instrument: string }) => ({
      payment_method_configuration: { stored_card: { customer_id: of.customer, instrument_ids: [of.instrument] } },
    })
    const offeredTo = async (calls: typeof a.calls) => {
      const session = await calls.requestSession(storedCard(ours.ids))
      const { body } = await calls.get(`/payment-sessions/${session.id}/eligibility`)
      return { session, offered: body.methods.find(({ type }: Json) => type === 'stored_card').offered as boolean }
    }
    const mine = await offeredTo(a.calls)
    assert.equal(mine.offered, true)
    const { session, offered } = await offeredTo(b.calls)
    assert.equal(offered, false)
    const pay = async (instrument_id: string) => {
      const session_data = await makeSessionData({
        framesUrl: sluice.urls.frames,
        sessionId: session.id,
        secret: session.payment_session_secret,
        stored: { instrument_id, cvv: '100' },
      })
      return asB('POST', `/payment-sessions/${session.id}/submit`, { session_data }, {})
    }
    const foreign = await pay(ours.ids.instrument)
    assert.deepEqual(foreign.body.error_codes, ['source_id_invalid'])
    assert.deepEqual(comparable(foreign), comparable(await pay(absentId('instrument'))))
  })

  await t.test('what was sealed for another merchant pays nobody else', async () => {
    const swapped = await asB('POST', `/payment-sessions/${theirs.id}/submit`, { session_data: sealedForOurs }, {})
    assert.deepEqual(swapped.body.error_codes, ['session_data_invalid'])
    const forA = await makeSessionlessData({
      framesUrl: sluice.urls.frames,
      entityId: a.world.entity_id,
      card: CARDS.approved,
      amount: 1000,
      currency: 'GBP',
    })
    const { reference: _, ...body } = SESSION_BODY
    const completed = await asB('POST', '/payment-sessions/complete', { ...body, session_data: forA }, {})
    assert.deepEqual(completed.body.error_codes, ['session_data_invalid'])
  })

  await t.test('an idempotency key is its merchant’s own', async () => {
    const headers = { 'cko-idempotency-key': 'one-key-of-two' }
    const first = await a.calls.post('/payment-sessions', FULL_BODY, headers)
    const again = await a.calls.post('/payment-sessions', FULL_BODY, headers)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const other = await b.calls.post('/payment-sessions', SESSION_BODY, headers)
    assert.equal(other.status, 201, other.text)
    assert.equal(other.headers.get('idempotent-replayed'), null)
    assert.notEqual(other.body.id, first.body.id)
  })

  await t.test('the same e-mail is another customer at another merchant', async () => {
    const customer = { email: 'ada@example.com', name: 'Ada' }
    const paid = await b.calls.submit(await b.calls.requestSession({ customer }), CARDS.approved)
    const payment = await b.calls.payment(paid.body.id)
    heardByB.push(JSON.stringify(payment))
    assert.notEqual(payment.customer.id, ours.ids.customer)
    assert.notEqual(payment.source.fingerprint, ours.fingerprint)
  })

  await t.test('nothing of one merchant stands in any answer to the other', () => {
    assert.ok(heardByB.length > 200, `${heardByB.length} answers`)
    const heard = heardByB.join('\n')
    for (const secret of [...secrets, ...Object.values(ours.ids)]) assert.ok(!heard.includes(secret), secret)
    assert.ok(JSON.stringify(ours.answers).includes(MARK), 'the marker would be found where it stands')
  })

  await t.test('what B tried left no trace on what A has', async () => {
    const session = await a.calls.get(`/payment-sessions/${ours.ids.session}`)
    assert.equal(session.body.status, 'Pending')
    await sluice.assertSound()
  })
})

test('what a credential may do', async (t) => {
  const sluice = await startSluice(t)
  const document = (await documentOf(sluice.urls.api)) as OpenApi
  const world = await merchant(sluice, 'Scoped')
  const { rows } = await sluice.ctx.store.db.query<{ entity_key: number }>({
    name: 'entity_of_test',
    text: 'select entity_key from entities where id = $1',
    values: [uuidOf('entity', world.world.entity_id)],
  })
  const entityKey = (rows[0] as { entity_key: number }).entity_key

  async function keyWith(scopes: readonly string[], kind: 'secret' | 'public' = 'secret'): Promise<string> {
    const key = `${kind === 'secret' ? 'sk' : 'pk'}_sbox_${Array.from(randomBytes(27), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')}`
    const mac = sluice.ctx.vault.mac(KEY_MAC, key).toString('hex')
    await insertCredentials(sluice.ctx.store.db, entityKey, [{ mac, kind, label: 'test', scopes, channels: null }])
    return key
  }

  await t.test('each scope opens the operations that ask for it or for a child of it, and no other', async () => {
    const guarded = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security)
        .map(([method, { security = [] }]) => ({
          path: path.replace('{id}', absentId('session')),
          method: method.toUpperCase(),
          scopes: security.flatMap(({ oauth2 }) => (oauth2 ? [oauth2] : [])),
          kind: security.some((one) => one['secretKey']) ? ('secret' as const) : ('public' as const),
        })),
    )
    assert.ok(guarded.length >= 8)
    for (const granted of ['', ...SCOPES]) {
      const scopesOfKey = granted === '' ? [] : [granted]
      const keys = { secret: await keyWith(scopesOfKey), public: await keyWith(scopesOfKey, 'public') }
      for (const { path, method, scopes, kind } of guarded) {
        const anyScope = scopes.some((one) => one.length === 0)
        const opens =
          granted !== '' &&
          (anyScope || scopes.some(([wanted]) => wanted === granted || wanted?.startsWith(`${granted}:`)))
        const answer = await sluice.call(method, path, method === 'POST' ? '{"amount":-1,"seed":7}' : undefined, {
          authorization: keys[kind],
        })
        assert.equal(answer.status === 403, !opens, `${granted || 'no scope'}: ${method} ${path} ${answer.status}`)
        if (!opens) assert.deepEqual(answer.body.error_codes, ['action_not_allowed'])
        assert.notEqual(answer.status, 401)
      }
    }
  })

  await t.test('a key for one channel uses that channel, and finds nothing on the others', async () => {
    const whole = await merchant(sluice, 'Two channels')
    const first = whole.world.processing_channel_id
    const added = await createEntity(sluice.ctx, { name: 'Two channels', channel: 'second' })
    const narrow = client(sluice.urls, added.keys.secret)
    const token = client(sluice.urls, await tokenOf(sluice, added.keys))
    const onFirst = { processing_channel_id: first }
    const paidOnFirst = await whole.calls.submit(await whole.calls.requestSession(onFirst), CARDS.approved)
    const another = await whole.calls.requestSession(onFirst)
    assert.equal(paidOnFirst.status, 201, paidOnFirst.text)
    const unsaid = await whole.calls.post('/payment-sessions', SESSION_BODY)
    assert.deepEqual(unsaid.body.error_codes, ['processing_channel_id_required'])

    for (const calls of [narrow, token]) {
      const own = await calls.requestSession()
      const refused = await calls.post('/payment-sessions', { ...SESSION_BODY, ...onFirst })
      assert.deepEqual(refused.body.error_codes, ['processing_channel_id_invalid'])
      const session_data = await calls.seal(own, CARDS.approved)
      const moved = await calls.post(`/payment-sessions/${own.id}/submit`, {
        session_data,
        processing_channel_id: first,
      })
      assert.deepEqual(moved.body.error_codes, ['processing_channel_id_invalid'])
      const paid = await calls.submit(own, CARDS.approved)
      assert.equal(paid.status, 201, paid.text)
      assert.equal((await calls.payment(paid.body.id)).processing_channel_id, added.processing_channel_id)

      for (const path of [
        `/payment-sessions/${another.id}`,
        `/payment-sessions/${another.id}/eligibility`,
        `/payments/${paidOnFirst.body.id}`,
        `/payments/${paidOnFirst.body.id}/actions`,
        `/payments/${another.id}`,
      ]) {
        assert.equal((await calls.get(path)).status, 404, path)
      }
      const stolen = await calls.post(`/payment-sessions/${another.id}/submit`, {
        session_data: await whole.calls.seal(another, CARDS.approved),
      })
      assert.equal(stolen.status, 404)
    }
    assert.equal((await whole.calls.submit(another, CARDS.approved)).status, 201)
  })
})

test('what a browser may say', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const session_data = await sluice.seal(session, CARDS.approved)
  const properties = (SubmitSessionBody as unknown as JsonSchema).properties ?? {}

  for (const [name, schema] of Object.entries(properties)) {
    if (name === 'session_data') continue
    const code = `${name === '3ds' ? 'three_ds' : name}_not_allowed`
    await t.test(`${code}: ${name} in a submit with a public key is refused, whatever its value`, async () => {
      for (const value of [rightValue(schema), null, 'x', {}, [], 0]) {
        const answer = await sluice.submitFromBrowser(session, { session_data, [name]: value })
        assert.equal(answer.status, 422, answer.text)
        assert.deepEqual(answer.body.error_codes, [code])
      }
    })
  }

  await t.test('all of them at once are named one by one, and nothing has been charged', async () => {
    const names = Object.keys(properties).filter((name) => name !== 'session_data')
    const body = Object.fromEntries(names.map((name) => [name, rightValue(properties[name] as JsonSchema)]))
    const answer = await sluice.submitFromBrowser(session, { ...body, session_data })
    assert.equal(answer.body.error_codes.length, names.length)
    assert.deepEqual(await sluice.ledger(), [])
    assert.equal((await sluice.submitFromBrowser(session, { session_data, unknown: 1 })).status, 201)
  })

  await t.test('a public key creates, completes and lists nothing, with a session’s secret or without', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const headers = [
      { authorization: world.public_key },
      { authorization: world.public_key, 'sluice-session-secret': session.payment_session_secret },
    ]
    for (const header of headers) {
      for (const path of ['/payment-sessions', '/payment-sessions/complete', '/sandbox/worlds']) {
        assert.equal((await sluice.post(path, SESSION_BODY, header)).status, 401, path)
      }
      for (const path of [
        `/payments/${session.id}`,
        `/payments/${session.id}/actions`,
        `/payment-sessions/${session.id}/eligibility`,
      ]) {
        assert.equal((await sluice.get(path, header)).status, 401, path)
      }
    }
  })
})

async function merchant(sluice: Sluice, name: string) {
  const { status, body: world, text } = await sluice.post('/sandbox/worlds', { name })
  assert.equal(status, 201, text)
  return { world, calls: client(sluice.urls, world.secret_key) }
}

/** One id of each kind that merchant A has, with what its own answers say. */
async function belongings(sluice: Sluice, { world, calls }: Awaited<ReturnType<typeof merchant>>) {
  const session = await calls.requestSession(FULL_BODY)
  const customer = { email: 'ada@example.com', name: `${MARK} Ada` }
  const keep = { payment_method_configuration: { card: { store_payment_details: 'enabled' } } }
  const paid = await calls.submit(await calls.requestSession({ ...FULL_BODY, ...keep, customer }), CARDS.approved)
  const payment = await calls.payment(paid.body.id)
  const actions = await calls.get(`/payments/${paid.body.id}/actions`)
  const sent = await calls.submit(
    await calls.requestSession({ ...FULL_BODY, '3ds': { enabled: true } }),
    CARDS.approved,
  )
  assert.equal(sent.body.status, 'Action Required', sent.text)
  const { authentication_id } = await calls.payment(sent.body.id)
  const { rows } = await sluice.ctx.store.db.query<{ id: string }>({
    name: 'event_of_test',
    text: 'select id from events where subject_id = $1 limit 1',
    values: [uuidOf('payment', paid.body.id)],
  })
  const typed = { type: 'card', number: CARDS.approved.number, expiry_month: 12, expiry_year: 2030, name: MARK }
  const tokenized = await calls.post('/tokens', typed, { authorization: `Bearer ${world.public_key}` })
  const hook = { type: 'webhook', url: 'http://127.0.0.1:1/' }
  const all = { type: 'event', events: { gateway: ['payment_declined'] } }
  const workflow = await calls.post('/workflows', { name: MARK, conditions: [all], actions: [hook] })
  const { conditions, actions: receivers } = (await calls.get(`/workflows/${workflow.body.id}`)).body
  const scenario = await calls.post('/sandbox/scenarios', { name: 'outage-5m', to: { metadata: true } })
  const hold = await calls.post('/sandbox/holds', { at: 'submit.claimed', match: { session_id: session.id } })
  const ids: Record<IdKind, string> = {
    session: session.id,
    payment: paid.body.id,
    action: actions.body[0].id,
    redirect: authentication_id,
    customer: payment.customer.id,
    instrument: payment.source.id,
    channel: world.processing_channel_id,
    entity: world.entity_id,
    event: wireId('event', rows[0]?.id as string),
    client: world.client_id,
    token: tokenized.body.token,
    workflow: workflow.body.id,
    workflowAction: receivers[0].id,
    workflowCondition: conditions[0].id,
    scenario: scenario.body.id,
    hold: hold.body.id,
    // Names a try of a delivery, and opens nothing.
    invocation: wireId('invocation', rows[0]?.id as string),
  }
  for (const [kind, id] of Object.entries(ids)) assert.ok(uuidOf(kind as IdKind, id), `${kind} ${id}`)
  return {
    ids,
    secret: session.payment_session_secret,
    token: session['payment_session_token'] as string,
    fingerprint: payment.source.fingerprint as string,
    answers: [session, payment],
  }
}

/** Of the right shape, and nobody's. */
function absentId(kind: IdKind): string {
  return wireId(kind, '01900000-0000-7000-8000-00000000abcd')
}

/** An answer without what differs from one request to the next. */
function comparable({ status, text, headers, body }: Answer) {
  const names = [...headers].filter(([name]) => !['cko-request-id', 'date', 'content-length'].includes(name))
  return { status, headers: names, text: text.replace(body?.request_id ?? '', '') }
}

async function tokenOf(
  sluice: Sluice,
  { client_id, client_secret }: { client_id: string; client_secret: string },
): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
  const answer = await sluice.post('/connect/token', form.toString(), {
    authorization: '',
    'content-type': 'application/x-www-form-urlencoded',
  })
  assert.equal(answer.status, 200, answer.text)
  return answer.body.access_token
}
