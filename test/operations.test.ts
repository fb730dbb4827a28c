/** Captures, voids, refunds, increments, reversals and cancellations, through the API to the bank's own books. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

test('what is asked for after a payment', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  await t.test('a capture without a body takes all, and is answered before it is done', async () => {
    const payment = await authorized(sluice)
    const answer = await sluice.post(`/payments/${payment.id}/captures`)
    assert.equal(answer.status, 202, answer.text)
    assert.match(answer.body.action_id, /^act_[a-z2-7]{26}$/)
    assert.equal(answer.body._links.payment.href, `${sluice.urls.api}/payments/${payment.id}`)
    const captured = await reached(sluice, payment.id, 'Captured')
    assert.equal(captured.balances.total_captured, 1000)
    assert.deepEqual(Object.keys(captured._links).sort(), ['actions', 'refund', 'self'])
    const [action] = (await sluice.get(`/payments/${payment.id}/actions`)).body
    assert.deepEqual([action.id, action.type, action.amount], [answer.body.action_id, 'Capture', 1000])
  })

  await t.test('a payment is captured in parts, and given back in parts, of one capture or of any', async () => {
    const payment = await authorized(sluice)
    const first = await sluice.post(`/payments/${payment.id}/captures`, { amount: 400, reference: 'part 1' })
    assert.equal(first.body.reference, 'part 1')
    await reached(sluice, payment.id, 'Partially Captured')
    await sluice.post(`/payments/${payment.id}/captures`, { amount: 600, metadata: { lot: 'b' } })
    const captured = await reached(sluice, payment.id, 'Captured')
    assert.equal(captured.balances.available_to_refund, 1000)

    const over = await sluice.post(`/payments/${payment.id}/refunds`, {
      amount: 401,
      capture_action_id: first.body.action_id,
    })
    assert.deepEqual([over.status, over.body.error_codes], [422, ['refund_amount_exceeds_balance']])
    const back = await sluice.post(`/payments/${payment.id}/refunds`, { capture_action_id: first.body.action_id })
    assert.equal(back.status, 202, back.text)
    await eventually(async () => (await sluice.payment(payment.id)).balances.total_refunded === 400)
    assert.equal((await sluice.payment(payment.id)).status, 'Partially Refunded')
    const again = await sluice.post(`/payments/${payment.id}/refunds`, { capture_action_id: first.body.action_id })
    assert.equal(again.status, 403)
    await sluice.post(`/payments/${payment.id}/refunds`)
    await reached(sluice, payment.id, 'Refunded')
    const actions = (await sluice.get(`/payments/${payment.id}/actions`)).body
    assert.deepEqual(
      actions.map(({ type, amount }: Json) => `${type} ${amount}`),
      ['Refund 600', 'Refund 400', 'Capture 600', 'Capture 400', 'Authorization 1000'],
    )
    assert.equal(actions[2].metadata.lot, 'b')
    assert.equal(actions[2].metadata.cko_payment_session_id, payment.metadata.cko_payment_session_id)
  })

  await t.test('a void after a partial capture releases the rest', async () => {
    const payment = await authorized(sluice)
    await sluice.post(`/payments/${payment.id}/captures`, { amount: 300 })
    await reached(sluice, payment.id, 'Partially Captured')
    const tooMuch = await sluice.post(`/payments/${payment.id}/voids`, { amount: 701 })
    assert.deepEqual([tooMuch.status, tooMuch.body.error_codes], [422, ['void_amount_invalid']])
    assert.equal((await sluice.post(`/payments/${payment.id}/voids`)).status, 202)
    const voided = await eventually(async () => {
      const now = await sluice.payment(payment.id)
      return now.balances.total_voided === 700 && now
    })
    assert.equal(voided._links.void, undefined)
    assert.equal(voided._links.capture, undefined)
    assert.equal((await sluice.post(`/payments/${payment.id}/voids`)).status, 403)
  })

  await t.test('a final capture releases what is left when it has succeeded', async () => {
    const payment = await authorized(sluice)
    await sluice.post(`/payments/${payment.id}/captures`, { amount: 250, capture_type: 'Final' })
    const { balances } = await eventually(async () => {
      const now = await sluice.payment(payment.id)
      return now.balances.total_voided === 750 && now
    })
    assert.deepEqual(balances, {
      total_authorized: 1000,
      total_voided: 750,
      available_to_void: 0,
      total_captured: 250,
      available_to_capture: 0,
      total_refunded: 0,
      available_to_refund: 250,
    })
  })

  await t.test('a final capture that the bank declines keeps the hold', async () => {
    const payment = await authorized(sluice, { metadata: { sluice_simulator: 'capture.code:20012' } })
    const { body } = await sluice.post(`/payments/${payment.id}/captures`, { amount: 250, capture_type: 'Final' })
    const [declined] = await eventually(async () => {
      const actions = (await sluice.get(`/payments/${payment.id}/actions`)).body
      return actions[0].id === body.action_id && actions
    })
    assert.deepEqual([declined.approved, declined.response_code], [false, '20012'])
    assert.equal((await sluice.payment(payment.id)).balances.available_to_capture, 1000)
  })

  await t.test('each refusal has its code', async () => {
    const held = await authorized(sluice)
    const refused = async (path: string, body: unknown, status: number, codes: string[], id = held.id) => {
      const answer = await sluice.post(`/payments/${id}/${path}`, body)
      assert.deepEqual([answer.status, answer.body.error_codes], [status, codes], `${path} ${JSON.stringify(body)}`)
    }
    await refused('captures', { amount: 1001 }, 422, ['capture_value_greater_than_authorized'])
    await refused('refunds', { amount: 1 }, 403, ['action_not_allowed'])
    await refused('captures', { amount: -1, reference: 'x'.repeat(81) }, 422, ['amount_invalid', 'reference_invalid'])
    await refused('captures', { capture_type: 'final' }, 422, ['capture_type_invalid'])
    await refused('refunds', { reference: '4242 4242 4242 4242' }, 422, ['reference_invalid'])
    await refused('authorizations', {}, 422, ['amount_required'])
    await refused('cancellations', undefined, 403, ['action_not_allowed'])
    await refused('captures', undefined, 404, ['resource_not_found'], `pay_${'a'.repeat(26)}`)
    await refused('captures', { amount: -1 }, 404, ['resource_not_found'], 'not_found')
    await sluice.post(`/payments/${held.id}/captures`, { amount: 600 })
    await refused('captures', { amount: 401 }, 422, ['capture_value_greater_than_remaining_authorized'])
    await reached(sluice, held.id, 'Partially Captured')
    await refused('refunds', { amount: 601 }, 422, ['refund_amount_exceeds_balance'])
    await refused('refunds', { capture_action_id: `act_${'a'.repeat(26)}` }, 422, ['capture_action_id_invalid'])
    await refused('refunds', { destination: { iban: 'x' } }, 422, ['payment_method_not_supported'])

    const session = await sluice.requestSession()
    const { body: declined } = await sluice.submit(session, CARDS.insufficientFunds)
    for (const path of ['captures', 'voids', 'refunds', 'reversals', 'cancellations']) {
      await refused(path, undefined, 403, ['action_not_allowed'], declined.id)
    }
    await refused('authorizations', { amount: 1 }, 403, ['action_not_allowed'], declined.id)
    const { _links } = await sluice.payment(declined.id)
    assert.deepEqual(Object.keys(_links).sort(), ['actions', 'self'])
  })

  await t.test('an increment is answered at once, and can be captured', async () => {
    const payment = await authorized(sluice, { authorization_type: 'Estimated' })
    assert.ok(payment._links.authorize)
    const answer = await sluice.post(`/payments/${payment.id}/authorizations`, { amount: 500, reference: 'more' })
    assert.equal(answer.status, 201, answer.text)
    assert.deepEqual([answer.body.approved, answer.body.status, answer.body.amount], [true, 'Authorized', 500])
    assert.equal(answer.body.balances.total_authorized, 1500)
    await sluice.post(`/payments/${payment.id}/captures`)
    const captured = await reached(sluice, payment.id, 'Captured')
    assert.deepEqual([captured.amount, captured.balances.total_captured], [1000, 1500])
    const types = (await sluice.get(`/payments/${payment.id}/actions`)).body.map((one: Json) => one.authorization_type)
    assert.deepEqual(types, [undefined, 'Incremental', 'Estimated'])

    const final = await authorized(sluice, { authorization_type: 'Final' })
    assert.equal(final._links.authorize, undefined)
    assert.equal((await sluice.post(`/payments/${final.id}/authorizations`, { amount: 500 })).status, 403)

    const poor = await authorized(sluice, { metadata: { sluice_simulator: 'increment.code:20051' } })
    const declined = await sluice.post(`/payments/${poor.id}/authorizations`, { amount: 500 })
    assert.deepEqual([declined.status, declined.body.approved, declined.body.response_code], [201, false, '20051'])
    assert.equal(declined.body.balances.total_authorized, 1000)
  })

  await t.test('a reversal gives back what was captured and releases what was not', async () => {
    const held = await authorized(sluice)
    const released = await sluice.post(`/payments/${held.id}/reversals`, { reference: 'undo' })
    assert.deepEqual([released.status, released.body.action_type, released.body.reference], [202, 'Void', 'undo'])
    await reached(sluice, held.id, 'Voided')
    assert.equal((await sluice.post(`/payments/${held.id}/reversals`)).status, 403)

    const taken = await authorized(sluice)
    await sluice.post(`/payments/${taken.id}/captures`, { amount: 400 })
    await reached(sluice, taken.id, 'Partially Captured')
    const back = await sluice.post(`/payments/${taken.id}/reversals`)
    assert.equal(back.body.action_type, 'Refund')
    const after = await eventually(async () => {
      const now = await sluice.payment(taken.id)
      return now.balances.total_voided === 600 && now
    })
    assert.deepEqual([after.status, after.balances.total_refunded], ['Refunded', 400])
  })

  await t.test('a cancellation stops a payment that waits for its shopper', async () => {
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const { body } = await sluice.submit(session, CARDS.approved)
    assert.equal(body.status, 'Action Required')
    const cancelled = await sluice.post(`/payments/${body.id}/cancellations`)
    assert.equal(cancelled.status, 202, cancelled.text)
    assert.equal((await sluice.payment(body.id)).status, 'Canceled')
    const [action] = (await sluice.get(`/payments/${body.id}/actions`)).body
    assert.deepEqual([action.id, action.approved], [cancelled.body.action_id, false])
  })

  await t.test('a repeat under an idempotency key is the same operation, to the byte', async () => {
    const payment = await authorized(sluice)
    const headers = { 'cko-idempotency-key': 'capture-1' }
    const first = await sluice.post(`/payments/${payment.id}/captures`, { amount: 100 }, headers)
    const second = await sluice.post(`/payments/${payment.id}/captures`, { amount: 100 }, headers)
    assert.equal(second.text, first.text)
    assert.equal(second.headers.get('idempotent-replayed'), 'true')
    const other = await sluice.post(`/payments/${payment.id}/captures`, { amount: 200 }, headers)
    assert.deepEqual([other.status, other.body.error_codes], [422, ['idempotency_key_reused']])
    await sluice.ctx.store.db.query({ name: 'forget', text: 'delete from idempotency_records', values: [] })
    const afterCrash = await sluice.post(`/payments/${payment.id}/captures`, { amount: 100 }, headers)
    assert.equal(afterCrash.body.action_id, first.body.action_id, 'also when the answer was never kept')
    await eventually(async () => (await sluice.payment(payment.id)).balances.total_captured === 100)
  })

  await t.test('two parallel refunds of 60 on a capture of 100 refund once', async () => {
    for (let round = 0; round < 5; round++) {
      const payment = await authorized(sluice, { amount: 100, capture: true })
      await reached(sluice, payment.id, 'Captured')
      const refund = () => sluice.post(`/payments/${payment.id}/refunds`, { amount: 60 })
      const answers = await Promise.all([refund(), refund()])
      assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 422])
      const refusal = answers.find(({ status }) => status === 422)
      assert.deepEqual(refusal?.body.error_codes, ['refund_amount_exceeds_balance'])
      const { balances } = await eventually(async () => {
        const now = await sluice.payment(payment.id)
        return now.balances.total_refunded > 0 && now
      })
      assert.deepEqual([balances.total_refunded, balances.available_to_refund], [60, 40])
    }
  })

  await t.test('a capture whose answer was lost is retried under its key, and captures once', async () => {
    for (const fault of ['drop_after_booking', 'drop_before_booking', 'http_500', 'garbled', 'unknown_code']) {
      const payment = await authorized(sluice, { metadata: { sluice_simulator: `capture.${fault}` } })
      await sluice.post(`/payments/${payment.id}/captures`, { amount: 700 })
      if (fault === 'drop_before_booking') {
        // Every capture of the payment is lost before the bank hears of it, for ever: it stays reserved.
        await eventually(async () => {
          const { rows } = await sluice.ctx.store.db.query<{ state: string }>({
            name: 'look',
            text: `select state from payment_actions where kind = 'capture' order by id desc limit 1`,
            values: [],
          })
          return rows[0]?.state === 'in_doubt'
        })
        assert.equal((await sluice.payment(payment.id)).balances.available_to_capture, 300)
        continue
      }
      const captured = await reached(sluice, payment.id, 'Partially Captured')
      assert.equal(captured.balances.total_captured, 700)
    }
    const captures = (await sluice.ledger()).filter(({ kind, amount }) => kind === 'capture' && amount === 700)
    assert.equal(captures.length, 4)
  })

  await t.test('a refund that takes its time is pending first, and keeps its amount meanwhile', async () => {
    const payment = await authorized(sluice, { capture: true, metadata: { sluice_simulator: 'refund.pending:30' } })
    await reached(sluice, payment.id, 'Captured')
    await sluice.post(`/payments/${payment.id}/refunds`, { amount: 400 })
    await eventually(async () => (await eventTypes(sluice, payment.id)).includes('payment_refund_pending'))
    const { balances } = await sluice.payment(payment.id)
    assert.deepEqual([balances.total_refunded, balances.available_to_refund], [0, 600])
    await sluice.advance('1 hour')
    await reached(sluice, payment.id, 'Partially Refunded')
    assert.deepEqual(await eventTypes(sluice, payment.id), [
      'payment_requested',
      'payment_approved',
      'payment_captured',
      'payment_refund_pending',
      'payment_refunded',
    ])
  })
})

test('yen and dinars go through to the end: 1230 passes and 1234 is refused', async (t) => {
  const sluice = await startSluice(t)
  const yen = await authorized(sluice, { amount: 1234, currency: 'JPY' })
  await sluice.post(`/payments/${yen.id}/captures`, { amount: 1233 })
  await reached(sluice, yen.id, 'Partially Captured')
  await sluice.post(`/payments/${yen.id}/refunds`, { amount: 1 })
  await reached(sluice, yen.id, 'Partially Refunded')

  const refused = await sluice.post('/payment-sessions', { ...DINARS, amount: 1234 })
  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['amount_invalid']])
  const dinars = await authorized(sluice, { amount: 1230, currency: 'KWD' })
  for (const path of ['captures', 'voids']) {
    const answer = await sluice.post(`/payments/${dinars.id}/${path}`, { amount: 1004 })
    assert.deepEqual([answer.status, answer.body.error_codes], [422, ['amount_invalid']])
  }
  await sluice.post(`/payments/${dinars.id}/captures`, { amount: 1000 })
  await reached(sluice, dinars.id, 'Partially Captured')
  const threeDecimals = await sluice.post(`/payments/${dinars.id}/refunds`, { amount: 234 })
  assert.deepEqual([threeDecimals.status, threeDecimals.body.error_codes], [422, ['amount_invalid']])
  const fraction = await sluice.post(`/payments/${dinars.id}/refunds`, { amount: 23.5 })
  assert.deepEqual([fraction.status, fraction.body.error_codes], [422, ['amount_invalid']])
  await sluice.post(`/payments/${dinars.id}/refunds`, { amount: 230 })
  const { balances } = await reached(sluice, dinars.id, 'Partially Refunded')
  assert.deepEqual([balances.total_refunded, balances.available_to_capture], [230, 230])
  await sluice.assertSound()
})

test('a payment has so many operations and no more', async (t) => {
  const sluice = await startSluice(t)
  const payment = await authorized(sluice)
  await sluice.ctx.store.db.query({
    name: 'many_actions',
    text: `
      insert into payment_actions (entity_key, id, payment_id, kind, state, amount, dedupe, due_on, requested_on, processed_on)
      select a.entity_key, gen_random_uuid(), a.payment_id, 'void', 'failed', 0, n::text, a.due_on, a.due_on, a.due_on
        from payment_actions a, generate_series(2, 150) n where a.payment_id = $1`,
    values: [uuidOf('payment', payment.id)],
  })
  const refused = await sluice.post(`/payments/${payment.id}/captures`)
  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['payment_actions_exceeded']])
})

test('an authorization that has run out is not captured', async (t) => {
  const sluice = await startSluice(t)
  const payment = await authorized(sluice)
  assert.ok(Date.parse(payment.expires_on) > Date.now())
  await sluice.advance('8 days')
  const late = await sluice.post(`/payments/${payment.id}/captures`)
  assert.deepEqual([late.status, late.body.error_codes], [422, ['payment_expired']])
  const { _links } = await sluice.payment(payment.id)
  assert.deepEqual([_links.capture, _links.authorize], [undefined, undefined])
})

test('a missing capability is declared, does not show in the links, and is refused', async (t) => {
  const sluice = await startSluice(t)
  await sluice.ctx.store.db.query({
    name: 'limit_channel',
    text: `update processing_channels set settings = settings || $1`,
    values: [{ multi_capture: false, partial_void: false, increment: false }],
  })
  const payment = await authorized(sluice)
  assert.equal(payment._links.authorize, undefined)
  const unsupported = async (path: string, body: unknown) => {
    const answer = await sluice.post(`/payments/${payment.id}/${path}`, body)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, ['payment_method_not_supported']], path)
  }
  await unsupported('authorizations', { amount: 1 })
  await unsupported('voids', { amount: 1 })
  await sluice.post(`/payments/${payment.id}/captures`, { amount: 400 })
  const after = await eventually(async () => {
    const now = await sluice.payment(payment.id)
    return now.balances.total_voided === 600 && now
  })
  assert.equal(after._links.capture, undefined)
  await sluice.assertSound()
})

test('an operation needs its own scope, and another merchant’s payment is not there', async (t) => {
  const sluice = await startSluice(t)
  const payment = await authorized(sluice)
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const scopes = {
    captures: 'gateway:payment-captures',
    voids: 'gateway:payment-voids',
    refunds: 'gateway:payment-refunds',
    authorizations: 'gateway:payment-authorizations',
    cancellations: 'gateway:payment-cancellations',
  }
  for (const [path, scope] of Object.entries(scopes)) {
    const body = path === 'authorizations' ? { amount: 1 } : undefined
    const foreign = await sluice.post(`/payments/${payment.id}/${path}`, body, {
      authorization: `Bearer ${world.secret_key}`,
    })
    assert.equal(foreign.status, 404, path)
    const [right, wrong] = await Promise.all([token(sluice, scope), token(sluice, 'gateway:payment-details')])
    const refused = await sluice.post(`/payments/${payment.id}/${path}`, body, { authorization: `Bearer ${wrong}` })
    assert.deepEqual([refused.status, refused.body.error_codes], [403, ['action_not_allowed']], path)
    const unknown = await sluice.post(`/payments/pay_${'a'.repeat(26)}/${path}`, body, {
      authorization: `Bearer ${right}`,
    })
    assert.equal(unknown.status, 404, path)
  }
  const onlyRefunds = await token(sluice, 'gateway:payment-refunds')
  const asked = { authorization: `Bearer ${onlyRefunds}` }
  assert.equal((await sluice.post(`/payments/${payment.id}/reversals`, undefined, asked)).status, 403, 'it would void')
})

test('amounts are shared between sub-entities through captures and refunds', async (t) => {
  const sluice = await startSluice(t)
  const [a, b] = [`ent_${'a'.repeat(26)}`, `ent_${'b'.repeat(26)}`]
  const shared = (x: number, y: number) => [
    { id: a, amount: x },
    { id: b, amount: y },
  ]
  const payment = await authorized(sluice, {
    amount_allocations: [
      { id: a, amount: 667, reference: 'seller a', commission: { amount: 10, percentage: 1.5 } },
      { id: b, amount: 333 },
    ],
  })
  const wrong = await sluice.post(`/payments/${payment.id}/captures`, {
    amount: 100,
    amount_allocations: shared(50, 49),
  })
  assert.deepEqual([wrong.status, wrong.body.error_codes], [422, ['amount_allocations_sum_invalid']])
  await sluice.post(`/payments/${payment.id}/captures`, { amount: 100 })
  await reached(sluice, payment.id, 'Partially Captured')
  const [capture] = (await sluice.get(`/payments/${payment.id}/actions`)).body
  assert.deepEqual(
    capture.amount_allocations.map(({ id, amount }: Json) => [id, amount]),
    [
      [a, 67],
      [b, 33],
    ],
  )
  await sluice.post(`/payments/${payment.id}/captures`)
  await reached(sluice, payment.id, 'Captured')
  const tooMuch = await sluice.post(`/payments/${payment.id}/refunds`, {
    amount: 400,
    amount_allocations: shared(66, 334),
  })
  assert.deepEqual([tooMuch.status, tooMuch.body.error_codes], [422, ['amount_allocations_amount_invalid']])
  await sluice.post(`/payments/${payment.id}/refunds`, { amount: 300, amount_allocations: shared(0, 300) })
  await reached(sluice, payment.id, 'Partially Refunded')
  const { body } = await sluice.get(`/payments/${payment.id}/allocations`)
  assert.deepEqual(body, {
    payment_id: payment.id,
    currency: 'GBP',
    allocations: [
      { id: a, reference: 'seller a', amount: 667, captured: 667, refunded: 0, commission: 20, owed: 647 },
      { id: b, amount: 333, captured: 333, refunded: 300, commission: 0, owed: 33 },
    ],
  })
  await sluice.post(`/payments/${payment.id}/refunds`)
  await reached(sluice, payment.id, 'Refunded')
  const owed = (await sluice.get(`/payments/${payment.id}/allocations`)).body.allocations
  assert.deepEqual(
    owed.map(({ owed }: Json) => owed),
    [0, 0],
  )
  const parts = await authorized(sluice, { amount_allocations: shared(600, 400) })
  const only = (id: string, amount: number) => ({ amount, amount_allocations: [{ id, amount }] })
  const first = (await sluice.post(`/payments/${parts.id}/captures`, only(a, 600))).body.action_id
  await sluice.post(`/payments/${parts.id}/captures`, only(b, 400))
  await reached(sluice, parts.id, 'Captured')
  await sluice.post(`/payments/${parts.id}/refunds`, only(a, 500))
  await reached(sluice, parts.id, 'Partially Refunded')
  const twice = [{ amount: 200 }, only(a, 200)]
  for (const [at, body] of twice.entries()) {
    const refused = await sluice.post(`/payments/${parts.id}/refunds`, { ...body, capture_action_id: first })
    const code = ['amount_allocations_sum_invalid', 'amount_allocations_amount_invalid'][at]
    assert.deepEqual([refused.status, refused.body.error_codes], [422, [code]], 'its share is given back but for 100')
  }
  await sluice.post(`/payments/${parts.id}/refunds`, { amount: 100, capture_action_id: first })
  await sluice.post(`/payments/${parts.id}/refunds`)
  await reached(sluice, parts.id, 'Refunded')
  const whole = await authorized(sluice, { capture: true, amount_allocations: shared(400, 600) })
  await reached(sluice, whole.id, 'Captured')
  const [automatic] = (await sluice.get(`/payments/${whole.id}/actions`)).body
  assert.deepEqual(automatic.amount_allocations, shared(400, 600))
  await sluice.assertSound()
})

const DINARS = {
  currency: 'KWD',
  billing: { address: { country: 'KW' } },
  success_url: 'https://shop.example/success',
  failure_url: 'https://shop.example/failure',
}

/** A payment that is held and not captured. */
async function authorized(sluice: Sluice, members: Record<string, unknown> = {}): Promise<Json> {
  const session = await sluice.requestSession({ capture: false, ...members })
  const answer = await sluice.submit(session, CARDS.approved)
  assert.equal(answer.body.status, 'Approved', answer.text)
  return await sluice.payment(answer.body.id)
}

function reached(sluice: Sluice, id: string, status: string): Promise<Json> {
  return eventually(async () => {
    const now = await sluice.payment(id)
    return now.status === status && now
  })
}

async function eventTypes(sluice: Sluice, paymentId: string): Promise<string[]> {
  const { rows } = await sluice.ctx.store.db.query<{ type: string }>({
    name: 'event_types',
    text: `select type from events where data ->> 'id' = $1 order by version`,
    values: [paymentId],
  })
  return rows.map(({ type }) => type)
}

async function token(sluice: Sluice, scope: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'ack_sluicesandboxclientid22224',
    client_secret: 'sluice-sandbox-client-secret',
    scope,
  })
  const answer = await sluice.post('/connect/token', form.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  })
  return answer.body.access_token
}
