/** WCAG 2.2 AA on the real thing: axe in every state, and what axe cannot see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { openPage, payButton, screenshot } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { startSluice } from '../support/sluice.ts'
import { fillCard, noticeOf, NUMBERS, STATES } from './states.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

test('the card form is for everybody', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  await t.test('axe finds nothing in any state, and nothing is wider than its page', async (t) => {
    for (const [name, state] of Object.entries(STATES)) {
      await t.test(name, async (t) => {
        const session = await sluice.requestSession(state.session)
        const browser = { reducedMotion: 'reduce', ...state.shop?.browser } as const
        const shop = await openShop(t, sluice, { session: state.spoil?.(session) ?? session, ...state.shop, browser })
        const { page } = shop
        await state.before?.(page)
        await shop.start(state.checkout)
        if (name !== 'loading' && name !== 'broken') await shop.waitFor('onReady')
        await state.reach(shop, sluice)
        await page.waitForTimeout(150)
        await screenshot(page, `state-${name.replaceAll(/\W+/g, '-')}`)

        assert.deepEqual(await violations(page), [])
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(tooWide <= 0, `${tooWide} px too wide`)
      })
    }
  })
})

async function violations(page: Page): Promise<unknown[]> {
  const found = await new AxeBuilder({ page }).withTags(RULES).analyze()
  return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)])
}
