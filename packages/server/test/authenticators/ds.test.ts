/** The directory server’s translations: card ranges of both versions, and answers that are none. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { readMessage } from '@sluice/core/three-ds/check'
import { MESSAGES } from '@sluice/core/three-ds/messages'
import { directoryServer } from '@sluice/server/authenticators/ds/ds'
import { findRange, indexOf, rangesOf } from '@sluice/server/authenticators/ds/card-ranges'
import { openKnownRanges } from '@sluice/server/authenticators/ds/known-ranges'
import type { AuthenticationRequest } from '@sluice/server/authenticators/authenticator'
import type { CardRef } from '@sluice/server/vault/card-ref'
import type { Message, Reply } from '@sluice/server/processors/exchange'
import { Value } from 'typebox/value'

const TRANS_ID = '01890000-0000-7000-8000-00000000000a'
const DS_ID = '01890000-0000-4000-8000-00000000000b'
const ACS_ID = '01890000-0000-4000-8000-00000000000c'
const PRES = { messageType: 'PRes', messageVersion: '2.3.1', threeDSServerTransID: TRANS_ID, dsTransID: DS_ID } as const

const OLD_FORM = {
  startRange: '4000000000000000',
  endRange: '4099999999999999',
  acsStartProtocolVersion: '2.2.0',
  acsEndProtocolVersion: '2.2.0',
  threeDSMethodURL: 'https://acs.example/method',
}
const NEW_FORM = {
  ranges: [
    { startRange: '5100000000000000', endRange: '5199999999999999' },
    { startRange: '340000000000000', endRange: '349999999999999' },
  ],
  acsProtocolVersions: [{ version: '2.2.0' }, { version: '2.3.1', threeDSMethodURL: 'https://acs.example/later' }],
}

test('card ranges are read in the form of 2.2.0 and of 2.3.1, and found by leading digits and the usual length', () => {
  const ranges = rangesOf({ ...PRES, cardRangeData: [OLD_FORM, NEW_FORM, { ...OLD_FORM, actionInd: 'D' }] })
  assert.equal(ranges.length, 3)
  const index = indexOf(ranges)
  assert.deepEqual(findRange(index, '40123456'), { version: '2.2.0', methodUrl: 'https://acs.example/method' })
  assert.deepEqual(findRange(index, '510000'), { version: '2.3.1', methodUrl: 'https://acs.example/later' })
  assert.deepEqual(findRange(index, '34567890'), { version: '2.3.1', methodUrl: 'https://acs.example/later' })
  assert.equal(findRange(index, '41000000'), undefined)
  assert.equal(findRange(index, '35000000'), undefined)
})

test('of ranges within ranges the narrowest is a card’s, in whatever order they were told', () => {
  const range = (startRange: string, endRange: string, name: string) => ({
    ...OLD_FORM,
    startRange,
    endRange,
    threeDSMethodURL: `https://${name}.example/`,
  })
  const told = [
    range('4000000000000000', '4999999999999999', 'scheme'),
    range('4100000000000000', '4199999999999999', 'bank'),
    range('4123456700000000', '4123456799999999', 'portfolio'),
    range('4199000000000000', '4300000000000000', 'across'),
    range('4700000000000000', '4700000099999999', 'beside'),
  ]
  for (const cardRangeData of [told, told.toReversed()]) {
    const index = indexOf(rangesOf({ ...PRES, cardRangeData }))
    const found = (bin: string) => findRange(index, bin)?.methodUrl?.slice('https://'.length, -'.example/'.length)
    assert.deepEqual(
      ['40000000', '41000000', '41234567', '41234568', '41990000', '42000000', '43000001', '47000000', '49999999'].map(
        found,
      ),
      ['scheme', 'bank', 'portfolio', 'bank', 'bank', 'across', 'scheme', 'beside', 'scheme'],
    )
    assert.equal(found('50000000'), undefined)
    assert.equal(found('39999999'), undefined)
  }
})

/** A directory server whose PReqs are answered one by one, by hand. */
function asked(t: TestContext) {
  let now = 1_000_000
  const waiting: { answer(methodUrl: string): void; fail(): void }[] = []
  const ranges = openKnownRanges({
    now: () => now,
    newTransId: () => TRANS_ID,
    exchange: () => {
      const { promise, resolve, reject } = Promise.withResolvers<Reply>()
      waiting.push({
        answer: (threeDSMethodURL) =>
          resolve({ status: 200, headers: {}, body: { ...PRES, cardRangeData: [{ ...OLD_FORM, threeDSMethodURL }] } }),
        fail: () => reject(new Error('no line')),
      })
      return promise
    },
  })
  const patience = new AbortController()
  t.after(() => patience.abort())
  const find = (url = 'https://ds.example/', signal = patience.signal) =>
    ranges.find(url, '40123456', REQUEST.at, signal)
  return { waiting, find, pass: (ms: number) => void (now += ms) }
}

