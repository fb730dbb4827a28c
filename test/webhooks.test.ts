/** Webhooks: signed, delivered at least once, retried on schedule, whatever the receiver does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypedCard } from '@sluice/sealing/payload'
import { RETRY_AFTER_S } from '@sluice/server/operations/deliver-webhooks'
import { CARDS } from './support/cards.ts'
import { openReceiver, readAsPlugin } from './support/receiver.ts'
import { eventually, type Json, type Sluice, startSluice } from './support/sluice.ts'

const KEY = 'Bearer sk_sbox_sluicesandboxsecretkey22222'
const PAYMENTS = {
  gateway: [
    'payment_pending',
    'payment_approved',
    'payment_declined',
    'payment_canceled',
    'payment_expired',
    'payment_captured',
    'payment_refunded',
    'payment_voided',
    'card_verified',
    'card_verification_declined',
  ],
}

async function subscribe(sluice: Sluice, url: string, changes: Json = {}): Promise<{ id: string; action: string }> {
  const { events = PAYMENTS, key = KEY, headers } = changes
  const made = await sluice.post('/workflows', {
    name: 'Shop',
    conditions: [{ type: 'event', events }],
    actions: [{ type: 'webhook', url, ...(headers && { headers }), signature: { key } }],
  })
  assert.equal(made.status, 201, made.text)
  const { actions } = (await sluice.get(`/workflows/${made.body.id}`)).body
  return { id: made.body.id, action: actions[0].id }
}

async function pay(sluice: Sluice, members: Json = {}, card: TypedCard = CARDS.approved): Promise<string> {
  const session = await sluice.requestSession(members)
  const paid = await sluice.submit(session, card)
  assert.equal(paid.status, 201, paid.text)
  return paid.body.id
}

async function invocations(sluice: Sluice, event: string, action: string): Promise<Json> {
  const answer = await sluice.get(`/workflows/events/${event}/actions/${action}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

/** Waits until so many tries of an event are recorded. */
const tried = (sluice: Sluice, event: string, action: string, count: number) =>
  eventually(async () => {
    const seen = await invocations(sluice, event, action)
    return seen.action_invocations.length >= count && seen
  }, 20_000)

test('a shop’s plugin reads every event of its payments', async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t)
  await subscribe(sluice, receiver.url, {
    headers: { Authorization: 'Bearer of-the-shop', 'X-Shop': 'a, b', 'Cko-Signature': 'mine' },
  })
  const session = await sluice.requestSession({ metadata: { order_id: 'WC-77' } })
  const paid = await sluice.submit(session, CARDS.approved)
  await eventually(async () => receiver.received.length >= 2)

  const read = receiver.received.map((one) => readAsPlugin(one, KEY))
  const captured = receiver.received.find(({ event }) => event.type === 'payment_captured')?.event
  assert.deepEqual(read.map(({ type }) => type).sort(), ['payment_approved', 'payment_captured'])
  for (const one of read) {
    assert.deepEqual(
      [one.status, one.payment, one.amount, one.currency, one.reference, one.order, one.session, one.summary],
      [200, paid.body.id, 1000, 'GBP', 'ORD-123A', 'WC-77', session.id, 'Approved'],
    )
    assert.match(one.action, /^act_[a-z2-7]{26}$/)
  }
  assert.equal(readAsPlugin(receiver.received[0] as never, `${KEY}x`).status, 401)
  const [{ headers, event }] = receiver.received as [Json]
  assert.deepEqual(
    [headers['content-type'], headers.authorization, headers['x-shop']],
    ['application/json', 'Bearer of-the-shop', 'a, b'],
  )
  assert.match(headers['cko-signature'], /^[0-9a-f]{64}$/)
  assert.deepEqual([event.source, event.timestamp], ['gateway', event.created_on])
  assert.equal(event.data.source.last_4, '4242')
  assert.equal(event.data.processing.Aft, 'False')
  assert.equal(event.data.balances.total_authorized, 1000)
  assert.equal(event._links.payment.href, `${sluice.urls.api}/payments/${paid.body.id}`)
  assert.deepEqual(Object.keys(captured.data.balances).length, 7)
  assert.ok(captured._links.refund && !captured._links.capture)
  const shown = await sluice.get(`/workflows/events/${event.id}`)
  assert.equal(shown.status, 200, shown.text)
  await eventually(async () => {
    const { action_invocations: places } = (await sluice.get(`/workflows/events/${event.id}`)).body
    return places[0].status === 'successful'
  })
  await sluice.assertSound()
})

