import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { SANDBOX_KEYS } from '../../src/operations/seed.ts'
import { assertConforms } from '../../../../test/support/openapi.ts'
import { startApi } from './support.ts'

test('the document is valid OpenAPI 3.1', async (t) => {
  const { app } = await startApi(t)
  const reply = await app.inject('/openapi.json')
  assert.equal(reply.statusCode, 200)
  assert.match(String(reply.headers['content-type']), /^application\/json/)
  const document = reply.json()
  assert.equal(document.openapi, '3.1.0')
  const { valid, errors } = await new Validator().validate(document)
  assert.ok(valid, JSON.stringify(errors, null, 2))
})

test('every operation has a name, a summary, one known tag, its credentials and its errors', async (t) => {
  const { app } = await startApi(t)
  const document = (await app.inject('/openapi.json')).json()
  const tags = document.tags.map(({ name }: { name: string }) => name)
  const names = new Set<string>()
  for (const [path, operations] of Object.entries<Record<string, any>>(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const what = `${method} ${path}`
      assert.match(operation.operationId ?? '', /^[a-z][A-Za-z]+$/, what)
      assert.ok(!names.has(operation.operationId), what)
      names.add(operation.operationId)
      assert.ok(operation.summary, what)
      assert.equal(operation.tags?.length, 1, what)
      assert.ok(tags.includes(operation.tags[0]), `${what}: ${operation.tags}`)
      for (const status of ['429', '500', '503', 'default']) assert.ok(operation.responses[status], `${what} ${status}`)
      if (operation.security) {
        assert.deepEqual(operation.responses['401'], { $ref: '#/components/responses/Unauthorized' }, what)
        assert.ok(operation.responses['403'], what)
      }
      for (const [status, answer] of Object.entries<any>(operation.responses)) {
        if (!answer.$ref)
          assert.ok(answer.headers['Cko-Request-Id'] && answer.headers['Cko-Version'], `${what} ${status}`)
      }
      assert.ok(!Object.keys(operation).some((name) => name.startsWith('x-')), what)
    }
  }
  const create = document.paths['/payment-sessions'].post
  assert.deepEqual(create.security, [{ secretKey: [] }, { oauth2: ['payment-sessions'] }])
  assert.match(create.responses['422'].description, /`request_json_invalid`.*`amount_required`, `amount_invalid`/)
  const get = document.paths['/payment-sessions/{id}'].get
  assert.deepEqual(get.security.at(-1), { publicKey: [], sessionSecret: [] })
  assert.deepEqual(
    Object.keys(document.paths['/connect/token'].post.responses).filter((status) => status.startsWith('4')),
    ['400', '429'],
  )
  assert.ok(document.paths['/connect/token'].post.requestBody.content['application/x-www-form-urlencoded'])
})

test('production describes no sandbox', async (t) => {
  const { app } = await startApi(t, {
    config: { mode: 'production', masterKey: Buffer.alloc(32, 7).toString('base64') },
  })
  const document = (await app.inject('/openapi.json')).json()
  assert.equal(document.paths['/sandbox/worlds'], undefined)
})

test('answers are what the document says', async (t) => {
  const { app } = await startApi(t)
  const document = (await app.inject('/openapi.json')).json()
  const auth = { authorization: SANDBOX_KEYS.secret }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const { client_id, client_secret } = SANDBOX_KEYS
  const credentials = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString()
  for (const request of [
    { method: 'GET', url: '/health/live' },
    { method: 'GET', url: '/health/ready' },
    { method: 'GET', url: '/.well-known/sluice' },
    { method: 'GET', url: '/.well-known/jwks.json' },
    { method: 'POST', url: '/connect/token', headers: form, payload: credentials },
    { method: 'POST', url: '/connect/token', headers: form, payload: 'grant_type=password' },
    { method: 'POST', url: '/sandbox/worlds', headers: auth, payload: {} },
    { method: 'POST', url: '/sandbox/worlds', headers: auth, payload: { seed: 1 } },
    { method: 'POST', url: '/sandbox/worlds', payload: {} },
    { method: 'POST', url: '/sandbox/worlds', headers: { ...auth, 'content-type': 'text/plain' }, payload: 'x' },
    { method: 'POST', url: '/payment-sessions', headers: auth, payload: {} },
    { method: 'GET', url: '/payment-sessions/ps_x', headers: auth },
    { method: 'GET', url: '/payments/pay_x', headers: auth },
  ] as const) {
    const { statusCode, headers, body } = await app.inject(request)
    const url = `http://localhost${request.url}`
    assertConforms(document, {
      method: request.method,
      url,
      status: statusCode,
      headers: new Headers(headers as never),
      text: body,
    })
  }
})
