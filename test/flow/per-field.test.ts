/**
 * The per-field layout, set by `SLUICE_CARD_LAYOUT` alone: the frames, names and test ids that suites of shops have been
 * written against, which pay here without a change in the shop.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '@sluice/server/config'
import type { Page } from 'playwright-core'
import { openPage } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { eventually, type Json, startSluice } from '../support/sluice.ts'
import { issuerFrame, requestSessionOf } from './visit.ts'

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** As suites of shops do it: each field by the frame that holds it. */
async function fillCard(page: Page, number: string, name?: string): Promise<void> {
  await page.locator('[data-testid="checkout-web-component-root"]').waitFor({ state: 'attached' })
  const fill = async (frame: string, testId: string, text: string) => {
    const input = page.frameLocator(`iframe[name^="${frame}__"]`).locator(`[data-testid="${testId}"]`)
    await input.waitFor({ state: 'visible' })
    await input.click()
    await input.pressSequentially(text, { delay: 5 })
  }
  await fill('card-number', 'card-number', number)
  await fill('card-expiry-date', 'card-expiry-date', '12/30')
  await fill('card-cvv', 'card-cvv', '100')
  if (name) await fill('cardholder-name', 'cardholder-name', name)
}

/** Between frames the browser hands the focus over a moment later; what is typed before that is lost. */
async function untilFocused(page: Page, field: string): Promise<void> {
  const input = page.frameLocator(`iframe[name^="${field}__"]`).getByTestId(field)
  await eventually(() => input.evaluate((element) => document.hasFocus() && document.activeElement === element))
}

test('in the per-field layout', async (t) => {
  const { cardLayout } = readConfig({ SLUICE_CARD_LAYOUT: 'per-field' }, {})
  const sluice = await startSluice(t, { config: { cardLayout } })
  await openPage(t)

  async function open(each: Parameters<typeof openShop>[0], members: Record<string, Json> = {}, component = 'flow') {
    const shop = await openShop(each, sluice)
    const session = await requestSessionOf(sluice, shop.url, members)
    await shop.start({ options: { paymentSession: session }, component })
    await shop.waitFor('onReady')
    return { ...shop, session }
  }

  await t.test('a suite of the other platform fills each field in a frame of its own, and pays', async (each) => {
    const { page, waitFor, session } = await open(each)

    await fillCard(page, '4242424242424242', 'Ada Lovelace')
    await page.getByRole('button', { name: 'Pay £10.00' }).click()
    const [, , payment] = await waitFor('onPaymentCompleted')

    assert.equal(payment.status, 'Approved')
    const { source } = await sluice.payment(payment.id)
    assert.deepEqual(
      [source.last4, source.expiry_month, source.expiry_year, source.name],
      ['4242', 12, 2030, 'Ada Lovelace'],
    )
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Approved')
  })

  await t.test('each field is one frame with a name, a title and one input', async (each) => {
    const { page } = await open(each, {}, 'card')
    const frames = await page.locator('[data-testid="checkout-web-component-root"] iframe').all()
    const found = await Promise.all(
      frames.map(async (frame) => {
        const name = (await frame.getAttribute('name')) ?? ''
        assert.match(name, UUID)
        const inputs = await frame.contentFrame().locator('input').all()
        assert.equal(inputs.length, 1)
        return [name.split('__')[0], await frame.getAttribute('title'), await inputs[0]?.getAttribute('data-testid')]
      }),
    )
    assert.deepEqual(found, [
      ['cardholder-name', 'Name on card', 'cardholder-name'],
      ['card-number', 'Card number', 'card-number'],
      ['card-expiry-date', 'Expiry date', 'card-expiry-date'],
      ['card-cvv', 'Security code', 'card-cvv'],
    ])
  })

  await t.test('Tab goes from frame to frame, and Pay on an empty form to the first', async (each) => {
    const { page, waitFor } = await open(each, {}, 'card')
    // The page has the focus: what was in another page before has lost it.
    await page.getByRole('heading', { name: 'Checkout' }).click()
    for (const [field, text] of [
      ['cardholder-name', 'Ada Lovelace'],
      ['card-number', '4242424242424242'],
      ['card-expiry-date', '1230'],
    ] as const) {
      await page.keyboard.press('Tab')
      await untilFocused(page, field)
      await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    const [, , error] = await waitFor('onError')
    assert.equal(error.code, 'component_invalid')
    const cvv = page.frameLocator('iframe[name^="card-cvv__"]')
    await cvv.getByText('Fill in this field', { exact: true }).first().waitFor()
    await untilFocused(page, 'card-cvv')

    await page.keyboard.type('100')
    await page.keyboard.press('Enter')
    await waitFor('onPaymentCompleted')
  })

  await t.test('a challenge is answered in the frame whose address says so', async (each) => {
    const { page, session } = await open(each, { '3ds': { enabled: true } })
    await fillCard(page, '4242424242424242', 'Ada Lovelace')
    await page.getByRole('button', { name: 'Pay £10.00' }).click()

    // Suites look for the page of the bank in any frame with such a word in its address.
    const isChallenge = (url: string) => /3ds|challenge|authenticate|simulator/i.test(url)
    await issuerFrame(page)
    for (const frame of page.frames().filter((each) => isChallenge(each.url()))) {
      if ((await frame.locator('input[type="password"]').count()) === 0) continue
      await frame.fill('input[type="password"]', 'Checkout1!')
      await frame.click('button[type="submit"]')
      break
    }
    await page.waitForURL('**/success?**')
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Approved')
  })

  await t.test('saved cards put a class on the root', async (each) => {
    const { page } = await open(each, {
      customer: { email: 'ada@example.com' },
      payment_method_configuration: { card: { store_payment_details: 'collect_consent' } },
    })
    await page.locator('[data-testid="checkout-web-component-root"].saved-card-is-enabled').waitFor()
  })

  await sluice.assertSound()
})

test('a shop asks for the per-field layout of an installation that has the other, by tag or by option', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  for (const by of ['tag', 'option']) {
    const attributes = by === 'tag' ? { attributes: 'data-card-layout="per-field"' } : {}
    const { page, start, waitFor } = await openShop(t, sluice, { session, ...attributes })
    await start(by === 'option' ? { options: { cardLayout: 'per-field' } } : {})
    await waitFor('onReady')
    assert.equal(await page.locator('iframe[name^="card-number__"]').count(), 1, by)
    assert.equal(await page.locator('iframe[name^="card__"]').count(), 0, by)
  }
})
