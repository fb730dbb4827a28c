/** 3-D Secure outside the processor, over HTTP: every test card's outcome, and what becomes of an attempt in its challenge. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import { CARDS } from './support/cards.ts'
import type { Answer, Json } from './support/client.ts'
import { eventually, SESSION_BODY, startSluice } from './support/sluice.ts'
import { answerChallenge, carryOn, external, openChallenge } from './support/three-ds.ts'
import { formOf, THREE_DS } from './support/three-ds-outcomes.ts'

const ENABLED = { '3ds': { enabled: true } }
const CHALLENGED = '4242424242424242'
const WRONG = { password: 'wrong', action: 'continue' }
const CANCEL = { action: 'cancel' }

interface Row {
  says: string
  number: string
  status: 'Approved' | 'Declined'
  code: string
  threeDs: Json
  event: string
}

const FRICTIONLESS: readonly Row[] = [
  {
    says: 'Y approves with its ECI and cryptogram',
    number: '4485040371536584',
    status: 'Approved',
    code: '10000',
    threeDs: THREE_DS.authenticated,
    event: 'authentication_approved',
  },
  {
    says: 'Y of a Mastercard has the ECI of Mastercard',
    number: '5588686116426417',
    status: 'Approved',
    code: '10000',
    threeDs: { ...THREE_DS.authenticated, eci: '02' },
    event: 'authentication_approved',
  },
  {
    says: 'Y of an American Express speaks 2.2.0',
    number: '345678901234564',
    status: 'Approved',
    code: '10000',
    threeDs: { ...THREE_DS.authenticated, version: '2.2.0' },
    event: 'authentication_approved',
  },
  {
    says: 'A approves with its ECI',
    number: '4556574722325580',
    status: 'Approved',
    code: '10000',
    threeDs: THREE_DS.attempted,
    event: 'authentication_attempted',
  },
  {
    says: 'N declines, and is not authorized',
    number: '4539628347117863',
    status: 'Declined',
    code: '20151',
    threeDs: THREE_DS.failed,
    event: 'authentication_failed',
  },
  {
    says: 'R declines, and is not authorized',
    number: '4275765574319271',
    status: 'Declined',
    code: '20151',
    threeDs: THREE_DS.rejected,
    event: 'authentication_failed',
  },
  {
    says: 'U declines',
    number: '4024007186645015',
    status: 'Declined',
    code: '20153',
    threeDs: THREE_DS.notPossible,
    event: 'authentication_failed',
  },
  {
    says: 'a card that is not enrolled is declined',
    number: '4484070000035519',
    status: 'Declined',
    code: '20150',
    threeDs: THREE_DS.notEnrolled,
    event: 'authentication_failed',
  },
  {
    says: 'an error of the scheme declines',
    number: '4452927588210665',
    status: 'Declined',
    code: '20153',
    threeDs: THREE_DS.unreachable,
    event: 'authentication_failed',
  },
]

const CHALLENGES: readonly (Row & { form?: Record<string, string> })[] = [
  {
    says: 'the right password approves',
    number: CHALLENGED,
    status: 'Approved',
    code: '10000',
    threeDs: { ...THREE_DS.authenticated, challenged: true },
    event: 'authentication_approved',
  },
  {
    says: 'an attempt after the challenge approves',
    number: '4152868552773614',
    status: 'Approved',
    code: '10000',
    threeDs: { ...THREE_DS.attempted, challenged: true },
    event: 'authentication_attempted',
  },
  {
    says: 'a rejection after the challenge declines',
    number: '4150561000000019',
    status: 'Declined',
    code: '20151',
    threeDs: { ...THREE_DS.rejected, challenged: true },
    event: 'authentication_failed',
  },
  {
    says: 'no authentication after the challenge declines',
    number: '4243754271700719',
    status: 'Declined',
    code: '20151',
    threeDs: { ...THREE_DS.failed, challenged: true },
    event: 'authentication_failed',
  },
  {
    says: 'a wrong password declines',
    number: CHALLENGED,
    form: WRONG,
    status: 'Declined',
    code: '20151',
    threeDs: { ...THREE_DS.failed, challenged: true },
    event: 'authentication_failed',
  },
  {
    says: 'a challenge that is cancelled declines',
    number: CHALLENGED,
    form: CANCEL,
    status: 'Declined',
    code: '20151',
    threeDs: { ...THREE_DS.failed, challenged: true },
    event: 'authentication_failed',
  },
]

/** Where no reason is told, none is made up. */
const STATUSES: readonly [transStatus: string, approved: boolean, code: string, threeDs: Json][] = [
  ['Y', true, '10000', THREE_DS.authenticated],
  ['A', true, '10000', THREE_DS.attempted],
  ['N', false, '20151', THREE_DS.failed],
  ['R', false, '20151', THREE_DS.rejected],
  ['U', false, '20153', THREE_DS.notPossible],
  ['I', true, '10000', THREE_DS.informed],
  ['D', false, '20153', { ...THREE_DS.notPossible, authentication_status_reason: '23' }],
  ['S', false, '20153', THREE_DS.notAskedFor],
]