test('a key of any characters signs', async (t) => {
  const sluice = await startSluice(t)
  for (const key of ['x', ' lead and trail ', 'ключ 🔑 "\\\n\t', '*'.repeat(1024), '********', '{{card.number}}']) {
    const receiver = await openReceiver(t)
    const { id } = await subscribe(sluice, receiver.url, { key })
    assert.equal((await sluice.post(`/workflows/${id}/test`, { event_types: ['payment_captured'] })).status, 204)
    await eventually(async () => receiver.received.length === 1)
    assert.equal(readAsPlugin(receiver.received[0] as never, key).status, 200, key)
    await sluice.call('DELETE', `/workflows/${id}`)
  }
})

test('only what a workflow asks for goes to it', async (t) => {
  const sluice = await startSluice(t)
  const [declines, elsewhere, off] = await Promise.all([openReceiver(t), openReceiver(t), openReceiver(t)])
  await subscribe(sluice, declines.url, { events: { gateway: ['payment_declined'], mbccards: ['payment_approved'] } })
  const other = await sluice.post('/workflows', {
    conditions: [
      { type: 'event', events: PAYMENTS },
      { type: 'processing_channel', processing_channels: [`pc_${'a'.repeat(26)}`] },
    ],
    actions: [{ type: 'webhook', url: elsewhere.url }],
  })
  assert.equal(other.status, 201, other.text)
  const { id } = await subscribe(sluice, off.url)
  await sluice.call('PATCH', `/workflows/${id}`, { active: false })

  await pay(sluice)
  await pay(sluice, {}, CARDS.insufficientFunds)
  await eventually(async () => declines.received.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 500))

  assert.deepEqual([declines.types(), elsewhere.types(), off.types()], [['payment_declined'], [], []])
})

test('the whole schedule of a dead receiver, by the clock', async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t, (_received, response) => void response.writeHead(500).end('no'))
  const { action } = await subscribe(sluice, receiver.url, { events: { gateway: ['payment_declined'] } })
  await pay(sluice, {}, CARDS.insufficientFunds)
  const [first] = await eventually(async () => receiver.received.length > 0 && receiver.received)
  const event = first?.event.id

  for (const [at, seconds] of RETRY_AFTER_S.entries()) {
    const before = await tried(sluice, event, action, at + 1)
    assert.deepEqual([before.status, before.action_invocations[0].final], ['pending', false])
    await sluice.advance(`${seconds - 20} seconds`)
    await new Promise((resolve) => setTimeout(resolve, 150))
    assert.equal(receiver.received.length, at + 1, 'not before its time')
    await sluice.advance('21 seconds')
    await eventually(async () => receiver.received.length === at + 2)
  }
  const end = await tried(sluice, event, action, 9)
  assert.equal(end.status, 'failed')
  assert.deepEqual(
    end.action_invocations.map(({ retry, succeeded, final }: Json) => [retry, succeeded, final]),
    [[true, false, true], ...Array.from({ length: 7 }, () => [true, false, false]), [false, false, false]],
  )
  assert.deepEqual(
    [end.action_invocations[0].result_details.status_code, end.action_invocations[0].result_details.response_body],
    [500, 'no'],
  )
  await sluice.advance('30 days')
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.equal(receiver.received.length, 9, 'given up')
  assert.equal(new Set(receiver.received.map(({ raw }) => raw.toString('utf8'))).size, 1, 'the same bytes each time')

  receiver.answer((_received, response) => void response.writeHead(204).end())
  assert.equal((await sluice.post(`/workflows/events/${event}/reflow`)).status, 202)
  await eventually(async () => (await invocations(sluice, event, action)).status === 'successful')
  assert.equal(receiver.received.length, 10)
  await sluice.assertSound()
})

test('the clock runs the whole schedule in one call, each try at its time', async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t, (_received, response) => void response.writeHead(503).end())
  const { action } = await subscribe(sluice, receiver.url, { events: { gateway: ['payment_declined'] } })
  assert.equal((await sluice.post('/sandbox/clock', { freeze: true })).status, 200)
  await pay(sluice, {}, CARDS.insufficientFunds)
  const event = (await eventually(async () => receiver.received[0])).event
  await tried(sluice, event.id, action, 1)

  const moved = await sluice.post('/sandbox/clock', { advance: 'P3D' })

  assert.equal(moved.status, 200, moved.text)
  assert.equal(receiver.received.length, 9, 'when it answers, everything is done')
  const { status, action_invocations: tries } = await invocations(sluice, event.id, action)
  assert.equal(status, 'failed')
  const times = tries.map(({ timestamp }: Json) => Date.parse(timestamp)).reverse()
  const pauses = times.slice(1).map((time: number, at: number) => Math.round((time - times[at]) / 1000))
  assert.deepEqual(pauses, [...RETRY_AFTER_S])
})