test('all who want to know the card ranges at one moment wait for one question', async (t) => {
  const { waiting, find } = asked(t)
  const impatient = new AbortController()
  const [first, second, third] = [find(undefined, impatient.signal), find(), find()]
  assert.equal(waiting.length, 1)
  impatient.abort(new Error('too late'))
  await assert.rejects(first, /too late/)
  waiting[0]?.answer('https://acs.example/1')
  assert.deepEqual(
    (await Promise.all([second, third])).map((range) => range?.methodUrl),
    ['https://acs.example/1', 'https://acs.example/1'],
  )
  await find()
  assert.equal(waiting.length, 1)
  // What one directory server says is nothing to another.
  const elsewhere = find('https://other.example/')
  assert.equal(waiting.length, 2)
  waiting[1]?.fail()
  await assert.rejects(elsewhere, /no line/)
})

test('an old list of card ranges is good until a new one is there, and no payment waits for that', async (t) => {
  const { waiting, find, pass } = asked(t)
  const first = find()
  waiting[0]?.answer('https://acs.example/1')
  await first
  pass(3_600_000)
  const both = await Promise.all([find(), find()])
  assert.deepEqual(
    both.map((range) => range?.methodUrl),
    ['https://acs.example/1', 'https://acs.example/1'],
  )
  assert.equal(waiting.length, 2)
  waiting[1]?.fail()
  await setImmediate()
  assert.equal((await find())?.methodUrl, 'https://acs.example/1')
  assert.equal(waiting.length, 2, 'who did not answer is left in peace for a while')
  pass(60_000)
  await find()
  waiting[2]?.answer('https://acs.example/2')
  await setImmediate()
  assert.equal((await find())?.methodUrl, 'https://acs.example/2')
  assert.equal(waiting.length, 3)
})

const ARES = {
  messageType: 'ARes',
  messageVersion: '2.2.0',
  threeDSServerTransID: TRANS_ID,
  dsTransID: DS_ID,
  acsTransID: ACS_ID,
  dsReferenceNumber: 'ds',
  acsReferenceNumber: 'acs',
  transStatus: 'Y',
  eci: '05',
  authenticationValue: `${'A'.repeat(27)}=`,
}

/** A directory server that answers an AReq with this, after one of its PReqs. */
function answering(ares: unknown) {
  const sent: Message[] = []
  const exchange = async (message: Message) => {
    sent.push(message)
    const { messageType } = message.body as { messageType: string }
    const body = messageType === 'PReq' ? { ...PRES, cardRangeData: [OLD_FORM] } : ares
    return { status: 200, headers: {}, body }
  }
  const authenticator = directoryServer({
    url: 'https://ds.example/3ds',
    settings: { processor: 'simulator' },
    ranges: openKnownRanges({ exchange, now: () => 0, newTransId: () => TRANS_ID }),
    now: () => 0,
    exchange,
  })
  return { sent, ask: () => authenticator.authenticate(REQUEST, NEVER), authenticator }
}

/** Nobody gives up: only what is never answered would take long. */
const NEVER = new AbortController().signal

const REQUEST: AuthenticationRequest = {
  transId: TRANS_ID,
  at: '2026-11-22T10:00:00.123Z',
  card: { bin: '40000000', scheme: 'VISA', expiryMonth: 3, expiryYear: 2031, name: 'Ada' } as CardRef,
  amount: 1234,
  currency: 'KWD',
  paymentType: 'Regular',
  methodCompletion: 'U',
  merchant: { id: 'ent_x', name: 'Shop', url: 'https://shop.example' },
  browser: { javascript_enabled: true, screen_width: 1024, screen_height: 768, timezone_offset: -60 },
  notificationUrl: 'https://frames.example/3ds/t/result',
  resultUrl: 'https://api.example/3ds/results/t',
  locale: 'en-GB',
  metadata: {},
}

test('an AReq has the amount in the currency’s own decimals, the card as a placeholder, and no method that was not there', async () => {
  const { ask, sent } = answering(ARES)
  const outcome = await ask()
  assert.equal(outcome.kind, 'decided')
  const areq = sent[1]?.body as Record<string, unknown>
  assert.deepEqual(
    [areq['purchaseAmount'], areq['purchaseExponent'], areq['purchaseCurrency'], areq['purchaseDate']],
    ['1234', '3', '414', '20261122100000'],
  )
  assert.deepEqual([areq['acctNumber'], areq['cardExpiryDate']], ['{{card.number}}', '3103'])
  assert.equal(areq['threeDSCompInd'], 'N', 'there is a method page, and it was not done')
  assert.deepEqual([areq['browserTZ'], areq['browserScreenWidth']], ['-60', '1024'])
  assert.equal(sent[1]?.headers['sluice-time'], REQUEST.at)
})

