/** The origin of the card frames. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildFrames } from '../../src/app.ts'
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
