/** The issuer's pages in a real browser, in frames of another origin, as a 3DS Server shows them. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { base64UrlOfJson, jsonOfBase64Url } from '@sluice/core/three-ds/encoding'
import type { Page } from 'playwright-core'
import { openPage } from '../../../test/support/browser.ts'
import { type Bank, type Body, startBank } from './support.ts'
import { areq, askDs, creqFor, takeResults, wishes } from './three-ds-support.ts'

interface Shop {
  url: string
  /** What browsers have brought back, by path. */
  brought: Array<{ path: string; form: URLSearchParams }>
}

/** Takes what browsers bring back, and serves the page they start from. */
async function openShop(t: TestContext): Promise<Shop> {
  const brought: Shop['brought'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      if (request.method === 'POST') {
        brought.push({ path, form: new URLSearchParams(Buffer.concat(chunks).toString()) })
      }
      const { pathname, searchParams } = new URL(path, 'http://shop.example')
      const body = pathname === '/start' ? startPage(searchParams) : '<p>The browser is back.'
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Shop</title>${body}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, brought }
}

/** A page that posts the members of its own address into a named frame. */
function startPage(query: URLSearchParams): string {
  const action = query.get('action') ?? ''
  query.delete('action')
  const inputs = [...query].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  return `<iframe name="bank" width="390" height="400"></iframe>
<form method="post" action="${action}" target="bank">${inputs.join('')}</form>
<script>document.forms[0].submit()</script>`
}

async function postIntoFrame(page: Page, shop: Shop, action: string, members: Record<string, string>) {
  await page.goto(`${shop.url}/start?${new URLSearchParams({ action, ...members })}`)
}

async function challenge(t: TestContext, more: Body = {}) {
  const bank: Bank = await startBank(t)
  const shop = await openShop(t)
  const taker = await takeResults(t)
  const page = await openPage(t)
  const notificationURL = `${shop.url}/notifications`
  const ares = await askDs(bank, areq(bank, { threeDSServerURL: taker.url, notificationURL, ...more }))
  await postIntoFrame(page, shop, ares['acsURL'], { creq: creqFor(ares), threeDSSessionData: 'abc' })
  return { page, bank: page.frameLocator('iframe[name=bank]'), shop, taker }
}

/** By words that are on no page of the bank, which names the shop. */
function isBack(page: Page): Promise<void> {
  return page.frameLocator('iframe[name=bank]').getByText('The browser is back.').waitFor()
}

/** Waits for the browser to be back, and reads what it brought. */
async function back(page: Page, shop: Shop): Promise<Body> {
  await isBack(page)
  const [notification] = shop.brought
  assert.equal(notification?.path, '/notifications')
  assert.equal(notification.form.get('threeDSSessionData'), 'abc')
  return jsonOfBase64Url(notification.form.get('cres') ?? '') as Body
}

test('a shopper types the password, and the browser goes back by itself', async (t) => {
  const { page, bank, shop, taker } = await challenge(t)
  await bank.locator('input[type=password]').fill('Checkout1!')
  await bank.locator('button[type=submit]').click()
  assert.equal((await back(page, shop))['transStatus'], 'Y')
  assert.equal(taker.results.length, 1)
})

test('by the names of its buttons, too: Continue with the Enter key, and Cancel', async (t) => {
  const first = await challenge(t, wishes('challenge.kind:otp'))
  await first.bank.getByRole('button', { name: 'Continue' }).waitFor()
  await first.bank.locator('input[autocomplete=one-time-code]').fill('123456')
  await first.bank.locator('input[autocomplete=one-time-code]').press('Enter')
  assert.equal((await back(first.page, first.shop))['transStatus'], 'Y')

  const second = await challenge(t)
  await second.bank.getByRole('button', { name: 'Cancel' }).click()
  assert.equal((await back(second.page, second.shop))['transStatus'], 'N')
  assert.equal(second.taker.results[0]?.['challengeCancel'], '01')
})

test('the page that answers by itself needs nobody', async (t) => {
  const { page, shop, taker } = await challenge(t, wishes('challenge:approve'))
  assert.equal((await back(page, shop))['transStatus'], 'Y')
  assert.equal(taker.results.length, 1)
})

test('the method page posts back from a hidden frame', async (t) => {
  const bank = await startBank(t)
  const shop = await openShop(t)
  const page = await openPage(t)
  const threeDSServerTransID = crypto.randomUUID()
  const data = { threeDSServerTransID, threeDSMethodNotificationURL: `${shop.url}/method` }
  await postIntoFrame(page, shop, `${bank.url}/3ds/acs/method`, { threeDSMethodData: base64UrlOfJson(data) })
  await isBack(page)
  const [notification] = shop.brought
  assert.equal(notification?.path, '/method')
  assert.deepEqual(jsonOfBase64Url(notification.form.get('threeDSMethodData') ?? ''), { threeDSServerTransID })
})
