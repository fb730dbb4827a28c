/** Tokens of cards and of security codes, made by the form for shops that pay from their own server. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Request } from 'playwright-core'
import { openPage, payButton, typeCard } from '../support/browser.ts'
import { type Checkout, openShop } from '../support/shop.ts'
import { startSluice } from '../support/sluice.ts'

const CARD = { number: '4242424242424242' }
const SINGLE_USE =
  'tokenize: maxUsageAttempts (2 to 5) and retrieveIdentifier only work together; made a single-use token'

test('a token', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t)

  async function open(each: Pick<TestContext, 'after'>, checkout: Checkout = {}) {
    const session = await sluice.requestSession()
    const shop = await openShop(each, sluice, { session })
    const requests: Request[] = []
    const warnings: string[] = []
    shop.page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/tokens')) requests.push(request)
    })
    shop.page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text())
    })
    await shop.start(checkout)
    await shop.waitFor('onReady')
    return { ...shop, requests, warnings }
  }

  await t.test('is known to the shop’s server, and tells the page neither number nor security code', async (each) => {
    const { page, call, requests, waitFor } = await open(each)
    await typeCard(page, CARD)
    await waitFor('onCardBinChanged')

    const { type, data, cardMetadata } = await call('tokenize')

    assert.equal(type, 'card')
    assert.equal(cardMetadata.bin, '42424242')
    assert.match(data.token, /^tok_[a-z2-7]{26}$/)
    assert.deepEqual([data.last4, data.expiry_month, data.expiry_year, data.name], ['4242', 12, 2032, 'Ada Lovelace'])
    const { body: known } = await sluice.get(`/tokens/${data.token}/metadata`)
    assert.equal(known.last4, '4242')
    assert.doesNotMatch(JSON.stringify([data, cardMetadata]), /4242424242424242|"cvv":"100"/)
    const [request] = requests
    assert.equal(new URL(request?.url() ?? '').origin, sluice.urls.frames)
    assert.equal((await request?.allHeaders())?.['cko-retrieve-identifier'], undefined)
    assert.equal((await sluice.ledger()).length, 0, 'nothing is paid')
  })

  await t.test('for several uses is asked for with both options, and without a warning', async (each) => {
    const { page, call, requests, warnings } = await open(each)
    await typeCard(page, CARD)

    const { data } = await call('tokenize', { maxUsageAttempts: 5, retrieveIdentifier: 'order-7' })

    assert.match(data.token, /^tok_/)
    assert.equal(requests[0]?.postDataJSON().max_usage_attempts, 5)
    assert.equal((await requests[0]?.allHeaders())?.['cko-retrieve-identifier'], 'order-7')
    assert.deepEqual(warnings, [])
  })

  await t.test(
    'is for a single use, with a warning, when one of the two options is missing or makes no sense',
    async (each) => {
      const { page, call, requests, warnings } = await open(each)
      await typeCard(page, CARD)
      const senseless = [
        { maxUsageAttempts: 3 },
        { retrieveIdentifier: 'order-7' },
        { maxUsageAttempts: 1, retrieveIdentifier: 'order-7' },
        { maxUsageAttempts: 6, retrieveIdentifier: 'order-7' },
        { maxUsageAttempts: 3, retrieveIdentifier: '' },
      ]

      for (const options of senseless) assert.match((await call('tokenize', options)).data.token, /^tok_/)

      for (const request of requests) {
        assert.equal(request.postDataJSON().max_usage_attempts, undefined)
        assert.equal((await request.allHeaders())['cko-retrieve-identifier'], undefined)
      }
      assert.deepEqual(
        warnings,
        senseless.map(() => SINGLE_USE),
      )
    },
  )

  await t.test('that the shop refuses is not handed over, and the shopper reads why', async (each) => {
    const replies = { onTokenized: { continue: false, errorMessage: 'Not this one' } }
    const { page, call } = await open(each, { replies })
    await typeCard(page, CARD)

    const { thrown } = await call('tokenize')

    assert.deepEqual(
      [thrown.type, thrown.code, thrown.details.customMessage],
      ['Request', 'payment_request_aborted', 'Not this one'],
    )
    await page.getByRole('status').filter({ hasText: 'Not this one' }).waitFor()
  })

  await t.test('that could not be made is an error of its own, and the form works on', async (each) => {
    const { page, call, waitFor } = await open(each)
    await typeCard(page, CARD)
    await page.route('**/tokens', (route) => route.fulfill({ status: 500, body: '' }))

    const { thrown } = await call('tokenize')
    assert.deepEqual([thrown.type, thrown.code, thrown.details.status], ['Request', 'tokenize_request_failed', 500])

    await page.unroute('**/tokens')
    assert.match((await call('tokenize')).data.token, /^tok_/)
    await payButton(page).click()
    await waitFor('onPaymentCompleted')
  })

  await t.test('of a card without a session is made, and no pay button stands there', async (each) => {
    const { page, call } = await open(each, { sessionless: true, component: 'card' })
    assert.equal(await payButton(page).count(), 0)
    await typeCard(page, CARD)

    assert.match((await call('tokenize')).data.token, /^tok_/)
  })

  await t.test('of a security code of four digits needs all four, and is known to the shop’s server', async (each) => {
    const checkout = { sessionless: true, component: 'card_cvv', componentOptions: { cardCvvLength: 4 } }
    const { page, call } = await open(each, checkout)
    const field = page.frameLocator('iframe[name^="card-cvv__"]').getByTestId('card-cvv')
    await field.pressSequentially('123')
    assert.equal((await call('tokenize')).thrown.code, 'component_invalid')
    await field.pressSequentially('45')
    assert.equal(await field.inputValue(), '1234')

    const { type, data } = await call('tokenize')

    assert.deepEqual([type, data.type, Object.keys(data).sort()], ['card_cvv', 'cvv', ['expires_on', 'token', 'type']])
    assert.equal((await sluice.get(`/tokens/${data.token}/metadata`)).body.type, 'cvv')
  })

  await t.test('is not made while nothing is selected', async (each) => {
    const { page, call, requests } = await open(each)
    await typeCard(page, CARD)
    await call('unselect')

    assert.equal(await call('tokenize'), undefined)
    assert.equal(requests.length, 0)
  })

  await sluice.assertSound()
})
