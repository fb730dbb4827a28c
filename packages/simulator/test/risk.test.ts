/** Risk lists and velocity rules, at the bank's own door. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passesLuhn } from '@sluice/core/cards'
import { responseSummary } from '@sluice/core/response-codes'
import { LIST_RULES } from '../src/issuer/risk.ts'
import { VELOCITY_RULES } from '../src/issuer/velocity.ts'
import { AT, type Bank, type Body, card, startBank, startOwnBank } from './support.ts'

const MINUTE = 60_000
const later = (ms: number) => new Date(Date.parse(AT) + ms).toISOString()
const COUNTED = card('4000000000000077')

/** What of a payment a list or rule is about, so that it is met. */
function payerOf({ by, listed: [one = ''] }: { by: string; listed: readonly string[] }): Body {
  if (by === 'card') return { card: card(one) }
  if (by === 'bin') return { card: card(`${one}0000000000`) }
  if (by === 'ip') return { ip: one }
  if (by === 'phone') return { customer: { phone: { number: one } } }
  return { customer: { email: one.endsWith('@') ? `${one}shop.example` : one.startsWith('@') ? `ada${one}` : one } }
}

/** The codes of so many payments, one after the other. */
async function codesOf(bank: Bank, count: number, more: Body, at = AT, prefix = 'k'): Promise<string[]> {
  const codes: string[] = []
  for (let nth = 1; nth <= count; nth += 1) codes.push((await bank.pay(`${prefix}${nth}`, more, at)).body['code'])
  return codes
}

test('every entry of every list does what its row says, and nothing where the merchant wants no assessment', async (t) => {
  const bank = await startBank(t)
  for (const [nth, rule] of LIST_RULES.entries()) {
    for (const [at, one] of rule.listed.entries()) {
      const payer = payerOf({ by: rule.by, listed: [one] })
      const { body } = await bank.pay(`list-${nth}-${at}`, payer)
      assert.equal(body['code'], rule.code ?? '10000', one)
      assert.deepEqual(body['risk'], { flagged: true, score: rule.score }, one)
      const { body: unassessed } = await bank.pay(`off-${nth}-${at}`, { ...payer, risk: { enabled: false } })
      assert.deepEqual(unassessed['risk'], { flagged: false, score: 0 })
      assert.notEqual(unassessed['code'], '44301')
      assert.ok(!String(unassessed['code']).startsWith('4'), one)
    }
  }
})

test('the codes of the rules are risk codes that have a name, and their cards are cards', () => {
  for (const { code } of [...LIST_RULES, ...VELOCITY_RULES]) {
    if (code !== undefined) assert.match(responseSummary(code) ?? '', /risk/i, code)
  }
  for (const { by, listed } of VELOCITY_RULES) if (by === 'card') assert.ok(listed.every(passesLuhn))
})

test('each velocity rule lets its number through, and catches the next until the window has passed', async (t) => {
  for (const [nth, rule] of VELOCITY_RULES.entries()) {
    const bank = await startBank(t)
    const payer = payerOf(rule)
    const before = Array.from({ length: rule.most }, () => '10000')
    assert.deepEqual(await codesOf(bank, rule.most, payer, AT, `a${nth}-`), before)
    const { body: caught } = await bank.pay('caught', payer, later(rule.withinS * 1000 - 1))
    assert.equal(caught['code'], rule.code ?? '10000')
    assert.deepEqual(caught['risk'], { flagged: true, score: rule.score })
    const { body: over } = await bank.pay('over', payer, later(2 * rule.withinS * 1000))
    assert.deepEqual([over['code'], over['risk']], ['10000', { flagged: false, score: 0 }])
  }
})

test('twenty payments at once: exactly as many are let through as the rule says', async (t) => {
  const bank = await startBank(t)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, nth) => bank.pay(`k${nth}`, { card: COUNTED })))
  const codes = answers.map(({ body }) => body['code']).sort()
  assert.deepEqual(codes, [...Array(3).fill('10000'), ...Array(17).fill('41301')])
  assert.equal((await bank.ledger()).length, 3, 'nothing is booked of the others')
})

test('two banks on the same books count together', async (t) => {
  const one = await startOwnBank(t)
  const other = await startOwnBank(t, one.databaseUrl)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, nth) => (nth % 2 ? one : other).pay(`k${nth}`, { card: COUNTED })),
  )
  assert.equal(answers.filter(({ body }) => body['code'] === '10000').length, 3)
})

test('the count outlives the bank', async (t) => {
  const first = await startOwnBank(t)
  await codesOf(first, 3, { card: COUNTED })
  await first.close()
  const second = await startOwnBank(t, first.databaseUrl)
  assert.equal((await second.pay('k4', { card: COUNTED })).body['code'], '41301')
})

test('the repeat of a key is no other payment: it is answered as before, at every class', async (t) => {
  const bank = await startBank(t)
  await codesOf(bank, 3, { card: COUNTED })
  for (const key of ['k1', 'k2', 'k3']) assert.equal((await bank.pay(key, { card: COUNTED })).body['code'], '10000')
  const again = { card: COUNTED, class: 'B', customer: { email: 'a@velocity.example' } }
  const merchant = await startBank(t)
  for (let nth = 0; nth < 5; nth += 1) assert.equal((await merchant.pay('same', again)).body['code'], '10000')
})

