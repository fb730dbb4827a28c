/** Answers that never came or made no sense: nobody guesses, nobody waits for long, and in the end everybody agrees. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import type { ServerOptions } from '@sluice/server/main'
import pg from 'pg'
import { CARDS } from './support/cards.ts'
import { makeWorld, type ProcessorClass, startKillable, type World } from './support/crash.ts'
import { type Answer, eventually, type Session, startSluice } from './support/sluice.ts'

/** Whatever the processor does. */
const LONGEST_ANSWER_MS = 12_000
/** A question comes up to a tenth of its interval later, so that not all come at once. */
const LATEST_SHARE = 0.1
const CLASSES: readonly ProcessorClass[] = ['A', 'B', 'C', 'D']

/** How the bank's answer goes astray, and whether the authorization is on its books all the same. */
const MISHAPS: Record<string, boolean> = {
  timeout: true,
  timeout_before_booking: false,
  drop_after_booking: true,
  drop_before_booking: false,
  http_500: true,
  http_500_before_booking: false,
  garbled: true,
  unknown_code: true,
}

interface Doubtful {
  world: World
  session: Session
  body: { session_data: string }
  booked: boolean
  paymentId: string
}

test('a bank that is silent, garbled or cut off is answered for within twelve seconds, and resolved by its class', async (t) => {
  const { sluice, worlds } = await startWorlds(t)
  const doubtful = await Promise.all(
    worlds.flatMap((world) =>
      Object.entries(MISHAPS).map(async ([mishap, booked]): Promise<Doubtful> => {
        const { session, body } = await prepared(world, mishap)
        const sentAt = performance.now()
        const answer = await submit({ world, session, body })
        const tookMs = performance.now() - sentAt
        assert.ok(tookMs < LONGEST_ANSWER_MS, `${mishap}: answered after ${tookMs} ms`)
        assertPending(answer)
        return { world, session, body, booked, paymentId: answer.body.id }
      }),
    ),
  )
  const of = (processorClass: ProcessorClass, booked?: boolean) =>
    doubtful.filter((each) => each.world.processorClass === processorClass && each.booked === (booked ?? each.booked))

  for (const each of [...of('A', true), ...of('B', true)]) await becomes(each, 'Captured')
  for (const each of [...of('A', false), ...of('B', false), ...of('C')]) {
    // An attempt of class A may have been given up already when the machine is slow.
    const allowed = each.world.processorClass === 'A' ? ['Pending', 'Declined'] : ['Pending']
    assert.ok(allowed.includes((await each.world.payment(each.paymentId)).status))
  }

  for (const world of worlds) await world.advance('70 seconds')
  for (const each of [...of('A', false), ...of('C')]) await becomes(each, 'Declined')
  for (const each of of('B', false)) await becomes(each, 'Pending')

  for (const world of worlds) await world.advance('15 minutes')
  for (const each of of('B', false)) await becomes(each, 'Declined')
  for (const each of of('D')) {
    await eventually(async () => (await each.world.attempt(each.paymentId)).review !== null)
    await becomes(each, 'Pending')
  }

  for (const world of worlds) {
    const held = await world.heldByPayment()
    for (const each of of(world.processorClass)) {
      const kept = each.booked && world.processorClass !== 'C' ? 1 : 0
      assert.equal(held.get(each.paymentId) ?? 0, kept)
      const kinds = (await world.calls(each.paymentId)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'authorize').length, 1, 'the reconciler only asks')
    }
  }
  await sluice.assertSound()
})

test('a bank that was surely not reached answers 502 without a body, and the identical submit then runs afresh', async (t) => {
  const sluice = await startKillable(t)
  await sluice.start()
  const world = await sluice.world('A')
  const attempt = { world, ...(await prepared(world)) }
  await sluice.closeBank()

  const more = 8
  for (let times = 0; times < more; times++) {
    const answer = await submit(attempt)
    assert.equal(answer.status, 502)
    assert.equal(answer.text, '')
  }
  const read = await world.get(`/payment-sessions/${attempt.session.id}`)
  assert.equal(read.status, 200)
  const { rows } = await sluice.db.query('select attempts, state from payment_sessions where id = $1', [
    uuidOf('session', attempt.session.id),
  ])
  assert.deepEqual(rows, [{ attempts: 0, state: 'open' }], 'more than a session allows, and none of them counts')

  await sluice.reopenBank()
  const answer = await submit(attempt)
  assert.equal(answer.status, 201, answer.text)
  assert.equal(answer.body.status, 'Approved')
  assert.equal(answer.headers.get('idempotent-replayed'), null)
  assert.equal(await world.heldAuthorizations(), 1)
  await sluice.assertSound()
})

