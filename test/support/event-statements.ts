/** The statements of events, workflows and deliveries, as statements.test.ts tries all statements: alone, and in a race. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { newId } from '@sluice/server/operations/ids'
import type { Queryable } from '@sluice/server/store/db'
import {
  claimDeliveries,
  type DeliveryResult,
  findDueReceivers,
  nextDueReceiver,
  readDelivery,
  reflowEvents,
  releaseReceiver,
  settleDeliveries,
} from '@sluice/server/store/deliveries'
import {
  addSampleEvents,
  findUnpublished,
  makeEventCounter,
  nextUnpublished,
  publishEvents,
  readEvent,
  readEventsAfter,
  readSubjectEvents,
} from '@sluice/server/store/events'
import {
  addWorkflowAction,
  addWorkflowCondition,
  createWorkflow,
  deleteWorkflow,
  deleteWorkflowAction,
  deleteWorkflowCondition,
  listWorkflows,
  readWorkflow,
  replaceWorkflowAction,
  replaceWorkflowCondition,
  updateWorkflow,
  type WorkflowRow,
} from '@sluice/server/store/workflows'

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
}

const id = () => newId({ now: Date.now }, 0)
const entityId = randomUUID()

function workflow(changes: Partial<WorkflowRow> = {}): WorkflowRow {
  return {
    id: id(),
    name: 'Shop',
    active: true,
    conditions: [{ id: id(), type: 'event', config: { test: ['payment_approved'] } }],
    actions: [{ id: id(), url: 'https://shop.example/hook', sealed: Buffer.from('sealed') }],
    ...changes,
  }
}

export async function checkEventStatements(t: TestContext, { db, own, race }: Bench) {
  const both = async (work: (key: number) => Promise<unknown>) => {
    await work(OURS)
    await work(OTHERS)
  }
  /** Publishes all that waits, of both. */
  const publish = (on = db, key = OURS) => publishEvents(on, key, { entityId, limit: 1000 })
  const write = async (subjectId: string, versions: readonly number[], on = db, key = OURS): Promise<string[]> => {
    const ids = versions.map(id)
    await on.query({
      name: 'test_write_events',
      text: `insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
             select $1, e.id, $2, e.version, 'test', 'payment_approved', '{}', now()
               from unnest($3::uuid[], $4::int[]) as e (id, version)`,
      values: [key, subjectId, ids, versions],
    })
    return ids
  }
  const numbers = async (key = OURS) => (await readEventsAfter(db, key, 0, 10_000)).map(({ sequence }) => sequence)
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

  await t.test('publish_events numbers what is committed, once, without a gap', async () => {
    await both((key) => makeEventCounter(db, key))
    await both((key) => publish(db, key))
    const before = (await numbers()).length
    const subject = id()
    // The ids of the later changes are the earlier ones here: a node’s clock may be behind.
    const [third, second, first] = (await write(subject, [3, 2, 1])) as [string, string, string]
    assert.equal((await findUnpublished(db, 10)).filter(({ entityKey }) => entityKey === OURS).length, 1)
    assert.ok(await nextUnpublished(db, OURS))
    assert.deepEqual(await own(() => publish()), { events: 3, deliveries: 0 })
    assert.deepEqual(await own(() => publish()), { events: 0, deliveries: 0 })
    assert.equal(await nextUnpublished(db, OURS), undefined)
    assert.deepEqual(await numbers(), upTo(before + 3))
    const published = await readSubjectEvents(db, OURS, subject, 10)
    assert.deepEqual(
      published.map(({ id, sequence }) => [id, sequence]),
      [first, second, third].map((one, at) => [one, before + 1 + at]),
    )
    assert.equal((await readEvent(db, OURS, first))?.version, 1)
    assert.equal(await readEvent(db, OTHERS, first), undefined)
  })

  await t.test('make_event_counter makes it once, whoever else does', async () => {
    await own(() => makeEventCounter(db, OURS))
    assert.ok((await publish())?.events === 0, 'and does not count from the beginning again')
  })

  await t.test('a workflow is made, read and changed for its merchant alone', async () => {
    const one = workflow()
    assert.equal(await own(() => createWorkflow(db, OURS, one, 100)), true)
    assert.equal(await own(() => createWorkflow(db, OURS, workflow(), 1)), false)
    assert.equal((await listWorkflows(db, OURS)).length, 1)
    assert.deepEqual((await readWorkflow(db, OURS, one.id))?.actions, one.actions)
    assert.equal(await readWorkflow(db, OTHERS, one.id), undefined)
    const conditions = [
      { id: id(), type: 'event' as const, config: { test: ['payment_declined'] } },
      { id: id(), type: 'entity' as const, config: [entityId] },
    ]
    const none = { name: null, active: null, conditions: null, actions: null }
    await own(() => updateWorkflow(db, OURS, one.id, { ...none, conditions }))
    const kept = (await readWorkflow(db, OURS, one.id))?.conditions ?? []
    assert.deepEqual(
      kept.toSorted((a, b) => (a.type < b.type ? 1 : -1)),
      conditions,
    )
    assert.equal(await own(() => updateWorkflow(db, OTHERS, one.id, { ...none, name: 'Mine' }), OURS), undefined)
    const action = { id: id(), url: 'https://b.example/', sealed: Buffer.from('b') }
    assert.equal(await own(() => addWorkflowAction(db, OURS, one.id, action, 10)), true)
    assert.equal(await own(() => addWorkflowAction(db, OURS, one.id, { ...action, id: id() }, 2)), false)
    assert.equal(
      await own(() => replaceWorkflowAction(db, OURS, one.id, { ...action, url: 'https://c.example/' })),
      true,
    )
    assert.equal(await own(() => deleteWorkflowAction(db, OURS, one.id, action.id)), true)
    assert.equal(await own(() => deleteWorkflowAction(db, OURS, one.id, action.id)), false)
    const channel = { id: id(), type: 'processing_channel' as const, config: [id()] }
    assert.equal(await own(() => addWorkflowCondition(db, OURS, one.id, channel)), true)
    const { second } = await race(
      (on) => replaceWorkflowCondition(on, OURS, one.id, { ...channel, config: [id()] }),
      (on) => deleteWorkflowCondition(on, OURS, one.id, channel.id),
    )
    assert.equal(second, true)
    assert.equal(await own(() => deleteWorkflow(db, OURS, one.id)), true)
    assert.equal(await readWorkflow(db, OURS, one.id), undefined)
  })

  await t.test('a delivery is claimed by one, recorded once, and done again on request', async () => {
    const one = workflow()
    await both((key) => createWorkflow(db, key, one, 100))
    const subject = id()
    const [event = ''] = await write(subject, [1])
    assert.deepEqual(await own(() => publish()), { events: 1, deliveries: 1 })
    const actionId = one.actions[0]?.id as string
    assert.deepEqual(await findDueReceivers(db, 10), [{ entityKey: OURS, id: actionId }])
    assert.ok(await nextDueReceiver(db, OURS))
    const claim = (owner: string, on = db) => claimDeliveries(on, OURS, { actionId, owner, leaseS: 30, limit: 10 })
    const [me, other] = [id(), id()]
    const { first, second } = await race(
      (on) => claim(me, on),
      (on) => claim(other, on),
    )
    assert.equal(first?.deliveries.length, 1)
    assert.equal(second, undefined, 'somebody else serves it')
    assert.deepEqual(await findDueReceivers(db, 10), [])
    const result = (changes: Partial<DeliveryResult> = {}): DeliveryResult => ({
      attemptId: id(),
      eventId: event,
      actionId,
      round: 1,
      tries: 0,
      succeeded: false,
      retryInS: 60,
      details: {},
      ...changes,
    })
    assert.deepEqual(await own(() => settleDeliveries(db, OURS, [result(), result()])), [true, false])
    assert.equal((await readDelivery(db, OURS, event, actionId))?.attempts.length, 2)
    assert.equal(await own(() => claim(me)), undefined, 'not due again yet')
    assert.deepEqual(await findDueReceivers(db, 10), [])
    const all = { eventIds: [event], subjectIds: [], workflowIds: null }
    const reflowed = await own(() => reflowEvents(db, OURS, entityId, all))
    assert.deepEqual(reflowed, { eventIds: [event], subjectIds: [subject], workflowIds: [] })
    const absent = await own(() => reflowEvents(db, OURS, entityId, { ...all, eventIds: [event, id()] }))
    assert.deepEqual(absent.eventIds, [event])
    assert.deepEqual(await own(() => settleDeliveries(db, OURS, [result({ tries: 1, succeeded: true })])), [false])
    assert.equal((await claim(me))?.deliveries[0]?.round, 2)
    const twice = await race(
      (on) => settleDeliveries(on, OURS, [result({ round: 2, succeeded: true })]),
      (on) => settleDeliveries(on, OURS, [result({ round: 2, retryInS: null })]),
    )
    assert.deepEqual([twice.first, twice.second], [[true], [false]])
    assert.equal((await readDelivery(db, OURS, event, actionId))?.state, 'delivered')
    assert.equal(await readDelivery(db, OTHERS, event, actionId), undefined)
    await own(() => releaseReceiver(db, OURS, actionId, me))
    const sample = { id: id(), subjectId: id(), source: 'gateway', type: 'payment_approved', data: {} }
    await own(() => addSampleEvents(db, OURS, one.id, [sample]))
    assert.equal((await claim(other))?.deliveries[0]?.sample, true)
    await both((key) => deleteWorkflow(db, key, one.id))
  })
}
