/** `3ds` and `payment_type`: whether the shopper is authenticated, and how. The simulator’s cards say what a card can do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS } from '../support/cards.ts'
import { completing, startSluice } from './support.ts'

const NOT_ENROLLED = { ...CARDS.approved, number: '4484070000035519' }
const WANTS_AUTHENTICATION = { ...CARDS.approved, number: '4500622868341387' }
const { cvv: _, ...WITHOUT_CVV } = CARDS.approved

test('3D Secure', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  /** One attempt on a session of its own. */
  async function pay(
    members: Record<string, unknown>,
    card: (typeof CARDS)['approved' | 'frictionless'] | typeof NOT_ENROLLED = CARDS.approved,
  ) {
    const answer = await sluice.submit(await sluice.requestSession(members), card)
    return { answer, payment: answer.body.id ? await sluice.payment(answer.body.id) : undefined }
  }

  await t.test('3ds.enabled sends the shopper to the bank, and without it nobody asks', async () => {
    const { answer } = await pay({ '3ds': { enabled: true } })
    assert.deepEqual([answer.status, answer.body.status], [202, 'Action Required'])

    for (const threeDs of [{ '3ds': { enabled: false } }, {}]) {
      const { payment } = await pay(threeDs)
      assert.equal(payment.approved, true)
      assert.equal(payment['3ds'], undefined)
    }
  })

  await t.test('what submit and complete say of 3D Secure counts', async () => {
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    const submitted = await sluice.submit(session, CARDS.approved, { '3ds': { enabled: false } })
    assert.equal(submitted.status, 201, submitted.text)

    const completed = await completing(sluice, { '3ds': { enabled: true } })
    assert.equal(completed.status, 202, completed.text)
  })

  await t.test('3ds.attempt_n3d goes on without 3D Secure when the card is not enrolled', async () => {
    const { payment: refused } = await pay({ '3ds': { enabled: true } }, NOT_ENROLLED)
    assert.deepEqual([refused.status, refused.response_code], ['Declined', '20150'])

    const { payment } = await pay({ '3ds': { enabled: true, attempt_n3d: true } }, NOT_ENROLLED)
    assert.equal(payment.approved, true)
    assert.equal(payment['3ds'].downgraded, true)
  })

  await t.test('3ds.challenge_indicator decides whether the shopper is challenged', async () => {
    const frictionless = await pay({ '3ds': { enabled: true } }, CARDS.frictionless)
    assert.equal(frictionless.payment['3ds'].challenged, false)
    const mandated = { enabled: true, challenge_indicator: 'challenge_requested_mandate' }
    assert.equal((await pay({ '3ds': mandated }, CARDS.frictionless)).answer.status, 202)

    const unchallenged = { enabled: true, challenge_indicator: 'no_challenge_requested' }
    const { payment } = await pay({ '3ds': unchallenged })
    assert.deepEqual([payment.approved, payment['3ds'].challenged], [true, false])
  })

  await t.test('3ds.exemption is asked for, granted, and shown', async () => {
    const { payment } = await pay({ '3ds': { enabled: true, exemption: 'low_value' } })

    assert.equal(payment.approved, true)
    assert.equal(payment['3ds'].exemption, 'low_value')
    assert.equal(payment['3ds'].challenged, false)
  })

  await t.test('3ds.allow_upgrade authenticates after a decline that asks for it, unless it is false', async () => {
    for (const threeDs of [{ enabled: false, allow_upgrade: true }, { enabled: false }]) {
      const { answer, payment } = await pay({ '3ds': threeDs }, WANTS_AUTHENTICATION)
      assert.equal(answer.status, 202, answer.text)
      assert.equal(payment.status, 'Pending')
    }
    for (const members of [{ '3ds': { enabled: false, allow_upgrade: false } }, {}]) {
      const { payment } = await pay(members, WANTS_AUTHENTICATION)
      assert.deepEqual([payment.status, payment.response_code], ['Declined', '20154'])
    }
  })

  await t.test('a MOTO payment needs no security code and is never authenticated', async () => {
    const session = await sluice.requestSession()
    const refused = await sluice.submit(session, WITHOUT_CVV)
    assert.deepEqual([refused.status, refused.body.error_codes], [422, ['cvv_required']])

    const byTelephone = { payment_type: 'moto', '3ds': { enabled: true } }
    const answer = await sluice.submit(await sluice.requestSession(byTelephone), WITHOUT_CVV)
    assert.deepEqual([answer.status, answer.body.status], [201, 'Approved'])
    const payment = await sluice.payment(answer.body.id)
    assert.equal(payment.payment_type, 'MOTO')
    assert.equal(payment.source.cvv_check, 'X')
    assert.equal(payment['3ds'], undefined)
  })

  await t.test(
    'the first payment of a series is challenged where 3D Secure is on, and keeps the scheme’s id',
    async () => {
      for (const payment_type of ['Recurring', 'Unscheduled', 'Installment']) {
        const challenged = await pay({ payment_type, '3ds': { enabled: true } }, CARDS.frictionless)
        assert.equal(challenged.answer.status, 202, challenged.answer.text)

        const { payment } = await pay({ payment_type: payment_type.toUpperCase() })
        assert.equal(payment.payment_type, payment_type)
        assert.match(payment.scheme_id, /^\d{15}$/)
      }
    },
  )
})
