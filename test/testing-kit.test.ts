/** The test kit, as a shop's own tests use it. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { CARDS, createSluice, type Sluice, SluiceCallError, type SluiceOptions } from '@sluice/testing'

async function open(t: TestContext, options?: SluiceOptions): Promise<Sluice> {
  const sluice = await createSluice(options)
  t.after(() => sluice.close())
  return sluice
}

test('a server in this process, and the worlds in it', async (t) => {
  const sluice = await open(t)
  t.afterEach(async () => assert.deepEqual(await sluice.verify(), []))

  await t.test('a payment, its webhooks, its events and what the bank booked', async () => {
    const { id, status } = await sluice.pay({ reference: 'ORD-1' })
    assert.equal(status, 'Approved')
    const approved = await sluice.waitForWebhook('payment_approved')
    assert.deepEqual([approved.data.id, approved.data.reference], [id, 'ORD-1'])
    await sluice.waitForWebhook({ type: 'payment_captured', data: { id } })
    assert.equal((await sluice.payment(id)).status, 'Captured')
    assert.deepEqual(
      (await sluice.events()).map(({ type }) => type),
      ['payment_approved', 'payment_captured'],
    )
    assert.deepEqual(
      (await sluice.ledger()).map(({ kind, amount }) => [kind, amount]),
      [
        ['authorization', 1000],
        ['capture', 1000],
      ],
    )
    await assert.rejects(sluice.waitForWebhook('payment_refunded', 30), /no webhook payment_refunded within 30 ms/)
    assert.equal(sluice.webhooks.length, 2)
    const later = sluice.waitForWebhook(({ type, data }) => type === 'payment_refunded' && data.amount === 400)
    await sluice.post(`/payments/${id}/refunds`, { amount: 400 })
    assert.equal((await later).data.id, id)
  })

  await t.test('a clock that a test moves', async () => {
    const world = await sluice.world({ clock: 'frozen' })
    const now = await world.clock.now()
    const tomorrow = new Date(now.getTime() + 86_400_000)
    const { id } = await world.pay({ capture: true, capture_on: tomorrow.toISOString() })
    await world.waitForWebhook('payment_approved')
    assert.deepEqual(await world.clock.advance('PT23H'), new Date(now.getTime() + 23 * 3_600_000))
    assert.equal((await world.payment(id)).status, 'Authorized')
    assert.deepEqual(await world.clock.to(tomorrow), tomorrow)
    await world.waitForWebhook('payment_captured')
    assert.ok((await world.clock.resume()) >= tomorrow)
    assert.ok((await sluice.clock.now()) < tomorrow, 'the clocks of other worlds stay')
  })

  await t.test('scenarios', async () => {
    const world = await sluice.world({ scenario: 'hard-decline-mix', webhooks: false })
    assert.equal((await world.pay()).status, 'Declined')
    const own = await world.scenario(
      { name: 'mine', rules: [{ outcomes: [{ code: '20051', weight: 1 }] }] },
      { to: { card: { last4: '4242' } }, seed: 's' },
    )
    assert.equal((await world.pay()).response_code, '20051')
    assert.deepEqual([await own.payments(), own.seed], [1, 's'])
    await own.remove()
    assert.match((await world.pay()).response_code, /^3/)
    await assert.rejects(
      world.scenario({ name: 'mine', rules: [] }),
      (error) => error instanceof SluiceCallError && error.body.scenario_errors[0].path === '/rules',
    )
  })

  await t.test('holds: the webhook comes before the answer', async () => {
    const world = await sluice.world()
    const hold = await world.hold('attempt.settled')
    let answered = false
    const paying = world.pay().finally(() => {
      answered = true
    })
    const id = await hold.held()
    await world.waitForWebhook({ type: 'payment_approved', data: { id } })
    assert.equal(answered, false)
    await hold.release()
    assert.equal((await paying).id, id)
    const idle = await world.hold('submit.claimed')
    await assert.rejects(idle.held(30), /nothing came to submit.claimed within 30 ms/)
    await idle.release()
    await assert.rejects(idle.held(30), /released before/)
  })

  await t.test('what is refused is an error that says so', async () => {
    await assert.rejects(
      sluice.requestSession({ amount: -1 }),
      /POST \/payment-sessions was answered 422.*amount_invalid/,
    )
    const declined = await sluice.pay({}, CARDS.declined)
    assert.equal(declined.status, 'Declined')
    assert.equal((await sluice.get('/payments/pay_x')).status, 404)
  })

  await t.test('two worlds of one seed have the same events', async () => {
    const log = async () => {
      const world = await sluice.world({ seed: 'same', clock: 'frozen', scenario: 'soft-decline-mix', webhooks: false })
      for (let made = 0; made < 3; made++) await world.pay({ capture: false, reference: `ORD-${made}` })
      await world.clock.advance('PT1M')
      return await world.normalisedEvents()
    }
    assert.deepEqual(await log(), await log())
  })

  await t.test('a world in a server that runs needs none of its own, and leaves the server alone', async () => {
    const first = await createSluice({ url: `${sluice.urls.api}/` })
    const other = await createSluice({ url: sluice.urls.api, webhooks: false })
    const tookMs: number[] = []
    for (let made = 0; made < 50; made++) {
      const since = performance.now()
      const one = await createSluice({ url: sluice.urls.api })
      tookMs.push(performance.now() - since)
      await one.close()
    }
    t.diagnostic(`a world took ${tookMs.sort((a, b) => a - b)[25]?.toFixed(1)} ms, the median of 50`)
    assert.notEqual(first.keys.entity, other.keys.entity)
    await assert.rejects(other.verify(), /needs a server of its own/)
    await Promise.all([first.close(), other.close()])
    assert.equal((await sluice.pay()).status, 'Approved')
  })

  await t.test('where nothing answers, it says so', async () => {
    await assert.rejects(createSluice({ url: 'http://localhost:9' }))
  })
})

test('a server as a child has nothing in common with the test but its ports', async (t) => {
  const sluice = await open(t, { as: 'child', seed: 'child' })
  const { id } = await sluice.pay()
  await sluice.waitForWebhook({ type: 'payment_captured', data: { id } })
  assert.deepEqual(await sluice.verify(), [])
  assert.equal(sluice.seed, 'child')
})
