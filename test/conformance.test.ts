/** The API is as `/openapi.json` says. Beside this file, every call of `client()` in any test is held against it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { CreateSessionBody } from '@sluice/core/wire/create'
import type { JsonSchema } from '@sluice/core/wire/codes'
import { makeSessionlessData } from '@sluice/sealing/make'
import { SANDBOX_CHANNEL } from '@sluice/server/operations/seed'
import { bodyWith, rightValue } from '../packages/core/test/bodies.ts'
import { CARDS } from './support/cards.ts'
import { begin } from './support/methods.ts'
import { assertConforms, documentOf, type OpenApi } from './support/openapi.ts'
import { eventually, PUBLIC_KEY, SANDBOX_ENTITY, startSluice } from './support/sluice.ts'

test('the API and its description', async (t) => {
  const sluice = await startSluice(t)
  const { api } = sluice.urls
  const document = (await documentOf(api)) as OpenApi

  await t.test('the document is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)))
    assert.ok(valid, JSON.stringify(errors))
    assert.equal(validator.version, '3.1')
  })

  await t.test('every operation has a name of its own, an answer that succeeds, and its path parameters', () => {
    const names = operationsOf(document).map(({ operation }) => operation.operationId)
    assert.equal(new Set(names).size, names.length)
    for (const { path, operation } of operationsOf(document)) {
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        path,
      )
      const described = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => `{${name}}`)
      assert.deepEqual(path.match(/\{\w+\}/g) ?? [], described, path)
    }
  })

  await t.test('an answer the document does not announce is found out', () => {
    const headers = new Headers({
      'cko-request-id': crypto.randomUUID(),
      'cko-version': '0.1.0',
      'content-type': 'application/json; charset=utf-8',
    })
    const live = (changes: object) => {
      const answer = { method: 'GET', url: `${api}/health/live`, status: 200, headers, text: '{"status":"ok"}' }
      return () => assertConforms(document, { ...answer, ...changes })
    }
    live({})()
    assert.throws(live({ text: '{"status":"ok","undeclared":1}' }), /additional/)
    assert.throws(live({ text: '{}' }), /required/)
    assert.throws(live({ text: '{"status":"fine"}' }), /allowed values/)
    assert.throws(live({ status: 204 }), /does not announce/)
    assert.throws(live({ status: 404, text: '{}' }), /does not announce/)
    assert.throws(live({ url: `${api}/health/dead` }), /no such operation/)
    const plain = new Headers(headers)
    plain.set('content-type', 'text/plain')
    assert.throws(live({ headers: plain }), /announced is/)
    const unnamed = new Headers(headers)
    unnamed.delete('cko-request-id')
    assert.throws(live({ headers: unnamed }), /without Cko-Request-Id/)
    const problem = { request_id: crypto.randomUUID(), error_type: 'x', error_codes: ['x'] }
    assert.throws(live({ status: 421, text: JSON.stringify(problem) }), /two request ids/)
  })

  await t.test('every operation succeeds at least once as it is described', async () => {
    const session = await sluice.requestSession({ customer: { email: 'ada@example.com', name: 'Ada' } })
    const paid = await sluice.submit(session, CARDS.approved)
    const sessionless = await makeSessionlessData({
      framesUrl: sluice.urls.frames,
      entityId: SANDBOX_ENTITY,
      card: CARDS.insufficientFunds,
      amount: 1000,
      currency: 'GBP',
    })
    const { billing, success_url, failure_url } = CREATE
    const complete = { session_data: sessionless, amount: 1000, currency: 'GBP', billing, success_url, failure_url }
    const reached = new Set<string>(['requestPaymentSession', 'submitPaymentSession'])
    const seen = async (name: string, answer: Promise<{ status: number; text: string }>) => {
      const { status, text } = await answer
      assert.ok(status >= 200 && status < 300, `${name}: ${status} ${text}`)
      reached.add(name)
    }
    assert.equal(paid.status, 201, paid.text)
    await eventually(async () => (await sluice.payment(paid.body.id)).status === 'Captured')
    await seen('completePaymentSession', sluice.post('/payment-sessions/complete', complete))
    await seen('getPaymentSession', sluice.get(`/payment-sessions/${session.id}`))
    await seen(
      'updatePaymentSession',
      sluice.call('PATCH', `/payment-sessions/${(await sluice.requestSession()).id}`, { amount: 7 }),
    )
    await seen('explainPaymentSession', sluice.get(`/payment-sessions/${session.id}/eligibility`))
    await seen('getPayment', sluice.get(`/payments/${paid.body.id}`))
    await seen('getPayments', sluice.get('/payments?limit=1'))
    await seen('searchPayments', sluice.post('/payments/search', { limit: 1 }))
    await seen('getPaymentActions', sluice.get(`/payments/${paid.body.id}/actions`))
    const held = await sluice.submit(await sluice.requestSession({ capture: false }), CARDS.approved)
    const act = (path: string, body?: unknown) => sluice.post(`/payments/${held.body.id}/${path}`, body)
    await seen('incrementPayment', act('authorizations', { amount: 100 }))
    await seen('capturePayment', act('captures', { amount: 500 }))
    await seen('voidPayment', act('voids', { amount: 100 }))
    await eventually(async () => (await sluice.payment(held.body.id)).balances.total_captured === 500)
    await seen('refundPayment', act('refunds', { amount: 100 }))
    await seen('reversePayment', act('reversals'))
    const waiting = await sluice.submit(await sluice.requestSession({ '3ds': { enabled: true } }), CARDS.approved)
    await seen('cancelPayment', sluice.post(`/payments/${waiting.body.id}/cancellations`))
    await seen('getPaymentAllocations', sluice.get(`/payments/${held.body.id}/allocations`))
    const action = { type: 'webhook', url: 'http://127.0.0.1:1/', headers: { A: 'b' }, signature: { key: 'k' } }
    const condition = { type: 'event', events: { gateway: ['payment_declined'] } }
    const channels = { type: 'processing_channel', processing_channels: [SANDBOX_CHANNEL] }
    const flow = { name: 'Shop', conditions: [condition], actions: [action] }
    const { body: workflow } = await sluice.post('/workflows', flow)
    const path = `/workflows/${workflow.id}`
    await seen('createWorkflow', sluice.post('/workflows', flow))
    await seen('getWorkflows', sluice.get('/workflows'))
    await seen('getEventTypes', sluice.get('/workflows/event-types'))
    await seen('updateWorkflow', sluice.call('PATCH', path, { name: 'Other' }))
    const { body: added } = await sluice.post(`${path}/actions`, action)
    await seen('addWorkflowAction', sluice.post(`${path}/actions`, action))
    await seen('updateWorkflowAction', sluice.call('PUT', `${path}/actions/${added.id}`, action))
    await seen('removeWorkflowAction', sluice.call('DELETE', `${path}/actions/${added.id}`))
    const { body: other } = await sluice.post(`${path}/conditions`, channels)
    await seen('updateWorkflowCondition', sluice.call('PUT', `${path}/conditions/${other.id}`, channels))
    await seen('removeWorkflowCondition', sluice.call('DELETE', `${path}/conditions/${other.id}`))
    await seen('addWorkflowCondition', sluice.post(`${path}/conditions`, channels))
    await seen('getWorkflow', sluice.get(path))
    await seen('testWorkflow', sluice.post(`${path}/test`, { event_types: ['payment_approved'] }))
    const [event] = await eventually(async () => {
      const { data } = (await sluice.get(`/workflows/events/subject/${paid.body.id}`)).body
      return data?.length === 2 && data
    })
    await seen('getSubjectEvents', sluice.get(`/workflows/events/subject/${paid.body.id}`))
    await seen('getEvents', sluice.get('/events?after=0&limit=10'))
    await seen('getEvent', sluice.get(`/workflows/events/${event.id}`))
    const declined = await sluice.submit(await sluice.requestSession(), CARDS.insufficientFunds)
    const sent = await eventually(async () => {
      const { data } = (await sluice.get(`/workflows/events/subject/${declined.body.id}`)).body
      return data?.[0] && (await sluice.get(`/workflows/events/${data[0].id}`)).body
    })
    const place = `/workflows/events/${sent.id}/actions/${sent.action_invocations[0].workflow_action_id}`
    await seen('getActionInvocations', sluice.get(place))
    await seen('reflowEvent', sluice.post(`/workflows/events/${sent.id}/reflow`))
    await seen('reflowEventToWorkflow', sluice.post(`/workflows/events/${sent.id}/workflow/${workflow.id}/reflow`))
    const subject = `/workflows/events/subject/${paid.body.id}`
    await seen('reflowSubject', sluice.post(`${subject}/reflow`))
    await seen('reflowSubjectToWorkflow', sluice.post(`${subject}/workflow/${workflow.id}/reflow`))
    await seen('reflowMany', sluice.post('/workflows/events/reflow', { events: [sent.id] }))
    await seen('deleteWorkflow', sluice.call('DELETE', path))
    const asBrowser = { authorization: `Bearer ${PUBLIC_KEY}` }
    const card = { type: 'card', number: '4242424242424242', expiry_month: 12, expiry_year: 2040 }
    const { body: token } = await sluice.post('/tokens', card, asBrowser)
    await seen('requestToken', sluice.post('/tokens', card, asBrowser))
    await seen('getTokenMetadata', sluice.get(`/tokens/${token.token}/metadata`))
    await seen('createWorld', sluice.post('/sandbox/worlds', {}))
    await seen('getClock', sluice.get('/sandbox/clock'))
    await seen('changeClock', sluice.post('/sandbox/clock', { advance: 'PT1S' }))
    const hold = await sluice.post('/sandbox/holds', { at: 'payer.returned' })
    await seen('createHold', Promise.resolve(hold))
    await seen('getHolds', sluice.get('/sandbox/holds'))
    await seen('getHold', sluice.get(`/sandbox/holds/${hold.body.id}`))
    await seen('releaseHold', sluice.post(`/sandbox/holds/${hold.body.id}/release`))
    await seen('deleteHold', sluice.call('DELETE', `/sandbox/holds/${hold.body.id}`))
    const scenario = await sluice.post('/sandbox/scenarios', { name: 'slow-refunds' })
    await seen('attachScenario', Promise.resolve(scenario))
    await seen('getScenarios', sluice.get('/sandbox/scenarios'))
    await seen('getScenario', sluice.get(`/sandbox/scenarios/${scenario.body.id}`))
    await seen('getScenarioCatalogue', sluice.get('/sandbox/scenarios/catalogue'))
    await seen('getScenarioSchema', sluice.get('/sandbox/scenarios/schema'))
    await seen('detachScenario', sluice.call('DELETE', `/sandbox/scenarios/${scenario.body.id}`))
    const voucher = await begin(sluice, 'multibanco')
    const atBank = `/sandbox/payments/${voucher.answer.body.id}`
    await seen('getBank', sluice.get('/sandbox/bank'))
    await seen('getPaymentPage', sluice.get(`${atBank}/page`))
    await seen('decidePayment', sluice.post(`${atBank}/decisions`, { choice: 'approve' }))
    await seen('notifyOfPayment', sluice.post(`${atBank}/notifications`, {}))
    await seen('returnPayment', sluice.post(`${atBank}/returns`, { amount: 100 }))
    const lasting = { metadata: { sluice_simulator: 'refund.pending' } }
    const lasts = await sluice.submit(await sluice.requestSession(lasting), CARDS.approved)
    await eventually(async () => (await sluice.payment(lasts.body.id)).status === 'Captured')
    const { body: refund } = await sluice.post(`/payments/${lasts.body.id}/refunds`, { amount: 100 })
    await eventually(async () => (await sluice.payment(lasts.body.id)).balances.available_to_refund === 900)
    const ended = { refund: refund.action_id, outcome: 'succeeded' }
    // The bank hears of the refund a moment after it was asked for here.
    await eventually(async () => {
      const answer = await sluice.post(`/sandbox/payments/${lasts.body.id}/refund-results`, ended)
      return answer.status === 200 && seen('endRefund', Promise.resolve(answer)).then(() => true)
    })
    await seen('disputePayment', sluice.post(`/sandbox/payments/${lasts.body.id}/disputes`, { amount: 100 }))
    await seen('getFidelity', sluice.get('/sandbox/fidelity'))
    await seen('getLiveness', sluice.get('/health/live'))
    await seen('getReadiness', sluice.get('/health/ready'))
    await seen('getMetrics', sluice.get('/metrics'))
    await seen('getInstallation', sluice.get('/.well-known/sluice'))
    await seen('getTokenKeys', sluice.get('/.well-known/jwks.json'))
    const form = 'grant_type=client_credentials&client_id=ack_sluicesandboxclientid22224'
    await seen(
      'createAccessToken',
      sluice.post('/connect/token', `${form}&client_secret=sluice-sandbox-client-secret`, {
        'content-type': 'application/x-www-form-urlencoded',
      }),
    )
    const named = operationsOf(document).map(({ operation }) => operation.operationId)
    assert.deepEqual([...reached].sort(), named.sort())
  })

  await t.test(
    'whatever member a session was asked for with, session and payment are answered as described',
    async () => {
      for (const [name, schema] of Object.entries(CREATE_SCHEMA.properties ?? {})) {
        const made = await sluice.post('/payment-sessions', { ...CREATE, [name]: valueOf(name, schema) })
        assert.equal(made.status, 201, `${name}: ${made.text}`)
        await sluice.get(`/payment-sessions/${made.body.id}`)
        await sluice.get(`/payment-sessions/${made.body.id}/eligibility`)
        const paid = await sluice.submit(made.body, CARDS.approved)
        if (name === 'payable') continue
        assert.ok(paid.status < 300, `${name}: ${paid.text}`)
        await sluice.get(`/payments/${paid.body.id}`)
        await sluice.get(`/payments/${paid.body.id}/actions`)
      }
    },
  )
})

const DAY_MS = 86_400_000
const CREATE_SCHEMA = CreateSessionBody as unknown as JsonSchema
const CREATE = bodyWith(CREATE_SCHEMA, ['amount'], 1000) as {
  billing: object
  success_url: string
  failure_url: string
  amount: number
}

/** A right value of a member, with every member of its own as far as the rules between members let them stand together. */
function valueOf(name: string, schema: JsonSchema): unknown {
  const full = fullValue(schema) as Record<string, unknown>
  const special: Record<string, unknown> = {
    amount: 1000,
    processing_channel_id: SANDBOX_CHANNEL,
    enabled_payment_methods: ['card'],
    disabled_payment_methods: ['ideal'],
    expires_on: new Date(Date.now() + DAY_MS).toISOString(),
    capture_on: new Date(Date.now() + DAY_MS).toISOString(),
    customer: { ...full, id: undefined },
    items: [{ ...(full as unknown as object[])[0], total_amount: undefined }],
    amount_allocations: [{ ...(full as unknown as object[])[0], amount: 1000 }],
    payable: false,
  }
  return special[name] ?? full
}

function fullValue(schema: JsonSchema): unknown {
  if (schema.items) return [fullValue(schema.items)]
  if (!schema.properties) return rightValue(schema)
  return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, fullValue(inner)]))
}

function operationsOf(document: OpenApi) {
  return Object.entries(document.paths).flatMap(([path, methods]) => {
    return Object.values(methods).map((operation) => ({ path, operation }))
  })
}
