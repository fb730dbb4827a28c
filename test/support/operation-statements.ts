/** The statements of operations and notifications, as statements.test.ts tries all statements: alone, and in a race. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { newId } from '@sluice/server/operations/ids'
import type { Queryable } from '@sluice/server/store/db'
import { findDueNotifications, nextDueNotification } from '@sluice/server/store/due'
import {
  claimNotifications,
  endNotifications,
  keepNotifications,
  recordReports,
  type Report,
} from '@sluice/server/store/notifications'
import { beginOperations, type NewOperation } from '@sluice/server/store/operations'
import { claimActions, settleActions } from '@sluice/server/store/actions'
import type { NewAttempt } from '@sluice/server/store/payments'

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
  rows(table: string, entityKey: number, ids?: readonly string[]): Promise<Record<string, unknown>[]>
  ofPayment(table: string, paymentId: string): Promise<Record<string, unknown>[]>
  eventsOf(paymentId: string): Promise<number[]>
  authorized(captureOn: string | null): Promise<NewAttempt>
}

const DAY_MS = 86_400_000
const id = () => newId({ now: Date.now }, 0)

export async function checkOperationStatements(t: TestContext, bench: Bench) {
  const { db, own, race, rows } = bench
  /** Held, and captured by nobody: its capture was put off. */
  const held = () => bench.authorized(new Date(Date.now() + 300 * DAY_MS).toISOString())
  const amounts = async ({ paymentId }: NewAttempt) => {
    const [payment] = await rows('payments', OURS, [paymentId])
    return ['capturing', 'captured', 'voiding', 'refunding', 'refunded', 'reservations', 'version'].map(
      (name) => payment?.[name],
    )
  }

  await t.test('begin_operations reserves for one of a batch, and for one of two who meet', async () => {
    const one = await held()
    const begun = await own(() =>
      beginOperations(db, OURS, [operation(one), operation(one), operation(one, { version: 1 })]),
    )
    assert.deepEqual(begun, [true, false, false])
    assert.deepEqual(await amounts(one), [600, 0, 0, 0, 0, 1, 2])
    assert.deepEqual(await bench.eventsOf(one.paymentId), [1, 2], 'nothing has happened to the payment yet')
    for (const end of ['commit', 'rollback'] as const) {
      const two = await held()
      const { second } = await race(
        (on) => beginOperations(on, OURS, [operation(two)]),
        (on) => beginOperations(on, OURS, [operation(two)]),
        end,
      )
      assert.deepEqual(second, [end === 'rollback'])
      assert.deepEqual(await amounts(two), [600, 0, 0, 0, 0, 1, 2])
    }
  })

  await t.test('begin_operations reserves no more than is left, whatever was decided', async () => {
    const one = await held()
    const asked = [
      operation(one, { amount: 1001 }),
      operation(one, { kind: 'void', amount: 1001 }),
      operation(one, { kind: 'refund', amount: 1 }),
    ]
    for (const wanted of asked) assert.deepEqual(await own(() => beginOperations(db, OURS, [wanted])), [false])
    assert.deepEqual(await amounts(one), [0, 0, 0, 0, 0, 0, 2])
  })

  await t.test('a refund of one capture is counted by it, and given up by it when it fails', async () => {
    const one = await held()
    const capture = operation(one, { amount: 500 })
    await beginOperations(db, OURS, [capture])
    await perform(one, capture, 'succeeded', 2, 1)
    const refund = (reservations: number, amount: number) =>
      operation(one, { kind: 'refund', amount, ofAction: capture.id, version: 3, reservations })
    const part = refund(1, 300)
    assert.deepEqual(await own(() => beginOperations(db, OURS, [part])), [true])
    assert.deepEqual(await ofCapture(), [300, 0])
    await perform(one, part, 'failed', 3, 2)
    assert.deepEqual(await ofCapture(), [0, 0])
    const all = { ...refund(2, 500), version: 4 }
    assert.deepEqual(await own(() => beginOperations(db, OURS, [all])), [true])
    await perform(one, all, 'succeeded', 4, 3)
    assert.deepEqual(await ofCapture(), [0, 500])
    assert.deepEqual(await amounts(one), [0, 500, 0, 0, 500, 3, 5])

    const late = { ...settlement(one, all.id, 'failed', 5, 3), from: ['succeeded'] as const, undoes: true, call: null }
    const { first, second } = await race(
      (on) => settleActions(on, OURS, [late, late]),
      (on) => settleActions(on, OURS, [{ ...late, event: { ...late.event, id: id() } }]),
    )
    assert.deepEqual([first, second], [[true, false], [false]])
    assert.deepEqual(await ofCapture(), [0, 0])
    assert.deepEqual(await amounts(one), [0, 500, 0, 0, 0, 3, 6])
    const kinds = (await bench.ofPayment('ledger_entries', one.paymentId)).map(({ kind }) => kind)
    assert.deepEqual(kinds.toSorted(), ['authorization', 'capture', 'refund', 'refund_failed'])

    async function ofCapture() {
      const actions = await bench.ofPayment('payment_actions', one.paymentId)
      const found = actions.find((action) => action['id'] === capture.id)
      return [found?.['refunding'], found?.['refunded']]
    }
  })

  await t.test('settle_actions releases what is left when an action says so', async () => {
    const one = await held()
    const capture = operation(one, { releasesRest: true })
    await beginOperations(db, OURS, [capture])
    await perform(one, capture, 'succeeded', 2, 1, id())
    assert.deepEqual(await amounts(one), [0, 600, 400, 0, 0, 1, 3])
    const [release] = (await bench.ofPayment('payment_actions', one.paymentId)).filter(({ kind }) => kind === 'void')
    assert.deepEqual([release?.['amount'], release?.['state']], [400, 'requested'])
  })

  await t.test('a notification is kept once, claimed by one, and ended once', async () => {
    const one = await held()
    const told = () => notification(one.paymentId)
    const same = told()
    await own(() => keepNotifications(db, OURS, [same, { ...same, id: id() }]))
    await keepNotifications(db, OTHERS, [same])
    assert.equal((await rows('processor_notifications', OURS)).length, 1)
    assert.ok(await nextDueNotification(db, OURS))
    assert.ok((await findDueNotifications(db, 10, OURS)).some((due) => due.id === same.id))
    const { second } = await race(
      (on) => claimNotifications(on, OURS, [same.id]),
      (on) => claimNotifications(on, OURS, [same.id]),
    )
    assert.deepEqual(second, [undefined])
    assert.deepEqual(await own(() => claimNotifications(db, OURS, [same.id, same.id])), [undefined, undefined])
    const end = { id: same.id, outcome: 'applied' as const, againInS: 0, restS: 0 }
    await own(() => endNotifications(db, OURS, [{ ...end, outcome: null, againInS: 60 }]))
    await own(() => endNotifications(db, OURS, [end, end]))
    await own(() => endNotifications(db, OURS, [{ ...end, outcome: null }]))
    const [kept] = await rows('processor_notifications', OURS, [same.id])
    assert.deepEqual([kept?.['outcome'], kept?.['due_on']], ['applied', null])
    for (const ending of ['commit', 'rollback'] as const) {
      const other = told()
      const { second } = await race(
        (on) => keepNotifications(on, OURS, [other]),
        (on) => keepNotifications(on, OURS, [{ ...other, id: id() }]),
        ending,
      )
      assert.ok(Array.isArray(second))
    }
  })

  await t.test('record_reports records what a bank did once, and applies the notification with it', async () => {
    const one = await held()
    const told = notification(one.paymentId)
    await keepNotifications(db, OURS, [told])
    const report = (): Report => ({
      id: told.id,
      paymentId: one.paymentId,
      version: 2,
      reservations: 0,
      actionId: id(),
      ledgerId: id(),
      ledgerKind: 'return',
      amount: 1500,
      code: '20046',
      review: 'more than was captured',
      event: { id: id(), source: 'gateway', type: 'payment_returned', data: {} },
    })
    assert.deepEqual(await own(() => recordReports(db, OURS, [{ ...report(), version: 1 }])), [false])
    const { first, second } = await race(
      (on) => recordReports(on, OURS, [report(), report()]),
      (on) => recordReports(on, OURS, [report()]),
    )
    assert.deepEqual([first, second], [[true, false], [false]])
    const [payment] = await rows('payments', OURS, [one.paymentId])
    assert.deepEqual([payment?.['returned'], payment?.['version']], [1500, 3])
    assert.equal((await bench.ofPayment('ledger_entries', one.paymentId)).length, 2)
    assert.deepEqual(await bench.eventsOf(one.paymentId), [1, 2, 3])
  })

  async function perform(
    one: NewAttempt,
    { id: actionId }: NewOperation,
    state: 'succeeded' | 'failed',
    version: number,
    reservations: number,
    releaseId: string | null = null,
  ) {
    const callId = id()
    assert.ok((await claimActions(db, OURS, [{ id: actionId, callId, key: 'act_x' }]))[0])
    const call = { id: callId, sent: 'yes' as const, outcome: state, exchange: {} }
    const settled = await settleActions(db, OURS, [
      { ...settlement(one, actionId, state, version, reservations), releaseId, call },
    ])
    assert.deepEqual(settled, [true])
  }
}

function settlement(
  { paymentId }: NewAttempt,
  actionId: string,
  state: 'succeeded' | 'failed',
  version: number,
  reservations: number,
) {
  return {
    id: actionId,
    paymentId,
    version,
    reservations,
    from: ['sending'] as const,
    undoes: false,
    state,
    releaseId: null,
    responseCode: '10000',
    facts: {},
    retryInS: null,
    review: null,
    ledgerId: id(),
    event: { id: id(), source: 'gateway' as const, type: 'x', data: {} },
  }
}

function operation(of: NewAttempt, changes: Partial<NewOperation> = {}): NewOperation {
  const actionId = id()
  return {
    id: actionId,
    paymentId: of.paymentId,
    version: 2,
    reservations: 0,
    kind: 'capture',
    amount: 600,
    dedupe: actionId,
    reference: null,
    details: {},
    allocations: null,
    ofAction: null,
    releasesRest: false,
    ...changes,
  }
}

function notification(about: string) {
  return {
    id: id(),
    channelId: randomUUID(),
    notification: { id: `ntf_${randomUUID()}`, about, kind: 'payment_news' as const },
  }
}
