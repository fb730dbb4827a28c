/** The demo shop as a visitor has it: the whole Sluice is started, and a browser buys in each of the four ways. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { completeChallenge, pay as press, payWithWallet } from '@sluice/testing/playwright'
import { openPage, payButton, screenshot } from '../../../test/support/browser.ts'
import { eventually, freePort } from '../../../test/support/sluice.ts'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { callerOf } from '../src/first-curl.ts'
import { startShop } from '../src/shop.ts'
import { callsOf, enter, goToCheckout, pay } from './shop-support.ts'
import { cleanEnvironment, dataFolder, freePorts, startSluice, watch } from './support.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** `[integration, the calls its server makes for one paid order]`, in their order. */
const INTEGRATIONS = [
  ['script', ['POST /payment-sessions', 'GET /payment-sessions/ps', 'GET /payments/pay']],
  ['official', ['POST /payment-sessions', 'GET /payment-sessions/ps', 'GET /payments/pay']],
  [
    'server',
    ['POST /payment-sessions', 'POST /payment-sessions/ps/submit', 'GET /payment-sessions/ps', 'GET /payments/pay'],
  ],
  ['sessionless', ['POST /payment-sessions/complete', 'GET /payment-sessions/ps', 'GET /payments/pay']],
] as const

/** The rules of axe that another theme or width can break. */
const OF_COLOUR_AND_WIDTH = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable']

/** Arguments of Node in the example's folder. */
const VITE = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
const EXAMPLES = { html: ['server.js'], react: [VITE], vue: [VITE] }

type Origins = [api: string, frames: string, shop: string]

