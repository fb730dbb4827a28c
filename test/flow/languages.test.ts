/** The languages a shopper may find the form in. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LOCALES } from '@sluice/core/locales'
import type { Page } from 'playwright-core'
import { openPage, screenshot } from '../support/browser.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import { type Json, PUBLIC_KEY, startSluice } from '../support/sluice.ts'
import { cardFrame } from './states.ts'

test('the languages of the card form', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  /** A page whose instances come and go; each time it is told what was loaded for it. */
  async function openSpeaker(t: Parameters<typeof openShop>[0], members: Record<string, Json> = {}) {
    const session = await sluice.requestSession(members)
    const shop = await openShop(t, sluice, { session })
    const requests: string[] = []
    shop.page.on('request', (request) => requests.push(request.url()))
    return {
      page: shop.page,
      session,
      async speak(options: Record<string, Json>): Promise<Spoken> {
        requests.length = 0
        return { ...(await speak(shop, { paymentSession: session, ...options })), files: localesOf(requests) }
      },
    }
  }

  await t.test('each of the 24 is one file, loaded when it is asked for, in the page and in the frame', async (t) => {
    const session = await sluice.requestSession()
    const { page } = await openShop(t, sluice, { session })
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    for (let at = 0; at < LOCALES.length; at += 8) {
      const locales = LOCALES.slice(at, at + 8)
      await page.evaluate(mountAll, { publicKey: PUBLIC_KEY, paymentSession: session, locales })
      for (const locale of locales) {
        const texts = textsOf(locale)
        const money = await inBrowser(page, locale, 10, 'GBP')
        const dir = locale === 'ar' ? 'rtl' : 'ltr'
        assert.deepEqual(await spokenIn(page, `#in-${locale}`), {
          locale,
          dir,
          button: texts['sluice.pay_amount']?.replace('{AMOUNT}', locale === 'ar' ? `\u2066${money}\u2069` : money),
          heading: texts['card'],
          frameLocale: locale,
          frameDir: dir,
          label: texts['card.card_number'],
        })
      }
    }
    assert.deepEqual(localesOf(requests).toSorted(), LOCALES.toSorted())
  })

  await t.test('Arabic is mirrored, and its digits still run from left to right', async (t) => {
    const { page, speak } = await openSpeaker(t)
    await speak({ locale: 'ar' })
    const fields = cardFrame(page)
    const box = async (field: string) => (await fields.getByTestId(field).boundingBox()) as { x: number }
    assert.ok((await box('card-expiry-date')).x > (await box('card-cvv')).x, 'the first of a row is on the right')
    const number = fields.getByTestId('card-number')
    await number.fill('4242424242424242')
    assert.equal(await number.inputValue(), '4242 4242 4242 4242')
    assert.equal(await number.getAttribute('dir'), 'ltr')
    assert.equal(await number.evaluate((input: Json) => getComputedStyle(input).textAlign), 'right')
    await screenshot(page, 'flow-arabic')
  })

  await t.test('the option comes before the session’s own locale, which comes before English', async (t) => {
    const french = await openSpeaker(t, { locale: 'fr-FR' })
    assert.equal((await french.speak({})).locale, 'fr-FR')
    const german = await french.speak({ locale: 'de-DE' })
    assert.deepEqual([german.locale, german.files], ['de-DE', ['de-DE']])
    const english = await openSpeaker(t)
    assert.equal((await english.speak({})).locale, 'en-GB')
  })

  await t.test('a wish nobody can meet is met by the nearest', async (t) => {
    const { speak } = await openSpeaker(t)
    const nearest = {
      'de-AT': 'de-DE',
      'zh-hk': 'zh-HK',
      'zh-Hant': 'zh-TW',
      'zh-MO': 'zh-HK',
      zh: 'zh-CN',
      no: 'nb-NO',
      'pl-PL': 'en-GB',
      'not a locale': 'en-GB',
      '../../secrets': 'en-GB',
    }
    for (const [wanted, found] of Object.entries(nearest)) {
      const said = await speak({ locale: wanted })
      assert.deepEqual([wanted, said.locale, said.label], [wanted, found, textsOf(found)['card.card_number']])
    }
  })

  await t.test('a shop lays its own texts over ours, also in a language of its own', async (t) => {
    const { page, speak } = await openSpeaker(t)
    const warnings: string[] = []
    page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()))
    const own = await speak({
      locale: 'en-GB',
      translations: {
        'en-GB': { 'card.card_number': 'Long number', 'pay_button.pay': 'Donate', 'no.such_key': 'x' },
        en: { 'card.security_code': 'Code', 'card.card_number': 'of less weight' },
      },
    })
    assert.deepEqual([own.label, own.button], ['Long number', 'Donate £10.00'])
    assert.equal(await cardFrame(page).locator('label[for="card-cvv"]').textContent(), 'Code')
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /no\.such_key/)

    const welsh = await speak({ locale: 'cy-GB', translations: { 'cy-GB': { 'card.card_number': 'Rhif y cerdyn' } } })
    assert.deepEqual(
      [welsh.locale, welsh.frameLocale, welsh.label, welsh.files],
      ['cy-GB', 'cy-GB', 'Rhif y cerdyn', ['en-GB']],
    )
    const persian = await speak({ locale: 'fa', translations: { fa: { 'card.card_number': 'شمارهٔ کارت' } } })
    assert.deepEqual([persian.dir, persian.frameDir, persian.label], ['rtl', 'rtl', 'شمارهٔ کارت'])
  })

  await t.test('the button writes the amount as people of the language do', async (t) => {
    const amounts: [currency: string, amount: number, locale: string, wanted: string][] = [
      ['JPY', 1000, 'ja-JP', '¥1,000'],
      ['JPY', 1000, 'en-GB', 'JP¥1,000'],
      ['KWD', 12_340, 'en-GB', 'KWD 12.340'],
      ['EUR', 123_456, 'de-DE', '1.234,56 €'],
      ['EUR', 123_456, 'fr-FR', '1 234,56 €'],
      ['USD', 5, 'en-GB', 'US$0.05'],
    ]
    const { speak } = await openSpeaker(t)
    for (const [currency, amount, locale, wanted] of amounts) {
      const { button } = await speak({ locale, paymentSession: await sluice.requestSession({ currency, amount }) })
      assert.ok(
        spaced(button).includes(wanted) || spaced(button).replace('￥', '¥').includes(wanted),
        `${button} is not ${wanted}`,
      )
    }
  })
})

