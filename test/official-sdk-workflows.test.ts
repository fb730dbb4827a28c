/** The official Node SDK, unchanged: every call it has for workflows, events and reflow. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checkout } from 'checkout-sdk-node'
import { CARDS } from './support/cards.ts'
import { openReceiver } from './support/receiver.ts'
import {
  eventually,
  type Json,
  PUBLIC_KEY,
  SECRET_KEY,
  SESSION_BODY,
  type Sluice,
  startSluice,
} from './support/sluice.ts'

for (const kind of ['a secret key', 'OAuth'] as const) {
  test(`workflows, events and reflow with ${kind}`, async (t) => {
    const sluice = await startSluice(t)
    const receiver = await openReceiver(t)
    const sdk = kind === 'OAuth' ? oauthSdk(sluice) : keySdk(sluice)
    const action = { type: 'webhook', url: receiver.url, headers: {}, signature: { method: 'HMACSHA256', key: 'k' } }
    const condition = { type: 'event', events: { gateway: ['payment_approved', 'payment_captured'] } }

    const { id } = await sdk.workflows.add({ name: 'Shop', active: true, conditions: [condition], actions: [action] })
    assert.deepEqual(
      (await sdk.workflows.getAll()).data.map((one: Json) => one.id),
      [id],
    )
    const read = await sdk.workflows.get(id)
    assert.deepEqual(
      [read.name, read.actions[0].url, read.conditions[0].events],
      ['Shop', receiver.url, condition.events],
    )
    assert.equal((await sdk.workflows.patch(id, { name: 'Other', active: true })).name, 'Other')

    const added = await sdk.workflows.addAction(id, { ...action, url: 'http://127.0.0.1:1/' })
    assert.match(added.id, /^wfa_/)
    await sdk.workflows.updateAction(id, added.id, { ...action, url: 'http://127.0.0.1:1/other' })
    await sdk.workflows.removeAction(id, added.id)
    const channel = { type: 'processing_channel', processing_channels: ['pc_sluicesandboxchannel222224'] }
    const second = await sdk.workflows.addCondition(id, channel)
    await sdk.workflows.updateCondition(id, second.id, channel)
    await sdk.workflows.removeCondition(id, second.id)
    const types = await sdk.workflows.getEventTypes()
    assert.ok(types.some((one: Json) => one.id === 'gateway'))

    await sdk.workflows.test(id, { event_types: ['payment_captured'] })
    await eventually(async () => receiver.received.length === 1)

    const session = await sluice.requestSession(SESSION_BODY)
    const paid = await sluice.submit(session, CARDS.approved)
    await eventually(async () => receiver.of(paid.body.id).length === 2)
    const subject = await sdk.workflows.getSubjectEvents(paid.body.id)
    assert.deepEqual(
      subject.data.map((one: Json) => one.type),
      ['payment_approved', 'payment_captured'],
    )
    const event = subject.data[0].id
    const got = await sdk.workflows.getEvent(event)
    assert.deepEqual([got.id, got.type, got.data.id], [event, 'payment_approved', paid.body.id])
    const tries = await sdk.workflows.getActionInvocations(event, read.actions[0].id)
    assert.deepEqual([tries.workflow_id, tries.action_type], [id, 'webhook'])

    const again = async (reflow: Promise<Json>, count: number) => {
      const before = receiver.received.length
      await reflow
      await eventually(async () => receiver.received.length >= before + count)
    }
    await again(sdk.workflows.reflowByEvent(event), 1)
    await again(sdk.workflows.reflowByEventAndWorkflow(event, id), 1)
    await again(sdk.workflows.reflowEventsByEventAndWorkflowIds([event], [id]), 1)
    await again(sdk.workflows.reflowBySubject(paid.body.id), 2)
    await again(sdk.workflows.reflowBySubjectAndWorkflow(paid.body.id, id), 2)
    await again(sdk.workflows.reflowEventsBySubjectAndWorkflowIds([paid.body.id], [id]), 2)

    await assert.rejects(sdk.workflows.reflowByEvent(`evt_${'a'.repeat(26)}`), { name: 'ValidationError' })
    await assert.rejects(sdk.workflows.get(`wf_${'a'.repeat(26)}`), { name: 'NotFoundError' })
    await sdk.workflows.remove(id)
    assert.deepEqual((await sdk.workflows.getAll()).data, [])
  })
}

function keySdk({ urls }: Sluice): Json {
  return new Checkout(SECRET_KEY, { pk: PUBLIC_KEY, host: urls.api })
}

function oauthSdk({ urls }: Sluice): Json {
  const sdk: Json = new Checkout('sluice-sandbox-client-secret', {
    client: 'ack_sluicesandboxclientid22224',
    scope: ['flow'],
    host: urls.api,
  })
  sdk.config.environment.oAuthAuthorizationApi = `${urls.api}/connect/token`
  return sdk
}
