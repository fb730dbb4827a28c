/** Bad networks: whatever gets lost, the shopper reads what to do, the shop is told, and nobody pays twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answered,
  answerLost,
  atFirst,
  type Case,
  KEYS,
  openCheckout,
  playCases,
  SESSION,
  SUBMIT,
  TOKENS,
  unreachable,
} from './support-troubles.ts'

const LOCALE = 'de-DE'
const FAILED = { type: 'Request', code: 'payment_request_failed' }

test('whatever the network does, a shopper pays once or not at all, and knows which', { concurrency: 6 }, (t) =>
  playCases(t, LOCALE, [...sending, ...closed]),
)

const sending: Case[] = [
  {
    title: 'sealing keys that cannot be had: nothing is sent, and another press pays',
    async play(c) {
      await c.begin()
      await c.type()
      const keys = await c.hinder(KEYS, unreachable)
      await c.payButton.click()
      await c.toldError(FAILED)
      await c.says('payment.declined.try_again')
      assert.equal(await c.authorizations(), 0)
      await keys.mend()
      await c.usable(true)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a server error at tokenizing: nothing is paid, and another press pays',
    async play(c) {
      await c.begin({ replies: { onTokenized: { continue: true } } })
      await c.type()
      const tokens = await c.hinder(TOKENS, answered(500))
      await c.payButton.click()
      await c.toldError({ type: 'Request', code: 'tokenize_request_failed', status: 500 })
      await c.says('payment.declined.try_again')
      const { thrown } = await c.call('tokenize')
      assert.deepEqual([thrown.code, thrown.details.status], ['tokenize_request_failed', 500])
      assert.equal(await c.authorizations(), 0)
      await tokens.mend()
      await c.usable(true)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'an answer that is lost after the payment was made: the session is asked, nothing is sent again',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, answerLost)
      await c.payButton.click()
      await c.paid()
      assert.equal(submit.asked.length, 1)
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'a submit that never arrives: the very same bytes are sent again',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, atFirst(2, unreachable))
      await c.payButton.click()
      await c.paid()
      assert.equal(submit.asked.length, 3)
      assert.equal(new Set(submit.asked).size, 1)
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'a proxy that answers 500 for a payment that was made: the session is asked',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, async (route) => {
        await route.fetch()
        await route.fulfill({ status: 500, body: '<h1>Internal Server Error</h1>', contentType: 'text/html' })
      })
      await c.payButton.click()
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
  {
    title: 'a submit that times out though the payment was made: the session is asked',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, (route) => route.fetch())
      await c.payButton.click()
      await c.usable(false)
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
  {
    title: 'too many requests once: the payment waits as it was told and goes on by itself',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, atFirst(1, answered(429, TOO_MANY, { 'retry-after': '1' })))
      await c.payButton.click()
      await c.paid()
      assert.equal(submit.asked.length, 2)
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'too many requests again and again: the shopper is told to wait, and a later press pays',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, answered(429, TOO_MANY, { 'retry-after': '0' }))
      await c.payButton.click()
      await c.toldError({ ...FAILED, status: 429, codes: TOO_MANY.error_codes })
      await c.says('sluice.too_many_requests')
      assert.equal(await c.authorizations(), 0)
      await submit.mend()
      await c.usable(true)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'offline when Pay is pressed: nothing is sent, and a press once online pays',
    async play(c) {
      await c.begin()
      await c.type()
      await c.page.context().setOffline(true)
      await c.payButton.click()
      await c.toldError(FAILED)
      await c.says('sluice.offline')
      await c.page.context().setOffline(false)
      await c.usable(true)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'offline while the payment is made: once online, the shopper reads that it was',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, async (route) => {
        await route.fetch()
        await c.page.context().setOffline(true)
        await route.abort('internetdisconnected')
      })
      await c.payButton.click()
      await c.page.waitForFunction(() => !navigator.onLine)
      assert.equal(c.count('onPaymentCompleted'), 0)
      await c.usable(false)
      await c.page.context().setOffline(false)
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
  {
    title: 'an outcome that nobody can say: the form is locked, and Check again finds the payment',
    async play(c) {
      await c.page.clock.install()
      await c.begin()
      await c.type()
      await c.hinder(SUBMIT, answerLost)
      const session = await c.hinder(SESSION, unreachable)
      await c.payButton.click()
      await c.usable(false)
      while (c.count('onError') === 0) await c.page.clock.fastForward(5000)
      await c.toldError(FAILED)
      await c.says('sluice.unknown_outcome')
      await c.usable(false)
      await session.mend()
      await c.retryButton.click()
      await c.paid()
    },
  },
  {
    title: 'an outcome that nobody can say and no payment: Check again opens the form',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, unreachable)
      const session = await c.hinder(SESSION, answered(403))
      await c.payButton.click()
      await c.toldError({ ...FAILED, status: 403 })
      await c.says('sluice.unknown_outcome')
      await session.mend()
      await submit.mend()
      await c.retryButton.click()
      await c.says('payment.declined.try_again')
      await c.usable(true)
      assert.equal(await c.authorizations(), 0)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: "a shop's server whose answer is lost after the payment was made: the session is asked",
    async play(c, sluice, t) {
      const own = await openCheckout(t, sluice, LOCALE, {
        of: c,
        shop: {
          async handleSubmit(session_data) {
            await sluice.post(`/payment-sessions/${c.session.id}/submit`, { session_data })
            throw new Error('the connection was reset')
          },
        },
      })
      await own.begin({ throughServer: true })
      await own.type()
      await own.payButton.click()
      await own.paid()
      await own.toldError({ type: 'Integration', code: 'callback_invocation_failed' })
      assert.equal(own.count('handleSubmit'), 1)
    },
  },
]

const closed: Case[] = [
  {
    title: 'an amount that was another on the server: nothing is paid before the shopper has seen it',
    async play(c) {
      const session = await c.hinder(SESSION, async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, json: { ...(await response.json()), amount: c.amount - 100 } })
      })
      await c.begin()
      await c.root.getByText(written(c.amount - 100)).waitFor()
      await session.mend()
      await c.type()
      await c.payButton.click()
      await c.toldError({ ...FAILED, status: 422, codes: ['amount_changed'] })
      await c.says('sluice.amount_changed')
      await c.root.getByText(written(c.amount)).waitFor()
      assert.equal(await c.authorizations(), 0)
      await c.usable(true)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a session that is paid already: the shopper reads so, and cannot pay again',
    async play(c, sluice) {
      const card = { number: '4242424242424242', expiry_month: 12, expiry_year: 2032, cvv: '100', name: 'Ada Lovelace' }
      assert.equal((await sluice.submit(c.session, card)).status, 201)
      await c.start()
      await c.says('payment.successful')
      await c.usable(false)
      await c.call('submit')
      assert.equal(c.count('onPaymentCompleted') + c.count('onError') + c.count('onSubmit'), 0)
      assert.equal(await c.authorizations(), 1)
    },
  },
  {
    title: 'two tabs with one session: one pays, and the other says that it is paid',
    async play(c, sluice, t) {
      const other = await openCheckout(t, sluice, LOCALE, { of: c })
      await Promise.all([c, other].map((tab) => tab.begin()))
      await Promise.all([c, other].map((tab) => tab.type()))
      await Promise.all([c, other].map((tab) => tab.payButton.click()))
      for (const tab of [c, other]) {
        await tab.says('payment.successful')
        await tab.usable(false)
      }
      assert.equal(c.count('onPaymentCompleted') + other.count('onPaymentCompleted'), 1)
      assert.equal(c.count('onError') + other.count('onError'), 1)
      const loser = c.count('onError') === 1 ? c : other
      // By the refusal of its submit, or by the session, whichever came first.
      await loser.toldError({ ...FAILED, status: 'any', codes: ['payment_session_already_completed'] })
      assert.equal(await c.authorizations(), 1)
    },
  },
  {
    title: 'a session that expires while the form is open: nothing is paid, and the shopper is sent to begin anew',
    alone: true,
    async play(c, sluice) {
      await c.begin()
      await c.type()
      await sluice.advance('2 hours')
      await c.payButton.click()
      await c.toldError({ ...FAILED, status: 422, codes: ['payment_session_expired'] })
      await c.says('sluice.session_expired')
      await c.usable(false)
      assert.equal(await c.authorizations(), 0)
    },
  },
  {
    title: 'a session that has expired before: the shopper is sent to begin anew',
    alone: true,
    async play(c, sluice) {
      await sluice.advance('2 hours')
      await c.start()
      await c.toldError({ ...FAILED, codes: ['payment_session_expired'] })
      await c.says('sluice.session_expired')
      await c.usable(false)
      assert.equal(await c.authorizations(), 0)
    },
  },
  {
    title: 'a bank that is cut off after booking: the form waits, and the payment is found',
    alone: true,
    options: { session: { metadata: { sluice_simulator: 'drop_after_booking' } } },
    async play(c, sluice) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, (route) => route.continue())
      await c.payButton.click()
      await c.usable(false)
      await c.page.waitForTimeout(500)
      await sluice.advance('10 minutes')
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
]

const TOO_MANY = { error_type: 'request_invalid', error_codes: ['rate_limit_exceeded'] }

/** As it stands in the pay button, without the currency's sign. */
function written(minorUnits: number): string {
  return (minorUnits / 100).toFixed(2).replace('.', ',')
}
