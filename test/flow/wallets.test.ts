/** The three wallets in a real browser, by the simulator's sheets: what opens, what the shop is told, what is paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeChallenge } from '@sluice/testing/playwright'
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
    ...options
  }: ShopOptions & { checkout?: Checkout; members?: Json; wallets?: string } = {},
) {
  const { wallets } = options
  const { body: world } = await sluice.post('/sandbox/worlds', wallets ? { channel: { settings: { wallets } } } : {})
  const merchant = client(sluice.urls, world.secret_key)
  const shop = await openShop(t, merchant, options)
  const session = await merchant.requestSession({
    ...sessionFor(rowOf(method)),
    billing: { address: { country: 'GB' } },
    success_url: `${shop.url}/success`,
    failure_url: `${shop.url}/failure`,
    ...members,
  })
  const restart = () =>
    shop.start({
      component: method,
      ...checkout,
      options: { publicKey: world.public_key, paymentSession: session, ...checkout.options },
    })
  await restart()
  await shop.waitFor('onReady')
  const latest = async () => (await merchant.get(`/payment-sessions/${session.id}`)).body
  const payment = async () => await merchant.payment((await latest()).payment_id as string)
  const names = () => shop.heard.map(([name]) => name)
  return { ...shop, restart, merchant, session, latest, payment, names }
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

/** Presses a button in PayPal's window, which may be closed before the click is over. */
async function press(window: Page, name: string) {
  await window
    .getByRole('button', { name })
    .click()
    .catch((cause: Error) => {
      if (!window.isClosed()) throw cause
    })
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

/** Google's interface, as its script would make it; what it was asked is written down. Runs in the page. */
function fakeGooglePay() {
  const log: object[] = []
  class PaymentsClient {
    options: Json
    constructor(options: object) {
      this.options = options
    }
    async isReadyToPay() {
      return { result: true }
    }
    async loadPaymentData(request: object) {
      const changed = await this.options.paymentDataCallbacks.onPaymentDataChanged({
        callbackTrigger: 'PAYMENT_METHOD',
      })
      const { environment } = this.options
      log.push({ inClick: navigator.userActivation.isActive, environment, request, changed })
      throw Object.assign(new Error('closed'), { statusCode: 'CANCELED' })
    }
  }
  Object.assign(globalThis, { google: { payments: { api: { PaymentsClient } } }, googleLog: log })
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
      await sheet(page).waitFor({ state: 'detached' })
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
    await completeChallenge(page)
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
    await sheet(page).waitFor({ state: 'detached' })
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

  for (const [method, name] of [
    ['applepay', 'Apple Pay'],
    ['googlepay', 'Google Pay'],
  ] as const) {
    /** The sheet shows 10.00 when the cart grows to 99.00. */
    async function grown(each: Test) {
      const members = { amount: 1000, currency: 'GBP' }
      const visited = await visit(each, sluice, method, { wallets: 'passthrough', members })
      const { page, call, merchant, session } = visited
      const total = sheet(page).getByTestId('sheet-total')
      await button(page, name).click()
      await choose(page, 'visa')
      const changed = await merchant.call('PATCH', `/payment-sessions/${session.id}`, { amount: 9900 })
      assert.equal(changed.status, 200, changed.text)
      await call('update', { amount: 9900 })
      return { ...visited, total, pay: () => sheet(page).getByTestId('sheet-pay').click() }
    }

    await t.test(
      `${name}: a sheet that showed less pays nothing; the next one shows the sum, and pays`,
      async (each) => {
        const { page, waitFor, latest, payment, total, pay } = await grown(each)
        assert.equal(await total.textContent(), '10.00 GBP')
        await pay()
        const [, , error] = await waitFor('onError')
        assert.deepEqual(error.details.requestErrorCodes, ['amount_changed'])
        await sheet(page).waitFor({ state: 'detached' })
        assert.equal((await latest()).payment_id, undefined)
        await button(page, name).click()
        await choose(page, 'visa')
        assert.equal(await total.textContent(), '99.00 GBP')
        await pay()
        await waitFor('onPaymentCompleted')
        assert.equal((await payment()).amount, 9900)
      },
    )

    await t.test(`${name}: a choice in the sheet brings the new sum, which is paid`, async (each) => {
      const { page, waitFor, payment, names, total, pay } = await grown(each)
      await choose(page, 'mastercard')
      await total.getByText('99.00').waitFor()
      await pay()
      await waitFor('onPaymentCompleted')
      assert.equal((await payment()).amount, 9900)
      assert.equal(names().includes('onError'), false)
    })
  }

  await t.test('Apple Pay: another currency never stands in its sheet, so nothing is paid in it', async (each) => {
    const visited = await visit(each, sluice, 'applepay', { members: { amount: 1000, currency: 'GBP' } })
    const { page, waitFor, latest, merchant, session, call } = visited
    await button(page, 'Apple Pay').click()
    await choose(page, 'visa')
    await merchant.call('PATCH', `/payment-sessions/${session.id}`, { currency: 'EUR' })
    await call('update', { currency: 'EUR' })
    await choose(page, 'mastercard')
    await sheet(page).getByTestId('sheet-total').getByText('10.00 GBP').waitFor()
    await sheet(page).getByTestId('sheet-pay').click()
    const [, , error] = await waitFor('onError')
    assert.deepEqual(error.details.requestErrorCodes, ['amount_changed'])
    assert.equal((await latest()).payment_id, undefined)
  })

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
    await sheet(page).waitFor({ state: 'detached' })
  })

  for (const [method, name, contactOf] of [
    ['applepay', 'Apple Pay', (event: Json) => event.payment.billingContact.postalCode],
    ['googlepay', 'Google Pay', (event: Json) => event.paymentMethodData.info.billingAddress.postalCode],
  ] as const) {
    await t.test(`${name}: the billing address of the sheet is that of the payment`, async (each) => {
      const { page, waitFor, payment } = await visit(each, sluice, method, {
        checkout: { options: { captureBillingAddress: true }, replies: { onAuthorized: { continue: true } } },
        members: { billing: { address: { country: 'GB', city: 'Leeds' }, phone: { number: '2071234567' } } },
      })
      await button(page, name).click()
      await sheet(page).getByLabel('(new-york)').check()
      await screenshot(page, `wallet-${method}-address`)
      await sheet(page).getByTestId('sheet-pay').click()
      await waitFor('onPaymentCompleted')
      const { source, billing } = await payment()
      const address = {
        address_line1: '350 Fifth Avenue',
        city: 'New York',
        state: 'NY',
        zip: '10118',
        country: 'US',
      }
      assert.deepEqual(source.billing_address, address)
      assert.equal(source.name, 'Ada Lovelace')
      assert.deepEqual(billing, { address, phone: { number: '2071234567' } })
      const [, , event] = await waitFor('onAuthorized')
      assert.equal(contactOf(event), '10118')
    })
  }

  await t.test(
    'Google Pay: without captureBillingAddress no address is asked for, and the sum follows',
    async (each) => {
      const visited = await visit(each, sluice, 'googlepay', {
        checkout: { throughServer: true },
        handleSubmit: (session_data) =>
          visited.merchant.post(`/payment-sessions/${visited.session.id}/submit`, { session_data, amount: 1250 }),
      })
      const { page, call, waitFor, payment } = visited
      await button(page, 'Google Pay').click()
      await choose(page, 'visa')
      assert.equal(await sheet(page).getByTestId('sheet-addresses').locator('input').count(), 0)
      await call('update', { amount: 1250 })
      await choose(page, 'mastercard')
      await sheet(page).getByTestId('sheet-total').getByText('12.50').waitFor()
      await sheet(page).getByTestId('sheet-pay').click()
      await waitFor('onPaymentCompleted')
      const { amount, source } = await payment()
      assert.equal(amount, 1250)
      assert.deepEqual(source.billing_address, { country: 'GB' })
    },
  )

  await t.test('the button has the colours and words of the wallet, and the shape of the shop', async (each) => {
    const visited = await visit(each, sluice, 'googlepay', {
      checkout: {
        componentOptions: { buttonColor: 'white', buttonType: 'buy' },
        options: { appearance: { borderRadius: ['8px', '21px'] } },
      },
    })
    const look = (page: Page, name: string) =>
      button(page, name).evaluate((element) => {
        const { backgroundColor, color, borderTopLeftRadius } = getComputedStyle(element)
        return [element.textContent, backgroundColor, color, borderTopLeftRadius]
      })
    const [white, black] = ['rgb(255, 255, 255)', 'rgb(0, 0, 0)']
    assert.deepEqual(await look(visited.page, 'Google Pay'), ['Pay with Google Pay', white, black, '21px'])
    const apple = await visit(each, sluice, 'applepay', {
      checkout: { componentOptions: { buttonColor: 'purple', buttonType: 'steal' } },
    })
    const [text, ...colours] = await look(apple.page, 'Apple Pay')
    assert.deepEqual([text, ...colours.slice(0, 2)], ['Apple Pay', black, white])
  })

  await t.test("tokenize: the sheet's billing address is in the token", async (each) => {
    const { page, waitFor, merchant } = await visit(each, sluice, 'applepay', {
      checkout: {
        componentOptions: { mode: 'tokenize', captureBillingAddress: true },
        replies: { onTokenized: { continue: true } },
      },
    })
    await button(page, 'Apple Pay').click()
    await sheet(page).getByLabel('(london)').waitFor()
    await sheet(page).getByTestId('sheet-pay').click()
    const [, , result] = await waitFor('onTokenized')
    const { body } = await merchant.get(`/tokens/${result.data.token}/metadata`)
    assert.deepEqual(body.billing_address, { city: 'London', country: 'GB' })
  })

  await t.test(
    "the simulator's sheet fits a small screen, and looks alike in any language and scheme",
    async (each) => {
      const { page } = await visit(each, sluice, 'applepay', {
        browser: { viewport: { width: 320, height: 568 }, colorScheme: 'dark' },
        checkout: { options: { locale: 'ar' } },
      })
      await page.evaluate(() => {
        document.documentElement.dir = 'rtl'
        document.documentElement.style.colorScheme = 'light dark'
      })
      await button(page, 'Apple Pay').click()
      await choose(page, 'mastercard')
      await screenshot(page, 'wallet-small-dark-rtl')
      const dialog = sheet(page).getByRole('dialog')
      const { left, right, scheme, direction } = await dialog.evaluate((element) => {
        const { colorScheme, direction } = getComputedStyle(element)
        const { left, right } = element.getBoundingClientRect()
        return { left, right, scheme: colorScheme, direction }
      })
      assert.ok(left >= 8 && right <= 312, `from ${left} to ${right}`)
      assert.deepEqual([scheme, direction], ['light', 'ltr'])
    },
  )

  await t.test('a sandbox that was told nothing lists all three, and each opens what it pays with', async (each) => {
    const { page } = await visit(each, sluice, 'paypal', { checkout: { component: 'flow' } })
    for (const name of ['Apple Pay', 'Google Pay']) {
      await page.getByRole('radio', { name }).check()
      await button(page, name).click()
      await sheet(page).getByTestId('sheet-cancel').click()
      await button(page, name).and(page.locator('[aria-disabled="false"]')).waitFor()
    }
    await page.getByRole('radio', { name: 'PayPal' }).check()
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    await (await opened).getByRole('button', { name: 'Approve' }).waitFor()
  })

  await t.test('PayPal: approved in its own window, which closes', async (each) => {
    const { page, waitFor, payment } = await visit(each, sluice, 'paypal', { members: { capture: false } })
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    const window = await opened
    await window.getByRole('button', { name: 'Approve' }).waitFor()
    assert.equal(await window.evaluate(() => globalThis.opener), null, "PayPal's page cannot lead the shop's astray")
    await press(window, 'Approve')
    await waitFor('onPaymentCompleted')
    assert.equal((await payment()).status, 'Authorized')
    await eventually(async () => window.isClosed())
  })

  await t.test('PayPal: what was refused in the window, which closes, is declined, and not left', async (each) => {
    const { page, waitFor, payment } = await visit(each, sluice, 'paypal')
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    const window = await opened
    await press(window, 'Refuse')
    const [, , error] = await waitFor('onError')
    assert.equal(error.code, 'payment_request_declined')
    assert.equal((await payment()).status, 'Declined')
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

  await t.test("handleClick says no: the simulator's sheet of Google Pay goes away as well", async (each) => {
    const { page, latest, names } = await visit(each, sluice, 'googlepay', {
      checkout: { replies: { handleClick: { continue: false } } },
    })
    await button(page, 'Google Pay').click()
    await eventually(async () => names().includes('handleClick') && (await sheet(page).count()) === 0)
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

  await t.test("the page's own google.payments.api is used when it has it, with what it asks for", async (each) => {
    const page = await openPage(each)
    await page.addInitScript(fakeGooglePay)
    const { call, names } = await visit(each, sluice, 'googlepay', {
      page,
      checkout: { componentOptions: { captureBillingAddress: true, acceptedCardSchemes: ['visa'] } },
    })
    await call('update', { amount: 1250 })
    await button(page, 'Google Pay').click()
    const [asked] = await eventually(() =>
      page.evaluate(() => {
        const log = (globalThis as Json).googleLog as Json[]
        return log.length > 0 && log
      }),
    )
    const { allowedPaymentMethods, callbackIntents, transactionInfo } = asked.request
    assert.deepEqual([asked.inClick, asked.environment, callbackIntents], [true, 'TEST', ['PAYMENT_METHOD']])
    assert.equal(transactionInfo.totalPrice, '12.50')
    assert.equal(asked.changed.newTransactionInfo.totalPrice, '12.50')
    const [{ parameters, tokenizationSpecification }] = allowedPaymentMethods
    assert.deepEqual(parameters.allowedCardNetworks, ['VISA'])
    assert.deepEqual(
      [parameters.billingAddressRequired, parameters.billingAddressParameters],
      [true, { format: 'FULL' }],
    )
    assert.equal(tokenizationSpecification.type, 'DIRECT')
    // Closed: no error, and the form is as before.
    await button(page, 'Google Pay').and(page.locator('[aria-disabled="false"]')).waitFor()
    assert.equal(names().includes('onError'), false)
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

  /** PayPal's window is open when the shop's page is loaded anew, and starts the same checkout. */
  async function reloaded(each: Test) {
    const visited = await visit(each, sluice, 'paypal')
    const { page } = visited
    const opened = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    const window = await opened
    await window.getByRole('button', { name: 'Approve' }).waitFor()
    await page.reload()
    await visited.restart()
    await button(page, 'PayPal').and(page.locator('[aria-disabled="false"]')).waitFor()
    return { ...visited, window }
  }

  await t.test('PayPal: the page is loaded anew, and the window that is still open approves', async (each) => {
    const { window, waitFor, payment } = await reloaded(each)
    await press(window, 'Approve')
    const [, , completed] = await waitFor('onPaymentCompleted')
    assert.equal(completed.type, 'paypal')
    assert.equal((await payment()).approved, true)
  })

  await t.test('PayPal: the page is loaded anew and the window is gone: the button opens it again', async (each) => {
    const { page, window, waitFor, payment, latest } = await reloaded(each)
    const { payment_id } = await latest()
    await window.close()
    const again = page.waitForEvent('popup')
    await button(page, 'PayPal').click()
    await press(await again, 'Approve')
    await waitFor('onPaymentCompleted')
    const paid = await payment()
    assert.deepEqual([paid.approved, paid.id], [true, payment_id])
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
