/** How long an attempt is pursued, on a clock that the test holds: minutes pass at once. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type AttemptWorld, confirmOnce, followPayment, payOnce } from '../../src/frame/attempt.ts'
import type { HttpAnswer } from '../../src/frame/server-calls.ts'
import type { LatestPayment } from '../../src/common/messages.ts'

const ATTEMPT = 'the attempt'

/** A server that answers the same to each call, and a log of what was asked when, in seconds. */
function worldOf(submit: HttpAnswer | undefined, session: (seconds: number) => HttpAnswer | undefined) {
  let at = 0
  const log: string[] = []
  const world: AttemptWorld = {
    submit: async () => {
      log.push(`submit ${at / 1000}`)
      return submit
    },
    session: async () => {
      log.push(`ask ${at / 1000}`)
      return session(at / 1000)
    },
    wait: async (ms) => {
      at += ms
    },
    now: () => at,
  }
  return { world, log, seconds: () => at / 1000 }
}

function facts(latest?: Partial<LatestPayment>, status = 'Pending'): HttpAnswer {
  const latest_payment = latest && { id: 'pay_1', attempt: ATTEMPT, type: 'card', ...latest }
  return { status: 200, body: { id: 'ps_1', status, payment_methods: [], ...(latest_payment && { latest_payment }) } }
}

const silence = () => undefined
const never = async () => assert.fail('nothing is waited for')

test('a server that is not heard of for a minute leaves the outcome unknown, after one submit', async () => {
  const { world, log, seconds } = worldOf(undefined, silence)
  assert.deepEqual(await payOnce(world, ATTEMPT), { refusal: { code: 'payment_request_failed', fate: 'unknown' } })
  assert.equal(log.filter((entry) => entry.startsWith('submit')).length, 1)
  assert.deepEqual(log.slice(1, 7), ['ask 0', 'ask 1', 'ask 3', 'ask 6', 'ask 10', 'ask 15'])
  assert.ok(seconds() > 60 && seconds() < 70)
})

test('a payment that is worked on is followed for ten minutes, asking every five seconds at most', async () => {
  const { world, log, seconds } = worldOf(undefined, () => facts({ status: 'Processing' }))
  assert.deepEqual(await followPayment(world, 'pay_1'), {
    refusal: { code: 'payment_request_failed', fate: 'unknown' },
  })
  assert.ok(seconds() > 600 && seconds() < 610)
  assert.ok(log.length < 130)
})

test('a payment that waits for its shopper is answered at once, also when the answer was lost', async () => {
  const action = {
    type: 'poll',
    next_step: { type: 'approve_in_app', expires_on: '2026-01-01T00:05:00.000Z' },
  } as const
  const body = { id: 'pay_1', status: 'Pending', type: 'mbway', action }
  const told = worldOf({ status: 202, body }, silence)
  assert.deepEqual(await payOnce(told.world, ATTEMPT), { answer: body })
  assert.deepEqual(told.log, ['submit 0'])

  const waiting = facts({ status: 'Processing', type: 'mbway', action })
  const lost = worldOf(undefined, (s) => (s < 3 ? facts({ status: 'Processing' }) : waiting))
  assert.deepEqual(await payOnce(lost.world, ATTEMPT), { answer: body })
})

test('what settles days later is answered as pending, once the bank has it', async () => {
  const body = { id: 'pay_1', status: 'Pending', type: 'sepa', action: { type: 'poll' } }
  const told = worldOf({ status: 202, body }, silence)
  assert.deepEqual(await payOnce(told.world, ATTEMPT, true), { answer: body })
  const accepted = facts({ status: 'Processing', type: 'sepa', action: { type: 'poll' } })
  const lost = worldOf(undefined, (s) => (s < 3 ? facts({ status: 'Processing' }) : accepted))
  assert.deepEqual(await payOnce(lost.world, ATTEMPT, true), { answer: body })
})