test('dead receivers do not delay a living one, and are left alone after five failures', async (t) => {
  const sluice = await startSluice(t)
  const silent = await openReceiver(t, () => {})
  const broken = await openReceiver(t, (_received, response) => void response.socket?.destroy())
  const alive = await openReceiver(t)
  for (const { url } of [silent, broken, alive])
    await subscribe(sluice, url, { events: { gateway: ['payment_approved'] } })
  await subscribe(sluice, 'http://127.0.0.1:1/nobody', { events: { gateway: ['payment_approved'] } })

  const since = performance.now()
  await Promise.all(Array.from({ length: 30 }, () => pay(sluice)))
  await eventually(async () => alive.received.length === 30)

  assert.ok(performance.now() - since < 9_000, 'before the silent one was given up on')
  assert.ok(silent.received.length <= 8, `${silent.received.length} at once`)
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.ok(broken.received.length < 16, `${broken.received.length} tries of one whose circuit is open`)
})

test('receivers that hang, trickle, redirect, fail or never stop talking', async (t) => {
  const sluice = await startSluice(t)
  const elsewhere = await openReceiver(t)
  const timers: NodeJS.Timeout[] = []
  t.after(() => timers.forEach(clearInterval))
  const trickle = (write: (piece: string) => void) => timers.push(setInterval(() => write('x'), 200))
  const receivers = {
    hangs: await openReceiver(t, () => {}),
    'sends its head byte by byte': await openReceiver(t, (_received, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ')
      trickle((piece) => response.socket?.write(piece))
    }),
    'says 200 and then trickles': await openReceiver(t, (_received, response) => {
      response.writeHead(200)
      trickle((piece) => response.write(piece))
    }),
    redirects: await openReceiver(
      t,
      (_received, response) => void response.writeHead(301, { location: elsewhere.url }).end(),
    ),
    fails: await openReceiver(t, (_received, response) => void response.writeHead(500).end()),
    'says 200 and never stops': await openReceiver(t, (_received, response) => {
      response.writeHead(200)
      const chunk = 'y'.repeat(65_536)
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }),
    'speaks no HTTP': await openReceiver(t, (_received, response) => void response.socket?.end('hello\r\n\r\n')),
  }
  const actions = new Map<string, string>()
  for (const [name, { url }] of Object.entries(receivers)) {
    actions.set(name, (await subscribe(sluice, url, { events: { gateway: ['payment_declined'] } })).action)
  }
  await pay(sluice, {}, CARDS.insufficientFunds)
  const event = (await eventually(async () => receivers.fails.received[0])).event.id

  const first = async (name: string) =>
    (await tried(sluice, event, actions.get(name) as string, 1)).action_invocations[0]
  const details = async (name: string) => (await first(name)).result_details
  for (const name of ['says 200 and then trickles', 'says 200 and never stops']) {
    assert.equal((await first(name)).succeeded, true, name)
    assert.ok((await details(name)).response_body.length <= 1024)
  }
  assert.ok((await details('says 200 and then trickles')).duration_ms < 5_000)
  assert.equal((await details('redirects')).status_code, 301)
  assert.equal((await details('fails')).status_code, 500)
  assert.equal((await first('speaks no HTTP')).succeeded, false)
  for (const name of ['hangs', 'sends its head byte by byte']) {
    const { error, duration_ms: duration } = await details(name)
    assert.equal(error, 'no answer within 10 seconds', name)
    assert.ok(duration >= 9_900 && duration < 13_000, `${name}: ${duration} ms`)
  }
  assert.equal(elsewhere.received.length, 0, 'a redirect is not followed')
})

