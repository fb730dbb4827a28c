/** Back from the bank: in a page of its own, in a frame of Flow, and in whatever asks without being a browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from './support/browser.ts'
import { CARDS } from './support/cards.ts'
import { flowFolder } from './support/flow-folder.ts'
import { framingPage } from './support/framing-page.ts'
import { PUBLIC_KEY, startSluice } from './support/sluice.ts'

test('the way back from a bank’s page', async (t) => {
  const sluice = await startSluice(t, { flow: flowFolder(t), authentication: 'integrated' })
  const { frames } = sluice.urls
  t.afterEach(() => sluice.assertSound())

  /** A challenge the shopper has answered: the address to which the bank sends the browser. */
  async function answered(choice: 'approve' | 'fail', members: Record<string, unknown> = {}) {
    const { session, bank } = await challenged(members)
    const pressed = await fetch(bank, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice }) })
    return { session, url: pressed.headers.get('location') as string }
  }
  async function challenged(members: Record<string, unknown> = {}) {
    const session = await sluice.requestSession({
      '3ds': { enabled: true },
      success_url: `${sluice.urls.api}/health/live?a=1&b=2#thanks`,
      failure_url: `${sluice.urls.api}/health/live?failed`,
      ...members,
    })
    const answer = await sluice.submit(session, CARDS.approved)
    assert.equal(answer.body.status, 'Action Required', answer.text)
    return { session, bank: answer.body.action.url as string }
  }

  const ask = (url: string, headers: Record<string, string>) => fetch(url, { redirect: 'manual', headers })

  await t.test('whoever is no browser, or shows it by itself, is redirected to the shop', async () => {
    const { url } = await answered('approve')
    const asked: Record<string, string>[] = [
      { accept: '*/*' },
      { accept: 'text/html', 'sec-fetch-dest': 'document' },
      { accept: 'application/json' },
    ]
    for (const headers of asked) {
      const answer = await ask(url, headers)
      assert.equal(answer.status, 303, JSON.stringify(headers))
      assert.match(answer.headers.get('location') ?? '', /\/health\/live\?a=1&/)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
  })

  await t.test('in a frame it is a page without inline script that says where the whole page is to go', async () => {
    const { url } = await answered('approve')
    const answer = await ask(url, { 'sec-fetch-dest': 'iframe', accept: 'text/html' })
    assert.equal(answer.status, 200)
    assert.equal(
      answer.headers.get('content-security-policy'),
      "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'",
    )
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
    const html = await answer.text()
    assert.doesNotMatch(html, /<meta http-equiv|<script>/)
    assert.match(html, /<a href="[^"]+" target="_top">/)
    const path = /<script src="([^"]+)"/.exec(html)?.[1] as string
    const script = await fetch(sluice.urls.api + path)
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.match(script.headers.get('cache-control') ?? '', /immutable/)
    // A browser that tells neither may be in a frame or not.
    const untold = await ask(url, { accept: 'text/html,application/xhtml+xml' })
    assert.equal(untold.status, 200)
    assert.match(await untold.text(), /<noscript><meta http-equiv="refresh"/)
  })

  await t.test('a token that we never made is 404 in any place', async () => {
    for (const dest of ['iframe', 'document']) {
      const answer = await ask(`${sluice.urls.api}/returns/nonsense`, { 'sec-fetch-dest': dest, accept: 'text/html' })
      assert.equal(answer.status, 404)
    }
  })

  await t.test('in Chromium, a challenge document hears it from a frame below it, and nobody else does', async (t) => {
    const page = await openPage(t)
    const shop = await framingPage(t)
    const { session, bank } = await challenged()
    const frame = `${frames}/frame/challenge?key=${PUBLIC_KEY}#bank=${bank}`
    await page.goto(`${shop}/?frame=${encodeURIComponent(frame)}`)

    const challenge = page.frameLocator('iframe')
    const issuer = challenge.frameLocator('iframe')
    await issuer.locator('input[type=password]').fill('Checkout1!')
    await issuer.getByRole('button', { name: 'Continue' }).click()

    const told = await challenge.locator('html[data-told]').getAttribute('data-told', { timeout: 10_000 })
    const { origin, data } = JSON.parse(told as string)
    assert.equal(origin, sluice.urls.api)
    assert.equal(data.type, 'sluice:returned')
    assert.equal(new URL(data.url).searchParams.get('cko-payment-session-id'), session.id)
    assert.deepEqual(await page.evaluate('window.heard'), [])
  })

  await t.test(
    'in Chromium, a page of its own goes on to the shop, also where the browser told us nothing',
    async (t) => {
      const page = await openPage(t, { extraHTTPHeaders: {} })
      const { session, url } = await answered('fail')
      await page.goto(url)
      assert.match(page.url(), new RegExp(`/health/live\\?failed=?&cko-payment-session-id=${session.id}`))

      await page.route('**/returns/*', async (route) => {
        const { 'sec-fetch-dest': _, ...headers } = await route.request().allHeaders()
        const html = await (await ask(route.request().url(), { ...headers, accept: 'text/html' })).text()
        await route.fulfill({ status: 200, contentType: 'text/html', body: html })
      })
      await page.goto(url)
      await page.waitForURL(/\/health\/live\?failed/)
    },
  )
})