test('an answer to a one-time code that is lost is not made up for, and one that says why is told', async () => {
  const approved = { id: 'pay_1', status: 'Approved', type: 'stcpay' }
  const cases: [HttpAnswer | undefined, object][] = [
    [{ status: 201, body: approved }, { answer: approved }],
    [{ status: 200, body: approved }, { answer: approved }],
    [undefined, { refusal: { code: 'payment_request_failed', fate: 'unknown' } }],
    [{ status: 200, body: 'a proxy' }, { refusal: { code: 'payment_request_failed', fate: 'unknown' } }],
    [
      { status: 422, body: { error_codes: ['otp_invalid'] } },
      { refusal: { code: 'payment_request_failed', fate: 'safe', status: 422, errorCodes: ['otp_invalid'] } },
    ],
  ]
  for (const [heard, outcome] of cases) {
    let asked = 0
    const confirm = async () => {
      asked++
      return heard
    }
    assert.deepEqual(await confirmOnce(confirm, never), outcome)
    assert.equal(asked, 1)
  }
})

test('a one-time code that was not looked at yet is sent again, a few times', async () => {
  const busy = { status: 429, retryAfterMs: 1000, body: { error_codes: ['session_already_in_use'] } }
  const approved = { id: 'pay_1', status: 'Approved', type: 'stcpay' }
  const heard = [busy, busy, { status: 201, body: approved }]
  const { world, seconds } = worldOf(undefined, silence)
  assert.deepEqual(await confirmOnce(async () => heard.shift(), world.wait), { answer: approved })
  assert.deepEqual([heard.length, seconds()], [0, 2])

  let sent = 0
  const always = async () => {
    sent++
    return busy
  }
  const given = (await confirmOnce(always, world.wait)) as { refusal: { fate: string; status: number } }
  assert.deepEqual([given.refusal.fate, given.refusal.status, sent], ['safe', 429, 6])
})

test('an action that a lost answer asked for is found with its address', async () => {
  // Whatever a bank calls its page: what has an address is not asked for again.
  const action = { type: 'redirect', url: 'https://bank.example/3ds/acs' }
  const { world, log } = worldOf(undefined, (s) => (s < 3 ? undefined : facts({ status: 'Action Required', action })))
  assert.deepEqual(await payOnce(world, ATTEMPT), {
    answer: { id: 'pay_1', status: 'Action Required', type: 'card', action },
  })
  assert.equal(log.filter((entry) => entry.startsWith('submit')).length, 1)
})

/** A challenge that Sluice holds: the session says that there is one, and only the answer where. */
const challenged = facts({ status: 'Action Required' }, 'Action Required')
const keyed = {
  id: 'pay_1',
  status: 'Action Required',
  type: 'card',
  action: { type: 'redirect', url: 'https://frames.example/3ds/token#key' },
}

test('a challenge whose answer was lost is asked for again with the same bytes, as often as a submit is', async () => {
  const answers = [undefined, undefined, undefined, { status: 202, body: keyed }]
  const { world, log } = worldOf(undefined, () => challenged)
  const submit = async () => {
    await world.submit()
    return answers.shift()
  }
  assert.deepEqual(await payOnce({ ...world, submit }, ATTEMPT), { answer: keyed })
  assert.deepEqual(log, ['submit 0', 'ask 0', 'submit 0', 'submit 1', 'submit 3'])
})

test('a challenge whose key is lost for good is told without an address, and so is one that is followed', async () => {
  const keyless = { answer: { id: 'pay_1', status: 'Action Required', type: 'card' } }
  const { world, log, seconds } = worldOf(undefined, () => challenged)
  assert.deepEqual(await payOnce(world, ATTEMPT), keyless)
  assert.equal(log.filter((entry) => entry.startsWith('submit')).length, 7)
  assert.ok(seconds() < 60)
  assert.deepEqual(await followPayment(world, 'pay_1'), keyless)
})