test('events are delivered again by event, by payment, by workflow and by many', async (t) => {
  const sluice = await startSluice(t)
  const [one, two] = await Promise.all([openReceiver(t), openReceiver(t)])
  const first = await subscribe(sluice, one.url)
  const second = await subscribe(sluice, two.url)
  const payment = await pay(sluice)
  await eventually(async () => one.received.length === 2 && two.received.length === 2)
  const subject = (await sluice.get(`/workflows/events/subject/${payment}`)).body.data
  assert.deepEqual(
    subject.map(({ type }: Json) => type),
    ['payment_approved', 'payment_captured'],
  )
  const [{ id: event }] = subject
  const came = async (path: string, body: unknown, ofOne: number, ofTwo: number) => {
    const before = [one.received.length, two.received.length] as const
    const answer = await sluice.post(path, body)
    assert.equal(answer.status, 202, `${path}: ${answer.text}`)
    await eventually(async () => one.received.length >= before[0] + ofOne && two.received.length >= before[1] + ofTwo)
    await eventually(async () => {
      const { action_invocations: places } = (await sluice.get(`/workflows/events/${event}`)).body
      return places.every(({ status }: Json) => status === 'successful')
    })
    assert.deepEqual([one.received.length, two.received.length], [before[0] + ofOne, before[1] + ofTwo], path)
  }
  await came(`/workflows/events/${event}/reflow`, undefined, 1, 1)
  await came(`/workflows/events/${event}/workflow/${first.id}/reflow`, undefined, 1, 0)
  await came(`/workflows/events/subject/${payment}/reflow`, undefined, 2, 2)
  await came(`/workflows/events/subject/${payment}/workflow/${second.id}/reflow`, undefined, 0, 2)
  await came('/workflows/events/reflow', { events: [event], workflows: [first.id, second.id] }, 1, 1)
  await came('/workflows/events/reflow', { subjects: [payment], workflows: [first.id] }, 2, 0)

  const refused = async (path: string, body: unknown, code: string) => {
    const answer = await sluice.post(path, body)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, [code]], path)
  }
  const nobody = 'a'.repeat(26)
  await refused(`/workflows/events/evt_${nobody}/reflow`, undefined, 'event_id_invalid')
  await refused(`/workflows/events/${event}/workflow/wf_${nobody}/reflow`, undefined, 'workflow_id_invalid')
  await refused(`/workflows/events/subject/pay_${nobody}/reflow`, undefined, 'subject_id_invalid')
  await refused('/workflows/events/reflow', { events: [event, `evt_${nobody}`] }, 'event_ids_invalid')
  await refused('/workflows/events/reflow', { events: [event], workflows: [`wf_${nobody}`] }, 'workflow_ids_invalid')
  await refused('/workflows/events/reflow', { subjects: [`pay_${nobody}`] }, 'subject_ids_invalid')
  await refused('/workflows/events/reflow', {}, 'event_ids_invalid')
  await sluice.assertSound()
})

test('what waits for a receiver that is taken away is not sent any more', async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t, (_received, response) => void response.writeHead(500).end())
  const { id, action } = await subscribe(sluice, receiver.url, { events: { gateway: ['payment_declined'] } })
  await pay(sluice, {}, CARDS.insufficientFunds)
  const event = (await eventually(async () => receiver.received[0])).event.id
  await tried(sluice, event, action, 1)
  assert.equal((await sluice.call('DELETE', `/workflows/${id}`)).status, 204)
  assert.equal((await invocations(sluice, event, action)).status, 'failed')
  await sluice.advance('1 day')
  await new Promise((resolve) => setTimeout(resolve, 600))
  assert.equal(receiver.received.length, 1)
})

test('what waits for a receiver is still sent to it when its workflow is changed', async (t) => {
  const sluice = await startSluice(t)
  const receiver = await openReceiver(t, (_received, response) => void response.writeHead(500).end())
  const { id, action } = await subscribe(sluice, receiver.url, { events: { gateway: ['payment_declined'] } })
  await pay(sluice, {}, CARDS.insufficientFunds)
  const event = (await eventually(async () => receiver.received[0])).event.id
  await tried(sluice, event, action, 1)
  const actions = [
    { type: 'webhook', url: 'http://127.0.0.1:1/new' },
    { type: 'webhook', url: receiver.url, signature: { key: 'another' } },
  ]
  const changed = await sluice.call('PATCH', `/workflows/${id}`, { actions })
  assert.equal(changed.status, 200, changed.text)
  assert.equal(changed.body.actions.find(({ url }: Json) => url === receiver.url)?.id, action)
  receiver.answer((_received, response) => void response.writeHead(204).end())
  await sluice.advance('1 hour')
  await eventually(async () => (await invocations(sluice, event, action)).status === 'successful')
})
