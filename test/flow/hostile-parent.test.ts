/** A shop's page that was taken over reads neither card number nor security code: it may break its own checkout, no more. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Request } from 'playwright-core'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import { searchFor } from '../support/canary.ts'
import { openShop, type ShopOptions } from '../support/shop.ts'
import { type Json, type Sluice, startSluice } from '../support/sluice.ts'
import { HOSTILE_SCRIPT } from './hostile-page.ts'
import { cardFrame } from './states.ts'

/** American Express: long enough a security code to be told from other digits. */
const NUMBER = '345678901234564'
const CVV = '7391'
/** No more of a number is anybody's business than its first eight digits and its last four. */
const MIDDLE = NUMBER.slice(8, -4)
const COMPACT_JWE = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/

test('a hostile page', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t) // keeps one browser for all that follows

  await t.test('that records everything it can reach never sees the card', async (t) => {
    const house = await openHostileShop(t, sluice)
    const { shop, requests } = house
    const submitted: string[] = []
    await shop.start({ throughServer: true })
    await shop.waitFor('onReady')
    await typeCard(shop.page, { number: NUMBER, cvv: CVV })
    const token = await shop.call('tokenize')
    assert.match(token.data.token, /^tok_/)
    await shop.page.evaluate(() => {
      const { shopServer } = globalThis as Json
      Object.assign(globalThis, {
        shopServer: (data: string) => ((globalThis as Json).sealed = data) && shopServer(data),
      })
    })
    await payButton(shop.page).click()
    await shop.waitFor('onPaymentCompleted')
    submitted.push(await shop.page.evaluate(() => (globalThis as Json).sealed))

    const loot = await house.loot()
    assert.match(loot, /from keeper .*"bin":"\d{8}"/, 'the recorder records')
    assert.match(loot, /to keeper .*"what":"seal"/)
    assert.match(submitted[0] ?? '', COMPACT_JWE)
    assertNoCard({ loot, ...said(requests, new URL(shop.url).origin) })
    for (const request of requests.filter((one) => one.frame() === shop.page.mainFrame())) {
      assert.equal(request.method(), 'GET', 'the page itself sends nothing')
    }
    house.assertHosts()
  })

  await t.test('in the per-field layout neither', async (t) => {
    const house = await openHostileShop(t, sluice, { attributes: 'data-card-layout="per-field"' })
    const { shop } = house
    await shop.start()
    await shop.waitFor('onReady')
    const texts = { 'cardholder-name': 'Ada', 'card-number': NUMBER, 'card-expiry-date': '1232', 'card-cvv': CVV }
    for (const [field, text] of Object.entries(texts)) {
      await shop.page.frameLocator(`iframe[name^="${field}__"]`).getByTestId(field).pressSequentially(text)
    }
    await payButton(shop.page).click()
    await shop.waitFor('onPaymentCompleted')
    const loot = await house.loot()
    assert.match(loot, /to fields/)
    assertNoCard({ loot })
    house.assertHosts()
  })

  await t.test('that forges messages, swaps ports and looks into frames gets nothing for it', async (t) => {
    const house = await openHostileShop(t, sluice)
    const { shop } = house
    const { page } = shop
    await shop.start()
    await shop.waitFor('onReady')
    await typeCard(page, { number: NUMBER, cvv: CVV })

    // Below our frames nothing answers: they are of another origin, and have found their page.
    const peeked: string[][] = await page.evaluate(() =>
      (globalThis as Json).hostileFrames.map((iframe: Json) => (globalThis as Json).peek(iframe)),
    )
    assert.equal(peeked.length, 2)
    for (const answers of peeked) assert.deepEqual([...new Set(answers)], ['SecurityError'])
    await page.evaluate(forgeEverything)
    await page.waitForTimeout(300)
    assert.doesNotMatch(await house.loot(), /ANSWER TO A FORGERY/, 'a frame listens to its first page only')

    // On the genuine channel, with all the words of the protocol and many that are none.
    const answers = await page.evaluate(askEverything)
    assert.match(String(answers.sealed), COMPACT_JWE)
    assert.equal(answers.names.length, 8)
    house.assertHosts()

    // Frames of its own, for the form of somebody else.
    await page.evaluate(embedOwnFrames, sluice.urls.frames)
    await page.waitForTimeout(1200)
    const loot = await house.loot()
    assert.match(loot, /own fields .*"ready"/, 'its own fields frame shows the form, to the shopper')
    assertNoCard({ loot })

    // What the page refused stays refused until the number changes; then the shopper can still pay.
    await typeCard(page, { number: NUMBER, cvv: CVV })
    await payButton(page).click()
    await shop.waitFor('onPaymentCompleted')
    assertNoCard({ loot: await house.loot() })
    house.assertHosts()
    await sluice.assertSound()
  })

  await t.test('cannot have markup, styles or addresses of its own drawn by our frames', async (t) => {
    const house = await openHostileShop(t, sluice)
    const { shop } = house
    const { page } = shop
    const evil = 'https://evil.example'
    const markup = `<img src="${evil}/i.png" onerror="top.hacked=1"><script src="${evil}/s.js"></script><style>*{display:none}</style>`
    const keys = [
      'card',
      'card.card_number',
      'card.security_code',
      'pay_button.pay',
      'form.required',
      'sluice.card_details',
    ]
    await shop.start({
      options: {
        translations: {
          'en-GB': Object.fromEntries([...keys, '__proto__', 'constructor'].map((key) => [key, markup])),
        },
        appearance: {
          colorPrimary: `red;background:url(${evil}/a)`,
          colorFormBackground: `url("${evil}/b")`,
          colorAction: `rgb(0,0,0)}*{background:url(${evil}/c)`,
          colorBorder: `image-set("${evil}/d" 1x)`,
          colorError: 'expression(alert(1))',
          borderWidth: 'x'.repeat(1e6),
          label: { fontFamily: `x;src:url(${evil}/e)`, fontSize: '/*' },
          input: { fontFamily: `\\75rl(${evil}/f)` },
          __proto__: { colorAction: 'pink' },
        },
        locale: `en-GB"><script src=${evil}/l.js>`,
      },
    })
    await shop.waitFor('onReady')
    await page.getByTestId('checkout-web-component-root').locator('.pay').press('Enter')
    await cardFrame(page).locator('#card-number[aria-invalid="true"]').waitFor()
    const appearance = {
      'color-form-background': `url(${evil}/g)`,
      '--x': `url(${evil}/h)`,
      'color-action': 7,
      'color-scheme': 'x',
    }
    await page.evaluate((looks) => {
      for (const { role, toFrame } of (globalThis as Json).hostileSides) {
        if (role === 'fields') toFrame.postMessage({ type: 'appearance', appearance: looks }, [])
      }
    }, appearance)
    await page.waitForTimeout(300)

    for (const frame of [
      page.mainFrame(),
      ...page.frames().filter((one) => one.url().startsWith(sluice.urls.frames)),
    ]) {
      const made = await frame.evaluate(() => {
        const { document } = globalThis as Json
        const root = document.querySelector('[data-testid="checkout-web-component-root"]')?.shadowRoot ?? document.body
        return [...root.querySelectorAll('img, script, style, link, object, embed')].map((one: Json) => one.outerHTML)
      })
      assert.deepEqual(made, [], frame.url())
    }
    const label = await cardFrame(page).locator('label[for="card-number"]').textContent()
    assert.equal(label, markup, 'markup is text')
    assert.equal(await page.evaluate(() => (globalThis as Json).hacked), undefined)
    const background = await cardFrame(page)
      .locator('.number .box')
      .evaluate((box: Json) => getComputedStyle(box).backgroundImage)
    assert.equal(background, 'none')
    house.assertHosts()
  })
})

