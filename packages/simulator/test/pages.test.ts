import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { type Bank, card, startBank } from './support.ts'

const LATER = '2026-11-22T12:16:00.000Z'

async function challenge(bank: Bank, key: string, more = {}): Promise<string> {
  const { body } = await bank.pay(key, { three_ds: { enabled: true }, ...more })
  assert.equal(body.outcome, 'action')
  return body.url
}

test('the page of a challenge shows the payment, works without scripts and sends the shopper back', async (t) => {
  const bank = await startBank(t)
  const url = await challenge(bank, 'k1', { details: { display_name: 'Jo & <b>Sons</b>' }, reference: 'ORDER-1' })
  const page = await fetch(url)
  const html = await page.text()
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  for (const text of ['10.00 GBP', '•••• 4242', 'Jo &amp; &lt;b&gt;Sons&lt;/b&gt;', 'ORDER-1']) {
    assert.ok(html.includes(text), text)
  }
  assert.doesNotMatch(html, /<script|style=| on[a-z]+=/i)
  assert.doesNotMatch(html, /4242424242424242/)

  const pressed = await bank.press(url, 'approve')
  assert.equal(pressed.status, 303)
  assert.equal(pressed.headers.get('location'), 'http://localhost:9/returns/token')
  const { body } = await bank.follow('k1', 'complete')
  assert.equal(body.outcome, 'approved')
  assert.equal(body.three_ds.challenged, true)
})

test('a challenge can also be answered with the password of the challenge page', async (t) => {
  const bank = await startBank(t)
  for (const [key, password, outcome, code] of [
    ['right', 'Checkout1!', 'approved', '10000'],
    ['wrong', 'checkout1!', 'declined', '20151'],
  ] as const) {
    const url = await challenge(bank, key)
    assert.match(
      await (await fetch(url)).text(),
      /<input [^>]*type="password"[^>]*>\s*<button type="submit"[^>]*>Continue</,
    )
    const pressed = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ action: 'continue', password }),
      redirect: 'manual',
    })
    assert.equal(pressed.status, 303)
    const { body } = await bank.follow(key, 'complete')
    assert.deepEqual([body.outcome, body.code], [outcome, code])
  }
})

test('the first choice counts: pressed twice, or after a cancellation, nothing changes', async (t) => {
  const bank = await startBank(t)
  const url = await challenge(bank, 'k1')
  await Promise.all(['approve', 'approve', 'fail', 'cancel'].map((choice) => bank.press(url, choice)))
  assert.equal((await bank.ledger()).length, 1)
  assert.match(await (await fetch(url)).text(), /This payment is decided/)

  const other = await challenge(bank, 'k2')
  await bank.follow('k2', 'cancel')
  assert.equal((await bank.press(other, 'approve')).status, 303)
  assert.equal((await bank.follow('k2', 'complete')).body.outcome, 'cancelled')
})

test('a challenge nobody answers within fifteen minutes is declined 20152', async (t) => {
  const bank = await startBank(t)
  const url = await challenge(bank, 'k1')
  assert.equal((await bank.retrieve('k1')).body.outcome, 'action')
  assert.equal((await bank.retrieve('k1', 'A', LATER)).body.code, '20152')
  await bank.press(url, 'approve')
  assert.equal((await bank.ledger()).length, 0)
})

test('the page of a redirect method can also be left pending', async (t) => {
  const bank = await startBank(t)
  const pay = async (key: string) =>
    (await bank.pay(key, { method: 'ideal', currency: 'EUR', card: undefined })).body.url as string
  const url = await pay('k1')
  assert.match(await (await fetch(url)).text(), /Pay with iDEAL/)
  await bank.press(url, 'later')
  assert.equal((await bank.retrieve('k1')).body.outcome, 'pending')
  await bank.press(await pay('k2'), 'fail')
  assert.equal((await bank.retrieve('k2')).body.code, '20005')
})

test('the page speaks the language of the payment, and English when it has no words', async (t) => {
  const bank = await startBank(t)
  for (const [locale, lang, title] of [
    ['de-DE', 'de-DE', 'Zahlung bestätigen'],
    ['fr-CA', 'fr-FR', 'Confirmez votre paiement'],
    ['es-ES', 'es-ES', 'Confirme su pago'],
    ['nl', 'nl-NL', 'Bevestig uw betaling'],
    ['ar-EG', 'ar', 'تأكيد الدفع'],
    ['pl-PL', 'en-GB', 'Confirm your payment'],
    ['<x>', 'en-GB', 'Confirm your payment'],
  ] as const) {
    const html = await (await fetch(await challenge(bank, `k-${lang}-${locale.length}`, { locale }))).text()
    assert.ok(html.includes(`lang="${lang}"`) && html.includes(title), locale)
  }
})

