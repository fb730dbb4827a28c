/** One method of every kind in a real browser: what the shopper types and sees, what the shop is told, what is paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approveRedirect } from '@sluice/testing/playwright'
import type { Locator, Page } from 'playwright-core'
import { openPage, payButton, screenshot, typeCard } from '../support/browser.ts'
import { rowOf, sessionFor } from '../support/methods.ts'
import { type Checkout, openShop, type ShopOptions } from '../support/shop.ts'
import { eventually, type Json, type Sluice, startSluice } from '../support/sluice.ts'
import { noticeOf } from './states.ts'

type Test = Parameters<typeof openShop>[0]

/** The shop with a session that offers the method, and its component alone. */
async function visit(
  t: Test,
  sluice: Sluice,
  method: string,
  { checkout = {}, members = {}, ...options }: ShopOptions & { checkout?: Checkout; members?: Json } = {},
) {
  const shop = await openShop(t, sluice, options)
  const session = await sluice.requestSession({
    ...sessionFor(rowOf(method)),
    success_url: `${shop.url}/success`,
    failure_url: `${shop.url}/failure`,
    ...members,
  })
  async function begin() {
    await shop.start({ component: method, ...checkout, options: { paymentSession: session, ...checkout.options } })
    await shop.waitFor('onReady')
  }
  await begin()
  const root = shop.page.getByTestId('checkout-web-component-root')
  const latest = async () => (await sluice.get(`/payment-sessions/${session.id}`)).body
  return { ...shop, root, session, begin, latest, paymentId: async () => (await latest()).payment_id as string }
}

/** What the shopper does elsewhere. */
async function decide(sluice: Sluice, paymentId: string, choice: 'approve' | 'fail' | 'cancel') {
  const answer = await sluice.post(`/sandbox/payments/${paymentId}/decisions`, { choice })
  assert.equal(answer.status, 200, answer.text)
}

function step(root: Locator): Locator {
  return root.locator('.step')
}

async function look(page: Page, name: string) {
  await screenshot(page, `method-${name}`)
}

