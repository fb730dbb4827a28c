/** A shop on a plain-http name that is not localhost: the browser has no WebCrypto for it, nor for the frames below it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createEntity } from '@sluice/server/operations/create-entity'
import { payButton } from '../support/browser.ts'
import { openShop, shopPolicy, type ShopPage } from '../support/shop.ts'
import { client, type Session, type Sluice, startSluice } from '../support/sluice.ts'
import { fillCard, noticeOf, NUMBERS } from './states.ts'

test('a shop on a plain-http name', async (t) => {
  const sluice = await startSluice(t, { config: { hosts: ['pay.test'] } })

  await t.test('pays with the second sealing module, loaded when it is needed and warned about once', async (t) => {
    const session = await sluice.requestSession()
    const { shop, loaded, warnings } = await openPlainShop(t, sluice, session)
    const { page } = shop
    assert.equal(await page.evaluate(() => isSecureContext), false)
    await shop.start()
    await shop.waitFor('onReady')
    for (const frame of page.frames()) assert.equal(await frame.evaluate(() => crypto.subtle === undefined), true)
    assert.equal(loaded().length, 0, 'the second module came before it was needed')

    await fillCard(page, NUMBERS.declined)
    await payButton(page).click()
    await shop.waitFor('onError')
    await fillCard(page, NUMBERS.approved)
    await payButton(page).click()
    const [, , payment] = await shop.waitFor('onPaymentCompleted')

    assert.equal((await sluice.payment(payment.id)).approved, true)
    assert.equal(loaded().length, 1)
    assert.equal(warnings().length, 1, String(warnings()))
    assert.match(String(warnings()), /plain http: a slower sealing module is used/)
    await sluice.assertSound()
  })

  await t.test('where there is WebCrypto, nobody loads or reads any of that', async (t) => {
    const session = await sluice.requestSession()
    const shop = await openShop(t, sluice, { session })
    const { loaded, warnings } = watch(shop)
    await shop.start()
    await shop.waitFor('onReady')
    await fillCard(shop.page, NUMBERS.approved)
    await payButton(shop.page).click()
    await shop.waitFor('onPaymentCompleted')
    assert.deepEqual([loaded(), warnings()], [[], []])
  })
})

test('in production no card is taken over plain http', async (t) => {
  const masterKey = randomBytes(32).toString('base64')
  const config = { hosts: ['pay.test'], mode: 'production', keys: 'generated', masterKey } as const
  const sluice = await startSluice(t, { config })

  for (const hasToken of [true, false]) {
    const drawn = hasToken ? 'a form that was drawn by its token' : 'a form that knows nothing yet'
    await t.test(`${drawn} says so to the shop, and to the shopper`, async (t) => {
      const { shop, warnings } = await openPlainShop(t, sluice)
      // Nobody could register it by the front door: an origin of production has HTTPS.
      const { keys } = await createEntity(sluice.ctx, { name: String(hasToken), origins: [shop.url] })
      const session = await client(sluice.urls, keys.secret).requestSession()
      const { id, payment_session_secret, payment_session_token } = session
      const paymentSession = { id, payment_session_secret, ...(hasToken && { payment_session_token }) }
      const started = shop.start({ options: { publicKey: keys.public, paymentSession } })
      if (hasToken) {
        await started
        const [, , error] = await shop.waitFor('onError')
        assert.equal(error.code, 'payment_request_failed')
        assert.deepEqual(error.details.requestErrorCodes, ['https_required'])
        assert.equal(await noticeOf(shop.page).textContent(), 'The payment form could not be loaded')
        assert.equal(await shop.page.getByRole('button').count(), 0, 'neither paying nor trying again would help')
      } else await assert.rejects(started, /CheckoutError|payment_request_failed|failed/)
      assert.match(String(warnings()), /cards are taken over https only/)
    })
  }
})

async function openPlainShop(t: TestContext, sluice: Sluice, session?: Session) {
  const at = (url: string) => url.replace('//localhost:', '//pay.test:')
  const urls = { api: at(sluice.urls.api), frames: at(sluice.urls.frames) }
  const shop = await openShop(t, sluice, {
    ...(session && { session }),
    host: 'shop.test',
    scripts: [`${urls.api}/flow/index.js`],
    attributes: `data-frames-origin="${urls.frames}"`,
    policy: shopPolicy(urls),
  })
  return { shop, ...watch(shop) }
}

function watch({ page }: ShopPage) {
  const requests: string[] = []
  const warnings: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => {
    if (message.type() === 'warning') warnings.push(message.text())
  })
  return {
    loaded: () => requests.filter((url) => url.includes('sealing-without-webcrypto')),
    warnings: () => warnings.filter((text) => text.includes('[sluice]')),
  }
}
