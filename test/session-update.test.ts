/** A session changed by its merchant before it is paid: what follows, what is refused, and who wins at one moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import type { JsonSchema } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { readSessionToken } from '@sluice/core/session-token'
import { UpdateSessionBody } from '@sluice/core/wire/update'
import { rightValue } from '../packages/core/test/bodies.ts'
import { CARDS } from './support/cards.ts'
import {
  type Answer,
  client,
  eventually,
  type Json,
  PUBLIC_KEY,
  type Session,
  SESSION_BODY,
  startSluice,
} from './support/sluice.ts'

test('a payment session is changed until it is paid', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  const update = (session: Session, body: unknown, headers?: Record<string, string>) =>
    sluice.call('PATCH', `/payment-sessions/${session.id}`, body, headers)
  const read = (session: Session) => sluice.get(`/payment-sessions/${session.id}`)
  const refused = (answer: Answer, status: number, ...codes: string[]) =>
    assert.deepEqual([answer.status, answer.body.error_codes], [status, codes], answer.text)
  const storedRequest = async (session: Session) => {
    const { entity_key } = (
      await sluice.ctx.store.db.query<{ entity_key: number }>({
        name: 'entity_of_session_of_test',
        text: 'select entity_key from payment_sessions where id = $1',
        values: [uuidOf('session', session.id)],
      })
    ).rows[0] as { entity_key: number }
    return (await sluice.ctx.store.readSession(entity_key, uuidOf('session', session.id) as string))?.request as Json
  }

  await t.test('what is sent replaces whole members, what is absent stays, and the answer is the session', async () => {
    const before = {
      amount: 1000,
      reference: 'ORD-1',
      metadata: { a: 1, b: 2 },
      customer: { email: 'ada@example.com', name: 'Ada' },
      description: 'Books',
    }
    const session = await sluice.requestSession(before)
    const shipping = { address: { address_line1: '1 Main St', city: 'Paris', country: 'FR' } }
    const items = [{ name: 'Book', quantity: 2, unit_price: 1250, total_amount: 2500 }]
    const changes = {
      amount: 2500,
      currency: 'EUR',
      reference: 'ORD-2',
      metadata: { c: 3 },
      customer: { email: 'bea@example.com' },
      billing: { address: { country: 'FR' } },
      success_url: 'https://shop.example/yes',
      failure_url: 'https://shop.example/no',
      shipping,
      items,
    }

    const answer = await update(session, changes)

    assert.equal(answer.status, 200, answer.text)
    const { success_url, failure_url, metadata, shipping: _, items: products, ...shown } = changes
    assert.deepEqual(pick(answer.body, Object.keys(shown)), shown)
    assert.equal(answer.body.products[0].unit_price, 1250)
    assert.equal(answer.body.description, 'Books')
    assert.equal(answer.body.expires_on, session['expires_on'])
    assert.deepEqual((await read(session)).body, answer.body)
    const stored = await storedRequest(session)
    assert.deepEqual(pick(stored, Object.keys(changes)), {
      ...shown,
      success_url,
      failure_url,
      metadata,
      shipping,
      items: products,
    })
  })

  await t.test('token and methods are those of the new facts, and the browser is told the same', async () => {
    const session = await sluice.requestSession({ reference: 'ORD1' })
    const offeredBefore = methodsOf(session)
    const { body } = await update(session, { amount: 4200, currency: 'EUR', billing: { address: { country: 'NL' } } })

    const token = readSessionToken(body.payment_session_token)
    assert.deepEqual([token?.amount, token?.currency], [4200, 'EUR'])
    assert.ok(!offeredBefore.includes('ideal') && methodsOf(body).includes('ideal'), methodsOf(body).join())
    assert.equal(body.payment_session_secret, session.payment_session_secret)
    const explained = (await sluice.get(`/payment-sessions/${session.id}/eligibility`)).body.methods
    assert.equal(explained.find(({ type }: Json) => type === 'ideal').offered, true)
    const displayed = await inBrowser(session)
    assert.deepEqual([displayed.amount, displayed.currency], [4200, 'EUR'])
    assert.ok(displayed.payment_methods.some(({ type }: Json) => type === 'ideal'))
  })

  await t.test('every payment and event after it carries the newest reference and metadata', async () => {
    const session = await sluice.requestSession({ reference: 'OLD', metadata: { order: 'old', gone: true } })
    const declined = await sluice.submit(session, CARDS.declined)
    assert.equal(declined.body.status, 'Declined', declined.text)
    assert.equal((await update(session, { reference: 'NEW', metadata: { order: 'new' }, amount: 700 })).status, 200)

    const paid = await sluice.submit(session, CARDS.approved)

    assert.equal(paid.body.status, 'Approved', paid.text)
    const metadata = { order: 'new', cko_payment_session_id: session.id }
    const payment = await eventually(async () => {
      const one = await sluice.payment(paid.body.id)
      return one.status === 'Captured' && one
    })
    assert.deepEqual([payment.reference, payment.metadata, payment.amount], ['NEW', metadata, 700])
    const events = await eventually(async () => {
      const { data } = (await sluice.get(`/workflows/events/subject/${paid.body.id}`)).body
      return data?.length === 2 && data
    })
    for (const { id } of events) {
      const { data, type } = (await sluice.get(`/workflows/events/${id}`)).body
      assert.deepEqual([data.reference, data.metadata], ['NEW', metadata], type)
    }
    const first = await sluice.payment(declined.body.id)
    assert.deepEqual([first.reference, first.amount], ['OLD', 1000], 'an attempt stays what it was')
  })

  await t.test('a session is held back until its final amount is set', async () => {
    const session = await sluice.requestSession({ payable: false })
    const early = await sluice.seal(session, CARDS.approved, { amount: 1000, currency: 'GBP' })
    refused(await sluice.submitFromBrowser(session, { session_data: early }), 422, 'payment_session_not_payable')

    const final = await update(session, { amount: 1350, payable: true })

    assert.equal(final.body.payable, undefined)
    refused(await sluice.submitFromBrowser(session, { session_data: early }), 422, 'amount_changed')
    const late = await sluice.seal(session, CARDS.approved, { amount: 1350, currency: 'GBP' })
    const paid = await sluice.submitFromBrowser(session, { session_data: late })
    assert.equal(paid.body.status, 'Approved', paid.text)
    assert.equal((await sluice.payment(paid.body.id)).amount, 1350)

    const held = await sluice.requestSession()
    assert.equal((await update(held, { payable: false })).body.payable, false)
    assert.equal((await inBrowser(held)).payable, false)
    assert.equal('payable' in (await inBrowser(session)), false)
    refused(await sluice.submit(held, CARDS.approved), 422, 'payment_session_not_payable')
  })

  await t.test(
    'payment_session_changed: If-Match lets a change through on the version that was read, and no other',
    async () => {
      const created = await sluice.post('/payment-sessions', SESSION_BODY)
      const session = created.body as Session
      const first = created.headers.get('etag') as string
      assert.equal((await read(session)).headers.get('etag'), first)
      assert.match(first, /^"[^"]+"$/)

      const changed = await update(session, { amount: 2 }, { 'if-match': first })
      const second = changed.headers.get('etag') as string
      assert.equal(changed.status, 200, changed.text)
      assert.notEqual(second, first)
      const stale = await update(session, { amount: 3 }, { 'if-match': first })
      refused(stale, 412, 'payment_session_changed')
      assert.equal(stale.body.error_type, 'precondition_failed')
      refused(await update(session, { amount: 3 }, { 'if-match': `W/${second}` }), 412, 'payment_session_changed')
      assert.equal((await read(session)).body.amount, 2)
      assert.equal((await update(session, { amount: 4 }, { 'if-match': `${first}, ${second}` })).status, 200)
      assert.equal((await update(session, { amount: 5 }, { 'if-match': '*' })).status, 200)
      await sluice.submit(session, CARDS.declined)
      assert.notEqual((await read(session)).headers.get('etag'), second, 'an attempt makes a version, too')
    },
  )

  await t.test('of twenty changes on one version one is made', async () => {
    const session = await sluice.requestSession()
    const etag = (await read(session)).headers.get('etag') as string
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => update(session, { amount: 100 + at }, { 'if-match': etag })),
    )
    const made = answers.filter(({ status }) => status === 200)
    assert.equal(made.length, 1)
    for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 412, 'payment_session_changed')
    assert.equal((await read(session)).body.amount, made[0]?.body.amount)
  })

  await t.test('a change under an idempotency key is made once, and its answer is kept without a version', async () => {
    const session = await sluice.requestSession()
    const headers = {
      'cko-idempotency-key': 'change-1',
      'if-match': (await read(session)).headers.get('etag') as string,
    }
    const one = await update(session, { amount: 11 }, headers)
    assert.equal((await update(session, { amount: 12 })).status, 200)
    const again = await update(session, { amount: 11 }, headers)
    assert.equal(again.text, one.text)
    assert.deepEqual([again.headers.get('idempotent-replayed'), again.headers.get('etag')], ['true', null])
    assert.equal((await read(session)).body.amount, 12)
    refused(await update(session, { amount: 13 }, headers), 422, 'idempotency_key_reused')
  })

  await t.test('`patch` in lower case, as one official client spells methods, is the same', async () => {
    const session = await sluice.requestSession()
    const answer = await sluice.call('patch', `/payment-sessions/${session.id}`, { amount: 77 })
    assert.deepEqual([answer.status, answer.body.amount], [200, 77])
  })

  await t.test(
    'what is settled when a session is made is refused by name, and what nobody knows is passed over',
    async () => {
      const session = await sluice.requestSession()
      const settled = Object.keys(CreateSessionBody.properties).filter(
        (name) => !(name in UpdateSessionBody.properties),
      )
      assert.ok(settled.includes('expires_on') && settled.includes('processing_channel_id') && settled.includes('3ds'))
      for (const name of settled) {
        const value = rightValue(CreateSessionBody.properties[name as 'risk'] as unknown as JsonSchema)
        const code = `${name === '3ds' ? 'three_ds' : name}_not_allowed`
        refused(await update(session, { amount: 5, [name]: value }), 422, code)
        refused(await update(session, { amount: 5, [name]: null }), 422, code)
      }
      assert.equal((await read(session)).body.amount, 1000)
      assert.equal((await update(session, { unknown: 1, session_data: 'x' })).status, 200)
    },
  )

  await t.test('the rules of a new session hold for the session as it would be', async () => {
    const shares = (amount: number) => [{ id: `ent_${'a'.repeat(26)}`, amount }]
    const session = await sluice.requestSession({ amount: 1000, currency: 'KWD', amount_allocations: shares(1000) })
    refused(await update(session, { amount: 1010 }), 422, 'amount_allocations_sum_invalid')
    refused(await update(session, { amount: 1011, amount_allocations: shares(1011) }), 422, 'amount_invalid')
    refused(
      await update(session, { amount: '1', reference: 'x'.repeat(51) }),
      422,
      'amount_invalid',
      'reference_invalid',
    )
    refused(await update(session, { billing: { address: {} } }), 422, 'billing_address_country_required')
    refused(await update(session, { reference: '4242424242424242' }), 422, 'reference_invalid')
    refused(await update(session, { customer: { id: `cus_${'a'.repeat(26)}` } }), 422, 'customer_not_found')
    refused(await update(session, { metadata: null }), 422, 'metadata_invalid')
    assert.equal((await update(session, { amount: 1010, amount_allocations: shares(1010) })).status, 200)
    const items = [{ name: 'Book', quantity: 2, unit_price: 3, total_amount: 7 }]
    refused(await update(session, { items }), 422, 'items_total_amount_invalid')
    assert.equal((await read(session)).body.amount, 1010)
  })

  await t.test('a session that has ended is not changed', async () => {
    const paid = await sluice.requestSession()
    assert.equal((await sluice.submit(paid, CARDS.approved)).body.status, 'Approved')
    refused(await update(paid, { reference: 'x' }), 422, 'payment_session_already_completed')
    refused(await update(paid, { reference: 'x' }, { 'if-match': '"0"' }), 422, 'payment_session_already_completed')
    const used = await sluice.requestSession({ customer_retry: { max_attempts: 0 } })
    await sluice.submit(used, CARDS.declined)
    refused(await update(used, { amount: 5 }), 422, 'payment_session_attempts_exceeded')
  })

  await t.test('while an attempt is being sent it is 429, and nothing changes', async () => {
    const session = await sluice.requestSession({ metadata: { sluice_simulator: 'slow:2000' } })
    const paying = sluice.submit(session, CARDS.approved)
    await eventually(async () => (await read(session)).body.payment_id !== undefined)
    const answer = await update(session, { amount: 5 })
    refused(answer, 429, 'session_already_in_use')
    assert.equal(answer.body.error_type, 'duplicate_requests_detected')
    assert.ok(Number(answer.headers.get('retry-after')) >= 1)
    assert.equal((await paying).body.status, 'Approved')
  })

  await t.test('while an attempt waits for its shopper nothing is changed, money or not', async () => {
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const waiting = await sluice.submit(session, CARDS.approved)
    assert.equal(waiting.body.status, 'Action Required', waiting.text)
    for (const change of [{ amount: 5 }, { reference: 'x' }]) {
      const answer = await update(session, change)
      refused(answer, 422, 'payment_session_attempt_pending')
      assert.ok(Number(answer.headers.get('retry-after')) >= 1)
    }
    assert.equal((await sluice.post(`/payments/${waiting.body.id}/cancellations`)).status, 202)
    await eventually(async () => (await update(session, { amount: 5 })).status === 200)
  })

  await t.test('a stranger’s session is not found, and a public key changes nothing', async () => {
    const session = await sluice.requestSession()
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const strangers = client(sluice.urls, world.secret_key)
    refused(await strangers.call('PATCH', `/payment-sessions/${session.id}`, { amount: 5 }), 404, 'resource_not_found')
    refused(await sluice.call('PATCH', '/payment-sessions/ps_x', { amount: 5 }), 404, 'resource_not_found')
    const fromBrowser = { authorization: PUBLIC_KEY, 'sluice-session-secret': session.payment_session_secret }
    assert.equal((await update(session, { amount: 5 }, fromBrowser)).status, 401)
    assert.equal((await read(session)).body.amount, 1000)
  })

  await t.test('a change and a payment at one moment: nobody pays a sum he did not see', async () => {
    const seen = { paidOld: 0, changedFirst: 0 }
    for (let round = 0; round < 24; round++) {
      const session = await sluice.requestSession({ capture: false })
      const session_data = await sluice.seal(session, CARDS.approved, { amount: 1000, currency: 'GBP' })
      const submit = () => sluice.submitFromBrowser(session, { session_data })
      const change = async () => {
        // Now one, now the other is a little ahead.
        await new Promise((resolve) => setTimeout(resolve, round % 8))
        return await update(session, { amount: 2000 })
      }

      const [paid, changed] = await Promise.all([submit(), change()])

      const { amount } = (await read(session)).body
      if (paid.status === 201) {
        assert.equal((await sluice.payment(paid.body.id)).amount, 1000)
        assert.ok(changed.status === 429 || changed.status === 422, changed.text)
        assert.equal(amount, 1000)
        seen.paidOld++
      } else {
        refused(paid, 422, 'amount_changed')
        assert.deepEqual([changed.status, amount], [200, 2000])
        seen.changedFirst++
      }
    }
    assert.equal(seen.paidOld + seen.changedFirst, 24)
    t.diagnostic(JSON.stringify(seen))
  })

  /** What the shopper's browser is told of it. */
  async function inBrowser({ id, payment_session_secret: secret }: Session): Promise<Json> {
    const answer = await fetch(`${sluice.urls.frames}/frame/payment-sessions/${id}`, {
      headers: { 'sluice-session-secret': secret },
    })
    return await answer.json()
  }

  function methodsOf(session: Json): string[] {
    return readSessionToken(session.payment_session_token)?.payment_methods.map(({ type }) => type) ?? []
  }
})

test('a time of capture that has passed is no reason to refuse a change, the end of the session is', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession({ capture_on: new Date(Date.now() + 30 * 60_000).toISOString() })
  const update = () => sluice.call('PATCH', `/payment-sessions/${session.id}`, { amount: 5 })
  await sluice.advance('40 minutes')
  assert.equal((await update()).status, 200)
  await sluice.advance('21 minutes')
  const answer = await update()
  assert.deepEqual([answer.status, answer.body.error_codes], [422, ['payment_session_expired']])
  await sluice.assertSound()
})

function pick(from: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]))
}
