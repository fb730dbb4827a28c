/** The shop's server changes a session while its shopper types: what is shown follows, and what was typed stays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { payButton, typeCard } from '../support/browser.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import { type Json, type Session, startSluice } from '../support/sluice.ts'
import { cardFrame, noticeOf } from './states.ts'

const NUMBER = '4242424242424242'
const TYPED = { name: 'Ada Lovelace', number: '4242 4242 4242 4242', expiry: '12 / 32', cvv: '100' }
const CHANGED = 'The total has changed. Check it before you pay.'

test('a session that changes while its form is open', { timeout: 300_000 }, async (t) => {
  const sluice = await startSluice(t)

  /** A form with a card typed into it, and nothing paid yet. */
  async function typedForm(members: Record<string, Json> = {}, checkout: Parameters<ShopPage['start']>[0] = {}) {
    const session = await sluice.requestSession(members)
    const shop = await openShop(t, sluice, { session })
    await shop.start(checkout)
    await shop.waitFor('onReady')
    await typeCard(shop.page, { number: NUMBER })
    assert.deepEqual(await typedInto(shop.page), TYPED)
    return { ...shop, session }
  }

  async function change({ id }: Session, changes: Record<string, Json>) {
    const answer = await sluice.call('PATCH', `/payment-sessions/${id}`, changes)
    assert.equal(answer.status, 200, answer.text)
  }

  /** Paid once, with what the shopper saw. */
  async function assertPaid({ waitFor, session }: Pick<ShopPage, 'waitFor'> & { session: Session }, paid: Json) {
    const [, , { id }] = await waitFor('onPaymentCompleted')
    const { amount, currency, approved, metadata } = await sluice.payment(id)
    assert.deepEqual({ amount, currency, approved }, { ...paid, approved: true })
    assert.equal(metadata.cko_payment_session_id, session.id)
    const booked = (await sluice.ledger()).filter(({ kind, of }) => kind === 'authorization' && of === id)
    assert.deepEqual(
      booked.map((one) => [one.amount, one.currency]),
      [[paid.amount, paid.currency]],
    )
    await sluice.assertSound()
  }

  await t.test('the form follows by itself, keeps what was typed, and pays the new amount', async () => {
    const shop = await typedForm()
    const { page, session } = shop
    await shows(page, 'Pay £10.00')

    await change(session, { amount: 1450, currency: 'EUR' })
    await shows(page, 'Pay €14.50')

    assert.deepEqual(await typedInto(page), TYPED)
    await payButton(page).click()
    await assertPaid(shop, { amount: 1450, currency: 'EUR' })
    assert.deepEqual(named(await shop.events(), 'onError'), [])
  })

  await t.test(
    'a session that is not payable yet shows no amount and is not paid; then it is, with what was typed',
    async () => {
      const shop = await typedForm()
      const { page, session } = shop

      await change(session, { payable: false })
      await comeBack(page)
      await shows(page, 'Pay', false)
      assert.deepEqual(await typedInto(page), TYPED)
      await payButton(page).click({ force: true })
      await cardFrame(page).getByTestId('card-cvv').press('Enter')
      await shop.call('submit')
      const [, , error] = await shop.waitFor('onError')
      assert.deepEqual([error.details.status, error.details.requestErrorCodes], [422, ['payment_session_not_payable']])
      assert.equal(named(await shop.events(), 'onSubmit').length, 1, 'neither the button nor Enter has begun anything')

      await change(session, { amount: 2000, payable: true })
      await comeBack(page)
      await shows(page, 'Pay £20.00')
      assert.deepEqual(await typedInto(page), TYPED)
      await payButton(page).click()
      await assertPaid(shop, { amount: 2000, currency: 'GBP' })
    },
  )

  await t.test('a session made before its amount is known', async () => {
    const shop = await typedForm({ amount: 1, payable: false })
    await shows(shop.page, 'Pay', false)
    await change(shop.session, { amount: 3000, payable: true })
    await comeBack(shop.page)
    await shows(shop.page, 'Pay £30.00')
    await payButton(shop.page).click()
    await assertPaid(shop, { amount: 3000, currency: 'GBP' })
  })

  await t.test('who presses the button on the old amount does not pay the new one, sees it, and may', async () => {
    const shop = await typedForm()
    const { page, session } = shop

    await change(session, { amount: 1450 })
    await payButton(page).click()
    const [, , error] = await shop.waitFor('onError')
    assert.deepEqual([error.code, error.details.requestErrorCodes], ['payment_request_failed', ['amount_changed']])
    await shows(page, 'Pay £14.50')
    await noticeOf(page).filter({ hasText: CHANGED }).waitFor()
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Pending')

    assert.deepEqual(await typedInto(page), TYPED)
    await payButton(page).click()
    await assertPaid(shop, { amount: 1450, currency: 'GBP' })
  })

  await t.test('the same, when the shop’s own server submits', async () => {
    const shop = await typedForm({}, { throughServer: true })
    const { page, session } = shop

    await change(session, { amount: 1450 })
    await payButton(page).click()
    await shop.waitFor('onError')
    await shows(page, 'Pay £14.50')

    assert.deepEqual(await typedInto(page), TYPED)
    await payButton(page).click()
    await assertPaid(shop, { amount: 1450, currency: 'GBP' })
  })

  await t.test('what the shop wanted shown by update() gives way to the session’s next change', async () => {
    const shop = await typedForm()
    const { page, session } = shop

    await change(session, { amount: 1450 })
    await shop.call('update', { amount: 1450 })
    await shows(page, 'Pay £14.50')
    await change(session, { amount: 1700 })
    await comeBack(page)
    await shows(page, 'Pay £17.00')

    await payButton(page).click()
    await assertPaid(shop, { amount: 1700, currency: 'GBP' })
  })
})

/** As the browser tells a page that its shopper was elsewhere and looks at it again. */
async function comeBack(page: Page) {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
}

async function shows(page: Page, label: string, usable = true) {
  const button = page
    .getByTestId('checkout-web-component-root')
    .getByRole('button', { name: label, exact: true, disabled: !usable })
  await button.waitFor({ timeout: 30_000 })
}

async function typedInto(page: Page): Promise<typeof TYPED> {
  const value = (testId: string) => cardFrame(page).getByTestId(testId).inputValue()
  return {
    name: await value('cardholder-name'),
    number: await value('card-number'),
    expiry: await value('card-expiry-date'),
    cvv: await value('card-cvv'),
  }
}

function named(events: Json[], name: string): Json[] {
  return events.filter(([event]) => event === name)
}
