/** Sluice is killed at each point of an attempt, for each class of processor, and every attempt ends as its class allows. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SeamName } from '@sluice/server/context'
import { CARDS } from '../support/cards.ts'
import { type ProcessorClass, startKillable, type World } from '../support/crash.ts'
import { type Answer, eventually, type Session } from '../support/sluice.ts'

/** A submit whose server died under it. The body is kept: the shopper's page sends the very same again. */
interface LostSubmit {
  world: World
  session: Session
  body: { session_data: string }
  paymentId: string
}

interface Point {
  seam: SeamName
  says: string
  /** Whether the bank has the authorization on its books when the server dies. */
  booked: boolean
  /** What the bank is told to do with its answer. */
  simulator?: string
}

const POINTS: readonly Point[] = [
  { seam: 'submit.claimed', says: 'remembered but not sent', booked: false },
  // The bank books at once and holds its answer back for longer than the server has left to live.
  { seam: 'processor.sent', says: 'sent but not answered', booked: true, simulator: 'slow:4000' },
  { seam: 'processor.answered', says: 'answered but not recorded', booked: true },
]

for (const point of POINTS) {
  test(`killed when attempts are ${point.says}`, { concurrency: true }, async (t) => {
    const { sluice, lost } = await killedAt(t, point)

    const endings = point.booked ? ENDINGS_WHEN_BOOKED : ENDINGS_WHEN_NOT_BOOKED
    await Promise.all(
      lost.map((submit) => {
        const { says, ends } = endings[submit.world.processorClass]
        return t.test(`class ${submit.world.processorClass}: ${says}`, () => ends(submit))
      }),
    )
    await sluice.assertSound()
  })
}

test('after a kill the shopper’s own repeat carries on the same attempt under the same key, at class A only', async (t) => {
  const sluice = await startKillable(t)
  await sluice.start({ holdAt: 'submit.claimed' })
  const worlds = await Promise.all([sluice.world('A'), sluice.world('A'), sluice.world('B')])
  const lost: LostSubmit[] = []
  // The first is not sent, the second answered, the third not sent.
  for (const [at, seam] of (['submit.claimed', 'processor.answered', 'submit.claimed'] as const).entries()) {
    sluice.holdAt(seam)
    lost.push(await loseSubmit(worlds[at] as World, {}))
    await sluice.held(at + 1)
  }
  await sluice.kill()
  await sluice.endLeases()
  // Without the reconciler, so that nobody but the shopper can have moved anything.
  await sluice.start({ jobs: false })

  for (const submit of lost.slice(0, 2)) {
    const { paymentId } = await found(submit)
    const answer = await repeat(submit)
    assert.equal(answer.status, 201, answer.text)
    assert.deepEqual(answer.body, { id: paymentId, status: 'Approved', type: 'card' })
    const calls = await submit.world.calls(paymentId)
    assert.deepEqual(
      calls.map(({ kind, key }) => [kind, key]),
      [
        ['authorize', paymentId],
        ['authorize', paymentId],
      ],
    )
    assert.equal(await submit.world.heldAuthorizations(), 1)
  }

  const other = await found(lost[2] as LostSubmit)
  const answer = await repeat(other)
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(answer.body, { id: other.paymentId, status: 'Pending', type: 'card', action: { type: 'poll' } })
  assert.equal((await other.world.calls(other.paymentId)).length, 1, 'class B would book a second authorization')
  assert.equal(await other.world.heldAuthorizations(), 0)
  await sluice.assertSound()
})

interface Ending {
  says: string
  ends: (lost: LostSubmit) => Promise<void>
}

const ENDINGS_WHEN_BOOKED: Record<ProcessorClass, Ending> = {
  A: { says: 'the bank is asked by key, and the payment approved', ends: endsApproved },
  B: { says: 'the bank is asked by key, and the payment approved', ends: endsApproved },
  C: { says: 'after a minute the authorization is reversed, and the payment declined', ends: endsReversedAfterAMinute },
  D: { says: 'it stays pending for a person to look at, and is never declined', ends: staysForAPerson },
}

const ENDINGS_WHEN_NOT_BOOKED: Record<ProcessorClass, Ending> = {
  A: { says: 'not found is final soon; it is undone and declined', ends: (lost) => endsNotFound(lost, '1 minute') },
  B: { says: 'not found is final after the late window, and only with a reversal', ends: endsNotFoundLate },
  C: { says: 'after a minute it is reversed all the same, and declined', ends: endsReversedAfterAMinute },
  D: { says: 'it stays pending for a person to look at, and is never declined', ends: staysForAPerson },
}

async function endsApproved({ world, paymentId, ...submit }: LostSubmit) {
  await eventually(async () => (await world.payment(paymentId)).status === 'Captured')
  assert.equal(await world.heldAuthorizations(), 1)
  const kinds = (await world.calls(paymentId)).map(({ kind }) => kind)
  assert.equal(kinds.filter((kind) => kind === 'authorize').length, 1, 'an authorization is never sent again unasked')
  assert.ok(kinds.includes('retrieve'))

  const answer = await repeat({ world, paymentId, ...submit })
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(answer.body, { id: paymentId, status: 'Approved', type: 'card' })
  assert.equal(answer.headers.get('idempotent-replayed'), 'true')
}

