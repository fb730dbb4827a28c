/** For each error code of workflows, events and reflow a request that is answered with it and nothing else. */
import assert from 'node:assert/strict'
import type { Answer, Sluice } from './sluice.ts'

/** Calls by the code they are answered with. Everything is made on a workflow of the sandbox merchant's. */
export async function workflowErrors(sluice: Sluice): Promise<Record<string, () => Promise<Answer>>> {
  const condition = { type: 'event', events: { gateway: ['payment_declined'] } }
  const action = { type: 'webhook', url: 'http://127.0.0.1:1/' }
  const right = { conditions: [condition], actions: [action] }
  const made = await sluice.post('/workflows', right)
  assert.equal(made.status, 201, made.text)
  const path = `/workflows/${made.body.id}`
  const nobody = 'a'.repeat(26)
  const signed = (signature: unknown) => ({ ...action, signature })

  const create = (body: object) => () => sluice.post('/workflows', { ...right, ...body })
  const conditions = (one: object) => create({ conditions: [one] })
  const actions = (one: object) => create({ actions: [one] })
  const addCondition = (body: object) => () => sluice.post(`${path}/conditions`, body)
  const addAction = (body: object) => () => sluice.post(`${path}/actions`, body)
  const test = (body: object) => () => sluice.post(`${path}/test`, body)
  const post = (to: string, body?: object) => () => sluice.post(`/workflows/events/${to}`, body)

  return {
    name_invalid: create({ name: '' }),
    active_invalid: create({ active: 'yes' }),
    conditions_required: create({ conditions: undefined }),
    conditions_invalid: create({ conditions: [] }),
    conditions_type_required: conditions({ events: {} }),
    conditions_type_invalid: conditions({ type: 'weather' }),
    conditions_events_required: conditions({ type: 'event' }),
    conditions_events_invalid: conditions({ type: 'event', events: { gateway: 'all' } }),
    conditions_events_key_invalid: conditions({ type: 'event', events: { 'a source': ['x'] } }),
    conditions_entities_required: conditions({ type: 'entity' }),
    conditions_entities_invalid: conditions({ type: 'entity', entities: ['nobody'] }),
    conditions_processing_channels_required: conditions({ type: 'processing_channel' }),
    conditions_processing_channels_invalid: conditions({ type: 'processing_channel', processing_channels: [] }),
    actions_required: create({ actions: undefined }),
    actions_invalid: create({ actions: [] }),
    actions_type_required: actions({ url: action.url }),
    actions_type_invalid: actions({ ...action, type: 'slack' }),
    actions_url_required: actions({ type: 'webhook' }),
    actions_url_invalid: actions({ ...action, url: 'ftp://shop.example' }),
    actions_headers_invalid: actions({ ...action, headers: { 'X-A': 'a\r\nB: c' } }),
    actions_headers_key_invalid: actions({ ...action, headers: { 'X A': 'a' } }),
    actions_signature_invalid: actions(signed('key')),
    actions_signature_method_invalid: actions(signed({ method: 'MD5', key: 'k' })),
    actions_signature_key_required: actions(signed({})),
    actions_signature_key_invalid: actions(signed({ key: '' })),

    type_required: addCondition({ events: condition.events }),
    type_invalid: addCondition(condition),
    events_required: addCondition({ type: 'event' }),
    events_invalid: addCondition({ type: 'event', events: {} }),
    events_key_invalid: addCondition({ type: 'event', events: { 'a source': ['x'] } }),
    entities_required: addCondition({ type: 'entity' }),
    entities_invalid: addCondition({ type: 'entity', entities: ['nobody'] }),
    processing_channels_required: addCondition({ type: 'processing_channel' }),
    processing_channels_invalid: addCondition({ type: 'processing_channel', processing_channels: ['none'] }),
    url_required: addAction({ type: 'webhook' }),
    url_invalid: addAction({ ...action, url: 'nowhere' }),
    headers_invalid: addAction({ ...action, headers: { 'Content-Length': '7' } }),
    headers_key_invalid: addAction({ ...action, headers: { 'X A': 'a' } }),
    signature_invalid: addAction(signed([])),
    signature_method_invalid: addAction(signed({ method: 'MD5', key: 'k' })),
    signature_key_required: addAction(signed({})),
    signature_key_invalid: addAction(signed({ key: 7 })),

    event_types_required: test({}),
    event_types_invalid: test({ event_types: ['no_such_type'] }),
    subjects_invalid: post('reflow', { subjects: 'all' }),
    workflows_invalid: post('reflow', { subjects: [`pay_${nobody}`], workflows: [] }),
    event_id_invalid: post(`evt_${nobody}/reflow`),
    subject_id_invalid: post(`subject/pay_${nobody}/reflow`),
    workflow_id_invalid: post(`subject/pay_${nobody}/workflow/wf_none/reflow`),
    event_ids_invalid: post('reflow', { events: [`evt_${nobody}`] }),
    subject_ids_invalid: post('reflow', { subjects: [`pay_${nobody}`] }),
    workflow_ids_invalid: post('reflow', { subjects: [`pay_${nobody}`], workflows: ['wf_none'] }),
    after_invalid: () => sluice.get('/events?after=-1'),
    limit_invalid: () => sluice.get('/events?limit=0'),
    async workflow_limit_exceeded() {
      for (let count = 0; count < 9; count++) {
        const added = await addAction(action)()
        assert.equal(added.status, 201, added.text)
      }
      return await addAction(action)()
    },
  }
}