test('the demo shop', async (t) => {
  const port = await freePorts()
  await startSluice(t, dataFolder(t), port)
  const [api, frames, shop] = [0, 1, 3].map((more) => `http://localhost:${port + more}`) as Origins

  for (const [integration, wanted] of INTEGRATIONS) {
    await t.test(`sells by way of ${integration}, and shows the calls its server made`, async (t) => {
      const page = await openPage(t)
      await goToCheckout(page, shop, { integration })
      await pay(page, '4242424242424242')

      await page.waitForURL(`${shop}/success?**`)
      await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
      assert.match(await page.locator('main').innerText(), /Harbour mug[^]*£18\.00[^]*ending in 4242/)
      assert.deepEqual(await callsOf(page, shop), wanted)
      assert.equal(await page.locator('[data-count]').innerText(), '0', 'what was bought left the basket')
      await screenshot(page, `shop-confirmed-${integration}`)
    })
  }

  for (const [wallet, name] of [
    ['applepay', 'Apple Pay'],
    ['googlepay', 'Google Pay'],
    ['paypal', 'PayPal'],
  ] as const) {
    await t.test(`sells by ${name}, with the official package`, async (t) => {
      // Tall enough for the whole list: Chromium loses a click right after it has scrolled past a frame.
      const page = await openPage(t, { viewport: { width: 1280, height: 1600 } })
      await goToCheckout(page, shop, { integration: 'official' })
      await page.getByRole('radio', { name }).check()
      await payWithWallet(page, wallet)
      await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
      assert.match(await page.locator('.sum').innerText(), /£18\.00/)
    })
  }

  await t.test('charges the basket as it stands when it was changed beside the form', async (t) => {
    for (const integration of ['server', 'sessionless']) {
      const page = await openPage(t)
      await goToCheckout(page, shop, { integration })
      await enter(page, '4242424242424242')
      await page.getByRole('button', { name: 'One more: Harbour mug' }).click()
      await payButton(page).filter({ hasText: '36.00' }).waitFor()
      await press(page)
      await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
      assert.match(await page.locator('.sum').innerText(), /£36\.00/, integration)
    }
  })

  await t.test('requests another session where only the session can say another amount', async (t) => {
    const page = await openPage(t)
    await goToCheckout(page, shop, { integration: 'script' })
    await page.getByRole('button', { name: 'One more: Harbour mug' }).click()
    await page.getByText('please enter your card again').waitFor()
    await payButton(page).filter({ hasText: '36.00' }).waitFor()
    await pay(page, '4242424242424242')
    await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
    assert.match(await page.locator('.sum').innerText(), /£36\.00/)
  })

  await t.test('lets a shopper whose card was declined try another one', async (t) => {
    const page = await openPage(t)
    await goToCheckout(page, shop, { integration: 'script' })
    await pay(page, '4544249167673670')
    await page.getByText('Not enough money in the account').first().waitFor()
    await pay(page, '4242424242424242')
    await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
  })

  for (const redirect of ['overlay', 'page']) {
    await t.test(`comes back from the bank’s page, shown as ${redirect}, to an order that is paid`, async (t) => {
      const page = await openPage(t)
      await goToCheckout(page, shop, { integration: 'script', threeDs: 'on', redirect })
      await pay(page, '4242424242424242')
      await completeChallenge(page)
      await page.waitForURL(`${shop}/success?**`)
      await page.getByRole('heading', { name: 'Order confirmed' }).waitFor()
    })
  }

  await t.test('comes back from a bank that said no to an order that is not paid, with the basket kept', async (t) => {
    const page = await openPage(t)
    await goToCheckout(page, shop, { integration: 'script', threeDs: 'on' })
    await pay(page, '4242424242424242')
    await completeChallenge(page, 'wrong')
    await page.waitForURL(`${shop}/failure?**`)
    await page.getByRole('heading', { name: 'Not paid' }).waitFor()
    assert.equal(await page.locator('[data-count]').innerText(), '1')
  })

  await t.test('has pages that axe finds no fault with, in each theme and on a narrow screen', async (t) => {
    for (const [theme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['clay', 320],
    ] as const) {
      const page = await openPage(t, { viewport: { width, height: 900 } })
      await goToCheckout(page, shop, { theme })
      if (width === 320) {
        await enter(page, '4242424242424242')
        const number = page.frameLocator('iframe[name^="card__"]').getByTestId('card-number')
        const [needs, has] = await number.evaluate((input: { scrollWidth: number; clientWidth: number }) => [
          input.scrollWidth,
          input.clientWidth,
        ])
        assert.ok(
          needs !== undefined && has !== undefined && needs <= has,
          `all of the number is seen: ${needs} in ${has}`,
        )
      }
      for (const path of ['/', '/checkout', '/success?order=x']) {
        await page.goto(shop + path)
        await page.locator('.calls li').first().waitFor()
        // The card form has tests of its own.
        const axe = new AxeBuilder({ page }).exclude('#payment')
        // Whatever colours and widths have nothing to do with was looked at in the first.
        if (theme !== 'light') axe.withRules(OF_COLOUR_AND_WIDTH)
        const { violations } = await axe.analyze()
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
          [],
          `${path} in ${theme}`,
        )
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width}`)
        await screenshot(page, `shop-${theme}${path.replace(/[^a-z]+/g, '-')}`)
      }
    }
  })

  await t.test('believes no address: an order that was not paid is not confirmed by opening its page', async (t) => {
    const page = await openPage(t)
    await goToCheckout(page, shop, { integration: 'script' })
    await enter(page, '4242424242424242')
    const calls = (await (await page.request.get(`${shop}/calls`)).json()) as { response: { id: string } }[]
    await page.goto(`${shop}/success?session=${calls[0]?.response.id}&cko-payment-id=pay_aaaaaaaaaaaaaaaaaaaaaaaaaa`)
    await page.getByRole('heading', { name: 'Waiting for the bank' }).waitFor()
    await page.goto(`${shop}/success?order=ORD-0000000000`).catch(() => undefined)
    await page.getByRole('heading', { name: 'No such order' }).waitFor()
  })

  await t.test('tells nobody its secret key or the secret of a session', async () => {
    const jar = (await fetch(`${shop}/`)).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const send = (path: string, body: string) =>
      fetch(shop + path, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: { cookie: jar, 'content-type': 'application/x-www-form-urlencoded' },
      })
    await send('/basket', 'product=mug&more=1')
    const session = (await (await send('/checkout/session', '')).json()) as { payment_session_secret: string }
    assert.match(session.payment_session_secret, /^pss_/)

    for (const path of ['/', '/checkout', '/calls', '/success?order=x']) {
      const text = await (await fetch(shop + path, { headers: { cookie: jar } })).text()
      assert.ok(!text.includes(SANDBOX_KEYS.secret) && !text.includes(session.payment_session_secret), path)
    }
  })

  await t.test('refuses what another site’s page sends with a visitor’s cookie', async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${shop}/basket`, { method: 'POST', body: 'product=mug&more=1', redirect: 'manual', headers })
    assert.equal((await send({ 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await send({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await send({ origin: shop })).status, 303)
  })

  for (const [example, command] of Object.entries(EXAMPLES)) {
    await t.test(`stands beside a minimal example that sells as well: ${example}`, async (t) => {
      // It listens at every address.
      const own = String(await freePorts())
      const cwd = join(ROOT, 'examples', example)
      const env = { ...cleanEnvironment(), PORT: own, SLUICE_API: api, SLUICE_FRAMES: frames }
      const server = watch(spawn(process.execPath, command, { cwd, env }))
      t.after(() => server.child.kill())
      await eventually(() => fetch(`http://localhost:${own}/`).catch(() => undefined))

      const page = await openPage(t)
      await page.goto(`http://localhost:${own}/`)
      await pay(page, '4242424242424242')
      await page.getByText('Thank you, it is paid.').waitFor()
    })
  }

  await t.test('serves the module of the official package byte for byte', async () => {
    const published = join(ROOT, 'node_modules/@checkout.com/checkout-web-components/dist/index.module.js')
    const served = await fetch(`${shop}/vendor/checkout-web-components.js`)
    assert.equal(served.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), readFileSync(published))
  })
})

test('over HTTPS the shop trusts the API it belongs to', async (t) => {
  const port = await freePorts()
  await startSluice(t, dataFolder(t), port, { SLUICE_TLS: '1' })
  const shop = `https://localhost:${port + 3}`
  const arrived = await fetch(`${shop}/basket`, { method: 'POST', body: 'product=mug&more=1', redirect: 'manual' })
  const [cookie = ''] = arrived.headers.getSetCookie()
  assert.match(cookie, /; Secure$/)
  const session = await fetch(`${shop}/checkout/session`, {
    method: 'POST',
    headers: { cookie: cookie.split(';')[0] as string },
  })
  assert.equal(session.status, 201, await session.text())
})

test('where the keys are generated the shop has no merchant, and says how to make one', async (t) => {
  const port = await freePort()
  const caller = callerOf('generated', undefined)
  const shop = await startShop({ listen: '127.0.0.1', port, api: 'http://localhost:4242', hosts: [], caller })
  t.after(() => shop.close())
  const text = await (await fetch(`http://localhost:${port}/`)).text()
  assert.match(text, /sluice seed --entity NAME/)
  assert.match(text, /SLUICE_SECRET_KEY=sk_sbox_…/)
  assert.ok(!text.includes(SANDBOX_KEYS.secret) && !text.includes(SANDBOX_KEYS.public))
  assert.equal((await fetch(`http://localhost:${port}/checkout/session`, { method: 'POST' })).status, 404)
})
