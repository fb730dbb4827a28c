/**
 * The set-based statements alone, on every PostgreSQL we serve: with the same thing twice in one batch, and with another
 * writer whose transaction has to be waited for, committed or rolled back. Two merchants have rows under the same ids
 * throughout: whatever is done for one must leave the other's as they were, to the byte.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, test } from 'node:test'
import { newId } from '@sluice/server/operations/ids'
import {
  type ActionSettlement,
  beginScheduledCaptures,
  claimActions,
  settleActions,
  readActions,
} from '@sluice/server/store/actions'
import { leaseAttempts, postponeAttempts, recordLateMoney } from '@sluice/server/store/attempts'
import { freezeClock, moveClock, readClock, resumeClock } from '@sluice/server/store/clocks'
import { changeOrigins, insertCredentials, revokeCredentials } from '@sluice/server/store/credentials'
import { findOrCreateCustomers } from '@sluice/server/store/customers'
import { addDataKey } from '@sluice/server/store/data-keys'
import { type Queryable, queryable } from '@sluice/server/store/db'
import { beginExpiryVoids } from '@sluice/server/store/expiries'
import { claimIdempotencyKey, keepIdempotentAnswer, releaseIdempotencyKey } from '@sluice/server/store/idempotency'
import { keepInstruments } from '@sluice/server/store/instruments'
import { findBreaches } from '@sluice/server/store/invariants'
import { migrate } from '@sluice/server/store/migrate'
import {
  beginAttempts,
  beginCompletions,
  findEarlierAttempts,
  type NewAttempt,
  readPayments,
} from '@sluice/server/store/payments'
import { type Settlement, settleAttempts } from '@sluice/server/store/settlements'
import { createSessions, type NewSession, readSessions, updateSessions } from '@sluice/server/store/sessions'
import { openPool } from '@sluice/server/store/store'
import { spendWalletToken } from '@sluice/server/store/spent-wallet-tokens'
import { keepToken, readToken } from '@sluice/server/store/tokens'
import type pg from 'pg'
import { freshDatabase, freshDatabase15 } from './support/database.ts'
import { checkAuthenticationStatements } from './support/authentication-statements.ts'
import { checkEventStatements } from './support/event-statements.ts'
import { checkOperationStatements } from './support/operation-statements.ts'
import { statementsOf } from './support/sources.ts'

/** Changes that this harness has no use for, each with its reason. */
const UNTRIED: Record<string, string> = {
  insert_entity: 'makes the merchant',
  attach_scenario: 'one row by a test; the last one wins: tried in scenarios.test.ts',
  attach_scenario_once: 'one row by a test; the first one wins: tried in scenarios.test.ts',
  detach_scenario: 'one row by a test: tried in scenarios.test.ts',
  count_payment_under_scenario: 'counts one row, in sandbox only: tried in scenarios.test.ts',
  insert_channel: 'one row by the operator; its name is unique',
  upsert_oauth_client: 'one row by the operator',
  disable_oauth_client: 'one row by the operator',
  claim_installation: 'global',
  probe_writes: 'global',
  insert_signing_key: 'global',
  delete_replaced_signing_keys: 'global',
  add_hold_share: 'global',
  delete_hold_shares_before: 'global',
  delete_holds_before: 'deletes by real time, of every merchant: tried in card-holds.test.ts',
  add_sealing_keys: 'global',
  delete_sealing_keys_before: 'global',
  forget_spent_wallet_tokens: 'deletes by real time, of every merchant: tried in wallets.test.ts',
  delete_expired_tokens: 'deletes by the clock of each merchant: tried in tokens.test.ts',
}

const DAY_MS = 86_400_000
const OURS = 1
const OTHERS = 2
const CHANNEL = randomUUID()
const GATEWAY = 'gateway' as const

for (const version of [18, 15]) {
  test(`the statements on PostgreSQL ${version}`, async (t) => {
    const url = version === 15 ? await freshDatabase15(t) : await freshDatabase(t)
    if (url === undefined) return t.diagnostic(`there is no PostgreSQL ${version} on this machine`)
    await migrate(url, Date.now())
    const bench = await openBench(t, url)
    await checkStatements(t, bench)
  })
}

type Bench = Awaited<ReturnType<typeof openBench>>

