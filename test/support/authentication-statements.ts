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
import { readPayments, type NewAttempt } from '@sluice/server/store/payments'

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
}

const id = () => newId({ now: Date.now }, 0)
const event = (type: string) => ({ id: id(), source: 'authentication' as const, type, data: {} })
const RESULT = { status: 'Y' as const, version: '2.2.0', challenged: true }

export async function checkAuthenticationStatements(t: TestContext, { db, own, race, begun }: Bench) {
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
    newCallId: null,
    key: 'k',
    call: null,
    ...changes,
  })
  const outcome = ({ paymentId }: NewAttempt, changes: Partial<AuthenticationOutcome> = {}): AuthenticationOutcome => ({
    paymentId,
    version: 2,
    lease: 1,
    answer: null,
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

  await t.test(
    'keep_challenge, keep_authentication_result and mark_returned change their own row, the result once',
    async () => {
      const one = await begun({ firstMessage: 'authenticate' })
      for (const key of [OURS, OTHERS]) await beginAuthentication(db, key, asking(one))
      const { paymentId } = one
      const answer = { version: '2.2.0' }
      await own(() => keepChallenge(db, OURS, { paymentId, answer }))
      await own(() => markReturned(db, OURS, paymentId))
      await own(() => keepResult(db, OURS, { paymentId, result: RESULT }))
      await own(() => keepResult(db, OURS, { paymentId, result: { ...RESULT, status: 'N' } }))
      const row = await readAuthentication(db, OURS, paymentId)
      assert.deepEqual([row?.answer, row?.result], [answer, RESULT])
      assert.ok((row?.returnedAgoS ?? -1) >= 0)
      assert.equal((await readAuthentication(db, OTHERS, paymentId))?.result, null)
    },
  )

  await t.test('keep_hold keeps one card for an attempt', async () => {
    const one = await begun({ firstMessage: 'authenticate' })
    const hold = { paymentId: one.paymentId, slot: 1, sealed: Buffer.from('first') }
    await own(() => keepHold(db, OURS, hold))
    await own(() => keepHold(db, OURS, { ...hold, sealed: Buffer.from('second') }))
    assert.equal((await readHold(db, OURS, one.paymentId))?.sealed.toString(), 'second')
    assert.equal(await readHold(db, OTHERS, one.paymentId), undefined)
  })
}
