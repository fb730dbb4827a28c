/** Workflows by the API: made, read, changed, refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_SOURCES } from '@sluice/core/events'
import { type Json, SANDBOX_ENTITY, type Sluice, startSluice } from './support/sluice.ts'

const WORKFLOW = {
  name: 'Shop',
  conditions: [{ type: 'event', events: { gateway: ['payment_approved'], mbccards: ['anything'] } }],
  actions: [
    {
      type: 'webhook',
      url: 'http://127.0.0.1:1/hook',
      headers: { Authorization: 'Bearer a-secret-of-the-shop', 'X-Shop': 'one' },
      signature: { method: 'HMACSHA256', key: 'Bearer sk_sbox_with a space' },
    },
  ],
}

const made = async (sluice: Sluice, changes: object = {}): Promise<string> => {
  const answer = await sluice.post('/workflows', { ...WORKFLOW, ...changes })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.id
}

test('workflows', async (t) => {
  const sluice = await startSluice(t)

  await t.test('one is made, listed, read with its secrets masked, renamed, switched off and deleted', async () => {
    const id = await made(sluice)
    assert.match(id, /^wf_[a-z2-7]{26}$/)
    const listed = (await sluice.get('/workflows')).body.data
    assert.deepEqual(listed, [
      { id, name: 'Shop', active: true, _links: { self: { href: `${sluice.urls.api}/workflows/${id}` } } },
    ])
    const read = (await sluice.get(`/workflows/${id}`)).body
    assert.deepEqual(read.conditions[0].events, WORKFLOW.conditions[0]?.events)
    assert.match(read.conditions[0].id, /^wfc_/)
    const [action] = read.actions
    assert.match(action.id, /^wfa_/)
    assert.deepEqual(action.headers, { Authorization: '********shop', 'X-Shop': 'one' })
    assert.deepEqual(action.signature, { method: 'HMACSHA256', key: '********pace' })
    const patched = await sluice.call('PATCH', `/workflows/${id}`, { name: 'Other', active: false })
    assert.deepEqual([patched.status, patched.body.name, patched.body.active], [200, 'Other', false])
    assert.equal((await sluice.call('DELETE', `/workflows/${id}`)).status, 204)
    assert.equal((await sluice.call('DELETE', `/workflows/${id}`)).status, 404)
    assert.equal((await sluice.get(`/workflows/${id}`)).status, 404)
  })

  await t.test('receivers and conditions are added, replaced and removed', async () => {
    const id = await made(sluice)
    const action = await sluice.post(`/workflows/${id}/actions`, { type: 'webhook', url: 'https://b.example/' })
    assert.equal(action.status, 201, action.text)
    const path = `/workflows/${id}/actions/${action.body.id}`
    const replaced = await sluice.call('PUT', path, { type: 'webhook', url: 'https://c.example/x' })
    assert.deepEqual([replaced.status, replaced.text], [200, ''])
    const entity = await sluice.post(`/workflows/${id}/conditions`, { type: 'entity', entities: [SANDBOX_ENTITY] })
    assert.equal(entity.status, 201, entity.text)
    const again = await sluice.post(`/workflows/${id}/conditions`, { type: 'entity', entities: [SANDBOX_ENTITY] })
    assert.deepEqual([again.status, again.body.error_codes], [422, ['type_invalid']])
    const condition = `/workflows/${id}/conditions/${entity.body.id}`
    const channels = { type: 'processing_channel', processing_channels: ['pc_sluicesandboxchannel222224'] }
    assert.equal((await sluice.call('PUT', condition, channels)).status, 200)
    const read = (await sluice.get(`/workflows/${id}`)).body
    assert.deepEqual(
      read.actions.map(({ url }: Json) => url),
      ['http://127.0.0.1:1/hook', 'https://c.example/x'],
    )
    assert.deepEqual(read.conditions[1].processing_channels, channels.processing_channels)
    assert.equal((await sluice.call('DELETE', condition)).status, 204)
    assert.equal((await sluice.call('DELETE', path)).status, 204)
    assert.equal((await sluice.call('DELETE', path)).status, 404)
  })

  await t.test('a secret that is sent back masked stays as it was', async () => {
    const id = await made(sluice)
    const [action] = (await sluice.get(`/workflows/${id}`)).body.actions
    const { headers, signature, type } = action
    const path = `/workflows/${id}/actions/${action.id}`
    await sluice.call('PUT', path, { type, url: 'http://127.0.0.1:1/other', headers, signature })
    const [after] = (await sluice.get(`/workflows/${id}`)).body.actions
    assert.deepEqual([after.url, after.headers, after.signature], ['http://127.0.0.1:1/other', headers, signature])
    const { sealed } = (await sluice.ctx.store.readWorkflow(1, await uuid(id)))?.actions[0] ?? {}
    assert.ok(sealed)
    const plain = sluice.ctx.vault.unwrap(`webhook/1/${await uuid(action.id)}`, sealed).toString('utf8')
    assert.ok(plain.includes('Bearer a-secret-of-the-shop') && plain.includes('with a space'), plain)
    assert.ok(!sealed.includes('secret-of-the-shop'), 'sealed at rest')
  })

  await t.test('lists that are sent with a change replace what was there', async () => {
    const id = await made(sluice)
    const changed = await sluice.call('PATCH', `/workflows/${id}`, {
      conditions: [
        { type: 'event', events: { gateway: ['payment_declined'] } },
        { type: 'entity', entities: [SANDBOX_ENTITY] },
      ],
      actions: [{ type: 'webhook', url: 'https://new.example/' }],
    })
    assert.equal(changed.status, 200, changed.text)
    assert.deepEqual(changed.body.conditions.map(({ type }: Json) => type).sort(), ['entity', 'event'])
    assert.deepEqual(
      changed.body.actions.map(({ url }: Json) => url),
      ['https://new.example/'],
    )
  })

  await t.test('what is wrong is named, all at once', async () => {
    const refused = async (body: unknown, ...codes: string[]) => {
      const answer = await sluice.post('/workflows', body)
      assert.deepEqual([answer.status, answer.body.error_codes], [422, codes], answer.text)
    }
    const [condition] = WORKFLOW.conditions
    const [action] = WORKFLOW.actions
    await refused({}, 'conditions_required', 'actions_required')
    await refused({ ...WORKFLOW, conditions: [], actions: [] }, 'conditions_invalid', 'actions_invalid')
    await refused({ ...WORKFLOW, conditions: [condition, condition] }, 'conditions_type_invalid')
    await refused({ ...WORKFLOW, conditions: [{ type: 'event' }] }, 'conditions_events_required')
    await refused({ ...WORKFLOW, conditions: [{ type: 'entity', entities: ['x'] }] }, 'conditions_entities_invalid')
    await refused(
      { ...WORKFLOW, conditions: [{ type: 'event', events: { gateway: 'all' } }] },
      'conditions_events_invalid',
    )
    await refused({ ...WORKFLOW, actions: [{ ...action, url: 'ftp://x' }] }, 'actions_url_invalid')
    await refused({ ...WORKFLOW, actions: [{ ...action, type: 'slack' }] }, 'actions_type_invalid')
    await refused({ ...WORKFLOW, actions: [{ ...action, signature: {} }] }, 'actions_signature_key_required')
    await refused({ ...WORKFLOW, actions: [{ ...action, headers: { 'X-A': 'a\r\nB: c' } }] }, 'actions_headers_invalid')
    await refused({ ...WORKFLOW, actions: [{ ...action, headers: { 'X A': 'a' } }] }, 'actions_headers_key_invalid')
    await refused({ ...WORKFLOW, actions: [{ ...action, headers: { Host: 'a' } }] }, 'actions_headers_invalid')
  })

  await t.test('there are at most a hundred', async () => {
    const world = (await sluice.post('/sandbox/worlds', {})).body
    const key = { authorization: `Bearer ${world.secret_key}` }
    for (let count = 0; count < 100; count++) await sluice.post('/workflows', WORKFLOW, key)
    const answer = await sluice.post('/workflows', WORKFLOW, key)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, ['workflow_limit_exceeded']])
  })

  await t.test('another merchant’s workflow is as absent as one that never was', async () => {
    const id = await made(sluice)
    const [action] = (await sluice.get(`/workflows/${id}`)).body.actions
    const world = (await sluice.post('/sandbox/worlds', {})).body
    const key = { authorization: `Bearer ${world.secret_key}` }
    const foreign = [
      sluice.call('GET', `/workflows/${id}`, undefined, key),
      sluice.call('PATCH', `/workflows/${id}`, { active: false }, key),
      sluice.call('DELETE', `/workflows/${id}`, undefined, key),
      sluice.call('POST', `/workflows/${id}/actions`, WORKFLOW.actions[0], key),
      sluice.call('DELETE', `/workflows/${id}/actions/${action.id}`, undefined, key),
      sluice.call('POST', `/workflows/${id}/test`, { event_types: ['payment_approved'] }, key),
    ]
    assert.deepEqual(
      (await Promise.all(foreign)).map(({ status }) => status),
      foreign.map(() => 404),
    )
    assert.deepEqual((await sluice.get('/workflows', key)).body.data, [])
  })

  await t.test('the types of events are those of the catalogue', async () => {
    const { body } = await sluice.get('/workflows/event-types')
    assert.deepEqual(
      body.map(({ id, events }: Json) => [id, events.length]),
      EVENT_SOURCES.map(({ id, events }) => [id, events.length]),
    )
  })
})

async function uuid(wire: string): Promise<string> {
  const { uuidOf } = await import('@sluice/core/ids')
  const kind = wire.startsWith('wfa_') ? 'workflowAction' : 'workflow'
  return uuidOf(kind, wire) as string
}
