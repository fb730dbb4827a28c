/** What an instance leaves in the shop's page: its hidden frame stays no longer than there is a use for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { eventually, type Json, PUBLIC_KEY, startSluice } from '../support/sluice.ts'
import { cardFrame } from './states.ts'

/** Longer than a keeper outlives the last component on the page, and shorter than it waits for the first. */
const A_WHILE_MS = 15_000
const VERY_LONG_MS = 400_000

test('instances of one page', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  /** A shop whose page's clock the test can move on. */
  async function shop(t: Parameters<typeof openPage>[0]) {
    const session = await sluice.requestSession()
    const page = await openPage(t)
    await page.clock.install()
    return { session, ...(await openShop(t, sluice, { session, page })) }
  }

  await t.test('of several that were made one after the other, only the live one keeps its frame', async (t) => {
    const { page, start, call, waitFor } = await shop(t)
    for (let basket = 1; basket <= 3; basket++) {
      await start()
      await call('unmount')
    }
    await start()
    await waitFor('onReady')
    assert.equal(await keepers(page), 4)
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 1)
    await pays(page)
  })

  await t.test('one that was unmounted for long pays after all, and remembers nothing that was typed', async (t) => {
    const { page, start, call, waitFor } = await shop(t)
    await start()
    await waitFor('onReady')
    await typeCard(page, { number: '4242424242424242' })
    await call('unmount')
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 0)

    await mountAgain(page)
    await eventually(async () => (await readies(page)) === 2)
    assert.equal(await keepers(page), 1)
    assert.equal(await cardFrame(page).getByTestId('cardholder-name').inputValue(), '')
    await pays(page)
  })

  await t.test('one that is mounted again at once keeps its frame, and the name that was typed', async (t) => {
    const { page, start, call, waitFor } = await shop(t)
    await start()
    await waitFor('onReady')
    await typeCard(page, { number: '4242424242424242' })
    await call('unmount')
    await mountAgain(page)
    await eventually(async () => (await readies(page)) === 2)
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 1)
    assert.equal(await cardFrame(page).getByTestId('cardholder-name').inputValue(), 'Ada Lovelace')
    assert.equal(await cardFrame(page).getByTestId('card-number').inputValue(), '')
    await pays(page)
  })

  await t.test('one that is unmounted while it pays keeps its frame until the shop has heard of it', async (t) => {
    const { page, start, call, waitFor } = await shop(t)
    await start()
    await waitFor('onReady')
    await typeCard(page, { number: '4242424242424242' })
    let submit = () => {}
    const held = new Promise<void>((resolve) => {
      submit = resolve
    })
    await page.route('**/submit', async (route) => {
      await held
      await route.continue()
    })
    const asked = page.waitForRequest('**/submit')
    await payButton(page).click()
    await asked
    await call('unmount')
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 1)
    submit()
    await waitFor('onPaymentCompleted')
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 0)
  })

  await t.test('one that is never mounted gives its frame up in the end, and can be mounted even then', async (t) => {
    const { page, start, waitFor, session } = await shop(t)
    await start()
    await waitFor('onReady')
    await page.evaluate(
      async (options) => {
        const { shop, CheckoutWebComponents } = globalThis as Json
        shop.spare = (await CheckoutWebComponents(options)).create('flow')
      },
      { publicKey: PUBLIC_KEY, paymentSession: session as Json },
    )
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 2)
    await page.clock.fastForward(VERY_LONG_MS)
    assert.equal(await keepers(page), 1)
    await page.evaluate(() => {
      const { shop } = globalThis as Json
      shop.component.unmount()
      shop.spare.mount('#target')
    })
    await cardFrame(page).getByTestId('card-number').waitFor()
    await page.clock.fastForward(A_WHILE_MS)
    assert.equal(await keepers(page), 1)
    await typeCard(page, { number: '4242424242424242' })
    await payButton(page).click()
    await page.getByText('Payment successful', { exact: true }).waitFor()
  })
})

function keepers(page: Page): Promise<number> {
  return page.locator('iframe[name^="sluice-keeper"]').count()
}

async function readies(page: Page): Promise<number> {
  const events: Json[] = await page.evaluate(() => (globalThis as Json).shop.events)
  return events.filter(([name]) => name === 'onReady').length
}

async function mountAgain(page: Page): Promise<void> {
  await page.evaluate(() => void (globalThis as Json).shop.component.mount('#target'))
}

async function pays(page: Page): Promise<void> {
  await typeCard(page, { number: '4242424242424242' })
  await payButton(page).click()
  await page.getByText('Payment successful', { exact: true }).waitFor()
}