test('what became of a challenge in the meantime is told in place of its address', async () => {
  const ends: [HttpAnswer, object][] = [
    [
      { status: 201, body: { id: 'pay_1', status: 'Declined', type: 'card' } },
      { answer: { id: 'pay_1', status: 'Declined', type: 'card' } },
    ],
    [
      { status: 422, body: { error_codes: ['payment_session_expired'] } },
      {
        refusal: {
          code: 'payment_request_failed',
          fate: 'over',
          status: 422,
          errorCodes: ['payment_session_expired'],
        },
      },
    ],
  ]
  for (const [heard, outcome] of ends) {
    const answers = [undefined, heard]
    const { world } = worldOf(undefined, () => challenged)
    assert.deepEqual(await payOnce({ ...world, submit: async () => answers.shift() }, ATTEMPT), outcome)
  }
})

test('a payment that is followed to its challenge is asked for with its key', async () => {
  const answers = [
    { status: 202, body: { id: 'pay_1', status: 'Pending', type: 'card' } },
    { status: 202, body: keyed },
  ]
  const { world } = worldOf(undefined, (s) => (s < 3 ? facts({ status: 'Processing' }) : challenged))
  assert.deepEqual(await payOnce({ ...world, submit: async () => answers.shift() }, ATTEMPT), { answer: keyed })
})

test('an attempt that was cancelled is a decline that says so', async () => {
  const { world } = worldOf(undefined, () => facts({ status: 'Cancelled' }))
  assert.deepEqual(await payOnce(world, ATTEMPT), {
    answer: { id: 'pay_1', status: 'Declined', type: 'card', decline_reason: 'payment_cancelled' },
  })
})

test('a submit that is lost again and again is sent six times with pauses, never without asking before', async () => {
  const { world, log } = worldOf(undefined, () => facts())
  const outcome = await payOnce(world, ATTEMPT)
  assert.deepEqual(outcome, { refusal: { code: 'payment_request_failed', fate: 'unknown' } })
  assert.deepEqual(
    log,
    [0, 1, 3, 6, 10, 15].flatMap((second) => [`submit ${second}`, `ask ${second}`]),
  )
})

test("somebody else's payment on the session ends the attempt, and is not taken for ours", async () => {
  const { world } = worldOf(undefined, () => facts({ attempt: 'another', status: 'Approved' }, 'Approved'))
  assert.deepEqual(await payOnce(world, ATTEMPT), {
    refusal: { code: 'payment_request_failed', fate: 'over', errorCodes: ['payment_session_already_completed'] },
  })
})

test('a session that was paid by this very attempt answers as that payment', async () => {
  const completed = { status: 422, body: { error_codes: ['payment_session_already_completed'] } }
  const { world } = worldOf(completed, () => facts({ status: 'Approved' }, 'Approved'))
  assert.deepEqual(await payOnce(world, ATTEMPT), { answer: { id: 'pay_1', status: 'Approved', type: 'card' } })
})

test('a 502 of our own server moved no money; one of a proxy says nothing', async () => {
  const ours = worldOf({ status: 502, body: undefined, requestId: 'r' }, silence)
  assert.deepEqual(await payOnce(ours.world, ATTEMPT), {
    refusal: { code: 'payment_request_failed', fate: 'safe', status: 502, requestId: 'r' },
  })
  assert.deepEqual(ours.log, ['submit 0'])
  const proxy = worldOf({ status: 502, body: undefined }, () => facts({ status: 'Approved' }, 'Approved'))
  assert.deepEqual(await payOnce(proxy.world, ATTEMPT), {
    answer: { id: 'pay_1', status: 'Approved', type: 'card' },
  })
})

test('a session that nobody answers for any more leaves the outcome unknown at once', async () => {
  const gone = { status: 404, body: { error_codes: ['resource_not_found'] } }
  const { world, seconds } = worldOf(undefined, () => gone)
  const outcome = await payOnce(world, ATTEMPT)
  assert.deepEqual('refusal' in outcome && [outcome.refusal.fate, outcome.refusal.status], ['unknown', 404])
  assert.equal(seconds(), 0)
})

test('a newer attempt ends the one that was followed', async () => {
  const { world } = worldOf(undefined, () => facts({ id: 'pay_2', status: 'Action Required' }, 'Action Required'))
  assert.deepEqual(await followPayment(world, 'pay_1'), { refusal: { code: 'payment_request_failed', fate: 'safe' } })
})