test('3-D Secure outside the processor', async (t) => {
  const sluice = await startSluice(t)
  const shop = await external(sluice)
  t.afterEach(async () => {
    await sluice.assertSound()
    assert.equal(await shop.holds(), 0, 'no card waits any more')
  })

  for (const { says, number, status, code, threeDs, event } of FRICTIONLESS) {
    await t.test(`frictionless: ${says}`, async () => {
      const { answer, payment } = await shop.pay(ENABLED, number)
      assert.deepEqual([answer.status, answer.body.status], [201, status], answer.text)
      assert.equal(payment.response_code, code)
      assert.deepEqual(formOf(payment['3ds']), threeDs)
      if (status === 'Approved') assert.equal(payment.eci, threeDs.eci)
      const approved = status === 'Approved'
      const expected = [
        'payment_requested',
        'authentication_started',
        event,
        ...(code === '20151' ? ['payment_authentication_failed'] : []),
        approved ? 'payment_approved' : 'payment_declined',
      ]
      assert.deepEqual((await shop.events(payment.id)).slice(0, expected.length), expected)
      assert.deepEqual(
        (await shop.calls(payment.id)).slice(0, 2),
        approved ? ['authenticate', 'authorize'] : ['authenticate'],
      )
      assert.match(payment.authentication_id, /^sid_/)
    })
  }

  for (const { says, number, form, status, code, threeDs, event } of CHALLENGES) {
    await t.test(`challenge: ${says}`, async () => {
      const { answer, payment, session } = await shop.pay(ENABLED, number)
      assert.deepEqual([answer.status, answer.body.status, payment.status], [202, 'Action Required', 'Pending'])
      assert.equal(await shop.holds(), 1)
      const challenge = await openChallenge(answer)
      await answerChallenge(challenge, form)
      const { status: http, body } = await carryOn(challenge)
      assert.equal(http, 200)
      const approved = status === 'Approved'
      const landing = new URL(body.landing)
      assert.equal(landing.pathname, approved ? '/success' : '/failure')
      assert.equal(landing.searchParams.get('cko-payment-session-id'), session.id)

      const ended = await shop.payment(payment.id)
      assert.equal(ended.response_code, code)
      assert.equal(ended.approved, approved)
      assert.deepEqual(formOf(ended['3ds']), threeDs)
      assert.deepEqual((await shop.events(payment.id)).slice(0, approved ? 5 : 6), [
        'payment_requested',
        'authentication_started',
        'payment_authentication_requested',
        event,
        ...(approved ? ['payment_approved'] : ['payment_authentication_failed', 'payment_declined']),
      ])
      assert.equal(landing.searchParams.get('cko-session-id'), ended.authentication_id)
      assert.deepEqual(await carryOn(challenge), { status: 200, body }, 'once more changes nothing')
    })
  }

  await t.test('attempt_n3d goes on without authentication, and says so', async () => {
    for (const [number, enrolled] of [
      ['4024007186645015', 'Y'],
      ['4484070000035519', 'N'],
      ['4452927588210665', 'U'],
    ] as const) {
      const { payment } = await shop.pay({ '3ds': { enabled: true, attempt_n3d: true } }, number)
      assert.equal(payment.approved, true, number)
      assert.deepEqual([payment['3ds'].downgraded, payment['3ds'].enrolled], [true, enrolled])
      assert.equal(payment.eci, '07')
    }
  })

  await t.test('an authenticator that is down is U: declined, or without it where that is wanted', async () => {
    for (const [sluice_simulator, threeDs] of [
      ['acs:down', THREE_DS.unreachable],
      ['ds:down', THREE_DS.unanswered],
    ] as const) {
      const metadata = { sluice_simulator }
      const refused = await shop.pay({ ...ENABLED, metadata }, CHALLENGED)
      assert.equal(refused.payment.response_code, '20153')
      assert.deepEqual(formOf(refused.payment['3ds']), threeDs)
      const { payment } = await shop.pay({ '3ds': { enabled: true, attempt_n3d: true }, metadata }, CHALLENGED)
      assert.equal(payment.approved, true)
      assert.deepEqual(formOf(payment['3ds']), { ...threeDs, downgraded: true })
    }
  })

  for (const [transStatus, approved, code, threeDs] of STATUSES) {
    await t.test(`an ARes of ${transStatus} comes to what the table says`, async () => {
      const metadata = { sluice_simulator: `transstatus:${transStatus}` }
      const { payment } = await shop.pay({ ...ENABLED, metadata }, CHALLENGED)
      assert.deepEqual([payment.approved, payment.response_code], [approved, code])
      assert.deepEqual(formOf(payment['3ds']), threeDs)
    })
  }

  await t.test('the issuer is told what series begins, and what and where the merchant is', async () => {
    const settings = { merchant_category_code: '5732', merchant_country: 'PT' }
    const merchant = await external(sluice, settings)
    const payment_plan = { days_between_payments: 30, expiry: '20300101', total_number_of_payments: 6 }
    const { answer, payment } = await merchant.pay(
      { ...ENABLED, payment_type: 'Installment', payment_plan },
      CHALLENGED,
    )
    const [asked] = await merchant.exchanges(payment.id)
    const { threeDSRequestorAuthenticationInd, recurringFrequency, recurringExpiry, purchaseInstalData, ...areq } =
      asked?.exchange.request.body ?? {}
    assert.deepEqual(
      [threeDSRequestorAuthenticationInd, recurringFrequency, recurringExpiry, purchaseInstalData],
      ['03', '30', '20300101', '6'],
    )
    assert.deepEqual([areq.mcc, areq.merchantCountryCode], ['5732', '620'])
    await finish(answer)
    assert.equal((await merchant.payment(payment.id)).approved, true)
  })

  await t.test('orders by telephone are never authenticated', async () => {
    const { payment } = await shop.pay({ ...ENABLED, payment_type: 'MOTO' }, CHALLENGED)
    assert.deepEqual([payment.approved, payment['3ds']], [true, undefined])
    assert.equal((await shop.calls(payment.id))[0], 'authorize')
  })

  await t.test('amount 0 is authenticated without a payment, and verified', async () => {
    const { payment } = await shop.pay({ ...ENABLED, amount: 0 }, '4485040371536584')
    assert.equal(payment.status, 'Card Verified')
    const [asked] = await shop.exchanges(payment.id)
    assert.equal(asked?.exchange.request.body.messageCategory, '02')
    assert.equal(asked?.exchange.request.body.purchaseAmount, undefined)
  })

  await t.test('a decline that asks for authentication gets it, once, in the same attempt', async () => {
    const card = '4500622868341387'
    const refused = await shop.pay({ '3ds': { enabled: false, allow_upgrade: false } }, card)
    assert.equal(refused.payment.response_code, '20154')
    assert.equal((await shop.pay({}, card)).payment.response_code, '20154')

    const { answer, payment } = await shop.pay({ '3ds': { enabled: false } }, card)
    assert.equal(answer.status, 202, answer.text)
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    await carryOn(challenge)
    const ended = await shop.payment(payment.id)
    assert.equal(ended.approved, true)
    assert.equal(ended['3ds'].upgrade_reason, 'soft_decline')
    assert.deepEqual((await shop.calls(payment.id)).slice(0, 3), ['authorize', 'authenticate', 'authorize'])
    assert.deepEqual((await shop.events(payment.id)).slice(0, 5), [
      'payment_requested',
      'authentication_started',
      'payment_authentication_requested',
      'authentication_approved',
      'payment_approved',
    ])
    // The bank knows the second authorization by another name; captures and refunds find it.
    const captured = await eventually(async () => (await shop.payment(payment.id)).status === 'Captured')
    assert.ok(captured)
    assert.equal((await shop.post(`/payments/${payment.id}/refunds`, {})).status, 202)
    await eventually(async () => (await shop.payment(payment.id)).status === 'Refunded')
  })

  await t.test('an exemption spares the authentication; one that is refused is made up for', async () => {
    const exempt = { '3ds': { enabled: true, exemption: 'low_value' } }
    const { payment } = await shop.pay(exempt, CHALLENGED)
    assert.equal(payment.approved, true)
    assert.deepEqual(
      [payment['3ds'].exemption, payment['3ds'].exemption_applied, payment['3ds'].challenged],
      ['low_value', 'low_value', false],
    )
    assert.equal((await shop.calls(payment.id))[0], 'authorize')

    const { answer, payment: refused } = await shop.pay(exempt, '4152868552773614')
    assert.equal(answer.status, 202, answer.text)
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    await carryOn(challenge)
    const ended = await shop.payment(refused.id)
    assert.deepEqual([ended.approved, ended['3ds'].exemption_applied], [true, undefined])
  })

  await t.test('an exemption is claimed again with the repeat of what was not answered', async () => {
    const session = await shop.requestSession({
      '3ds': { enabled: true, exemption: 'low_value' },
      metadata: { sluice_simulator: 'drop_after_booking retrieve.http_500' },
    })
    const body = { session_data: await shop.seal(session, CARDS.approved) }
    const path = `/payment-sessions/${session.id}/submit`
    const { body: first } = await shop.post(path, body)
    assert.equal(first.status, 'Pending')
    await sluice.ctx.store.db.query({
      name: 'test_nobody_asks_meanwhile',
      text: `update payments set ask_on = ask_on + interval '1 hour' where phase = 'in_doubt'`,
      values: [],
    })
    const repeat = await eventually(async () => {
      const answer = await shop.post(path, body)
      return answer.status === 201 && answer
    })
    assert.equal(repeat.body.status, 'Approved')
    const sent = (await shop.exchanges(first.id)).filter(({ kind }) => kind === 'authorize')
    assert.equal(sent.length, 2)
    assert.deepEqual(sent[1]?.exchange.request.body, sent[0]?.exchange.request.body)
    assert.equal((await shop.payment(first.id))['3ds'].exemption_applied, 'low_value')
  })

  await t.test('a series begins with a challenge', async () => {
    const { answer } = await shop.pay({ ...ENABLED, payment_type: 'Recurring' }, '4485040371536584')
    assert.equal(answer.status, 202, answer.text)
    await finish(answer)
  })

  await t.test(
    'a challenge that nobody answers declines after 15 minutes, and what comes then changes nothing',
    async () => {
      const { answer, payment } = await shop.pay(ENABLED, CHALLENGED)
      const challenge = await openChallenge(answer)
      await shop.advance('15 minutes')
      const ended = await eventually(async () => {
        const now = await shop.payment(payment.id)
        return now.status === 'Declined' && now
      })
      assert.equal(ended.response_code, '20152')
      assert.deepEqual(formOf(ended['3ds']), THREE_DS.abandoned)
      assert.deepEqual(await shop.events(payment.id), [
        'payment_requested',
        'authentication_started',
        'payment_authentication_requested',
        'authentication_expired',
        'payment_authentication_failed',
        'payment_declined',
      ])
      await answerChallenge(challenge)
      const { body } = await carryOn(challenge)
      assert.match(body.landing, /failure/)
      assert.deepEqual(await shop.payment(payment.id), ended)
      assert.match(await (await fetch(challenge.url)).text(), /data-landing="[^"]*failure/)
    },
  )

  await t.test('authenticated, but nobody brings the key: declined, and no money moved', async () => {
    const { answer, payment } = await shop.pay(ENABLED, CHALLENGED)
    await answerChallenge(await openChallenge(answer))
    await shop.advance('15 minutes')
    await eventually(async () => (await shop.payment(payment.id)).response_code === '20152')
    assert.deepEqual(await shop.calls(payment.id), ['authenticate'])
  })

  await t.test('finished after the session’s expiry, within the attempt’s own time, it approves', async () => {
    const { answer, payment, session } = await shop.pay(
      { ...ENABLED, expires_on: new Date((await shop.now()) + 5 * 60_000).toISOString() },
      CHALLENGED,
    )
    await shop.advance('10 minutes')
    await finish(answer)
    assert.equal((await shop.payment(payment.id)).approved, true)
    assert.equal((await shop.get(`/payment-sessions/${session.id}`)).body.status, 'Approved')
  })

  await t.test('another share than the attempt’s opens nothing and ends nothing', async () => {
    const { answer, payment } = await shop.pay(ENABLED, CHALLENGED)
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    for (const share of ['', 'nonsense', Buffer.alloc(32).toString('base64url')]) {
      assert.equal((await carryOn({ ...challenge, share })).status, 404)
    }
    assert.equal((await shop.payment(payment.id)).status, 'Pending')
    await carryOn(challenge)
    assert.equal((await shop.payment(payment.id)).approved, true)
  })

  await t.test('a page that is reloaded once the challenge has ended asks for nothing more, and goes on', async () => {
    const { answer, payment } = await shop.pay(ENABLED, CHALLENGED)
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    const page = await (await fetch(challenge.url)).text()
    assert.doesNotMatch(page, /<form|<iframe|data-landing/)
    assert.match(page, /data-carry-on="[^"]+"/)
    await carryOn(challenge)
    assert.equal((await shop.payment(payment.id)).approved, true)
  })

  await t.test('a result that comes late is waited for; one that is lost is none after 30 seconds', async () => {
    const late = await shop.pay({ ...ENABLED, metadata: { sluice_simulator: 'rreq:late' } }, CHALLENGED)
    await finish(late.answer)
    assert.equal((await shop.payment(late.payment.id)).approved, true)

    const lost = await shop.pay({ ...ENABLED, metadata: { sluice_simulator: 'rreq:lost' } }, CHALLENGED)
    const challenge = await openChallenge(lost.answer)
    await answerChallenge(challenge)
    const waiting = await fetch(`${challenge.url}/continue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ share: challenge.share }),
    })
    assert.deepEqual([waiting.status, await waiting.json()], [202, { waiting: true }])
    await sluice.ctx.store.db.query({
      name: 'test_returned_earlier',
      text: `update authentications set returned_on = returned_on - interval '30 seconds' where result is null`,
      values: [],
    })
    await carryOn(challenge)
    const ended = await shop.payment(lost.payment.id)
    assert.equal(ended.response_code, '20153')
    assert.deepEqual(formOf(ended['3ds']), THREE_DS.resultLost)
  })

  await t.test('the first result counts, however often it is told, and only what is about this attempt', async () => {
    const { answer, payment } = await shop.pay(ENABLED, CHALLENGED)
    const [asked] = await shop.exchanges(payment.id)
    assert.ok(asked)
    const { threeDSServerURL, threeDSServerTransID, messageVersion } = asked.exchange.request.body
    assert.equal(threeDSServerURL, '[redacted]', 'whoever reads the records cannot tell a result')
    const resultUrl = await shop.resultUrl(payment.id)
    const { dsTransID, acsTransID } = asked.exchange.reply.body
    const rreq = {
      messageType: 'RReq',
      messageVersion,
      threeDSServerTransID,
      dsTransID,
      acsTransID,
      messageCategory: '01',
      transStatus: 'N',
      transStatusReason: '01',
      interactionCounter: '01',
    }
    const send = (url: string, message: Json) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json;charset=UTF-8' },
        body: JSON.stringify(message),
      })
    const tell = async (message: Json): Promise<Json> => (await send(resultUrl, message)).json()
    assert.equal((await tell({ ...rreq, acsTransID: threeDSServerTransID })).errorCode, '301')
    assert.equal((await tell({ ...rreq, transStatus: undefined })).errorCode, '201')
    const proven = { authenticationValue: 'A'.repeat(27) + '=', eci: '05', transStatus: 'Y' }
    for (const message of [rreq, rreq, { ...rreq, ...proven }]) {
      const { messageType, resultsStatus } = await tell(message)
      assert.deepEqual([messageType, resultsStatus], ['RRes', '01'])
    }
    await carryOn(shareOf(answer.body.action.url))
    assert.equal((await shop.payment(payment.id)).response_code, '20151')
    assert.equal((await send(`${sluice.urls.api}/3ds/results/nonsense`, rreq)).status, 404)
  })

  await t.test('another card during the challenge stops the first attempt, whose answer comes to nothing', async () => {
    const { answer, payment, session } = await shop.pay(ENABLED, CHALLENGED)
    const challenge = await openChallenge(answer)
    const second = await shop.submit(session, { ...CARDS.approved, number: '4485040371536584' })
    assert.equal(second.body.status, 'Approved', second.text)
    await answerChallenge(challenge)
    await carryOn(challenge)
    assert.equal((await shop.payment(payment.id)).status, 'Canceled')
  })

  await t.test('in a second tab the session is paid: the challenge of the first one lands on success', async () => {
    const { answer, session } = await shop.pay(ENABLED, CHALLENGED)
    const challenge = await openChallenge(answer)
    const second = await shop.submit(session, { ...CARDS.approved, number: '4485040371536584' })
    await answerChallenge(challenge)
    const { body } = await carryOn(challenge)
    const landing = new URL(body.landing)
    assert.equal(landing.pathname, '/success')
    assert.equal(landing.searchParams.get('cko-payment-id'), second.body.id)
    assert.match(await (await fetch(challenge.url)).text(), /data-landing="[^"]*\/success/)
  })

  await t.test('cancelled by the merchant during the challenge', async () => {
    const { payment } = await shop.pay(ENABLED, CHALLENGED)
    const cancelled = await shop.post(`/payments/${payment.id}/cancellations`, {})
    assert.equal(cancelled.status, 202, cancelled.text)
    assert.equal((await shop.payment(payment.id)).status, 'Canceled')
  })

  await t.test('a card is kept once its challenge has been passed, and on file it is challenged again', async () => {
    const customer = { email: 'ada@example.com', name: 'Ada' }
    const payment_method_configuration = { card: { store_payment_details: 'enabled' } }
    const { answer, payment } = await shop.pay({ ...ENABLED, customer, payment_method_configuration }, CHALLENGED)
    await finish(answer)
    const { source, customer: kept } = await shop.payment(payment.id)
    assert.match(source.id, /^src_/)

    const session = await shop.requestSession({
      ...ENABLED,
      payment_method_configuration: { stored_card: { customer_id: kept.id } },
    })
    const session_data = await makeSessionData({
      framesUrl: sluice.urls.frames,
      sessionId: session.id,
      secret: session.payment_session_secret,
      stored: { instrument_id: source.id, cvv: '100' },
    })
    const again = await shop.post(`/payment-sessions/${session.id}/submit`, { session_data })
    assert.equal(again.status, 202, again.text)
    await finish(again)
    const paid = await shop.payment(again.body.id)
    assert.deepEqual([paid.approved, paid.source.id, paid.source.cvv_check], [true, source.id, 'Y'])
  })

  await t.test('complete answers with the key as submit does', async () => {
    const session_data = await makeSessionlessData({
      framesUrl: sluice.urls.frames,
      entityId: shop.world.entity_id,
      card: CARDS.approved,
    })
    const body = { ...SESSION_BODY, ...ENABLED, session_data }
    const answer = await shop.post('/payment-sessions/complete', body)
    assert.equal(answer.status, 202, answer.text)
    const repeat = await shop.post('/payment-sessions/complete', body)
    assert.equal(repeat.text, answer.text)
    await finish(answer)
    assert.equal((await shop.payment(answer.body.id)).approved, true)
  })

  await t.test('a repeat is answered with the same bytes, the key included, and nothing kept holds it', async () => {
    const session = await shop.requestSession(ENABLED)
    const session_data = await shop.seal(session, CARDS.approved)
    const path = `/payment-sessions/${session.id}/submit`
    const key = { 'cko-idempotency-key': session.id }
    const first = await shop.post(path, { session_data }, key)
    const repeats = [await shop.post(path, { session_data }, key), await shop.post(path, { session_data })]
    for (const { text, headers } of repeats) {
      assert.equal(text, first.text)
      assert.equal(headers.get('idempotent-replayed'), 'true')
    }
    assert.match(first.body.action.url, /\/3ds\/[\w-]{48}#[\w-]{43}$/)
    // Its address is of use with the key only: whoever else asks is not given it.
    assert.equal((await shop.payment(first.body.id))._links.redirect, undefined)
    const shown = await fetch(`${sluice.urls.frames}/frame/payment-sessions/${session.id}`, {
      headers: { 'sluice-session-secret': session.payment_session_secret },
    })
    const { latest_payment: latest } = (await shown.json()) as Json
    assert.deepEqual([latest.status, latest.action], ['Action Required', undefined])
    await finish(first)
  })

  await t.test('other methods, and channels that leave it to the processor, are as before', async () => {
    const integrated = await external(sluice, { authentication: 'integrated' })
    const { answer } = await integrated.pay(ENABLED, CHALLENGED)
    assert.match(answer.body.action.url, /\/pay\//)
    const none = await external(sluice, { authentication: 'none' })
    assert.equal((await none.pay({}, CHALLENGED)).payment.approved, true)
    const { payment: refused } = await none.pay(ENABLED, CHALLENGED)
    assert.equal(refused.response_code, '20153')
    assert.deepEqual(formOf(refused['3ds']), THREE_DS.unanswered)
    const { payment } = await none.pay({ '3ds': { enabled: true, attempt_n3d: true } }, CHALLENGED)
    assert.deepEqual([payment.approved, payment['3ds'].downgraded], [true, true])
  })

  async function finish(answer: Answer) {
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    return await carryOn(challenge)
  }
})

function shareOf(action: string) {
  const [url = '', share = ''] = action.split('#')
  return { url, share }
}
