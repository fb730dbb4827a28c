/** Attempts over lines that lose what they carry, against a whole Sluice: one card pays once, whatever is lost. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { CARDS } from '../../../../test/support/cards.ts'
import { PUBLIC_KEY, type Session, type Sluice, startSluice } from '../../../../test/support/sluice.ts'
import { type AttemptOutcome, followPayment, payOnce } from '../../src/frame/attempt.ts'
import { sealPayment } from '../../src/frame/keeper-seal.ts'
import { serverCalls } from '../../src/frame/server-calls.ts'
import type { Refusal } from '../../src/common/messages.ts'
import { type BadLine, startBadLine } from './bad-line.ts'

/** Long pauses are for people; a tenth of each is enough for a machine. */
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / 10))
const now = () => performance.now()

async function start(t: TestContext) {
  const sluice = await startSluice(t)
  return { sluice, line: await startBadLine(t, sluice.urls.frames) }
}

async function sealed(line: BadLine, session: Session, card: (typeof CARDS)[keyof typeof CARDS], amount = 1000) {
  const calls = serverCalls(PUBLIC_KEY, line.url)
  const place = {
    calls,
    wait,
    session,
    origin: 'https://shop.example',
    browser: { javascript_enabled: true },
    threeDs: async () => undefined,
  }
  const made = await sealPayment(place, { method: 'card', displayed: { amount, currency: 'GBP' } }, card)
  assert.ok('sessionData' in made, 'it was sealed')
  return {
    attempt: made.attempt,
    world: {
      submit: () => calls.submit(session, made.sessionData, made.attempt),
      session: () => calls.session(session),
      wait,
      now,
    },
  }
}

async function pay(line: BadLine, session: Session, card: (typeof CARDS)[keyof typeof CARDS] = CARDS.approved) {
  const { world, attempt } = await sealed(line, session, card)
  return await payOnce(world, attempt)
}

function refusalIn(outcome: AttemptOutcome): Refusal {
  assert.ok('refusal' in outcome, `refused, not ${JSON.stringify(outcome)}`)
  return outcome.refusal
}

function statusIn(outcome: AttemptOutcome): string {
  assert.ok('answer' in outcome, `answered, not ${JSON.stringify(outcome)}`)
  return outcome.answer.status
}

/** The bank's own books have this many payments of the merchant's. */
async function assertPayments(sluice: Sluice, expected: number) {
  const authorizations = (await sluice.ledger()).filter(({ kind }) => kind === 'authorization')
  assert.equal(authorizations.length, expected)
  await sluice.assertSound()
}

test('a card is approved over a good line, and a declined one may be followed by another', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession()

  const declined = await pay(line, session, CARDS.insufficientFunds)
  assert.equal(statusIn(declined), 'Declined')
  assert.equal(statusIn(await pay(line, session)), 'Approved')

  const third = refusalIn(await pay(line, session))
  assert.deepEqual([third.fate, third.errorCodes], ['over', ['payment_session_already_completed']])
  assert.equal(line.submits, 3)
  await sluice.assertSound()
})

test('a lost answer is found out by asking the session, and nothing is sent again', async (t) => {
  const { sluice, line } = await start(t)
  let paid = 0
  for (const fault of ['lose answer', 'cut answer', 'impatient gateway'] as const) {
    line.submits = 0
    line.faults = [fault]
    assert.equal(statusIn(await pay(line, await sluice.requestSession())), 'Approved', fault)
    assert.equal(line.submits, 1, fault)
    await assertPayments(sluice, ++paid)
  }
})

test('a lost decline is told with its reason', async (t) => {
  const { sluice, line } = await start(t)
  line.faults = ['lose answer']
  const outcome = await pay(line, await sluice.requestSession(), CARDS.insufficientFunds)
  assert.equal(statusIn(outcome), 'Declined')
  assert.equal('answer' in outcome && outcome.answer.decline_reason, 'not_enough_funds')
})

test('a request that never arrived is sent again once the session knows nothing of it', async (t) => {
  const { sluice, line } = await start(t)
  line.faults = ['lose request', 'lose request', 'lose answer']
  assert.equal(statusIn(await pay(line, await sluice.requestSession())), 'Approved')
  assert.equal(line.submits, 3)
  await assertPayments(sluice, 1)
})

test('who is offline while paying has paid once when the line is back', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession()
  const { world, attempt } = await sealed(line, session, CARDS.approved)
  line.down = true
  setTimeout(() => {
    line.down = false
  }, 700)
  assert.equal(statusIn(await payOnce(world, attempt)), 'Approved')
  await assertPayments(sluice, 1)
})

test('a limit is waited out, and a limit without end refuses without harm', async (t) => {
  const { sluice, line } = await start(t)
  line.faults = ['rate limit', 'rate limit']
  assert.equal(statusIn(await pay(line, await sluice.requestSession())), 'Approved')
  await assertPayments(sluice, 1)

  line.faults = Array.from({ length: 20 }, () => 'rate limit' as const)
  const refusal = refusalIn(await pay(line, await sluice.requestSession()))
  assert.deepEqual([refusal.fate, refusal.status, refusal.retryAfterMs], ['safe', 429, 1000])
  await assertPayments(sluice, 1)
})

test('a bank that keeps silent is waited for, and its yes is found', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession({ metadata: { sluice_simulator: 'drop_after_booking' } })
  assert.equal(statusIn(await pay(line, session)), 'Approved')
  await assertPayments(sluice, 1)
})

test('a payment that the shop submitted is followed to its end by its id', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession({ metadata: { sluice_simulator: 'drop_after_booking' } })
  const answer = await sluice.submit(session, CARDS.approved)
  assert.equal(answer.body.status, 'Pending')
  const { world } = await sealed(line, session, CARDS.approved)
  assert.equal(statusIn(await followPayment(world, answer.body.id)), 'Approved')
  await assertPayments(sluice, 1)
})

test('the same attempt submitted twice at once, over a line that loses one answer, is one payment', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession({ metadata: { sluice_simulator: 'slow:400' } })
  const { world, attempt } = await sealed(line, session, CARDS.approved)
  line.faults = ['lose answer']
  const outcomes = await Promise.all([payOnce(world, attempt), payOnce(world, attempt)])
  assert.deepEqual(outcomes.map(statusIn), ['Approved', 'Approved'])
  await assertPayments(sluice, 1)
})

test('two pages with one session pay once: the later one is told that it is over, or that it was busy', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession({ metadata: { sluice_simulator: 'slow:300' } })
  const outcomes = await Promise.all([pay(line, session), pay(line, session)])
  const approved = outcomes.filter((outcome) => 'answer' in outcome)
  assert.deepEqual(approved.map(statusIn), ['Approved'])
  const [other] = outcomes.filter((outcome) => 'refusal' in outcome).map(refusalIn)
  assert.equal(other?.fate, 'over')
  await assertPayments(sluice, 1)
})

test('an expired session is over, and a changed amount is refused without harm', async (t) => {
  const { sluice, line } = await start(t)
  const session = await sluice.requestSession()
  const { world, attempt } = await sealed(line, session, CARDS.approved, 999)
  const changed = refusalIn(await payOnce(world, attempt))
  assert.deepEqual([changed.fate, changed.status, changed.errorCodes], ['safe', 422, ['amount_changed']])
  assert.match(changed.requestId ?? '', /^[0-9a-f-]{36}$/)

  await sluice.advance('2 days')
  const expired = refusalIn(await pay(line, session))
  assert.deepEqual([expired.fate, expired.errorCodes], ['over', ['payment_session_expired']])
  await assertPayments(sluice, 0)
})
