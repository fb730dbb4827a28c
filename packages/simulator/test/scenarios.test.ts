import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { AttachedScenario, ScenarioRule } from '@sluice/core/scenario'
import { directionsFor, wordsFor } from '../src/scenarios/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { type HeldTime, holdTime } from '../../../test/support/held-time.ts'
import { AT, type Body, card, startBank, startOwnBank } from './support.ts'

const under = (rules: ScenarioRule[], changes: Partial<AttachedScenario> = {}): AttachedScenario => ({
  name: 'mine',
  seed: 'a seed',
  rules,
  payment: 1,
  since: AT,
  ...changes,
})
const at = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000)
const message = { step: 'authorize', nth: 1, at: at(0) } as const

test('latencies have their distribution', () => {
  const lengths = (latency: ScenarioRule['latency'] & object) =>
    Array.from({ length: 2000 }, (_, payment) => directionsFor(under([{ latency }], { payment }), message).delayMs)
  const mean = (of: number[]) => of.reduce((sum, one) => sum + one, 0) / of.length
  const deviation = (of: number[]) => Math.sqrt(mean(of.map((one) => (one - mean(of)) ** 2)))

  assert.deepEqual(new Set(lengths({ distribution: 'fixed', ms: 70 })), new Set([70]))
  const uniform = lengths({ distribution: 'uniform', min_ms: 100, max_ms: 300 })
  assert.ok(Math.min(...uniform) >= 100 && Math.max(...uniform) <= 300)
  assert.ok(Math.abs(mean(uniform) - 200) < 5, `${mean(uniform)}`)
  const normal = lengths({ distribution: 'normal', mean_ms: 500, deviation_ms: 50 })
  assert.ok(Math.abs(mean(normal) - 500) < 5 && Math.abs(deviation(normal) - 50) < 4, `${deviation(normal)}`)
  const exponential = lengths({ distribution: 'exponential', mean_ms: 200 })
  assert.ok(
    Math.abs(mean(exponential) - 200) < 15 && Math.abs(deviation(exponential) - 200) < 25,
    `${mean(exponential)}`,
  )
  assert.ok(Math.max(...lengths({ distribution: 'exponential', mean_ms: 60_000 })) <= 60_000)
})

test('a choice follows from the seed, the payment, the rule, the step and the number of the message, and from nothing else', () => {
  const rules: ScenarioRule[] = [{ latency: { distribution: 'uniform', min_ms: 0, max_ms: 60_000 } }]
  const length = (changes: Partial<AttachedScenario> = {}, asked: Parameters<typeof directionsFor>[1] = message) =>
    directionsFor(under(rules, changes), asked).delayMs
  assert.equal(length(), length({ name: 'other' }))
  assert.equal(length(), length({}, { ...message, at: at(99) }))
  const others = [
    length({ seed: 'another' }),
    length({ payment: 2 }),
    length({}, { ...message, nth: 2 }),
    length({}, { ...message, step: 'capture' }),
  ]
  assert.equal(new Set([length(), ...others]).size, 5)
})

test('a rule has its steps, its chance, its times and its window', () => {
  const fails = (
    rule: Partial<ScenarioRule>,
    asked: Partial<typeof message | { nth: number; at: Date; step: string }>,
  ) => directionsFor(under([{ fail: 'cut', ...rule }]), { ...message, ...asked } as never).fail !== undefined
  assert.equal(fails({ on: ['capture'] }, {}), false)
  assert.equal(fails({ on: ['capture'] }, { step: 'capture' }), true)
  assert.equal(fails({}, { step: 'page' }), false, 'a page is no message')
  assert.deepEqual([fails({ times: 2 }, { nth: 2 }), fails({ times: 2 }, { nth: 3 })], [true, false])
  const during = { from: 'PT1M', for: 'PT5M' }
  assert.deepEqual(
    [59, 60, 359, 360].map((seconds) => fails({ during }, { at: at(seconds) })),
    [false, true, true, false],
  )
  const applied = Array.from({ length: 1000 }, (_, payment) =>
    directionsFor(under([{ chance: 0.3, fail: 'cut' }], { payment }), message),
  ).filter(({ fail }) => fail).length
  assert.ok(Math.abs(applied - 300) < 45, `${applied} of 1000`)
})

