/** The test kit's shopper: one payment of every kind in a browser, in a world of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS, createSluice, type Json } from '@sluice/testing'
import {
  approveChallengeInApp,
  approveInApp,
  approveRedirect,
  cancelChallenge,
  cancelRedirect,
  cancelWallet,
  chooseMethod,
  completeChallenge,
  declineElsewhere,
  declineRedirect,
  enterCode,
  fillCard,
  fillDetails,
  flow,
  leaveRedirectPending,
  openWallet,
  pay,
  payVoucher,
  payWithWallet,
  sendCode,
} from '@sluice/testing/playwright'
import { openPage } from '../support/browser.ts'
import { rowOf, sessionFor } from '../support/methods.ts'
import { type Checkout, openShop, type ShopOptions } from '../support/shop.ts'
import { startSluice } from '../support/sluice.ts'

test('the shopper of the test kit', async (t) => {
  const sluice = await startSluice(t)
  const world = await createSluice({ url: sluice.urls.api, channel: { wallets: 'decrypted' } })
  t.after(() => world.close())
  t.afterEach(() => sluice.assertSound())
  // Keeps the browser open in between.
  await openPage(t)

  async function visit(
    each: Parameters<typeof openShop>[0],
    members: Json,
    checkout: Checkout = {},
    options?: ShopOptions,
  ) {
    const shop = await openShop(each, sluice, options)
    const session = await world.requestSession({
      ...members,
      success_url: `${shop.url}/success`,
      failure_url: `${shop.url}/failure`,
    })
    await shop.start({ ...checkout, options: { publicKey: world.keys.public, paymentSession: session } })
    await shop.waitFor('onReady')
    const payment = async () => {
      const { body } = await world.get(`/payment-sessions/${session.id}`)
      return await world.payment(body.payment_id)
    }
    return { ...shop, session, payment, landed: (where: string) => shop.page.waitForURL(`**/${where}?**`) }
  }
  const byMethod = (each: Parameters<typeof openShop>[0], method: string) =>
    visit(each, sessionFor(rowOf(method)), { component: method })

  await t.test('a card, in both layouts', async (each) => {
    for (const cardLayout of ['single', 'per-field']) {
      const shop = await visit(each, { amount: 1000 }, { componentOptions: { cardLayout } })
      await fillCard(shop.page, { number: CARDS.approved.number })
      await pay(shop.page)
      await shop.waitFor('onPaymentCompleted')
      await world.waitForWebhook({ type: 'payment_captured', data: { id: (await shop.payment()).id } })
    }
  })

  await t.test('a challenge: right, wrong, and cancelled', async (each) => {
    const challenged = async () => {
      const shop = await visit(each, { '3ds': { enabled: true } })
      await fillCard(shop.page, { number: CARDS.approved.number })
      await pay(shop.page)
      return shop
    }
    const right = await challenged()
    await completeChallenge(right.page)
    await right.landed('success')
    assert.equal((await right.payment()).approved, true)
    const wrong = await challenged()
    await completeChallenge(wrong.page, 'guess')
    await wrong.landed('failure')
    const cancelled = await challenged()
    await cancelChallenge(cancelled.page)
    await cancelled.landed('failure')
  })

  await t.test('a challenge by one-time code, and one in the app of the bank', async (each) => {
    const ends = { otp: completeChallenge, oob: approveChallengeInApp }
    for (const [kind, answer] of Object.entries(ends)) {
      const shop = await visit(each, {
        '3ds': { enabled: true },
        metadata: { sluice_simulator: `challenge.kind:${kind}` },
      })
      await fillCard(shop.page, { number: CARDS.approved.number })
      await pay(shop.page)
      await answer(shop.page)
      await shop.landed('success')
      assert.equal((await shop.payment())['3ds'].authentication_response, 'Y', kind)
    }
  })

  await t.test('a page of the bank: approved, declined, cancelled, left', async (each) => {
    const ends = [
      [approveRedirect, 'success', 'Captured'],
      [declineRedirect, 'failure', 'Declined'],
      [cancelRedirect, 'failure', 'Canceled'],
    ] as const
    for (const [press, where, status] of ends) {
      const shop = await byMethod(each, 'ideal')
      await pay(shop.page)
      await press(shop.page)
      await shop.landed(where)
      await world.waitForStatus((await shop.payment()).id, status)
    }
    const left = await byMethod(each, 'ideal')
    await pay(left.page)
    await leaveRedirectPending(left.page)
    assert.equal((await left.payment()).status, 'Pending')
  })

  await t.test('what a method asks for', async (each) => {
    const klarna = await byMethod(each, 'klarna')
    await fillDetails(klarna.page, {
      holder: 'Ada Lovelace',
      email: 'ada@example.com',
      address_line1: 'Kärntner Straße 1',
      zip: '1010',
      city: 'Wien',
      country: 'AT',
    })
    await pay(klarna.page)
    await approveRedirect(klarna.page)
    await klarna.landed('success')

    const sepa = await byMethod(each, 'sepa')
    await fillDetails(sepa.page, {
      iban: 'DE89370400440532013000',
      holder: 'Ada Lovelace',
      address_line1: 'Unter den Linden 1',
      zip: '10117',
      city: 'Berlin',
      country: 'DE',
      consent: true,
    })
    await pay(sepa.page)
    await flow(sepa.page).getByText('Your direct debit is set up').waitFor()
  })

  await t.test('an app, a code, a voucher and a scanned code', async (each) => {
    const mbway = await byMethod(each, 'mbway')
    await fillDetails(mbway.page, { phone: '912345671' })
    await pay(mbway.page)
    await flow(mbway.page).getByText('Approve the payment in the MB WAY app').waitFor()
    await approveInApp(world, (await mbway.payment()).id)
    await mbway.waitFor('onPaymentCompleted')

    const refused = await byMethod(each, 'mbway')
    await fillDetails(refused.page, { phone: '912345671' })
    await pay(refused.page)
    await flow(refused.page).getByText('Approve the payment in the MB WAY app').waitFor()
    await declineElsewhere(world, (await refused.payment()).id)
    await refused.waitFor('onError')

    const stcpay = await byMethod(each, 'stcpay')
    await fillDetails(stcpay.page, { phone: '512345678' })
    await sendCode(stcpay.page)
    await enterCode(stcpay.page)
    await stcpay.waitFor('onPaymentCompleted')

    const multibanco = await byMethod(each, 'multibanco')
    await pay(multibanco.page)
    await flow(multibanco.page).getByTestId('voucher-reference').waitFor()
    const { id } = await multibanco.payment()
    await payVoucher(world, id)
    await world.waitForStatus(id, 'Captured')

    const paynow = await byMethod(each, 'paynow')
    await pay(paynow.page)
    await flow(paynow.page)
      .getByRole('img', { name: /Scan this code/ })
      .waitFor()
    await world.decide((await paynow.payment()).id, 'approve')
    await paynow.waitFor('onPaymentCompleted')
  })

  await t.test('wallets: approved, with another card, and cancelled', async (each) => {
    for (const wallet of ['applepay', 'googlepay'] as const) {
      const visa = await byMethod(each, wallet)
      await payWithWallet(visa.page, wallet)
      await visa.waitFor('onPaymentCompleted')
      assert.deepEqual(
        [(await visa.payment()).source.card_wallet_type, (await visa.payment()).source.last4],
        [wallet, '4242'],
      )
      const declined = await byMethod(each, wallet)
      await cancelWallet(declined.page, wallet)
      assert.equal((await world.get(`/payment-sessions/${declined.session.id}`)).body.payment_id, undefined)
      await payWithWallet(declined.page, wallet, { card: 'visa-declined' })
      await declined.waitFor('onError')
      assert.equal((await declined.payment()).status, 'Declined')
    }
  })

  await t.test('PayPal: approved, declined and cancelled in its window', async (each) => {
    const approved = await byMethod(each, 'paypal')
    await payWithWallet(approved.page, 'paypal')
    await approved.waitFor('onPaymentCompleted')
    await world.waitForStatus((await approved.payment()).id, 'Captured')

    const declined = await byMethod(each, 'paypal')
    await declineRedirect(await openWallet(declined.page, 'paypal'))
    await declined.waitFor('onError')
    await world.waitForStatus((await declined.payment()).id, 'Declined')

    const cancelled = await byMethod(each, 'paypal')
    await cancelWallet(cancelled.page, 'paypal')
    await cancelled.waitFor('onError')
    await world.waitForStatus((await cancelled.payment()).id, 'Canceled')
  })

  await t.test('PayPal: where no window opens, the page itself goes there', async (each) => {
    const page = await openPage(each)
    await page.addInitScript('window.open = () => null')
    const shop = await visit(each, sessionFor(rowOf('paypal')), { component: 'paypal' }, { page })
    await payWithWallet(page, 'paypal')
    await shop.landed('success')
  })

  await t.test('one of several in the list', async (each) => {
    const shop = await visit(each, sessionFor(rowOf('multibanco')), { component: 'flow' })
    await chooseMethod(shop.page, 'Multibanco')
    await chooseMethod(shop.page, 'Card')
    await fillCard(shop.page, { number: CARDS.frictionless.number })
    await pay(shop.page)
    await shop.waitFor('onPaymentCompleted')
  })
})
