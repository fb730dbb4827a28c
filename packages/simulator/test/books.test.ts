import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AT, type Body, startBank, startOwnBank } from './support.ts'

const LATER = '2026-11-22T12:20:00.000Z'

function moves(ledger: Body[]) {
  return ledger.map(({ kind, amount, of }) => ({ kind, amount, of }))
}

test('an authorization is on the books before it is answered, and still there after the bank was restarted', async (t) => {
  const bank = await startOwnBank(t)
  const { status, body } = await bank.pay('k1', { reference: 'ORDER-1' })
  assert.equal(status, 200)
  assert.equal(body.outcome, 'approved')
  assert.equal(body.code, '10000')
  assert.equal(body.amount, 1000)
  await bank.close()

  const again = await startOwnBank(t, bank.databaseUrl)
  assert.deepEqual((await again.retrieve('k1')).body, body)
  const [movement] = await again.ledger()
  assert.deepEqual(
    { ...movement },
    {
      seq: '1',
      merchant: bank.merchant,
      key: 'k1',
      of: 'k1',
      kind: 'authorization',
      amount: 1000,
      currency: 'GBP',
      at: AT,
      reference: body.reference,
    },
  )
})

test('a bank of class A answers the repeat of a key as it did the first time', async (t) => {
  const bank = await startBank(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => bank.pay('k1')))
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  assert.equal((await bank.ledger()).length, 1)
})

test('banks of class B, C and D book the repeat of a key again', async (t) => {
  const bank = await startBank(t)
  for (const [at, processorClass] of ['B', 'C', 'D'].entries()) {
    await bank.pay(`k${processorClass}`, { class: processorClass })
    await bank.pay(`k${processorClass}`, { class: processorClass })
    assert.equal((await bank.ledger()).length, 2 * (at + 1))
  }
})

test('what a class does not offer is refused by name', async (t) => {
  const bank = await startBank(t)
  for (const processorClass of ['C', 'D']) {
    const { status, body } = await bank.retrieve('k1', processorClass)
    assert.equal(status, 405)
    assert.equal(body.error, 'not_offered')
  }
  assert.equal((await bank.follow('k1', 'reversals', { class: 'D' })).status, 405)
  assert.equal((await bank.retrieve('k1', 'B')).status, 404)
})

test('a reversal undoes all that is held under a key, and a key reversed too early is refused for ever', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { class: 'C' })
  await bank.pay('k1', { class: 'C' })
  const { body: reversed } = await bank.follow('k1', 'reversals', { class: 'C', amount: 1000, currency: 'GBP' })
  assert.equal(reversed.outcome, 'succeeded')
  assert.equal(reversed.amount, 2000)

  const { body: early } = await bank.follow('k2', 'reversals', { class: 'C', amount: 1000, currency: 'GBP' })
  assert.equal(early.outcome, 'succeeded')
  assert.equal(early.amount, 0)
  const { body: late } = await bank.pay('k2', { class: 'C' })
  assert.equal(late.outcome, 'declined')
  assert.equal(late.code, '20111')
  assert.deepEqual(
    moves(await bank.ledger()).map(({ kind, amount }) => [kind, amount]),
    [
      ['authorization', 1000],
      ['authorization', 1000],
      ['reversal', 1000],
      ['reversal', 1000],
    ],
  )
})

test('captures, voids and refunds never move more than is there', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1')
  const step = async (what: string, key: string, amount: number) => {
    const { body } = await bank.follow('k1', what, { key, amount, currency: 'GBP' })
    return [body.outcome, body.code, body.amount]
  }
  assert.deepEqual(await step('captures', 'c0', 1001), ['failed', '20109', 0])
  assert.deepEqual(await step('captures', 'c1', 600), ['succeeded', '10000', 600])
  assert.deepEqual(await step('captures', 'c1', 600), ['succeeded', '10000', 600])
  assert.deepEqual(await step('refunds', 'r0', 601), ['failed', '20013', 0])
  assert.deepEqual(await step('refunds', 'r1', 200), ['succeeded', '10000', 200])
  assert.deepEqual(await step('voids', 'v1', 400), ['succeeded', '10000', 400])
  assert.deepEqual(await step('captures', 'c2', 1), ['failed', '20111', 0])
  assert.deepEqual(await step('reversals', 'x1', 1000), ['failed', '20110', 0])
  assert.deepEqual(
    (await bank.ledger()).map(({ kind, key, amount }) => [kind, key, amount]),
    [
      ['authorization', 'k1', 1000],
      ['capture', 'c1', 600],
      ['refund', 'r1', 200],
      ['void', 'v1', 400],
    ],
  )
})

