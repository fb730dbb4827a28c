/** The order of an attempt: what is asked of the shop and of the keeper, and how each thing that goes wrong ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AttemptParts, attempt, type Outcome } from '../../src/page/attempt.ts'
import { createCallbacks, type ErrorBase } from '../../src/page/callbacks.ts'
import { CheckoutError } from '../../src/page/errors.ts'
import { Refused } from '../../src/page/keeper.ts'
import type { Callback, Resolved } from '../../src/page/options.ts'
import type { Ask, Refusal, SessionFacts } from '../../src/common/messages.ts'

const APPROVED = { id: 'pay_1', status: 'Approved', type: 'card' } as const
const BASE = { browserSessionId: 'b', paymentSessionId: 'ps_1', type: 'card' } as unknown as ErrorBase

interface World {
  /** What the shop's callbacks return; a function is called. */
  shop?: Record<string, unknown>
  /** What the keeper answers; an error is thrown. */
  keeper?: Partial<Record<Ask['what'], unknown>>
  valid?: boolean
  hasSession?: boolean
  lost?: boolean
  byButton?: boolean
}

/** Runs an attempt, and writes down everything in the order in which it happened. */
async function run(world: World = {}): Promise<{ log: string[]; outcome: Outcome; errors: CheckoutError[] }> {
  const { shop = {}, keeper = {}, valid = true, hasSession = true, lost = false, byButton = true } = world
  const log: string[] = []
  const errors: CheckoutError[] = []
  const callbacks: Resolved['callbacks'] = {
    onSubmit: () => void log.push('onSubmit'),
    onError: (_, error) => void errors.push(error as CheckoutError),
  }
  for (const [name, reply] of Object.entries(shop)) {
    const callback: Callback = (_, ...args) => {
      log.push(name === 'handleSubmit' ? `${name} ${JSON.stringify(args[0])}` : name)
      return typeof reply === 'function' ? reply() : reply
    }
    callbacks[name as keyof Resolved['callbacks']] = callback
  }
  const parts = {
    callbacks: createCallbacks(
      () => 'component',
      callbacks,
      () => BASE,
    ),
    base: () => BASE,
    check: async () => {
      log.push('check')
      return valid
    },
    tokenize: async () => {
      log.push('tokenize')
      return { type: 'card' }
    },
    payment: { method: 'card', displayed: { amount: 1000, currency: 'GBP' } },
    begin: () => log.push('begin'),
    ask: async (asked: Ask) => {
      const { what } = asked
      log.push(`ask ${what}${'lost' in asked ? ' lost' : ''}`)
      const answer = what in keeper ? keeper[what] : what === 'seal' ? { session_data: 'sealed' } : APPROVED
      if (answer instanceof Error) throw answer
      return answer
    },
    hasSession,
    lost,
    knownPayment: 'pay_0',
    adopt: () => log.push('adopt'),
  } as unknown as AttemptParts
  const outcome = await attempt(parts, byButton)
  return { log, outcome, errors }
}

function codeOf(outcome: Outcome): string {
  assert.equal(outcome.kind, 'failed')
  return outcome.kind === 'failed' ? outcome.error.code : ''
}

test('without callbacks of the shop it is checked, announced and paid', async () => {
  const { log, outcome } = await run()
  assert.deepEqual(log, ['check', 'begin', 'onSubmit', 'ask pay'])
  assert.deepEqual(outcome, { kind: 'answered', answer: APPROVED })
})

test('with all of them, each has its place, and the shop submits', async () => {
  const shop = { handleClick: { continue: true }, onTokenized: undefined, handleSubmit: async () => APPROVED }
  const { log, outcome } = await run({ shop })
  assert.deepEqual(log, [
    'check',
    'handleClick',
    'begin',
    'onSubmit',
    'tokenize',
    'onTokenized',
    'ask seal',
    'handleSubmit {"session_data":"sealed"}',
  ])
  assert.deepEqual(outcome, { kind: 'answered', answer: APPROVED })
})

test('a payment that waits for its shopper, or settles days later, is not followed', async () => {
  const next_step = { type: 'approve_in_app', expires_on: '2026-01-01T00:05:00.000Z' }
  const waiting = { ...APPROVED, status: 'Pending', action: { type: 'poll', next_step } }
  const { log, outcome } = await run({ shop: { handleSubmit: waiting } })
  assert.equal(log.includes('ask follow'), false)
  assert.deepEqual(outcome, { kind: 'answered', answer: waiting })
  const nobody = await run({ shop: { handleSubmit: { ...waiting, action: { type: 'poll' } } } })
  assert.equal(nobody.log.at(-1), 'ask follow')
})

test('submit() of the shop is not asked by handleClick', async () => {
  const { log } = await run({ shop: { handleClick: { continue: false } }, byButton: false })
  assert.deepEqual(log, ['check', 'begin', 'onSubmit', 'ask pay'])
})

test('an incomplete form asks nobody anything', async () => {
  const { log, outcome } = await run({ valid: false, shop: { handleClick: undefined } })
  assert.deepEqual(log, ['check'])
  assert.equal(codeOf(outcome), 'component_invalid')
})

test('handleClick stops it silently, as a value and as a promise', async () => {
  for (const reply of [{ continue: false }, async () => ({ continue: false })]) {
    const { log, outcome, errors } = await run({ shop: { handleClick: reply } })
    assert.deepEqual(log, ['check', 'handleClick'])
    assert.deepEqual(outcome, { kind: 'stopped' })
    assert.deepEqual(errors, [])
  }
})

test('onTokenized that says no aborts with its message, and nothing is sealed', async () => {
  const { log, outcome } = await run({ shop: { onTokenized: { continue: false, errorMessage: 'Not this one' } } })
  assert.ok(!log.includes('ask pay'))
  assert.equal(codeOf(outcome), 'payment_request_aborted')
  assert.equal(outcome.kind === 'failed' && outcome.message, 'Not this one')
})

