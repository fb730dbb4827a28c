/** The three wallets in a real browser, by the simulator's sheets: what opens, what the shop is told, what is paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openPage, screenshot } from '../support/browser.ts'
import { rowOf, sessionFor } from '../support/methods.ts'
import { type Checkout, openShop, type ShopOptions } from '../support/shop.ts'
import { client, eventually, type Json, type Sluice, startSluice } from '../support/sluice.ts'

type Test = Parameters<typeof openShop>[0]

/** The shop of a merchant whose channel takes wallets, with the component of one. */
async function visit(
  t: Test,
  sluice: Sluice,
  method: string,
  {
    checkout = {},
    members = {},
    wallets = 'decrypted',
    ...options
  }: ShopOptions & { checkout?: Checkout; members?: Json; wallets?: string } = {},
) {
  const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings: { wallets } } })
  const merchant = client(sluice.urls, world.secret_key)
  const shop = await openShop(t, merchant, options)
  const session = await merchant.requestSession({
    ...sessionFor(rowOf(method)),
    billing: { address: { country: 'GB' } },
    success_url: `${shop.url}/success`,
    failure_url: `${shop.url}/failure`,
    ...members,
  })
  await shop.start({
    component: method,
    ...checkout,
    options: { publicKey: world.public_key, paymentSession: session, ...checkout.options },
  })
  await shop.waitFor('onReady')
  const latest = async () => (await merchant.get(`/payment-sessions/${session.id}`)).body
  const payment = async () => await merchant.payment((await latest()).payment_id as string)
  const names = () => shop.heard.map(([name]) => name)
  return { ...shop, merchant, session, latest, payment, names }
}

function button(page: Page, name: string) {
  return page.locator(`button[aria-label="${name}"]`)
}

function sheet(page: Page) {
  return page.getByTestId('sluice-wallet-sheet')
}

async function choose(page: Page, card: string) {
  await sheet(page).getByLabel(`(${card})`).check()
}

/** Apple's interface, as a browser would have it, with a token that nobody signed. Runs in the page. */
function fakeApplePay() {
  const log: string[] = []
  class Session {
    static STATUS_SUCCESS = 0
    static STATUS_FAILURE = 1
    static canMakePayments = () => true
    onvalidatemerchant?: (event: object) => void
    onpaymentauthorized?: (event: object) => void
    begin() {
      log.push(navigator.userActivation.isActive ? 'begin in the click' : 'begin too late')
      setTimeout(() =>
        this.onvalidatemerchant?.({
          validationURL: 'https://apple-pay-gateway-cert.apple.com/paymentservices/startSession',
        }),
      )
    }
    completeMerchantValidation() {
      log.push('completeMerchantValidation')
      const header = { ephemeralPublicKey: 'AAAA', publicKeyHash: 'AAAA', transactionId: 'ab' }
      const paymentData = { version: 'EC_v1', data: 'AAAA', signature: 'AAAA', header }
      this.onpaymentauthorized?.({ payment: { token: { paymentData } } })
    }
    completePayment({ status }: { status: number }) {
      log.push(`completePayment ${status}`)
    }
    abort() {
      log.push('abort')
    }
  }
  Object.assign(globalThis, { ApplePaySession: Session, appleLog: log })
}