test('a merchant, a card and an address are counted each by itself', async (t) => {
  const bank = await startBank(t)
  await codesOf(bank, 3, { card: COUNTED })
  const other = await startBank(t)
  assert.equal((await other.pay('k4', { card: COUNTED })).body['code'], '10000')
  const email = (address: string) => ({ customer: { email: address } })
  await codesOf(other, 3, email('ada@velocity.example'), AT, 'e')
  assert.equal((await other.pay('e4', email('ADA@velocity.example'))).body['code'], '41302')
  assert.equal((await other.pay('e5', email('grace@velocity.example'))).body['code'], '10000')
})

test('what was refused counts as well, so whoever goes on is not let through; what was never booked does not', async (t) => {
  const bank = await startBank(t)
  await codesOf(bank, 3, { card: COUNTED })
  assert.equal((await bank.pay('k4', { card: COUNTED }, later(59 * MINUTE))).body['code'], '41301')
  assert.deepEqual(await codesOf(bank, 3, { card: COUNTED }, later(61 * MINUTE), 'l'), ['10000', '10000', '41301'])

  const other = await startBank(t)
  const lost = { card: COUNTED, metadata: { sluice_simulator: 'http_500_before_booking' } }
  for (let nth = 0; nth < 4; nth += 1) assert.equal((await other.pay(`lost${nth}`, lost)).status, 500)
  assert.deepEqual(await codesOf(other, 4, { card: COUNTED }), ['10000', '10000', '10000', '41301'])
})

test('a rule of the payment itself counts by card unless it says otherwise, and other payments are not counted', async (t) => {
  const bank = await startBank(t)
  const rule = (words: string, more: Body = {}) => ({ ...more, metadata: { sluice_simulator: words } })
  await codesOf(bank, 10, {}, AT, 'plain')
  assert.deepEqual(await codesOf(bank, 3, rule('risk:velocity=2/PT10M')), ['10000', '10000', '41301'])
  assert.equal((await bank.pay('again', rule('risk:velocity=2/PT10M'), later(11 * MINUTE))).body['code'], '10000')
  const byEmail = rule('risk:velocity=1/P1D/email', { customer: { email: 'ada@shop.example' } })
  assert.deepEqual(await codesOf(bank, 2, byEmail, AT, 'e'), ['10000', '41301'])
  assert.equal((await bank.pay('none', rule('risk:velocity=0/PT1H/ip'))).body['code'], '10000', 'there is no address')
  assert.deepEqual((await bank.pay('flag', rule('risk:flag'))).body['risk'], { flagged: true, score: 70 })
  for (const words of ['risk', 'risk:velocity=3', 'risk:velocity=3/1h', 'risk:velocity=3/PT1H/phone', 'risk:40201']) {
    assert.equal((await bank.pay('bad', rule(words))).body['error'], 'switch_unknown', words)
  }
})

test('two hundred ordinary payments are no risk', async (t) => {
  const bank = await startBank(t)
  const payer = { customer: { email: 'ada@shop.example' }, ip: '198.51.100.7' }
  const answers = await Promise.all(Array.from({ length: 200 }, (_, nth) => bank.pay(`k${nth}`, payer)))
  for (const { body } of answers) {
    assert.equal(body['code'], '10000')
    assert.deepEqual(body['risk'], { flagged: false, score: 0 })
  }
})

test('44301 asks for 3-D Secure: a page where the merchant allows it, and an authenticated payment passes', async (t) => {
  const bank = await startBank(t)
  const payer = { customer: { email: '44301@risk.example' } }
  assert.equal((await bank.pay('bare', payer)).body['code'], '44301')
  const asked = await bank.pay('asked', { ...payer, three_ds: { enabled: false, allow_upgrade: true } })
  assert.deepEqual([asked.body['outcome'], asked.body['purpose']], ['action', 'authentication'])
  await bank.press(asked.body['url'], 'approve')
  const { body } = await bank.retrieve('asked')
  assert.deepEqual([body['code'], body['risk']], ['10000', { flagged: true, score: 60 }])
  const frictionless = { ...payer, card: card('4485040371536584'), three_ds: { enabled: true } }
  assert.equal((await bank.pay('proven', frictionless)).body['code'], '10000')
  const short = { ...frictionless, metadata: { sluice_simulator: 'code:20051' } }
  assert.equal((await bank.pay('short', short)).body['code'], '20051')
  assert.equal((await bank.pay('page', { ...payer, method: 'ideal' })).body['outcome'], 'action')
})

test('no card number, e-mail address or IP address can be read from what is counted', async (t) => {
  const bank = await startOwnBank(t)
  await bank.pay('k1', { card: COUNTED, ip: '203.0.113.77' })
  const { default: pg } = await import('pg')
  const client = new pg.Client(bank.databaseUrl)
  await client.connect()
  const { rows } = await client.query('select * from sightings')
  await client.end()
  assert.equal(rows.length, 2)
  assert.doesNotMatch(JSON.stringify(rows), /4000000000000077|203\.0\.113\.77/)
})
