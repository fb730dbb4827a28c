/** The demo shop sells a basket once, whatever becomes of the bank's page and of answers on the way. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { completeChallenge, pay as press } from '@sluice/testing/playwright'
import { openPage, screenshot } from '../../../test/support/browser.ts'
import { eventually } from '../../../test/support/sluice.ts'
import { callsOf, goToCheckout, pay, paymentsOf } from './shop-support.ts'
import { dataFolder, freePorts, startSluice } from './support.ts'

test('the demo shop', async (t) => {
  const port = await freePorts()
  await startSluice(t, dataFolder(t), port)
  const api = `http://localhost:${port}`
  const shop = `http://localhost:${port + 3}`

  for (const integration of ['script', 'server', 'sessionless']) {
    await t.test(
      `sells a basket once to who goes back from the bank and pays another way, by ${integration}`,
      async (t) => {
        const page = await openPage(t)
        await goToCheckout(page, shop, { integration, threeDs: 'on', redirect: 'page' })
        await pay(page, '4242424242424242')
        await challengeOf(page).waitFor()
        const left = page.url()

        await page.goBack()
        await page.getByText('The payment was not finished. Try again or pay another way.').waitFor()
        await screenshot(page, `shop-another-way-${integration}`)
        // This bank does not ask: the payment is approved at once.
        await pay(page, '4485040371536584')
        await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
        assert.match(await page.locator('main').innerText(), /ending in 6584/)
        // What was left there leads back to the shop, and pays nothing.
        await page.goto(left)
        await page.waitForURL(`${shop}/**`)

        const made = (await callsOf(page, shop)).filter((call) => /^POST \/payment-sessions(\/complete)?$/.test(call))
        assert.equal(made.length, 1, 'one session, so one order')
        assert.deepEqual(await paymentsOf(page, shop, api), ['Captured'])
      },
    )
  }

  await t.test('leads to its order who comes to the checkout with a basket that was paid meanwhile', async (t) => {
    const page = await openPage(t)
    await goToCheckout(page, shop, { integration: 'script', threeDs: 'on', redirect: 'page' })
    await pay(page, '4242424242424242')
    await challengeOf(page).waitFor()
    // On a phone the shop does not know the visitor, and the shop does not hear of it.
    const phone = await openPage(t)
    await phone.goto(page.url())
    await completeChallenge(phone)
    await phone.getByRole('heading', { name: 'No such order' }).waitFor()

    await page.goto(`${shop}/checkout`)
    await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
    assert.equal(await page.locator('[data-count]').innerText(), '0')
  })

  for (const integration of ['server', 'sessionless']) {
    await t.test(`pays once when the answer of its server was lost, by ${integration}`, async (t) => {
      const page = await openPage(t)
      await goToCheckout(page, shop, { integration })
      const path = integration === 'server' ? '/checkout/submit' : '/checkout/complete'
      let lost = 0
      await page.route(shop + path, async (route) => {
        if (lost++ > 0) return route.continue()
        await route.fetch()
        await route.abort()
      })
      await pay(page, '4242424242424242')
      if (integration === 'sessionless') {
        await eventually(() => Promise.resolve(lost > 0))
        await press(page)
      }
      await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
      assert.deepEqual(await paymentsOf(page, shop, api), ['Captured'])
    })
  }
})

/** The issuer's page, in ours that the shopper was sent to. */
function challengeOf(page: Page) {
  return page.frameLocator('iframe[name="sluice-acs"]').locator('[data-challenge]')
}