interface Spoken {
  locale: string
  dir: string
  button: string
  heading: string
  frameLocale: string
  frameDir: string
  label: string
  /** Locales whose files were loaded. */
  files: string[]
}

/** Mounts an instance of its own in place of the one before, and reads what it says. */
async function speak({ page, start }: ShopPage, options: Record<string, Json>): Promise<Omit<Spoken, 'files'>> {
  await page.evaluate(() => {
    const { shop } = globalThis as Json
    shop.component?.unmount()
    shop.events.length = 0
  })
  await start({ options })
  await page.waitForFunction(() => (globalThis as Json).shop.events.some(([name]: [string]) => name === 'onReady'))
  return await spokenIn(page, '#target')
}

/** What the component in there says. */
async function spokenIn(page: Page, target: string): Promise<Omit<Spoken, 'files'>> {
  const outside = await page.locator(target).evaluate((element: Json) => {
    const root = element.firstElementChild.shadowRoot.querySelector('.sluice')
    return {
      locale: root.lang,
      dir: root.dir,
      button: root.querySelector('.pay').textContent,
      heading: root.querySelector('.heading .name').textContent,
    }
  })
  const inside = await page
    .locator(target)
    .frameLocator('iframe')
    .locator('html')
    .evaluate((html: Json) => ({
      frameLocale: html.lang,
      frameDir: html.dir,
      label: html.querySelector('label[for="card-number"]').textContent,
    }))
  return { ...outside, ...inside }
}

/** Runs in the page: an instance for each locale, side by side, in place of those before. */
async function mountAll({ locales, ...options }: Json): Promise<void> {
  const { CheckoutWebComponents, document } = globalThis as Json
  const main = document.querySelector('main')
  main.replaceChildren()
  async function mount(locale: string) {
    const target = document.createElement('div')
    target.id = `in-${locale}`
    main.append(target)
    let ready = () => {}
    const isReady = new Promise<void>((resolve) => (ready = resolve))
    const instance = await CheckoutWebComponents({ ...options, environment: 'sandbox', locale, onReady: () => ready() })
    instance.create('flow').mount(target)
    await isReady
  }
  await Promise.all(locales.map(mount))
}

/** `…/de-DE.U9RjqP.js` is German. */
function localesOf(urls: string[]): string[] {
  const names = urls.flatMap((url) => /\/frame\/assets\/([\w-]+)\.[\w-]+\.js$/.exec(url)?.[1] ?? [])
  return names.filter((name) => (LOCALES as readonly string[]).includes(name))
}

function textsOf(locale: string): Record<string, string> {
  const file = join(import.meta.dirname, `../../packages/flow/src/locales/${locale}.json`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

function inBrowser(page: Page, locale: string, amount: number, currency: string): Promise<string> {
  return page.evaluate(
    ([of, value, unit]) => new Intl.NumberFormat(of, { style: 'currency', currency: unit }).format(value),
    [locale, amount, currency] as const,
  )
}

/** Every kind of space is one. */
function spaced(text: string): string {
  return text.replaceAll(/\s/g, ' ')
}
