import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bank, type Body, card, startBank } from './support.ts'
import { areq, areqWithoutPayment, askDs, openChallenge, press, takeResults } from './three-ds-support.ts'

const FRICTIONLESS = '4485040371536584'

/** What a merchant sends of an authentication he has had. */
function claimOf(message: Body): Body {
  return {
    trans_status: message['transStatus'],
    version: message['messageVersion'],
    ds_transaction_id: message['dsTransID'],
    acs_transaction_id: message['acsTransID'],
    eci: message['eci'],
    cryptogram: message['authenticationValue'],
  }
}

async function authenticated(bank: Bank, more: Body = {}): Promise<Body> {
  return claimOf(await askDs(bank, areq(bank, { acctNumber: FRICTIONLESS, ...more })))
}

test('a payment that was authenticated before is authorized without another authentication', async (t) => {
  const bank = await startBank(t)
  const authentication = await authenticated(bank)
  const { body } = await bank.pay('k1', { card: card(FRICTIONLESS), three_ds: { enabled: true }, authentication })
  assert.deepEqual([body['outcome'], body['code'], body['eci']], ['approved', '10000', '05'])
  assert.deepEqual(body['three_ds'], {
    enrolled: 'Y',
    downgraded: false,
    authentication_response: 'Y',
    version: '2.2.0',
    xid: authentication['ds_transaction_id'],
    cryptogram: authentication['cryptogram'],
    signature_valid: 'Y',
    eci: '05',
    challenged: false,
  })
  const statement = await (await fetch((await bank.control('statement')).body['url'])).text()
  assert.ok(statement.includes(authentication['ds_transaction_id']))
})

test('after a challenge the facts say so, and a demand of the issuer is met', async (t) => {
  const bank = await startBank(t)
  const taker = await takeResults(t)
  const acctNumber = '4500622868341387'
  const ares = await askDs(bank, areq(bank, { acctNumber, threeDSServerURL: taker.url }))
  const { body: asked } = await bank.pay('k1', { card: card(acctNumber) })
  assert.equal(asked['code'], '20154')
  const page = await openChallenge(ares)
  await press(page.url, { action: 'continue', password: 'Checkout1!' })
  const authentication = claimOf(taker.results[0] as Body)
  const { body } = await bank.pay('k2', { card: card(acctNumber), authentication })
  assert.deepEqual([body['outcome'], body['eci'], body['three_ds']['challenged']], ['approved', '05', true])
})

test('an attempted authentication approves with its own indicator', async (t) => {
  const bank = await startBank(t)
  const number = '5558468902774508'
  const authentication = await authenticated(bank, { acctNumber: number })
  const { body } = await bank.pay('k1', { card: card(number), authentication })
  assert.deepEqual([body['outcome'], body['eci'], body['three_ds']['authentication_response']], ['approved', '01', 'A'])
})

test('a proof that is not this card’s, this amount’s or this bank’s is refused 20155', async (t) => {
  const bank = await startBank(t)
  const authentication = await authenticated(bank)
  const refused = async (key: string, claim: Body, more: Body = {}) => {
    const { body } = await bank.pay(key, {
      card: card(FRICTIONLESS),
      authentication: { ...authentication, ...claim },
      ...more,
    })
    assert.deepEqual(
      [body['outcome'], body['code'], body['three_ds']['signature_valid']],
      ['declined', '20155', 'N'],
      key,
    )
  }
  await refused('cryptogram', { cryptogram: Buffer.alloc(20).toString('base64') })
  await refused('none', { cryptogram: undefined })
  await refused('eci', { eci: '06' })
  await refused('status', { trans_status: 'A' })
  await refused('rejected', { trans_status: 'R' })
  await refused('transaction', { ds_transaction_id: crypto.randomUUID() })
  await refused('no-uuid', { ds_transaction_id: 'x' })
  await refused('acs', { acs_transaction_id: crypto.randomUUID() })
  await refused('version', { version: '2.3.1' })
  await refused('card', {}, { card: card('4242424242424242') })
  await refused('amount', {}, { amount: 1001 })
  await refused('currency', {}, { currency: 'EUR' })
  assert.deepEqual(await bank.ledger(), [])
  const { body } = await bank.pay('less', { card: card(FRICTIONLESS), authentication, amount: 999 })
  assert.equal(body['outcome'], 'approved')
})

