/** Pictures of Flow for a person to look at, where what they show can also be measured. Every other state: accessibility.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage, payButton, screenshot } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { type Json, startSluice } from '../support/sluice.ts'
import { cardFrame, DARK_SHOP, fillCard, NUMBERS } from './states.ts'

test('the looks of the card form', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  await t.test('design tokens of the shop reach the page and the frame', async (t) => {
    const session = await sluice.requestSession()
    const { page, start, waitFor } = await openShop(t, sluice, { session })
    const appearance = {
      colorAction: '#7a1fa2',
      colorBackground: '#f3e8fb',
      colorFormBackground: '#fbf5ff',
      colorFormBorder: '#8e6ba8',
      colorPrimary: '#2b1038',
      borderRadius: [20, '24px'],
      label: { fontFamily: 'Georgia, serif', fontSize: 15, fontWeight: 700 },
      button: { fontSize: '18px', letterSpacing: '0.04em' },
    }
    await start({ options: { appearance } })
    await waitFor('onReady')
    await screenshot(page, 'flow-custom-appearance')
    const button = payButton(page)
    assert.equal(await styleOf(button, 'backgroundColor'), 'rgb(122, 31, 162)')
    assert.equal(await styleOf(button, 'borderRadius'), '24px')
    const box = cardFrame(page).locator('.number .box')
    assert.equal(await styleOf(box, 'backgroundColor'), 'rgb(251, 245, 255)')
    assert.equal(await styleOf(box, 'borderRadius'), '20px')
    const list = page.getByRole('group', { name: 'Payment methods' })
    assert.equal(await styleOf(list, 'backgroundColor'), 'rgb(243, 232, 251)')
    assert.equal(await styleOf(list, 'borderRadius'), '16px')
    assert.match(await styleOf(cardFrame(page).locator('label').first(), 'fontFamily'), /Georgia/)
  })

  await t.test('custom properties of the shop’s own style sheet do the same', async (t) => {
    const session = await sluice.requestSession()
    const text = 'body { margin: 16px } #target { --sluice-color-action: rgb(180, 60, 0); --sluice-border-radius: 0 }'
    const files = { '/shop.css': { type: 'text/css', text } }
    const { page, start, waitFor } = await openShop(t, sluice, { session, files })
    await start()
    await waitFor('onReady')
    await screenshot(page, 'flow-custom-properties')
    assert.equal(await styleOf(payButton(page), 'backgroundColor'), 'rgb(180, 60, 0)')
    assert.equal(await styleOf(cardFrame(page).locator('.number .box'), 'borderRadius'), '0px')
  })

  await t.test('on a dark page all is dark, and a frame is no white box on it', async (t) => {
    const session = await sluice.requestSession()
    const { page, start, waitFor } = await openShop(t, sluice, { session, files: DARK_SHOP })
    await start()
    await waitFor('onReady')
    await screenshot(page, 'flow-dark')
    const html = cardFrame(page).locator('html')
    assert.equal(await styleOf(html, 'backgroundColor'), 'rgba(0, 0, 0, 0)')
    assert.equal(await styleOf(html, 'colorScheme'), 'dark')
    assert.equal(await styleOf(page.locator('iframe[name^="card__"]'), 'colorScheme'), 'dark')
  })

  await t.test('a shop that is always light stays light for a shopper who prefers dark', async (t) => {
    const session = await sluice.requestSession()
    const files = { '/shop.css': { type: 'text/css', text: 'body { background: #fff }' } }
    const { page, start, waitFor } = await openShop(t, sluice, { session, files, browser: { colorScheme: 'dark' } })
    await start()
    await waitFor('onReady')
    assert.equal(await styleOf(cardFrame(page).locator('html'), 'colorScheme'), 'light')
  })

  for (const attributes of ['', 'data-card-layout="per-field"']) {
    await t.test(`nothing jumps from skeleton to form, nor for an error: ${attributes || 'one frame'}`, async (t) => {
      const session = await sluice.requestSession()
      const { page, start, waitFor } = await openShop(t, sluice, { session, attributes })
      await page.evaluate(() => {
        const shifts: Json[] = []
        Object.assign(globalThis, { shifts })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as Json[]) shifts.push(entry.value)
        }).observe({ type: 'layout-shift', buffered: true })
      })
      await start()
      await waitFor('onReady')
      await page.waitForTimeout(600)
      const moved = await page.evaluate(() =>
        (globalThis as Json).shifts.reduce((sum: number, each: number) => sum + each, 0),
      )
      assert.ok(moved < 0.02, `layout shift ${moved}`)
      if (attributes) return
      const before = await payButton(page).boundingBox()
      await payButton(page).click()
      await cardFrame(page).locator('#card-number[aria-invalid="true"]').waitFor()
      assert.deepEqual(await payButton(page).boundingBox(), before)
    })
  }

  await t.test('a picture of the whole page moves nothing in it', async (t) => {
    const session = await sluice.requestSession()
    const browser = { viewport: { width: 320, height: 300 } }
    const { page, start, waitFor } = await openShop(t, sluice, { session, browser })
    await start()
    await waitFor('onReady')
    await page.evaluate(() => {
      const heights = new Set<string>()
      Object.assign(globalThis, { heights })
      const root: Json = document.querySelector('[data-testid="checkout-web-component-root"]')
      const frame = root.shadowRoot.querySelector('iframe')
      new MutationObserver(() => heights.add(frame.style.height)).observe(frame, { attributes: true })
    })
    await page.screenshot({ fullPage: true })
    await page.waitForTimeout(300)
    assert.deepEqual(await page.evaluate(() => [...(globalThis as Json).heights]), [])
  })

  await t.test('at 320 px the whole number of a co-badged card is in sight', async (t) => {
    const session = await sluice.requestSession()
    const browser = { viewport: { width: 320, height: 640 } }
    const { page, start, waitFor } = await openShop(t, sluice, { session, browser })
    await start()
    await waitFor('onReady')
    await fillCard(page, NUMBERS.coBadged)
    await page.getByRole('group', { name: 'Choose a card brand' }).waitFor()
    await cardFrame(page).getByTestId('cardholder-name').focus()
    const hidden = await cardFrame(page)
      .getByTestId('card-number')
      .evaluate((input: Json) => input.scrollWidth - input.clientWidth)
    assert.ok(hidden <= 0, `${hidden} px of it are cut off`)
  })
})

function styleOf(what: ReturnType<Page['locator']>, property: string): Promise<string> {
  return what.evaluate((element: Json, name) => (getComputedStyle(element) as Json)[name], property)
}