async function checkStatements(t: TestContext, bench: Bench) {
  const { db, both, own, race, rows } = bench
  t.afterEach(async () => {
    assert.deepEqual(await findBreaches(db, OURS), [])
  })

  await t.test('create_sessions makes each session once, for its merchant alone', async () => {
    const [a, b] = [session(), session()]
    const made = await own(() => createSessions(db, OURS, [a, b]))
    assert.equal(made.length, 2)
    await assert.rejects(createSessions(db, OURS, [session(), a]), { code: '23505' })
    await own(() => createSessions(db, OTHERS, [a]), OURS)
    assert.equal((await rows('payment_sessions', OURS)).length, 2)
    const same = session()
    const { first, second } = await race(
      (on) => createSessions(on, OURS, [same]),
      (on) => createSessions(on, OURS, [same]),
    )
    assert.equal(first.length, 1)
    assert.equal((second as Error & { code?: string }).code, '23505')
  })

  await t.test('update_sessions changes the version that was read, once, and not beside an attempt', async () => {
    const [s, expired] = [session(), session({ lifetimeS: -1 })]
    await both((key) => createSessions(db, key, [s, expired]))
    const to = (one: NewSession, amount: number, version = 1) => ({ id: one.id, version, changes: { amount } })
    const answers = await own(() =>
      updateSessions(db, OURS, [to(s, 7), to(s, 8), to(expired, 7), to(session(), 7), to(s, 9, 2)]),
    )
    assert.deepEqual(
      answers.map((row) => row && [row.amount, row.request['amount'], row.version]),
      [[7, 7, 2], undefined, undefined, undefined, undefined],
    )

    for (const end of ['commit', 'rollback'] as const) {
      const r = session()
      await both((key) => createSessions(db, key, [r]))
      const afterChange = await race(
        (on) => updateSessions(on, OURS, [to(r, 7)]),
        (on) => beginAttempts(on, OURS, [attempt(r)]),
        end,
      )
      assert.equal((afterChange.second as { begun: boolean }[])[0]?.begun, end === 'rollback')
      const q = session()
      await both((key) => createSessions(db, key, [q]))
      const afterAttempt = await race(
        (on) => beginAttempts(on, OURS, [attempt(q)]),
        (on) => updateSessions(on, OURS, [to(q, 7)]),
        end,
      )
      assert.equal((afterAttempt.second as unknown[])[0] !== undefined, end === 'rollback')
      const w = session()
      await both((key) => createSessions(db, key, [w]))
      const afterEachOther = await race(
        (on) => updateSessions(on, OURS, [to(w, 7)]),
        (on) => updateSessions(on, OURS, [to(w, 8)]),
        end,
      )
      assert.equal((afterEachOther.second as unknown[])[0] !== undefined, end === 'rollback')
    }
  })

  await t.test('begin_attempts begins one attempt of a session that is in the batch twice', async () => {
    const s = session()
    await both((key) => createSessions(db, key, [s]))
    const [one, two] = [attempt(s), attempt(s)]
    const begun = await own(() => beginAttempts(db, OURS, [one, two]))
    assert.deepEqual(
      begun.map(({ begun }) => begun),
      [true, false],
    )
    await bench.hasChanged(one, { events: 1, calls: 1, attempts: 1, state: 'processing' })
    assert.deepEqual(await bench.eventsOf(two.paymentId), [])
  })

  await t.test('begin_attempts spends a nonce once, also for two sessions of one batch', async () => {
    const [s1, s2] = [session(), session()]
    await both((key) => createSessions(db, key, [s1, s2]))
    const nonce = randomUUID()
    const begun = await own(() => beginAttempts(db, OURS, [attempt(s1, { nonce }), attempt(s2, { nonce })]))
    assert.equal(begun.filter(({ begun }) => begun).length, 1, 'whichever of the two')
    const states = await rows('payment_sessions', OURS, [s1.id, s2.id])
    assert.deepEqual(
      states.map(({ state, attempts }) => [state, attempts]),
      begun.map(({ begun }) => (begun ? ['processing', 1] : ['open', 0])),
    )
    const elsewhere = await beginAttempts(db, OTHERS, [attempt(s1, { nonce })])
    assert.equal(elsewhere[0]?.begun, true, 'another merchant’s nonce is another nonce')
  })

  await t.test('begin_attempts refuses a session that has moved on, has expired or has no attempts left', async () => {
    const [moved, expired, used] = [session(), session({ lifetimeS: -1 }), session({ maxAttempts: 0 })]
    await both((key) => createSessions(db, key, [moved, expired, used]))
    const begun = await own(() =>
      beginAttempts(db, OURS, [
        attempt(moved, { sessionVersion: 2 }),
        attempt(expired),
        attempt(used),
        attempt(session()),
      ]),
    )
    assert.deepEqual(
      begun.map(({ begun }) => begun),
      [false, false, false, false],
    )
  })

  await t.test(
    'begin_attempts waits for another attempt on the session: it loses when that one is committed',
    async () => {
      const s = session()
      await both((key) => createSessions(db, key, [s]))
      const [one, two] = [attempt(s), attempt(s)]
      const { first, second } = await race(
        (on) => beginAttempts(on, OURS, [one]),
        (on) => beginAttempts(on, OURS, [two]),
      )
      assert.equal(first[0]?.begun, true)
      assert.equal((second as typeof first)[0]?.begun, false)
      await bench.hasChanged(one, { events: 1, calls: 1, attempts: 1, state: 'processing' })
    },
  )

  await t.test(
    'begin_attempts waits for another attempt on the session: it wins when that one is rolled back',
    async () => {
      const s = session()
      await both((key) => createSessions(db, key, [s]))
      const [one, two] = [attempt(s), attempt(s)]
      const { second } = await race(
        (on) => beginAttempts(on, OURS, [one]),
        (on) => beginAttempts(on, OURS, [two]),
        'rollback',
      )
      assert.equal((second as { begun: boolean }[])[0]?.begun, true)
      await bench.hasChanged(two, { events: 1, calls: 1, attempts: 1, state: 'processing' })
      assert.deepEqual(await bench.eventsOf(one.paymentId), [])
    },
  )

  await t.test('begin_attempts waits for a nonce that another session is spending', async () => {
    for (const end of ['commit', 'rollback'] as const) {
      const [s1, s2] = [session(), session()]
      await both((key) => createSessions(db, key, [s1, s2]))
      const nonce = randomUUID()
      const { second } = await race(
        (on) => beginAttempts(on, OURS, [attempt(s1, { nonce })]),
        (on) => beginAttempts(on, OURS, [attempt(s2, { nonce }), attempt(s1)]),
        end,
      )
      const [other] = await rows('payment_sessions', OURS, [s2.id])
      const won = end === 'rollback'
      assert.equal((second as { begun: boolean }[])[0]?.begun, won)
      assert.deepEqual([other?.state, other?.attempts], won ? ['processing', 1] : ['open', 0])
    }
  })

  await t.test(
    'begin_completions opens one session for a nonce that is in the batch twice, or being spent',
    async () => {
      const nonce = randomUUID()
      const pairs = [completion({ nonce }), completion({ nonce })]
      const begun = await own(() => beginCompletions(db, OURS, pairs))
      assert.equal(begun.filter(({ begun }) => begun).length, 1, 'whichever of the two')
      assert.equal(
        (
          await rows(
            'payment_sessions',
            OURS,
            pairs.map(({ session }) => session.id),
          )
        ).length,
        1,
      )
      for (const end of ['commit', 'rollback'] as const) {
        const nonce = randomUUID()
        const [one, two] = [completion({ nonce }), completion({ nonce })]
        const { second } = await race(
          (on) => beginCompletions(on, OURS, [one]),
          (on) => beginCompletions(on, OURS, [two]),
          end,
        )
        assert.equal((second as { begun: boolean }[])[0]?.begun, end === 'rollback')
        const winner = end === 'rollback' ? two : one
        await bench.hasChanged(winner.attempt, { events: 1, calls: 1, attempts: 1, state: 'processing' })
      }
    },
  )

  await t.test(
    'settle_attempts settles a payment that is in the batch twice once, as its first line says',
    async () => {
      const one = await bench.begun()
      const settled = await own(() => settleAttempts(db, OURS, [approved(one), declined(one)]))
      assert.deepEqual(
        settled.map(({ settled }) => settled),
        [true, false],
      )
      await bench.hasChanged(one, { events: 2, calls: 1, attempts: 1, state: 'completed' })
      const [payment] = await rows('payments', OURS, [one.paymentId])
      assert.deepEqual(
        [payment?.phase, payment?.authorized, payment?.capturing, payment?.version],
        ['authorized', 1000, 1000, 2],
      )
      assert.equal((await bench.ofPayment('ledger_entries', one.paymentId)).length, 1)
      assert.equal((await bench.ofPayment('payment_actions', one.paymentId)).length, 2)
    },
  )

  await t.test(
    'settle_attempts changes nothing for a version that has passed or a move that does not exist',
    async () => {
      const one = await bench.begun()
      assert.equal((await own(() => settleAttempts(db, OURS, [{ ...approved(one), version: 7 }])))[0]?.settled, false)
      assert.equal((await own(() => settleAttempts(db, OURS, [declined(one)])))[0]?.settled, true)
      assert.equal((await own(() => settleAttempts(db, OURS, [{ ...approved(one), version: 2 }])))[0]?.settled, false)
      await bench.hasChanged(one, { events: 2, calls: 1, attempts: 1, state: 'open' })
    },
  )

  await t.test('settle_attempts writes what led to an end as a change of its own', async () => {
    const one = await bench.begun()
    const before = event('payment_authentication_failed')
    assert.equal(
      (
        await own(() =>
          settleAttempts(db, OURS, [{ ...declined(one), eventsBefore: [event('authentication_failed'), before] }]),
        )
      )[0]?.settled,
      true,
    )
    assert.deepEqual(await bench.eventsOf(one.paymentId), [1, 2, 3, 4])
    assert.equal((await rows('payments', OURS, [one.paymentId]))[0]?.version, 4)
  })

  await t.test('settle_attempts waits for who settles the same payment, and finds it settled', async () => {
    for (const end of ['commit', 'rollback'] as const) {
      const one = await bench.begun()
      const { second } = await race(
        (on) => settleAttempts(on, OURS, [approved(one)]),
        (on) => settleAttempts(on, OURS, [declined(one)]),
        end,
      )
      const lost = end === 'commit'
      assert.equal((second as { settled: boolean }[])[0]?.settled, !lost)
      const [payment] = await rows('payments', OURS, [one.paymentId])
      assert.equal(payment?.phase, lost ? 'authorized' : 'declined')
      await bench.hasChanged(one, { events: 2, calls: 1, attempts: 1, state: lost ? 'completed' : 'open' })
    }
  })

  await t.test('lease_attempts gives a lease to one, in a batch or out of two writers', async () => {
    const one = await bench.begun()
    await bench.freeLease(one.paymentId)
    const lease = (leases: number) => ({
      id: one.paymentId,
      version: 1,
      leases,
      phases: ['sending' as const],
      call: { id: id(), kind: 'retrieve', key: one.key },
    })
    assert.deepEqual(await own(() => leaseAttempts(db, OURS, [lease(1), lease(1)])), [2, undefined])
    assert.deepEqual(await own(() => leaseAttempts(db, OURS, [lease(2)])), [undefined], 'somebody holds it')
    assert.equal((await bench.ofPayment('processor_calls', one.paymentId)).length, 2)
    for (const [end, leases] of [
      ['commit', 2],
      ['rollback', 3],
    ] as const) {
      await bench.freeLease(one.paymentId)
      const { second } = await race(
        (on) => leaseAttempts(on, OURS, [lease(leases)]),
        (on) => leaseAttempts(on, OURS, [lease(leases)]),
        end,
      )
      assert.deepEqual(second, [end === 'rollback' ? 4 : undefined])
    }
    await bench.freeLease(one.paymentId)
    assert.deepEqual(await own(() => leaseAttempts(db, OURS, [lease(3)])), [undefined], 'read before the last lease')
    assert.equal((await bench.ofPayment('processor_calls', one.paymentId)).length, 4)
    assert.equal((await bench.eventsOf(one.paymentId)).length, 1, 'a lease is no change')
  })

  await t.test('postpone_attempts gives back the lease that was held at the version read, and no other', async () => {
    const one = await bench.begun()
    const postponed = { id: one.paymentId, lease: 1, askInS: 60, review: null, call: null }
    await own(() => postponeAttempts(db, OURS, [{ ...postponed, version: 9 }]))
    await own(() => postponeAttempts(db, OURS, [{ ...postponed, version: 1, lease: 2 }]))
    const [before] = await rows('payments', OURS, [one.paymentId])
    assert.ok(before?.lease_until)
    await own(() =>
      postponeAttempts(db, OURS, [
        { ...postponed, version: 1 },
        { ...postponed, version: 1 },
      ]),
    )
    const [after] = await rows('payments', OURS, [one.paymentId])
    assert.deepEqual([after?.lease_until, after?.asked, after?.version], [null, 1, 1])
  })

  await t.test('record_late_money records it once, whoever else does', async () => {
    const one = await bench.begun()
    await settleAttempts(db, OURS, [declined(one)])
    const late = () => ({
      paymentId: one.paymentId,
      version: 2,
      amount: 1000,
      actionId: id(),
      ledgerId: id(),
      event: event('payment_approved_late'),
      call: { id: one.callId, sent: 'yes' as const, outcome: 'approved', exchange: {} },
    })
    const { second } = await race(
      (on) => recordLateMoney(on, OURS, late()),
      (on) => recordLateMoney(on, OURS, late()),
    )
    assert.equal(second, undefined)
    assert.equal((await bench.eventsOf(one.paymentId)).length, 3)
    assert.equal((await bench.ofPayment('ledger_entries', one.paymentId)).length, 1)
  })

  await t.test(
    'find_or_create_customers makes one customer of an e-mail, in any case, in a batch or out of two',
    async () => {
      const email = `${randomUUID()}@example.com`
      const sought = [
        { newId: id(), email },
        { newId: id(), email: email.toUpperCase(), name: 'Ada' },
        { newId: id(), id: id() },
      ]
      const found = await own(() => findOrCreateCustomers(db, OURS, sought))
      assert.equal(found[0]?.id, sought[0]?.newId)
      assert.equal(found[1]?.id, sought[0]?.newId)
      assert.equal(found[2], undefined)
      const others = await findOrCreateCustomers(db, OTHERS, [
        { newId: id(), email },
        { newId: id(), id: found[0]?.id as string },
      ])
      assert.notEqual(others[0]?.id, found[0]?.id)
      assert.equal(others[1], undefined)
      for (const end of ['commit', 'rollback'] as const) {
        const email = `${randomUUID()}@example.com`
        const [one, two] = [
          { newId: id(), email },
          { newId: id(), email },
        ]
        const { second } = await race(
          (on) => findOrCreateCustomers(on, OURS, [one]),
          (on) => findOrCreateCustomers(on, OURS, [two]),
          end,
        )
        assert.equal((second as { id: string }[])[0]?.id, end === 'commit' ? one.newId : two.newId)
      }
    },
  )

  await t.test('claim_actions lets one sender have an action, and settle_actions books it once', async () => {
    const one = await bench.captured()
    const claim = () => ({ id: one.actionId, callId: id(), key: 'act_x' })
    for (const end of ['rollback', 'commit'] as const) {
      const { second } = await race(
        (on) => claimActions(on, OURS, [claim()]),
        (on) => claimActions(on, OURS, [claim()]),
        end,
      )
      assert.equal((second as unknown[])[0] !== undefined, end === 'rollback')
      if (end === 'rollback') await bench.freeAction(one.actionId)
    }
    assert.deepEqual(await own(() => claimActions(db, OURS, [claim()])), [undefined])

    const settle = () => succeeded(one)
    const { first, second } = await race(
      (on) => settleActions(on, OURS, [settle()]),
      (on) => settleActions(on, OURS, [settle()]),
    )
    assert.deepEqual([first, second], [[true], [false]])
    const [payment] = await rows('payments', OURS, [one.paymentId])
    assert.deepEqual([payment?.captured, payment?.capturing, payment?.version], [1000, 0, 3])
    assert.equal((await bench.eventsOf(one.paymentId)).length, 3)
    assert.equal((await bench.ofPayment('ledger_entries', one.paymentId)).length, 2)
  })

  await t.test('settle_actions books an action that is in the batch twice once', async () => {
    const one = await bench.captured()
    const claims = [{ id: one.actionId, callId: id(), key: 'a' }]
    assert.ok((await own(() => claimActions(db, OURS, claims)))[0])
    assert.deepEqual(await own(() => settleActions(db, OURS, [succeeded(one), succeeded(one)])), [true, false])
    const [payment] = await rows('payments', OURS, [one.paymentId])
    assert.deepEqual([payment?.captured, payment?.version], [1000, 3])
  })

  await t.test('begin_expiry_voids reserves what is left of an authorization whose time is over once', async () => {
    const authorized = () => bench.authorized(new Date(Date.now() + DAY_MS * 30).toISOString())
    const expiry = (paymentId: string) => ({ paymentId, actionId: id() })
    const young = await authorized()
    await own(() => beginExpiryVoids(db, OURS, [expiry(young.paymentId)]))
    assert.deepEqual((await rows('payments', OURS, [young.paymentId]))[0]?.voiding, 0)
    for (const end of ['commit', 'rollback'] as const) {
      const one = await authorized()
      const { now } = await readClock(db, OURS)
      await moveClock(db, OURS, new Date(now.getTime() + DAY_MS))
      const twice = [expiry(one.paymentId), expiry(one.paymentId)]
      await race(
        (on) => beginExpiryVoids(on, OURS, twice),
        (on) => beginExpiryVoids(on, OURS, [expiry(one.paymentId)]),
        end,
      )
      const [payment] = await rows('payments', OURS, [one.paymentId])
      assert.deepEqual([payment?.voiding, payment?.version, payment?.reservations], [1000, 2, 1])
      const voids = (await bench.ofPayment('payment_actions', one.paymentId)).filter(({ kind }) => kind === 'void')
      assert.deepEqual(
        voids.map(({ amount, state }) => [amount, state]),
        [[1000, 'requested']],
      )
    }
  })

  await t.test('freeze_clock, move_clock and resume_clock change one clock, and none takes it back', async () => {
    await own(() => freezeClock(db, OURS))
    const frozen = await readClock(db, OURS)
    assert.equal(frozen.frozen, true)
    const at = (days: number) => new Date(frozen.now.getTime() + days * DAY_MS)
    for (const end of ['commit', 'rollback'] as const) {
      const far = end === 'commit' ? 4 : 8
      await race(
        (on) => moveClock(on, OURS, at(far)),
        (on) => moveClock(on, OURS, at(far - 2)),
        end,
      )
      assert.deepEqual((await readClock(db, OURS)).now, at(end === 'commit' ? far : far - 2))
    }
    await own(() => freezeClock(db, OURS))
    assert.deepEqual(await readClock(db, OURS), { now: at(6), frozen: true })
    await own(() => resumeClock(db, OURS))
    await own(() => resumeClock(db, OURS))
    const running = await readClock(db, OURS)
    assert.equal(running.frozen, false)
    assert.ok(running.now >= at(6) && running.now < at(7))
    await own(() => moveClock(db, OURS, at(1)))
    assert.ok((await readClock(db, OURS)).now >= running.now)
    await own(() => moveClock(db, OURS, at(9)))
    const moved = await readClock(db, OURS)
    assert.ok(moved.now >= at(9) && moved.now < at(10))
  })

  await t.test('begin_scheduled_captures reserves what is left once', async () => {
    const due = () => bench.authorized(new Date(Date.now() - 1000).toISOString())
    const one = await due()
    const capture = (paymentId: string) => ({
      paymentId,
      actionId: id(),
      version: 2,
      reservations: 0,
      allocations: null,
    })
    const moved = { ...capture(one.paymentId), reservations: 1 }
    await own(() => beginScheduledCaptures(db, OURS, [moved]))
    assert.ok((await rows('payments', OURS, [one.paymentId]))[0]?.capture_on, 'it stays due')
    await own(() => beginScheduledCaptures(db, OURS, [capture(one.paymentId), capture(one.paymentId)]))
    for (const end of ['commit', 'rollback'] as const) {
      const two = await due()
      await race(
        (on) => beginScheduledCaptures(on, OURS, [capture(two.paymentId)]),
        (on) => beginScheduledCaptures(on, OURS, [capture(two.paymentId)]),
        end,
      )
      const [payment] = await rows('payments', OURS, [two.paymentId])
      assert.deepEqual([payment?.capturing, payment?.capture_on], [1000, null])
      const captures = (await bench.ofPayment('payment_actions', two.paymentId)).filter(
        ({ kind }) => kind === 'capture',
      )
      assert.equal(captures.length, 1)
    }
    const [payment] = await rows('payments', OURS, [one.paymentId])
    assert.deepEqual([payment?.capturing, payment?.version], [1000, 2])
  })

  await t.test('claim_idempotency_key has one owner, and gives the key back only to him', async () => {
    const claim = (suffix: string) => ({
      suffix,
      fingerprint: Buffer.from('same'),
      owner: randomUUID(),
    })
    for (const end of ['commit', 'rollback'] as const) {
      const key = `8${randomUUID().replaceAll('-', '').slice(0, 19)}`
      const [mine, theirs] = [claim(key), claim(key)]
      const { first, second } = await race(
        (on) => claimIdempotencyKey(on, OURS, mine),
        (on) => claimIdempotencyKey(on, OURS, theirs),
        end,
      )
      assert.ok(first.kind === 'claimed')
      const record = first.id
      assert.equal((second as typeof first).kind, end === 'commit' ? 'running' : 'claimed')
      const owner = end === 'commit' ? mine : theirs
      await own(() => releaseIdempotencyKey(db, OURS, { id: record, owner: randomUUID() }))
      await own(() =>
        keepIdempotentAnswer(db, OURS, { id: record, owner: randomUUID(), status: 201, body: Buffer.from('x') }),
      )
      assert.equal((await claimIdempotencyKey(db, OURS, claim(key))).kind, 'running')
      await own(() =>
        keepIdempotentAnswer(db, OURS, { id: record, owner: owner.owner, status: 201, body: Buffer.from('kept') }),
      )
      await own(() => releaseIdempotencyKey(db, OURS, { id: record, owner: owner.owner }))
      const again = await claimIdempotencyKey(db, OURS, claim(key))
      assert.equal(again.kind === 'done' && Buffer.from(again.body).toString(), 'kept')
      assert.equal(
        (await claimIdempotencyKey(db, OURS, { ...claim(key), fingerprint: Buffer.from('other') })).kind,
        'reused',
      )
      assert.equal((await claimIdempotencyKey(db, OTHERS, claim(key))).kind, 'claimed')
    }
  })

  await t.test('keep_instruments keeps a customer’s card once', async () => {
    await both((key) => addDataKey(db, key, { version: 1, wrapped: Buffer.from('wrapped') }))
    const customerId = id()
    const card = (changes: object = {}) => ({
      id: id(),
      customerId,
      fingerprint: 'a'.repeat(64),
      number: Buffer.from('sealed'),
      keyVersion: 1,
      bin: '42424242',
      last4: '4242',
      scheme: 'VISA',
      expiryMonth: 12,
      expiryYear: 2030,
      name: undefined,
      ...changes,
    })
    assert.equal((await own(() => keepInstruments(db, OURS, [card(), card()]))).length, 1)
    for (const end of ['commit', 'rollback'] as const) {
      const fingerprint = randomBytes(32).toString('hex')
      const [one, two] = [card({ fingerprint }), card({ fingerprint, expiryYear: 2031 })]
      const { second } = await race(
        (on) => keepInstruments(on, OURS, [one]),
        (on) => keepInstruments(on, OURS, [two]),
        end,
      )
      const [kept] = second as { id: string; expiryYear: number }[]
      assert.deepEqual([kept?.id, kept?.expiryYear], [end === 'commit' ? one.id : two.id, 2031])
    }
  })

  await t.test('spend_wallet_token takes a token for one submit of its merchant, as often as that comes', async () => {
    const id = Buffer.alloc(32, 3)
    const [first, second] = [randomUUID(), randomUUID()]
    const forgetOn = Date.UTC(2030, 0, 1)
    await own(() => spendWalletToken(db, OURS, { id, nonce: first, forgetOn }))
    assert.equal(await spendWalletToken(db, OURS, { id, nonce: first, forgetOn }), true)
    assert.equal(await spendWalletToken(db, OURS, { id, nonce: second, forgetOn }), false)
    assert.equal(await spendWalletToken(db, OTHERS, { id, nonce: second, forgetOn }), true)
  })

  await t.test('keep_token keeps a token for its merchant alone, and once', async () => {
    await both((key) => addDataKey(db, key, { version: 1, wrapped: Buffer.from('wrapped') }))
    const token = {
      id: randomBytes(32),
      facts: { type: 'cvv' as const },
      sealed: Buffer.from('sealed'),
      keyVersion: 1,
      maxUses: 1,
      retrieveIdentifier: undefined,
      lifeS: 900,
    }
    await own(() => keepToken(db, OURS, token))
    assert.equal(await readToken(db, OTHERS, token.id), undefined)
    assert.deepEqual((await readToken(db, OURS, token.id))?.facts, token.facts)
    await assert.rejects(keepToken(db, OURS, token), { code: '23505' })
    await own(() => keepToken(db, OTHERS, token), OURS)
  })

  await t.test('credentials are added once, and revoked by their own merchant only', async () => {
    const mac = randomBytes(32)
    const key = { mac: mac.toString('hex'), kind: 'secret' as const, label: 'x', scopes: ['*'], channels: null }
    await own(() => insertCredentials(db, OURS, [key, key]))
    await own(() => insertCredentials(db, OTHERS, [key]), OURS)
    assert.equal(await revokeCredentials(db, OTHERS, [mac]), 0)
    assert.equal(await revokeCredentials(db, OURS, [mac]), 1)
  })

  await t.test(
    'change_origins keeps both of two changes at one moment, and knows public keys of one merchant',
    async () => {
      const mac = randomBytes(32)
      const key = { mac: mac.toString('hex'), kind: 'public' as const, label: 'x', scopes: [], channels: null }
      await insertCredentials(db, OURS, [{ ...key, origins: ['https://a.example'] }])
      const change = (on: Queryable, add: string[], remove: string[] = []) =>
        changeOrigins(on, OURS, { mac, add, remove })
      await race(
        (on) => change(on, ['https://c.example', 'https://c.example']),
        (on) => change(on, ['https://b.example'], ['https://a.example']),
      )
      assert.deepEqual(await change(db, []), ['https://b.example', 'https://c.example'])
      assert.equal(await changeOrigins(db, OTHERS, { mac, add: ['https://x.example'], remove: [] }), undefined)
      await own(() => change(db, ['https://d.example']))
      await revokeCredentials(db, OURS, [mac])
      assert.equal(await change(db, ['https://e.example']), undefined)
      const secret = { ...key, mac: randomBytes(32).toString('hex'), kind: 'secret' as const }
      await assert.rejects(insertCredentials(db, OURS, [{ ...secret, origins: ['https://a.example'] }]), {
        constraint: 'only_public_keys_have_origins',
      })
    },
  )

  await t.test('what is read comes in the order it was asked for, also twice, and of one merchant', async () => {
    const one = await bench.begun()
    const absent = id()
    const sessions = await readSessions(db, OURS, [one.sessionId, absent, one.sessionId])
    assert.deepEqual(
      sessions.map((row) => row?.id),
      [one.sessionId, undefined, one.sessionId],
    )
    await settleAttempts(db, OURS, [approved(one)])
    const keys = [
      { by: 'session', id: one.sessionId },
      { by: 'id', id: absent },
      { by: 'id', id: one.paymentId },
    ] as const
    const phases = async (key: number) => (await readPayments(db, key, keys)).map((row) => row?.phase)
    assert.deepEqual(await phases(OURS), ['authorized', undefined, 'authorized'])
    assert.deepEqual(await phases(OTHERS), ['sending', undefined, 'sending'])
    const { fingerprint, nonce } = one
    const earlier = await findEarlierAttempts(db, OURS, [
      { fingerprint },
      { fingerprint: 'ab', nonce },
      { fingerprint: 'ab' },
    ])
    assert.deepEqual(
      earlier.map((row) => row?.id),
      [one.paymentId, one.paymentId, undefined],
    )
    assert.equal((await readActions(db, OURS, one.paymentId)).length, 2, 'with the capture that is under way')
    assert.equal((await readActions(db, OTHERS, one.paymentId)).length, 0)
  })

  await t.test('batches that name the same rows in opposite orders never lock each other out', async () => {
    for (let round = 0; round < 10; round++) {
      const sessions = [session(), session(), session()]
      await createSessions(db, OURS, sessions)
      const [forth, back] = [sessions.map((one) => attempt(one)), sessions.toReversed().map((one) => attempt(one))]
      const begun = await Promise.all([beginAttempts(db, OURS, forth), beginAttempts(db, OURS, back)])
      assert.equal(begun.flat().filter(({ begun }) => begun).length, 3)
      const winners = [...forth, ...back].filter((_, at) => begun.flat()[at]?.begun)
      const settled = await Promise.all([
        settleAttempts(db, OURS, winners.map(approved)),
        settleAttempts(db, OURS, winners.toReversed().map(declined)),
        beginAttempts(
          db,
          OURS,
          sessions.toReversed().map((one) => attempt(one, { sessionVersion: 2 })),
        ),
      ])
      const counted = [settled[0], settled[1]].flat().filter(({ settled }) => settled).length
      assert.equal(counted, 3)
    }
  })

  await checkAuthenticationStatements(t, bench)
  await checkEventStatements(t, bench)
  await checkOperationStatements(t, bench)

  await t.test('every statement that changes one merchant’s rows was tried here', () => {
    const changing = statementsOf().filter(({ text }) => /\b(insert into|update|delete from)\b/.test(text))
    assert.ok(changing.length > 15)
    const untried = changing.map(({ name }) => name).filter((name) => !bench.ran.has(name) && !(name in UNTRIED))
    assert.deepEqual(untried, [])
    assert.deepEqual(
      Object.keys(UNTRIED).filter((name) => bench.ran.has(name)),
      [],
    )
  })
}

