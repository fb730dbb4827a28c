/** Every event of a payment that is sent, as the plugin of a shop system reads it: signed, with the members it looks for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_SOURCES } from '@sluice/core/events'
import { makeSessionData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import { CARDS } from './support/cards.ts'
import { openReceiver, readAsPlugin } from './support/receiver.ts'
import { eventually, type Json, startSluice } from './support/sluice.ts'

const KEY = 'Bearer sk_of the shop'
const ORDER = 'WC-77'

const DECIDED = [
  'action_id',
  'payment_type',
  'processing',
  'risk',
  'source',
  'balances',
  'event_links',
  'pan_type_processed',
  'cko_network_token_available',
]
const DONE = ['action_id', 'balances', 'processing', 'event_links']
const OVER = ['action_id', 'response_code', 'response_summary']

/** What `data` has beside `id`, `reference`, `amount`, `currency`, `processed_on` and `metadata`. */
const MEMBERS: Record<string, string[]> = {
  payment_pending: ['source'],
  payment_approved: [...DECIDED, 'auth_code', 'scheme_id'],
  payment_declined: DECIDED,
  payment_authentication_failed: [...OVER, 'source'],
  payment_canceled: OVER,
  payment_expired: OVER,
  payment_captured: DONE,
  payment_capture_pending: ['action_id'],
  payment_capture_declined: DONE,
  payment_refunded: DONE,
  payment_refund_pending: ['action_id'],
  payment_refund_declined: DONE,
  payment_voided: DONE,
  payment_void_declined: DONE,
  payment_returned: DONE,
  payment_authorization_incremented: DONE,
  payment_authorization_increment_declined: DONE,
  card_verified: DECIDED,
  card_verification_declined: DECIDED,
}

/** The amount is the action's own. */
const AMOUNTS: Record<string, number> = {
  payment_captured: 700,
  payment_refunded: 300,
  payment_voided: 200,
  payment_returned: 100,
  payment_authorization_incremented: 50,
  payment_authorization_increment_declined: 60,
  card_verified: 0,
  card_verification_declined: 0,
}
const FULL = 1000

