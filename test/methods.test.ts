/** One method of every kind, from the session to the money, and every method of the table once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionlessData } from '@sluice/sealing/make'
import { Checkout } from 'checkout-sdk-node'
import { ibanOf } from '@sluice/core/iban'
import { uuidOf } from '@sluice/core/ids'
import type { Exchange } from '@sluice/server/processors/exchange'
import { CARDS } from './support/cards.ts'
import {
  begin,
  confirmCode,
  pageOf,
  PLAYED_METHODS,
  press,
  pressAndReturn,
  rowOf,
  sessionFor,
  shown,
  submitBy,
  typedFor,
} from './support/methods.ts'
import { client, eventually, type Json, SECRET_KEY, type Session, type Sluice, startSluice } from './support/sluice.ts'

/** Types of a payment's events, in their order. */
async function eventTypes(sluice: Sluice, paymentId: string): Promise<string[]> {
  const { rows } = await sluice.ctx.store.db.query<{ type: string }>({
    name: 'test_event_types',
    text: `select type from events where subject_id = $1 and source = 'gateway' order by version`,
    values: [uuidOf('payment', paymentId)],
  })
  return rows.map(({ type }) => type)
}

/** How often an attempt was asked about after it was sent, and which of these questions are on record. */
async function looksAt(sluice: Sluice, paymentId: string) {
  const { db } = sluice.ctx.store
  const values = [uuidOf('payment', paymentId)]
  const leases = await db.query<{ leases: number }>({
    name: 'test_leases',
    text: 'select leases from payments where id = $1',
    values,
  })
  const calls = await db.query<{ sent: string; outcome: string; answered: boolean }>({
    name: 'test_looks',
    text: `select sent, outcome, answered_on is not null as answered
             from processor_calls where payment_id = $1 and kind = 'complete'`,
    values,
  })
  return { asked: (leases.rows[0]?.leases ?? 0) - 1, kept: calls.rows }
}

/** What the bank's answers to one path become on their way to us, the first `times` of them: status 500. */
function fail(sluice: Sluice, path: RegExp, times: number) {
  const ctx = sluice.ctx as { exchange: Exchange }
  const real = ctx.exchange
  let failed = 0
  ctx.exchange = async (message, card, signal) => {
    const reply = await real(message, card, signal)
    if (!path.test(message.url) || failed === times) return reply
    failed++
    return { ...reply, status: 500, body: undefined }
  }
  return {
    failed: () => failed,
    end() {
      ctx.exchange = real
    },
  }
}

/**
 * Lets `act` meet a page that polls while the bank's answer to it stands still, and the page go on once `act` has looked at
 * the payment in vain, or was answered.
 */
async function besidePoll<Answer>(
  sluice: Sluice,
  merchant: Pick<Sluice, 'get' | 'post'> & Parameters<typeof shown>[0],
  { session, id }: { session: Session; id: string },
  act: () => Promise<Answer>,
): Promise<Answer> {
  const match = { payment_id: id }
  const { body: hold } = await merchant.post('/sandbox/holds', { at: 'processor.answered', match })
  const look = shown(merchant, session)
  assert.equal((await merchant.get(`/sandbox/holds/${hold.id}?wait=PT10S`)).body.state, 'holding')

  const store = sluice.ctx.store as { readPayment: Sluice['ctx']['store']['readPayment'] }
  const real = store.readPayment
  let reads = 0
  store.readPayment = (...asked) => {
    reads++
    return real(...asked)
  }
  const acting = act()
  await Promise.race([acting, eventually(async () => reads > 2)])
  store.readPayment = real
  await merchant.post(`/sandbox/holds/${hold.id}/release`)
  const [answer] = await Promise.all([acting, look])
  return answer
}

/** A merchant of the test's own whose clock stands still. */
async function ownMerchant(sluice: Sluice, settings: Record<string, unknown> = {}) {
  const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings } })
  const merchant = client(sluice.urls, world.secret_key)
  await merchant.post('/sandbox/clock', { freeze: true })
  return {
    ...merchant,
    entity: world.entity_id as string,
    publicKey: world.public_key as string,
    async advance(by: string) {
      const { status, text } = await merchant.post('/sandbox/clock', { advance: by })
      assert.equal(status, 200, text)
    },
    statusOf: async (id: string): Promise<string> => (await merchant.payment(id)).status,
  }
}