/** Two merchants with the same ids everywhere, and a way to let two transactions meet. */
async function openBench(t: TestContext, url: string) {
  const pool = openPool(url, 6, 10_000)
  t.after(() => pool.end())
  for (const key of [OURS, OTHERS]) {
    await pool.query(
      `insert into entities (entity_key, id, name, mode, seed) values ($1, $2, $3, 'sandbox', '\\x00')`,
      [key, randomUUID(), `merchant ${key}`],
    )
  }
  const tables = await tablesWithEntity(pool)
  const ran = new Set<string>()
  const db = recorded(pool)

  function recorded(on: pg.Pool | pg.PoolClient): Queryable {
    return {
      query(statement) {
        ran.add(statement.name)
        return queryable(on).query(statement)
      },
    }
  }

  /** Every row of one merchant. */
  async function everythingOf(entityKey: number): Promise<string> {
    const { rows } = await pool.query(
      tables
        .map(
          (table) =>
            `select '${table}' as name, coalesce(json_agg(r order by r::text), '[]')::text as rows from ${table} r where entity_key = ${entityKey}`,
        )
        .join(' union all '),
    )
    return JSON.stringify(rows)
  }

  /** Runs a statement of one merchant and asserts that the other's rows are what they were. */
  async function own<Result>(work: () => Promise<Result>, spared = OTHERS): Promise<Result> {
    const before = await everythingOf(spared)
    const result = await work()
    assert.equal(await everythingOf(spared), before)
    return result
  }

  /** The second statement meets the first one's open transaction, waits for it, and goes on when that has ended. */
  async function race<First, Second>(
    first: (on: Queryable) => Promise<First>,
    second: (on: Queryable) => Promise<Second>,
    end: 'commit' | 'rollback' = 'commit',
  ): Promise<{ first: First; second: Second | Error }> {
    const [one, two] = await Promise.all([pool.connect(), pool.connect()])
    const before = await everythingOf(OTHERS)
    try {
      const { rows } = await two.query('select pg_backend_pid() as pid')
      await one.query('begin')
      const firstResult = await first(recorded(one))
      const underWay = second(recorded(two)).catch((cause: Error) => cause)
      await waitsForLock(pool, rows[0].pid)
      await one.query(end)
      return { first: firstResult, second: await underWay }
    } finally {
      await one.query('rollback')
      one.release()
      two.release()
      assert.equal(await everythingOf(OTHERS), before)
    }
  }

  async function rows(table: string, entityKey: number, ids?: readonly string[]) {
    const { rows } = await pool.query(
      `select * from ${table} where entity_key = $1 and ($2::uuid[] is null or id = any ($2)) order by array_position($2::uuid[], id)`,
      [entityKey, ids ?? null],
    )
    return rows as Record<string, unknown>[]
  }

  async function ofPayment(table: string, paymentId: string) {
    const { rows } = await pool.query(`select * from ${table} where entity_key = $1 and payment_id = $2`, [
      OURS,
      paymentId,
    ])
    return rows as Record<string, unknown>[]
  }

  async function eventsOf(paymentId: string): Promise<number[]> {
    const { rows } = await pool.query(
      'select version from events where entity_key = $1 and subject_id = $2 order by version',
      [OURS, paymentId],
    )
    return rows.map(({ version }) => version)
  }

  async function begun(changes: Partial<NewAttempt> = {}): Promise<NewAttempt> {
    const s = session()
    const one = attempt(s, changes)
    for (const key of [OURS, OTHERS]) {
      await createSessions(db, key, [s])
      assert.equal((await beginAttempts(db, key, [one]))[0]?.begun, true)
    }
    return one
  }

  async function authorized(captureOn: string | null): Promise<NewAttempt> {
    const one = await begun({ captureOn })
    const settlement = { ...approved(one), ...(captureOn !== null && { captureActionId: null }) }
    for (const key of [OURS, OTHERS]) assert.equal((await settleAttempts(db, key, [settlement]))[0]?.settled, true)
    return one
  }

  return {
    db,
    ran,
    own,
    race,
    rows,
    ofPayment,
    eventsOf,
    begun,
    authorized,
    /** The same for both merchants. */
    async both(work: (entityKey: number) => Promise<unknown>): Promise<void> {
      await work(OURS)
      await work(OTHERS)
    },
    /** A payment whose automatic capture waits to be sent. */
    async captured(): Promise<NewAttempt & { actionId: string }> {
      const one = await authorized(null)
      const capture = (await ofPayment('payment_actions', one.paymentId)).find(({ kind }) => kind === 'capture')
      return { ...one, actionId: capture?.['id'] as string }
    },
    async freeLease(paymentId: string): Promise<void> {
      await pool.query('update payments set lease_until = null where id = $1', [paymentId])
    },
    async freeAction(actionId: string): Promise<void> {
      await pool.query(
        `update payment_actions set lease_until = null, state = 'requested' where entity_key = 1 and id = $1`,
        [actionId],
      )
    },
    async hasChanged(one: NewAttempt, expected: { events: number; calls: number; attempts: number; state: string }) {
      const versions = await eventsOf(one.paymentId)
      assert.deepEqual(
        versions,
        Array.from({ length: expected.events }, (_, at) => at + 1),
        'one event for each change',
      )
      assert.equal((await ofPayment('processor_calls', one.paymentId)).length, expected.calls)
      const [s] = await rows('payment_sessions', OURS, [one.sessionId])
      assert.deepEqual([s?.['state'], s?.['attempts']], [expected.state, expected.attempts])
    },
  }
}

