/**
 * The official npm package, byte for byte as it was published, drives our script: a shop that uses it changes nothing but
 * what stands before it on its page.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { payButton, typeCard } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { type Json, PUBLIC_KEY, startSluice } from '../support/sluice.ts'

const main = createRequire(import.meta.url).resolve('@checkout.com/checkout-web-components')
const OFFICIAL = readFileSync(join(dirname(main), 'index.module.js'), 'utf8')

/** What a shop's own code does with it, as documentation says. */
const APP = `
import { loadCheckoutWebComponents, CardScheme } from '/official.js'
window.pay = async (paymentSession) => {
  window.told = []
  const checkout = await loadCheckoutWebComponents({
    publicKey: '${PUBLIC_KEY}',
    environment: 'sandbox',
    paymentSession,
    locale: 'en-GB',
    componentOptions: { flow: { acceptedCardSchemes: [CardScheme.Visa] } },
    onReady: () => window.told.push(['onReady']),
    onPaymentCompleted: (component, payment) => window.told.push(['onPaymentCompleted', component.type, payment]),
    onError: (component, error) => window.told.push(['onError', error.message]),
  })
  const flow = checkout.create('flow')
  if (await flow.isAvailable()) flow.mount('#target')
}
`

test('the official loader finds our script on the page, asks nobody else, and the shopper pays', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const { page, url } = await openShop(t, sluice, {
    body: '<script type="module" src="/app.js"></script>',
    files: {
      '/app.js': { type: 'text/javascript', text: APP },
      '/official.js': { type: 'text/javascript', text: OFFICIAL },
    },
  })
  const asked = new Set<string>()
  page.on('request', (request) => asked.add(new URL(request.url()).origin))
  await page.reload()
  await page.waitForFunction(() => 'pay' in globalThis)

  await page.evaluate((given) => (globalThis as Json).pay(given), session as Json)
  const told = async (name: string) => {
    const found = await page.waitForFunction(
      (wanted) => (globalThis as Json).told.find(([event]: [string]) => event === wanted),
      name,
    )
    return (await found.jsonValue()) as [name: string, ...rest: Json[]]
  }
  await told('onReady')
  await typeCard(page, { number: '4242424242424242' })
  await payButton(page).click()
  const [, component, payment] = await told('onPaymentCompleted')

  assert.deepEqual([component, payment.status, payment.type], ['flow', 'Approved', 'card'])
  assert.equal((await sluice.payment(payment.id)).approved, true)
  assert.deepEqual([...asked].sort(), [url, sluice.urls.api, sluice.urls.frames].sort(), 'no other host is asked')
  assert.equal(await page.locator('script').count(), 3, 'the loader added no script')
  await sluice.assertSound()
})

test('the official loader hears of mistakes as from the script it expects', async (t) => {
  const sluice = await startSluice(t)
  const { page } = await openShop(t, sluice, {
    body: '<script type="module" src="/app.js"></script>',
    files: {
      '/app.js': { type: 'text/javascript', text: APP },
      '/official.js': { type: 'text/javascript', text: OFFICIAL },
    },
  })
  await page.waitForFunction(() => 'pay' in globalThis)

  const refused = await page.evaluate(async () => {
    const error = await (globalThis as Json).pay({ id: 'ps_1' }).catch((reason: unknown) => reason)
    return { name: error.name, type: error.type, code: error.code, isError: error instanceof Error }
  })

  assert.deepEqual(refused, {
    name: 'CheckoutError',
    type: 'Integration',
    code: 'payment_session_invalid',
    isError: true,
  })
})