test('an approval in an app', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)
  const { advance, statusOf } = merchant
  const phone = (number: string) => ({ details: { phone_country_code: '351', phone_number: number } })

  await t.test('waits, and is approved within the advance of the clock that brings its time', async () => {
    const { session, answer } = await begin(merchant, 'mbway')
    assert.equal(answer.status, 202, answer.text)
    const { expires_on } = answer.body.action.next_step
    assert.deepEqual(answer.body.action, { type: 'poll', next_step: { type: 'approve_in_app', expires_on } })
    const { latest_payment: waiting } = await shown(merchant, session)
    assert.equal(waiting.status, 'Processing')
    assert.deepEqual(waiting.action, answer.body.action)

    await advance('PT3S')

    assert.equal((await shown(merchant, session)).latest_payment.status, 'Approved')
    const payment = await merchant.payment(answer.body.id)
    assert.equal(payment.status, 'Captured')
    assert.deepEqual(payment.source.phone, { country_code: '351', number: '912345678' })
  })

  await t.test('is held where the merchant captures later, in parts, and gives the rest back', async () => {
    const { answer } = await begin(merchant, 'mbway', { capture: false })
    await advance('PT3S')
    const { id } = answer.body
    assert.equal(await statusOf(id), 'Authorized')
    assert.equal((await merchant.post(`/payments/${id}/captures`, { amount: 300 })).status, 202)
    assert.equal((await merchant.post(`/payments/${id}/voids`)).status, 202)
    await advance('PT1S')
    assert.equal(await statusOf(id), 'Partially Captured')
  })

  await t.test(
    'a telephone that ends in 0 declines, one that ends in 1 never answers and the payment expires',
    async () => {
      const declined = await begin(merchant, 'mbway', {}, phone('912345670'))
      const silent = await begin(merchant, 'mbway', {}, phone('912345671'))
      await advance('PT4M')
      assert.equal(await statusOf(declined.answer.body.id), 'Declined')
      assert.equal(await statusOf(silent.answer.body.id), 'Pending')
      await advance('PT61S')
      assert.equal(await statusOf(silent.answer.body.id), 'Expired')
      assert.equal((await shown(merchant, silent.session)).latest_payment.decline_reason, 'payment_expired')
      assert.equal((await submitBy(merchant, silent.session, 'mbway')).status, 202)
    },
  )

  await t.test('a telephone that is missing or of another country is refused by name', async () => {
    const refusals: [object, string][] = [
      [{}, 'phone_number_required'],
      [{ phone_number: '912345678' }, 'phone_country_code_required'],
      [{ phone_country_code: '34', phone_number: '612345678' }, 'phone_country_code_invalid'],
      [{ phone_country_code: '351', phone_number: '91234' }, 'phone_number_invalid'],
    ]
    for (const [details, code] of refusals) {
      const { answer } = await begin(
        merchant,
        'mbway',
        { customer: undefined },
        { details: details as Record<string, string> },
      )
      assert.deepEqual([answer.status, answer.body.error_codes], [422, [code]])
    }
  })

  await t.test('the page that waits brings the approval: each look may ask the bank', async () => {
    const { session, answer } = await begin(merchant, 'mbway', {}, phone('912345671'))
    const page = await pageOf(merchant, answer.body.id)
    // Nobody tells us.
    await merchant.post(`/sandbox/payments/${answer.body.id}/decisions`, {
      choice: 'approve',
      copies: 0,
    })
    const approved = await eventually(async () => {
      const { latest_payment } = await shown(merchant, session)
      return latest_payment.status === 'Approved' && latest_payment
    })
    assert.ok(approved.landing_url.startsWith('https://shop.example/success'))
    assert.match(await (await fetch(page)).text(), /This payment is decided/)
  })

  await t.test('and asks it once a second, however often the page polls', async () => {
    const { session, answer } = await begin(merchant, 'mbway', {}, phone('912345671'))
    const started = performance.now()
    for (let poll = 0; poll < 30; poll++)
      assert.equal((await shown(merchant, session)).latest_payment.status, 'Processing')
    const seconds = (performance.now() - started) / 1000
    const { asked } = await looksAt(sluice, answer.body.id)
    assert.ok(asked >= 1 && asked <= seconds + 1, `${asked} in ${seconds} s`)
  })

  await t.test('and keeps the last of its questions, not each one', async () => {
    const { session, answer } = await begin(merchant, 'mbway', {}, phone('912345671'))
    const look = async () => {
      await shown(merchant, session)
      return await looksAt(sluice, answer.body.id)
    }
    const { kept } = await eventually(async () => {
      const looks = await look()
      return looks.asked >= 2 && looks
    })
    assert.deepEqual(kept, [{ sent: 'yes', outcome: 'pending', answered: true }])
  })
})

