/** Who may have the bank do what: a merchant's messages take his key, and a shopper's pages an address nobody can guess. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AT, type Body, startBank, startOwnBank } from './support.ts'

const json = { 'content-type': 'application/json', 'sluice-time': AT }

test('what the bank does by itself is done for the merchant only, who speaks with the first key that was shown for him', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { method: 'multibanco', currency: 'EUR', card: undefined })
  const routes: [method: string, path: string, body?: Body][] = [
    ['GET', `/control/payments/k1/page?merchant=${bank.merchant}`],
    ['GET', `/control/statement?merchant=${bank.merchant}`],
    ['POST', '/control/notices', {}],
    ['POST', '/control/payments/k1/decisions', { choice: 'approve' }],
    ['POST', '/control/payments/k1/returns', {}],
    ['POST', '/control/payments/k1/disputes', {}],
    ['POST', '/control/payments/k1/notifications', {}],
    ['POST', '/control/payments/k1/refund-results', { refund: 'k2', outcome: 'failed' }],
    ['GET', `/acquirer/payments/k1?merchant=${bank.merchant}`],
    ['POST', '/acquirer/payments/k1/complete', {}],
    ['POST', '/acquirer/payments/k1/cancel', {}],
    ['POST', '/acquirer/payments/k1/confirm', { otp: '123456' }],
    ['POST', '/acquirer/payments/k1/captures', { key: 'c' }],
    ['POST', '/acquirer/payments/k1/refunds', { key: 'c' }],
    ['POST', '/acquirer/payments/k1/reversals', { key: 'c' }],
    ['POST', '/acquirer/payments', { key: 'k3', amount: 1, currency: 'EUR', method: 'multibanco' }],
  ]
  for (const authorization of [undefined, 'Bearer key-of-somebody-else-at-his-bank', 'Bearer', 'Basic eDp5']) {
    for (const [method, path, body] of routes) {
      const answer = await fetch(bank.url + path, {
        method,
        headers: { ...json, ...(authorization && { authorization }) },
        ...(body && { body: JSON.stringify({ merchant: bank.merchant, ...body }) }),
      })
      assert.equal(answer.status, 401, `${authorization} ${path}`)
      assert.equal(((await answer.json()) as Body)['error'], 'key_invalid')
    }
  }
  assert.equal((await bank.retrieve('k1')).body['outcome'], 'pending')
  assert.equal((await bank.control('payments/k1/page')).status, 200)
})

test('a merchant for whom no key was shown can be charged by anybody, and nothing else', async (t) => {
  const bank = await startBank(t)
  const message = (path: string, body: Body, headers = {}) =>
    fetch(bank.url + path, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify({ merchant: bank.merchant, ...body }),
    })
  const voucher = { key: 'k1', amount: 5, currency: 'EUR', method: 'multibanco' }
  assert.equal((await message('/acquirer/payments', voucher)).status, 200)
  assert.equal((await message('/control/payments/k1/decisions', { choice: 'approve' })).status, 401)
  const [mine, other] = await Promise.all(
    ['mine', 'other'].map((name) =>
      message('/control/notices', {}, { authorization: `Bearer key-of-somebody-${name}` }),
    ),
  )
  assert.deepEqual([mine?.status, other?.status].sort(), [200, 401], 'the first of two at once')
})

test('a key is known again by a bank that was closed, and stands in no book', async (t) => {
  const bank = await startOwnBank(t)
  await bank.pay('k1')
  await bank.close()
  const again = await startOwnBank(t, bank.databaseUrl)
  assert.equal((await again.retrieve('k1')).status, 200)
  assert.equal(
    (await fetch(`${again.url}/acquirer/payments/k1?merchant=${again.merchant}`, { headers: json })).status,
    401,
  )
})

test('the address of a statement and of a page leads nowhere else, and is no part of an id', async (t) => {
  const bank = await startBank(t)
  const other = await startBank(t)
  const { body } = await bank.pay('k1', { method: 'paynow', currency: 'SGD', card: undefined })
  const till = new URL(body['next_step'].data)
  const sent = new URL((await bank.pay('k2', { method: 'ideal', currency: 'EUR', card: undefined })).body['url'])
  const statement = new URL((await bank.control('statement')).body['url'])
  const [, , merchant = '', token = ''] = statement.pathname.split('/')
  assert.equal((await fetch(statement)).status, 200)
  for (const path of [
    `/statement/${bank.merchant}`,
    `/statement/${other.merchant}/${token}`,
    `/statement/${merchant}/${'A'.repeat(22)}`,
    `/statement/${merchant}/${till.pathname.slice(6)}`,
    `/pay/${token}`,
    `/till/${token}`,
    till.pathname.replace('/till/', '/pay/'),
    sent.pathname.replace('/pay/', '/till/'),
  ]) {
    assert.equal((await fetch(bank.url + path)).status, 404, path)
  }
  for (const { pathname } of [till, sent, statement]) assert.match(pathname, /\/[\w-]{22}$/)
})
