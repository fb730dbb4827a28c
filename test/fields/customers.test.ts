/** `customer` and what is kept for him: who he is, and the cards a merchant’s server may offer him again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { makeSessionData } from '@sluice/sealing/make'
import { CARDS } from '../support/cards.ts'
import { SESSION_BODY } from '../support/sluice.ts'
import { completing, type Json, type Session, startSluice, tokenOf } from './support.ts'

const NOBODY = `cus_${'a'.repeat(26)}`
const CONSENTING = { ...CARDS.approved, store: true }

test('customers and their cards', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  const keeping = (store_payment_details: string) => ({
    payment_method_configuration: { card: { store_payment_details } },
  })

  async function customerRow(id: string): Promise<Json> {
    const { rows } = await sluice.ctx.store.db.query({
      name: 'customer_by_id',
      text: 'select email, name, phone from customers where id = $1',
      values: [uuidOf('customer', id)],
    })
    return rows[0]
  }

  /** A payment whose card was kept. */
  async function payAndKeep(email: string, card = CARDS.approved) {
    const session = await sluice.requestSession({ customer: { email }, ...keeping('enabled') })
    const answer = await sluice.submit(session, card)
    return await sluice.payment(answer.body.id)
  }

  async function payStored(session: Session, stored: { instrument_id: string; cvv?: string }, members = {}) {
    const session_data = await makeSessionData({
      framesUrl: sluice.urls.frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      stored,
    })
    return await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data, ...members })
  }

  const offers = (session: Session) => tokenOf(session).payment_methods.map(({ type }) => type as string)

  await t.test('an unknown e-mail address makes a customer, a known one links to that customer', async () => {
    const customer = {
      email: 'Ada@shop.example',
      name: 'Ada Lovelace',
      phone: { country_code: '+44', number: '7700 900123' },
    }
    const first = await sluice.submit(await sluice.requestSession({ customer }), CARDS.approved)
    const made = (await sluice.payment(first.body.id)).customer
    assert.match(made.id, /^cus_[a-z2-7]{26}$/)
    assert.deepEqual({ ...made, id: undefined }, { ...customer, id: undefined })
    assert.deepEqual(await customerRow(made.id), customer)

    const again = await sluice.submit(await sluice.requestSession(), CARDS.approved, {
      customer: { email: 'ada@SHOP.example' },
    })
    assert.equal((await sluice.payment(again.body.id)).customer.id, made.id)

    const completed = await completing(sluice, { customer: { email: 'grace@shop.example' } })
    assert.notEqual((await sluice.payment(completed.body.id)).customer.id, made.id)
  })

  await t.test('a customer is named by id, and an id nobody has is refused', async () => {
    const { customer } = await payAndKeep('known@shop.example')
    const session = await sluice.requestSession({ customer: { id: customer.id } })
    const answer = await sluice.submit(session, CARDS.approved)
    assert.equal((await sluice.payment(answer.body.id)).customer.id, customer.id)

    const unknown = { customer: { id: NOBODY } }
    const open = await sluice.requestSession()
    for (const refused of [
      await sluice.post('/payment-sessions', { ...SESSION_BODY, ...unknown }),
      await sluice.submit(open, CARDS.approved, unknown),
      await completing(sluice, unknown),
    ]) {
      assert.deepEqual([refused.status, refused.body.error_codes], [422, ['customer_not_found']])
    }
  })

  await t.test('a card is kept when its payment is approved and the merchant, or the shopper, wants it', async () => {
    const cases = [
      { wish: 'enabled', card: CARDS.approved, kept: true },
      { wish: 'enabled', card: CARDS.declined, kept: false },
      { wish: 'collect_consent', card: CONSENTING, kept: true },
      { wish: 'collect_consent', card: CARDS.approved, kept: false },
      { wish: 'disabled', card: CONSENTING, kept: false },
    ]
    for (const [at, { wish, card, kept }] of cases.entries()) {
      const session = await sluice.requestSession({ customer: { email: `keep${at}@shop.example` }, ...keeping(wish) })
      const { source } = await sluice.payment((await sluice.submit(session, card)).body.id)
      assert.equal(source.id !== undefined, kept, `${wish}, ${card.number}`)
      if (kept) assert.match(source.id, /^src_[a-z2-7]{26}$/)
      assert.equal((tokenOf(session).payment_methods[0] as Json).store_payment_details, wish)
    }
    const nobodys = await sluice.submit(await sluice.requestSession(keeping('enabled')), CARDS.approved)
    assert.equal((await sluice.payment(nobodys.body.id)).source.id, undefined)

    const overridden = await sluice.requestSession({ customer: { email: 'not@shop.example' }, ...keeping('enabled') })
    const answer = await sluice.submit(overridden, CARDS.approved, keeping('disabled'))
    assert.equal((await sluice.payment(answer.body.id)).source.id, undefined)
  })

  await t.test('the same card of the same customer is kept once', async () => {
    const [first, second] = [await payAndKeep('twice@shop.example'), await payAndKeep('twice@shop.example')]
    assert.equal(first.source.id, second.source.id)
    assert.notEqual((await payAndKeep('other@shop.example')).source.id, first.source.id)
  })

  await t.test('stored cards are offered for a customer or cards the server named, and pay', async () => {
    const { customer, source } = await payAndKeep('stored@shop.example')
    const named = (stored_card: object) => ({ payment_method_configuration: { stored_card } })

    for (const members of [
      { customer: { id: customer.id } },
      named({ customer_id: customer.id }),
      named({ instrument_ids: [source.id] }),
    ]) {
      const session = await sluice.requestSession(members)
      assert.ok(offers(session).includes('stored_card'), JSON.stringify(members))
      const answer = await payStored(session, { instrument_id: source.id, cvv: '100' })
      assert.deepEqual([answer.status, answer.body.status, answer.body.type], [201, 'Approved', 'stored_card'])
      const payment = await sluice.payment(answer.body.id)
      assert.deepEqual(
        [payment.source.id, payment.source.type, payment.source.last4, payment.source.fingerprint],
        [source.id, 'card', '4242', source.fingerprint],
      )
    }
  })

  await t.test('a card the server did not name pays nothing', async () => {
    const mine = await payAndKeep('mine@shop.example')
    const yours = await payAndKeep('yours@shop.example')

    // A typed e-mail address proves nothing.
    const typed = await sluice.requestSession({ customer: { email: 'mine@shop.example' } })
    assert.ok(!offers(typed).includes('stored_card'))
    const session = await sluice.requestSession({ customer: { id: mine.customer.id } })
    for (const [at, refused] of [
      await payStored(typed, { instrument_id: mine.source.id }),
      await payStored(session, { instrument_id: yours.source.id }),
    ].entries()) {
      assert.equal(refused.status, 422, refused.text)
      assert.equal(refused.body.error_codes.length, 1, String(at))
    }

    // The server may name it for this attempt alone.
    const stored_card = { instrument_ids: [yours.source.id] }
    const answer = await payStored(
      session,
      { instrument_id: yours.source.id },
      { payment_method_configuration: { stored_card } },
    )
    assert.equal(answer.status, 201, answer.text)
  })

  await t.test('the card to be selected first is told to the component', async () => {
    const { customer, source } = await payAndKeep('first@shop.example')
    const stored_card = { customer_id: customer.id, default_instrument_id: source.id }

    const session = await sluice.requestSession({ payment_method_configuration: { stored_card } })

    const entry = tokenOf(session).payment_methods.find(({ type }) => type === 'stored_card')
    assert.equal(entry?.['default_instrument_id'], source.id)
  })

  await t.test('the account holder is told to the component and the bank, and shown with the payment', async () => {
    const account_holder = { type: 'corporate', company_name: 'Analytical Engines Ltd', email: 'pay@engines.example' }
    const session = await sluice.requestSession({ payment_method_configuration: { card: { account_holder } } })
    const answer = await sluice.submit(session, CARDS.approved)

    const [card] = tokenOf(session).payment_methods
    assert.deepEqual(card?.['account_holder'], account_holder)
    assert.deepEqual((await sluice.payment(answer.body.id)).source.account_holder, account_holder)
    const statement = await sluice.get((await sluice.get('/sandbox/bank')).body.statement_url)
    assert.match(statement.text, /Analytical Engines Ltd/)
  })

  await t.test(
    'an address or telephone number on a list is refused by the risk rules, unless they are switched off',
    async () => {
      const onAList = [
        { members: { customer: { email: 'blocked@shop.example' } }, code: '40203' },
        { members: { customer: { phone: { number: '555 000 0666' } } }, code: '40204' },
        { members: { ip_address: '203.0.113.66' }, code: '40202' },
      ]
      for (const { members, code } of onAList) {
        const declined = await sluice.submit(await sluice.requestSession(members), CARDS.approved)
        const payment = await sluice.payment(declined.body.id)
        assert.deepEqual([payment.status, payment.response_code], ['Declined', code])
        assert.deepEqual(payment.risk, { flagged: true, score: 100 })

        const unasked = await sluice.requestSession({ ...members, risk: { enabled: false } })
        assert.equal(tokenOf(unasked).risk.enabled, false)
        const { risk, approved } = await sluice.payment((await sluice.submit(unasked, CARDS.approved)).body.id)
        assert.deepEqual({ approved, risk }, { approved: true, risk: { flagged: false, score: 0 } })
      }
      const flagged = await completing(sluice, { customer: { email: 'risky@shop.example' }, risk: { enabled: true } })
      assert.deepEqual((await sluice.payment(flagged.body.id)).risk, { flagged: true, score: 70 })
    },
  )

  await t.test('ip_address is the server’s word, and the browser’s own address wins', async () => {
    const told = { ip_address: '198.51.100.7' }
    const byServer = await sluice.submit(await sluice.requestSession(told), CARDS.approved)
    assert.equal((await sluice.payment(byServer.body.id)).payment_ip, '198.51.100.7')
    const overridden = await sluice.submit(await sluice.requestSession(told), CARDS.approved, {
      ip_address: '2001:db8::7',
    })
    assert.equal((await sluice.payment(overridden.body.id)).payment_ip, '2001:db8::7')

    const session = await sluice.requestSession({ ip_address: '203.0.113.66' })
    const session_data = await sluice.seal(session, CARDS.approved)
    const byBrowser = await sluice.submitFromBrowser(session, { session_data })
    assert.equal(byBrowser.body.status, 'Approved', byBrowser.text)
    assert.equal((await sluice.payment(byBrowser.body.id)).payment_ip, '127.0.0.1')
  })
})