test('a one-time code', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)
  const { advance, statusOf } = merchant

  async function codeSent() {
    const { session, answer } = await begin(merchant, 'stcpay')
    assert.equal(answer.status, 202, answer.text)
    return { session, id: answer.body.id as string, step: answer.body.action.next_step }
  }

  await t.test('approves when it is right', async () => {
    const { session, id, step } = await codeSent()
    const { expires_on } = step
    assert.deepEqual(step, { type: 'enter_code', digits: 6, tries_left: 3, sent_to: '••• 78', expires_on })

    const confirmed = await confirmCode(merchant, session, id, '123456')

    assert.deepEqual([confirmed.status, confirmed.body.status], [201, 'Approved'], confirmed.text)
    await advance('PT1S')
    assert.equal(await statusOf(id), 'Captured')
    const again = await confirmCode(merchant, session, id, '123456')
    assert.deepEqual([again.status, again.body], [201, confirmed.body])
  })

  await t.test('leaves two tries, then one, then none', async () => {
    const { session, id } = await codeSent()
    const first = await confirmCode(merchant, session, id, '000000')
    assert.deepEqual([first.status, first.body.status, first.body.action.next_step.tries_left], [202, 'Pending', 2])
    assert.equal((await shown(merchant, session)).latest_payment.action.next_step.tries_left, 2)
    assert.equal((await confirmCode(merchant, session, id, '111111')).body.action.next_step.tries_left, 1)
    const last = await confirmCode(merchant, session, id, '222222')
    assert.deepEqual([last.status, last.body.status, last.body.response_code], [201, 'Declined', '20075'])
    assert.equal((await confirmCode(merchant, session, id, '123456')).body.status, 'Declined')
  })

  await t.test('uses up no try when it cannot be one, and is refused where none is awaited', async () => {
    const { session, id } = await codeSent()
    for (const code of ['', '12345', 'abcdef', '1234567']) {
      const refused = await confirmCode(merchant, session, id, code)
      assert.deepEqual([refused.status, refused.body.error_codes], [422, ['otp_invalid']], code)
    }
    assert.equal((await shown(merchant, session)).latest_payment.action.next_step.tries_left, 3)
    const other = await begin(merchant, 'mbway')
    assert.equal((await confirmCode(merchant, other.session, other.answer.body.id, '123456')).status, 403)
    assert.equal((await confirmCode(merchant, other.session, id, '123456')).status, 404)
    assert.equal((await confirmCode(merchant, session, 'pay_nobody', '123456')).status, 404)
  })

  await t.test('is good for five minutes', async () => {
    const { session, id } = await codeSent()
    await advance('PT5M')
    assert.equal(await statusOf(id), 'Expired')
    const late = await confirmCode(merchant, session, id, '123456')
    assert.deepEqual([late.body.status, late.body.response_code], ['Declined', '20019'])
  })

  await t.test('waits for a page that polls at the same moment', async () => {
    const { session, id } = await codeSent()
    const confirmed = await besidePoll(sluice, merchant, { session, id }, () =>
      confirmCode(merchant, session, id, '123456'),
    )
    assert.deepEqual([confirmed.status, confirmed.body.status], [201, 'Approved'], confirmed.text)
  })

  await t.test('as does a cancellation, and a void of what is not paid yet', async () => {
    for (const what of ['cancellations', 'voids']) {
      const { session, answer } = await begin(merchant, 'paynow')
      const { id } = answer.body
      const stopped = await besidePoll(sluice, merchant, { session, id }, () =>
        merchant.post(`/payments/${id}/${what}`),
      )
      assert.equal(stopped.status, 202, stopped.text)
      assert.equal(await statusOf(id), 'Canceled')
    }
  })

  await t.test('is written down nowhere', async () => {
    const { session, id } = await codeSent()
    await confirmCode(merchant, session, id, '987654')
    const { rows } = await sluice.ctx.store.db.query<{ exchange: string }>({
      name: 'exchanges_of_confirmations',
      text: `select exchange::text from processor_calls where kind = 'confirm'`,
      values: [],
    })
    assert.ok(rows.length > 0)
    for (const { exchange } of rows) assert.doesNotMatch(exchange, /987654|123456/)
  })
})

