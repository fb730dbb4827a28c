/**
 * The page around a challenge of ours, opened by itself as a merchant's redirect would: it never leaves the shopper with a
 * payment that cannot be finished, and never gives one up that can.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { startSluice } from '../support/sluice.ts'
import { external } from '../support/three-ds.ts'

const LANDED = '<!doctype html><html lang="en"><title>Landed</title><h1>Landed</h1></html>'

test('the page around a challenge', async (t) => {
  const sluice = await startSluice(t)
  const merchant = await external(sluice)
  // Keeps the browser open in between.
  await openPage(t)
  t.afterEach(() => sluice.assertSound())

  /** A page of a browser in which the shop is there, and a payment whose shopper is challenged. */
  async function challenged(each: Pick<TestContext, 'after'>, members: Json = {}, browser: Json = {}) {
    const page = await openPage(each, browser)
    await page.route('https://shop.example/**', (route) => route.fulfill({ contentType: 'text/html', body: LANDED }))
    const { answer, payment } = await merchant.pay({ '3ds': { enabled: true }, ...members })
    assert.equal(answer.status, 202, answer.text)
    const [url, key] = answer.body.action.url.split('#')
    return { page, url, key, payment }
  }

  async function typePassword(page: Page) {
    const bank = page.frameLocator('iframe[name="sluice-acs"]')
    await bank.locator('input[type=password]').fill('Checkout1!')
    await bank.locator('button[value=continue]').click()
  }

  /** Has the page never wait long: as if its browser came online again and again. */
  async function hurry(page: Page) {
    await page.evaluate(() => setInterval(() => dispatchEvent(new Event('online')), 20))
  }

  await t.test('while the result is waited for there is no way off it, and a reload asks for nothing', async (each) => {
    const metadata = { sluice_simulator: 'rreq:late' }
    const { page, url, key, payment } = await challenged(each, { metadata })
    let waits = true
    await page.route('**/continue', (route) =>
      waits ? route.fulfill({ status: 202, json: { waiting: true } }) : route.continue(),
    )
    await page.goto(`${url}#${key}`)
    await typePassword(page)
    const returning = page.getByText('Taking you back to the shop')
    for (const _ of ['answered', 'reloaded']) {
      await returning.waitFor()
      assert.equal(await page.getByRole('link').count(), 0)
      const asked = page.waitForRequest('**/continue')
      await page.reload()
      await asked
      assert.equal(await page.locator('form, iframe').count(), 0)
    }
    waits = false
    await page.waitForURL('https://shop.example/success?**')
    assert.equal((await merchant.payment(payment.id)).approved, true)
  })

  await t.test('a line that is down, and a server that is, are waited for however long', async (each) => {
    const { page, url, key, payment } = await challenged(each)
    let failures = 0
    await page.route('**/continue', (route) => {
      failures++
      if (failures > 24) return route.continue()
      if (failures % 3 === 0) return route.abort('internetdisconnected')
      return route.fulfill({ status: failures % 3 === 1 ? 503 : 404, body: 'a proxy' })
    })
    await page.goto(`${url}#${key}`)
    await hurry(page)
    await typePassword(page)
    await page.waitForURL('https://shop.example/success?**')
    assert.equal(failures, 25)
    assert.equal((await merchant.payment(payment.id)).approved, true)
  })

  await t.test('a minute after the attempt’s deadline nobody is asked any more', async (each) => {
    const { page, url, key, payment } = await challenged(each)
    await page.clock.install()
    await page.route('**/continue', (route) => route.abort('internetdisconnected'))
    await page.goto(`${url}#${key}`)
    const asked = page.waitForRequest('**/continue')
    await typePassword(page)
    await asked
    await page.clock.fastForward(961_000)
    await page.waitForURL('https://shop.example/failure?**')
    assert.equal((await merchant.payment(payment.id)).status, 'Pending')
    await merchant.post(`/payments/${payment.id}/cancellations`, {})
  })

  await t.test('a key that opens nothing leads to the shop', async (each) => {
    const { page, url, payment } = await challenged(each)
    await page.goto(`${url}#${Buffer.alloc(32).toString('base64url')}`)
    await hurry(page)
    await typePassword(page)
    await page.waitForURL('https://shop.example/failure?**')
    assert.equal((await merchant.payment(payment.id)).status, 'Pending')
    await merchant.post(`/payments/${payment.id}/cancellations`, {})
  })

  await t.test('without its key it says at once that it leads nowhere, and where the shop is', async (each) => {
    const { page, url, payment } = await challenged(each)
    let begun = false
    await page.route('**/3ds/acs/**', (route) => {
      begun = true
      return route.continue()
    })
    const answer = await page.goto(url)
    assert.equal(answer?.status(), 200)
    await page.getByText('This step cannot be finished here.').waitFor()
    assert.equal(await page.getByText('Connecting to your bank').isVisible(), false)
    await page.getByRole('link', { name: 'Back to the shop' }).click()
    await page.waitForURL('https://shop.example/failure?**')
    assert.equal(begun, false)
    assert.equal((await merchant.payment(payment.id)).status, 'Pending')
    await merchant.post(`/payments/${payment.id}/cancellations`, {})
  })

  await t.test('without scripts it says so, in the shopper’s language, and where the shop is', async (each) => {
    const { page, url, key, payment } = await challenged(each, { locale: 'fr-FR' }, { javaScriptEnabled: false })
    await page.goto(`${url}#${key}`)
    // Playwright looks for texts and roles outside of `<noscript>` only.
    const words = page.locator('noscript')
    assert.match(await words.locator('p').first().innerText(), /sans JavaScript/)
    assert.equal(await page.getByText('Connexion à votre banque').isVisible(), false)
    await words.locator('a', { hasText: 'Revenir à la boutique' }).click()
    await page.waitForURL('https://shop.example/failure?**')
    await merchant.post(`/payments/${payment.id}/cancellations`, {})
  })
})
