import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COUNTRIES } from '../src/countries.ts'
import { CURRENCIES } from '../src/currencies.ts'
import { challengeIndicator, wishOfIndicator } from '../src/three-ds/challenge-indicators.ts'
import { erroFor, readMessage, simulatorWishes } from '../src/three-ds/check.ts'
import { base64UrlOfJson, jsonOfBase64Url } from '../src/three-ds/encoding.ts'
import { countryNumber, currencyNumber, currencyOfNumber } from '../src/three-ds/iso-numbers.ts'
import { MESSAGES, type MessageType, SIMULATOR_EXTENSION } from '../src/three-ds/messages.ts'

const ID = '0a1b2c3d-1111-4222-8333-444455556666'

/** One whole message of each type, as the specification's tables have them for a browser. */
const WHOLE: Record<MessageType, Record<string, unknown>> = {
  PReq: { messageType: 'PReq', messageVersion: '2.3.1', threeDSServerTransID: ID, threeDSServerRefNumber: 'R' },
  PRes: {
    messageType: 'PRes',
    messageVersion: '2.2.0',
    threeDSServerTransID: ID,
    dsTransID: ID,
    serialNum: '1',
    dsStartProtocolVersion: '2.2.0',
    dsEndProtocolVersion: '2.3.1',
    cardRangeData: [
      {
        startRange: '4000000000000000',
        endRange: '4999999999999999',
        actionInd: 'A',
        acsStartProtocolVersion: '2.2.0',
        acsEndProtocolVersion: '2.3.1',
        threeDSMethodURL: 'https://acs.example/method',
      },
    ],
  },
  AReq: {
    messageType: 'AReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: ID,
    threeDSServerRefNumber: 'R',
    threeDSServerURL: 'https://server.example/results',
    threeDSRequestorID: 'shop',
    threeDSRequestorName: 'Shop',
    threeDSRequestorURL: 'https://shop.example',
    threeDSCompInd: 'U',
    threeDSRequestorAuthenticationInd: '01',
    acctNumber: '4242424242424242',
    deviceChannel: '02',
    messageCategory: '01',
    notificationURL: 'https://server.example/notify',
    browserAcceptHeader: '*/*',
    browserJavascriptEnabled: false,
    browserLanguage: 'en',
    browserUserAgent: 'UA',
    acquirerBIN: '400000',
    acquirerMerchantID: 'M',
    mcc: '5999',
    merchantCountryCode: '826',
    merchantName: 'Shop',
    purchaseAmount: '1000',
    purchaseCurrency: '826',
    purchaseExponent: '2',
    purchaseDate: '20261122120000',
  },
  ARes: {
    messageType: 'ARes',
    messageVersion: '2.2.0',
    threeDSServerTransID: ID,
    dsTransID: ID,
    acsTransID: ID,
    dsReferenceNumber: 'D',
    acsReferenceNumber: 'A',
    transStatus: 'Y',
    eci: '05',
    authenticationValue: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  },
  CReq: {
    messageType: 'CReq',
    messageVersion: '2.2.0',
    threeDSServerTransID: ID,
    acsTransID: ID,
    challengeWindowSize: '05',
  },
  CRes: { messageType: 'CRes', messageVersion: '2.2.0', threeDSServerTransID: ID, acsTransID: ID, transStatus: 'Y' },
  RReq: {
    messageType: 'RReq',
    messageVersion: '2.3.1',
    threeDSServerTransID: ID,
    dsTransID: ID,
    acsTransID: ID,
    messageCategory: '01',
    transStatus: 'N',
    transStatusReason: '01',
    interactionCounter: '01',
  },
  RRes: {
    messageType: 'RRes',
    messageVersion: '2.2.0',
    threeDSServerTransID: ID,
    dsTransID: ID,
    acsTransID: ID,
    resultsStatus: '01',
  },
  Erro: {
    messageType: 'Erro',
    messageVersion: '2.2.0',
    errorCode: '203',
    errorComponent: 'D',
    errorDescription: 'd',
    errorDetail: 'd',
  },
}

test('a whole message of each type is read, and missing any required member it is refused by name', () => {
  for (const type of Object.keys(MESSAGES) as MessageType[]) {
    const whole = WHOLE[type]
    assert.ok('message' in readMessage(type, whole), type)
    const { required } = MESSAGES[type] as unknown as { required: string[] }
    for (const name of required.filter((one) => one !== 'messageType')) {
      const { [name]: _, ...rest } = whole
      assert.deepEqual(readMessage(type, rest), { problem: { code: '201', detail: name } }, `${type} ${name}`)
    }
    const other = type === 'CRes' ? 'CReq' : 'CRes'
    assert.deepEqual(readMessage(other, whole), { problem: { code: '101', detail: `This is no ${other}.` } })
  }
})

test('what a status brings with it is required with that status', () => {
  const missing = (type: MessageType, more: object) => {
    const read = readMessage(type, { ...WHOLE[type], ...more })
    return 'problem' in read ? read.problem.detail : ''
  }
  assert.equal(missing('ARes', { transStatus: 'C' }), 'acsURL,acsChallengeMandated,authenticationType')
  assert.equal(missing('ARes', { transStatus: 'A', eci: undefined }), 'eci')
  assert.equal(missing('ARes', { transStatus: 'R' }), 'transStatusReason')
  assert.equal(missing('RReq', { transStatus: 'Y' }), 'authenticationValue,eci')
  assert.equal(missing('AReq', { messageCategory: '02', purchaseAmount: undefined, mcc: undefined }), '')
  assert.equal(
    missing('AReq', { browserJavascriptEnabled: true }),
    'browserJavaEnabled,browserColorDepth,browserScreenHeight,browserScreenWidth,browserTZ',
  )
})