test('a reference that is paid later', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)
  const { advance, statusOf } = merchant

  await t.test('is paid on the fifth day', async () => {
    const { session, answer } = await begin(merchant, 'multibanco')
    assert.equal(answer.status, 202, answer.text)
    const { next_step: step } = answer.body.action
    assert.deepEqual([step.type, step.amount, step.currency], ['pay_reference', 1000, 'EUR'])
    assert.match(`${step.entity} ${step.reference}`, /^\d{5} \d{9}$/)
    const now = Date.parse((await merchant.get('/sandbox/clock')).body.now)
    assert.equal((Date.parse(step.expires_on) - now) / 86_400_000, 7)
    await advance('P5D')
    assert.equal(await statusOf(answer.body.id), 'Pending')

    const page = await pageOf(merchant, answer.body.id)
    assert.ok((await (await fetch(page)).text()).includes(step.reference))
    await press(page, 'approve')

    await eventually(async () => (await statusOf(answer.body.id)) === 'Captured')
    assert.equal((await shown(merchant, session)).latest_payment.status, 'Approved')
    await advance('PT1S')
    assert.deepEqual(await eventTypes(sluice, answer.body.id), [
      'payment_pending',
      'payment_capture_pending',
      'payment_captured',
    ])
    assert.deepEqual(
      (await merchant.ledger(merchant.entity)).map(({ kind, amount }) => [kind, amount]),
      [
        ['authorization', 1000],
        ['capture', 1000],
      ],
    )
  })

  await t.test('expires after seven days, and its page then changes nothing', async () => {
    const { answer } = await begin(merchant, 'multibanco')
    const { id } = answer.body
    const page = await pageOf(merchant, id)
    await advance('P7D')
    assert.equal(await statusOf(id), 'Expired')
    const before = await merchant.payment(id)

    for (const choice of ['approve', 'approve', 'fail']) assert.equal((await press(page, choice)).status, 303)
    assert.equal((await fetch(page)).status, 200)
    await advance('P1D')

    assert.deepEqual(await merchant.payment(id), before)
    assert.equal(
      (await merchant.ledger(merchant.entity)).some(({ of }) => of === id),
      false,
    )
    assert.deepEqual(await eventTypes(sluice, id), ['payment_pending', 'payment_expired'])
  })

  await t.test('is captured, whatever the merchant asked for, and says so', async () => {
    const { answer } = await begin(merchant, 'multibanco', { capture: false })
    await press(await pageOf(merchant, answer.body.id), 'approve')
    await eventually(async () => (await statusOf(answer.body.id)) === 'Captured')
    assert.match((await merchant.payment(answer.body.id)).warnings.join(), /captures by itself/)
    const refund = await merchant.post(`/payments/${answer.body.id}/refunds`, { amount: 400 })
    assert.equal(refund.status, 202)
    await advance('PT1S')
    assert.equal(await statusOf(answer.body.id), 'Partially Refunded')
  })

  await t.test('needs no session that was made before', async () => {
    const session_data = await makeSessionlessData({
      framesUrl: merchant.urls.frames,
      entityId: merchant.entity,
      method: 'multibanco',
      holder: 'Jo Shopper',
    })
    const members = sessionFor(rowOf('multibanco'))
    const {
      status,
      body: answer,
      text,
    } = await merchant.post('/payment-sessions/complete', { ...members, session_data })
    assert.equal(status, 202, text)
    assert.equal(answer.action.next_step.type, 'pay_reference')
    await press(await pageOf(merchant, answer.id), 'approve')
    await eventually(async () => (await statusOf(answer.id)) === 'Captured')
  })

  await t.test('needs a name of three to a hundred characters', async () => {
    const refusals: [string | undefined, string][] = [
      [undefined, 'account_holder_required'],
      ['Jo', 'account_holder_invalid'],
      ['J'.repeat(101), 'account_holder_invalid'],
    ]
    for (const [holder, code] of refusals) {
      const typed = holder === undefined ? {} : { holder }
      const { answer } = await begin(merchant, 'multibanco', { customer: undefined }, typed)
      assert.deepEqual([answer.status, answer.body.error_codes], [422, [code]])
    }
  })

  await t.test('and the bank told of it once, while it could not say more: it is asked again in seconds', async () => {
    for (const processorClass of ['A', 'D']) {
      const shop = await ownMerchant(sluice, { class: processorClass })
      const { answer } = await begin(shop, 'multibanco')
      await shop.advance('P1D')
      const bank = fail(sluice, /complete$/, 1)
      await press(await pageOf(shop, answer.body.id), 'approve')
      await eventually(async () => bank.failed() === 1)
      await eventually(async () => {
        await shop.advance('PT3S')
        return (await shop.statusOf(answer.body.id)) === 'Captured'
      })
      bank.end()
    }
  })

  await t.test('and nobody told: a bank that did not answer when it was asked is asked again sooner', async () => {
    const shop = await ownMerchant(sluice)
    const { answer } = await begin(shop, 'multibanco')
    await shop.post(`/sandbox/payments/${answer.body.id}/decisions`, { choice: 'approve', copies: 0 })
    const bank = fail(sluice, /\/acquirer\/payments\/pay_\w+\?/, 1)
    await shop.advance('PT7H')
    bank.end()
    assert.equal(bank.failed(), 1)
    assert.equal(await shop.statusOf(answer.body.id), 'Captured')
  })

  await t.test('where the bank cannot be asked, it tells', async () => {
    const silent = await ownMerchant(sluice, { class: 'D' })
    const { answer } = await begin(silent, 'multibanco')
    await silent.advance('P1D')
    await press(await pageOf(silent, answer.body.id), 'approve')
    await eventually(async () => (await silent.statusOf(answer.body.id)) === 'Captured')
  })
})