test('weights are kept, and what is decided comes as switches', () => {
  const rules: ScenarioRule[] = [
    {
      outcomes: [
        { code: '10000', weight: 6 },
        { code: '20051', weight: 3 },
        { code: '20005', weight: 1 },
      ],
    },
  ]
  const counts = new Map<string, number>()
  for (let payment = 0; payment < 2000; payment++) {
    const [word = 'approved'] = wordsFor(under(rules, { payment }), at(0))
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  assert.deepEqual([...counts.keys()].sort(), ['approved', 'authorize.code:20005', 'authorize.code:20051'])
  assert.ok(Math.abs((counts.get('approved') ?? 0) - 1200) < 80)
  assert.deepEqual(
    wordsFor(
      under([
        { on: ['capture'], outcomes: [{ code: '20012', weight: 1 }] },
        { on: ['refund'], pending: { for: 'PT1M', ends: 'declined' } },
        { pending: {} },
      ]),
      at(0),
    ),
    ['authorize.pending', 'capture.code:20012', 'refund.pending:60:declined'],
  )
})

/** A merchant's address for notifications, and what it heard in which order, answers of the bank among it. */
async function openEar(t: TestContext) {
  const heard: Body[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      heard.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard }
}

/** A merchant under a scenario. `time`: of a bank of its own. */
async function openMerchant(t: TestContext, rules: ScenarioRule[], time?: HeldTime) {
  const bank = time ? await startOwnBank(t, undefined, time.startTimer) : await startBank(t)
  const ear = await openEar(t)
  const headers = {
    'content-type': 'application/json',
    'sluice-time': AT,
    'sluice-scenario': Buffer.from(JSON.stringify(under(rules))).toString('base64url'),
  }
  const ask = async (path: string, body: Body) => {
    const answer = await fetch(`${bank.url}/acquirer/payments${path}`, {
      method: 'POST',
      headers: { ...bank.asMerchant, ...headers },
      body: JSON.stringify({ merchant: bank.merchant, ...body }),
    })
    ear.heard.push({ answered: path === '' ? 'payment' : 'capture', status: answer.status })
    return answer.status
  }
  const payment = { amount: 5, currency: 'GBP', card: card('4242424242424242'), notification_url: ear.url }
  const order = () => ear.heard.map(({ type, answered }) => answered ?? type)
  return {
    ...ear,
    bank,
    pay: () => ask('', { key: 'k', ...payment }),
    capture: () => ask('/k/captures', { key: 'c' }),
    /** What came so far, in its order. */
    order,
    /** The same, when it is so much. */
    until: (count: number) => eventually(async () => ear.heard.length >= count && order()),
  }
}

/** A payment and its capture under a scenario. */
async function payAndCapture(t: TestContext, rules: ScenarioRule[]) {
  const merchant = await openMerchant(t, rules)
  await merchant.pay()
  await merchant.capture()
  return merchant
}

test('the bank tells before its answer', async (t) => {
  const { until } = await payAndCapture(t, [{ notify: { when: 'before' } }])
  assert.deepEqual(await until(4), ['payment_news', 'payment', 'action_settled', 'capture'])
})

test('the bank tells three times, with one id', async (t) => {
  const { until, heard } = await payAndCapture(t, [{ on: ['capture'], notify: { copies: 3 } }])
  await until(5)
  const told = heard.filter(({ type }) => type === 'action_settled')
  assert.equal(told.length, 3)
  assert.equal(new Set(told.map(({ id }) => id)).size, 1)
  assert.deepEqual([told[0]?.['outcome'], told[0]?.['action'], told[0]?.['amount']], ['succeeded', 'c', 5])
})

test('the bank tells in the wrong order: the later of two first, and one that nothing follows in the end', async (t) => {
  const time = holdTime()
  const { pay, capture, until, order } = await openMerchant(t, [{ notify: { reversed: true } }], time)
  await pay()
  await eventually(async () => time.waiting().length === 1)
  await capture()
  await until(4)
  // When the answer comes is another connection's business.
  assert.deepEqual(
    order().filter((one) => one !== 'capture'),
    ['payment', 'action_settled', 'payment_news'],
  )

  const later = holdTime()
  const alone = await openMerchant(t, [{ on: ['capture'], notify: { reversed: true } }], later)
  await alone.pay()
  await alone.capture()
  await eventually(async () => later.waiting().length === 1)
  assert.deepEqual([later.waiting(), alone.order()], [[1000], ['payment', 'capture']])
  later.pass()
  assert.equal((await alone.until(3)).at(-1), 'action_settled')
})

test('the bank tells late', async (t) => {
  const time = holdTime()
  const rule: ScenarioRule = { on: ['authorize'], notify: { late: { distribution: 'fixed', ms: 800 } } }
  const { pay, capture, until, order } = await openMerchant(t, [rule], time)
  await pay()
  await capture()
  await eventually(async () => time.waiting().length === 1)
  assert.deepEqual([time.waiting(), order()], [[800], ['payment', 'capture']])
  time.pass()
  assert.deepEqual(await until(3), ['payment', 'capture', 'payment_news'])
})

test('the bank tells never, and the first rule that applies counts', async (t) => {
  const { bank, order } = await payAndCapture(t, [{ notify: { copies: 0 } }, { notify: { copies: 5 } }])
  // Resolves when nothing is being told any more.
  assert.equal((await bank.control('notices', {})).status, 200)
  assert.deepEqual(order(), ['payment', 'capture'])
})

test('messages are counted in the books, so that what happens once happens once', async (t) => {
  const { bank, pay, capture } = await openMerchant(t, [{ times: 1, fail: 'http_503' }])
  assert.equal(await pay(), 503)
  assert.deepEqual(await bank.ledger(), [])
  assert.equal((await bank.retrieve('k')).status, 404)
  assert.equal(await pay(), 200)
  assert.deepEqual([await capture(), await capture(), await pay()], [503, 200, 200], 'each kind by itself')
  assert.deepEqual(
    (await bank.ledger()).map(({ kind }) => kind),
    ['authorization', 'capture'],
  )
})

test('a header that is no scenario is refused, and words of the merchant’s own win', async (t) => {
  const bank = await startBank(t)
  const pay = async (scenario: string, metadata?: Body) => {
    const answer = await fetch(`${bank.url}/acquirer/payments`, {
      method: 'POST',
      headers: {
        ...bank.asMerchant,
        'content-type': 'application/json',
        'sluice-time': AT,
        'sluice-scenario': scenario,
      },
      body: JSON.stringify({
        merchant: bank.merchant,
        key: `k${scenario.length}`,
        amount: 5,
        currency: 'GBP',
        card: card('4242424242424242'),
        ...(metadata && { metadata }),
      }),
    })
    return { status: answer.status, body: (await answer.json()) as Body }
  }
  for (const bad of ['x', Buffer.from('{}').toString('base64url'), Buffer.from('{"rules":1}').toString('base64url')]) {
    const { status, body } = await pay(bad)
    assert.deepEqual([status, body['error']], [422, 'scenario_invalid'])
  }
  const declines = Buffer.from(JSON.stringify(under([{ outcomes: [{ code: '20051', weight: 1 }] }]))).toString(
    'base64url',
  )
  const { body } = await pay(declines, { sluice_simulator: 'code:20005' })
  assert.equal(body['code'], '20005')
})
