/** What the page draws, in Chromium: every state once for axe, once for a person, and the promises of view/model.ts. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Harness } from './page.ts'
import { SCREENSHOTS, type Stage, startStage } from './support.ts'

declare global {
  var harness: Harness
}

let stage: Stage
before(async () => {
  stage = await startStage()
})
after(() => stage.end())

const WIDE = { viewport: { width: 500, height: 760 }, deviceScaleFactor: 2 }

/** A page with an empty target; `ground` is the colour behind it, which needs a style sheet of the shop. */
async function openPage(options: BrowserContextOptions = {}, ground = '#ffffff') {
  const context = await stage.browser.newContext({ ...WIDE, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${stage.url}${ground && `&ground=${encodeURIComponent(ground)}`}`)
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Changes are plain data, which the browser is given as it is. */
function draw(page: Page, change: Change): Promise<void> {
  return page.evaluate((json) => harness.show(JSON.parse(json)), JSON.stringify(change))
}

type Change = Parameters<Harness['show']>[0]
interface Picture {
  change: Change
  parts?: Parameters<Harness['create']>[0]
  tokens?: object
  options?: BrowserContextOptions
  ground?: string
}

const CARD: NonNullable<Picture['parts']> = ['card']
const DARK = '#11161d'
const DONE = { cardMethod: { button: { label: 'Paid', state: 'done' } } } as const
const CHOICE = {
  card: {
    choice: { schemes: ['cartes_bancaires', 'visa'], chosen: 'visa' },
    consent: { checked: true },
    detected: 'cartes_bancaires',
  },
}
const DECLINED = {
  notice: { kind: 'error', text: 'The payment did not go through. Try again or pay another way.' },
} as const
const ARABIC: Change = { dir: 'rtl', locale: 'ar', ...DECLINED, ...CHOICE }

const PICTURES: Record<string, Picture> = {
  loading: { change: { phase: 'loading', methods: [] } },
  'loading-single': { change: { phase: 'loading', layout: 'single', methods: [] } },
  list: { change: {} },
  'list-nothing-selected': { change: { cardMethod: { selected: false } } },
  'frame-not-ready': { change: { card: { frames: [] } }, parts: [] },
  single: { change: { layout: 'single', others: [] } },
  'per-field': { change: { card: { detected: 'mastercard' } }, parts: ['name', 'number', 'expiry', 'cvv'] },
  error: { change: DECLINED },
  'unknown-outcome': {
    change: {
      notice: { kind: 'info', text: 'We could not find out whether the payment went through.' },
      mayRetry: true,
    },
  },
  broken: {
    change: {
      phase: 'broken',
      notice: { kind: 'error', text: 'The payment form could not be loaded' },
      mayRetry: true,
    },
  },
  busy: { change: { cardMethod: { button: { label: 'Processing payment', state: 'busy' } } } },
  done: { change: { ...DONE, notice: { kind: 'success', text: 'Payment successful' } } },
  choice: { change: CHOICE },
  overlay: { change: { overlay: true }, options: { viewport: { width: 900, height: 760 } } },
  dark: { change: { ...CHOICE, ...DECLINED }, ground: DARK },
  'dark-loading': { change: { phase: 'loading', methods: [] }, ground: DARK },
  'dark-overlay': { change: { overlay: true }, ground: DARK, options: { viewport: { width: 900, height: 760 } } },
  'right-to-left': { change: ARABIC },
  '320px': { change: { ...CHOICE, ...DECLINED }, options: { viewport: { width: 320, height: 900 } } },
  '320px-overlay': { change: { overlay: true }, options: { viewport: { width: 320, height: 600 } } },
  'forced-colors': { change: { ...CHOICE, ...DECLINED }, options: { forcedColors: 'active' } },
  tokens: {
    change: { ...CHOICE },
    tokens: {
      colorBackground: '#1b1033',
      colorFormBackground: '#26174a',
      colorAction: '#ffd166',
      colorInverse: '#1b1033',
      borderRadius: [0, '24px'],
      label: { fontFamily: 'Georgia, serif', fontSize: 15 },
    },
  },
}

for (const [name, { change, parts = CARD, tokens, options, ground }] of Object.entries(PICTURES)) {
  test(`axe finds nothing wrong with the state: ${name}`, async () => {
    await using open = await openPage({ reducedMotion: 'reduce', ...options }, ground)
    const { page } = open
    await page.evaluate(({ parts, tokens }) => harness.create(parts, tokens), { parts, tokens: tokens ?? {} })
    await draw(page, change)
    await page.waitForTimeout(100)
    await page.screenshot({ path: join(SCREENSHOTS, `view-${name}.png`), fullPage: true })
    // The frames are stand-ins; the real ones have tests of their own.
    const frames = { fromShadowDom: ['[data-testid="checkout-web-component-root"]', 'iframe'] as [string, string] }
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).exclude(frames).analyze()
    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map((node) => `${node.html} ${node.failureSummary}`)]),
      [],
    )
    assert.deepEqual(open.complaints, [])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`)
  })
}
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

