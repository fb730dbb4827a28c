/** Shoppers who are sent away to the page of a bank, and come back by its buttons, by Back, or by opening the shop anew. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approveRedirect, declineRedirect } from '@sluice/testing/playwright'
import { openPage, openPageThatIsKept, payButton } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { startSluice } from '../support/sluice.ts'
import { approveLate, PAY_ANOTHER_WAY, visit } from './visit.ts'

test('a shopper who is sent away to the page of a bank', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  // Keeps the browser open in between.
  await openPage(t)
  const options = { redirectMode: 'page' }

  await t.test('approves, lands on success_url, and the script of the page reads where it landed', async (each) => {
    const shop = await visit(each, sluice, { options })
    await shop.begin()
    await shop.pressPay()
    await approveRedirect(shop.page)
    await shop.assertLanded('/success', { paid: true })
    const paymentId = await shop.assertPaidOnce()

    const { search } = new URL(shop.page.url())
    await shop.page.goto(shop.url + search)
    const found = await shop.page.evaluate(() => (globalThis as Json).CheckoutWebComponents.handleReturn())
    assert.deepEqual([found.paymentSessionId, found.paymentId], [shop.session.id, paymentId])
  })

  await t.test('fails, lands on failure_url, and pays with another card', async (each) => {
    const shop = await visit(each, sluice, { options })
    await shop.begin()
    await shop.pressPay()
    await declineRedirect(shop.page)
    await shop.assertLanded('/failure', { paid: false })

    await shop.page.goto(shop.url)
    await shop.begin()
    await shop.payWithAnotherCard()
  })

  await t.test('never comes back, opens the shop again, and pays with another card', async (each) => {
    const shop = await visit(each, sluice, { options })
    await shop.begin()
    await shop.pressPay()
    await shop.page.locator('form.choices').waitFor()
    const left = shop.page.url()

    await shop.page.goto(shop.url)
    await shop.begin()
    await shop.notice(PAY_ANOTHER_WAY).waitFor()
    await shop.payWithAnotherCard()

    await approveLate(sluice, left)
    await shop.assertPaidOnce()
  })

  await t.test('goes back to a page that loads anew, is told to pay another way, and does', async (each) => {
    const shop = await visit(each, sluice, { options })
    await shop.begin()
    await shop.pressPay()
    await shop.page.locator('form.choices').waitFor()

    await shop.page.goBack()
    await shop.begin()
    await shop.notice(PAY_ANOTHER_WAY).waitFor()
    await shop.payWithAnotherCard()
  })

  await t.test('goes back to the page as it was left, is told to pay another way, and does', async (each) => {
    const shop = await visit(each, sluice, { options, page: await openPageThatIsKept(each) })
    await shop.begin()
    const age = await shop.page.evaluate(() => performance.timeOrigin)
    await shop.pressPay()
    await shop.page.locator('form.choices').waitFor()
    const left = shop.page.url()

    await shop.page.goBack({ waitUntil: 'commit' })
    await shop.notice(PAY_ANOTHER_WAY).waitFor()
    assert.equal(await shop.page.evaluate(() => performance.timeOrigin), age, 'it is the very same page')
    // Playwright has lost sight of the frames of a page that was kept; the keyboard has not.
    await shop.payWithAnotherCard(async (number) => {
      const { keyboard } = shop.page
      await payButton(shop.page).focus()
      for (let press = 0; press < 3; press++) await keyboard.press('Shift+Tab')
      await keyboard.press('Control+A')
      await keyboard.type(number)
    })

    await approveLate(sluice, left)
    await shop.assertPaidOnce()
  })

  await t.test('approves, goes back to the page as it was left, and finds it paid', async (each) => {
    const shop = await visit(each, sluice, { options, page: await openPageThatIsKept(each) })
    await shop.begin()
    await shop.pressPay()
    await shop.page.locator('form.choices').waitFor()
    await approveLate(sluice, shop.page.url())

    await shop.page.goBack({ waitUntil: 'commit' })
    await shop.notice('Payment successful').waitFor()
    await shop.assertPaidOnce()
  })
})