test('a shop’s plugin reads every event that a payment can have', { timeout: 120_000 }, async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t)
  const sent = EVENT_SOURCES.find(({ id }) => id === 'gateway')?.events.filter((event) => event.sent) ?? []
  const types = sent.map(({ id }) => id)
  assert.deepEqual(types.toSorted(), Object.keys(MEMBERS).toSorted(), 'what the catalogue says is sent')
  const workflow = await sluice.post('/workflows', {
    conditions: [{ type: 'event', events: { gateway: types } }],
    actions: [{ type: 'webhook', url: receiver.url, signature: { key: KEY } }],
  })
  assert.equal(workflow.status, 201, workflow.text)

  const sessions = new Map<string, string>()
  async function pay(members: Json = {}, card: TypedCard | undefined = CARDS.approved): Promise<Json> {
    const metadata = { order_id: ORDER, ...members.metadata }
    const session = await sluice.requestSession({ capture: false, reference: 'ORD1', ...members, metadata })
    const { id, payment_session_secret: secret } = session
    const how = members.method === undefined ? { card } : { method: members.method }
    const session_data = await makeSessionData({ framesUrl: sluice.urls.frames, sessionId: id, secret, ...how })
    const answer = await sluice.post(`/payment-sessions/${id}/submit`, { session_data })
    assert.ok(answer.status < 300, answer.text)
    sessions.set(answer.body.id, id)
    return answer.body
  }
  async function held(word?: string, card?: TypedCard): Promise<string> {
    return (await pay(word ? { metadata: { sluice_simulator: word } } : {}, card)).id
  }
  async function operate(id: string, operation: string, body?: Json) {
    const answer = await sluice.post(`/payments/${id}/${operation}`, body)
    assert.ok(answer.status < 300, answer.text)
  }
  const heard = (id: string, type: string) =>
    eventually(async () => receiver.of(id).find(({ event }) => event.type === type)?.event, 20_000)

  const whole = await held()
  await operate(whole, 'authorizations', { amount: 50 })
  await operate(whole, 'captures', { amount: 700 })
  await heard(whole, 'payment_captured')
  await operate(whole, 'voids', { amount: 200 })
  await operate(whole, 'refunds', { amount: 300 })
  await heard(whole, 'payment_voided')
  await heard(whole, 'payment_refunded')
  assert.equal((await sluice.post(`/sandbox/payments/${whole}/returns`, { amount: 100 })).status, 200)
  await heard(whole, 'payment_returned')

  await operate(await held('increment.code:20051'), 'authorizations', { amount: 60 })
  await operate(await held('capture.code:20012'), 'captures')
  await operate(await held('void.code:20012'), 'voids')
  for (const word of ['refund.code:20012', 'refund.pending:3600']) {
    const id = (await pay({ capture: true, amount: 700, metadata: { sluice_simulator: word } })).id
    await heard(id, 'payment_captured')
    await operate(id, 'refunds', { amount: 300 })
  }
  await pay({}, CARDS.declined)
  await pay({ amount: 0 })
  await pay({ amount: 0 }, { ...CARDS.approved, number: '4644968546281686' })
  await pay({ '3ds': { enabled: true } }, { ...CARDS.approved, number: '4539628347117863' })
  await operate((await pay({ '3ds': { enabled: true } })).id, 'cancellations')

  const dutch = { method: 'ideal', currency: 'EUR', capture: true, billing: { address: { country: 'NL' } } }
  const ideal = await pay({ ...dutch, amount: 700 })
  const form = { method: 'POST', redirect: 'manual', body: new URLSearchParams({ choice: 'approve' }) } as const
  const back = (await fetch(ideal.action.url, form)).headers.get('location') as string
  await fetch(back, { redirect: 'manual' })
  await heard(ideal.id, 'payment_captured')
  const left = await pay(dutch)
  await heard(left.id, 'payment_pending')
  assert.equal((await sluice.post('/sandbox/clock', { advance: 'PT2H' })).status, 200)
  await heard(left.id, 'payment_expired')

  const missing = () => types.filter((type) => !receiver.types().includes(type))
  await eventually(async () => missing().length === 0, 20_000).catch(() => assert.deepEqual(missing(), []))
  for (const received of receiver.received) {
    const { type, data } = received.event
    const read = readAsPlugin(received, KEY)
    assert.equal(read.status, 200, `${type} is signed`)
    assert.deepEqual([read.order, read.session], [ORDER, sessions.get(data.id)], type)
    assert.equal(read.reference, 'ORD1', type)
    assert.match(read.currency, /^(GBP|EUR)$/)
    assert.match(data.processed_on, /^\d{4}-\d\d-\d\dT/, type)
    for (const member of MEMBERS[type] ?? []) assert.ok(data[member] !== undefined, `${type} has no ${member}`)
    if (MEMBERS[type]?.includes('action_id')) assert.match(read.action, /^act_[a-z2-7]{26}$/, type)
    if (MEMBERS[type]?.includes('balances')) assert.equal(Object.keys(data.balances).length, 7, type)
    if (!type.endsWith('pending')) assert.ok(read.summary, `${type} says no response_summary`)
  }
  const amounts = new Map(receiver.of(whole).map(({ event }) => [event.type, event.data.amount]))
  for (const [type, amount] of amounts) assert.equal(amount, AMOUNTS[type] ?? FULL, type)
  for (const type of ['payment_authorization_increment_declined', 'card_verified', 'card_verification_declined']) {
    const one = receiver.received.find(({ event }) => event.type === type)
    assert.equal(one?.event.data.amount, AMOUNTS[type], type)
  }
  await sluice.assertSound()
})
