/** A page that is opened again, answered twice, or too late, changes nothing; and says what happened, in its language. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { AT, type Bank, type Body, startBank } from './support.ts'

const later = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000).toISOString()
const without = { card: undefined }

/** One of each kind of page; `limitS`: how long it is open, seconds of the merchant's time. `atLimit`: what it then becomes. */
const PAGES: Record<string, { pay: Body; limitS: number; atLimit?: string }> = {
  challenge: { pay: { three_ds: { enabled: true } }, limitS: 900 },
  redirect: { pay: { ...without, method: 'ideal', currency: 'EUR' }, limitS: 3600 },
  'pay later': { pay: { ...without, method: 'klarna', currency: 'EUR' }, limitS: 3600 },
  app: {
    pay: { ...without, method: 'mbway', currency: 'EUR', details: { phone: { number: '912345671' } } },
    limitS: 300,
  },
  code: { pay: { ...without, method: 'stcpay', currency: 'SAR' }, limitS: 300 },
  voucher: { pay: { ...without, method: 'multibanco', currency: 'EUR' }, limitS: 7 * 86_400 },
  qr: { pay: { ...without, method: 'paynow', currency: 'SGD' }, limitS: 900 },
  debit: { pay: { ...without, method: 'sepa', currency: 'EUR' }, limitS: 3 * 86_400, atLimit: 'approved' },
  window: { pay: { ...without, method: 'paypal', currency: 'EUR' }, limitS: 3600 },
}

/** A merchant who says what time it is. */
async function openClock(t: TestContext) {
  const clock = { now: AT, url: '', asked: 0 }
  const server = createServer((_request, reply) => {
    clock.asked += 1
    reply.end(JSON.stringify({ now: clock.now }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  clock.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return clock
}

async function openPage(bank: Bank, key: string, pay: Body): Promise<string> {
  const { body } = await bank.pay(key, pay)
  return body['url'] ?? (await bank.control(`payments/${key}/page`)).body['url']
}

const htmlOf = async (url: string) => await (await fetch(url)).text()
const stateOf = async (bank: Bank, key: string, at = AT) => (await bank.retrieve(key, 'A', at)).body['outcome']

for (const [kind, { pay, limitS, atLimit = 'declined' }] of Object.entries(PAGES)) {
  test(`the page of a payment: ${kind}`, async (t) => {
    const bank = await startBank(t)
    const clock = await openClock(t)
    const open = (key: string) => openPage(bank, key, { ...pay, locale: 'it-IT', time_url: clock.url })
    const answer = (url: string, key: string, choice: string, at = clock.now) =>
      kind === 'code'
        ? bank.follow(key, 'confirm', { otp: choice === 'approve' ? '123456' : '0' }, at)
        : bank.press(url, choice)

    await t.test('answered twice: the first answer counts, and the page says so whenever it is opened', async () => {
      clock.now = AT
      const url = await open('twice')
      assert.match(await htmlOf(url), kind === 'code' ? /123456/ : /<button/)
      await answer(url, 'twice', 'approve')
      const booked = await bank.ledger()
      for (const choice of ['fail', 'cancel', 'approve', 'later']) {
        assert.ok((await answer(url, 'twice', choice)).status < 500)
        const html = await htmlOf(url)
        assert.match(html, /lang="it-IT"[\s\S]*Il pagamento è stato effettuato\./)
        assert.doesNotMatch(html, /<button|<input/)
      }
      assert.equal(await stateOf(bank, 'twice'), 'approved')
      assert.deepEqual(await bank.ledger(), booked)
    })

    await t.test('answered after its deadline', async () => {
      clock.now = AT
      const before = (await bank.ledger()).length
      const url = await open('late')
      clock.now = later(limitS)
      await answer(url, 'late', atLimit === 'approved' ? 'fail' : 'approve')
      assert.equal(await stateOf(bank, 'late'), atLimit, 'booked, though asked at the time it began')
      assert.equal((await bank.ledger()).length - before, atLimit === 'approved' ? 2 : 0)
      const said = atLimit === 'approved' ? /è stato effettuato\./ : /Nessuno ha risposto in tempo/
      assert.match(await htmlOf(url), said)
    })

    await t.test('opened after its deadline', async () => {
      clock.now = AT
      const url = await open('opened')
      clock.now = later(limitS + 1)
      const html = await htmlOf(url)
      assert.match(html, atLimit === 'approved' ? /è stato effettuato\./ : /Nessuno ha risposto in tempo/)
      assert.doesNotMatch(html, /<button|<input/)
      assert.equal(await stateOf(bank, 'opened'), atLimit)
    })

    await t.test('answered just in time, at that time', async () => {
      clock.now = AT
      const url = await open('in-time')
      clock.now = later(limitS - 1)
      await answer(url, 'in-time', 'approve')
      assert.equal(await stateOf(bank, 'in-time'), 'approved')
      const moved = (await bank.ledger()).filter(({ of }) => of === 'in-time')
      assert.deepEqual([...new Set(moved.map(({ at }) => at))], [later(limitS - 1)])
    })

    await t.test('answered after the merchant has stopped the payment', async () => {
      clock.now = AT
      const url = await open('stopped')
      assert.equal((await bank.follow('stopped', 'cancel')).body['outcome'], 'cancelled')
      await answer(url, 'stopped', 'approve')
      assert.equal(await stateOf(bank, 'stopped'), 'cancelled')
      assert.match(await htmlOf(url), /Il pagamento è stato annullato\./)
    })

    await t.test('of a payment that has ended nobody is asked for the time', async () => {
      const url = await openPage(bank, 'twice', {})
      const { asked } = clock
      await htmlOf(url)
      assert.equal(clock.asked, asked)
    })
  })
}

test('a page that was left pending says that it waits, and ends at its deadline', async (t) => {
  const bank = await startBank(t)
  const url = await openPage(bank, 'k1', { ...without, method: 'ideal', currency: 'EUR', locale: 'de-DE' })
  await bank.press(url, 'later')
  assert.match(await htmlOf(url), /Mit iDEAL bezahlen[\s\S]*wartet noch auf die Bank/)
  await bank.press(url, 'approve')
  assert.equal(await stateOf(bank, 'k1'), 'pending')
  assert.equal(await stateOf(bank, 'k1', later(3600)), 'declined')
})

test('a merchant who does not say what time it is keeps nobody from answering', async (t) => {
  const bank = await startBank(t)
  for (const time_url of ['http://127.0.0.1:9/', 'nonsense', `${bank.url}/fidelity`]) {
    const key = `k${time_url.length}`
    const url = await openPage(bank, key, { ...without, method: 'paynow', currency: 'SGD', time_url })
    assert.match(await htmlOf(url), /<button/)
    await bank.press(url, 'approve')
    assert.equal(await stateOf(bank, key), 'approved')
  }
})