/** Resolves when the connection stands before a lock: the race is on, and nothing was won by being quick. */
async function waitsForLock(pool: pg.Pool, pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { rows } = await pool.query(`select wait_event_type from pg_stat_activity where pid = $1`, [pid])
    if (rows[0]?.wait_event_type === 'Lock') return
    await sleep(4)
  }
  throw new Error('the second statement did not wait for the first')
}

async function tablesWithEntity(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query(`
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'entity_key'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`)
  return rows.map(({ relname }) => relname)
}

function id(): string {
  return newId({ now: Date.now }, 0)
}

function session(changes: Partial<NewSession> = {}): NewSession {
  return {
    id: id(),
    channelId: CHANNEL,
    amount: 1000,
    currency: 'GBP',
    payable: true,
    maxAttempts: 5,
    request: { amount: 1000 },
    lifetimeS: 3600,
    ...changes,
  }
}

function attempt(of: NewSession, changes: Partial<NewAttempt> = {}): NewAttempt {
  return {
    paymentId: id(),
    eventId: id(),
    callId: id(),
    key: `pay_${randomUUID()}`,
    sessionId: of.id,
    sessionVersion: 1,
    channelId: CHANNEL,
    customerId: null,
    method: 'card',
    amount: of.amount,
    currency: of.currency,
    nonce: randomUUID(),
    fingerprint: randomBytes(32).toString('hex'),
    processor: { processor: 'simulator', class: 'A' },
    source: { type: 'card' },
    request: of.request,
    warnings: [],
    captureOn: null,
    firstMessage: 'authorize',
    facts: {},
    eventData: {},
    ...changes,
  }
}

