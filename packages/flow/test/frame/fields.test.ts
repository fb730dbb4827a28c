/** The fields as a shopper has them before her: the served documents in a real browser. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { screenshot } from '../../../../test/support/browser.ts'
import { type Checkout, openShop, type ShopOptions } from '../../../../test/support/shop.ts'
import { type Json, startSluice } from '../../../../test/support/sluice.ts'

async function openFields(t: TestContext, checkout: Checkout = {}, shop: ShopOptions = {}) {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const opened = await openShop(t, sluice, { ...shop, session })
  await opened.start({ component: 'card', ...checkout })
  await opened.waitFor('onReady')
  return { ...opened, fields: opened.page.frameLocator('iframe[name^="card__"]') }
}

const input = (fields: FrameLocator, name: 'cardholder-name' | 'card-number' | 'card-expiry-date' | 'card-cvv') =>
  fields.getByTestId(name)

/** What stands in the input, `|` being the caret. */
const shown = (field: Locator) =>
  field.evaluate((element: HTMLInputElement) => {
    const at = element.selectionStart ?? 0
    return `${element.value.slice(0, at)}|${element.value.slice(at)}`
  })

const press = async (page: Page, key: string, times = 1) => {
  for (let time = 0; time < times; time++) await page.keyboard.press(key)
}

/** The state travels to the page as a message. */
const untilValid = (page: Page) => page.waitForFunction(() => (globalThis as Json).shop.component.isValid())

async function untilFocused(field: Locator) {
  const hasFocus = () => field.evaluate((element) => document.hasFocus() && document.activeElement === element)
  while (!(await hasFocus())) await field.page().waitForTimeout(20)
}

test('a number is typed, corrected in its middle and pasted over', async (t) => {
  const { page, fields } = await openFields(t)
  const number = input(fields, 'card-number')
  await number.click()
  await page.keyboard.type('4242424242424242')
  assert.equal(await shown(number), '4242 4242 4242 4242|')
  await press(page, 'ArrowLeft', 9)
  await press(page, 'Backspace')
  assert.equal(await shown(number), '4242 424|4 2424 242')
  await page.keyboard.type('9')
  assert.equal(await shown(number), '4242 4249| 4242 4242')
  await press(page, 'Delete')
  assert.equal(await shown(number), '4242 4249| 2424 242')
  await press(page, 'Control+a')
  await page.keyboard.insertText('4242 4242 4242 4242 12/30 123')
  assert.equal(await shown(number), '4242 4242 4242 4242|')
  assert.equal(await input(fields, 'card-expiry-date').inputValue(), '')
})

test('an expiry date is typed and taken back with the keys alone', async (t) => {
  const { page, fields } = await openFields(t)
  const expiry = input(fields, 'card-expiry-date')
  await expiry.focus()
  await page.keyboard.type('2')
  assert.equal(await shown(expiry), '02 / |')
  await page.keyboard.type('30')
  assert.equal(await shown(expiry), '02 / 30|')
  for (const left of ['02 / 3|', '02 / |', '0|', '|']) {
    await press(page, 'Backspace')
    assert.equal(await shown(expiry), left)
  }
  await page.keyboard.type('12/2030')
  assert.equal(await shown(expiry), '12 / 30|')
})

test('all fields are reached in their order with Tab, nothing moves the focus by itself, and Enter pays', async (t) => {
  const { page, fields, waitFor } = await openFields(t)
  await input(fields, 'cardholder-name').focus()
  for (const text of ['Ada Lovelace', '4242424242424242', '1230', '100']) {
    await page.keyboard.type(text)
    if (text !== '100') await press(page, 'Tab')
  }
  assert.equal(await shown(input(fields, 'card-cvv')), '100|')
  await press(page, 'Enter')
  const [, , payment] = await waitFor('onPaymentCompleted')
  assert.equal(payment.status, 'Approved')
})