test('a code that is scanned', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)

  await t.test('leads to a page where it is paid, once', async () => {
    const { session, answer } = await begin(merchant, 'paynow')
    const { next_step: step } = answer.body.action
    assert.equal(step.type, 'scan_code', answer.text)
    assert.match(new URL(step.data).pathname, /^\/till\/[\w-]{22}$/)
    await Promise.all([press(step.data, 'approve'), press(step.data, 'fail'), press(step.data, 'approve')])
    await eventually(async () =>
      ['Approved', 'Declined'].includes((await shown(merchant, session)).latest_payment.status),
    )
    const { status } = (await shown(merchant, session)).latest_payment
    await press(step.data, status === 'Approved' ? 'fail' : 'approve')
    await merchant.advance('PT16M')
    assert.equal((await shown(merchant, session)).latest_payment.status, status)
  })

  await t.test('is given up after a quarter of an hour, or by the merchant before', async () => {
    const [left, stopped] = [await begin(merchant, 'paynow'), await begin(merchant, 'paynow')]
    assert.equal((await merchant.post(`/payments/${stopped.answer.body.id}/voids`)).status, 202)
    assert.equal(await merchant.statusOf(stopped.answer.body.id), 'Canceled')
    await merchant.advance('PT15M')
    assert.equal(await merchant.statusOf(left.answer.body.id), 'Expired')
    await press(stopped.answer.body.action.next_step.data, 'approve')
    assert.equal(await merchant.statusOf(stopped.answer.body.id), 'Canceled')
  })

  await t.test('its address belongs to it alone, and no page of a redirect opens under it', async () => {
    const { answer } = await begin(merchant, 'paynow')
    const { data } = answer.body.action.next_step
    assert.equal((await fetch(data.replace('/till/', '/pay/'))).status, 404)
    const ideal = await begin(merchant, 'ideal')
    assert.equal((await fetch(ideal.answer.body.action.url.replace('/pay/', '/till/'))).status, 404)
    assert.equal((await fetch(`${merchant.urls.simulator}/till/AAAAAAAAAAAAAAAAAAAAAA`)).status, 404)
    assert.equal((await press(data, 'later')).status, 422)
    const { body: bank } = await merchant.get('/sandbox/bank')
    const statement = await (await fetch(bank.statement_url)).text()
    assert.ok(statement.includes(new URL(data).pathname))
  })
})

