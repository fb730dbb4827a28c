/** The statements of authentications and of cards that wait, as statements.test.ts tries all statements: alone, and in a race. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { newId } from '@sluice/server/operations/ids'
import { keepHold, readHold } from '@sluice/server/store/attempt-holds'
import {
  type AuthenticationOutcome,
  beginAuthentication,
  keepChallenge,
  keepResult,
  markReturned,
  type NewAuthentication,
  readAuthentication,
  recordAuthentication,
  wasAuthorizationBegun,
} from '@sluice/server/store/authentications'
import type { Queryable } from '@sluice/server/store/db'
import { leaseAttempts } from '@sluice/server/store/attempts'
import { readPayments, type NewAttempt } from '@sluice/server/store/payments'
import { type Settlement, settleAttempts } from '@sluice/server/store/settlements'

const OURS = 1
const OTHERS = 2

interface Bench {
  db: Queryable
  own<Result>(work: () => Promise<Result>, spared?: number): Promise<Result>
  race<First, Second>(
    first: (on: Queryable) => Promise<First>,
    second: (on: Queryable) => Promise<Second>,
    end?: 'commit' | 'rollback',
  ): Promise<{ first: First; second: Second | Error }>
  begun(changes?: Partial<NewAttempt>): Promise<NewAttempt>
  rows(table: string, entityKey: number): Promise<Record<string, unknown>[]>
  freeLease(paymentId: string): Promise<void>
}

const id = () => newId({ now: Date.now }, 0)
const event = (type: string) => ({ id: id(), source: 'authentication' as const, type, data: {} })
const RESULT = { status: 'Y' as const, version: '2.2.0', challenged: true }

/** The end of an attempt whose message surely did not leave the house. */
function notSent({ paymentId }: NewAttempt, lease: number): Settlement {
  return {
    paymentId,
    version: 1,
    lease,
    phase: 'not_sent',
    authorized: 0,
    action: null,
    captureActionId: null,
    captureAllocations: null,
    ledgerId: null,
    responseCode: null,
    reference: null,
    facts: {},
    source: null,
    authLifetimeS: null,
    sid: null,
    deadlineInS: null,
    askInS: null,
    review: null,
    answer: null,
    uncounted: 'not_sent',
    authentication: null,
    eventsBefore: [],
    event: event('payment_not_sent'),
    call: null,
  }
}