test('the marks and icons are drawn', async () => {
  await using open = await openPage({ viewport: { width: 620, height: 500 } })
  await open.page.evaluate(() => harness.showMarks())
  await open.page.screenshot({ path: join(SCREENSHOTS, 'view-marks.png') })
})

test('it draws all states under a policy without any style-src, and under Trusted Types', async () => {
  await using open = await openPage({}, '')
  const { page } = open
  await page.evaluate(() => harness.create(['card'], { colorAction: '#123456' }))
  for (const { change } of Object.values(PICTURES)) await draw(page, change)
  await draw(page, {})
  const button = page.locator('.pay')
  assert.equal(await button.evaluate((element) => getComputedStyle(element).backgroundColor), 'rgb(18, 52, 86)')
  assert.equal(await page.locator('iframe').evaluate((element) => element.getBoundingClientRect().height), 308)
  assert.deepEqual(open.complaints, [])
})

test('no frame is loaded again, whatever is drawn and however the methods are ordered', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create(['name', 'number', 'expiry', 'cvv']))
  await draw(page, { phase: 'loading' })
  await draw(page, {})
  const fields = page.frameLocator('iframe[src$="part=number"]')
  await fields.locator('input').fill('4242')
  const method = (id: string, selected = false) => ({ id, type: id, label: id, selected })
  const changes: Change[] = [
    ...Object.values(PICTURES)
      .map(({ change }) => change)
      .filter((change) => !change.methods && !('frames' in (change.card ?? {}))),
    { others: [method('sofort-1'), method('ideal-1', true)], cardMethod: { selected: false } },
    { others: [method('paypal-1')] },
    { layout: 'single', others: [] },
  ]
  for (const change of changes) await draw(page, change)
  await page.evaluate(() => harness.reorder(['blik-1', 'card-1', 'ideal-1']))
  await page.evaluate(() => harness.reorder(['ideal-1', 'paypal-1', 'blik-1', 'card-1']))
  await page.evaluate(() => harness.reorder(['card-1', 'blik-1', 'ideal-1']))
  const order = await page.locator('input[name=method]').evaluateAll((all) => all.map((input) => input.id))
  assert.deepEqual(order, ['method-card-1', 'method-blik-1', 'method-ideal-1'])
  assert.equal(await fields.locator('input').inputValue(), '4242')
  assert.equal(await page.evaluate(() => harness.loads()), 4)
})

test('the skeleton is as high as the form that takes its place', async () => {
  await using open = await openPage()
  const { page } = open
  for (const layout of ['list', 'single'] as const) {
    const height = () => page.locator('#target').evaluate((element) => element.getBoundingClientRect().height)
    await page.evaluate(() => harness.create(['card']))
    await draw(page, { phase: 'loading', layout, methods: [] })
    const before = await height()
    await draw(page, { layout, others: [], card: { schemes: [] } })
    await page.waitForTimeout(300)
    assert.equal(await height(), before, layout)
  }
})

test('the keyboard alone chooses a method, a brand and consent, and pays', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create([]))
  await draw(page, CHOICE)
  const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id)
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'method-card-1')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('radio', { name: 'Card', exact: true }).focus()
  await page.keyboard.press('ArrowDown')
  assert.equal(await focused(), 'method-ideal-1')
  assert.deepEqual(await page.evaluate(() => harness.wishes), [
    'chooseScheme cartes_bancaires',
    'consent false',
    'pay',
    'select ideal-1',
  ])
})

test('what is checked is what the model says, whatever was clicked', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create([]))
  await draw(page, {})
  await page.getByText('iDEAL').click()
  await draw(page, {})
  assert.equal(await page.getByRole('radio', { name: 'Card', exact: true }).isChecked(), true)
  await draw(page, { cardMethod: { selected: false } })
  assert.equal(await page.locator('input:checked').count(), 0)
  assert.equal(await page.locator('.pay').count(), 0)
})

