/** What is in no list of fields: ignored, and kept nowhere. And what is in none of them: card numbers in free text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from '../support/cards.ts'
import { SESSION_BODY } from '../support/sluice.ts'
import { completing, startSluice } from './support.ts'

test('members nobody knows are ignored and kept nowhere, at every depth', async (t) => {
  const sluice = await startSluice(t)
  const mark = 'nobody-knows-this'
  const unlisted = {
    [mark]: mark,
    billing: { address: { country: 'GB', [mark]: mark }, [mark]: [mark] },
    processing: { order_id: 'A1', [mark]: { deep: mark } },
    items: [{ name: 'Tea', [mark]: mark }],
  }

  const session = await sluice.requestSession(unlisted)
  const submitted = await sluice.submit(session, CARDS.approved, unlisted)
  const completed = await completing(sluice, unlisted)

  for (const answer of [submitted, completed]) {
    assert.equal(answer.status, 201, answer.text)
    const payment = await sluice.payment(answer.body.id)
    assert.deepEqual(payment.items, [{ name: 'Tea' }])
    const { rows } = await sluice.ctx.store.db.query({
      name: 'all_of_a_payment',
      text: `
        select p.request, c.exchange, (select json_agg(e.data) from events e where e.subject_id = p.id) as events
          from payments p join processor_calls c on c.payment_id = p.id
         where p.id = $1`,
      values: [uuidOf('payment', answer.body.id)],
    })
    assert.ok(rows.length > 0 && !JSON.stringify([rows, payment]).includes(mark))
  }
  const { rows } = await sluice.ctx.store.db.query({
    name: 'all_sessions',
    text: 'select s.* from payment_sessions s where entity_key > $1',
    values: [-1],
  })
  assert.ok(rows.length === 2 && !JSON.stringify(rows).includes(mark))
})

test('a card number in free text is refused by the member it stands in, unless the setting says otherwise', async (t) => {
  const typedIn = { description: 'card 4242 4242 4242 4242', metadata: { note: '4242424242424242' } }

  const careful = await startSluice(t)
  const refused = await careful.post('/payment-sessions', { ...SESSION_BODY, ...typedIn })
  assert.deepEqual([refused.status, refused.body.error_codes], [422, ['description_invalid', 'metadata_invalid']])
  const session = await careful.requestSession()
  const onSubmit = await careful.submit(session, CARDS.approved, { reference: '4242-4242-4242-4242' })
  assert.deepEqual([onSubmit.status, onSubmit.body.error_codes], [422, ['reference_invalid']])
  // What machines write is no prose: a product code may be a long run of digits.
  await careful.requestSession({ items: [{ name: 'Tea', reference: '4242424242424242' }] })

  const trusting = await startSluice(t, { config: { refuseCardNumbersInText: false } })
  await trusting.requestSession(typedIn)
})
