/** Shoppers who are sent to the page of a bank: above the shop's page or instead of it, there and back, or never back. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { handleReturn } from '@sluice/flow/page/return'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import { type Json, type Session, startSluice } from '../support/sluice.ts'
import { bankFrame } from './golden/bank.ts'
import { requestSessionOf } from './golden/stage.ts'

const CHALLENGED = { number: '4242424242424242' }
/** Its bank authenticates without asking. */
const FRICTIONLESS = { number: '4485040371536584' }
const PAY_ANOTHER_WAY = 'The payment was not finished. Try again or pay another way.'

test('a shopper who is sent to a bank', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t)

  interface Visit extends ShopPage {
    session: Session
    /** Begins a checkout of the same session on the page as it is now. */
    begin(): Promise<void>
    approvedPayments(): Promise<Json[]>
  }

  async function visit(each: Pick<TestContext, 'after'>, options: Record<string, Json> = {}): Promise<Visit> {
    const shop = await openShop(each, sluice)
    const booked = (await authorizations()).length
    const session = await requestSessionOf(sluice, shop.url, { '3ds': { enabled: true } })
    return {
      ...shop,
      session,
      async begin() {
        await shop.start({ options: { paymentSession: session, ...options } })
        await shop.waitFor('onReady')
      },
      approvedPayments: async () => (await authorizations()).slice(booked).filter(({ approved }) => approved !== false),
    }
  }

  async function authorizations(): Promise<Json[]> {
    return (await sluice.ledger()).filter(({ kind }) => kind === 'authorization')
  }

  async function pressPay({ page, begin }: Visit) {
    await begin()
    await typeCard(page, CHALLENGED)
    await payButton(page).click()
  }

  /** One payment, approved: by what the session says, by its own record, and by what the bank booked. */
  async function assertPaidOnce({ session, approvedPayments }: Visit): Promise<string> {
    const { body } = await sluice.get(`/payment-sessions/${session.id}`)
    assert.equal(body.status, 'Approved')
    assert.equal((await sluice.payment(body.payment_id)).approved, true)
    assert.equal((await approvedPayments()).length, 1)
    await sluice.assertSound()
    return body.payment_id
  }

  async function payWithAnotherCard(shop: Visit) {
    await typeCard(shop.page, FRICTIONLESS)
    await payButton(shop.page).click()
    const [, , payment] = await shop.waitFor('onPaymentCompleted')
    assert.equal(await assertPaidOnce(shop), payment.id)
  }

  /** The three parameters, as the exported helper reads them on the landing page. */
  async function assertLanded({ page, session, heard }: Visit, path: string, paid: boolean) {
    await page.waitForURL(`**${path}?**`)
    const { search, searchParams } = new URL(page.url())
    const found = handleReturn(search)
    assert.deepEqual([...searchParams.keys()].sort(), ['cko-payment-id', 'cko-payment-session-id', 'cko-session-id'])
    assert.equal(found?.paymentSessionId, session.id)
    assert.match(found?.sessionId ?? '', /^sid_/)
    assert.equal((await sluice.payment(found?.paymentId ?? '')).approved, paid)
    assert.ok(!heard.some(([name]) => name === 'onPaymentCompleted'), 'completed is never told across pages')
  }

  const notice = ({ page }: Visit) => page.getByTestId('checkout-web-component-root').getByRole('status')

  await t.test('approves in the overlay, and lands on success_url', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    await (await bankFrame(shop.page)).getByRole('button', { name: 'Approve' }).click()
    await assertLanded(shop, '/success', true)
    await assertPaidOnce(shop)
  })

  await t.test('fails in the overlay, lands on failure_url, and pays with another card', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    await (await bankFrame(shop.page)).getByRole('button', { name: 'Fail' }).click()
    await assertLanded(shop, '/failure', false)

    await shop.page.goto(shop.url)
    await shop.begin()
    await payWithAnotherCard(shop)
  })

  await t.test('cancels on the page of the bank, lands on failure_url, and pays with another card', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    await (await bankFrame(shop.page)).getByRole('button', { name: 'Cancel' }).click()
    await assertLanded(shop, '/failure', false)

    await shop.page.goto(shop.url)
    await shop.begin()
    await payWithAnotherCard(shop)
  })

  await t.test('leaves the overlay by its button, and pays with another card on the same page', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    const bank = await bankFrame(shop.page)
    const left = await bank.locator('form.choices').evaluate(() => location.href)
    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    const [, , error] = await shop.waitFor('onError')
    assert.equal(error.code, 'payment_request_aborted')
    await notice(shop).filter({ hasText: 'The payment was cancelled' }).waitFor()
    assert.equal(await shop.page.locator('dialog').count(), 0)

    await payWithAnotherCard(shop)

    // The page of the bank that was left could still be open elsewhere.
    await sluice.call('POST', left, 'choice=approve', { 'content-type': 'application/x-www-form-urlencoded' })
    await assertPaidOnce(shop)
  })

  await t.test('leaves the overlay with Esc, and pays with another card', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    await bankFrame(shop.page)
    await shop.page.keyboard.press('Escape')
    await shop.waitFor('onError')
    await shop.page.locator('dialog').waitFor({ state: 'detached' })

    await payWithAnotherCard(shop)
  })

  await t.test('closes the browser on the page of the bank, opens the shop again, and pays with another card', async (each) => {
    const shop = await visit(each, { redirectMode: 'page' })
    await pressPay(shop)
    await shop.page.locator('form.choices').waitFor()
    const left = shop.page.url()

    await shop.page.goto('about:blank')
    await shop.page.goto(shop.url)
    await shop.begin()
    await notice(shop).filter({ hasText: PAY_ANOTHER_WAY }).waitFor()
    await payWithAnotherCard(shop)

    await sluice.call('POST', left, 'choice=approve', { 'content-type': 'application/x-www-form-urlencoded' })
    await assertPaidOnce(shop)
  })

  await t.test('approves on a page of its own, and lands on success_url', async (each) => {
    const shop = await visit(each, { redirectMode: 'page' })
    await pressPay(shop)
    await shop.page.getByRole('button', { name: 'Approve' }).click()
    await assertLanded(shop, '/success', true)
    await assertPaidOnce(shop)
  })

  await t.test('fails on a page of its own, lands on failure_url, and pays with another card', async (each) => {
    const shop = await visit(each, { redirectMode: 'page' })
    await pressPay(shop)
    await shop.page.getByRole('button', { name: 'Fail' }).click()
    await assertLanded(shop, '/failure', false)

    await shop.page.goto(shop.url)
    await shop.begin()
    await payWithAnotherCard(shop)
  })

  await t.test('goes back to a page that loads anew, is told to pay another way, and does', async (each) => {
    const shop = await visit(each, { redirectMode: 'page' })
    await pressPay(shop)
    await shop.page.locator('form.choices').waitFor()
    await shop.page.goBack()
    await shop.begin()
    await notice(shop).filter({ hasText: PAY_ANOTHER_WAY }).waitFor()

    await payWithAnotherCard(shop)
  })

  await t.test('opens the shop again after the payment was approved, and is shown that it is paid', async (each) => {
    const shop = await visit(each)
    await pressPay(shop)
    await (await bankFrame(shop.page)).getByRole('button', { name: 'Approve' }).click()
    await assertLanded(shop, '/success', true)

    await shop.page.goto(shop.url)
    await shop.begin()
    await notice(shop).filter({ hasText: 'Payment successful' }).waitFor()
    assert.equal(await payButton(shop.page).count(), 0)
    await assertPaidOnce(shop)
  })
})