test('a repeat that did not reach the bank says nothing of the message before it', async (t) => {
  const sluice = await startKillable(t)
  await sluice.start()
  const world = await sluice.world('A')
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_after_booking')) }
  const first = await submit(attempt)
  assertPending(first)

  await sluice.closeBank()
  const second = await submit(attempt)
  assertPending(second)
  assert.equal(second.body.id, first.body.id)
  assert.equal((await world.attempt(first.body.id)).phase, 'in_doubt', 'the bank may have booked the first message')

  await sluice.reopenBank()
  const third = await submit(attempt)
  assert.equal(third.status, 201, third.text)
  assert.deepEqual(third.body, { id: first.body.id, status: 'Approved', type: 'card' })
  assert.equal(await world.heldAuthorizations(), 1)
  await sluice.assertSound()
})

test('a repeat whose answer is lost too leaves the attempt to the next one, and the reconciler’s plan as it was', async (t) => {
  const { worlds, db } = await startWorlds(t)
  const world = worlds[0] as World
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_before_booking')) }
  const first = await submit(attempt)
  assertPending(first)
  const plan = () =>
    db.query('select ask_on, asked, version from payments where id = $1', [uuidOf('payment', first.body.id)])
  const { rows: before } = await plan()

  for (let times = 0; times < 3; times++) {
    const again = await submit(attempt)
    assertPending(again)
    assert.equal(again.body.id, first.body.id)
  }

  assert.deepEqual((await plan()).rows, before)
  const calls = await world.calls(first.body.id)
  assert.deepEqual(new Set(calls.map(({ kind, key }) => `${kind} ${key}`)), new Set([`authorize ${first.body.id}`]))
  assert.equal(calls.length, 4)
})

test('the reconciler asks on the merchant’s clock, at its published times, and not at all while that stands still', async (t) => {
  const { worlds } = await startWorlds(t)
  const world = worlds[0] as World
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_after_booking retrieve.http_500')) }
  const { body } = await submit(attempt)
  const asked = async () => (await world.calls(body.id)).filter(({ kind }) => kind === 'retrieve').length

  await beat()
  assert.equal(await asked(), 0, 'two seconds have not passed')
  for (const [before, seconds] of [2, 3, 10, 45, 120, 300, 900, 900].entries()) {
    await world.advance(`${seconds * 1000 - 1} milliseconds`)
    await beat()
    assert.equal(await asked(), before, `a moment before the end of ${seconds} s`)
    await world.advance(`${seconds * LATEST_SHARE * 1000 + 1} milliseconds`)
    await eventually(async () => (await asked()) === before + 1)
    await eventually(async () => (await world.attempt(body.id)).asked === before + 1)
  }
  assert.equal((await world.payment(body.id)).status, 'Pending')
})

test('a decision the reconciler makes while the shopper’s repeat holds another settles once', async (t) => {
  const gate = gateAt('processor.answered')
  const { sluice, worlds, endLease, ledgerOf } = await startWorlds(t, { seam: gate.seam })
  const world = worlds[0] as World
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_after_booking')) }
  const { body } = await submit(attempt)

  gate.close()
  const repeat = submit(attempt)
  await gate.reached()
  // As if the shopper's request had been held up for longer than its lease.
  await endLease(body.id)
  await world.advance('2 seconds')
  await becomes({ world, paymentId: body.id }, 'Captured')
  gate.open()

  const answer = await repeat
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(answer.body, { id: body.id, status: 'Approved', type: 'card' })
  assert.equal((await submit(attempt)).text, answer.text)
  assert.deepEqual(await ledgerOf(body.id), ['authorization', 'capture'])
  assert.equal(await world.heldAuthorizations(), 1)
  await sluice.assertSound()
})

test('a decision the shopper’s repeat makes while the reconciler holds another settles once', async (t) => {
  const gate = gateAt('processor.answered')
  const { sluice, worlds, endLease, ledgerOf } = await startWorlds(t, { seam: gate.seam })
  const world = worlds[0] as World
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_after_booking')) }
  const { body } = await submit(attempt)

  gate.close()
  await world.advance('2 seconds')
  await gate.reached()
  const refused = await submit(attempt)
  assert.equal(refused.status, 429, 'the reconciler is asking at this moment')
  assert.deepEqual(refused.body.error_codes, ['session_already_in_use'])
  // As if the reconciler had been held up for longer than its lease.
  await endLease(body.id)
  const answer = await submit(attempt)
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(answer.body, { id: body.id, status: 'Approved', type: 'card' })
  gate.open()

  await becomes({ world, paymentId: body.id }, 'Captured')
  assert.equal((await submit(attempt)).text, answer.text)
  assert.deepEqual(await ledgerOf(body.id), ['authorization', 'capture'])
  assert.equal(await world.heldAuthorizations(), 1)
  await sluice.assertSound()
})

