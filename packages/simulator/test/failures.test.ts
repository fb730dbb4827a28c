import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { AT, type Body, card, startBank, startOwnBank } from './support.ts'

const switched = (words: string): Body => ({ metadata: { sluice_simulator: words } })

test('an answer is lost after the payment was booked, and a repeat of the key gets it', async (t) => {
  const bank = await startBank(t)
  for (const word of ['drop_after_booking', 'garbled']) {
    await assert.rejects(bank.pay(word, switched(word)))
    assert.equal((await bank.pay(word, switched(word))).body.outcome, 'approved')
  }
  assert.equal((await bank.pay('http_500', switched('http_500'))).status, 500)
  assert.equal((await bank.retrieve('http_500')).body.outcome, 'approved')
  assert.equal((await bank.pay('unknown_code', switched('unknown_code'))).body.code, '99999')
  assert.equal((await bank.retrieve('unknown_code')).body.code, '10000')
  assert.equal((await bank.ledger()).length, 4)
})

test('an answer is lost before the payment was booked, and nothing is on the books', async (t) => {
  const bank = await startBank(t)
  await assert.rejects(bank.pay('k1', switched('drop_before_booking')))
  assert.equal((await bank.pay('k2', switched('http_500_before_booking'))).status, 500)
  for (const key of ['k1', 'k2']) assert.equal((await bank.retrieve(key)).status, 404)
  assert.deepEqual(await bank.ledger(), [])
})

test('a bank that is silent or slow has booked, or not, as the switch says', async (t) => {
  const bank = await startBank(t)
  for (const word of ['timeout', 'timeout_before_booking', 'slow:5000']) {
    const asked = fetch(`${bank.url}/acquirer/payments`, {
      method: 'POST',
      headers: { ...bank.asMerchant, 'content-type': 'application/json', 'sluice-time': AT },
      body: JSON.stringify({
        key: word,
        merchant: bank.merchant,
        amount: 5,
        currency: 'GBP',
        card: card('4242424242424242'),
        ...switched(word),
      }),
      signal: AbortSignal.timeout(400),
    })
    await assert.rejects(asked, { name: 'TimeoutError' })
  }
  assert.deepEqual(
    (await bank.ledger()).map(({ key }) => key),
    ['timeout', 'slow:5000'],
  )
})

test('a capture, refund, void, reversal or inquiry can fail by a switch of its payment', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', switched('capture.drop_after_booking refund.code:20005 void.http_500_before_booking'))
  await assert.rejects(bank.follow('k1', 'captures', { amount: 400 }))
  assert.equal((await bank.follow('k1', 'captures', { amount: 400 })).body.outcome, 'succeeded')
  assert.equal((await bank.follow('k1', 'refunds', { amount: 100 })).body.code, '20005')
  assert.equal((await bank.follow('k1', 'voids', { amount: 100 })).status, 500)
  assert.deepEqual(
    (await bank.ledger()).map(({ kind }) => kind),
    ['authorization', 'capture'],
  )
  await bank.pay('k2', switched('retrieve.http_500'))
  assert.equal((await bank.retrieve('k2')).status, 500)
})

test('bad messages are refused and never break the bank', async (t) => {
  const bank = await startOwnBank(t)
  const good = { key: 'k', merchant: bank.merchant, amount: 5, currency: 'GBP', card: card('4242424242424242') }
  const bodies = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"__proto__":{"a":1}}',
    ...[70, 5_000, 60_000].map((depth) =>
      JSON.stringify({ ...good, details: { a: 'deep' } }).replace('"deep"', '['.repeat(depth) + ']'.repeat(depth)),
    ),
    ...[
      {},
      { ...good, amount: '5' },
      { ...good, amount: -1 },
      { ...good, amount: 1.5 },
      { ...good, amount: 1e300 },
      { ...good, currency: 'gbp' },
      { ...good, key: 'a b' },
      { ...good, key: '' },
      { ...good, merchant: '\u0000' },
      { ...good, reference: 'a\u0000b' },
      { ...good, reference: '\ud800' },
      { ...good, metadata: { a: '\udfff' } },
      { ...good, card: { number: 'x' } },
      { ...good, class: 'E' },
      { ...good, return_url: 'javascript:alert(1)' },
      { ...good, three_ds: { enabled: true } },
      { ...good, metadata: { sluice_simulator: 5 } },
      { ...good, metadata: { sluice_simulator: 'explode' } },
    ].map((body) => JSON.stringify(body)),
  ]
  for (const body of bodies) {
    const answer = await fetch(`${bank.url}/acquirer/payments`, {
      method: 'POST',
      headers: { ...bank.asMerchant, 'content-type': 'application/json', 'sluice-time': AT },
      body,
    })
    assert.ok([400, 422].includes(answer.status), `${answer.status} ${body}`)
    assert.equal(typeof ((await answer.json()) as Body).error, 'string')
  }
  const untimed = await fetch(`${bank.url}/acquirer/payments`, {
    method: 'POST',
    headers: { ...bank.asMerchant, 'content-type': 'application/json' },
    body: JSON.stringify(good),
  })
  assert.equal(untimed.status, 422)
  const large = await fetch(`${bank.url}/acquirer/payments`, {
    method: 'POST',
    headers: { ...bank.asMerchant, 'content-type': 'application/json', 'sluice-time': AT },
    body: JSON.stringify({ ...good, description: 'x'.repeat(300_000) }),
  })
  assert.equal(large.status, 413)
  for (const path of [
    '/nothing',
    '/ledger',
    '/ledger?merchant=m&after=x',
    '/statement/%00',
    '/acquirer/payments/%ff',
  ]) {
    assert.ok((await fetch(bank.url + path, { headers: { 'sluice-time': AT } })).status < 500, path)
  }
  assert.deepEqual(await bank.ledger(), [])
  assert.equal(bank.logged(), '')
})

test('text that only looks dangerous is stored as it came', async (t) => {
  const bank = await startBank(t)
  const reference = 'C:\\u0000 \\\\ud800 “x” 😀'
  assert.equal((await bank.pay('k1', { reference })).status, 200)
  const html = await (await fetch((await bank.control('statement')).body['url'])).text()
  assert.ok(html.includes(reference))
})

test('neither number nor CVV is in the books or in the log', async (t) => {
  const bank = await startOwnBank(t)
  await bank.pay('k1', { card: card('4000020000000000', { cvv: 'cvv~123' }), three_ds: { enabled: true } })
  await bank.pay('k2', { card: card('4000020000000000', { cvv: 'cvv~123' }) })
  const client = new pg.Client({ connectionString: bank.databaseUrl })
  await client.connect()
  const dump = JSON.stringify([
    (await client.query('select * from payments')).rows,
    (await client.query('select * from followups')).rows,
    (await client.query('select * from movements')).rows,
  ])
  await client.end()
  for (const secret of ['4000020000000000', 'cvv~123']) {
    assert.ok(!dump.includes(secret))
    assert.ok(!bank.logged().includes(secret))
  }
})

test('one merchant sees nothing of another', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', { merchant: 'ent_other' })
  assert.equal((await bank.retrieve('k1')).status, 404)
  assert.equal((await bank.follow('k1', 'captures', { amount: 5 })).body.code, '20025')
  assert.deepEqual(await bank.ledger(), [])
})
