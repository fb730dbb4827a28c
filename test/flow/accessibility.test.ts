/** WCAG 2.2 AA on the real thing: axe in every state, and what axe cannot see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { moveFocus, settled } from '../support/focus.ts'
import { openPage, payButton, screenshot } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { type Json, startSluice } from '../support/sluice.ts'
import { cardFrame, fillCard, noticeOf, NUMBERS, type State, STATES } from './states.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const ROOT = '[data-testid="checkout-web-component-root"]'

test('the card form is for everybody', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  await t.test('read out: one live region that is there from the start, for declines as for success', async (t) => {
    const { page, start, waitFor } = await openShop(t, sluice, { session: await sluice.requestSession() })
    await start()
    await waitFor('onReady')
    const regions = page.locator(ROOT).locator('[aria-live], [role="status"], [role="alert"]')
    assert.equal(await regions.count(), 1)
    const first = await regions.elementHandle()
    assert.equal(await first?.textContent(), '')

    await fillCard(page, NUMBERS.declined)
    await payButton(page).click()
    await waitFor('onError')
    assert.match((await first?.textContent()) ?? '', /^The payment did not go through/)
    assert.equal(await first?.getAttribute('aria-live'), 'assertive')

    await fillCard(page, NUMBERS.approved)
    await payButton(page).click()
    await waitFor('onPaymentCompleted')
    assert.equal(await first?.textContent(), 'Payment successful')
    assert.equal(await regions.count(), 1)
    assert.equal(await noticeOf(page).evaluate((now, before) => now === before, first), true)
  })

  await t.test('what is wrong is said of its field, read out once, and the first of it has the focus', async (t) => {
    const { page, start, waitFor } = await openShop(t, sluice, { session: await sluice.requestSession() })
    await start()
    await waitFor('onReady')
    const fields = cardFrame(page)
    await fields.getByTestId('cardholder-name').fill('Ada Lovelace')
    await payButton(page).click()
    await fields.locator('#card-number[aria-invalid="true"]').waitFor()

    assert.equal(await settled(() => focused(page), 'card-number'), 'card-number')
    const described = await fields.locator('body').evaluate(() => {
      const { document } = globalThis as Json
      return [...document.querySelectorAll('input')].map((input) => ({
        invalid: input.getAttribute('aria-invalid'),
        label: input.labels[0].textContent,
        description: input
          .getAttribute('aria-describedby')
          .split(' ')
          .map((id: string) => document.getElementById(id).textContent)
          .join('|'),
      }))
    })
    assert.deepEqual(described, [
      { invalid: 'false', label: 'Name on card', description: '|' },
      { invalid: 'true', label: 'Card number', description: 'Fill in this field|' },
      { invalid: 'true', label: 'Expiry date', description: 'Fill in this field|' },
      {
        invalid: 'true',
        label: 'Security code',
        description: 'Fill in this field|3 digits on the back of the card',
      },
    ])
    assert.equal(await fields.locator('[aria-live]').textContent(), 'Card number: Fill in this field')

    await fields.getByTestId('card-number').fill(NUMBERS.approved)
    assert.equal(await fields.getByTestId('card-number').getAttribute('aria-invalid'), 'false')
  })

  await t.test('the focus goes from top to bottom, can be seen at each place, and leaves at the end', async (t) => {
    const session = await sluice.requestSession(STATES['brand and consent']?.session)
    const body = '<p><a href="#after">After</a></p>'
    const { page, start, waitFor } = await openShop(t, sluice, { session, body })
    await start()
    await waitFor('onReady')
    await fillCard(page, NUMBERS.coBadged)
    await page.getByRole('group', { name: 'Choose a card brand' }).waitFor()
    await page.locator('h1').click()

    const order: string[] = []
    for (let at = 0; at < 9; at++) {
      await moveFocus(page, 'Tab', focused)
      order.push(await focused(page))
      assert.ok(await focusIsSeen(page), `nothing shows that ${order.at(-1)} has the focus`)
    }
    assert.deepEqual(order, [
      'card',
      'cardholder-name',
      'card-number',
      'card-expiry-date',
      'card-cvv',
      'visa',
      'checkbox',
      'Pay £10.00',
      'After',
    ])
    await moveFocus(page, 'Shift+Tab', focused)
    assert.equal(await settled(() => focused(page), 'Pay £10.00'), 'Pay £10.00')
  })

  await t.test('the bank’s page takes the focus, keeps it, and gives it back', async (t) => {
    const overlay = STATES['overlay'] as (typeof STATES)[string]
    const session = await sluice.requestSession(overlay.session)
    const shop = await openShop(t, sluice, { session })
    const { page } = shop
    await shop.start()
    await shop.waitFor('onReady')
    await overlay.reach(shop, sluice)
    const dialog = page.getByRole('dialog', { name: 'Confirm with your bank' })
    assert.equal(await dialog.evaluate((element: Json) => element.matches(':modal')), true)
    assert.equal(await settled(() => focused(page), 'Confirm with your bank'), 'Confirm with your bank')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.match((await noticeOf(page).textContent()) ?? '', /cancelled/)
    assert.equal(await settled(() => focused(page), 'Pay £10.00'), 'Pay £10.00')
  })

  await t.test('who wants no motion gets none', async (t) => {
    const session = await sluice.requestSession()
    const browser = { reducedMotion: 'reduce' } as const
    const { page, start, waitFor } = await openShop(t, sluice, { session, browser })
    await start()
    await waitFor('onReady')
    for (const frame of page.frames()) {
      const long = await frame.evaluate(() => {
        const { document } = globalThis as Json
        const root = document.querySelector('[data-testid="checkout-web-component-root"]')?.shadowRoot ?? document
        const seconds = (text: string) => Math.max(...text.split(',').map(Number.parseFloat))
        return [...root.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationDuration, animationName } = getComputedStyle(element)
          return seconds(transitionDuration) > 0.01 || (animationName !== 'none' && seconds(animationDuration) > 0.01)
        }).length
      })
      assert.equal(long, 0, frame.url())
    }
  })

  const axe = 'axe finds nothing in any state, and nothing is wider than its page'
  await t.test(axe, { concurrency: 3 }, async (t) => {
    const play = ([name, state]: [string, State]) =>
      t.test(name, async (t) => {
        const session = await sluice.requestSession(state.session)
        const browser = { reducedMotion: 'reduce', ...state.shop?.browser } as const
        const shop = await openShop(t, sluice, { session: state.spoil?.(session) ?? session, ...state.shop, browser })
        const { page } = shop
        await state.before?.(page)
        await shop.start(state.checkout)
        if (name !== 'loading' && name !== 'broken') await shop.waitFor('onReady')
        await state.reach(shop, sluice)
        await page.waitForTimeout(100)
        await screenshot(page, `flow-${name.replaceAll(/\W+/g, '-').toLowerCase()}`)

        assert.deepEqual(await violations(page, name.startsWith('dark')), [])
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(tooWide <= 0, `${tooWide} px too wide`)
      })
    const states = Object.entries(STATES)
    await Promise.all(states.filter(([, state]) => !state.movesTheClock).map(play))
    await Promise.all(states.filter(([, state]) => state.movesTheClock).map(play))
  })
})

async function violations(page: Page, dark: boolean): Promise<unknown[]> {
  const axe = new AxeBuilder({ page }).withTags(RULES)
  // The bank's page is not ours, and the rules for one page are not meant for a page inside another.
  if ((await page.locator('iframe[name^="challenge__"]').count()) > 0) {
    axe.exclude({ fromFrames: [{ fromShadowDom: [ROOT, 'iframe[name^="challenge__"]'] } as Json, 'iframe'] })
  }
  // A frame is transparent, and axe takes what is below it for white: labels stand on the ground of the shop.
  if (dark) {
    axe.exclude({ fromFrames: [{ fromShadowDom: [ROOT, 'iframe[name^="card__"]'] } as Json, '.label'] })
    const color = await cardFrame(page)
      .locator('.label')
      .first()
      .evaluate((label: Json) => getComputedStyle(label).color)
    assert.equal(color, 'rgb(237, 241, 246)')
  }
  const found = await axe.analyze()
  return found.violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
  ])
}

/** What has the focus, through shadow roots and frames: its test id, value, type or text. */
async function focused(page: Page): Promise<string> {
  let frame = page.mainFrame()
  for (;;) {
    const handle = await frame.evaluateHandle(deepestFocus)
    const element = handle.asElement()
    const inner = await element?.contentFrame()
    if (!inner) {
      return await handle.evaluate(
        (one: Json) =>
          one.dataset?.testid ??
          (one.type === 'checkbox'
            ? 'checkbox'
            : one.id?.startsWith('method-')
              ? 'card'
              : one.value || one.textContent.trim()),
      )
    }
    frame = inner
  }
}

function deepestFocus(): Json {
  let at = (globalThis as Json).document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  return at
}

/** The element, or the box around it, draws an outline. */
async function focusIsSeen(page: Page): Promise<boolean> {
  let frame = page.mainFrame()
  for (;;) {
    const handle = await frame.evaluateHandle(deepestFocus)
    const inner = await handle.asElement()?.contentFrame()
    if (!inner) {
      return await handle.evaluate((one: Json) =>
        [one, one.parentElement].some((each) =>
          [undefined, '::after'].some((part) => {
            const { outlineStyle, outlineWidth } = getComputedStyle(each, part)
            return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
          }),
        ),
      )
    }
    frame = inner
  }
}