test('wallets', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  // Keeps the browser open in between.
  await openPage(t)

  await t.test(
    'Google Pay: the sheet opens in the click, its card pays, and the shop is told in order',
    async (each) => {
      const { page, call, waitFor, payment, names } = await visit(each, sluice, 'googlepay', {
        checkout: { replies: { handleClick: { continue: true }, onAuthorized: { continue: true } } },
      })
      assert.equal(await call('isAvailable'), true)
      assert.equal(await call('isPayButtonRequired'), false)
      await button(page, 'Google Pay').click()
      await choose(page, 'mastercard')
      await screenshot(page, 'wallet-googlepay')
      await sheet(page).getByTestId('sheet-pay').click()
      const [, , completed] = await waitFor('onPaymentCompleted')
      assert.equal(completed.type, 'googlepay')
      assert.deepEqual(
        names().filter((name) => name !== 'onChange'),
        ['onReady', 'handleClick', 'onSubmit', 'onAuthorized', 'onPaymentCompleted'],
      )
      const { source, eci } = await payment()
      assert.equal(source.card_wallet_type, 'googlepay')
      assert.equal(source.scheme, 'MASTERCARD')
      assert.equal(eci, '02')
      assert.equal(await sheet(page).count(), 0)
    },
  )

  await t.test('Google Pay: closed, the shopper is back at the form and nothing was tried', async (each) => {
    const { page, latest, names } = await visit(each, sluice, 'googlepay')
    await button(page, 'Google Pay').click()
    await sheet(page).getByTestId('sheet-cancel').click()
    await button(page, 'Google Pay').and(page.locator('[aria-disabled="false"]')).waitFor()
    assert.equal((await latest()).payment_id, undefined)
    assert.equal(names().includes('onError'), false)
    await button(page, 'Google Pay').click()
    await sheet(page).getByTestId('sheet-pay').waitFor()
  })

  await t.test('Google Pay: a card without a proof goes through 3-D Secure when the session asks', async (each) => {
    const { page } = await visit(each, sluice, 'googlepay', { members: { '3ds': { enabled: true } } })
    await button(page, 'Google Pay').click()
    await choose(page, 'visa-number')
    await sheet(page).getByTestId('sheet-pay').click()
    const challenge = await eventually(async () => {
      for (const frame of page.frames()) if ((await frame.locator('input[type=password]').count()) > 0) return frame
      return undefined
    })
    await challenge.locator('input[type=password]').fill('Checkout1!')
    await challenge.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL('**/success?**')
  })

  await t.test('Google Pay: tokenize gives the shop a token, and pays nothing', async (each) => {
    const { page, waitFor, latest } = await visit(each, sluice, 'googlepay', {
      wallets: 'passthrough',
      checkout: { componentOptions: { mode: 'tokenize' }, replies: { onTokenized: { continue: true } } },
    })
    await button(page, 'Google Pay').click()
    await choose(page, 'visa')
    await sheet(page).getByTestId('sheet-pay').click()
    const [, , result] = await waitFor('onTokenized')
    assert.equal(result.type, 'googlepay')
    assert.match(result.data.token, /^tok_/)
    assert.equal(result.data.last4, '4242')
    assert.equal((await latest()).payment_id, undefined)
  })

  await t.test('Apple Pay: validated, authorized, paid', async (each) => {
    const { page, waitFor, payment } = await visit(each, sluice, 'applepay', { wallets: 'passthrough' })
    await button(page, 'Apple Pay').click()
    await choose(page, 'visa')
    await screenshot(page, 'wallet-applepay')
    await sheet(page).getByTestId('sheet-pay').click()
    await waitFor('onPaymentCompleted')
    assert.equal((await payment()).source.card_wallet_type, 'applepay')
    assert.equal(await sheet(page).count(), 0)
  })

  await t.test(
    'Apple Pay: the sum changes while the sheet is open, and handleSubmit charges what it says',
    async (each) => {
      const visited = await visit(each, sluice, 'applepay', {
        checkout: { throughServer: true },
        handleSubmit: (session_data) =>
          visited.merchant.post(`/payment-sessions/${visited.session.id}/submit`, { session_data, amount: 1250 }),
      })
      const { page, call, waitFor, payment } = visited
      await button(page, 'Apple Pay').click()
      await choose(page, 'visa')
      await call('update', { amount: 1250 })
      await choose(page, 'mastercard')
      await sheet(page).getByTestId('sheet-total').getByText('12.50').waitFor()
      await sheet(page).getByTestId('sheet-pay').click()
      await waitFor('onPaymentCompleted')
      assert.equal((await payment()).amount, 1250)
    },
  )

  await t.test('a shop that says no in onAuthorized or handleClick is asked before anything is sent', async (each) => {
    const { page, waitFor, latest } = await visit(each, sluice, 'applepay', {
      checkout: { replies: { onAuthorized: { continue: false, errorMessage: 'Not today' } } },
    })
    await button(page, 'Apple Pay').click()
    await choose(page, 'visa')
    await sheet(page).getByTestId('sheet-pay').click()
    const [, , error] = await waitFor('onError')
    assert.equal(error.code, 'payment_request_aborted')
    assert.equal((await latest()).payment_id, undefined)
    assert.equal(await sheet(page).count(), 0)
  })

  await t.test('PayPal: approved in its own window, which closes', async (each) => {
    const { page, waitFor, payment } = await visit(each, sluice, 'paypal', { members: { capture: false } })
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    const window = await opened
    await window.getByRole('button', { name: 'Approve' }).click()
    await waitFor('onPaymentCompleted')
    assert.equal((await payment()).status, 'Authorized')
    await eventually(async () => window.isClosed())
  })

  await t.test('handleClick says no: the sheet that was opened in the click goes away again', async (each) => {
    const { page, latest, names } = await visit(each, sluice, 'applepay', {
      checkout: { replies: { handleClick: { continue: false } } },
    })
    await button(page, 'Apple Pay').click()
    await eventually(async () => (await sheet(page).count()) === 0 && names().includes('handleClick'))
    assert.equal((await latest()).payment_id, undefined)
    assert.equal(names().includes('onSubmit'), false)
  })

  await t.test("the browser's own ApplePaySession is used when it has one", async (each) => {
    const page = await openPage(each)
    await page.addInitScript(fakeApplePay)
    const { waitFor } = await visit(each, sluice, 'applepay', { page })
    await button(page, 'Apple Pay').click()
    // Its token is of another world: it is refused, and the sheet is told.
    const [, , error] = await waitFor('onError')
    assert.deepEqual(error.details?.requestErrorCodes ?? error.requestErrorCodes, ['token_invalid'])
    assert.deepEqual(await page.evaluate(() => (globalThis as Json).appleLog), [
      'begin in the click',
      'completeMerchantValidation',
      'completePayment 1',
    ])
  })

  await t.test('PayPal: no window can be opened, so the page goes there and comes back', async (each) => {
    const page = await openPage(each)
    await page.addInitScript(() => {
      window.open = () => null
    })
    const { payment } = await visit(each, sluice, 'paypal', { page })
    await button(page, 'PayPal').click()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.waitForURL('**/success?**')
    assert.equal((await payment()).approved, true)
  })

  await t.test('PayPal: the window is closed, and so is the attempt', async (each) => {
    const { page, waitFor, payment } = await visit(each, sluice, 'paypal')
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    const window = await opened
    await window.getByRole('button', { name: 'Approve' }).waitFor()
    await window.close()
    const [, , error] = await waitFor('onError')
    assert.equal(error.code, 'payment_request_aborted')
    assert.equal((await payment()).status, 'Canceled')
  })
})
