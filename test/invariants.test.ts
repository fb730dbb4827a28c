/** `sluice verify` finds what is wrong, and the reference says what it looks for. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { verify } from '@sluice/server/operations/verify'
import { INVARIANTS } from '@sluice/server/store/invariants'
import { CARDS } from './support/cards.ts'
import { eventually, startSluice } from './support/sluice.ts'
import { external } from './support/three-ds.ts'

const PAGE = new URL('../docs/reference/invariants.md', import.meta.url)

test('the reference lists every rule, and no other', () => {
  const listed = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, name, says]) => ({
    name,
    says,
  }))
  const againstTheBank = ['bank_charged_once', 'bank_agrees', 'no_orphans']
  assert.deepEqual(
    listed.filter(({ name }) => !againstTheBank.includes(name as string)),
    INVARIANTS,
  )
  assert.deepEqual(
    listed.slice(INVARIANTS.length).map(({ name }) => name),
    againstTheBank,
  )
})

test('every kind of damage is found', async (t) => {
  const sluice = await startSluice(t)
  const damage = async (name: string, text: string, values: unknown[]) => {
    await sluice.ctx.store.db.query({ name, text, values })
  }
  const broken = async () => {
    const { breaches } = await verify(sluice.ctx)
    return [...new Set(breaches.map(({ rule }) => rule))].sort()
  }
  async function capturedPayment() {
    const session = await sluice.requestSession()
    const { body } = await sluice.submit(session, CARDS.approved)
    await eventually(async () => (await sluice.payment(body.id)).status === 'Captured')
    return { payment: uuidOf('payment', body.id), session: uuidOf('session', session.id) }
  }

  const { payment, session } = await capturedPayment()
  assert.deepEqual(await broken(), [])

  await damage('break_events', 'delete from events where subject_id = $1 and version = 1', [payment])
  assert.deepEqual(await broken(), ['one_event_per_change'])
  await damage('break_session', `update payment_sessions set state = 'open' where id = $1`, [session])
  assert.deepEqual(await broken(), ['one_event_per_change', 'session_follows_its_payment'])

  const other = await capturedPayment()
  await damage('break_amounts', 'update payments set captured = captured - 1 where id = $1', [other.payment])
  assert.deepEqual(await broken(), [
    'actions_equal_amounts',
    'bank_agrees',
    'ledger_equals_amounts',
    'one_event_per_change',
    'session_follows_its_payment',
  ])

  await damage(
    'break_holds',
    `insert into attempt_holds (entity_key, payment_id, slot, sealed) select entity_key, id, 1, 'x' from payments where id = $1`,
    [other.payment],
  )
  assert.ok((await broken()).includes('cards_wait_for_challenges_only'))

  const third = await capturedPayment()
  await damage('break_calls', 'delete from processor_calls where payment_id = $1', [third.payment])
  assert.ok((await broken()).includes('every_message_is_recorded'))
})

test('what a payment may not be without is missed', async (t) => {
  const sluice = await startSluice(t)
  const shop = await external(sluice)
  const { db } = sluice.ctx.store
  const ENABLED = { '3ds': { enabled: true }, capture: false }
  const payment = async () => {
    const { answer } = await shop.pay(ENABLED, CARDS.frictionless.number)
    assert.equal(answer.body.status, 'Approved', answer.text)
    return uuidOf('payment', answer.body.id)
  }
  /** Undone afterwards, so that each is looked at by itself. */
  const found = async (name: string, [text, back]: readonly [string, string]) => {
    const values = [await payment()]
    assert.deepEqual((await verify(sluice.ctx)).breaches, [])
    await db.query({ name, text, values })
    const { breaches } = await verify(sluice.ctx)
    await db.query({ name: `${name}_back`, text: back, values })
    assert.deepEqual((await verify(sluice.ctx)).breaches, [])
    return breaches.map(({ rule }) => rule)
  }
  const unsaid = (from: string, to: string) =>
    `update processor_calls set kind = '${to}' where payment_id = $1 and kind = '${from}'`
  const authorization = [unsaid('authorize', 'complete'), unsaid('complete', 'authorize')] as const
  assert.deepEqual(await found('break_authorization', authorization), ['every_message_is_recorded'])

  const authenticated = (change: string) => `update authentications set ${change} where payment_id = $1`
  const less = [authenticated('amount = amount - 1'), authenticated('amount = amount + 1')] as const
  assert.deepEqual(await found('break_authenticated_amount', less), ['authorized_as_authenticated'])
  const other = [authenticated(`currency = 'EUR'`), authenticated(`currency = 'GBP'`)] as const
  assert.deepEqual(await found('break_authenticated_currency', other), ['authorized_as_authenticated'])

  const told = (from: string, to: string) =>
    `update events set type = '${to}' where subject_id = $1 and type = '${from}'`
  const end = [told('payment_approved', 'payment_pending'), told('payment_pending', 'payment_approved')] as const
  assert.deepEqual(await found('break_end', end), ['every_end_is_announced'])
})

test('the ledger can be added to and never changed, by the very role that runs Sluice', async (t) => {
  const sluice = await startSluice(t)
  await sluice.submit(await sluice.requestSession(), CARDS.approved)
  for (const text of [
    'update ledger_entries set amount = 0',
    'delete from ledger_entries',
    'truncate ledger_entries',
  ]) {
    await assert.rejects(sluice.ctx.store.db.query({ name: text, text, values: [] }), { code: '42501' })
  }
})