test('an AReq says what series begins, where all of it is known, and what and where the merchant is', async () => {
  const plan = { days_between_payments: 30, total_number_of_payments: 6, expiry: '20270522' }
  const series = { recurringFrequency: '30', recurringExpiry: '20270522' }
  const cases: [Partial<AuthenticationRequest>, object][] = [
    [
      { paymentType: 'Recurring', plan },
      { threeDSRequestorAuthenticationInd: '02', ...series },
    ],
    [
      { paymentType: 'Installment', plan },
      { threeDSRequestorAuthenticationInd: '03', ...series, purchaseInstalData: '6' },
    ],
    [{ paymentType: 'Recurring', plan: { days_between_payments: 30 } }, { threeDSRequestorAuthenticationInd: '01' }],
    [
      { paymentType: 'Installment', plan: { ...plan, total_number_of_payments: 1 } },
      { threeDSRequestorAuthenticationInd: '01' },
    ],
    [
      { paymentType: 'Recurring', plan: { ...plan, days_between_payments: 10_000 } },
      { threeDSRequestorAuthenticationInd: '01' },
    ],
    [{ paymentType: 'Regular', plan }, { threeDSRequestorAuthenticationInd: '01' }],
    [{ paymentType: 'Recurring', plan, amount: 0 }, { threeDSRequestorAuthenticationInd: '04' }],
  ]
  for (const [members, expected] of cases) {
    const { authenticator, sent } = answering(ARES)
    const merchant = { ...REQUEST.merchant, mcc: '5732', country: 'PT' }
    await authenticator.authenticate({ ...REQUEST, merchant, ...members }, NEVER)
    const areq: Record<string, unknown> = { ...(sent[1]?.body as object), acctNumber: '4000000000000002' }
    assert.ok('message' in readMessage('AReq', areq, ['sluice-simulator']))
    const told = Object.entries(areq).filter(([name]) =>
      /^(threeDSRequestorAuthenticationInd|recurring|purchaseInstal)/.test(name),
    )
    assert.deepEqual(Object.fromEntries(told), expected)
    assert.deepEqual([areq['mcc'], areq['merchantCountryCode']], ['5732', '620'])
  }
})

test('a name that is too long for an AReq is cut between characters', async () => {
  const { authenticator, sent } = answering(ARES)
  const merchant = { ...REQUEST.merchant, name: `${'x'.repeat(39)}🙂 and more` }
  await authenticator.authenticate({ ...REQUEST, merchant }, NEVER)
  const areq = sent[1]?.body as Record<string, unknown>
  assert.equal(areq['merchantName'], `${'x'.repeat(39)}🙂`)
  assert.equal(Value.Check(MESSAGES.AReq, { ...areq, acctNumber: '4000000000000002' }), true)
})

test('a text written like a placeholder is not filled in with what is known of the card', async () => {
  const { authenticator, sent } = answering(ARES)
  const text = '{{card.cvv}}'
  const request: AuthenticationRequest = {
    ...REQUEST,
    card: { ...REQUEST.card, name: text },
    merchant: { ...REQUEST.merchant, name: text },
    customer: { email: `{{${text}}}` },
    billing: { address: { address_line1: text } },
    browser: { ...REQUEST.browser, user_agent: text },
  }
  await authenticator.authenticate(request, NEVER)
  const areq = sent[1]?.body as Record<string, unknown>
  const placeholders = Object.entries(areq).filter(([, value]) => String(value).startsWith('{{'))
  assert.deepEqual(placeholders, [['acctNumber', '{{card.number}}']])
  assert.equal(areq['merchantName'], 'card.cvv')
})

test('an answer that is none, or about another transaction, is no authentication', async () => {
  const erro = {
    messageType: 'Erro',
    messageVersion: '2.2.0',
    errorCode: '405',
    errorComponent: 'D',
    errorDescription: 'd',
    errorDetail: 'x',
  }
  for (const body of [
    undefined,
    'Y',
    {},
    erro,
    { ...ARES, threeDSServerTransID: DS_ID },
    { ...ARES, eci: undefined, transStatus: 'Q' },
  ]) {
    assert.equal((await answering(body).ask()).kind, 'unavailable', JSON.stringify(body))
  }
})

test('what was not asked for, decoupled or by payment confirmation, came to nothing', async () => {
  for (const transStatus of ['D', 'S']) {
    const outcome = await answering({ ...ARES, transStatus, acsDecConInd: 'Y', authenticationType: '04' }).ask()
    assert.equal(outcome.kind === 'decided' && outcome.result.status, 'U', transStatus)
  }
})

test('a result is of this authentication, or it is refused', () => {
  const { authenticator } = answering(ARES)
  const expected = { transId: TRANS_ID, version: '2.2.0', dsTransId: DS_ID, acsTransId: ACS_ID }
  const rreq = {
    messageType: 'RReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: TRANS_ID,
    dsTransID: DS_ID,
    acsTransID: ACS_ID,
    messageCategory: '01',
    transStatus: 'N',
    transStatusReason: '01',
    interactionCounter: '01',
    challengeCancel: '01',
  }
  const { result, reply } = authenticator.parseResult(rreq, expected)
  assert.deepEqual([result?.status, result?.cancelled, result?.challenged], ['N', '01', true])
  assert.equal((reply as { messageType: string }).messageType, 'RRes')
  for (const wrong of [{ acsTransID: DS_ID }, { dsTransID: ACS_ID }, { transStatus: 'X' }, { messageType: 'ARes' }]) {
    const refused = authenticator.parseResult({ ...rreq, ...wrong }, expected)
    assert.equal(refused.result, undefined)
    assert.equal((refused.reply as { messageType: string }).messageType, 'Erro')
  }
})