test('no value of any kind makes the reader throw', () => {
  for (const value of [undefined, null, 1, 'x', [], {}, { messageType: 'AReq' }, [WHOLE.AReq]]) {
    assert.ok('problem' in readMessage('AReq', value))
    assert.ok('message' in readMessage('Erro', erroFor('A', { code: '203', detail: 'x' }, value)))
  }
  const deep = { ...WHOLE.AReq, messageExtension: [{ id: 1 }], mobilePhone: { cc: 'x' } }
  const read = readMessage('AReq', deep)
  assert.ok('problem' in read && read.problem.code === '201')
})

test('an extension that calls itself critical must be known', () => {
  const extension = { name: 'n', id: 'x', criticalityIndicator: true, data: {} }
  const message = { ...WHOLE.CReq, messageExtension: [extension] }
  assert.deepEqual(readMessage('CReq', message), { problem: { code: '202', detail: 'x' } })
  assert.ok('message' in readMessage('CReq', message, ['x']))
  assert.ok(
    'message' in readMessage('CReq', { ...message, messageExtension: [{ ...extension, criticalityIndicator: false }] }),
  )
})

test('wishes for the simulator are read from its own extension only', () => {
  const wish = (id: string, data: Record<string, unknown>) => ({
    messageExtension: [{ name: 'n', id, criticalityIndicator: false, data }],
  })
  assert.deepEqual(
    simulatorWishes(wish(SIMULATOR_EXTENSION, { switches: 'acs:down', locale: 'de', x: 1 }), SIMULATOR_EXTENSION),
    {
      switches: 'acs:down',
      locale: 'de',
    },
  )
  assert.deepEqual(simulatorWishes(wish('other', { switches: 'x' }), SIMULATOR_EXTENSION), {})
  assert.deepEqual(simulatorWishes(wish(SIMULATOR_EXTENSION, { switches: 1 }), SIMULATOR_EXTENSION), {})
  assert.deepEqual(simulatorWishes({}, SIMULATOR_EXTENSION), {})
})

test('JSON goes through a form as base64url and comes back the same', () => {
  for (const value of [{}, 'ä', { a: ['😀', '~~~???>>>'], b: null }, { text: 'x'.repeat(1000) }]) {
    const encoded = base64UrlOfJson(value)
    assert.match(encoded, /^[\w-]+$/)
    assert.equal(encoded, Buffer.from(JSON.stringify(value)).toString('base64url'))
    assert.deepEqual(jsonOfBase64Url(encoded), value)
    assert.deepEqual(jsonOfBase64Url(Buffer.from(JSON.stringify(value)).toString('base64')), value)
  }
  for (const bad of ['', '%', 'a', 'bm8', Buffer.from([0xff, 0xfe]).toString('base64url')]) {
    assert.equal(jsonOfBase64Url(bad), undefined, bad)
  }
})

test('each wish and exemption has an indicator that says the same back', () => {
  const printed = [
    ['no_preference', undefined, '2.2.0', '01'],
    ['no_challenge_requested', undefined, '2.2.0', '02'],
    ['challenge_requested', 'none', '2.2.0', '03'],
    ['challenge_requested_mandate', 'low_value', '2.2.0', '04'],
    [undefined, undefined, '2.2.0', '01'],
    [undefined, 'transaction_risk_assessment', '2.2.0', '05'],
    [undefined, 'data_share', '2.2.0', '06'],
    [undefined, 'sca_delegation', '2.2.0', '07'],
    [undefined, 'trusted_listing', '2.2.0', '08'],
    ['challenge_requested', 'trusted_listing_prompt', '2.2.0', '09'],
    [undefined, 'low_value', '2.2.0', '02'],
    [undefined, 'low_value', '2.3.1', '10'],
    [undefined, 'secure_corporate_payment', '2.3.1', '11'],
    [undefined, 'other', '2.3.1', '02'],
  ] as const
  for (const [indicator, exemption, version, code] of printed) {
    assert.equal(challengeIndicator(indicator, exemption, version), code)
    const back = wishOfIndicator(code)
    assert.equal(challengeIndicator(back.indicator, back.exemption, version), code)
  }
  assert.deepEqual(wishOfIndicator('99'), { indicator: 'no_preference' })
  assert.deepEqual(wishOfIndicator(undefined), { indicator: 'no_preference' })
})

test('every currency and country has its ISO number', () => {
  for (const code of CURRENCIES.keys()) {
    assert.match(currencyNumber(code) ?? '', /^\d{3}$/, code)
    const back = currencyOfNumber(currencyNumber(code) ?? '')
    // The Caribbean guilder took over the number of the guilder it replaced.
    assert.equal(back, code === 'ANG' ? 'XCG' : code)
  }
  const numbers = new Set([...COUNTRIES].map((code) => countryNumber(code)))
  assert.equal(numbers.size, COUNTRIES.size)
  for (const [code, number] of [
    ['GB', '826'],
    ['DE', '276'],
    ['XK', '383'],
  ] as const) {
    assert.equal(countryNumber(code), number)
  }
  assert.equal(currencyNumber('EUR'), '978')
  assert.equal(countryNumber('ZZ'), undefined)
})
