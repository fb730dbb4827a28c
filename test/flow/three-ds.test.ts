/** 3-D Secure outside the processor, in a browser: the method page, and the challenge in the overlay and on a page of its own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelChallenge, completeChallenge } from '@sluice/testing/playwright'
import type { Frame } from 'playwright-core'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { openShop, type ShopPage } from '../support/shop.ts'
import { startSluice } from '../support/sluice.ts'
import { external } from '../support/three-ds.ts'
import { formOf, THREE_DS } from '../support/three-ds-outcomes.ts'
import { issuerFrame } from './visit.ts'

const CHALLENGED = '4242424242424242'
const FRICTIONLESS = '4485040371536584'
const SHOP = 'https://shop.example/'

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
    expected?: RegExp,
  ): Promise<Visit> {
    const shop = await openShop(each, merchant, expected && { expected })
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
    // The hidden frame goes away when the issuer's page is done.
    const done = shop.page.waitForEvent('framedetached', (frame) => frame.url().includes('/3ds/'))
    await typeCard(shop.page, { number: FRICTIONLESS })
    await done
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

  await t.test('frictionless: a method page that hangs is waited for, and in the end no more', async (each) => {
    const shop = await visit(each, { metadata: { sluice_simulator: 'method:hang' } }, {}, /thief\.example/)
    const began = performance.now()
    const nested = shop.page.waitForEvent('framenavigated', (frame) => frame.url().endsWith('/3ds/acs/method'))
    await shop.pay(FRICTIONLESS)
    await keepsToItself(await nested)
    const [, , { id }] = await shop.waitFor('onPaymentCompleted')
    const took = performance.now() - began
    assert.ok(took > 8_000, `${took} ms`)
    assert.equal((await lastAReq(id))?.body.threeDSCompInd, 'N')
    assert.deepEqual(formOf((await shop.payment())['3ds']), THREE_DS.authenticated)
  })

  await t.test('a challenge in the overlay: the right password lands on success_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    await completeChallenge(shop.page)
    await shop.page.waitForURL('**/success?**')
    const payment = await shop.payment()
    assert.equal(payment.approved, true)
    assert.equal(payment['3ds'].challenged, true)
    assert.equal(new URL(shop.page.url()).searchParams.get('cko-session-id'), payment.authentication_id)
  })

  await t.test('a challenge in the overlay: the wrong password lands on failure_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    await completeChallenge(shop.page, 'wrong')
    await shop.page.waitForURL('**/failure?**')
    assert.equal((await shop.payment()).response_code, '20151')
  })

  await t.test('a challenge in the overlay: Cancel at the bank lands on failure_url', async (each) => {
    const shop = await visit(each)
    await shop.pay(CHALLENGED)
    await cancelChallenge(shop.page)
    await shop.page.waitForURL('**/failure?**')
    assert.equal((await shop.payment()).response_code, '20151')
  })

  await t.test('a challenge on a page of its own, in the language of the session', async (each) => {
    const shop = await visit(each, { locale: 'de-DE' }, { redirectMode: 'page', locale: 'en-GB' })
    await shop.pay(CHALLENGED)
    await shop.page.waitForURL('**/3ds/**')
    assert.equal(await shop.page.title(), 'Bei Ihrer Bank bestätigen')
    assert.equal(await shop.page.locator('html').getAttribute('lang'), 'de-DE')
    const issuer = shop.page.frameLocator('iframe[name="sluice-acs"]')
    await issuer.locator('html[lang="de-DE"] [data-challenge]').waitFor()
    await completeChallenge(shop.page)
    await shop.page.waitForURL('**/success?**')
    assert.equal((await shop.payment()).approved, true)
  })

  await t.test('an answer that is lost twice is asked for until it says where the challenge is', async (each) => {
    const shop = await visit(each)
    let lost = 0
    await shop.page.route('**/submit', async (route) => {
      if (lost === 2) return await route.continue()
      lost++
      await route.fetch()
      await route.abort()
    })
    await shop.pay(CHALLENGED)
    await completeChallenge(shop.page)
    await shop.page.waitForURL('**/success?**')
    assert.equal(lost, 2)
    assert.equal((await shop.payment()).approved, true)
  })

  await t.test(
    'a shop that lost the address of the challenge: it is never begun, and another card pays',
    async (each) => {
      const members = { '3ds': { enabled: true }, success_url: SHOP, failure_url: SHOP }
      const session = await merchant.requestSession(members)
      const shop = await openShop(each, merchant, {
        session,
        handleSubmit: async (session_data) => {
          const answer = await merchant.post(`/payment-sessions/${session.id}/submit`, { session_data })
          const { id, status } = answer.body
          return status === 'Action Required' ? { ...answer, body: { id, status: 'Pending', type: 'card' } } : answer
        },
      })
      await shop.start({ throughServer: true, options: { publicKey: merchant.world.public_key } })
      await shop.waitFor('onReady')
      await typeCard(shop.page, { number: CHALLENGED })
      await payButton(shop.page).click()
      const [, , error] = await shop.waitFor('onError')
      assert.equal(error.code, 'payment_request_failed')
      await shop.page.getByText('The payment did not go through. Try again or pay another way.').waitFor()
      assert.deepEqual(
        shop.page.frames().filter((frame) => frame.url().includes('/3ds/acs/challenge')),
        [],
      )
      await typeCard(shop.page, { number: FRICTIONLESS })
      await payButton(shop.page).click()
      const [, , { id }] = await shop.waitFor('onPaymentCompleted')
      assert.equal((await merchant.payment(id)).approved, true)
    },
  )

  await t.test('abandoned in the challenge, and finished after the session’s expiry', async (each) => {
    const shop = await visit(each, { expires_on: new Date(Date.now() + 10 * 60_000).toISOString() })
    await shop.pay(CHALLENGED)
    await issuerFrame(shop.page)
    await merchant.advance('11 minutes')
    await completeChallenge(shop.page)
    await shop.page.waitForURL('**/success?**')
    assert.equal((await shop.payment()).approved, true)
  })

  await t.test(
    'a cart that changes during the challenge: the change waits, and what was shown is paid',
    async (each) => {
      const shop = await visit(each)
      await shop.pay(CHALLENGED)
      await issuerFrame(shop.page)
      const changed = await merchant.call('PATCH', `/payment-sessions/${shop.session.id}`, { amount: 2000 })
      assert.deepEqual([changed.status, changed.body.error_codes], [422, ['payment_session_attempt_pending']])
      await completeChallenge(shop.page)
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

  /** The issuer's page stands in a document of its own, and the keeper around that one sends no form and nests nobody. */
  async function keepsToItself(issuer: Frame): Promise<void> {
    const between = issuer.parentFrame() as Frame
    const keeper = between.parentFrame() as Frame
    assert.equal(between.url(), `${sluice.urls.frames}/3ds/method`)
    assert.match(keeper.url(), /\/frame\/keeper\?/)
    const element = await between.frameElement()
    assert.equal(await element.getAttribute('sandbox'), 'allow-scripts allow-forms allow-same-origin')
    assert.equal(await element.isVisible(), false)
    const refused = await keeper.evaluate(async () => {
      const violations: string[] = []
      const both = new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
          if (violations.push(effectiveDirective) === 2) resolve(undefined)
        })
      })
      const [form, empty, nested] = ['form', 'iframe', 'iframe'].map((name) => document.createElement(name)) as [
        HTMLFormElement,
        HTMLIFrameElement,
        HTMLIFrameElement,
      ]
      Object.assign(form, { method: 'post', action: 'https://thief.example/', target: 'elsewhere' })
      empty.name = 'elsewhere'
      nested.src = 'https://thief.example/'
      document.body.append(form, empty, nested)
      form.submit()
      await both
      return violations.sort()
    })
    assert.deepEqual(refused, ['form-action', 'frame-src'])
  }

  /** The AReq that was sent for a payment, masked. */
  async function lastAReq(paymentId: string): Promise<Json> {
    return (await merchant.exchanges(paymentId)).find(({ kind }) => kind === 'authenticate')?.exchange.request
  }
})