test('a part nobody agreed to is given back, and the payment declined', async (t) => {
  const { sluice, worlds } = await startWorlds(t)
  const world = worlds[0] as World
  const attempt = { world, ...(await prepared(world, 'partial:400')) }

  const answer = await submit(attempt)
  assertPending(answer)
  await becomes({ world, paymentId: answer.body.id }, 'Declined')

  const movements = await world.ledger(world.entity)
  assert.deepEqual(
    movements.map(({ kind, amount }) => [kind, amount]),
    [
      ['authorization', 400],
      ['reversal', 400],
    ],
  )
  const repeat = await submit(attempt)
  assert.equal(repeat.status, 201)
  assert.equal(repeat.body.status, 'Declined')
  await sluice.assertSound()
})

test('a reversal the bank does not acknowledge is repeated, and after five refusals a person is told', async (t) => {
  const { worlds } = await startWorlds(t)
  const world = worlds[2] as World
  await world.freeze()
  const attempt = { world, ...(await prepared(world, 'drop_after_booking reverse.code:20005')) }
  const { body } = await submit(attempt)
  const reversals = async () => (await world.calls(body.id)).filter(({ kind }) => kind === 'reverse').length

  await world.advance('70 seconds')
  for (let times = 1; times <= 6; times++) {
    await eventually(async () => (await world.attempt(body.id)).asked === times)
    const { review, phase } = await world.attempt(body.id)
    assert.equal(phase, 'reversing')
    assert.equal(review !== null, times >= 5, `after ${times} refusals`)
    assert.ok((await reversals()) >= times)
    await world.advance('66 minutes')
  }
  assert.equal((await world.payment(body.id)).status, 'Pending')
  const keys = new Set((await world.calls(body.id)).map(({ kind, key }) => `${kind} ${key}`))
  assert.deepEqual([...keys].sort(), [`authorize ${body.id}`, `reverse ${body.id}_reversal`])
})

/** A Sluice with a merchant for each class, A to D. */
async function startWorlds(t: TestContext, options: ServerOptions = {}) {
  const sluice = await startSluice(t, options)
  const db = new pg.Pool({ connectionString: sluice.config.databaseUrl, max: 2 })
  t.after(() => db.end())
  const worlds = await Promise.all(CLASSES.map((each) => makeWorld(sluice.config, db, each)))
  return {
    sluice,
    db,
    worlds,
    async endLease(paymentId: string) {
      await db.query(`update payments set lease_until = now() - interval '1 second' where id = $1`, [
        uuidOf('payment', paymentId),
      ])
    },
    async ledgerOf(paymentId: string): Promise<string[]> {
      const { rows } = await db.query<{ kind: string }>(
        'select kind from ledger_entries where payment_id = $1 order by id',
        [uuidOf('payment', paymentId)],
      )
      return rows.map(({ kind }) => kind)
    },
  }
}

/** Holds the next payment that comes to the seam, once it is closed. */
function gateAt(seam: string) {
  let closed = false
  let open: (() => void) | undefined
  return {
    seam: ((name) => {
      if (name !== seam || !closed) return
      closed = false
      return new Promise<void>((resolve) => {
        open = resolve
      })
    }) satisfies ServerOptions['seam'],
    close() {
      closed = true
    },
    reached: () => eventually(async () => open !== undefined),
    open() {
      open?.()
    },
  }
}

/** @param mishap what the simulator is told to do */
async function prepared(world: World, mishap?: string) {
  const session = await world.requestSession(mishap === undefined ? {} : { metadata: { sluice_simulator: mishap } })
  return { session, body: { session_data: await world.seal(session, CARDS.approved) } }
}

function submit({ world, session, body }: Pick<Doubtful, 'world' | 'session' | 'body'>): Promise<Answer> {
  return world.post(`/payment-sessions/${session.id}/submit`, body)
}

function assertPending(answer: Answer) {
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(answer.body, { id: answer.body.id, status: 'Pending', type: 'card', action: { type: 'poll' } })
}

async function becomes({ world, paymentId }: Pick<Doubtful, 'world' | 'paymentId'>, status: string) {
  await eventually(async () => (await world.payment(paymentId)).status === status)
}

/** Longer than the pause between two looks of the reconciler. */
function beat(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 700))
}
