/** A form that does not come, or comes late: the shopper reads so, the shop is told, and a try later works. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, atFirst, type Case, KEEPER, METADATA, playCases, SESSION, unreachable } from './support-troubles.ts'

const LOCALE = 'de-DE'
const NOT_LOADED = { type: 'Request', code: 'network_error' }

test('whatever does not load, the shopper knows, and can pay once it does', { concurrency: 6 }, (t) =>
  playCases(t, LOCALE, loading),
)

const loading: Case[] = [
  {
    title: 'a session that cannot be read at first: the form is late, and nobody is troubled',
    async play(c) {
      await c.hinder(SESSION, atFirst(2, answered(503)))
      await c.begin()
      assert.equal(c.count('onError'), 0)
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a session that cannot be read: the shopper may try again',
    async play(c) {
      const session = await c.hinder(SESSION, unreachable)
      await c.start({ options: { locale: LOCALE } })
      await c.toldError(NOT_LOADED)
      await c.says('sluice.load_failed')
      await session.mend()
      await c.retryButton.click()
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a session that does not exist, or with another secret: nothing to try again',
    async play(c) {
      const payment_session_secret = `${c.session.payment_session_secret.slice(0, -4)}aaaa`
      const withoutToken = { id: c.session.id, payment_session_secret }
      await assert.rejects(c.start({ options: { paymentSession: withoutToken } }), /payment_session_invalid/)
      await c.start({ options: { locale: LOCALE, paymentSession: { ...c.session, payment_session_secret } } })
      await c.toldError({ type: 'Integration', code: 'payment_session_invalid' })
      await c.says('sluice.load_failed')
      assert.equal(await c.retryButton.count(), 0)
    },
  },
  {
    title: 'a session that may not be read: nothing to try again',
    async play(c) {
      await c.hinder(SESSION, answered(401))
      await c.start({ options: { locale: LOCALE } })
      await c.toldError({ type: 'Integration', code: 'payment_session_invalid' })
      await c.says('sluice.load_failed')
      assert.equal(await c.retryButton.count(), 0)
    },
  },
  {
    title: 'texts of the language that cannot be loaded: English ones are shown',
    async play(c) {
      await c.hinder(/^\/frame\/assets\/de-DE\./, answered(404))
      await c.begin()
      await c.type()
      await c.payButton.click()
      await c.told('onPaymentCompleted')
      await c.root.getByText('Payment successful', { exact: true }).waitFor()
    },
  },
  {
    title: 'no texts at all: the shopper reads so in English and may try again',
    async play(c) {
      const texts = await c.hinder(/^\/frame\/assets\/(de-DE|en-GB)\./, unreachable)
      await c.start()
      await c.toldError(NOT_LOADED)
      await c.root.getByText('The payment form could not be loaded', { exact: true }).waitFor()
      await texts.mend()
      await c.retryButton.click()
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a card that cannot be looked up: it is paid with all the same',
    async play(c) {
      await c.hinder(METADATA, answered(500))
      await c.begin()
      await c.type()
      const [, , metadata] = await c.told('onCardBinChanged')
      assert.deepEqual(metadata, { bin: '42424242', scheme: 'visa' })
      await c.payButton.click()
      await c.paid()
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'a keeper that does not load at once: it is loaded again, and nobody is troubled',
    async play(c) {
      await c.hinder(KEEPER, atFirst(1, answered(502)))
      await c.begin()
      assert.equal(c.count('onError'), 0)
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a keeper that does not load: the shopper reads so and may try again',
    async play(c) {
      const warnings: string[] = []
      c.page.on('console', (message) => void (message.type() === 'warning' && warnings.push(message.text())))
      const keeper = await c.hinder(KEEPER, unreachable)
      await c.start()
      await c.toldError(NOT_LOADED)
      assert.match(warnings.at(-1) ?? '', /^Flow's frames did not come\. Is pk_sbox_\w+ a key of/)
      await c.root.getByText('The payment form could not be loaded', { exact: true }).waitFor()
      assert.equal(keeper.asked.length, 3)
      await keeper.mend()
      await c.retryButton.click()
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'card fields that do not load: the shopper reads so and may try again',
    async play(c) {
      const script = await c.hinder(/^\/frame\/assets\/fields\./, answered(404))
      await c.start()
      await c.toldError(NOT_LOADED)
      await c.says('sluice.load_failed')
      await script.mend()
      await c.retryButton.click()
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'card fields whose script was tampered with: it does not run',
    async play(c) {
      await c.hinder(/^\/frame\/assets\/fields\./, async (route) => {
        const answer = await route.fetch()
        await route.fulfill({ response: answer, body: `${await answer.text()};parent.postMessage('stolen', '*')` })
      })
      await c.page.evaluate(() => addEventListener('message', ({ data }) => Object.assign(window, { stolen: data })))
      await c.start()
      await c.toldError(NOT_LOADED)
      await c.says('sluice.load_failed')
      assert.equal(await c.page.evaluate(() => 'stolen' in window), false)
    },
  },
  {
    title: 'offline when the form is opened: it comes by itself once online',
    async play(c) {
      await c.page.context().setOffline(true)
      await c.start()
      await c.toldError(NOT_LOADED)
      await c.root.getByText('You are offline. Try again once you are connected.', { exact: true }).waitFor()
      await c.page.context().setOffline(false)
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
]
