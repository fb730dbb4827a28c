/** Bad pages: whatever a shop's page does to the form, the shopper can go on, and nobody pays twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPageThatIsKept } from '../support/browser.ts'
import { eventually, type Json, PUBLIC_KEY } from '../support/sluice.ts'
import { bundleOwnLoader, bundleReactShop } from './support-bundles.ts'
import {
  cardFrame,
  type Case,
  fillIn,
  type Hindrance,
  type OpenCheckout,
  openCheckout,
  playCases,
  SUBMIT,
} from './support-troubles.ts'

const LOCALE = 'en-GB'
const FAILED = { type: 'Request', code: 'payment_request_failed' }

test('whatever the page does, a shopper pays once or not at all, and knows which', { concurrency: 6 }, (t) =>
  playCases(t, LOCALE, [...pressing, ...placing, ...scripts, ...leaving]),
)

const pressing: Case[] = [
  {
    title: 'Pay pressed twice in one breath: one attempt',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, slowly)
      await c.payButton.dblclick()
      await c.call('submit')
      await c.paid()
      assert.deepEqual([submit.asked.length, c.count('onSubmit'), c.count('onError')], [1, 1, 0])
    },
  },
  {
    title: 'Enter in a field and a click on Pay: one attempt',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, slowly)
      await Promise.all([c.field('card-cvv').press('Enter'), c.payButton.click()])
      await c.paid()
      assert.deepEqual([submit.asked.length, c.count('onSubmit'), c.count('onError')], [1, 1, 0])
    },
  },
  {
    title: 'an amount that is updated while the shopper types: nothing typed is lost',
    async play(c) {
      await c.begin()
      await c.field('card-number').pressSequentially('42424242')
      await c.call('update', { amount: 123456 })
      await c.root.getByText('£1,234.56').waitFor()
      await c.field('card-number').pressSequentially('42424242')
      assert.equal(await c.field('card-number').inputValue(), '4242 4242 4242 4242')
      await c.call('update', { amount: c.amount })
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'two instances with one session: one pays, and the other says that it is paid',
    async play(c) {
      await c.begin()
      await c.type()
      await c.page.evaluate(
        async (options) => {
          const heard = (name: string) => (self: Json, what: Json) =>
            (globalThis as Json).shopHeard([`other ${name}`, self.type, JSON.parse(JSON.stringify(what ?? null))])
          const callbacks = Object.fromEntries(
            ['onReady', 'onPaymentCompleted', 'onError'].map((name) => [name, heard(name)]),
          )
          const other = await (globalThis as Json).CheckoutWebComponents({ ...options, ...callbacks })
          other.create('flow').mount(document.querySelector('main'))
        },
        { publicKey: PUBLIC_KEY, paymentSession: c.session },
      )
      await c.told('other onReady')
      await fillIn(cardFrame(c.page, 1))
      await c.payButton.evaluateAll((buttons) => buttons.forEach((button) => (button as Json).click()))
      await eventually(async () => (await c.root.getByText('Payment successful', { exact: true }).count()) === 2)
      assert.equal(c.count('onPaymentCompleted') + c.count('other onPaymentCompleted'), 1)
      assert.equal(c.count('onError') + c.count('other onError'), 1)
      assert.equal(await c.authorizations(), 1)
    },
  },
]

const placing: Case[] = [
  {
    title: 'a mount target that is moved: what was typed is still there',
    async play(c) {
      await c.begin()
      await c.type()
      await c.page.evaluate(() => {
        const elsewhere = document.createElement('section')
        document.querySelector('main')?.prepend(elsewhere)
        elsewhere.append(document.querySelector('#target') as Element)
      })
      await keeps(c, 'card-number', '4242 4242 4242 4242')
      await keeps(c, 'card-expiry-date', '12 / 32')
      await keeps(c, 'card-cvv', '100')
      assert.equal(c.count('onError'), 0)
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a mount target that is removed: nothing is thrown, and the form can be mounted elsewhere',
    async play(c) {
      await c.begin()
      await c.type()
      await c.page.evaluate(() => document.querySelector('#target')?.remove())
      await mountAnew(c, '<div id="elsewhere"></div>', '#elsewhere')
      await c.told('onReady', 2)
      await c.type()
      await c.payButton.click()
      await c.paid()
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'a mount target that is replaced: the form can be mounted in the new one',
    async play(c) {
      await c.begin()
      await c.page.evaluate(() => {
        const fresh = document.createElement('div')
        fresh.id = 'target'
        document.querySelector('#target')?.replaceWith(fresh)
      })
      await mountAnew(c, '', '#target')
      await c.told('onReady', 2)
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title:
      'a mount target that is removed while the bank wants to see the shopper: the attempt is over, another may begin',
    options: { session: { '3ds': { enabled: true } } },
    async play(c) {
      await c.begin()
      await c.type()
      await c.hinder(SUBMIT, slowly)
      await c.payButton.click()
      await c.page.evaluate(() => document.querySelector('#target')?.remove())
      await c.toldError({ type: 'Request', code: 'payment_request_aborted' })
      await mountAnew(c, '<div id="elsewhere"></div>', '#elsewhere')
      await c.told('onReady', 2)
      await c.says('payment.declined.payment_cancelled')
      await c.type()
      await c.payButton.click()
      await c.root.getByRole('dialog').waitFor()
      assert.equal(await c.authorizations(), 0)
    },
  },
  {
    title: 'a mount target that is missing, or a second mount: the shop is told at once',
    async play(c) {
      await c.begin()
      const again = await c.call('mount', '#target')
      assert.equal(again.thrown.code, 'component_already_mounted')
      await c.call('unmount')
      const nowhere = await c.call('mount', '#nowhere')
      assert.deepEqual(
        [nowhere.thrown.type, nowhere.thrown.code, nowhere.thrown.details.element],
        ['Integration', 'element_not_found', '#nowhere'],
      )
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title:
      'a component that is unmounted during an attempt: the shop hears how it ended, and so does who mounts it again',
    async play(c) {
      await c.begin()
      await c.type()
      const submit = await c.hinder(SUBMIT, slowly)
      await c.payButton.click()
      await eventually(async () => submit.asked.length === 1)
      await c.call('unmount')
      await c.told('onPaymentCompleted')
      await mountAnew(c, '', '#target')
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
  {
    title: 'a keeper that the page removes: it is put back, and the shopper is asked for the card again',
    async play(c) {
      await c.begin()
      await c.type()
      await removeKeeper(c)
      await c.says('sluice.reenter_card')
      await eventually(async () => (await c.field('card-number').inputValue()) === '')
      await c.type()
      await c.payButton.click()
      await c.paid()
      assert.equal(c.count('onError'), 0)
    },
  },
  {
    title: 'a keeper that the page removes again and again: Pay says so, and works once it stops',
    async play(c) {
      await c.begin()
      await c.type()
      await c.page.evaluate(() => {
        const sweep = () => document.querySelector('iframe[name^="sluice-keeper"]')?.remove()
        const observer = new MutationObserver(sweep)
        observer.observe(document.body, { childList: true })
        ;(globalThis as Json).stopSweeping = () => observer.disconnect()
        sweep()
      })
      await c.payButton.click()
      await c.toldError({ type: 'Request', code: 'network_error' })
      await c.says('payment.declined.try_again')
      await c.page.evaluate(() => (globalThis as Json).stopSweeping())
      await c.payButton.click() // brings it back
      await c.toldError({ type: 'Request', code: 'network_error' }, 2)
      await c.says('sluice.reenter_card')
      await eventually(async () => (await c.field('card-number').inputValue()) === '')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'a keeper that the page removes during an attempt: the form is locked until it is known how that ended',
    async play(c) {
      await c.begin()
      await c.type()
      let made = false
      const submit = await c.hinder(SUBMIT, async (route) => {
        await route.fetch()
        made = true
      })
      await c.payButton.click()
      await eventually(async () => made)
      await removeKeeper(c)
      await c.toldError(FAILED)
      await c.says('sluice.unknown_outcome')
      await c.usable(false)
      await c.retryButton.click()
      await c.paid()
      assert.equal(submit.asked.length, 1)
    },
  },
]

const scripts: Case[] = [
  {
    title: 'a script that is evaluated twice: the second time changes nothing',
    async play(c, { urls }) {
      await c.begin()
      await c.type()
      const changed = await c.page.evaluate(async (src) => {
        const before = Object.getOwnPropertyNames(window)
        const { CheckoutWebComponents } = window as Json
        const script = document.createElement('script')
        script.src = src
        await new Promise((loaded) => {
          script.addEventListener('load', loaded)
          document.head.append(script)
        })
        return [
          CheckoutWebComponents === (window as Json).CheckoutWebComponents,
          Object.getOwnPropertyNames(window).filter((name) => !before.includes(name)),
        ]
      }, `${urls.api}/flow/index.js?again`)
      assert.deepEqual(changed, [true, []])
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'the official loader called twice at once: whichever script comes last, both have the form',
    options: {
      shop: {
        scripts: [],
        // The loader's address is the vendor's, where our script is answered here.
        browser: { bypassCSP: true },
        files: { '/loader.js': { type: 'text/javascript', text: officialLoader() } },
      },
    },
    async play(c, { urls }) {
      const script = await (await fetch(`${urls.api}/flow/index.js`)).text()
      await c.page.route(/^https:\/\/checkout-web-components\./, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: script }),
      )
      assert.deepEqual(await loadTwice(c, { loader: '/loader.js' }), [true, 1])
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: 'our own loader called twice at once: the script is loaded once',
    async play(first, sluice, t) {
      const files = { '/loader.js': { type: 'text/javascript', text: await bundleOwnLoader() } }
      const c = await openCheckout(t, sluice, LOCALE, { of: first, shop: { scripts: [], files } })
      let loads = 0
      c.page.on('request', (request) => {
        if (request.url().endsWith('/flow/index.js')) loads += 1
      })
      const scriptUrl = `${sluice.urls.api}/flow/index.js`
      assert.deepEqual(await loadTwice(c, { loader: '/loader.js', scriptUrl }), [true, 1])
      assert.equal(loads, 1)
      await c.told('onReady')
      await c.type()
      await c.payButton.click()
      await c.paid()
    },
  },
  {
    title: "React's StrictMode, which mounts twice: one form stands, and it pays once",
    async play(first, sluice, t) {
      const files = { '/react.js': { type: 'text/javascript', text: await bundleReactShop() } }
      const c = await openCheckout(t, sluice, LOCALE, { of: first, shop: { body: '<div id="app"></div>', files } })
      await c.page.evaluate(
        async (options) => {
          const { start } = await import(`${location.origin}/react.js`)
          start(options)
        },
        { publicKey: PUBLIC_KEY, paymentSession: c.session },
      )
      await c.told('onReady')
      assert.equal(await c.page.evaluate(() => (globalThis as Json).effects), 2)
      assert.equal(await c.root.count(), 1)
      await c.type()
      await c.payButton.click()
      await c.paid()
      assert.equal(c.count('onError'), 0)
    },
  },
]

const leaving: Case[] = [
  {
    title: 'a page that is left during an attempt and opened again: it says that it is paid',
    async play(c) {
      await c.begin()
      await c.type()
      let made = false
      await c.hinder(SUBMIT, async (route) => {
        await route.fetch()
        made = true
      })
      await c.payButton.click()
      await eventually(async () => made)
      await c.page.goto(`${c.url}/success`)
      await c.page.goBack()
      await c.start()
      await c.says('payment.successful')
      await c.usable(false)
      assert.equal(await c.authorizations(), 1)
    },
  },
  {
    title: 'a page that comes back from the back/forward cache: the session is read again before it can be paid',
    async play(first, sluice, t) {
      const c = await openCheckout(t, sluice, LOCALE, { of: first, shop: { page: await openPageThatIsKept(t) } })
      await c.begin()
      await c.type()
      await c.page.goto(`${c.url}/success`)
      const card = { number: '4242424242424242', expiry_month: 12, expiry_year: 2032, cvv: '100', name: 'Ada Lovelace' }
      assert.equal((await sluice.submit(c.session, card)).status, 201)
      // Nothing is loaded that one could wait for.
      await c.page.evaluate(() => history.back())
      await c.says('payment.successful')
      await c.usable(false)
      assert.deepEqual([await c.authorizations(), c.count('onError'), c.count('onReady')], [1, 0, 1])
    },
  },
]

// ---------------------------------------------------------------- what pages do

const slowly: Hindrance = async (route) => {
  await new Promise((resolve) => setTimeout(resolve, 700))
  await route.continue()
}

async function keeps(c: OpenCheckout, testId: string, text: string): Promise<void> {
  await eventually(async () => (await c.field(testId).inputValue()) === text, 15_000)
}

function mountAnew(c: OpenCheckout, html: string, target: string): Promise<void> {
  return c.page.evaluate(
    ([more, selector]) => {
      document.querySelector('main')?.insertAdjacentHTML('beforeend', more as string)
      ;(globalThis as Json).shop.component.mount(selector)
    },
    [html, target],
  )
}

function removeKeeper(c: OpenCheckout): Promise<void> {
  return c.page.evaluate(() => document.querySelector('iframe[name^="sluice-keeper"]')?.remove())
}

/** Two calls at once: whether both came to an instance, and how many globals they are of; the first is shown. */
function loadTwice(c: OpenCheckout, { loader, scriptUrl }: { loader: string; scriptUrl?: string }): Promise<Json> {
  return c.page.evaluate(
    async ({ path, src, options }) => {
      const { loadCheckoutWebComponents, configure } = await import(location.origin + path)
      if (src) configure({ scriptUrl: src })
      const { shopHeard, shop } = globalThis as Json
      const heard = (name: string) => (self: Json, what: Json) =>
        shopHeard([name, self.type, JSON.parse(JSON.stringify(what ?? null))])
      const callbacks = Object.fromEntries(
        ['onReady', 'onPaymentCompleted', 'onError'].map((name) => [name, heard(name)]),
      )
      const globals = new Set()
      const load = async () => {
        const instance = await loadCheckoutWebComponents({ ...options, ...callbacks })
        globals.add((globalThis as Json).CheckoutWebComponents)
        return instance
      }
      const [one, other] = await Promise.all([load(), load()])
      shop.component = one.create('flow')
      shop.component.mount('#target')
      return [typeof other.create === 'function', globals.size]
    },
    { path: loader, src: scriptUrl, options: { publicKey: PUBLIC_KEY, paymentSession: c.session } },
  )
}

function officialLoader(): string {
  const entry = fileURLToPath(import.meta.resolve('@checkout.com/checkout-web-components'))
  return readFileSync(join(entry, '../index.module.js'), 'utf8')
}
