/** Hostile requests with a name: broken HTTP, foreign hosts, addresses that are no web pages, card numbers in free text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startShop } from '@sluice/cli/shop'
import { makeSessionData } from '@sluice/sealing/make'
import { sendRaw } from '../packages/server/test/http/raw.ts'
import { CARDS } from './support/cards.ts'
import { freePort, SESSION_BODY, startSluice } from './support/sluice.ts'

const ITEM = { name: 'Book', quantity: 1, unit_price: 1000 }

test('what is refused at the door', async (t) => {
  const sluice = await startSluice(t)
  const shopPort = await freePort()
  const shop = await startShop({ listen: '127.0.0.1', port: shopPort, api: sluice.urls.api, hosts: [] })
  t.after(() => shop.close())
  const origins = [sluice.urls.api, sluice.urls.frames, sluice.urls.simulator, `http://localhost:${shopPort}`]

  await t.test(
    'bytes that no client library would send are answered in the envelope, or the connection is closed',
    async () => {
      const heads = [
        'GET /payments/\u0001 HTTP/1.1',
        'GET /payments/\u0000 HTTP/1.1',
        'GET /payments/\u00ff\u00fe HTTP/1.1',
        'GET /payments/a b HTTP/1.1',
        'GET /../../etc/passwd HTTP/1.1',
        'GET //health/live HTTP/1.1',
        'GET \\health\\live HTTP/1.1',
        'GET * HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        'CONNECT localhost:22 HTTP/1.1',
        'GET http://localhost/health/live HTTP/1.1',
        'GET javascript:alert(1) HTTP/1.1',
        'GET ?x HTTP/1.1',
        'HEAD /payments/x HTTP/1.1',
        'GET / HTTP/1.0',
        'GET / HTTP/2.0',
        'PRI * HTTP/2.0',
        `GET /${'a'.repeat(60_000)} HTTP/1.1`,
        `GET / HTTP/1.1\r\nX: ${'a'.repeat(60_000)}`,
        `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(3_000)}C: d`,
        'POST /payment-sessions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz',
        'POST /payment-sessions HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{"a":1}GET / HTTP/1.1',
        'GET / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10',
        'GET / HTTP/1.1\r\nExpect: miracles',
        'GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade',
        '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
      ]
      for (const origin of origins) {
        const port = Number(new URL(origin).port)
        for (const head of heads) {
          const [line = '', ...rest] = head.split('\r\n')
          const lines = [line, 'Host: localhost', 'Connection: close', ...rest]
          const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
          const answer = await Promise.race([sendRaw(port, bytes), late(4_500)])
          assert.ok(answer !== 'late', `${origin} leaves ${JSON.stringify(head.slice(0, 60))} without an answer`)
          assert.ok(answer === undefined || answer.status < 500, `${origin} ${head.slice(0, 60)}: ${answer?.status}`)
        }
      }
    },
  )

  await t.test('a foreign Host is answered 421 on every listener', async () => {
    for (const origin of origins) {
      const port = Number(new URL(origin).port)
      const ask = async (host: string, path = '/') =>
        (await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))?.status
      for (const host of [
        'evil.example',
        'localhost.evil.example',
        'evil.example:80',
        '10.0.0.1',
        '127.0.0.1.evil.example',
        '0.0.0.0',
        'localhost@evil.example',
        'evil.example/localhost',
      ]) {
        assert.equal(await ask(host), 421, `${origin} answers for ${host}`)
      }
      for (const host of [`localhost:${port}`, 'LOCALHOST', 'shop.localhost', '127.0.0.1', '[::1]']) {
        assert.notEqual(await ask(host), 421, `${origin} does not answer for ${host}`)
      }
      const nameless = await sendRaw(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')
      assert.ok(nameless?.status === 421 || nameless?.status === 400, `${origin} without a host: ${nameless?.status}`)
    }
  })

  await t.test('nobody is sent to an address that is not a web page', async () => {
    for (const url of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'java\tscript:alert(1)',
      ' javascript:alert(1)',
      '\u0001javascript:alert(1)',
      'javascript://shop.example/%0aalert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:msgbox(1)',
      'blob:https://shop.example/x',
      'file:///etc/passwd',
      'ftp://shop.example',
      '//shop.example/ok',
      '/ok',
      'https:shop.example',
      'https:/shop.example',
      'https:\\\\shop.example',
      'https://',
      'https://user:password@shop.example',
      'https://shop.example@evil.example',
      'https://shop.example\\@evil.example',
      'https://shop.example/\r\nset-cookie: a=b',
      'https://shop.example/a\nb',
      'https://shop.example/\u0007',
      'https://shop.example:99999/',
      `https://shop.example/${'a'.repeat(1_100)}`,
    ]) {
      for (const member of ['success_url', 'failure_url']) {
        const answer = await sluice.post('/payment-sessions', { ...SESSION_BODY, [member]: url })
        assert.equal(answer.status, 422, JSON.stringify(url))
        assert.deepEqual(answer.body.error_codes, [`${member}_invalid`], JSON.stringify(url))
      }
    }
  })

  await t.test('a card number in free text is refused, and not told again', async () => {
    for (const number of ['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242', '3456 789012 34564']) {
      for (const [code, members] of [
        ['reference_invalid', { reference: number }],
        ['description_invalid', { description: `card ${number}, thanks` }],
        ['display_name_invalid', { display_name: `x ${number}` }],
        ['metadata_invalid', { metadata: { note: number } }],
        ['metadata_key_invalid', { metadata: { [number]: 'x' } }],
        ['items_name_invalid', { items: [{ name: number, quantity: 1, unit_price: 1000 }] }],
        ['billing_address_city_invalid', { billing: { address: { country: 'GB', city: `Rome ${number}` } } }],
        ['customer_name_invalid', { customer: { name: number } }],
      ] as const) {
        const answer = await sluice.post('/payment-sessions', { ...SESSION_BODY, ...members })
        assert.equal(answer.status, 422, `${code} ${answer.text}`)
        assert.deepEqual(answer.body.error_codes, [code])
        assert.ok(!answer.text.includes(number))
      }
    }
  })

  await t.test('text that asks for the card to be put in its place is refused', async () => {
    for (const placeholder of ['{{card.number}}', '{{card.cvv}}', '{{card.name}}']) {
      for (const [code, members] of [
        ['reference_invalid', { reference: placeholder }],
        ['metadata_invalid', { metadata: { sluice_simulator: placeholder } }],
        ['metadata_key_invalid', { metadata: { [placeholder]: 'x' } }],
        ['items_commodity_code_invalid', { items: [{ ...ITEM, commodity_code: placeholder }] }],
        ['billing_phone_number_invalid', { billing: { address: { country: 'GB' }, phone: { number: placeholder } } }],
      ] as const) {
        const answer = await sluice.post('/payment-sessions', { ...SESSION_BODY, ...members })
        assert.equal(answer.status, 422, `${code} ${answer.text}`)
        assert.deepEqual(answer.body.error_codes, [code])
      }
      const session = await sluice.requestSession()
      const session_data = await makeSessionData({
        framesUrl: sluice.urls.frames,
        sessionId: session.id,
        secret: session.payment_session_secret,
        card: CARDS.approved,
        browser: { user_agent: placeholder },
      })
      const answer = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
      assert.deepEqual(answer.body.error_codes, ['session_data_invalid'])
    }
  })

  await t.test('a payment goes through as if nothing had happened', async () => {
    const answer = await sluice.submit(await sluice.requestSession(), CARDS.approved)
    assert.equal(answer.status, 201, answer.text)
    await sluice.assertSound()
  })
})

function late(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'late' as const).unref())
}
