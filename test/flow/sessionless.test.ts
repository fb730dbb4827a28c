/** Paying without a session: the shop's server makes it at the moment of paying, and there is nothing to ask before that. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { payButton, typeCard } from '../support/browser.ts'
import type { Json } from '../support/client.ts'
import { openShop, type ShopEvent } from '../support/shop.ts'
import { SANDBOX_ENTITY, SESSION_BODY, startSluice } from '../support/sluice.ts'

const SESSIONLESS = {
  component: 'card',
  sessionless: true,
  throughServer: true,
  options: { componentOptions: { amount: 1000, currency: 'GBP' } },
}

test('an answer that the shop lost is asked for with the same bytes, and pays once', async (t) => {
  const sluice = await startSluice(t)
  const sent: string[] = []
  const { page, start, waitFor } = await openShop(t, sluice, {
    async handleSubmit(session_data) {
      sent.push(session_data)
      const answer = await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, session_data })
      if (sent.length === 1) throw new Error('the connection to the shop was lost')
      return answer
    },
  })
  await start(SESSIONLESS)
  await waitFor('onReady')
  await typeCard(page, { number: '4242424242424242' })

  await payButton(page).click()
  const [, , error] = await waitFor('onError')
  await page.getByText('Check before paying again').waitFor()
  await payButton(page).click()
  const [, , payment] = await waitFor('onPaymentCompleted')

  assert.equal(error.code, 'callback_invocation_failed')
  assert.equal(sent.length, 2)
  assert.equal(sent[0], sent[1])
  const booked = (await sluice.ledger(SANDBOX_ENTITY)).filter(({ kind }) => kind === 'authorization')
  assert.equal(booked.length, 1)
  assert.equal((await sluice.payment(payment.id)).approved, true)
  await sluice.assertSound()
})

test('another card after a lost answer pays only if the first one never arrived', async (t) => {
  const sluice = await startSluice(t)
  for (const arrived of [true, false]) {
    const earlier = (await sluice.ledger(SANDBOX_ENTITY)).length
    const answers: number[] = []
    const { page, start, waitFor } = await openShop(t, sluice, {
      async handleSubmit(session_data) {
        const first = answers.length === 0
        if (first && !arrived) answers.push(0)
        if (first && !arrived) throw new Error('the shop’s server is away')
        const body = { ...SESSION_BODY, capture: false, session_data }
        const answer = await sluice.post('/payment-sessions/complete', body)
        answers.push(answer.status)
        if (first) throw new Error('the connection to the shop was lost')
        return answer
      },
    })
    await start(SESSIONLESS)
    await waitFor('onReady')
    await typeCard(page, { number: '4242424242424242' })
    await payButton(page).click()
    await waitFor('onError')
    await page.getByText('Check before paying again').waitFor()
    await typeCard(page, { number: '5436031030606378', cvv: '257' })
    await payButton(page).click()
    if (!arrived) await waitFor('onPaymentCompleted')
    await page.waitForFunction(
      (wanted) => (globalThis as Json).shop.events.filter(([name]: ShopEvent) => name === 'onSubmit').length === wanted,
      2,
    )
    await payButton(page)
      .or(page.getByRole('button', { name: 'Paid' }))
      .waitFor()

    assert.deepEqual(answers, arrived ? [201, 422] : [0, 201])
    assert.equal((await sluice.ledger(SANDBOX_ENTITY)).length - earlier, 1)
  }
  await sluice.assertSound()
})