export async function checkAuthenticationStatements(t: TestContext, { db, own, race, begun, rows, freeLease }: Bench) {
  const asking = ({ paymentId }: NewAttempt, changes: Partial<NewAuthentication> = {}): NewAuthentication => ({
    paymentId,
    version: 1,
    lease: 1,
    transId: randomUUID(),
    spareTransId: randomUUID(),
    amount: 1000,
    currency: 'GBP',
    reason: 'asked',
    event: event('authentication_started'),
    spareEventData: {},
    newCallId: null,
    key: 'k',
    call: null,
    ...changes,
  })
  const outcome = ({ paymentId }: NewAttempt, changes: Partial<AuthenticationOutcome> = {}): AuthenticationOutcome => ({
    paymentId,
    version: 2,
    lease: 1,
    ended: 'Y',
    result: RESULT,
    facts: {},
    authorizes: { callId: id(), key: 'k' },
    event: event('authentication_approved'),
    call: null,
    ...changes,
  })
  const phaseOf = async ({ paymentId }: NewAttempt) => (await readPayments(db, OURS, [{ by: 'id', id: paymentId }]))[0]

  await t.test('begin_authentication begins one under the lease, and never under a transaction id twice', async () => {
    const one = await begun({ firstMessage: 'authenticate' })
    const wanted = asking(one)
    await beginAuthentication(db, OTHERS, wanted)
    assert.deepEqual(await own(() => beginAuthentication(db, OURS, wanted)), { transId: wanted.transId })
    assert.equal(await beginAuthentication(db, OURS, asking(one)), undefined, 'the version has moved on')
    const two = await begun({ firstMessage: 'authenticate' })
    assert.equal(await beginAuthentication(db, OURS, asking(two, { lease: 2 })), undefined)
    const again = asking(two, { transId: wanted.transId, newCallId: id() })
    assert.deepEqual(await own(() => beginAuthentication(db, OURS, again)), { transId: again.spareTransId })
    assert.equal(await wasAuthorizationBegun(db, OURS, two.paymentId), false)
  })

  await t.test('begin_authentication tells of the transaction id it gave, also to two at one moment', async () => {
    for (const end of ['commit', 'rollback'] as const) {
      const [one, two] = [await begun({ firstMessage: 'authenticate' }), await begun({ firstMessage: 'authenticate' })]
      const transId = randomUUID()
      const told = { spareEventData: { says: 'spare' }, transId }
      const wanted = [one, two].map((each) =>
        asking(each, { ...told, event: { ...event('authentication_started'), data: { says: 'wanted' } } }),
      ) as [NewAuthentication, NewAuthentication]
      const { first, second } = await race(
        (on) => beginAuthentication(on, OURS, wanted[0]),
        (on) => beginAuthentication(on, OURS, wanted[1]),
        end,
      )
      assert.deepEqual(first, { transId })
      assert.deepEqual(second, { transId: end === 'commit' ? wanted[1].spareTransId : transId })
      const started = (await rows('events', OURS)).find(
        ({ subject_id, version }) => subject_id === two.paymentId && version === 2,
      )
      assert.deepEqual(started?.['data'], {
        ...(started?.['data'] as object),
        says: end === 'commit' ? 'spare' : 'wanted',
      })
    }
  })

  await t.test('begin_authentication begins anew what was asked before, with the reason it has now', async () => {
    const one = await begun({ firstMessage: 'authenticate' })
    for (const key of [OURS, OTHERS]) await beginAuthentication(db, key, asking(one))
    const { paymentId } = one
    await keepChallenge(db, OURS, { paymentId, version: 2, lease: 1, answer: { version: '2.2.0' } })
    await keepResult(db, OURS, { paymentId, result: RESULT })
    await markReturned(db, OURS, paymentId)
    const again = asking(one, { version: 2, reason: 'soft_decline' })
    assert.deepEqual(await own(() => beginAuthentication(db, OURS, again)), { transId: again.spareTransId })
    assert.deepEqual(await readAuthentication(db, OURS, paymentId), {
      paymentId,
      transId: again.spareTransId,
      amount: 1000,
      currency: 'GBP',
      reason: 'soft_decline',
      answer: null,
      result: null,
      ended: null,
      returnedAgoS: null,
    })
  })

  await t.test('record_authentication goes on once, under the lease, whoever meets it', async () => {
    for (const end of ['commit', 'rollback'] as const) {
      const one = await begun({ firstMessage: 'authenticate' })
      for (const key of [OURS, OTHERS]) await beginAuthentication(db, key, asking(one))
      assert.equal(await recordAuthentication(db, OURS, outcome(one, { lease: 2 })), false)
      const { first, second } = await race(
        (on) => recordAuthentication(on, OURS, outcome(one)),
        (on) => recordAuthentication(on, OURS, outcome(one)),
        end,
      )
      assert.deepEqual([first, second], [true, end === 'rollback'])
      assert.equal(await wasAuthorizationBegun(db, OURS, one.paymentId), true)
      assert.equal(await wasAuthorizationBegun(db, OTHERS, one.paymentId), false)
      const row = await phaseOf(one)
      assert.deepEqual(
        [row?.phase, row?.version, row?.sid],
        ['sending', 3, (await readAuthentication(db, OURS, one.paymentId))?.transId],
      )
    }
  })

  await t.test('what was decided on stays, whatever is told while that is written or afterwards', async () => {
    const late = { ...RESULT, status: 'N' as const }
    for (const end of ['commit', 'rollback'] as const) {
      const one = await begun({ firstMessage: 'authenticate' })
      for (const key of [OURS, OTHERS]) await beginAuthentication(db, key, asking(one))
      const { paymentId } = one
      const decided = outcome(one, { ended: 'timed_out', result: null })
      await race(
        (on) => recordAuthentication(on, OURS, decided),
        (on) => keepResult(on, OURS, { paymentId, result: late }),
        end,
      )
      const row = await readAuthentication(db, OURS, paymentId)
      assert.deepEqual([row?.ended, row?.result], end === 'commit' ? ['timed_out', null] : [null, late])

      await recordAuthentication(db, OURS, decided)
      await own(() => keepResult(db, OURS, { paymentId, result: late }))
      const after = await readAuthentication(db, OURS, paymentId)
      assert.deepEqual([after?.ended, after?.result], ['timed_out', null])
    }
  })

  await t.test(
    'keep_challenge, keep_authentication_result and mark_returned change their own row, the result once',
    async () => {
      const one = await begun({ firstMessage: 'authenticate' })
      for (const key of [OURS, OTHERS]) await beginAuthentication(db, key, asking(one))
      const { paymentId } = one
      const answer = { version: '2.2.0' }
      const fence = { paymentId, version: 2, lease: 1 }
      assert.equal(await own(() => keepChallenge(db, OURS, { ...fence, answer })), true)
      for (const stale of [{ version: 1 }, { lease: 2 }]) {
        assert.equal(await keepChallenge(db, OURS, { ...fence, ...stale, answer: { version: '2.3.1' } }), false)
      }
      await own(() => markReturned(db, OURS, paymentId))
      await own(() => keepResult(db, OURS, { paymentId, result: RESULT }))
      await own(() => keepResult(db, OURS, { paymentId, result: { ...RESULT, status: 'N' } }))
      const row = await readAuthentication(db, OURS, paymentId)
      assert.deepEqual([row?.answer, row?.result], [answer, RESULT])
      assert.ok((row?.returnedAgoS ?? -1) >= 0)
      assert.equal((await readAuthentication(db, OTHERS, paymentId))?.result, null)
    },
  )

  await t.test('keep_hold keeps one card for an attempt, for who holds its lease', async () => {
    const one = await begun({ firstMessage: 'authenticate' })
    const hold = { paymentId: one.paymentId, slot: 1, sealed: Buffer.from('first') }
    const fence = { version: 1, lease: 1 }
    assert.equal(await own(() => keepHold(db, OURS, hold, fence)), true)
    assert.equal(await own(() => keepHold(db, OURS, { ...hold, sealed: Buffer.from('second') }, fence)), true)
    for (const stale of [{ version: 2 }, { lease: 2 }]) {
      const third = { ...hold, sealed: Buffer.from('third') }
      assert.equal(await keepHold(db, OURS, third, { ...fence, ...stale }), false)
    }
    assert.equal((await readHold(db, OURS, one.paymentId))?.sealed.toString(), 'second')
    assert.equal(await readHold(db, OTHERS, one.paymentId), undefined)
  })

  await t.test('keep_hold leaves no card behind, whoever takes the attempt over and ends it meanwhile', async () => {
    const fence = { version: 1, lease: 1 }
    for (const end of ['commit', 'rollback'] as const) {
      const one = await begun({ firstMessage: 'authenticate' })
      const { paymentId } = one
      await freeLease(paymentId)
      const hold = { paymentId, slot: 1, sealed: Buffer.from('card') }
      const takeOver = { id: paymentId, version: 1, leases: 1, phases: ['sending' as const] }
      const late = await race(
        (on) => leaseAttempts(on, OURS, [takeOver]),
        (on) => keepHold(on, OURS, hold, fence),
        end,
      )
      assert.equal(late.second, end === 'rollback')
      const lease = end === 'commit' ? 2 : 1
      await settleAttempts(db, OURS, [notSent(one, lease)])
      assert.equal(await readHold(db, OURS, paymentId), undefined)

      const two = await begun({ firstMessage: 'authenticate' })
      await freeLease(two.paymentId)
      const early = await race(
        (on) => keepHold(on, OURS, { ...hold, paymentId: two.paymentId }, fence),
        (on) => leaseAttempts(on, OURS, [{ ...takeOver, id: two.paymentId }]),
        end,
      )
      assert.deepEqual(early.second, [2])
      await settleAttempts(db, OURS, [notSent(two, 2)])
      assert.equal(await readHold(db, OURS, two.paymentId), undefined)
    }
  })
}