function completion(changes: Partial<NewAttempt>) {
  const opened = session()
  return { session: opened, attempt: attempt(opened, changes) }
}

function event(type: string) {
  return { id: id(), source: GATEWAY, type, data: {} }
}

function approved(of: NewAttempt): Settlement {
  return {
    paymentId: of.paymentId,
    version: 1,
    lease: null,
    phase: 'authorized',
    authorized: 1000,
    action: { id: id(), kind: 'authorization', amount: 1000 },
    captureActionId: id(),
    captureAllocations: null,
    ledgerId: id(),
    responseCode: '10000',
    reference: 'bank',
    facts: {},
    source: null,
    authLifetimeS: 3600,
    sid: null,
    deadlineInS: null,
    askInS: null,
    review: null,
    answer: { status: 201, body: '{}' },
    uncounted: null,
    authentication: null,
    eventsBefore: [],
    event: event('payment_approved'),
    call: { id: of.callId, sent: 'yes', outcome: 'approved', exchange: {} },
  }
}

function declined(of: NewAttempt): Settlement {
  return {
    ...approved(of),
    phase: 'declined',
    authorized: 0,
    captureActionId: null,
    ledgerId: null,
    responseCode: '20005',
    event: event('payment_declined'),
  }
}

function succeeded(of: { paymentId: string; actionId: string }): ActionSettlement {
  return {
    id: of.actionId,
    paymentId: of.paymentId,
    version: 2,
    reservations: 0,
    from: ['sending'],
    undoes: false,
    state: 'succeeded',
    releaseId: null,
    responseCode: '10000',
    facts: {},
    retryInS: null,
    review: null,
    ledgerId: id(),
    event: event('payment_captured'),
    call: { id: id(), sent: 'yes', outcome: 'succeeded', exchange: {} },
  }
}
