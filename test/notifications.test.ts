/** What a processor tells without being asked: early, thrice at once, about money that nobody here has moved. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

test('what a processor tells by itself', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  t.afterEach(() => sluice.assertSound())

  await t.test('a notification settles a payment before its shopper’s browser is back', async () => {
    const { id, session, bank } = await challenged(sluice, 'notify')
    const pressed = await fetch(bank, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ choice: 'approve' }),
    })
    await eventually(async () => (await sluice.payment(id)).approved)
    const back = await fetch(pressed.headers.get('location') as string, { redirect: 'manual' })
    assert.equal(back.status, 303)
    assert.match(back.headers.get('location') as string, /shop\.example\/success/)
    await eventually(async () => (await sluice.payment(id)).status === 'Captured')
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Approved')
    assert.deepEqual(await eventTypes(sluice, id), [
      'payment_requested',
      'payment_authentication_requested',
      'payment_approved',
      'payment_captured',
    ])
  })

  await t.test('three equal notifications at once settle once, also while the browser returns', async () => {
    const { id, bank } = await challenged(sluice, 'notify:3')
    const pressed = await fetch(bank, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ choice: 'approve' }),
    })
    const [back] = await Promise.all([
      fetch(pressed.headers.get('location') as string, { redirect: 'manual' }),
      control(sluice, id, 'notifications', { copies: 3 }),
    ])
    assert.equal(back.status, 303)
    await eventually(async () => (await sluice.payment(id)).status === 'Captured')
    const types = await eventTypes(sluice, id)
    assert.equal(types.filter((type) => type === 'payment_approved').length, 1)
    assert.equal(types.filter((type) => type === 'payment_captured').length, 1)
    assert.equal((await notifications(sluice, id)).length, 1, 'equal notifications are one')
    await eventually(async () => (await notifications(sluice, id)).every(({ outcome }) => outcome === 'applied'))
  })

  await t.test('the result of a refund is told later, thrice, and counts once', async () => {
    for (const outcome of ['succeeded', 'failed'] as const) {
      const payment = await captured(sluice, { metadata: { sluice_simulator: 'refund.pending' } })
      const { body } = await sluice.post(`/payments/${payment.id}/refunds`, { amount: 300 })
      await eventually(async () => (await eventTypes(sluice, payment.id)).includes('payment_refund_pending'))
      assert.equal((await sluice.payment(payment.id)).balances.available_to_refund, 700)
      const told = await control(sluice, payment.id, 'refund-results', { refund: body.action_id, outcome, copies: 3 })
      assert.deepEqual(told.answers, [200, 200, 200])
      const type = outcome === 'succeeded' ? 'payment_refunded' : 'payment_refund_declined'
      await eventually(async () => (await eventTypes(sluice, payment.id)).includes(type))
      const { balances } = await sluice.payment(payment.id)
      const back = outcome === 'succeeded' ? 300 : 0
      assert.deepEqual([balances.total_refunded, balances.available_to_refund], [back, 1000 - back])
      const types = await eventTypes(sluice, payment.id)
      assert.equal(types.filter((one) => one === type).length, 1)
    }
  })

  await t.test('a refund that had succeeded fails later, told thrice: the money is there again, once', async () => {
    const payment = await captured(sluice)
    const { body } = await sluice.post(`/payments/${payment.id}/refunds`, { amount: 300 })
    await eventually(async () => (await sluice.payment(payment.id)).balances.total_refunded === 300)
    const failed = { refund: body.action_id, outcome: 'failed', copies: 3 }
    await control(sluice, payment.id, 'refund-results', failed)
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('payment_refund_declined'))
    const now = await sluice.payment(payment.id)
    assert.deepEqual([now.status, now.balances.total_refunded, now.balances.available_to_refund], ['Captured', 0, 1000])
    const [action] = (await sluice.get(`/payments/${payment.id}/actions`)).body
    assert.deepEqual([action.id, action.approved, action.response_code], [body.action_id, false, '20005'])
    const events = (await sluice.get(`/workflows/events/subject/${payment.id}`)).body.data
    const told = (await sluice.get(`/workflows/events/${events.at(-1).id}`)).body
    assert.deepEqual([told.type, told.data.balances.available_to_refund], ['payment_refund_declined', 1000])
    await control(sluice, payment.id, 'refund-results', { ...failed, event: 'again' })
    await eventually(async () =>
      (await notifications(sluice, payment.id)).every(({ outcome }) => outcome === 'applied'),
    )
    assert.equal((await eventTypes(sluice, payment.id)).filter((type) => type === 'payment_refund_declined').length, 1)
    await sluice.post(`/payments/${payment.id}/refunds`)
    await eventually(async () => (await sluice.payment(payment.id)).status === 'Refunded')
  })

  await t.test(
    'a processor that tells the opposite of what an action had come to moves nothing, and is looked at',
    async () => {
      const payment = await captured(sluice)
      const [capture] = (await sluice.get(`/payments/${payment.id}/actions`)).body
      const { channel_id } = await row(sluice, payment.id)
      const token = sluice.ctx.vault.urlToken(1, channel_id, 'notification')
      const told = { id: 'ntf_opposite', key: payment.id, type: 'action_settled', action: capture.id }
      const answer = await fetch(`${sluice.urls.api}/notifications/${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...told, outcome: 'failed', code: '20005', summary: 'Declined', amount: 0 }),
      })
      assert.equal(answer.status, 200, await answer.text())
      await eventually(async () => /opposite/.test((await row(sluice, payment.id)).review ?? ''))
      assert.equal((await sluice.payment(payment.id)).status, 'Captured')
    },
  )

  await t.test('money that a bank returns is recorded whatever our own books say, once', async () => {
    const payment = await captured(sluice)
    await sluice.post(`/payments/${payment.id}/refunds`, { amount: 800 })
    await eventually(async () => (await sluice.payment(payment.id)).balances.total_refunded === 800)
    await control(sluice, payment.id, 'returns', { amount: 1000, code: '20046', copies: 3 })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('payment_returned'))
    const [action] = (await sluice.get(`/payments/${payment.id}/actions`)).body
    assert.deepEqual([action.type, action.amount, action.response_code], ['Return', 1000, '20046'])
    const now = await sluice.payment(payment.id)
    assert.equal(now.balances.available_to_refund, 0)
    assert.equal(now._links.refund, undefined)
    const refused = await sluice.post(`/payments/${payment.id}/refunds`, { amount: 100 })
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['refund_amount_exceeds_balance']])
    const types = await eventTypes(sluice, payment.id)
    assert.equal(types.filter((type) => type === 'payment_returned').length, 1)
    assert.match((await row(sluice, payment.id)).review, /took back more/)
  })

  await t.test('a dispute takes the money away while it is open, and back when it is won', async () => {
    const payment = await captured(sluice)
    await control(sluice, payment.id, 'disputes', { amount: 600 })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('dispute_evidence_required'))
    assert.equal((await sluice.payment(payment.id)).balances.available_to_refund, 400)
    await control(sluice, payment.id, 'disputes', { amount: 600, stage: 'won' })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('dispute_won'))
    assert.equal((await sluice.payment(payment.id)).balances.available_to_refund, 1000)
    await control(sluice, payment.id, 'disputes', { amount: 600, event: 'second', dispute: 'dsp_second' })
    await control(sluice, payment.id, 'disputes', { amount: 600, stage: 'lost', dispute: 'dsp_second' })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('dispute_lost'))
    assert.equal((await row(sluice, payment.id)).charged_back, 600)
  })

  await t.test('a dispute whose end is told before its beginning comes to the same', async () => {
    const payment = await captured(sluice)
    await control(sluice, payment.id, 'disputes', { amount: 600, stage: 'won' })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('dispute_won'))
    assert.equal((await sluice.payment(payment.id)).balances.available_to_refund, 1000)
    await control(sluice, payment.id, 'disputes', { amount: 600 })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('dispute_evidence_required'))
    assert.equal((await sluice.payment(payment.id)).balances.available_to_refund, 1000)
    assert.equal((await row(sluice, payment.id)).charged_back, 0)
  })

  await t.test('an address that we never made is not there, and nonsense is refused', async () => {
    const post = (url: string, body: unknown) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const { api } = sluice.urls
    assert.equal((await post(`${api}/notifications/nonsense`, {})).status, 404)
    const entityKey = 1
    const channel = (await row(sluice, (await captured(sluice)).id)).channel_id
    const forReturns = sluice.ctx.vault.urlToken(entityKey, channel, 'return')
    assert.equal((await post(`${api}/notifications/${forReturns}`, {})).status, 404)
    const right = `${api}/notifications/${sluice.ctx.vault.urlToken(entityKey, channel, 'notification')}`
    for (const body of [
      {},
      { id: 'n', key: 'pay_x', type: 'returned', amount: -1 },
      { id: 'n', key: 'pay_x', type: 'x' },
    ]) {
      const refused = await post(right, body)
      const { error_codes } = (await refused.json()) as Json
      assert.deepEqual([refused.status, error_codes], [422, ['notification_invalid']], JSON.stringify(body))
    }
    const unknown = { id: 'ntf_unknown', key: `pay_${'a'.repeat(26)}`, type: 'returned', amount: 100, code: '20046' }
    assert.equal((await post(right, unknown)).status, 200, 'kept: it may be about what is not committed yet')
    await sluice.advance('73 hours')
    await eventually(async () => (await notifications(sluice, unknown.key))[0]?.outcome === 'given_up')
  })
})

async function challenged(sluice: Sluice, switches: string) {
  const session = await sluice.requestSession({ '3ds': { enabled: true }, metadata: { sluice_simulator: switches } })
  const { body } = await sluice.submit(session, CARDS.approved)
  assert.equal(body.status, 'Action Required')
  return { session, id: body.id as string, bank: body.action.url as string }
}

async function captured(sluice: Sluice, members: Record<string, unknown> = {}): Promise<Json> {
  const { body } = await sluice.submit(await sluice.requestSession(members), CARDS.approved)
  return await eventually(async () => {
    const now = await sluice.payment(body.id)
    return now.status === 'Captured' && now
  })
}

/** Makes the bank do something by itself. */
async function control(sluice: Sluice, key: string, what: string, body: object): Promise<Json> {
  const answer = await sluice.post(`/sandbox/payments/${key}/${what}`, body)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

async function eventTypes(sluice: Sluice, paymentId: string): Promise<string[]> {
  const { rows } = await sluice.ctx.store.db.query<{ type: string }>({
    name: 'event_types',
    text: `select type from events where subject_id = $1 order by version`,
    values: [uuidOf('payment', paymentId)],
  })
  return rows.map(({ type }) => type)
}

async function notifications(sluice: Sluice, about: string): Promise<Json[]> {
  const { rows } = await sluice.ctx.store.db.query<Json>({
    name: 'notifications_about',
    text: `select * from processor_notifications where about = $1`,
    values: [about],
  })
  return rows
}

async function row(sluice: Sluice, paymentId: string): Promise<Json> {
  const { rows } = await sluice.ctx.store.db.query<Json>({
    name: 'payment_row',
    text: `select * from payments where id = $1`,
    values: [uuidOf('payment', paymentId)],
  })
  return rows[0]
}
