import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { type RunningSimulator, startSimulator } from '@sluice/simulator/main'
import { pino } from 'pino'
import { freshDatabase } from '../../../../test/support/database.ts'
import { conformance, type Rig, type Situation } from '../../src/processors/conformance.ts'
import type { Exchange } from '../../src/processors/exchange.ts'
import { connectorFor, PROCESSOR_NAMES, processors } from '../../src/processors/index.ts'
import type { Authorization, ChannelProcessorSettings, ProcessorClass } from '../../src/processors/processor.ts'
import { simulator } from '../../src/processors/simulator/simulator.ts'
import { fromSimulator, fromSimulatorFollowup, fromSimulatorInquiry } from '../../src/processors/simulator/wire.ts'
import type { CardRef } from '../../src/vault/card-ref.ts'
import { holdCard } from '../../src/vault/card-secrets.ts'
import { secretText } from '../../src/vault/secret.ts'
import { maskMessage, maskReply, openExchange } from '../../src/vault/send.ts'

const exchange = openExchange()
const vault = { mac: (purpose: string, text: string) => Buffer.from(`${purpose} of ${text}`) }

const ENTITY = 'ent_abcdefghijklmnopqrstuvwxyz'
const AT = '2026-11-22T12:00:00.000Z'
/** Not to be mistaken for three digits of something else in the record. */
const CVV = 'cvv~937'

/** The card and the switch that bring a situation about at the simulator. */
const SITUATIONS: Record<Situation, { number: string; switches?: string; threeDs?: true }> = {
  approve: { number: '4242424242424242' },
  decline: { number: '4544249167673670' },
  waits: { number: '4242424242424242', threeDs: true },
  silence: { number: '4242424242424242', switches: 'timeout' },
  lost: { number: '4242424242424242', switches: 'drop_after_booking' },
  never_arrived: { number: '4242424242424242', switches: 'drop_before_booking' },
  unknown_code: { number: '4242424242424242', switches: 'unknown_code' },
  refund_lasts: { number: '4242424242424242', switches: 'refund.pending:60' },
}

let keys = 0

function authorization(settings: ChannelProcessorSettings, situation: Situation): Authorization {
  const { number, switches, threeDs } = SITUATIONS[situation]
  return {
    entity: ENTITY,
    channel: 'pc_abcdefghijklmnopqrstuvwxyz',
    key: `pay_${++keys}`,
    at: AT,
    settings,
    amount: 1000,
    currency: 'EUR',
    method: 'card',
    card: cardRef(number),
    paymentType: 'Regular',
    authorizationType: 'Final',
    captureNow: true,
    partialAuthorization: false,
    ...(threeDs ? { threeDs: { enabled: true, attemptN3d: false } } : {}),
    locale: 'en-GB',
    returnUrl: 'http://localhost:9/returns/token',
    notificationUrl: 'http://localhost:9/notifications/token',
    details: {},
    metadata: switches ? { sluice_simulator: switches } : {},
  }
}

function cardRef(number: string): CardRef {
  const facts = {
    origin: 'card',
    scheme: 'VISA',
    last4: number.slice(-4),
    bin: number.slice(0, 6),
    expiryMonth: 12,
    expiryYear: 2030,
    name: 'Jo Shopper',
    fingerprint: 'f'.repeat(64),
  } as const
  return holdCard(facts, secretText(number), secretText(CVV))
}

const record: string[] = []
let running: Promise<RunningSimulator> | undefined

/** One bank for all tests of this file: each works under keys of its own. */
async function bankOf(t: TestContext): Promise<RunningSimulator> {
  const log = pino({ level: 'trace' }, { write: (line: string) => void record.push(line) })
  const databaseUrl = await freshDatabase(t)
  return startSimulator({ listen: '127.0.0.1', port: 0, databaseUrl, hosts: [], log })
}

after(async () => (await running)?.close())

async function openRig(t: TestContext, settings: ChannelProcessorSettings): Promise<Rig> {
  running ??= bankOf(t)
  const bank = await running
  const watched: Exchange = async (message, card, signal) => {
    record.push(JSON.stringify(message), JSON.stringify(maskMessage(message)))
    const reply = await exchange(message, card, signal)
    record.push(JSON.stringify(reply), JSON.stringify(maskReply(reply)))
    return reply
  }
  return {
    processor: simulator({ url: bank.url, exchange: watched, vault }),
    authorization: (situation) => authorization(settings, situation),
    async shopper(url, choice) {
      const body = new URLSearchParams({ choice })
      await fetch(url, { method: 'POST', body, redirect: 'manual' })
    },
    async heldByBank({ key }) {
      const ledger = (await (await fetch(`${bank.url}/ledger?merchant=${ENTITY}`)).json()) as Movement[]
      return ledger.filter((movement) => movement.of === key).reduce((sum, movement) => sum + held(movement), 0)
    },
    recorded: () => record.join('\n'),
    secrets: [...Object.values(SITUATIONS).map(({ number }) => number), CVV],
  }
}

interface Movement {
  of: string
  kind: string
  amount: number
}

function held({ kind, amount }: Movement): number {
  if (kind === 'authorization' || kind === 'increment') return amount
  return kind === 'capture' || kind === 'card_verification' ? 0 : -amount
}

const LITTLE = { processor: 'simulator', partial_void: false, increment: false }

