/** Shoppers whose bank asks, in a dialog above the shop's page: approved, failed, cancelled in every way, tried again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage, payButton } from '../support/browser.ts'
import { startSluice } from '../support/sluice.ts'
import { approveLate, bankFrame, visit } from './visit.ts'

test('a shopper whose bank asks above the page of the shop', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  // Keeps the browser open in between.
  await openPage(t)

  await t.test(
    'approves, lands on success_url, and finds the session paid when the shop is opened again',
    async (each) => {
      const shop = await visit(each, sluice)
      await shop.begin()
      await shop.pressPay()
      await (await bankFrame(shop.page)).getByRole('button', { name: 'Approve' }).click()
      await shop.assertLanded('/success', { paid: true })
      const { search } = new URL(shop.page.url())

      await shop.page.goto(shop.url + search)
      await shop.begin()
      await shop.notice('Payment successful').waitFor()
      assert.equal(await payButton(shop.page).count(), 0)
      await shop.assertPaidOnce()
    },
  )

  for (const [what, button] of [
    ['fails', 'Fail'],
    ['cancels on the page of the bank', 'Cancel'],
  ] as const) {
    await t.test(`${what}, lands on failure_url, and pays with another card`, async (each) => {
      const shop = await visit(each, sluice)
      await shop.begin()
      await shop.pressPay()
      await (await bankFrame(shop.page)).getByRole('button', { name: button }).click()
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
    const bank = await bankFrame(shop.page)
    const left = await bank.locator('form.choices').evaluate(() => location.href)

    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    const [, , error] = await shop.waitFor('onError')
    assert.equal(error.code, 'payment_request_aborted')
    await shop.notice('The payment was cancelled').waitFor()
    assert.equal(await shop.page.locator('dialog').count(), 0)
    await shop.payWithAnotherCard()

    await approveLate(sluice, left)
    await shop.assertPaidOnce()
  })

  await t.test('leaves with Esc, pressed twice, and pays with another card', async (each) => {
    const shop = await visit(each, sluice)
    await shop.begin()
    await shop.pressPay()
    await bankFrame(shop.page)

    await shop.page.keyboard.press('Escape')
    await shop.page.keyboard.press('Escape')
    await shop.waitFor('onError')
    await shop.page.locator('dialog').waitFor({ state: 'detached' })
    assert.equal(shop.heard.filter(([name]) => name === 'onError').length, 1)
    await shop.payWithAnotherCard()
  })

  await t.test('approves in the moment the dialog is closed, and is not asked to pay again', async (each) => {
    const shop = await visit(each, sluice)
    await shop.begin()
    await shop.pressPay()
    const bank = await bankFrame(shop.page)
    await approveLate(sluice, await bank.locator('form.choices').evaluate(() => location.href))

    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    await shop.assertLanded('/success', { paid: true })
    await shop.assertPaidOnce()
  })
})