test('a bank debit', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)
  const { advance, statusOf } = merchant
  const typed = typedFor(rowOf('sepa'))
  const withDetails = (changed: Record<string, string>) => ({ ...typed, details: { ...typed.details, ...changed } })

  await t.test('is accepted with its mandate, collected on the third day, and may come back', async () => {
    const { answer } = await begin(merchant, 'sepa')
    const { id } = answer.body
    assert.deepEqual([answer.status, answer.body.action], [202, { type: 'poll' }], answer.text)
    const pending = await merchant.payment(id)
    assert.equal(pending.status, 'Pending')
    assert.ok(pending._links.void)
    assert.equal(pending.source.last4, typed.details['iban']?.slice(-4))
    assert.equal(pending.source.account_holder.full_name, 'Jo Shopper')
    assert.match(pending.source.mandate.id, /^MND[A-Z2-7]{26}$/)
    const { body: clock } = await merchant.get('/sandbox/clock')
    assert.equal(pending.source.mandate.date_of_signature, clock.now.slice(0, 10))
    assert.ok(!JSON.stringify(pending).includes(typed.details['iban'] as string))

    await advance('P2D')
    assert.equal(await statusOf(id), 'Pending')
    await advance('P1D')
    assert.equal(await statusOf(id), 'Captured')

    await advance('P10D')
    await merchant.post(`/sandbox/payments/${id}/returns`, {
      code: 'MD06',
    })
    await eventually(async () => (await eventTypes(sluice, id)).includes('payment_returned'))
    const { rows } = await sluice.ctx.store.db.query<{ data: Json }>({
      name: 'test_return_event',
      text: `select data from events where subject_id = $1 and type = 'payment_returned'`,
      values: [uuidOf('payment', id)],
    })
    assert.deepEqual(
      [rows[0]?.data.response_code, rows[0]?.data.response_summary],
      ['MD06', 'Refund requested by the payer'],
    )
    assert.deepEqual(await eventTypes(sluice, id), [
      'payment_pending',
      'payment_capture_pending',
      'payment_captured',
      'payment_returned',
    ])
  })

  await t.test('is stopped by a void while it is pending, and not afterwards', async () => {
    const { answer } = await begin(merchant, 'sepa')
    const { status, body } = await merchant.post(`/payments/${answer.body.id}/voids`)
    assert.equal(status, 202)
    assert.match(body.action_id, /^act_/)
    assert.equal(await statusOf(answer.body.id), 'Canceled')
    assert.equal((await merchant.post(`/payments/${answer.body.id}/voids`)).status, 403)
    await advance('P4D')
    assert.equal(await statusOf(answer.body.id), 'Canceled')
  })

  await t.test('some accounts have it sent back days later, at that time, whatever was not refunded', async () => {
    const { body: clock } = await merchant.get('/sandbox/clock')
    const poor = await begin(merchant, 'sepa', {}, withDetails({ iban: ibanOf('DE', '370400440532010404') }))
    const rueful = await begin(merchant, 'sepa', {}, withDetails({ iban: ibanOf('DE', '370400440532010606') }))
    await advance('P4D')
    assert.equal(await statusOf(poor.answer.body.id), 'Captured')
    assert.equal((await merchant.post(`/payments/${rueful.answer.body.id}/refunds`, { amount: 300 })).status, 202)
    await advance('P30D')
    const returns = (await merchant.ledger(merchant.entity)).filter(
      ({ kind, of }) => kind === 'return' && [poor.answer.body.id, rueful.answer.body.id].includes(of),
    )
    const dayOf = (at: string) => Math.round((Date.parse(at) - Date.parse(clock.now)) / 86_400_000)
    assert.deepEqual(
      returns.map(({ of, amount, at }) => [of, amount, dayOf(at)]),
      [
        [poor.answer.body.id, 1000, 5],
        [rueful.answer.body.id, 700, 13],
      ],
    )
    for (const [{ answer }, code, day] of [
      [poor, 'AM04', 5],
      [rueful, 'MD06', 13],
    ] as const) {
      const { id } = answer.body
      assert.equal((await eventTypes(sluice, id)).at(-1), 'payment_returned')
      const { body: actions } = await merchant.get(`/payments/${id}/actions`)
      const action = actions.find(({ type }: Json) => type === 'Return')
      assert.deepEqual([action.response_code, dayOf(action.processed_on)], [code, day], JSON.stringify(action))
    }
    await advance('P30D')
    assert.equal(
      (await eventTypes(sluice, poor.answer.body.id)).filter((type) => type === 'payment_returned').length,
      1,
    )
  })

  await t.test('an account may have too little in it, or be refused at once', async () => {
    const poor = await begin(merchant, 'sepa', {}, withDetails({ iban: ibanOf('DE', '370400440532010051') }))
    const wrong = await begin(merchant, 'sepa', {}, withDetails({ iban: ibanOf('DE', '370400440532010014') }))
    assert.deepEqual([wrong.answer.status, wrong.answer.body.response_code], [201, '20014'], wrong.answer.text)
    await advance('P3D')
    assert.equal((await merchant.payment(poor.answer.body.id)).response_code, '20051')
  })

  await t.test('what is missing or wrong is refused by name, all at once', async () => {
    const refusals: [Json, string[]][] = [
      [
        { details: {} },
        [
          'iban_required',
          'account_holder_required',
          'billing_address_address_line1_required',
          'billing_address_city_required',
          'billing_address_zip_required',
          'mandate_consent_required',
        ],
      ],
      [withDetails({ iban: 'DE89370400440532013001' }), ['iban_invalid']],
      [withDetails({ iban: 'GB82WEST12345698765432' }), ['iban_invalid']],
      [withDetails({ mandate_consent: 'false' }), ['mandate_consent_required']],
    ]
    for (const [details, codes] of refusals) {
      const { answer } = await begin(merchant, 'sepa', { customer: undefined }, details)
      assert.deepEqual([answer.status, answer.body.error_codes], [422, codes])
    }
    const company = { details: { ...typed.details, company_name: 'Example SA', iban: 'DE89 3704 0044 0532 0130 00' } }
    const { answer } = await begin(merchant, 'sepa', {}, company)
    assert.equal((await merchant.payment(answer.body.id)).source.account_holder.company_name, 'Example SA')
  })
})

