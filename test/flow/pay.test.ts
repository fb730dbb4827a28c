/** Paying with a card in a real browser: what the shopper sees, what the shop is told, what the bank books. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { payButton, screenshot, typeCard } from '../support/browser.ts'
import { openShop } from '../support/shop.ts'
import { SANDBOX_ENTITY, startSluice } from '../support/sluice.ts'

test('a card typed into Flow pays the session, and the shop hears of it once', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const { page, start, waitFor } = await openShop(t, sluice, { session })

  await start()
  await waitFor('onReady')
  await screenshot(page, 'default')
  await typeCard(page, { number: '4242424242424242' })
  await payButton(page).click()
  const [, component, payment] = await waitFor('onPaymentCompleted')

  assert.deepEqual([component, payment.status, payment.type], ['flow', 'Approved', 'card'])
  assert.equal((await sluice.payment(payment.id)).approved, true)
  const booked = (await sluice.ledger(SANDBOX_ENTITY)).filter(({ kind }) => kind === 'authorization')
  assert.equal(booked.length, 1)
  await sluice.assertSound()
})

test('after the payment the fields show a mask of the card that paid', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const { page, start, waitFor } = await openShop(t, sluice, { session })
  await start()
  await waitFor('onReady')
  await typeCard(page, { number: '4242424242424242', cvv: '731' })

  await payButton(page).click()
  await waitFor('onPaymentCompleted')

  const fields = page.frameLocator('iframe[name^="card__"]')
  assert.equal(await fields.getByTestId('card-number').inputValue(), '•••• •••• •••• 4242')
  assert.equal(await fields.getByTestId('card-cvv').inputValue(), '•••')
})
