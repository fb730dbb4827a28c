/** 3-D Secure outside the processor, in a browser: the method page, and the challenge in the overlay and on a page of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import { startSluice } from '../support/sluice.ts'
import { external } from '../support/three-ds.ts'
import { issuerFrame } from './visit.ts'

const CHALLENGED = '4242424242424242'
const FRICTIONLESS = '4485040371536584'

test('3-D Secure in a browser', async (t) => {
  const sluice = await startSluice(t)
  const merchant = await external(sluice)
  // Keeps the browser open in between.
  await openPage(t)
  t.afterEach(async () => {
    await sluice.assertSound()
    assert.equal(await merchant.holds(), 0, 'no card waits any more')
  })

  interface Visit extends ShopPage {
    session: Json
    pay(number: string): Promise<void>
    /** The payment of the session, as the merchant's server sees it. */
    payment(): Promise<Json>
  }

  async function visit(
    each: Parameters<typeof openShop>[0],
    members: Record<string, Json> = {},
    options: Record<string, Json> = {},
  ): Promise<Visit> {
    const shop = await openShop(each, merchant)
    const { page } = shop
    const session = await merchant.requestSession({
      '3ds': { enabled: true },
      success_url: `${shop.url}/success`,
      failure_url: `${shop.url}/failure`,
      ...members,
    })
    await shop.start({ options: { publicKey: merchant.world.public_key, paymentSession: session, ...options } })
    await shop.waitFor('onReady')
    return {
      ...shop,
      session,
      async pay(number) {
        await typeCard(page, { number })
        await payButton(page).click()
      },
      async payment() {
        const { body } = await merchant.get(`/payment-sessions/${session.id}`)
        return await merchant.payment(body.payment_id)
      },
    }
  }

  await t.test('frictionless: the method page is done before Pay, and the issuer is told so', async (each) => {
    const shop = await visit(each)
    const method = shop.page.waitForRequest((request) => request.url().endsWith('/3ds/method'))
    await typeCard(shop.page, { number: FRICTIONLESS })
    await method
    await payButton(shop.page).click()
    const [, , { id }] = await shop.waitFor('onPaymentCompleted')
    const { body } = (await lastAReq(id)) ?? {}
    assert.equal(body.threeDSCompInd, 'Y')
    assert.equal(body.browserJavascriptEnabled, true)
    assert.match(body.browserUserAgent, /Chrome/)
    assert.ok(body.browserIP && body.browserAcceptHeader)
    assert.equal(body.acctNumber, '{{card.number}}')
    assert.equal((await shop.payment())['3ds'].authentication_response, 'Y')
  })

  await t.test('frictionless: a method page that hangs is waited for ten seconds and no more', async (each) => {
    const shop = await visit(each, { metadata: { sluice_simulator: 'method:hang' } })
    const began = performance.now()
    await shop.pay(FRICTIONLESS)
    const [, , { id }] = await shop.waitFor('onPaymentCompleted')
    const took = performance.now() - began
    assert.ok(took > 8_000 && took < 15_000, `${took} ms`)
    assert.equal((await lastAReq(id))?.body.threeDSCompInd, 'N')
  })

  await t.test('a challenge in the overlay: the right password lands on success_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    const bank = await issuerFrame(shop.page)
    await bank.locator('input[type=password]').fill('Checkout1!')
    await bank.getByRole('button', { name: 'Continue' }).click()
    await shop.page.waitForURL('**/success?**')
    const payment = await shop.payment()
    assert.equal(payment.approved, true)
    assert.equal(payment['3ds'].challenged, true)
    assert.equal(new URL(shop.page.url()).searchParams.get('cko-session-id'), payment.authentication_id)
  })

  await t.test('a challenge in the overlay: the wrong password lands on failure_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    const bank = await issuerFrame(shop.page)
    await bank.locator('input[type=password]').fill('wrong')
    await bank.getByRole('button', { name: 'Continue' }).click()
    await shop.page.waitForURL('**/failure?**')
    assert.equal((await shop.payment()).response_code, '20151')
  })

  await t.test('a challenge in the overlay: Cancel at the bank lands on failure_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    await (await issuerFrame(shop.page)).getByRole('button', { name: 'Cancel' }).click()
    await shop.page.waitForURL('**/failure?**')
    assert.equal((await shop.payment()).response_code, '20151')
  })

  await t.test('a challenge on a page of its own, in the language of the session', async (each) => {
    const shop = await visit(each, { locale: 'de-DE' }, { redirectMode: 'page', locale: 'en-GB' })
    await shop.pay(CHALLENGED)
    await shop.page.waitForURL('**/3ds/**')
    assert.equal(await shop.page.title(), 'Bei Ihrer Bank bestätigen')
    assert.equal(await shop.page.locator('html').getAttribute('lang'), 'de-DE')
    const bank = shop.page.frameLocator('iframe[name="sluice-acs"]')
    await bank.locator('input[type=password]').fill('Checkout1!')
    await bank.locator('button[value=continue]').click()
    await shop.page.waitForURL('**/success?**')
    assert.equal((await shop.payment()).approved, true)
  })

  await t.test('abandoned in the challenge, and finished after the session’s expiry', async (each) => {
    const shop = await visit(each, { expires_on: new Date(Date.now() + 10 * 60_000).toISOString() })
    await shop.pay(CHALLENGED)
    const bank = await issuerFrame(shop.page)
    await merchant.advance('11 minutes')
    await bank.locator('input[type=password]').fill('Checkout1!')
    await bank.getByRole('button', { name: 'Continue' }).click()
    await shop.page.waitForURL('**/success?**')
    assert.equal((await shop.payment()).approved, true)
  })

  await t.test(
    'a cart that changes during the challenge: the change waits, and what was shown is paid',
    async (each) => {
      const shop = await visit(each)
      await shop.pay(CHALLENGED)
      const bank = await issuerFrame(shop.page)
      const changed = await merchant.call('PATCH', `/payment-sessions/${shop.session.id}`, { amount: 2000 })
      assert.deepEqual([changed.status, changed.body.error_codes], [422, ['payment_session_attempt_pending']])
      await bank.locator('input[type=password]').fill('Checkout1!')
      await bank.getByRole('button', { name: 'Continue' }).click()
      await shop.page.waitForURL('**/success?**')
      const payment = await shop.payment()
      assert.deepEqual([payment.approved, payment.amount], [true, 1000])
    },
  )

  await t.test('left in the overlay, another card pays: the first attempt is stopped', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    await issuerFrame(shop.page)
    const first = await shop.payment()
    await shop.page.getByRole('button', { name: 'Cancel and go back' }).click()
    await shop.pay(FRICTIONLESS)
    await shop.waitFor('onPaymentCompleted')
    assert.equal((await merchant.payment(first.id)).status, 'Canceled')
    assert.equal((await shop.payment()).approved, true)
  })

  /** The AReq that was sent for a payment, masked. */
  async function lastAReq(paymentId: string): Promise<Json> {
    return (await merchant.exchanges(paymentId)).find(({ kind }) => kind === 'authenticate')?.exchange.request
  }
})