test('an authentication serves one payment, however often its message comes', async (t) => {
  const bank = await startBank(t)
  const paid = { card: card(FRICTIONLESS), authentication: await authenticated(bank) }
  const both = await Promise.all([bank.pay('k1', paid), bank.pay('k2', paid)])
  assert.deepEqual(both.map(({ body }) => body['code']).sort(), ['10000', '20155'])
  const { body: refused } = both.find(({ body }) => body['code'] === '20155') as { body: Body }
  assert.deepEqual([refused['outcome'], refused['three_ds']['signature_valid']], ['declined', 'N'])
  assert.equal((await bank.pay('k3', paid)).body['code'], '20155')

  const lost = { ...paid, authentication: await authenticated(bank) }
  const metadata = { sluice_simulator: 'drop_before_booking' }
  await assert.rejects(bank.pay('k4', { ...lost, metadata }))
  for (const _repeat of [1, 2]) assert.equal((await bank.pay('k4', lost)).body['code'], '10000')
  assert.equal((await bank.pay('k5', lost)).body['code'], '20155')
  assert.equal((await bank.ledger()).length, 2)
})

test('an authentication that waits for its shopper proves nothing', async (t) => {
  const bank = await startBank(t)
  const ares = await askDs(bank, areq(bank))
  for (const trans_status of ['C', 'Y']) {
    const authentication = {
      ...claimOf(ares),
      trans_status,
      eci: '05',
      cryptogram: Buffer.alloc(20).toString('base64'),
    }
    assert.equal((await bank.pay(`k-${trans_status}`, { authentication })).body['code'], '20155')
  }
})

test('without a payment, it serves the verification of the card only', async (t) => {
  const bank = await startBank(t)
  const authentication = claimOf(await askDs(bank, areqWithoutPayment(bank, { acctNumber: FRICTIONLESS })))
  assert.equal((await bank.pay('k1', { card: card(FRICTIONLESS), authentication })).body['code'], '20155')
  const { body } = await bank.pay('k2', { card: card(FRICTIONLESS), authentication, amount: 0 })
  assert.deepEqual([body['outcome'], body['eci']], ['approved', '05'])
})

test('one that could not be done, or only informed, is authorized as if there was none', async (t) => {
  const bank = await startBank(t)
  for (const [trans_status, downgraded] of [
    ['U', true],
    ['I', false],
  ] as const) {
    const { body } = await bank.pay(`k-${trans_status}`, { authentication: { trans_status, version: '2.2.0' } })
    assert.deepEqual([body['outcome'], body['eci'], body['three_ds']['downgraded']], ['approved', '07', downgraded])
    const soft = { card: card('4500622868341387'), authentication: { trans_status, version: '2.2.0' } }
    assert.equal((await bank.pay(`s-${trans_status}`, soft)).body['code'], '20154')
  }
})

test('an exemption is granted to ordinary cards and refused to whom the issuer wants to see', async (t) => {
  const bank = await startBank(t)
  const three_ds = { enabled: false, exemption: 'low_value' }
  const { body } = await bank.pay('k1', { three_ds })
  assert.deepEqual(
    [body['outcome'], body['eci'], body['three_ds']['exemption_applied']],
    ['approved', '07', 'low_value'],
  )
  const { body: refused } = await bank.pay('k2', { three_ds, card: card('4150561000000019') })
  assert.deepEqual([refused['code'], refused['three_ds']['exemption_applied']], ['20154', undefined])
})