test('what a browser fills in at once is taken at once', async (t) => {
  const { page, fields } = await openFields(t)
  await input(fields, 'card-number').evaluate((element) => {
    const filled = {
      'cc-name': 'Ada Lovelace',
      'cc-number': '5436031030606378',
      'cc-exp': '2030-12',
      'cc-csc': '257',
    }
    for (const [name, value] of Object.entries(filled)) {
      const field = element.ownerDocument.querySelector(`input[autocomplete=${name}]`) as HTMLInputElement
      field.value = value
      for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }))
    }
  })
  assert.equal(await input(fields, 'card-number').inputValue(), '5436 0310 3060 6378')
  assert.equal(await input(fields, 'card-expiry-date').inputValue(), '12 / 30')
  await untilValid(page)
})

test('digits composed by an input method are formatted when the composition ends', async (t) => {
  const { page, fields } = await openFields(t)
  const number = input(fields, 'card-number')
  await number.focus()
  const browser = await page.context().newCDPSession(page)
  await browser.send('Input.imeSetComposition', { text: '４２', selectionStart: 2, selectionEnd: 2 })
  assert.equal(await number.inputValue(), '４２')
  await browser.send('Input.insertText', { text: '４２４２４' })
  assert.equal(await shown(number), '4242 4|')
})

test('what is wrong is said of its field when it is left, and the pay button stays where it is', async (t) => {
  const { page, fields } = await openFields(t)
  const number = input(fields, 'card-number')
  const button = page.getByTestId('checkout-web-component-root').getByRole('button', { name: /^Pay/ })
  await number.fill('4242 4242')
  const before = await button.boundingBox()
  assert.equal(await number.getAttribute('aria-invalid'), 'false')
  await input(fields, 'card-cvv').focus()
  assert.equal(await number.getAttribute('aria-invalid'), 'true')
  const described = (await number.getAttribute('aria-describedby'))?.split(' ')[0]
  assert.equal(await fields.locator(`#${described}`).textContent(), 'Enter the full card number')
  assert.deepEqual(await button.boundingBox(), before)
  await number.fill('4242 4242 4242 4242')
  assert.equal(await number.getAttribute('aria-invalid'), 'false')
  assert.equal(await fields.locator(`#${described}`).textContent(), '')
})

test('a frame that the page moves shows again what was typed', async (t) => {
  const { page, fields } = await openFields(t)
  await input(fields, 'cardholder-name').fill('Ada')
  await input(fields, 'card-number').fill('4242 4242 4')
  // The frame loads its document anew: the one that is there now tells nothing.
  await page.evaluate(() => {
    const root = document.querySelector('[data-testid=checkout-web-component-root]') as HTMLElement
    const frame = root.shadowRoot?.querySelector('iframe[name^=card__]')
    frame?.addEventListener('load', () => {
      ;(globalThis as Json).shop.moved = true
    })
    document.querySelector('main')?.append(document.querySelector('#target') as HTMLElement)
  })
  await page.waitForFunction(() => (globalThis as Json).shop.moved)
  assert.equal(await input(fields, 'card-number').inputValue(), '4242 4242 4')
  assert.equal(await input(fields, 'cardholder-name').inputValue(), 'Ada')
})

test('each field in a frame of its own is one of the same form', async (t) => {
  const { page } = await openFields(t, {}, { attributes: 'data-card-layout="per-field"' })
  const typed = {
    'cardholder-name': 'Ada Lovelace',
    'card-number': '4242424242424242',
    'card-expiry-date': '1230',
    'card-cvv': '100',
  }
  const field = (name: string) => page.frameLocator(`iframe[name^="${name}__"]`).getByTestId(name)
  await field('cardholder-name').focus()
  for (const [name, text] of Object.entries(typed)) {
    // The browser hands the focus from frame to frame in its own time.
    await untilFocused(field(name))
    await page.keyboard.type(text)
    await press(page, 'Tab')
  }
  await untilValid(page)
  await screenshot(page, 'fields-per-field')
})

test('fields stand under each other where there is little room, and nothing is cut off', async (t) => {
  const { page, fields } = await openFields(t, {}, { browser: { viewport: { width: 280, height: 700 } } })
  const [expiry, cvv] = await Promise.all(
    (['card-expiry-date', 'card-cvv'] as const).map((name) => input(fields, name).boundingBox()),
  )
  assert.ok(expiry && cvv && cvv.y > expiry.y + expiry.height)
  const room = await fields.locator('html').evaluate((html) => [html.scrollWidth, html.clientWidth])
  assert.equal(room[0], room[1])
  await screenshot(page, 'fields-narrow')
})