async function openHostileShop(t: TestContext, sluice: Sluice, options: ShopOptions = {}) {
  const session = await sluice.requestSession()
  const shop = await openShop(t, sluice, {
    session,
    scripts: ['/hostile.js', `${sluice.urls.api}/flow/index.js`],
    files: { '/hostile.js': { type: 'text/javascript', text: HOSTILE_SCRIPT } },
    ...options,
  })
  const requests: Request[] = []
  shop.page.on('request', (request) => requests.push(request))
  return {
    shop,
    requests,
    loot: (): Promise<string> => shop.page.evaluate(() => (globalThis as Json).rummage()),
    /** Nobody but shop, API and frames was ever spoken to. */
    assertHosts() {
      const known = [shop.url, sluice.urls.api, sluice.urls.frames]
      const foreign = requests
        .map((request) => request.url())
        .filter((url) => !known.some((host) => url.startsWith(`${host}/`)))
      assert.deepEqual(foreign, [])
    },
  }
}

const search = searchFor({ 'the card number': NUMBER })

function assertNoCard(places: Record<string, string>): void {
  for (const [where, text] of Object.entries(places)) {
    assert.deepEqual(search(where, text), [])
    const digits = text.replaceAll(/[^\d\n]+/g, '')
    assert.ok(!digits.includes(NUMBER), `${where}: the number in groups`)
    assert.ok(
      !digits.includes(MIDDLE + NUMBER.slice(-4)) && !digits.includes(NUMBER.slice(0, 8) + MIDDLE),
      `${where}: more than a part of it`,
    )
    const code = new RegExp(`(?<![\\w.-])${CVV}(?![\\w.-])`).exec(text)
    assert.equal(code && text.slice(code.index - 80, code.index + 80), null, `${where}: the security code`)
  }
}