test('an address that was never given out is a page that does not exist', async (t) => {
  const bank = await startBank(t)
  for (const token of ['AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00', '..%2f..%2fledger']) {
    const answer = await fetch(`${bank.url}/pay/${token}`)
    assert.equal(answer.status, 404, token)
    assert.match(await answer.text(), /This page does not exist/)
  }
})

test('a page shows nothing but its four choices', async (t) => {
  const bank = await startBank(t)
  const url = await challenge(bank, 'k1')
  for (const choice of ['', 'refund', 'constructor']) assert.equal((await bank.press(url, choice)).status, 422)
  assert.equal((await fetch(url, { method: 'POST' })).status, 422)
})

test('two payments never share an address, whatever their keys', async (t) => {
  const bank = await startBank(t)
  const urls = [await challenge(bank, 'k1'), await challenge(bank, 'k2'), await challenge(bank, 'k3', { class: 'B' })]
  urls.push(await challenge(bank, 'k3', { class: 'B' }))
  assert.equal(new Set(urls).size, 4)
  for (const url of urls) assert.match(new URL(url).pathname, /^\/pay\/[\w-]{22,}$/)
})

test('the statement shows all that travelled, and the card masked', async (t) => {
  const bank = await startBank(t)
  await bank.pay('k1', {
    card: card('4242424242424242', { name: 'Jo Shopper' }),
    description: 'Two chairs',
    ip: '198.51.100.7',
    details: {
      recipient: { dob: '1990-01-01' },
      sender: { type: 'individual' },
      instruction: { purpose: 'gifts' },
      shipping: { address: { city: 'Bristol' } },
      processing: { order_id: '123456' },
      billing_descriptor: { name: 'JOS CHAIRS', city: 'Bath' },
      display_name: 'Jo<script>',
    },
  })
  const html = await (await fetch((await bank.control('statement')).body['url'])).text()
  const told = ['Two chairs', '198.51.100.7', '1990-01-01', 'individual', 'gifts', 'Bristol', '123456', 'JOS CHAIRS']
  for (const text of [...told, 'Jo&lt;script&gt;', 'VISA 424242•••• 4242', 'Jo Shopper']) {
    assert.ok(html.includes(text), text)
  }
  assert.doesNotMatch(html, /<script/)
})

test('of an account the books keep the end, and nothing of an identity or of a code', async (t) => {
  const bank = await startBank(t)
  const secrets = { iban: 'DE89370400440532010014', number: '12345678', id: '21234567890', code: '777123' }
  const debit = { method: 'sepa', currency: 'EUR', card: undefined }
  const answer = await bank.pay('k1', { ...debit, details: { iban: secrets.iban, mandate: { id: 'M1' } } })
  assert.equal(answer.body['code'], '20014', 'what it ends with decides all the same')
  await bank.pay('k2', { ...debit, details: { bank_account_number: secrets.number, bank_code: '200415' } })
  const others = { national_id: secrets.id, blik_code: secrets.code, email: 'jo@example.com' }
  await bank.pay('k3', { method: 'blik', currency: 'PLN', card: undefined, details: others })
  const html = await (await fetch((await bank.control('statement')).body['url'])).text()
  for (const shown of ['•••• 0014', '•••• 5678', '200415', 'M1', 'jo@example.com'])
    assert.ok(html.includes(shown), shown)

  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: bank.databaseUrl })
  await client.connect()
  const { rows } = await client.query('select to_jsonb(p) as row from payments p where merchant = $1', [bank.merchant])
  await client.end()
  assert.equal(rows.length, 3)
  const kept = JSON.stringify(rows) + html + bank.logged()
  for (const secret of Object.values(secrets)) assert.ok(!kept.includes(secret), secret)
})

test('only names that nobody can point elsewhere are answered', async (t) => {
  const bank = await startBank(t)
  const { port } = new URL(bank.url)
  const statusFor = (host: string) =>
    new Promise<number>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: '/health', headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
        .on('error', reject)
        .end()
    })
  for (const host of ['localhost', `127.0.0.1:${port}`, `bank.localhost:${port}`, '[::1]:80']) {
    assert.equal(await statusFor(host), 200, host)
  }
  for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.1', '127.0.0.1.evil.example']) {
    assert.equal(await statusFor(host), 421, host)
  }
})

test('the bank’s address shows what can be looked at', async (t) => {
  const bank = await startBank(t)
  const page = await fetch(`${bank.url}/`)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /\/ledger\?merchant=ent_/)
})