test('a page of another company', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())
  const merchant = await ownMerchant(sluice)
  const { advance, statusOf } = merchant

  await t.test('iDEAL captures with the approval', async () => {
    const { answer } = await begin(merchant, 'ideal')
    await pressAndReturn(answer.body.action.url, 'approve')
    await advance('PT1S')
    assert.equal(await statusOf(answer.body.id), 'Captured')
    assert.deepEqual(await eventTypes(sluice, answer.body.id), [
      'payment_pending',
      'payment_capture_pending',
      'payment_captured',
    ])
  })

  await t.test('its other answers decline, cancel and leave it pending; nobody answers and it expires', async () => {
    const outcomes = { fail: 'Declined', cancel: 'Canceled', later: 'Pending' }
    for (const [choice, status] of Object.entries(outcomes)) {
      const { answer } = await begin(merchant, 'ideal')
      await pressAndReturn(answer.body.action.url, choice)
      assert.equal(await statusOf(answer.body.id), status, choice)
      // Opened, reloaded, pressed again: what has ended stays as it is.
      assert.equal((await fetch(answer.body.action.url)).status, 200)
      if (status !== 'Pending') await pressAndReturn(answer.body.action.url, 'approve')
      assert.equal(await statusOf(answer.body.id), status, choice)
      if (status !== 'Pending') continue
      await advance('PT2H')
      assert.equal(await statusOf(answer.body.id), 'Expired')
      await pressAndReturn(answer.body.action.url, 'approve')
      assert.equal(await statusOf(answer.body.id), 'Expired')
    }
    const { answer } = await begin(merchant, 'ideal')
    await advance('PT61M')
    assert.equal(await statusOf(answer.body.id), 'Expired')
    await pressAndReturn(answer.body.action.url, 'approve')
    assert.equal(await statusOf(answer.body.id), 'Expired')
  })

  await t.test('Klarna is authorized first, and captured in parts when the goods are shipped', async () => {
    const { answer } = await begin(merchant, 'klarna', { capture: false })
    assert.equal(answer.status, 202, answer.text)
    const { id } = answer.body
    await pressAndReturn(answer.body.action.url, 'approve')
    assert.equal(await statusOf(id), 'Authorized')
    for (const amount of [400, 600])
      assert.equal((await merchant.post(`/payments/${id}/captures`, { amount })).status, 202)
    await advance('PT1S')
    assert.equal(await statusOf(id), 'Captured')
    assert.equal((await merchant.post(`/payments/${id}/refunds`, { amount: 100 })).status, 202)
    await advance('PT1S')
    assert.equal(await statusOf(id), 'Partially Refunded')
    const { source } = await merchant.payment(id)
    assert.deepEqual(source.account_holder, { type: 'individual', full_name: 'Jo Shopper', email: 'jo@example.com' })
  })

  await t.test(
    'Klarna asks for items, the currency of the country, a name, an e-mail address and an address',
    async () => {
      const nobody = await begin(merchant, 'klarna', { customer: undefined }, {})
      assert.deepEqual(nobody.answer.body.error_codes, [
        'account_holder_required',
        'email_required',
        'billing_address_address_line1_required',
        'billing_address_city_required',
        'billing_address_zip_required',
      ])
      const without = await begin(merchant, 'klarna', { items: undefined })
      assert.deepEqual(without.answer.body.error_codes, ['items_required'])
      const abroad = await begin(merchant, 'klarna', { currency: 'SEK' })
      assert.deepEqual(abroad.answer.body.error_codes, ['currency_not_supported'])
    },
  )
})