/** What the frames said to their server; sealed data is opaque, and only the token request may name the card. */
function said(requests: Request[], shopOrigin: string): Record<string, string> {
  const places: Record<string, string> = {}
  for (const request of requests) {
    const { pathname, origin } = new URL(request.url())
    const mayHoldCard = pathname === '/tokens' && origin !== shopOrigin
    if (!mayHoldCard) places[`${request.method()} ${pathname}`] = `${request.url()} ${request.postData() ?? ''}`
  }
  return places
}

/** Runs in the page. Each message of the protocol again, to each frame, and with members that name what no page may name. */
function forgeEverything(): void {
  const { hostileFrames, hostileSides, forge } = globalThis as Json
  const evil = 'https://evil.example'
  const naming = {
    api: evil,
    frames: evil,
    url: `${evil}/`,
    keys: [{ kid: 'x', crv: 'X25519', x: 'A'.repeat(43) }],
    origin: evil,
    host: evil,
  }
  for (const iframe of hostileFrames) {
    for (const { message } of hostileSides) {
      forge(iframe, message)
      forge(iframe, { ...message, ...naming })
      forge(iframe, { ...message, form: message.form, role: 'fields', fields: ['number', 'cvv'], instance: 'another' })
      forge(iframe, { ...message, role: 'challenge', url: 'javascript:alert(1)' })
    }
    for (const odd of [
      null,
      7,
      'sluice:connect',
      [],
      { type: 'sluice:connect' },
      { type: 'sluice:returned', url: evil },
    ]) {
      forge(iframe, odd)
    }
  }
}

/** Runs in the page. */
async function askEverything(): Promise<{ sealed: unknown; names: string[] }> {
  const { hostileSides } = globalThis as Json
  const keeper = hostileSides.find(({ role }: Json) => role === 'keeper')
  const { form } = hostileSides.find(({ role }: Json) => role === 'fields').message
  const evil = 'https://evil.example'
  const naming = { api: evil, frames: evil, keys: [{ kid: 'x', crv: 'X25519', x: 'A'.repeat(43) }], origin: evil }
  const displayed = { amount: 1000, currency: 'GBP' }
  const asks = [
    { what: 'seal', method: 'card', form, displayed, ...naming },
    { what: 'card', form },
    { what: '__proto__', form },
    { what: 'reveal', form },
    { what: 'check', form: 'another', reveal: true },
    { what: 'seal', method: 'x'.repeat(100_000), form, displayed },
    { what: 'tokenize', form: { toString: 'x' }, url: evil },
    { what: 'session', ...naming },
  ]
  const answers = await Promise.all(
    asks.map(
      (ask, at) =>
        new Promise<Json>((resolve) => {
          keeper.toFrame.addEventListener('message', ({ data }: Json) => data.id === 9000 + at && resolve(data))
          keeper.toFrame.postMessage({ type: 'ask', id: 9000 + at, ask }, [])
        }),
    ),
  )
  for (const message of [
    { type: 'refuse-card', form, message: '<img src=https://evil.example/x>' },
    {
      type: 'open-form',
      form: 'mine',
      options: { fields: ['number', 'cvv', 'name', 'expiry'], cardholderName: 'x'.repeat(100_000) },
    },
    { type: 'nonsense' },
  ]) {
    keeper.toFrame.postMessage(message, [])
  }
  // What was refused stands until the number changes; opened anew, the form is as it was.
  return { sealed: answers[0]?.value?.session_data, names: answers.map(({ type }) => type) }
}

/** Runs in the page: documents of our origin, held and connected by nobody but the page. */
function embedOwnFrames(frames: string): void {
  const { hostileSides, loot } = globalThis as Json
  const { document } = globalThis as Json
  const fields = hostileSides.find(({ role }: Json) => role === 'fields').message
  const keeper = hostileSides.find(({ role }: Json) => role === 'keeper').message
  const genuine = document.querySelector('iframe[name^="sluice-keeper__"]')
  const key = encodeURIComponent(new URL(genuine.src).searchParams.get('key') ?? '')
  function embed(name: string, message: Json) {
    const iframe = document.createElement('iframe')
    iframe.src = `${frames}/frame/${message.role}?key=${key}`
    iframe.addEventListener('load', () => {
      const { port1, port2 } = new MessageChannel()
      port1.addEventListener('message', ({ data }: Json) => loot.push(`own ${name} ${JSON.stringify(data)}`))
      port1.start()
      // The wrapped window would relay it; this page speaks for itself.
      const at = [...document.querySelectorAll('iframe')].indexOf(iframe)
      ;(globalThis as Json)[at].postMessage(message, '*', [port2])
    })
    document.body.append(iframe)
  }
  embed('fields', fields)
  embed('fields of another instance', { ...fields, instance: 'another' })
  embed('keeper', { ...keeper, instance: keeper.instance })
}
