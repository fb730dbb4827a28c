/** The directory server’s translations: card ranges of both versions, and answers that are none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MESSAGES } from '@sluice/core/three-ds/messages'
import { directoryServer } from '@sluice/server/authenticators/ds/ds'
import { findRange, type KnownRanges, rangesOf } from '@sluice/server/authenticators/ds/card-ranges'
import type { AuthenticationRequest } from '@sluice/server/authenticators/authenticator'
import type { CardRef } from '@sluice/server/vault/card-ref'
import type { Message } from '@sluice/server/processors/exchange'
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
  assert.deepEqual(findRange(ranges, '40123456'), { version: '2.2.0', methodUrl: 'https://acs.example/method' })
  assert.deepEqual(findRange(ranges, '510000'), { version: '2.3.1', methodUrl: 'https://acs.example/later' })
  assert.deepEqual(findRange(ranges, '34567890'), { version: '2.3.1', methodUrl: 'https://acs.example/later' })
  assert.equal(findRange(ranges, '41000000'), undefined)
  assert.equal(findRange(ranges, '35000000'), undefined)
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
  const authenticator = directoryServer({
    url: 'https://ds.example/3ds',
    settings: { processor: 'simulator' },
    ranges: new Map<string, KnownRanges>(),
    now: () => 0,
    newTransId: () => TRANS_ID,
    exchange: async (message) => {
      sent.push(message)
      const { messageType } = message.body as { messageType: string }
      const body = messageType === 'PReq' ? { ...PRES, cardRangeData: [OLD_FORM] } : ares
      return { status: 200, headers: {}, body }
    },
  })
  return { sent, ask: () => authenticator.authenticate(REQUEST, AbortSignal.timeout(1000)), authenticator }
}

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

test('a name that is too long for an AReq is cut between characters', async () => {
  const { authenticator, sent } = answering(ARES)
  const merchant = { ...REQUEST.merchant, name: `${'x'.repeat(39)}🙂 and more` }
  await authenticator.authenticate({ ...REQUEST, merchant }, AbortSignal.timeout(1000))
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
  await authenticator.authenticate(request, AbortSignal.timeout(1000))
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
