/** 3-D Secure outside the processor when something comes late, twice, or not at all: what was decided stays, told once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { makeSessionData } from '@sluice/sealing/make'
import { openPage } from './support/browser.ts'
import { CARDS } from './support/cards.ts'
import type { Json } from './support/client.ts'
import { eventually, type Session, startSluice } from './support/sluice.ts'
import { answerChallenge, carryOn, external, openChallenge } from './support/three-ds.ts'

const ENABLED = { '3ds': { enabled: true } }
const EXEMPT = { '3ds': { enabled: true, exemption: 'low_value' } }
const LOST = { metadata: { sluice_simulator: 'drop_after_booking' } }

test('3-D Secure, crossed', async (t) => {
  const sluice = await startSluice(t)
  const shop = await external(sluice)
  const { db } = sluice.ctx.store
  t.afterEach(async () => {
    await sluice.assertSound()
    assert.equal(await shop.holds(), 0, 'no card waits any more')
  })

  const change = (name: string, text: string, paymentId: string) =>
    db.query({ name: `test_${name}`, text, values: [uuidOf('payment', paymentId)] })
  /** Whoever was at work under it is dead. */
  const endLease = (paymentId: string) =>
    change('end_lease', `update payments set lease_until = null where id = $1`, paymentId)
  const authenticationOf = async (paymentId: string): Promise<Json> =>
    (await change('authentication', 'select * from authentications where payment_id = $1', paymentId)).rows[0]
  const approved = (paymentId: string) =>
    eventually(async () => {
      const now = await shop.payment(paymentId)
      return now.approved && now
    })

  await t.test('an exemption is shown as applied by whoever hears the approval', async () => {
    const { payment: heard } = await shop.pay(EXEMPT, CARDS.approved.number)
    const { answer } = await shop.pay({ ...EXEMPT, ...LOST }, CARDS.approved.number)
    assert.equal(answer.body.status, 'Pending', answer.text)
    const { '3ds': found } = await approved(answer.body.id)
    assert.equal(found.exemption_applied, 'low_value')
    assert.deepEqual(found, heard['3ds'])
    const told = await change(
      'approval',
      `select data from events where subject_id = $1 and type = 'payment_approved'`,
      answer.body.id,
    )
    assert.deepEqual(told.rows[0]?.['data']['3ds'], found)
  })

  await t.test('and so is what was proven: it is ours, not the processor’s', async () => {
    const { payment: heard } = await shop.pay(ENABLED, CARDS.frictionless.number)
    const { answer } = await shop.pay({ ...ENABLED, ...LOST }, CARDS.frictionless.number)
    const { '3ds': found } = await approved(answer.body.id)
    const { xid: _, cryptogram: _c, ...same } = heard['3ds']
    const { xid, cryptogram, ...rest } = found
    assert.deepEqual(rest, same)
    const { result } = await authenticationOf(answer.body.id)
    assert.deepEqual([xid, cryptogram], [result.dsTransId, result.cryptogram])
  })

  await t.test('a result that comes while the bank is being asked changes nothing of what was decided', async () => {
    const { answer, payment } = await shop.pay(
      { '3ds': { enabled: true, attempt_n3d: true }, metadata: { sluice_simulator: 'rreq:lost' } },
      CARDS.approved.number,
    )
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    await change(
      'returned_earlier',
      `update authentications set returned_on = returned_on - interval '30 seconds' where payment_id = $1`,
      payment.id,
    )
    const { body: hold } = await shop.post('/sandbox/holds', {
      at: 'processor.sent',
      match: { payment_id: payment.id },
    })
    const underWay = carryOn(challenge)
    assert.equal((await shop.get(`/sandbox/holds/${hold.id}?wait=PT10S`)).body.state, 'holding')

    const { answer: known, trans_id: threeDSServerTransID } = await authenticationOf(payment.id)
    const told = await fetch(await shop.resultUrl(payment.id), {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=UTF-8' },
      body: JSON.stringify({
        messageType: 'RReq',
        messageVersion: known.version,
        threeDSServerTransID,
        dsTransID: known.dsTransId,
        acsTransID: known.acsTransId,
        messageCategory: '01',
        authenticationValue: `${'A'.repeat(27)}=`,
        eci: '05',
        transStatus: 'Y',
        interactionCounter: '01',
      }),
    })
    assert.equal(((await told.json()) as Json).messageType, 'RRes')
    const { ended, result } = await authenticationOf(payment.id)
    assert.deepEqual([ended, result], ['timed_out', null])

    await shop.post(`/sandbox/holds/${hold.id}/release`)
    await underWay
    const after = await approved(payment.id)
    assert.deepEqual([after['3ds'].downgraded, after['3ds'].cryptogram, after.eci], [true, undefined, '07'])
  })

  /** The token of one preparation, and the sealed details of a session that use it. */
  async function preparedFor(session: Session) {
    const answer = await fetch(`${sluice.urls.frames}/frame/3ds/prepare`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${shop.world.public_key}`,
        'sluice-session-secret': session.payment_session_secret,
      },
      body: JSON.stringify({ bin: CARDS.frictionless.number.slice(0, 8), session_id: session.id }),
    })
    const { threeDSServerTransID, prepared } = (await answer.json()) as Json
    const submit = async ({ id, payment_session_secret: secret }: Session) => {
      const session_data = await makeSessionData({
        framesUrl: sluice.urls.frames,
        sessionId: id,
        secret,
        card: CARDS.frictionless,
        browser: { three_ds: { prepared, completion: 'Y' } } as never,
      })
      return await shop.post(`/payment-sessions/${id}/submit`, { session_data })
    }
    return { threeDSServerTransID, submit }
  }

  await t.test('two submits with one preparation are two attempts, each with a transaction id of its own', async () => {
    const sessions = [await shop.requestSession(ENABLED), await shop.requestSession(ENABLED)] as const
    const { threeDSServerTransID, submit } = await preparedFor(sessions[0])
    const answers = await Promise.all(sessions.map(submit))
    const asked = await Promise.all(
      answers.map(async ({ status, body, text }) => {
        assert.deepEqual([status, body.status], [201, 'Approved'], text)
        const [{ exchange }] = (await shop.exchanges(body.id)) as [Json]
        const { threeDSServerTransID: transId, threeDSCompInd } = exchange.request.body
        const { rows } = await change(
          'started',
          `select data from events where subject_id = $1 and type = 'authentication_started'`,
          body.id,
        )
        assert.equal(rows[0]?.['data']['3ds_transaction_id'], transId, 'what is told is what was asked')
        assert.equal(transId === threeDSServerTransID, threeDSCompInd === 'Y', 'the page was opened for one of them')
        return transId
      }),
    )
    assert.equal(new Set(asked).size, 2)
    assert.ok(asked.includes(threeDSServerTransID))
  })

  await t.test('two submits of one session with one preparation are one attempt', async () => {
    const session = await shop.requestSession(ENABLED)
    const { submit } = await preparedFor(session)
    const { body: hold } = await shop.post('/sandbox/holds', {
      at: 'authentication.sent',
      match: { session_id: session.id },
    })
    const underWay = submit(session)
    assert.equal((await shop.get(`/sandbox/holds/${hold.id}?wait=PT10S`)).body.state, 'holding')
    const refused = await submit(session)
    assert.deepEqual([refused.status, refused.body.error_codes], [429, ['session_already_in_use']])
    await shop.post(`/sandbox/holds/${hold.id}/release`)
    assert.equal((await underWay).body.status, 'Approved')
  })

  const ENDS: readonly [string, Record<string, string> | undefined, event: string, code: string][] = [
    ['the shopper’s time', undefined, 'authentication_expired', '20152'],
    ['a wrong answer', { password: 'wrong', action: 'continue' }, 'authentication_failed', '20151'],
  ]
  for (const [what, form, event, code] of ENDS) {
    await t.test(`${what}: declined and told in one breath, though it could not be written down at first`, async () => {
      const { answer, payment } = await shop.pay(ENABLED, CARDS.approved.number)
      const challenge = await openChallenge(answer)
      const { store } = sluice.ctx
      const settle = store.settleAttempt
      let died = 0
      store.settleAttempt = async () => {
        died++
        throw new Error('killed')
      }
      if (form) {
        await answerChallenge(challenge, form)
        assert.equal((await carryOn(challenge)).status, 500)
      }
      await shop.advance('15 minutes')
      await eventually(async () => died > 0)
      store.settleAttempt = settle
      await endLease(payment.id)
      const ended = await eventually(async () => {
        const now = await shop.payment(payment.id)
        return now.status === 'Declined' && now
      })
      assert.equal(ended.response_code, code)
      assert.deepEqual(await shop.events(payment.id), [
        'payment_requested',
        'authentication_started',
        'payment_authentication_requested',
        event,
        'payment_authentication_failed',
        'payment_declined',
      ])
    })
  }

  await t.test(
    'a no at once that could not be written down: nothing was sent, and the repeat hears it again',
    async () => {
      const session = await shop.requestSession(ENABLED)
      const session_data = await shop.seal(session, { ...CARDS.approved, number: '4539628347117863' })
      const submit = () => shop.post(`/payment-sessions/${session.id}/submit`, { session_data })
      const { store } = sluice.ctx
      const settle = store.settleAttempt
      store.settleAttempt = async () => {
        throw new Error('killed')
      }
      assert.equal((await submit()).status, 500)
      store.settleAttempt = settle
      const { payment_id: first } = (await shop.get(`/payment-sessions/${session.id}`)).body
      await endLease(first)
      await eventually(async () => (await shop.events(first)).includes('payment_not_sent'))
      assert.deepEqual(await shop.events(first), ['payment_requested', 'authentication_started', 'payment_not_sent'])

      const { body } = await submit()
      assert.deepEqual([body.status, body.id === first], ['Declined', false])
      assert.deepEqual(await shop.events(body.id), [
        'payment_requested',
        'authentication_started',
        'authentication_failed',
        'payment_authentication_failed',
        'payment_declined',
      ])
      assert.deepEqual((await submit()).body, body)
    },
  )

  await t.test('in doubt, a repeat that is told to authenticate does, and pays', async () => {
    await shop.post('/sandbox/clock', { freeze: true }) // else somebody asks the bank before the shopper does
    const session = await shop.requestSession({ '3ds': { enabled: false }, ...LOST })
    const session_data = await shop.seal(session, { ...CARDS.approved, number: '4500622868341387' })
    const submit = () => shop.post(`/payment-sessions/${session.id}/submit`, { session_data })
    const lost = await submit()
    assert.deepEqual([lost.status, lost.body.action], [202, { type: 'poll' }], lost.text)

    const again = await submit()
    assert.equal(again.body.id, lost.body.id, again.text)
    const challenge = await openChallenge(again)
    await answerChallenge(challenge)
    await carryOn(challenge)
    await shop.post('/sandbox/clock', { resume: true })
    const { '3ds': threeDs } = await approved(lost.body.id)
    assert.equal(threeDs.upgrade_reason, 'soft_decline')
    assert.deepEqual((await shop.calls(lost.body.id)).slice(0, 4), [
      'authorize',
      'authorize',
      'authenticate',
      'authorize',
    ])
  })

  await t.test('what is authenticated is what is charged: the amount of the submit', async () => {
    const session = await shop.requestSession(ENABLED)
    const answer = await shop.submit(session, CARDS.frictionless, { amount: 2500 })
    assert.equal(answer.body.status, 'Approved', answer.text)
    const [asked, charged] = await shop.exchanges(answer.body.id)
    assert.equal(asked?.exchange.request.body.purchaseAmount, '2500')
    assert.equal(charged?.exchange.request.body.amount, 2500)
  })

  await t.test('more than was authenticated, or another currency, is refused, and the bank is not asked', async () => {
    // No request leads there: what was authenticated is changed behind the server's back.
    for (const authenticated of ['amount = amount - 1', `currency = 'EUR'`]) {
      const { answer, payment } = await shop.pay(ENABLED, CARDS.approved.number)
      const challenge = await openChallenge(answer)
      await answerChallenge(challenge)
      await change(
        `authenticated ${authenticated}`,
        `update authentications set ${authenticated} where payment_id = $1`,
        payment.id,
      )
      await carryOn(challenge)
      const { status, response_code } = await shop.payment(payment.id)
      assert.deepEqual([status, response_code], ['Declined', '20155'])
      assert.deepEqual(await shop.calls(payment.id), ['authenticate'])
    }
  })

  await t.test('a page whose key is gone leads back to the shop', async () => {
    const { answer, payment } = await shop.pay(ENABLED, CARDS.approved.number)
    const challenge = await openChallenge(answer)
    await answerChallenge(challenge)
    const page = await openPage(t)
    await page.route('https://shop.example/**', (route) => route.fulfill({ body: 'the shop' }))
    await page.goto(challenge.url, { waitUntil: 'commit' })
    assert.match((await page.locator('a').getAttribute('href')) ?? '', /^https:\/\/shop\.example\/failure\?/)
    await page.waitForURL(/^https:\/\/shop\.example\/failure\?.*cko-payment-id=/)
    // The key may be in another window: nothing has ended.
    assert.equal((await shop.payment(payment.id)).status, 'Pending')
    await carryOn(challenge)
    assert.equal((await shop.payment(payment.id)).approved, true)
  })
})
