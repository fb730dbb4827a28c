/** What a shop's own Content-Security-Policy has to allow, and what happens where the frames may not appear. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { completeChallenge } from '@sluice/testing/playwright'
import { openPage, payButton } from '../support/browser.ts'
import { openShop, type ShopOptions, shopPolicy } from '../support/shop.ts'
import { eventually, type Sluice, startSluice } from '../support/sluice.ts'
import { fillCard, noticeOf, NUMBERS } from './states.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/flow.md'), 'utf8')

test('a shop’s policy', async (t) => {
  const sluice = await startSluice(t)
  const { urls } = sluice
  await openPage(t) // keeps one browser for all that follows
  const guided = shopPolicy(urls)
  const strict = `${guided}; require-trusted-types-for 'script'; trusted-types 'none'`
  const nonced = strict.replace(` ${urls.api}`, " 'nonce-c2x1aWNl'")

  await t.test('the one of the guide is the one that all these tests keep to', () => {
    const [, written] = /^Content-Security-Policy: (.*)$/m.exec(GUIDE) ?? []
    assert.equal(written, shopPolicy({ api: 'http://localhost:4242', frames: 'http://localhost:4243' }))
    assert.notEqual(nonced, strict)
  })

  await t.test('with Trusted Types and no policy of ours, everything works', (t) =>
    payInManyWays(t, sluice, { policy: strict }),
  )

  await t.test('a nonce does instead of the host', (t) =>
    payInManyWays(t, sluice, { policy: nonced, attributes: 'nonce="c2x1aWNl"' }),
  )

  await t.test('one field per frame needs no more', async (t) => {
    const session = await sluice.requestSession()
    const attributes = 'data-card-layout="per-field"'
    const { page, start, waitFor } = await openShop(t, sluice, { session, policy: strict, attributes })
    await start({ component: 'card' })
    await waitFor('onReady')
    const typed = {
      'cardholder-name': 'Ada',
      'card-number': NUMBERS.approved,
      'card-expiry-date': '12/32',
      'card-cvv': '100',
    }
    for (const [field, text] of Object.entries(typed)) {
      await page.frameLocator(`iframe[name^="${field}__"]`).getByTestId(field).fill(text)
    }
    await payButton(page).click()
    await waitFor('onPaymentCompleted')
  })

  await t.test('a page whose origin is not registered is told so, and its shopper too', async (t) => {
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const answer = await sluice.post('/payment-sessions', BODY, { authorization: `Bearer ${world.secret_key}` })
    assert.equal(answer.status, 201, answer.text)
    await sluice.ctx.store.db.query({
      name: 'register_another',
      text: `update credentials set origins = '{https://registered.example}' where kind = 'public' and entity_key = (select entity_key from credentials where label = $1 limit 1)`,
      values: [`pk_sbox_…${world.public_key.slice(-4)}`],
    })
    const frame = `${urls.frames}/frame/keeper?key=${world.public_key}`
    await eventually(async () =>
      (await fetch(frame)).headers.get('content-security-policy')?.includes('frame-ancestors'),
    )

    const shop = await openShop(t, sluice, { session: answer.body, expected: /frame-ancestors/ })
    await shop.start({ options: { publicKey: world.public_key } })
    const [, , error] = await shop.waitFor('onError')
    assert.deepEqual([error.type, error.code], ['Request', 'network_error'])
    assert.equal(await noticeOf(shop.page).textContent(), 'The payment form could not be loaded')
    assert.equal(await shop.page.getByRole('button', { name: 'Try again' }).isVisible(), true)
  })
})

const BODY = {
  amount: 1000,
  currency: 'GBP',
  billing: { address: { country: 'GB' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
}

/** Wrong, declined, and authenticated by the bank in its overlay, on one page; any refusal of the policy fails the test. */
async function payInManyWays(t: TestContext, sluice: Sluice, options: ShopOptions): Promise<void> {
  const { page, url, start, waitFor } = await openShop(t, sluice, options)
  const landing = { success_url: `${url}/success`, failure_url: `${url}/failure` }
  const paymentSession = await sluice.requestSession({ '3ds': { enabled: true }, ...landing })
  await start({ options: { paymentSession, appearance: { colorAction: '#663399', borderRadius: [4, '12px'] } } })
  await waitFor('onReady')
  await payButton(page).click()
  await fillCard(page, NUMBERS.coBadged)
  await page.getByRole('radio', { name: 'Cartes Bancaires' }).check()
  await fillCard(page, NUMBERS.approved)
  await payButton(page).click()
  await completeChallenge(page)
  await page.waitForURL(/\/success\?.*cko-payment-id=/, { timeout: 10_000 })
}
