import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMessage } from '@sluice/core/three-ds/check'
import { threeDsBehaviour, THREE_DS_CARDS } from '../src/issuer/three-ds-cards.ts'
import { brandOf } from '../src/issuer/brands.ts'
import { participantsOf } from '../src/three-ds/card-ranges.ts'
import { type Body, startBank, startOwnBank } from './support.ts'
import { areq, areqWithoutPayment, askDs, preq, wishes } from './three-ds-support.ts'

/** The range of a PRes that covers a number, as a 3DS Server finds it. */
function rangeOf(pres: Body, number: string): Body | undefined {
  const covers = ({ startRange, endRange }: Body) =>
    startRange.length === number.length && startRange <= number && number <= endRange
  return (pres['cardRangeData'] as Body[]).find((range) => (range['ranges'] ?? [range]).some(covers))
}

test('the ranges cover every test card that takes part and none that does not, in both versions', async (t) => {
  const bank = await startBank(t)
  const first = await askDs(bank, preq())
  const second = await askDs(bank, preq({ messageVersion: '2.3.1' }))
  for (const pres of [first, second])
    assert.ok('message' in readMessage('PRes', pres), JSON.stringify(pres).slice(0, 300))
  for (const { behaviour, numbers } of THREE_DS_CARDS) {
    for (const number of numbers) {
      const range = rangeOf(first, number)
      assert.equal(range !== undefined, behaviour.flow !== 'not_enrolled', number)
      assert.equal(participantsOf(number) !== undefined, behaviour.flow !== 'not_enrolled', number)
      assert.equal(rangeOf(second, number) !== undefined, behaviour.flow !== 'not_enrolled', number)
    }
  }
  const visa = rangeOf(first, '4242424242424242')
  assert.deepEqual(
    [visa?.['acsStartProtocolVersion'], visa?.['acsEndProtocolVersion'], visa?.['threeDSMethodURL']],
    ['2.2.0', '2.3.1', `${bank.url}/3ds/acs/method`],
  )
  assert.equal(rangeOf(first, '6011111111111117')?.['threeDSMethodURL'], undefined)
  assert.deepEqual(rangeOf(second, '345678901234564')?.['acsProtocolVersions'].length, 1)
  assert.deepEqual(rangeOf(second, '4242424242424242')?.['acsProtocolVersions'][1], {
    version: '2.3.1',
    acsInfoInd: ['01'],
    threeDSMethodURL: `${bank.url}/3ds/acs/method`,
  })
})

test('the eight digits a payment is prepared with tell whether its card takes part', async (t) => {
  const pres = await askDs(await startBank(t), preq())
  for (const { behaviour, numbers } of THREE_DS_CARDS) {
    for (const number of numbers) {
      const first = number.slice(0, 8)
      const low = rangeOf(pres, first.padEnd(number.length, '0'))
      assert.equal(low !== undefined, behaviour.flow !== 'not_enrolled', number)
      assert.equal(rangeOf(pres, first.padEnd(number.length, '9')), low, number)
    }
  }
})

test('who holds the current list gets no ranges again', async (t) => {
  const bank = await startBank(t)
  const { serialNum } = await askDs(bank, preq())
  const again = await askDs(bank, preq({ serialNum }))
  assert.equal(again['serialNum'], serialNum)
  assert.equal(again['cardRangeData'], undefined)
  assert.ok(((await askDs(bank, preq({ serialNum: 'older' })))['cardRangeData'] as Body[]).length > 0)
})

test('every test card is answered as its row says, with the indicator of its brand', async (t) => {
  const bank = await startBank(t)
  for (const { numbers } of THREE_DS_CARDS) {
    for (const number of numbers) {
      const behaviour = threeDsBehaviour(number)
      const ares = await askDs(bank, areq(bank, { acctNumber: number }))
      if (behaviour.flow === 'scheme_error') {
        assert.deepEqual([ares['messageType'], ares['errorCode']], ['Erro', '405'], number)
        continue
      }
      assert.ok('message' in readMessage('ARes', ares), JSON.stringify(ares))
      const { eci } = brandOf(number)
      const [status, reason, indicator, proven] =
        behaviour.flow === 'not_enrolled'
          ? ['U', '13', eci.none, false]
          : behaviour.flow === 'challenge'
            ? ['C', undefined, undefined, false]
            : {
                Y: ['Y', undefined, eci.authenticated, true],
                A: ['A', undefined, eci.attempted, true],
                N: ['N', '01', eci.none, false],
                R: ['R', '01', eci.none, false],
                U: ['U', '22', eci.none, false],
              }[behaviour.result]
      assert.deepEqual(
        [ares['transStatus'], ares['transStatusReason'], ares['eci'], ares['authenticationValue'] !== undefined],
        [status, reason, indicator, proven],
        number,
      )
      if (proven) assert.equal(Buffer.from(ares['authenticationValue'], 'base64').length, 20)
    }
  }
})