test('fifty captures of 100 at once take no more than the 1000 that are held', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1')
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => bank.follow('k1', 'captures', { key: `c${at}`, amount: 100 })),
  )
  assert.equal(answers.filter(({ body }) => body.outcome === 'succeeded').length, 10)
})

test('captures come too late after seven days, refunds after a hundred and eighty', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1')
  await bank.follow('k1', 'captures', { amount: 500 })
  const late = await bank.follow('k1', 'captures', { key: 'late', amount: 100 }, '2026-11-30T12:00:00Z')
  assert.equal(late.body.code, '20019')
  const refund = await bank.follow('k1', 'refunds', { amount: 100 }, '2027-06-01T12:00:00Z')
  assert.equal(refund.body.code, '20158')
})

test('an authorization of nothing verifies the card and leaves nothing to capture', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { amount: 0 })
  assert.equal((await bank.follow('k1', 'captures')).body.code, '20110')
  assert.deepEqual(moves(await bank.ledger()), [{ kind: 'card_verification', amount: 0, of: 'k1' }])
})

test('a capture asked for with the authorization is booked with it', async (t) => {
  const bank = await startBank(t)
  const { body } = await bank.pay('k1', { capture_now: true })
  assert.equal(body.captured_amount, 1000)
  assert.deepEqual(
    moves(await bank.ledger()).map(({ kind }) => kind),
    ['authorization', 'capture'],
  )
})

test('a pending payment is decided when its time has come, once', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { metadata: { sluice_simulator: 'pending:60' } })
  await bank.pay('k2', { metadata: { sluice_simulator: 'pending:60:declined' } })
  await bank.pay('k3', { metadata: { sluice_simulator: 'pending' } })
  assert.equal((await bank.retrieve('k1')).body.outcome, 'pending')
  const looks = await Promise.all([1, 2, 3].map(() => bank.retrieve('k1', 'A', LATER)))
  assert.deepEqual(
    looks.map(({ body }) => body.outcome),
    ['approved', 'approved', 'approved'],
  )
  assert.equal((await bank.retrieve('k2', 'A', LATER)).body.outcome, 'declined')
  assert.equal((await bank.retrieve('k3', 'A', LATER)).body.outcome, 'pending')
  assert.equal((await bank.ledger()).length, 1)
})

test('a payment that waits can be cancelled, one that is approved cannot', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { metadata: { sluice_simulator: 'pending' } })
  assert.equal((await bank.follow('k1', 'cancel')).body.outcome, 'cancelled')
  await bank.pay('k2')
  assert.equal((await bank.follow('k2', 'cancel')).body.outcome, 'approved')
  await bank.pay('k3', { metadata: { sluice_simulator: 'pending refuse_cancel' } })
  assert.equal((await bank.follow('k3', 'cancel')).body.outcome, 'pending')
})

test('the same key gives the same facts, another key others', async (t) => {
  const one = await startOwnBank(t)
  const other = await startOwnBank(t)
  const { body: first } = await one.pay('k1')
  assert.deepEqual((await other.pay('k1')).body, first)
  assert.notEqual((await one.pay('k2')).body.auth_code, first.auth_code)
  assert.match(first.auth_code, /^\d{6}$/)
  assert.match(first.scheme_transaction_id, /^\d{15}$/)
  assert.match(first.processing.retrieval_reference_number, /^\d{12}$/)
})
