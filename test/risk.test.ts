/** Risk lists and velocity rules of the simulated bank, as a merchant meets them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { client, type Json, type Sluice, startSluice } from './support/sluice.ts'
import { answerChallenge, carryOn, openChallenge } from './support/three-ds.ts'

const COUNTED = { ...CARDS.approved, number: '4000000000000077' }

/** A merchant of the test's own whose clock stands still. */
async function ownMerchant(sluice: Sluice) {
  const { body: world } = await sluice.post('/sandbox/worlds', {})
  const merchant = client(sluice.urls, world.secret_key)
  await merchant.post('/sandbox/clock', { freeze: true })
  return {
    ...merchant,
    entity: world.entity_id as string,
    /** One payment on a session of its own. */
    async pay(
      members: Record<string, Json> = {},
      card: Parameters<typeof merchant.submit>[1] = CARDS.approved,
    ): Promise<Json> {
      const answer = await merchant.submit(await merchant.requestSession({ capture: false, ...members }), card)
      assert.ok([201, 202].includes(answer.status), answer.text)
      return answer.status === 201 ? await merchant.payment(answer.body.id) : { answer }
    },
    async advance(by: string) {
      const { status, text } = await merchant.post('/sandbox/clock', { advance: by })
      assert.equal(status, 200, text)
    },
  }
}

function dataOfEvents(sluice: Sluice, paymentId: string): Promise<{ type: string; risk: Json }[]> {
  return sluice.ctx.store.db
    .query<{ type: string; risk: Json }>({
      name: 'test_risk_of_events',
      text: `select type, data -> 'risk' as risk from events where subject_id = $1 order by version`,
      values: [uuidOf('payment', paymentId)],
    })
    .then(({ rows }) => rows)
}

const codeOf = ({ response_code }: Json): string => response_code

test('risk in sandbox', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  await t.test('a list declines with its code, and the payment and its event say how risky it was', async () => {
    const merchant = await ownMerchant(sluice)
    const payment = await merchant.pay({ customer: { email: 'blocked@shop.example' } })
    assert.deepEqual([payment.status, codeOf(payment)], ['Declined', '40203'])
    assert.deepEqual(payment.risk, { flagged: true, score: 100 })
    const declined = (await dataOfEvents(sluice, payment.id)).find(({ type }) => type === 'payment_declined')
    assert.deepEqual(declined?.risk, { flagged: true, score: 100 })
    assert.deepEqual(await merchant.ledger(merchant.entity), [])
  })

  await t.test('what is only flagged is approved, and says so', async () => {
    const merchant = await ownMerchant(sluice)
    const payment = await merchant.pay({ customer: { email: 'risky@shop.example' } })
    assert.deepEqual([payment.status, payment.risk], ['Authorized', { flagged: true, score: 70 }])
    const approved = (await dataOfEvents(sluice, payment.id)).find(({ type }) => type === 'payment_approved')
    assert.deepEqual(approved?.risk, { flagged: true, score: 70 })
  })

  await t.test('nothing is looked up or counted where the session says enabled: false', async () => {
    const merchant = await ownMerchant(sluice)
    const off = { risk: { enabled: false } }
    for (let nth = 0; nth < 5; nth += 1) {
      const payment = await merchant.pay({ ...off, customer: { email: 'blocked@velocity.example' } }, COUNTED)
      assert.deepEqual([codeOf(payment), payment.risk], ['10000', { flagged: false, score: 0 }])
    }
    assert.equal(codeOf(await merchant.pay({}, COUNTED)), '10000')
  })

  await t.test(
    'a velocity rule catches the fourth payment, until an hour of the merchant’s time has passed',
    async () => {
      const merchant = await ownMerchant(sluice)
      for (let nth = 0; nth < 3; nth += 1) assert.equal(codeOf(await merchant.pay({}, COUNTED)), '10000')
      await merchant.advance('PT59M59S')
      const caught = await merchant.pay({}, COUNTED)
      assert.deepEqual(
        [caught.status, codeOf(caught), caught.risk],
        ['Declined', '41301', { flagged: true, score: 100 }],
      )
      await merchant.advance('PT1S')
      assert.equal(codeOf(await merchant.pay({}, COUNTED)), '10000')
    },
  )

  await t.test('payments at once are counted one by one', async () => {
    const merchant = await ownMerchant(sluice)
    const payments = await Promise.all(Array.from({ length: 12 }, () => merchant.pay({}, COUNTED)))
    assert.equal(payments.filter((payment) => codeOf(payment) === '10000').length, 3)
    assert.equal(payments.filter((payment) => codeOf(payment) === '41301').length, 9)
    assert.equal((await merchant.ledger(merchant.entity)).length, 3)
  })

  await t.test('a session may bring a rule of its own, and another world counts for itself', async () => {
    const rule = {
      metadata: { sluice_simulator: 'risk:velocity=1/PT10M/email' },
      customer: { email: 'ada@shop.example' },
    }
    const [one, other] = [await ownMerchant(sluice), await ownMerchant(sluice)]
    assert.equal(codeOf(await one.pay(rule)), '10000')
    assert.equal(codeOf(await one.pay(rule)), '41301')
    assert.equal(codeOf(await other.pay(rule)), '10000')
    await one.advance('PT10M')
    assert.equal(codeOf(await one.pay(rule)), '10000')
  })

  await t.test(
    '44301 authenticates the shopper in the same attempt, where the session speaks of 3-D Secure',
    async () => {
      const merchant = await ownMerchant(sluice)
      const customer = { email: '44301@risk.example' }
      assert.equal(codeOf(await merchant.pay({ customer })), '44301')
      const { answer } = await merchant.pay({ customer, '3ds': { enabled: false } })
      assert.equal(answer.body.action.type, 'redirect')
      const challenge = await openChallenge(answer)
      await answerChallenge(challenge)
      await carryOn(challenge)
      const payment = await merchant.payment(answer.body.id)
      assert.deepEqual(
        [payment.status, codeOf(payment), payment.risk],
        ['Authorized', '10000', { flagged: true, score: 60 }],
      )
      assert.equal(payment['3ds'].authentication_response, 'Y')
    },
  )
})

test('two hundred ordinary payments of one world meet no rule', async (t) => {
  const sluice = await startSluice(t)
  const merchant = await ownMerchant(sluice)
  const waiting = Array.from({ length: 200 }, (_, nth) => nth).values()
  const lane = async () => {
    for (const _ of waiting) {
      const payment = await merchant.pay({ customer: { email: 'ada@shop.example' }, ip_address: '198.51.100.7' })
      assert.deepEqual([codeOf(payment), payment.risk], ['10000', { flagged: false, score: 0 }])
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  assert.equal((await merchant.ledger(merchant.entity)).length, 200)
})