test('Back at the bank, then paid by card, then the bank approves late: one charge', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  await t.test('the bank that was told to stop has stopped', async () => {
    const merchant = await ownMerchant(sluice)
    const { session, answer: bank } = await begin(merchant, 'ideal')
    const card = await merchant.submit(session, CARDS.approved)
    assert.equal(card.body.status, 'Approved', card.text)
    await pressAndReturn(bank.body.action.url, 'approve')
    assert.equal(await merchant.statusOf(bank.body.id), 'Canceled')
    const charged = (await merchant.ledger(merchant.entity)).filter(({ kind }) => kind === 'authorization')
    assert.deepEqual(
      charged.map(({ of }) => of),
      [card.body.id],
    )
  })

  await t.test('the money of one that does not stop is given back', async () => {
    const merchant = await ownMerchant(sluice, { on_abandoned: 'allow' })
    const { session, answer: bank } = await begin(merchant, 'ideal', {
      metadata: { sluice_simulator: 'refuse_cancel' },
    })
    const card = await merchant.submit(session, CARDS.approved)
    assert.equal(card.body.status, 'Approved', card.text)
    await pressAndReturn(bank.body.action.url, 'approve')
    await merchant.advance('PT5M')
    const movements = await merchant.ledger(merchant.entity)
    assert.deepEqual(
      movements.filter(({ of }) => of === bank.body.id).map(({ kind }) => kind),
      ['authorization', 'capture', 'reversal'],
    )
    assert.equal(await merchant.statusOf(bank.body.id), 'Canceled')
    assert.equal(await merchant.statusOf(card.body.id), 'Captured')
  })

  await t.test('a reference that was left for the card cannot be paid any more', async () => {
    const merchant = await ownMerchant(sluice)
    const { session, answer: voucher } = await begin(merchant, 'multibanco')
    const page = await pageOf(merchant, voucher.body.id)
    assert.equal((await merchant.submit(session, CARDS.approved)).body.status, 'Approved')
    await press(page, 'approve')
    assert.equal(await merchant.statusOf(voucher.body.id), 'Canceled')
    assert.equal(
      (await merchant.ledger(merchant.entity)).some(({ of }) => of === voucher.body.id),
      false,
    )
  })
})

test('every method of a played kind is paid with what its row says', async (t) => {
  const sluice = await startSluice(t)
  for (const row of PLAYED_METHODS) {
    await t.test(`${row.label} (${row.kind})`, async () => {
      const merchant = await ownMerchant(sluice)
      const { session, answer } = await begin(merchant, row.name)
      assert.equal(answer.status, 202, answer.text)
      const { id, action } = answer.body
      if (row.kind === 'redirect') await pressAndReturn(action.url, 'approve')
      else if (row.kind === 'otp')
        assert.equal((await confirmCode(merchant, session, id, '123456')).body.status, 'Approved')
      else if (row.kind === 'app') await merchant.advance('PT3S')
      else if (row.kind === 'debit') await merchant.advance('P3D')
      else await press(await pageOf(merchant, id), 'approve')
      await eventually(async () => (await merchant.statusOf(id)) === 'Captured')
      assert.equal((await merchant.payment(id)).source.type, row.name)
      const refund = await merchant.post(`/payments/${id}/refunds`)
      assert.equal(refund.status, row.refund ? 202 : 403, refund.text)
    })
  }
  await sluice.assertSound()
})

test('the official SDK polls a payment until it is captured', async (t) => {
  const sluice = await startSluice(t)
  const sdk = new Checkout(SECRET_KEY, { host: sluice.urls.api })
  const { answer } = await begin(sluice, 'mbway')
  assert.equal(answer.body.status, 'Pending', answer.text)

  const seen: string[] = []
  const captured = await eventually(async () => {
    const payment = (await sdk.payments.get(answer.body.id)) as Json
    if (seen.at(-1) !== payment.status) seen.push(payment.status)
    return payment.status === 'Captured' && payment
  })

  assert.equal(seen[0], 'Pending')
  assert.equal(captured.source.type, 'mbway')
  assert.equal(captured.balances.total_captured, 1000)
  await sluice.assertSound()
})