for (const processorClass of ['A', 'B', 'C', 'D'] satisfies ProcessorClass[]) {
  const settings = { processor: 'simulator', class: processorClass }
  const { manifest } = simulator({ url: '', exchange, vault })
  conformance(`simulator, class ${processorClass}`, {
    manifest: manifest(settings),
    open: (t) => openRig(t, settings),
  })
}

conformance('simulator, with little to offer', {
  manifest: simulator({ url: '', exchange, vault }).manifest(LITTLE),
  open: (t) => openRig(t, LITTLE),
})

test('the simulator plays class A unless the channel says otherwise', () => {
  const { manifest } = simulator({ url: '', exchange, vault })
  assert.equal(manifest({ processor: 'simulator' }).class, 'A')
  assert.equal(manifest({ processor: 'simulator' }).capture, 'separate')
  assert.equal(manifest({ processor: 'simulator', capture: 'same_call' }).capture, 'same_call')
})

test('a channel set to capture in the same call takes the money with the approval', async (t) => {
  const settings = { processor: 'simulator', capture: 'same_call' }
  const rig = await openRig(t, settings)
  const outcome = await rig.processor.authorize(rig.authorization('approve'), AbortSignal.timeout(5000))
  assert.equal(outcome.kind === 'approved' && outcome.capturedAmount, 1000)
})

test('what the simulator tells by itself is read, and nothing else', () => {
  const settings = { processor: 'simulator' }
  const { parseWebhook } = simulator({ url: '', exchange, vault })
  const read = (body: unknown) => parseWebhook({ headers: {}, body }, settings)
  const told = { id: 'ntf_1', key: 'pay_1' }
  const about = { id: 'ntf_1', about: 'pay_1' }
  assert.deepEqual(read({ ...told, type: 'payment_news' }), { kind: 'payment_news', ...about })
  assert.deepEqual(read({ ...told, type: 'returned', amount: 5, code: '20046' }), {
    kind: 'returned',
    ...about,
    amount: 5,
    code: '20046',
  })
  assert.deepEqual(read({ ...told, type: 'dispute', dispute: 'd', stage: 'won', amount: 5, reason: '10.4' }), {
    kind: 'dispute',
    ...about,
    dispute: 'd',
    stage: 'won',
    amount: 5,
    reason: '10.4',
  })
  const result = { ...told, type: 'action_settled', action: 'act_1' }
  assert.deepEqual(read({ ...result, outcome: 'failed', code: '20005' }), {
    kind: 'action_settled',
    ...about,
    action: 'act_1',
    outcome: { kind: 'failed', code: '20005', facts: {} },
  })
  for (const body of [
    { ...told, type: 'paid' },
    { ...told, type: 'returned', amount: '5' },
    { ...told, type: 'dispute', dispute: 'd', stage: 'maybe', amount: 5 },
    { ...result, outcome: 'pending' },
    { ...result, outcome: 'succeeded', code: '99999', amount: 5 },
  ]) {
    assert.equal(read(body), undefined, JSON.stringify(body))
  }
})

test('a simulator that is not there was surely not reached', async () => {
  const processor = simulator({ url: 'http://127.0.0.1:1', exchange, vault })
  const request = authorization({ processor: 'simulator' }, 'approve')
  await assert.rejects(processor.authorize(request, AbortSignal.timeout(5000)), { name: 'ProcessorError', sent: 'no' })
  assert.equal(await processor.health(AbortSignal.timeout(5000)), false)
})

test('the registry knows its processors by name and refuses any other', () => {
  const house = { exchange, vault, config: { urls: { simulator: 'http://localhost:4244' } as never } }
  assert.deepEqual(PROCESSOR_NAMES, ['simulator'])
  assert.equal(processors(house)({ processor: 'simulator' }).name, 'simulator')
  for (const name of ['northbank', 'constructor', '__proto__']) {
    assert.throws(() => connectorFor({ processor: name }, house), /no processor is called/)
  }
})

test('an answer that is wrong in any way is unknown, never a decline', () => {
  const answers: unknown[] = [
    undefined,
    null,
    [],
    'approved',
    {},
    { outcome: 'approved' },
    { outcome: 'approved', code: '20005', amount: 5 },
    { outcome: 'approved', code: '10000', amount: -1 },
    { outcome: 'approved', code: '10000', amount: '5' },
    { outcome: 'declined', code: '10000' },
    { outcome: 'declined', code: '99999' },
    { outcome: 'declined', code: 20005 },
    { outcome: 'action' },
    { outcome: 'action', url: 'javascript:alert(1)', purpose: 'redirect' },
    { outcome: 'cancelled', code: '20005' },
    { outcome: 'maybe' },
  ]
  for (const body of answers) {
    const reply = { status: 200, headers: {}, body }
    assert.equal(fromSimulator(reply).kind, 'unknown', JSON.stringify(body))
    assert.equal(fromSimulatorInquiry(reply).kind, 'unknown', JSON.stringify(body))
    assert.equal(fromSimulatorFollowup(reply).kind, 'unknown', JSON.stringify(body))
  }
  for (const status of [199, 201, 302, 400, 404, 405, 429, 500, 503]) {
    const reply = { status, headers: {}, body: { outcome: 'declined', code: '20005', error: 'x' } }
    assert.equal(fromSimulator(reply).kind, 'unknown', String(status))
  }
})
