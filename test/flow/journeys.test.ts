/** Shoppers whose bank asks, in a dialog above the shop's page: answered well, badly, cancelled in every way, tried again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { cancelChallenge, completeChallenge } from '@sluice/testing/playwright'
import { openPage, payButton } from '../support/browser.ts'
import { startSluice } from '../support/sluice.ts'
import { authenticateLate, issuerFrame, openChallenge, visit } from './visit.ts'

test('a shopper whose bank asks above the page of the shop', async (t) => {
  const sluice = await startSluice(t)
  // Keeps the browser open in between.
  await openPage(t)

  await t.test(
    'answers rightly, lands on success_url, and finds the session paid when the shop is opened again',
    async (each) => {
      const shop = await visit(each, sluice)
      await shop.begin()
      await shop.pressPay()
      await completeChallenge(shop.page)
      await shop.assertLanded('/success', { paid: true })
      const { search } = new URL(shop.page.url())

      await shop.page.goto(shop.url + search)
      await shop.begin()
      await shop.notice('Payment successful').waitFor()
      assert.equal(await payButton(shop.page).count(), 0)
      await shop.assertPaidOnce()
    },
  )

  for (const [what, end] of [
    ['answers wrongly', (page: Page) => completeChallenge(page, 'wrong')],
    ['cancels on the page of the bank', cancelChallenge],
  ] as const) {
    await t.test(`${what}, lands on failure_url, and pays with another card`, async (each) => {
      const shop = await visit(each, sluice)
      await shop.begin()
      await shop.pressPay()
      await end(shop.page)
      await shop.assertLanded('/failure', { paid: false })

      await shop.page.goto(shop.url)
      await shop.begin()
      await shop.payWithAnotherCard()
    })
  }

  await t.test('leaves by the button of the dialog, and pays with another card on the same page', async (each) => {
    const shop = await visit(each, sluice)
    await shop.begin()
    await shop.pressPay()
    const left = await openChallenge(shop.page)

    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    const [, , error] = await shop.waitFor('onError')
    assert.equal(error.code, 'payment_request_aborted')
    await shop.notice('The payment was cancelled').waitFor()
    assert.equal(await shop.page.locator('dialog').count(), 0)
    await shop.payWithAnotherCard()

    await authenticateLate(left)
    await shop.assertPaidOnce()
  })

  await t.test('leaves with Esc, pressed twice, and pays with another card', async (each) => {
    const shop = await visit(each, sluice)
    await shop.begin()
    await shop.pressPay()
    await issuerFrame(shop.page)

    await shop.page.keyboard.press('Escape')
    await shop.page.keyboard.press('Escape')
    await shop.waitFor('onError')
    await shop.page.locator('dialog').waitFor({ state: 'detached' })
    assert.equal(shop.heard.filter(([name]) => name === 'onError').length, 1)
    await shop.payWithAnotherCard()
  })

  await t.test('answers rightly in the moment the dialog is closed, and is not asked to pay again', async (each) => {
    const shop = await visit(each, sluice)
    await shop.begin()
    await shop.pressPay()
    await authenticateLate(await openChallenge(shop.page))

    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    await shop.assertLanded('/success', { paid: true })
    await shop.assertPaidOnce()
  })
})
