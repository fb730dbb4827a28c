/**
 * Money that comes for an attempt that is over: a voucher that is paid days after its shopper took another way. It is found
 * whether the bank tells of it or not, and given back; the clock is the merchant's.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { begin } from './support/methods.ts'
import { client, eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

/** Sorted as the bank booked them: paid, and given back as a whole. */
const RETURNED = ['authorization', 'capture', 'reversal']

test('a voucher that is paid after its attempt was left', async (t) => {
  const sluice = await startSluice(t)
  t.afterEach(() => sluice.assertSound())

  await t.test('days later, of which the bank tells: it is given back', async () => {
    const merchant = await ownMerchant(sluice, { on_abandoned: 'allow' })
    const { voucher, card } = await leftForTheCard(merchant, 'refuse_cancel')
    await merchant.advance('P3D')
    await merchant.pays(voucher, 1)
    await merchant.hasReturned(voucher)
    assert.equal(await merchant.statusOf(card), 'Captured')
  })

  await t.test('days later, of which nobody tells: it is found by asking, within six hours', async () => {
    const merchant = await ownMerchant(sluice, { on_abandoned: 'allow' })
    const { voucher } = await leftForTheCard(merchant, 'refuse_cancel')
    await merchant.advance('P5D')
    await merchant.pays(voucher, 0)
    assert.deepEqual(await merchant.movementsOf(voucher), ['authorization', 'capture'])
    await merchant.advance('PT7H')
    await merchant.hasReturned(voucher)
  })

  await t.test(
    'after the bank had said that it was stopped: it is asked once more, when that money must have come',
    async () => {
      const merchant = await ownMerchant(sluice)
      const attached = await merchant.post('/sandbox/scenarios', {
        document: {
          name: 'late-and-silent',
          rules: [
            { on: ['cancel'], late_approval: true },
            { on: ['cancel'], notify: { copies: 0 } },
          ],
        },
      })
      assert.equal(attached.status, 201, attached.text)
      const { voucher, card } = await leftForTheCard(merchant)
      await merchant.advance('P7D')
      assert.deepEqual(await merchant.movementsOf(voucher), ['authorization', 'capture'])
      await merchant.advance('P4D')
      await merchant.hasReturned(voucher)
      assert.equal(await merchant.statusOf(card), 'Captured')
    },
  )

  await t.test('at a bank that tells and cannot be asked by our key: it is given back', async () => {
    const merchant = await ownMerchant(sluice, { class: 'C' })
    const attached = await merchant.post('/sandbox/scenarios', { name: 'late-approval-after-cancel' })
    assert.equal(attached.status, 201, attached.text)
    const { voucher } = await leftForTheCard(merchant)
    await merchant.hasReturned(voucher)
  })

  await t.test('the last look is repeated until it is answered, and a person is told', async () => {
    const merchant = await ownMerchant(sluice)
    const { voucher } = await leftForTheCard(merchant, 'retrieve.http_500')
    assert.equal((await merchant.row(voucher)).review, null)
    await merchant.advance('P11D')
    const looks = await merchant.askedFor(voucher)
    assert.ok(looks > 1, `${looks}`)
    assert.match((await merchant.row(voucher)).review, /does not say what became of it/)
    // Every six hours, up to a tenth later: in seven of them once, or twice.
    await merchant.advance('PT7H')
    const more = (await merchant.askedFor(voucher)) - looks
    assert.ok(more === 1 || more === 2, `${more}`)
  })

  await t.test('is watched until the bank says that its time is over', async () => {
    const merchant = await ownMerchant(sluice, { on_abandoned: 'allow' })
    const { voucher } = await leftForTheCard(merchant, 'refuse_cancel')
    await merchant.advance('P6D')
    assert.notEqual((await merchant.row(voucher)).ask_on, null)
    await merchant.advance('P2D')
    assert.equal((await merchant.row(voucher)).ask_on, null)
  })

  await t.test('or until three days after its own time, where the bank does not end it', async () => {
    const merchant = await ownMerchant(sluice, { on_abandoned: 'allow' })
    const { voucher } = await leftForTheCard(merchant, 'refuse_cancel')
    await sluice.ctx.store.db.query({
      name: 'test_shorter_time',
      text: `update payments set facts = jsonb_set(facts, '{nextStep,expires_on}', to_jsonb(iso8601(requested_on)))
              where id = $1`,
      values: [uuidOf('payment', voucher)],
    })
    await merchant.advance('P2DT20H')
    assert.notEqual((await merchant.row(voucher)).ask_on, null)
    await merchant.advance('PT12H')
    assert.equal((await merchant.row(voucher)).ask_on, null)
    assert.equal((await merchant.row(voucher)).review, null)
  })
})

/** A voucher, and on the same session a card. Their payments. */
async function leftForTheCard(merchant: Merchant, sluice_simulator?: string) {
  const metadata = sluice_simulator === undefined ? {} : { metadata: { sluice_simulator } }
  const { session, answer } = await begin(merchant, 'multibanco', metadata)
  assert.equal(answer.status, 202, answer.text)
  const paid = await merchant.submit(session, CARDS.approved)
  assert.equal(paid.body.status, 'Approved', paid.text)
  const voucher: string = answer.body.id
  assert.equal(await merchant.statusOf(voucher), 'Canceled')
  return { voucher, card: paid.body.id as string }
}

type Merchant = Awaited<ReturnType<typeof ownMerchant>>

/** A merchant of the test's own whose clock stands still. */
async function ownMerchant(sluice: Sluice, settings: Record<string, unknown> = {}) {
  const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings } })
  const merchant = client(sluice.urls, world.secret_key)
  await merchant.post('/sandbox/clock', { freeze: true })
  const { db } = sluice.ctx.store

  async function movementsOf(id: string): Promise<string[]> {
    const movements = await merchant.ledger(world.entity_id)
    return movements.filter(({ of }) => of === id).map(({ kind }) => kind)
  }

  return {
    ...merchant,
    movementsOf,
    async advance(by: string) {
      const { status, text } = await merchant.post('/sandbox/clock', { advance: by })
      assert.equal(status, 200, text)
    },
    statusOf: async (id: string): Promise<string> => (await merchant.payment(id)).status,
    /** @param copies how often the bank tells of it */
    async pays(id: string, copies: number) {
      const { status, text } = await merchant.post(`/sandbox/payments/${id}/decisions`, { choice: 'approve', copies })
      assert.ok(status < 300, text)
    },
    async hasReturned(id: string) {
      await eventually(async () => (await movementsOf(id)).length === RETURNED.length)
      assert.deepEqual(await movementsOf(id), RETURNED)
      assert.equal((await merchant.payment(id)).status, 'Canceled')
    },
    async row(id: string): Promise<Json> {
      const { rows } = await db.query<Json>({
        name: 'test_late_payment',
        text: 'select * from payments where id = $1',
        values: [uuidOf('payment', id)],
      })
      return rows[0]
    },
    async askedFor(id: string): Promise<number> {
      const { rows } = await db.query<{ asked: number }>({
        name: 'test_late_looks',
        text: `select count(*)::int as asked from processor_calls
                where payment_id = $1 and kind = 'retrieve' and answered_on is not null`,
        values: [uuidOf('payment', id)],
      })
      return rows[0]?.asked ?? 0
    },
  }
}
