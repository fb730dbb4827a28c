/** The origin of the card frames. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildFrames } from '../../src/app.ts'
import { flowFolder } from '../../../../test/support/flow-folder.ts'
import { readFlowFiles } from '../../src/http/flow-files.ts'
import { createEntity } from '../../src/operations/create-entity.ts'
import { startApi } from './support.ts'

test('every answer of the frames origin has its security headers, also where it has nothing', async (t) => {
  const { ctx } = await startApi(t)
  const app = await buildFrames(ctx)
  t.after(() => app.close())
  const cases: [request: { method?: 'GET' | 'POST'; url: string; headers?: Record<string, string> }, status: number][] =
    [
      [{ url: '/frame/sealing-keys' }, 200],
      [{ url: '/frame/payment-sessions/ps_x' }, 404],
      [{ url: '/nothing' }, 404],
      [{ url: '/%zz' }, 404],
      [{ method: 'POST', url: '/frame/sealing-keys' }, 404],
      [{ url: '/frame/sealing-keys', headers: { host: 'elsewhere.test' } }, 421],
      [{ url: '/frame/sealing-keys', headers: { origin: 'https://shop.example' } }, 403],
      [{ url: '/frame/keeper?key=pk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa' }, 404],
    ]
  for (const [request, status] of cases) {
    const { statusCode, headers } = await app.inject(request)
    assert.equal(statusCode, status, request.url)
    assert.match(String(headers['content-security-policy']), /^default-src 'none'/, request.url)
    assert.equal(headers['cache-control'], 'no-store', request.url)
    assert.equal(headers['x-frame-options'], 'DENY', request.url)
  }
  assert.equal((await app.inject('/health/live')).json().status, 'ok')
})

test('in production a frame is held only by origins that are registered for its key', async (t) => {
  const masterKey = Buffer.alloc(32, 7).toString('base64')
  const { ctx } = await startApi(t, { config: { mode: 'production', keys: 'generated', masterKey } })
  const flow = readFlowFiles(flowFolder(t), ctx.config)
  const app = await buildFrames(ctx, { flow })
  t.after(() => app.close())
  const closed = await createEntity(ctx, { name: 'Closed' })
  const open = await createEntity(ctx, { name: 'Open', origins: ['https://shop.example', 'https://a.example:8443'] })
  const policyOf = async (document: string, key: string) => {
    const answer = await app.inject({ url: `/frame/${document}?key=${key}` })
    assert.equal(answer.statusCode, 200)
    return String(answer.headers['content-security-policy'])
  }
  assert.match(
    await policyOf('keeper', closed.keys.public),
    /; frame-src 'self'; form-action 'none'; frame-ancestors 'none'$/,
  )
  assert.match(
    await policyOf('challenge', open.keys.public),
    /; frame-src https:; form-action 'none'; frame-ancestors https:\/\/shop\.example https:\/\/a\.example:8443$/,
  )
})
