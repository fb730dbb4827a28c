/** Members with a behaviour of their own: how much, when, where, in which language, on which channel, by which method. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEntity } from '@sluice/server/operations/create-entity'
import { makeSessionData } from '@sluice/sealing/make'
import { CARDS } from '../support/cards.ts'
import { type Answer, client, eventually, SESSION_BODY } from '../support/sluice.ts'
import { answerChallenge, carryOn, openChallenge, openIssuer } from '../support/three-ds.ts'
import { completing, type Json, type Session, startSluice, tokenOf } from './support.ts'

/** A card that is Visa and Cartes Bancaires; 3D Secure would challenge it. */
const CO_BADGED = { ...CARDS.approved, number: '4010061700000021' }

test('terms of a payment', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  /** One attempt on a session of its own; the payment as it is then. */
  async function pay(
    members: Record<string, unknown>,
    overrides = {},
    card: typeof CO_BADGED | (typeof CARDS)['partial'] = CARDS.approved,
  ) {
    const session = await sluice.requestSession(members)
    const answer = await sluice.submit(session, card, overrides)
    assert.ok(answer.body.id, answer.text)
    return { session, answer, payment: await sluice.payment(answer.body.id) }
  }

  const offers = (session: Session) => tokenOf(session).payment_methods.map(({ type }) => type as string)

  async function reasonsOf(session: Session, method: string): Promise<string[]> {
    const { methods } = (await sluice.get(`/payment-sessions/${session.id}/eligibility`)).body
    return methods.find(({ type }: Json) => type === method).reasons.map(({ code }: Json) => code)
  }

  await t.test('amount and currency are what is authorized, and what submit names is charged instead', async () => {
    const { payment } = await pay({ amount: 1230, currency: 'KWD', capture: false })
    assert.deepEqual([payment.amount, payment.currency, payment.balances.total_authorized], [1230, 'KWD', 1230])

    const { payment: other } = await pay({ capture: false }, { amount: 700, currency: 'EUR' })
    assert.deepEqual([other.amount, other.currency, other.balances.total_authorized], [700, 'EUR', 700])

    const completed = await completing(sluice, { amount: 300, currency: 'JPY', capture: false })
    const { amount, currency } = await sluice.payment(completed.body.id)
    assert.deepEqual([amount, currency], [300, 'JPY'])
    const booked = (await sluice.ledger()).map((entry) => [entry.amount, entry.currency])
    assert.deepEqual(booked.slice(-3), [
      [1230, 'KWD'],
      [700, 'EUR'],
      [300, 'JPY'],
    ])
  })

  await t.test('the payer’s country and the currency decide which methods are offered', async () => {
    const british = await sluice.requestSession()
    const dutch = await sluice.requestSession({ currency: 'EUR', billing: { address: { country: 'NL' } } })

    assert.ok(!offers(british).includes('ideal'))
    assert.ok(offers(dutch).includes('ideal'))
    assert.deepEqual((await reasonsOf(british, 'ideal')).slice(0, 2), [
      'country_not_supported',
      'currency_not_supported',
    ])
  })

  await t.test('the first line of the billing address chooses the result of the address check', async () => {
    const billing = (address_line1: string) => ({
      billing: { address: { address_line1, zip: 'SW1A 1AA', country: 'GB' } },
    })

    const { payment } = await pay(billing('Test_Y'), {})
    assert.equal(payment.source.avs_check, 'Y')
    assert.deepEqual(payment.source.billing_address, billing('Test_Y').billing.address)
    assert.equal((await pay(billing('Test_Y'), billing('Test_N'))).payment.source.avs_check, 'N')
    assert.equal((await pay({})).payment.source.avs_check, 'S')
  })

  await t.test('only methods that are enabled and not disabled are offered, and no other pays', async () => {
    const enabled = await sluice.requestSession({
      currency: 'EUR',
      billing: { address: { country: 'NL' } },
      enabled_payment_methods: ['ideal'],
    })
    assert.deepEqual(offers(enabled), ['ideal'])
    const byCard = await sluice.submit(enabled, CARDS.approved)
    assert.deepEqual([byCard.status, byCard.body.error_codes], [422, ['payment_method_not_supported']])

    const disabled = await sluice.requestSession({
      enabled_payment_methods: ['card'],
      disabled_payment_methods: ['card'],
    })
    assert.deepEqual(offers(disabled), [])
    assert.deepEqual(await reasonsOf(disabled, 'card'), ['disabled_by_request'])
  })

  await t.test('items decide about methods that need them, and the session calls them products', async () => {
    const items = [{ name: 'Tea', quantity: 2, unit_price: 500 }]
    const without = await sluice.requestSession({ currency: 'GBP' })
    assert.ok((await reasonsOf(without, 'paypal')).includes('member_missing'))

    const session = await sluice.requestSession({ items })
    assert.ok(!(await reasonsOf(session, 'paypal')).includes('member_missing'))
    assert.deepEqual((await sluice.get(`/payment-sessions/${session.id}`)).body.products, items)
    const short = await sluice.requestSession({ items: [{ ...items[0], quantity: 1 }] })
    assert.ok((await reasonsOf(short, 'paypal')).includes('amounts_differ'))
  })

  await t.test('the total of an order line is what the line says, or it is refused', async () => {
    const line = { name: 'Tea', quantity: 2, unit_price: 600, discount_amount: 200 }
    const { payment } = await pay({}, { items: [{ ...line, total_amount: 1000 }] })
    assert.equal(payment.items[0].total_amount, 1000)

    const wrong = { items: [{ ...line, total_amount: 1200 }] }
    for (const refused of [
      await sluice.post('/payment-sessions', { ...SESSION_BODY, ...wrong }),
      await sluice.submit(await sluice.requestSession(), CARDS.approved, wrong),
      await completing(sluice, wrong),
    ]) {
      assert.deepEqual([refused.status, refused.body.error_codes], [422, ['items_total_amount_invalid']])
    }
  })

  await t.test('WeChat Pay and SeQura wait for processing.product_type', async () => {
    const chinese = {
      currency: 'CNY',
      billing: { address: { country: 'CN' } },
      items: [{ name: 'Tea', quantity: 1, unit_price: 1000, wxpay_goods_id: '7' }],
    }
    const without = await reasonsOf(await sluice.requestSession(chinese), 'wechatpay')
    const given = await reasonsOf(
      await sluice.requestSession({ ...chinese, processing: { product_type: 'QR Code' } }),
      'wechatpay',
    )
    assert.ok(without.includes('member_missing') && !given.includes('member_missing'), `${without} / ${given}`)
  })

  await t.test(
    'a co-badged card is charged on the brand that is preferred, the shopper’s before the merchant’s',
    async () => {
      const plain = await pay({}, {}, CO_BADGED)
      assert.deepEqual(
        [plain.payment.source.scheme, plain.payment.source.local_schemes],
        ['VISA', ['cartes_bancaires']],
      )
      assert.equal(plain.payment.processing.scheme, 'VISA')

      const merchants = await pay({ processing: { preferred_scheme: 'cartes_bancaires' } }, {}, CO_BADGED)
      assert.deepEqual(
        [merchants.payment.source.scheme, merchants.payment.processing.scheme],
        ['CARTES_BANCAIRES', 'CARTES_BANCAIRES'],
      )

      const shoppers = { ...CO_BADGED, preferred_scheme: 'visa' as const }
      const chosen = await pay({ processing: { preferred_scheme: 'cartes_bancaires' } }, {}, shoppers)
      assert.deepEqual([chosen.payment.source.scheme, chosen.payment.processing.scheme], ['VISA', 'VISA'])
    },
  )

  await t.test('no wallet is offered for a MOTO payment', async () => {
    const session = await sluice.requestSession({ payment_type: 'MOTO' })
    for (const wallet of ['applepay', 'googlepay']) {
      assert.ok((await reasonsOf(session, wallet)).includes('wallets_not_for_moto'))
    }
    assert.equal(tokenOf(session).payment_type, 'MOTO')
  })

  await t.test('an approval for less that nobody asked for is given back, and the payment declined', async () => {
    const { answer, payment } = await pay({ metadata: { sluice_simulator: 'partial:600' } })
    assert.equal(answer.status, 202)
    const ended = await eventually(async () => {
      const now = await sluice.payment(payment.id)
      return now.status === 'Declined' && now
    })
    assert.equal(ended.balances.total_authorized, 0)
    const booked = (await sluice.ledger()).filter(({ of }) => of === payment.id)
    assert.deepEqual(
      booked.map(({ kind, amount }) => [kind, amount]),
      [
        ['authorization', 600],
        ['reversal', 600],
      ],
    )

    const wanted = await pay({ partial_authorization: { enabled: true }, capture: false }, {}, CARDS.partial)
    assert.deepEqual([wanted.payment.amount, wanted.payment.amount_requested], [500, 1000])
  })

  await t.test('shares follow the amount, also when only the amount is replaced', async () => {
    const shares = (...amounts: number[]) =>
      amounts.map((amount, at) => ({ id: `ent_${String(at).repeat(26)}`, amount }))
    const session = await sluice.requestSession({ amount_allocations: shares(600, 400) })

    const refused = await sluice.submit(session, CARDS.approved, { amount: 700 })
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['amount_allocations_sum_invalid']])
    const answer = await sluice.submit(session, CARDS.approved, { amount: 700, amount_allocations: shares(300, 400) })

    assert.deepEqual((await sluice.payment(answer.body.id)).amount_allocations, shares(300, 400))
  })

  await t.test(
    'metadata is echoed by payment and actions, and the session’s id replaces whatever stood under its name',
    async () => {
      const { session, payment } = await pay({ metadata: { order: 'A-1', cko_payment_session_id: 'mine' } })
      const expected = { order: 'A-1', cko_payment_session_id: session.id }
      assert.deepEqual(payment.metadata, expected)
      const { body: actions } = await sluice.get(`/payments/${payment.id}/actions`)
      assert.deepEqual(actions.at(-1).metadata, expected)

      const replaced = await pay({ metadata: { order: 'A-1' } }, { metadata: { cart: 7, gift: true } })
      assert.deepEqual(replaced.payment.metadata, { cart: 7, gift: true, cko_payment_session_id: replaced.session.id })
    },
  )

  await t.test('capture and capture_on: what submit says wins, and a time makes capture true', async () => {
    const captured = (id: string) =>
      eventually(async () => (await sluice.payment(id)).status === 'Captured' && (await sluice.payment(id)))
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()

    const { payment: held } = await pay({ capture: true }, { capture: false })
    const { payment: planned } = await pay({ capture: false, capture_on: inAnHour })
    const past = await pay({ capture: false }, { capture_on: '2020-01-01T00:00:00Z' })

    assert.equal((await captured(past.payment.id)).balances.total_captured, 1000)
    assert.match(past.payment.warnings.join(), /capture_on .* had passed/)
    assert.deepEqual([planned.status, planned.capture, planned.capture_on], ['Authorized', true, inAnHour])
    assert.equal((await sluice.payment(held.id)).status, 'Authorized')
    const refused = await sluice.post('/payment-sessions', { ...SESSION_BODY, capture_on: '2020-01-01T00:00:00Z' })
    assert.deepEqual(refused.body.error_codes, ['capture_on_invalid'])
  })

  await t.test('authorization_type is echoed by the payment and its authorization', async () => {
    for (const { id } of [
      (await pay({ authorization_type: 'Estimated', capture: false })).answer.body,
      (await completing(sluice, { authorization_type: 'Estimated', capture: false })).body,
    ]) {
      assert.equal((await sluice.payment(id)).authorization_type, 'Estimated')
      assert.equal((await sluice.get(`/payments/${id}/actions`)).body.at(-1).authorization_type, 'Estimated')
    }
    const { payment } = await pay({ capture: false })
    assert.equal((await sluice.get(`/payments/${payment.id}/actions`)).body.at(-1).authorization_type, 'Final')
  })

  await t.test('locale and display_name are those of the component and of the bank’s page', async () => {
    const german = { locale: 'de-AT', display_name: 'Teehaus Zum Löwen', '3ds': { enabled: true } }
    const session = await sluice.requestSession(german)
    assert.deepEqual([tokenOf(session).locale, tokenOf(session).merchant_name], ['de-AT', german.display_name])

    const bankPage = async (answer: Answer) => (await openIssuer(await openChallenge(answer))).text()
    for (const answer of [await sluice.submit(session, CARDS.approved), await completing(sluice, german)]) {
      assert.match(await (await fetch(answer.body.action.url)).text(), /<html lang="de-DE"/)
      const page = await bankPage(answer)
      assert.match(page, /<html lang="de-DE"/)
      assert.match(page, /Zahlung bestätigen/)
      assert.match(page, /Teehaus Zum Löwen/)
      assert.equal((await sluice.payment(answer.body.id)).locale, 'de-AT')
    }
    const polish = await sluice.submit(await sluice.requestSession({ ...german, locale: 'pl-PL' }), CARDS.approved)
    assert.match(await bankPage(polish), /<html lang="en-GB"/)
  })

  await t.test('the shopper lands on the addresses of the attempt, with our parameters added to them', async () => {
    async function challenged(answer: Answer, form?: Record<string, string>): Promise<URL> {
      const challenge = await openChallenge(answer)
      await answerChallenge(challenge, form)
      return new URL((await carryOn(challenge)).body.landing)
    }
    const session = await sluice.requestSession({ '3ds': { enabled: true } })

    const other = { success_url: 'https://other.example/yes?a=1', failure_url: 'https://other.example/no#top' }
    const failed = await challenged(await sluice.submit(session, CARDS.approved, other), { action: 'cancel' })
    const passed = await challenged(await sluice.submit(session, CARDS.approved))
    const done = await challenged(await completing(sluice, { ...other, '3ds': { enabled: true } }))

    assert.deepEqual([failed.origin, failed.pathname, failed.hash], ['https://other.example', '/no', '#top'])
    assert.equal(passed.origin + passed.pathname, SESSION_BODY.success_url)
    assert.deepEqual([...done.searchParams.keys()], ['a', 'cko-payment-session-id', 'cko-session-id', 'cko-payment-id'])
  })

  /** A redirect method's attempt. */
  async function submitBy(method: string, session: Session, members: object = {}) {
    const session_data = await makeSessionData({
      framesUrl: sluice.urls.frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      method,
    })
    return await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data, ...members })
  }

  await t.test('an iDEAL reference has at most 35 characters', async () => {
    const dutch = { currency: 'EUR', billing: { address: { country: 'NL' } } }
    const session = await sluice.requestSession({ ...dutch, reference: 'R'.repeat(36) })
    const refused = await submitBy('ideal', session)
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['reference_invalid']])

    const answer = await submitBy('ideal', session, { reference: 'R'.repeat(35) })
    assert.equal(answer.status, 202, answer.text)
    assert.equal((await sluice.payment(answer.body.id)).reference, 'R'.repeat(35))
  })

  await t.test('a Benefit reference is of letters and digits, and pays once', async () => {
    const bahraini = { currency: 'BHD', billing: { address: { country: 'BH' } } }
    const first = await sluice.requestSession({ ...bahraini, reference: 'ORD 1' })
    assert.deepEqual((await submitBy('benefit', first)).body.error_codes, ['reference_invalid'])
    const waiting = await submitBy('benefit', first, { reference: 'ORD1' })
    assert.equal(waiting.status, 202, waiting.text)

    const second = await sluice.requestSession({ ...bahraini, reference: 'ORD1' })
    const refused = await submitBy('benefit', second)
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['reference_invalid']])
    const again = await submitBy('benefit', first, { reference: 'ORD1' })
    assert.equal(again.status, 202, 'a new attempt of the same session takes the place of the one that waits')
    assert.equal((await submitBy('benefit', second, { reference: 'ORD2' })).status, 202)
  })

  await t.test('expires_on ends the session', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const merchant = client(sluice.urls, world.secret_key)
    const inTenMinutes = new Date(Date.now() + 600_000).toISOString()
    const session = await merchant.requestSession({ expires_on: inTenMinutes })
    assert.equal(session['expires_on'], inTenMinutes)

    await sluice.advance('11 minutes', world.entity_id)

    const refused = await merchant.submit(session, CARDS.approved)
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['payment_session_expired']])
    assert.equal((await merchant.get(`/payment-sessions/${session.id}`)).body.status, 'Expired')
  })

  await t.test('a merchant of several channels names one, and a submit may move to another', async () => {
    const first = await createEntity(sluice.ctx, { name: 'Two channels' })
    const second = await createEntity(sluice.ctx, {
      name: 'Two channels',
      channel: 'cards',
      settings: { methods: ['card'] },
    })
    const merchant = client(sluice.urls, first.keys.secret)
    const dutch = { currency: 'EUR', billing: { address: { country: 'NL' } } }

    const unnamed = await merchant.post('/payment-sessions', { ...SESSION_BODY, ...dutch })
    assert.deepEqual([unnamed.status, unnamed.body.error_codes], [422, ['processing_channel_id_required']])
    const session = await merchant.requestSession({ ...dutch, processing_channel_id: first.processing_channel_id })
    const cardsOnly = await merchant.requestSession({ ...dutch, processing_channel_id: second.processing_channel_id })
    assert.ok(offers(session).includes('ideal') && !offers(cardsOnly).includes('ideal'))

    const declined = await merchant.submit(session, CARDS.declined)
    const moved = await merchant.submit(session, CARDS.approved, {
      processing_channel_id: second.processing_channel_id,
    })
    assert.equal((await merchant.payment(declined.body.id)).processing_channel_id, first.processing_channel_id)
    assert.equal((await merchant.payment(moved.body.id)).processing_channel_id, second.processing_channel_id)

    const anothers = await merchant.submit(cardsOnly, CARDS.approved, {
      processing_channel_id: 'pc_sluicesandboxchannel222224',
    })
    assert.deepEqual([anothers.status, anothers.body.error_codes], [422, ['processing_channel_id_invalid']])
    const keyOfOne = client(sluice.urls, second.keys.secret)
    assert.equal((await keyOfOne.post('/payment-sessions', { ...SESSION_BODY, ...dutch })).status, 201)
  })
})