test('methods that are no cards', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  // Keeps the browser open in between.
  await openPage(t)

  await t.test('iDEAL: one button, the page of the bank, and back at success_url', async (each) => {
    const shop = await visit(each, sluice, 'ideal')
    const { page, root, call } = shop
    assert.equal(await root.getByText('You will leave this page to finish paying').count(), 1)
    assert.equal(await call('isValid'), true)
    assert.equal(await call('isPayButtonRequired'), true)
    await look(page, 'ideal')
    await payButton(page).click()
    await approveRedirect(page)
    await page.waitForURL('**/success?**')
    const id = new URL(page.url()).searchParams.get('cko-payment-id')
    assert.equal((await sluice.payment(id ?? '')).approved, true)
    assert.deepEqual(
      shop.heard.filter(([name]) => name === 'onPaymentCompleted'),
      [],
    )
  })

  await t.test(
    'Klarna: what it asks for is missing, is shown, filled in, and the shopper goes on to its page',
    async (each) => {
      const shop = await visit(each, sluice, 'klarna', { members: { customer: undefined } })
      const { page, root, call, waitFor } = shop
      assert.equal(await call('isValid'), false)
      await payButton(page).click()
      const [, , error] = await waitFor('onError')
      assert.equal(error.code, 'component_invalid')
      await eventually(async () => (await root.locator('[aria-invalid="true"]').count()) === 5)
      await eventually(() => root.getByLabel('Full name').evaluate(hasFocus))
      await look(page, 'klarna-errors')

      await root.getByLabel('Full name').fill('Ada Lovelace')
      await root.getByLabel('Email').fill('ada@example')
      await root.getByLabel('Email').press('Tab')
      assert.equal(await root.getByText('Enter a valid email address').count(), 0, 'a name without a dot may be one')
      await root.getByLabel('Email').fill('ada')
      await root.getByText('Enter a valid email address').waitFor()
      await root.getByLabel('Email').fill('ada@example.com')
      await root.getByLabel('Address', { exact: true }).fill('Kärntner Straße 1')
      await root.getByLabel('Postcode').fill('1010')
      await root.getByLabel('Town or city').fill('Wien')
      assert.equal(await root.getByLabel('Country').inputValue(), 'AT')
      await eventually(async () => (await root.locator('[aria-invalid="true"]').count()) === 0)
      assert.equal(await call('isValid'), true)
      await payButton(page).click()
      await approveRedirect(page)
      await page.waitForURL('**/success?**')
      assert.equal((await sluice.payment(await shop.paymentId())).approved, true)
    },
  )

  await t.test('MB WAY: a telephone, an approval in the app, and the page that waits learns of it', async (each) => {
    const shop = await visit(each, sluice, 'mbway')
    const { page, root, call, waitFor } = shop
    await root.getByLabel('Phone number').fill('912 34')
    await payButton(page).click()
    await root.getByText('Enter a valid phone number').waitFor()
    // Of a telephone that ends in 1 nobody answers by himself.
    await root.getByLabel('Phone number').fill('+351 912 345 671')
    assert.equal(await call('isValid'), true)
    await payButton(page).click()
    await step(root).getByText('Approve the payment in the MB WAY app').waitFor()
    assert.equal(await payButton(page).count(), 0)
    assert.equal(await call('isPayButtonRequired'), false)
    await look(page, 'mbway-waits')
    await root.getByRole('button', { name: 'I approved it' }).click()
    await step(root).getByText('Waiting for your approval').waitFor()

    await decide(sluice, await shop.paymentId(), 'approve')

    const [, type, payment] = await waitFor('onPaymentCompleted')
    assert.deepEqual([type, payment.status, payment.type], ['mbway', 'Approved', 'mbway'])
    await root.getByRole('button', { name: 'Paid' }).waitFor()
    assert.equal((await sluice.payment(payment.id)).source.phone.number, '912345671')
  })

  await t.test('MB WAY: "I cancelled it" stops the payment for good, and the shopper may pay again', async (each) => {
    const shop = await visit(each, sluice, 'mbway')
    const { page, root, waitFor } = shop
    await root.getByLabel('Phone number').fill('912345671')
    await payButton(page).click()
    await step(root).waitFor()
    const first = await shop.paymentId()
    await root.getByRole('button', { name: 'I cancelled it' }).click()
    await noticeOf(page).filter({ hasText: 'The payment was cancelled' }).waitFor()
    const [, , error] = await waitFor('onError')
    assert.deepEqual([error.code, error.details.paymentId], ['payment_request_aborted', first])
    assert.equal((await sluice.payment(first)).status, 'Canceled')

    assert.equal(await root.getByLabel('Phone number').inputValue(), '912345671')
    await root.getByLabel('Phone number').fill('912345678')
    await payButton(page).click()
    const [, , payment] = await waitFor('onPaymentCompleted')
    assert.notEqual(payment.id, first)
  })

  await t.test('MB WAY: refused in the app, the shopper is told, and a page loaded anew still waits', async (each) => {
    const shop = await visit(each, sluice, 'mbway')
    const { page, root, waitFor } = shop
    await root.getByLabel('Phone number').fill('912345671')
    await payButton(page).click()
    await step(root).waitFor()

    await page.goto(shop.url)
    await shop.begin()
    await step(root).getByText('Approve the payment in the MB WAY app').waitFor()
    const id = await shop.paymentId()
    await decide(sluice, id, 'fail')
    const [, , error] = await waitFor('onError')
    assert.deepEqual([error.code, error.details.paymentId], ['payment_request_declined', id])
    await root.getByLabel('Phone number').waitFor()
  })

  await t.test('stc pay: a telephone first, then the code, of which a wrong one may be corrected', async (each) => {
    const shop = await visit(each, sluice, 'stcpay')
    const { page, root, call, waitFor } = shop
    assert.equal(await call('isPayButtonRequired'), false, 'the first stage has a button of its own')
    assert.equal(await payButton(page).count(), 0)
    await root.getByLabel('Phone number').fill('0512345678')
    await look(page, 'stcpay')
    await root.getByRole('button', { name: 'Send text message' }).click()

    const code = root.getByLabel('Verification code')
    await code.waitFor()
    await eventually(() => code.evaluate(hasFocus))
    assert.equal(await call('isPayButtonRequired'), true)
    assert.equal(await call('isValid'), false)
    await payButton(page).click()
    await root.getByText('Enter all 6 digits of the code').waitFor()
    await code.fill('１１１ 111')
    assert.equal(await code.inputValue(), '111111')
    await payButton(page).click()
    await root.getByText('That code is not right. Try again.').waitFor()
    await look(page, 'stcpay-wrong-code')
    await code.fill('123456')
    assert.equal(await call('isValid'), true)
    await code.press('Enter')
    const [, , payment] = await waitFor('onPaymentCompleted')
    assert.equal((await sluice.payment(payment.id)).approved, true)
  })

  await t.test('stc pay: too many wrong codes decline, and the shop’s own button confirms', async (each) => {
    const shop = await visit(each, sluice, 'stcpay', { checkout: { componentOptions: { showPayButton: false } } })
    const { root, call, waitFor } = shop
    await root.getByLabel('Phone number').fill('512345678')
    await root.getByRole('button', { name: 'Send text message' }).click()
    const code = root.getByLabel('Verification code')
    for (const tries of [2, 1]) {
      await code.fill(`11111${tries}`)
      await call('submit')
      await root.getByText('That code is not right. Try again.').waitFor()
      await code.fill('')
      // It is being corrected.
      await root.getByText('That code is not right. Try again.').waitFor({ state: 'hidden' })
    }
    await code.fill('111110')
    await call('submit')
    const [, , error] = await waitFor('onError')
    assert.equal(error.code, 'payment_request_declined')
    await root.getByText('Too many wrong codes').waitFor()
    await root.getByLabel('Phone number').waitFor()
  })

  await t.test('Multibanco: a reference to pay later, to be copied, that leaves the shopper free', async (each) => {
    const shop = await visit(each, sluice, 'multibanco', {
      browser: { permissions: ['clipboard-read', 'clipboard-write'] },
    })
    const { page, root, heard } = shop
    assert.equal(await root.getByLabel('Full name').inputValue(), 'Jo Shopper', 'as the session knows him')
    await payButton(page).click()
    await step(root).getByText('Pay with these details').waitFor()
    const { action } = (await shownTo(sluice, shop.session)).latest_payment
    const { entity, reference } = action.next_step
    assert.equal(await root.getByTestId('voucher-entity').textContent(), entity)
    assert.equal((await root.getByTestId('voucher-reference').textContent())?.replaceAll(' ', ''), reference)
    assert.equal(await root.getByTestId('voucher-amount').textContent(), '€10.00')
    await root.getByRole('button', { name: 'Copy: Reference' }).click()
    await root.getByRole('button', { name: 'Copied: Reference' }).waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), reference)
    await look(page, 'multibanco')
    assert.equal((await shop.latest()).status, 'Pending')
    assert.deepEqual(
      heard.filter(([name]) => name === 'onPaymentCompleted' || name === 'onError'),
      [],
    )

    await decide(sluice, await shop.paymentId(), 'approve')
    await eventually(async () => (await shop.latest()).status === 'Approved')
    // As somebody who comes back to the page from his bank's.
    await page.evaluate(() => (globalThis as Json).document.dispatchEvent(new Event('visibilitychange')))
    await shop.waitFor('onPaymentCompleted')
  })

  await t.test('PayNow: a code to scan, whose page pays it', async (each) => {
    const shop = await visit(each, sluice, 'paynow')
    const { page, root, waitFor } = shop
    await payButton(page).click()
    await root.getByRole('img', { name: 'Scan this code with the PayNow app' }).waitFor()
    assert.ok((await root.locator('.scan path').getAttribute('d'))?.startsWith('M4 4h1v1h-1z'), 'a corner of a code')
    await look(page, 'paynow')
    const { action } = (await shownTo(sluice, shop.session)).latest_payment
    await fetch(action.next_step.data, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ choice: 'approve' }),
    })
    await waitFor('onPaymentCompleted')
  })

  await t.test('SEPA: an IBAN as it is printed, a holder, a mandate, and the debit is accepted', async (each) => {
    const billing = { address: { country: 'DE' } }
    const shop = await visit(each, sluice, 'sepa', { members: { billing } })
    const { page, root, call, heard } = shop
    const iban = root.getByLabel('IBAN')
    await iban.pressSequentially('de8937040044053201')
    assert.equal(await iban.inputValue(), 'DE89 3704 0044 0532 01')
    await iban.press('Tab')
    await root.getByText('Enter a valid IBAN').waitFor()
    await iban.fill('DE89370400440532013000')
    await root.getByText('Enter a valid IBAN').waitFor({ state: 'hidden' })
    await root.getByRole('button', { name: 'Use a company name' }).click()
    await root.getByLabel('Company name').fill('Example SA')
    await root.getByLabel('Address', { exact: true }).fill('Unter den Linden 1')
    await root.getByLabel('Postcode').fill('10117')
    await root.getByLabel('Town or city').fill('Berlin')
    assert.equal(await root.getByLabel('Country').inputValue(), 'DE')
    await payButton(page).click()
    await root.getByText('Fill in this field').waitFor()
    await look(page, 'sepa-without-consent')
    await root.getByText('DE98ZZZ09999999999').waitFor()
    await root.getByRole('checkbox', { name: 'I agree to this mandate' }).check()
    assert.equal(await call('isValid'), true)

    await call('update', { amount: 2500 })
    assert.equal(await iban.inputValue(), 'DE89 3704 0044 0532 0130 00', 'what was typed stays')
    await call('update', { amount: 1000 })
    await payButton(page).click()
    await step(root).getByText('Your direct debit is set up').waitFor()
    await look(page, 'sepa-accepted')
    const payment = await sluice.payment(await shop.paymentId())
    assert.equal(payment.source.account_holder.company_name, 'Example SA')
    assert.equal(payment.source.last4, '3000')
    assert.deepEqual(
      heard.filter(([name]) => name === 'onPaymentCompleted'),
      [],
    )
  })

  await t.test('in the list: a reference that waits is given up for a card', async (each) => {
    const shop = await visit(each, sluice, 'multibanco', { checkout: { component: 'flow' } })
    const { page, root, call, waitFor } = shop
    await root.getByRole('radio', { name: 'Multibanco' }).check()
    await look(page, 'list')
    await payButton(page).click()
    await step(root).waitFor()
    const voucher = await shop.paymentId()
    await root.getByRole('radio', { name: 'Card' }).check()
    await typeCard(page, { number: '4242424242424242' })
    await payButton(page).click()
    const [, , payment] = await waitFor('onPaymentCompleted')
    assert.equal(payment.type, 'card')
    assert.equal((await sluice.payment(voucher)).status, 'Canceled')
    assert.equal(await call('isPayButtonRequired'), true)
  })

  await t.test('through the shop’s server, with session_data', async (each) => {
    const shop = await visit(each, sluice, 'mbway', {
      checkout: { throughServer: true },
      handleSubmit: (session_data) =>
        sluice.post(`/payment-sessions/${shop.session.id}/submit`, { session_data, reference: 'changed' }),
    })
    await shop.root.getByLabel('Phone number').fill('912345678')
    await payButton(shop.page).click()
    await step(shop.root).waitFor()
    const [, , payment] = await shop.waitFor('onPaymentCompleted')
    assert.equal((await sluice.payment(payment.id)).reference, 'changed')
  })

  await t.test('without a session, those that may', async (each) => {
    const { success_url, failure_url, ...rest } = sessionFor(rowOf('multibanco'))
    const shop = await openShop(each, sluice, {
      handleSubmit: (session_data) =>
        sluice.post('/payment-sessions/complete', { ...rest, session_data, success_url, failure_url }),
    })
    const options = { componentOptions: { amount: 1000, currency: 'EUR' } }
    await shop.start({ component: 'multibanco', sessionless: true, throughServer: true, options })
    await shop.waitFor('onReady')
    const root = shop.page.getByTestId('checkout-web-component-root')
    await root.getByLabel('Full name').fill('Ada Lovelace')
    await payButton(shop.page).click()
    await step(root).getByText('Pay with these details').waitFor()
    const refused = await shop.page.evaluate(() => {
      try {
        return (globalThis as Json).shop.instance.create('stcpay')
      } catch (error) {
        return (error as Json).code
      }
    })
    assert.equal(refused, 'component_not_supported')
  })

  await t.test('a policy with a nonce and Trusted Types lets the forms in', async (each) => {
    const policy = `default-src 'none'; script-src 'self' 'nonce-c2x1aWNl'; style-src 'self'; frame-src ${sluice.urls.frames}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
    const shop = await visit(each, sluice, 'paynow', { policy, attributes: 'nonce="c2x1aWNl"' })
    await payButton(shop.page).click()
    await shop.root.getByRole('img', { name: 'Scan this code' }).waitFor()
  })

  await t.test('the texts are those of the language, with the shop’s own over them', async (each) => {
    const options = {
      locale: 'de-DE',
      translations: { de: { 'form.phone_number': 'Handynummer', 'form.unknown': 'x' } },
    }
    const shop = await visit(each, sluice, 'mbway', { checkout: { options } })
    await shop.root.getByLabel('Handynummer').fill('912345671')
    await shop.root.getByRole('button', { name: /zahlen/i }).click()
    await step(shop.root).getByText('Warten auf Ihre Zustimmung').waitFor()
  })

  await t.test('where one writes from right to left, a dialling code still stands left of its number', async (each) => {
    const shop = await visit(each, sluice, 'mbway', { checkout: { options: { locale: 'ar' } } })
    const [code, number] = [shop.root.getByText('+351'), shop.root.getByTestId('phone-number')]
    await number.fill('912345671')
    const boxes = await Promise.all([code.boundingBox(), number.boundingBox()])
    assert.ok((boxes[0]?.x ?? 0) < (boxes[1]?.x ?? 0), JSON.stringify(boxes))
    await look(shop.page, 'mbway-from-right-to-left')
  })

  await t.test('taken off the page and put back, it still waits', async (each) => {
    const shop = await visit(each, sluice, 'mbway')
    await shop.root.getByLabel('Phone number').fill('912345671')
    await payButton(shop.page).click()
    await step(shop.root).waitFor()
    await shop.page.evaluate(() => {
      const { component } = (globalThis as Json).shop
      component.unmount()
      component.mount('#target')
    })
    await step(shop.root).waitFor()
    await decide(sluice, await shop.paymentId(), 'approve')
    await shop.waitFor('onPaymentCompleted')
  })

  await t.test('the module of the forms does not come: the form says so, and comes with another try', async (each) => {
    const page = await openPage(each, {}, { expected: /never mind/ })
    await page.route('**/flow/**/methods.*', (route) => route.abort(), { times: 1 })
    const shop = await openShop(each, sluice, { page })
    const session = await sluice.requestSession(sessionFor(rowOf('ideal')))
    await shop.start({ component: 'ideal', options: { paymentSession: session } })
    const [, , error] = await shop.waitFor('onError')
    assert.equal(error.code, 'network_error')
    await page.getByRole('button', { name: 'Try again' }).click()
    await shop.waitFor('onReady')
    await payButton(page).waitFor()
  })
})

const hasFocus = (element: Json): boolean => element.getRootNode().activeElement === element

async function shownTo(sluice: Sluice, session: { id: string; payment_session_secret: string }): Promise<Json> {
  const headers = { 'sluice-session-secret': session.payment_session_secret }
  return await (await fetch(`${sluice.urls.frames}/frame/payment-sessions/${session.id}`, { headers })).json()
}