test('a gate of the wrong shape is callback_result_invalid', async () => {
  for (const reply of [{}, { continue: 'yes' }, true, 'no']) {
    const { outcome } = await run({ shop: { onTokenized: reply } })
    assert.equal(codeOf(outcome), 'callback_result_invalid')
  }
})

test('a callback that throws or rejects is callback_invocation_failed', async (t) => {
  t.mock.method(console, 'error', () => {})
  const fail = () => {
    throw new Error('shop')
  }
  for (const name of ['handleClick', 'onTokenized', 'handleSubmit']) {
    for (const reply of [fail, () => Promise.reject(new Error('shop'))]) {
      const { outcome } = await run({ shop: { [name]: reply }, keeper: { session: { latest_payment: undefined } } })
      assert.equal(codeOf(outcome), 'callback_invocation_failed')
    }
  }
})

test('onSubmit that throws is told to onError, and the attempt goes on', async (t) => {
  t.mock.method(console, 'error', () => {})
  const { outcome, errors } = await run({
    shop: {
      onSubmit: () => {
        throw new Error('shop')
      },
    },
  })
  assert.equal(outcome.kind, 'answered')
  assert.deepEqual(
    errors.map(({ code }) => code as string),
    ['callback_invocation_failed'],
  )
})

test('handleSubmit that returns nothing aborts, and never falls back to our own submit', async () => {
  const { log, outcome } = await run({ shop: { handleSubmit: undefined } })
  assert.ok(!log.includes('ask pay'))
  assert.equal(codeOf(outcome), 'payment_request_aborted')
})

test('handleSubmit that returns what is no answer is callback_result_invalid', async () => {
  for (const reply of [{}, { id: 'pay_1' }, { id: 'pay_1', status: 'approved' }, 'pay_1', 7]) {
    const { outcome } = await run({ shop: { handleSubmit: reply }, keeper: { session: {} } })
    assert.equal(codeOf(outcome), 'callback_result_invalid')
  }
})

test('a payment that was made although handleSubmit threw is found and completed', async (t) => {
  t.mock.method(console, 'error', () => {})
  const reply = () => Promise.reject(new Error('timeout'))
  const session = { latest_payment: { ...APPROVED, attempt: 'a' } } as unknown as SessionFacts
  const { outcome, errors } = await run({ shop: { handleSubmit: reply }, keeper: { session } })
  assert.equal(outcome.kind === 'answered' && outcome.answer.id, 'pay_1')
  assert.deepEqual(
    errors.map(({ code }) => code as string),
    ['callback_invocation_failed'],
  )
})

test('an older payment is not taken for the one that handleSubmit lost', async (t) => {
  t.mock.method(console, 'error', () => {})
  const session = { latest_payment: { ...APPROVED, id: 'pay_0' } }
  const reply = () => Promise.reject(new Error('timeout'))
  const { outcome } = await run({ shop: { handleSubmit: reply }, keeper: { session } })
  assert.equal(codeOf(outcome), 'callback_invocation_failed')
})

test('a pending answer of the shop is followed to its end', async () => {
  const { log, outcome } = await run({ shop: { handleSubmit: { ...APPROVED, status: 'Pending' } } })
  assert.equal(log.at(-1), 'ask follow')
  assert.deepEqual(outcome, { kind: 'answered', answer: APPROVED })
})

test('without a session only handleSubmit can pay, and its session is taken up', async () => {
  const alone = await run({ hasSession: false })
  assert.equal(codeOf(alone.outcome), 'payment_session_required')
  assert.deepEqual(alone.log, ['check'])
  const shop = { handleSubmit: { ...APPROVED, payment_session_id: 'ps_2' } }
  const { log, outcome } = await run({ hasSession: false, shop })
  assert.equal(log.at(-1), 'adopt')
  assert.equal(outcome.kind, 'answered')
})

test('without a session, an answer that handleSubmit lost is told as lost, and sealed as lost the next time', async () => {
  const fails = async () => {
    throw new TypeError('Failed to fetch')
  }
  for (const [reply, lost] of [
    [fails, 'unanswered'],
    ['nonsense', 'unanswered'],
    [undefined, 'not submitted'],
  ]) {
    const { outcome } = await run({ hasSession: false, shop: { handleSubmit: reply } })
    assert.equal(outcome.kind === 'failed' && outcome.lost, lost)
  }
  const shop = { handleSubmit: { ...APPROVED, payment_session_id: 'ps_2' } }
  assert.ok((await run({ hasSession: false, lost: true, shop })).log.includes('ask seal lost'))
  assert.ok((await run({ hasSession: false, shop })).log.includes('ask seal'))
  const withSession = await run({ shop: { handleSubmit: fails }, keeper: { session: {} } })
  assert.equal(withSession.outcome.kind === 'failed' && withSession.outcome.lost, undefined)
})

test('what the keeper refuses is told with status, codes and request id', async () => {
  const refusal: Refusal = {
    code: 'payment_request_failed',
    fate: 'safe',
    status: 422,
    errorCodes: ['amount_changed'],
    requestId: 'r',
  }
  const { outcome } = await run({ keeper: { pay: new Refused(refusal) } })
  assert.equal(outcome.kind, 'failed')
  if (outcome.kind !== 'failed') return
  assert.ok(outcome.error instanceof CheckoutError)
  assert.deepEqual(outcome.refusal, refusal)
  assert.deepEqual(outcome.error.details, {
    ...BASE,
    status: 422,
    requestErrorCodes: ['amount_changed'],
    requestId: 'r',
  })
})