test('wishes and exemptions spare ordinary cards the challenge, and a mandate brings it to all', async (t) => {
  const bank = await startBank(t)
  const status = async (acctNumber: string, threeDSRequestorChallengeInd: string, more: Body = {}) => {
    const ares = await askDs(bank, areq(bank, { acctNumber, threeDSRequestorChallengeInd, ...more }))
    return ares['transStatus'] as string
  }
  const ordinary = '4242424242424242'
  for (const [indicator, expected] of [
    ['01', 'C'],
    ['02', 'Y'],
    ['03', 'C'],
    ['04', 'C'],
    ['05', 'Y'],
    ['06', 'I'],
    ['07', 'Y'],
    ['08', 'Y'],
    ['09', 'C'],
  ] as const) {
    assert.equal(await status(ordinary, indicator), expected, indicator)
  }
  assert.equal(await status('4485040371536584', '01'), 'Y')
  assert.equal(await status('4485040371536584', '04'), 'C')
  assert.equal(await status('4152868552773614', '02'), 'C')
  assert.equal(await status(ordinary, '10', { messageVersion: '2.3.1' }), 'Y')
})

test('a request that comes twice gets the same answer, and its name serves no other request', async (t) => {
  const bank = await startBank(t)
  const message = areq(bank)
  const first = await askDs(bank, message)
  assert.deepEqual(await askDs(bank, message), first)
  const other = await askDs(bank, { ...message, purchaseAmount: '999999' })
  assert.deepEqual([other['messageType'], other['errorCode']], ['Erro', '305'])
  assert.notEqual((await askDs(bank, areq(bank)))['acsTransID'], first['acsTransID'])
})

test('an answered request outlives the bank that answered it', async (t) => {
  const bank = await startOwnBank(t)
  const message = areq(bank)
  const first = await askDs(bank, message)
  await bank.close()
  const next = await startOwnBank(t, bank.databaseUrl)
  const again = await askDs(next, message)
  assert.equal(again['acsTransID'], first['acsTransID'])
})

test('a bad message gets an Erro that names what is wrong, and books nothing', async (t) => {
  const bank = await startBank(t)
  const wrong = async (message: Body, at?: string) => {
    const erro = await askDs(bank, message, at)
    assert.ok('message' in readMessage('Erro', erro), JSON.stringify(erro))
    return [erro['errorCode'], erro['errorDetail']]
  }
  const without = (name: string) => {
    const { [name]: _, ...rest } = areq(bank)
    return rest
  }
  for (const name of `threeDSCompInd threeDSRequestorID threeDSRequestorURL threeDSServerURL acctNumber deviceChannel
    messageCategory notificationURL browserAcceptHeader browserJavascriptEnabled browserLanguage browserUserAgent
    browserScreenHeight browserTZ acquirerBIN acquirerMerchantID mcc merchantCountryCode merchantName purchaseAmount
    purchaseCurrency purchaseExponent purchaseDate threeDSRequestorAuthenticationInd`.split(/\s+/)) {
    assert.deepEqual(await wrong(without(name)), ['201', name])
  }
  for (const [more, code, detail] of [
    [{ messageVersion: '2.1.0' }, '102', '2.2.0,2.3.1'],
    [{ messageVersion: undefined }, '201', 'messageVersion'],
    [{ messageType: 'XReq' }, '101', 'messageType is PReq or AReq.'],
    [{ acctNumber: '4242 4242' }, '203', 'acctNumber'],
    [{ threeDSServerTransID: 'no-uuid' }, '203', 'threeDSServerTransID'],
    [{ notificationURL: 'javascript:alert(1)' }, '203', 'notificationURL'],
    [{ purchaseDate: '20261332120000' }, '203', 'purchaseDate'],
    [{ cardExpiryDate: '3013' }, '203', 'cardExpiryDate'],
    [{ purchaseCurrency: '000' }, '304', 'purchaseCurrency'],
    [{ threeDSCompInd: 'X' }, '203', 'threeDSCompInd'],
    [{ threeDSRequestorAuthenticationInd: '02' }, '201', 'recurringExpiry,recurringFrequency'],
    [wishes('no_such_word'), '203', 'messageExtension.data.switches: no_such_word'],
    [{ messageExtension: [{ name: 'x', id: 'unheard', criticalityIndicator: true, data: {} }] }, '202', 'unheard'],
  ] as const) {
    assert.deepEqual(await wrong(areq(bank, more)), [code, detail])
  }
  assert.deepEqual(await wrong(areq(bank), ''), ['201', 'Sluice-Time'])
  const forged = { ...areq(bank), messageType: 'RReq', transStatus: 'Y' }
  assert.equal((await wrong(forged))[0], '303')
})