/** The bank has never heard of it. After `wait` of the merchant's time that is believed, and then made sure of. */
async function endsNotFound(lost: LostSubmit, wait: string) {
  const { world, paymentId } = lost
  await eventually(async () => (await outcomesOf(lost, 'retrieve')).includes('not_found'))
  assert.equal((await world.payment(paymentId)).status, 'Pending', 'not found is not proof that nothing happened')
  assert.deepEqual(await outcomesOf(lost, 'reverse'), [])

  await world.advance(wait)
  await endsDeclinedAndUndone(lost)
}

async function endsNotFoundLate(lost: LostSubmit) {
  const { world, paymentId } = lost
  await eventually(async () => (await outcomesOf(lost, 'retrieve')).includes('not_found'))
  const { asked } = await world.attempt(paymentId)
  await world.advance('10 minutes')
  await eventually(async () => (await world.attempt(paymentId)).asked > asked)
  assert.equal((await world.payment(paymentId)).status, 'Pending', 'the late window is fifteen minutes')
  await endsNotFound(lost, '15 minutes')
}

async function endsReversedAfterAMinute(lost: LostSubmit) {
  const { world, paymentId } = lost
  await eventually(async () => (await world.attempt(paymentId)).asked > 0)
  assert.equal((await world.payment(paymentId)).status, 'Pending')
  assert.deepEqual(await outcomesOf(lost, 'reverse'), [], 'its answer may still be on the way')
  assert.deepEqual(await outcomesOf(lost, 'retrieve'), [], 'it cannot be asked')

  await world.advance('70 seconds')
  await endsDeclinedAndUndone(lost)
}

async function endsDeclinedAndUndone(lost: LostSubmit) {
  const { world, paymentId, session } = lost
  const payment = await eventually(async () => {
    const now = await world.payment(paymentId)
    return now.status === 'Declined' && now
  })
  assert.equal(payment.approved, false)
  assert.deepEqual((await outcomesOf(lost, 'reverse')).at(-1), 'succeeded')
  assert.equal((await outcomesOf(lost, 'authorize')).length, 1)
  assert.equal(await world.heldAuthorizations(), 0)

  const answer = await repeat(lost)
  assert.equal(answer.status, 201, answer.text)
  assert.equal(answer.body.id, paymentId)
  assert.equal(answer.body.status, 'Declined')
  assert.equal(answer.body.response_code, '20068', 'response received too late')

  const again = await world.submit(session, CARDS.approved)
  assert.equal(again.status, 201, 'the session is open again: nothing of the first attempt is left at the bank')
  assert.equal(again.body.status, 'Approved')
  assert.notEqual(again.body.id, paymentId)
  assert.equal(await world.heldAuthorizations(), 1)
}

async function staysForAPerson(lost: LostSubmit) {
  const { world, paymentId, session } = lost
  const held = await world.heldAuthorizations()
  const { asked } = await eventually(async () => {
    const row = await world.attempt(paymentId)
    return row.review !== null && row
  })
  assert.equal((await world.payment(paymentId)).status, 'Pending')

  await world.advance('30 days')
  await eventually(async () => (await world.attempt(paymentId)).asked > asked)
  assert.equal((await world.payment(paymentId)).status, 'Pending')
  assert.deepEqual(
    (await world.calls(paymentId)).map(({ kind }) => kind),
    ['authorize'],
    'it can neither be asked nor told',
  )
  const answer = await repeat(lost)
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(answer.body, { id: paymentId, status: 'Pending', type: 'card', action: { type: 'poll' } })
  const second = await world.submit(session, CARDS.approved)
  assert.equal(second.status, 422, 'a second charge beside an unknown one is refused')
  assert.equal(await world.heldAuthorizations(), held)
}

/** Four merchants submit, one of each class; all are stopped at the point, and the server dies there. */
async function killedAt(t: TestContext, point: Point) {
  const sluice = await startKillable(t)
  await sluice.start({ holdAt: point.seam })
  const worlds = await Promise.all((['A', 'B', 'C', 'D'] as const).map((each) => sluice.world(each)))
  const metadata = point.simulator === undefined ? {} : { sluice_simulator: point.simulator }
  const lost = await Promise.all(worlds.map((world) => loseSubmit(world, metadata)))
  await sluice.held(worlds.length)
  for (const world of worlds) {
    const expected = point.booked ? 1 : 0
    await eventually(async () => (await world.heldAuthorizations()) === expected)
  }
  await sluice.kill()
  await sluice.endLeases()
  await sluice.start()
  return { sluice, lost: await Promise.all(lost.map(found)) }
}

/** Sends a submit that will never be answered. */
async function loseSubmit(world: World, metadata: Record<string, string>): Promise<LostSubmit> {
  const session = await world.requestSession({ metadata })
  const body = { session_data: await world.seal(session, CARDS.approved) }
  world.post(`/payment-sessions/${session.id}/submit`, body).then(
    (answer) => assert.fail(`the server died, and yet it answered ${answer.status}`),
    () => undefined,
  )
  return { world, session, body, paymentId: '' }
}

/** The attempt that was remembered before anything was sent: the session knows it, though nobody was answered. */
async function found(lost: LostSubmit): Promise<LostSubmit> {
  const payment = await lost.world.payment(lost.session.id)
  return { ...lost, paymentId: payment.id }
}

function repeat({ world, session, body }: LostSubmit): Promise<Answer> {
  return world.post(`/payment-sessions/${session.id}/submit`, body)
}

async function outcomesOf({ world, paymentId }: LostSubmit, kind: string): Promise<(string | null)[]> {
  const calls = await world.calls(paymentId)
  return calls.filter((call) => call.kind === kind).map(({ outcome }) => outcome)
}
