/** What a page is handed: the session, its token, the settings in the script, the address after a return. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64OfText } from '@sluice/core/base64'
import { sessionToken } from '@sluice/core/session-token'
import { handleReturn } from '../../src/page/return.ts'
import { optionName } from '../../src/common/schemes.ts'
import { readToken, sessionKeyOf } from '../../src/page/session.ts'
import { readSettings } from '../../src/page/settings.ts'

const KEY = { id: 'ps_x', payment_session_secret: 'pss_x' }

function token(members: object = {}): string {
  return sessionToken({
    id: KEY.id,
    entityId: 'ent_x',
    processingChannelId: 'pc_x',
    secret: KEY.payment_session_secret,
    amount: 1234,
    currency: 'GBP',
    locale: 'en-GB',
    paymentType: 'Regular',
    merchantName: 'Café Ünïcode 茶',
    methods: ['card'],
    billing: { address: { country: 'GB' } },
    riskEnabled: false,
    apiUrl: 'http://localhost:1',
    framesUrl: 'http://localhost:2',
    ...members,
  })
}

const written = (content: unknown) => ({
  ...KEY,
  payment_session_token: `YmFzZTY0:${base64OfText(JSON.stringify(content))}`,
})

test('id and secret are a session, whatever else is in the body', () => {
  assert.deepEqual(sessionKeyOf({ ...KEY, _links: {} }), KEY)
  for (const wrong of [
    {},
    { id: 'ps_x' },
    { ...KEY, id: 7 },
    { ...KEY, payment_session_secret: '' },
    'ps_x',
    null,
    7,
  ]) {
    assert.equal(sessionKeyOf(wrong), undefined)
  }
})

test('a token made by the server says amount, currency and methods', () => {
  const hint = readToken({ ...KEY, payment_session_token: token() }, KEY)
  assert.equal(hint?.amount, 1234)
  assert.equal(hint?.currency, 'GBP')
  assert.equal(hint?.payment_methods[0]?.type, 'card')
})

test('a token that makes no sense is as good as none', () => {
  const sound = { id: KEY.id, amount: 1, currency: 'EUR', payment_methods: [{ type: 'card' }] }
  assert.ok(readToken(written(sound), KEY))
  const wrong = [
    { ...sound, id: 'ps_other' },
    { ...sound, amount: -1 },
    { ...sound, amount: '1' },
    { ...sound, currency: 'eur' },
    { ...sound, payment_methods: 'card' },
    { ...sound, payment_methods: [null] },
    null,
    [],
  ]
  for (const content of wrong) assert.equal(readToken(written(content), KEY), undefined)
  for (const text of [undefined, 7, '', 'YmFzZTY0:', 'YmFzZTY0:***', token().slice(9), `YmFzZTY0:${btoa('{')}`]) {
    assert.equal(readToken({ ...KEY, payment_session_token: text }, KEY), undefined)
  }
})

test('a token can name neither host nor key: they are not even read', () => {
  const hint = readToken({ ...KEY, payment_session_token: token({ framesUrl: 'https://evil.example' }) }, KEY)
  assert.deepEqual(Object.keys(hint ?? {}).sort(), ['amount', 'currency', 'payment_methods'])
})

test('the script tag wins over what was built into the script', () => {
  const served = JSON.stringify({
    frames: 'https://frames.example',
    cardLayout: 'per-field',
    mode: 'production',
    methods: 'https://api.example/m.js',
  })
  assert.deepEqual(readSettings(undefined, served), {
    frames: 'https://frames.example',
    cardLayout: 'per-field',
    methods: 'https://api.example/m.js',
    sandbox: false,
  })
  const tag = { dataset: { framesOrigin: 'http://localhost:4243/path', cardLayout: 'single' } }
  assert.deepEqual(readSettings(tag as unknown as HTMLScriptElement, served), {
    frames: 'http://localhost:4243',
    cardLayout: 'single',
    methods: 'https://api.example/m.js',
    sandbox: false,
  })
})

test('an origin that is no web address is not taken', () => {
  const tag = { dataset: { framesOrigin: 'javascript:alert(1)' } } as unknown as HTMLScriptElement
  assert.equal(readSettings(tag, '{"frames":"https://frames.example"}').frames, 'https://frames.example')
  assert.equal(readSettings(null, 'not JSON').frames, '')
})

test('a return is known by any of its three parameters', () => {
  assert.deepEqual(handleReturn('?order=7&cko-payment-session-id=ps_1&cko-session-id=sid_1&cko-payment-id=pay_1'), {
    paymentSessionId: 'ps_1',
    paymentId: 'pay_1',
    sessionId: 'sid_1',
  })
  assert.equal(handleReturn('cko-payment-id=pay_1')?.paymentId, 'pay_1')
  assert.equal(handleReturn('?order=7'), undefined)
  assert.equal(handleReturn('?cko-payment-id='), undefined)
  assert.equal(handleReturn(''), undefined)
})

test('schemes have one spelling, however session and lookup write them', () => {
  assert.deepEqual(
    ['Visa', 'Amex', 'UnionPay', 'Diners Club International', 'cartes-bancaires', 'MADA'].map(optionName),
    ['visa', 'american_express', 'china_union_pay', 'diners_club_international', 'cartes_bancaires', 'mada'],
  )
})