test('results and forms go to Sluice only: to its origins, or to loopback addresses where none are named', async (t) => {
  const bank = await startBank(t)
  const own = await startOwnBank(t, undefined, undefined, ['https://pay.example', 'http://localhost:4243'])
  const refused = async (at: typeof bank, more: Body) => {
    const answer = await askDs(at, areq(at, more))
    return answer['messageType'] === 'Erro' ? [answer['errorCode'], answer['errorDetail']] : []
  }
  for (const address of [
    'http://169.254.169.254/latest',
    'https://pay.example/x',
    'http://10.0.0.1/',
    'http://localhost.example/',
    'http://127.0.0.1.example/',
    'http://me:secret@localhost/',
  ]) {
    assert.deepEqual(await refused(bank, { threeDSServerURL: address }), ['203', 'threeDSServerURL'], address)
    assert.deepEqual(await refused(bank, { notificationURL: address }), ['203', 'notificationURL'], address)
  }
  for (const address of ['http://localhost:9/x', 'http://127.8.8.8/', 'https://pay.localhost/', 'http://[::1]:9/']) {
    assert.deepEqual(await refused(bank, { threeDSServerURL: address, notificationURL: address }), [], address)
  }
  const ours = { threeDSServerURL: 'https://pay.example/3ds/results/x', notificationURL: 'http://localhost:4243/3ds/x' }
  assert.deepEqual(await refused(own, ours), [])
  assert.deepEqual(await refused(own, { ...ours, threeDSServerURL: 'http://localhost:9/' }), [
    '203',
    'threeDSServerURL',
  ])
  assert.deepEqual(
    await refused(own, { threeDSServerURL: 'https://other.example/', notificationURL: 'http://127.0.0.1/' }),
    ['203', 'threeDSServerURL,notificationURL'],
  )
})

test('a card is authenticated without a payment, too', async (t) => {
  const bank = await startBank(t)
  const more = { threeDSRequestorAuthenticationInd: '04', acctNumber: '5588686116426417' }
  const ares = await askDs(bank, areqWithoutPayment(bank, more))
  assert.deepEqual([ares['transStatus'], ares['eci']], ['Y', '02'])
})

test('switches make directory and issuer fail, or say any status', async (t) => {
  const bank = await startBank(t)
  assert.equal((await askDs(bank, areq(bank, wishes('acs:down'))))['errorCode'], '405')
  await assert.rejects(askDs(bank, areq(bank, wishes('ds:down'))))
  await assert.rejects(askDs(bank, preq(wishes('ds:down'))))
  for (const status of ['Y', 'N', 'A', 'U', 'R', 'I', 'C', 'S']) {
    const ares = await askDs(bank, areq(bank, wishes(`transstatus:${status}`)))
    assert.equal(ares['transStatus'], status)
  }
  const undesired = await askDs(bank, areq(bank, wishes('transstatus:D')))
  assert.deepEqual([undesired['transStatus'], undesired['transStatusReason']], ['U', '23'])
})

test('no card number is kept or logged', async (t) => {
  const bank = await startOwnBank(t)
  await askDs(bank, areq(bank))
  await askDs(bank, areq(bank, { acctNumber: '42424242' }))
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: bank.databaseUrl })
  await client.connect()
  const { rows } = await client.query('select * from authentications')
  await client.end()
  assert.equal(rows.length, 1)
  assert.doesNotMatch(JSON.stringify(rows), /42424242/)
  assert.doesNotMatch(bank.logged(), /42424242/)
})