test('a pay button that is busy, done or disabled keeps the focus and pays nothing', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create([]))
  await draw(page, {})
  await page.locator('.pay').focus()
  for (const state of ['busy', 'done', 'disabled'] as const) {
    await draw(page, { cardMethod: { button: { label: state, state } } })
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('.pay').evaluate((element) => element.matches(':focus')), true)
  }
  assert.deepEqual(await page.evaluate(() => harness.wishes), [])
})

test('messages come and go in one live region that stays', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create([]))
  await draw(page, { phase: 'loading', methods: [] })
  const region = await page.locator('[role=status]').elementHandle()
  for (const { change } of Object.values(PICTURES)) await draw(page, change)
  await draw(page, DECLINED)
  const found = await page.locator('[role=status]').elementHandles()
  assert.equal(found.length, 1)
  assert.ok(await region?.evaluate((before, after) => before === after, found[0]))
  assert.equal(await region?.textContent().then((text) => text?.trim()), DECLINED.notice.text)
})

test('the dialog takes the focus, asks to be cancelled on Esc and by its button, and gives the focus back', async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => harness.create([]))
  await draw(page, {})
  await page.locator('.pay').focus()
  await draw(page, { overlay: true })
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('dialog').isVisible(), true)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.frameLocator('iframe[title=Bank]').getByLabel('Password').fill('secret')
  await draw(page, { overlay: true, ...DECLINED })
  assert.equal(await page.frameLocator('iframe[title=Bank]').getByLabel('Password').inputValue(), 'secret')
  assert.deepEqual(await page.evaluate(() => harness.wishes), ['cancelOverlay', 'cancelOverlay'])
  await draw(page, {})
  assert.equal(await page.locator('dialog').count(), 0)
  assert.equal(await page.locator('.pay').evaluate((element) => element.matches(':focus')), true)
})

test("a shop's own content is shown on the side it asked for, with the method it belongs to", async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => {
    harness.create([])
    harness.slotFor('card-1')?.append('I agree to the terms')
  })
  const terms = page.getByText('I agree to the terms')
  const top = (what: typeof terms) => what.evaluate((element) => element.getBoundingClientRect().top)
  await draw(page, { cardMethod: { slot: 'above_pay_button' } })
  assert.ok((await top(terms)) < (await top(page.locator('.pay'))))
  await draw(page, { cardMethod: { slot: 'below_pay_button' } })
  assert.ok((await top(terms)) > (await top(page.locator('.pay'))))
  await draw(page, { cardMethod: { selected: false, slot: 'below_pay_button' } })
  assert.equal(await terms.isVisible(), false)
})

test('dark or light is read from what stands behind the form', async () => {
  const theme = async (ground: string, tokens: object, styles = '', options: BrowserContextOptions = {}) => {
    await using open = await openPage(options, ground)
    await open.page.evaluate((tokens) => harness.create(['card'], tokens), tokens)
    await open.page.evaluate((styles) => (document.documentElement.style.cssText = styles), styles)
    await draw(open.page, {})
    const told = await open.page.evaluate(() => harness.inheritedAppearance()?.['color-scheme'])
    const drawn = await open.page.locator('.sluice').evaluate((element) => getComputedStyle(element).colorScheme)
    assert.equal(told, drawn)
    return told
  }
  const prefersDark = { colorScheme: 'dark' } as const
  assert.equal(await theme('#ffffff', {}, '', prefersDark), 'light')
  assert.equal(await theme('#101820', {}), 'dark')
  assert.equal(await theme('#ffffff', { colorBackground: '#101820' }), 'dark')
  assert.equal(await theme('', {}, '', prefersDark), 'light')
  assert.equal(await theme('', {}, 'color-scheme: light dark', prefersDark), 'dark')
  assert.equal(await theme('', {}, 'color-scheme: light dark'), 'light')
  assert.equal(await theme('#ffffff', {}, '--sluice-color-scheme: dark'), 'dark')
})

test("a shop's custom properties reach the page and the frames, below its tokens", async () => {
  await using open = await openPage()
  const { page } = open
  await page.evaluate(() => {
    document.documentElement.style.cssText = '--sluice-color-action: #aa0000; --sluice-color-error: #770000'
    harness.create(['card'], { colorError: '#990000' })
  })
  await draw(page, {})
  assert.equal(await page.locator('.pay').evaluate((it) => getComputedStyle(it).backgroundColor), 'rgb(170, 0, 0)')
  assert.deepEqual(await page.evaluate(() => harness.inheritedAppearance()), {
    'color-action': '#aa0000',
    'color-error': '#990000',
    'color-scheme': 'light',
  })
})
