import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { PAYMENT_METHODS, type PaymentMethod } from '@sluice/core/payment-methods'
import { BEHAVIOURS, kindOfMethod, triggeredOutcome, TRIGGERS } from '../src/issuer/methods.ts'
import { AT, startBank } from './support.ts'

const GUIDE = readFileSync(new URL('../../../docs/guide/payment-methods.md', import.meta.url), 'utf8')

test('every method without a card or a wallet is of a kind whose behaviour is written down', () => {
  const rows: readonly PaymentMethod[] = PAYMENT_METHODS
  for (const { name, kind, wallet } of rows) {
    const played = kindOfMethod(name)
    if (name === 'applepay' || name === 'googlepay') assert.equal(played, 'card', name)
    else if (wallet) assert.equal(played, undefined, name)
    else if (kind !== 'direct')
      assert.ok(
        BEHAVIOURS.some((row) => row.kind === played && row.kind === kind),
        name,
      )
  }
})

test('the guide says what each kind does and what a tester can type', () => {
  for (const { kind, what, fidelity } of BEHAVIOURS)
    assert.ok(GUIDE.includes(`| ${kind} | ${what} | ${fidelity} |`), what)
  for (const trigger of TRIGGERS) {
    const { kind, member, endsWith, fidelity } = trigger
    const row = `| ${kind} | ${member} | \`${endsWith}\` | ${triggeredOutcome(trigger)} | ${fidelity} |`
    assert.ok(GUIDE.includes(row), row)
  }
})

const pay = { method: 'stcpay', currency: 'SAR', card: undefined, details: { phone: { number: '512345678' } } }
const SECONDS = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000).toISOString()

test('a code can be tried three times, within five minutes, and never again', async (t) => {
  const bank = await startBank(t)
  const { body } = await bank.pay('k1', pay)
  assert.equal(body['next_step'].tries_left, 3)
  const tries = await Promise.all(['1', '2', '3', '4'].map((otp) => bank.follow('k1', 'confirm', { otp })))
  assert.equal(tries.filter((answer) => answer.body['outcome'] === 'pending').length, 2)
  assert.equal((await bank.follow('k1', 'confirm', { otp: '123456' })).body['code'], '20075')

  await bank.pay('k2', pay)
  assert.equal((await bank.follow('k2', 'confirm', { otp: '123456' }, SECONDS(300))).body['code'], '20019')
  assert.deepEqual(await bank.ledger(), [])
})

test('the repeat of a payment is answered as it was, also when a try was used up since', async (t) => {
  const bank = await startBank(t)
  const first = await bank.pay('k1', pay)
  await bank.follow('k1', 'confirm', { otp: '0' })
  assert.deepEqual((await bank.pay('k1', pay)).body, first.body)
  assert.equal((await bank.retrieve('k1')).body['next_step'].tries_left, 2)
})

test('a decision has the time it is made at, and comes too late after the deadline', async (t) => {
  const bank = await startBank(t)
  const decide = async (key: string, choice: string, at: string) => {
    return (await bank.control(`payments/${key}/decisions`, { choice }, at)).body
  }
  const voucher = { method: 'multibanco', currency: 'EUR', card: undefined }
  await bank.pay('k1', voucher)
  await bank.pay('k2', voucher)
  assert.equal((await decide('k1', 'approve', SECONDS(86_400)))['state'], 'approved')
  assert.equal((await decide('k1', 'fail', SECONDS(86_401)))['state'], 'approved')
  assert.equal((await decide('k2', 'approve', SECONDS(7 * 86_400)))['state'], 'declined')
  const ledger = await bank.ledger()
  assert.deepEqual(
    ledger.map(({ kind, at }) => [kind, at]),
    [
      ['authorization', SECONDS(86_400)],
      ['capture', SECONDS(86_400)],
    ],
  )
})

test('money that moved with the approval is given back as a whole, once, or not at all', async (t) => {
  const bank = await startBank(t)
  const paynow = { method: 'paynow', currency: 'SGD', card: undefined }
  const paid = async (key: string) => {
    const { body } = await bank.pay(key, paynow)
    await bank.press(body['next_step'].data, 'approve')
  }
  await paid('k1')
  assert.equal((await bank.follow('k1', 'reversals')).body['outcome'], 'succeeded')
  assert.equal((await bank.follow('k1', 'refunds')).body['outcome'], 'failed')
  await paid('k2')
  await bank.follow('k2', 'refunds', { amount: 1 })
  assert.equal((await bank.follow('k2', 'reversals')).body['code'], '20110')
  assert.deepEqual(
    (await bank.ledger()).map(({ of, kind, amount }) => [of, kind, amount]),
    [
      ['k1', 'authorization', 1000],
      ['k1', 'capture', 1000],
      ['k1', 'reversal', 1000],
      ['k2', 'authorization', 1000],
      ['k2', 'capture', 1000],
      ['k2', 'refund', 1],
    ],
  )
})

test('the page of a payment speaks its language and says what became of it', async (t) => {
  const bank = await startBank(t)
  const { body } = await bank.pay('k1', { method: 'paynow', currency: 'SGD', card: undefined, locale: 'de-DE' })
  const url = body['next_step'].data as string
  const html = async () => await (await fetch(url)).text()
  assert.match(await html(), /lang="de-DE"[\s\S]*Zahlung mit PayNow[\s\S]*Bezahlen/)
  assert.doesNotMatch(await html(), /<script|style=| on[a-z]+=/i)
  assert.equal((await bank.press(url, 'approve')).status, 303)
  assert.match(await html(), /Die Zahlung ist erfolgt/)
  assert.doesNotMatch(await html(), /<form/)
})
