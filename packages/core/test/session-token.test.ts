import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base64OfText, textOfBase64 } from '../src/base64.ts'
import { METHOD_NAMES, type MethodName } from '../src/payment-methods.ts'
import { readSessionToken, type SessionTokenFacts, sessionToken, type TokenMethod } from '../src/session-token.ts'

const FACTS: SessionTokenFacts = {
  id: 'ps_abcdefghijklmnopqrstuvwx4a',
  entityId: 'ent_abcdefghijklmnopqrstuvwx4a',
  processingChannelId: 'pc_abcdefghijklmnopqrstuvwx4a',
  secret: 'pss_9823241e-2cec-4c98-b23d-7b290e4e2e34',
  amount: 1050,
  currency: 'GBP',
  locale: 'en-GB',
  paymentType: 'Regular',
  merchantName: 'Café Zoë 🌷',
  methods: ['card', 'applepay', 'googlepay', 'bacs'],
  billing: { address: { country: 'GB' } },
  riskEnabled: true,
  apiUrl: 'http://localhost:4242',
  framesUrl: 'http://localhost:4243',
}

/** One entry of a token's `payment_methods`. */
function entry(type: MethodName, facts: Partial<SessionTokenFacts> = {}): TokenMethod {
  const [method] = read({ ...facts, methods: [type] }).payment_methods
  assert.ok(method)
  return method
}

function read(facts: Partial<SessionTokenFacts> = {}) {
  const content = readSessionToken(sessionToken({ ...FACTS, ...facts }))
  assert.ok(content)
  return content
}

test('a token is the mark of upstream’s tokens and base64 of JSON, as any tool decodes it', () => {
  const token = sessionToken(FACTS)
  assert.ok(token.startsWith('YmFzZTY0:'))
  const decoded = JSON.parse(Buffer.from(token.slice(9), 'base64').toString('utf8'))
  assert.equal(decoded.merchant_name, 'Café Zoë 🌷')
  assert.deepEqual(readSessionToken(token), decoded)
})

test('a server’s own base64 makes the same token', () => {
  const native = sessionToken(FACTS, (text) => Buffer.from(text).toString('base64'))
  assert.equal(native, sessionToken(FACTS))
})

test('a token tells the session, where its API is, and who may submit it', () => {
  const { payment_methods: methods, feature_flags: flags, ...rest } = read()
  assert.deepEqual(rest, {
    id: FACTS.id,
    entity_id: FACTS.entityId,
    processing_channel_id: FACTS.processingChannelId,
    amount: 1050,
    currency: 'GBP',
    locale: 'en-GB',
    payment_type: 'Regular',
    risk: { enabled: true },
    merchant_name: 'Café Zoë 🌷',
    payment_session_secret: FACTS.secret,
    integration_domain: 'localhost:4242',
    api_url: 'http://localhost:4242',
    frames_url: 'http://localhost:4243',
  })
  assert.deepEqual(
    methods.map(({ type }) => type),
    FACTS.methods,
  )
  assert.ok(flags.includes('card_fields_enabled'))
})

test('the card’s entry has schemes, the choice between them, what to keep and the billing address', () => {
  const billing = { address: { country: 'GB', city: 'London' } }
  const { card_schemes: schemes, ...card } = entry('card', { billing })
  assert.deepEqual(card, {
    type: 'card',
    scheme_choice_enabled: true,
    store_payment_details: 'disabled',
    billing_address: billing.address,
  })
  assert.deepEqual((schemes as string[]).slice(0, 4), ['Visa', 'Mastercard', 'Amex', 'Mada'])
})

test('details are kept only for a customer who is known', () => {
  const configuration = { card: { store_payment_details: 'collect_consent' } }
  assert.equal(entry('card', { configuration }).store_payment_details, 'disabled')
  const customer = { email: 'jo@example.com' }
  assert.equal(entry('card', { configuration, customer }).store_payment_details, 'collect_consent')
  assert.equal(entry('card', { customer }).store_payment_details, 'disabled')
})

test('wallets are told the amount in major units, as decimal text', () => {
  const shown = (amount: number, currency: string) => [
    (entry('applepay', { amount, currency }).total as { amount: string }).amount,
    (entry('googlepay', { amount, currency }).transaction_info as { total_price: string }).total_price,
  ]
  assert.deepEqual(shown(1000, 'GBP'), ['10', '10'])
  assert.deepEqual(shown(1050, 'GBP'), ['10.50', '10.50'])
  assert.deepEqual(shown(5, 'GBP'), ['0.05', '0.05'])
  assert.deepEqual(shown(0, 'GBP'), ['0', '0'])
  assert.deepEqual(shown(1000, 'JPY'), ['1000', '1000'])
  assert.deepEqual(shown(1230, 'KWD'), ['1.230', '1.230'])
  assert.deepEqual(shown(999_999_999, 'GBP'), ['9999999.99', '9999999.99'])
})

test('Google is told for whom to encrypt: for us, for the gateway, or for nobody that could open it', () => {
  const google = { merchantId: 'BCR2DN4T', publicKey: 'BPub' }
  const gateway = { name: 'acquirer', merchantId: 'shop-1' }
  const direct = { type: 'DIRECT', parameters: { protocolVersion: 'ECv2', publicKey: 'BPub' } }
  const specifications = (wallets: SessionTokenFacts['wallets']) => {
    const { merchant, tokenization_specification, tokenize_specification } = entry('googlepay', { wallets })
    return [(merchant as { id: string }).id, tokenization_specification, tokenize_specification]
  }
  assert.deepEqual(specifications({ recipient: 'merchant', google }), ['BCR2DN4T', direct, direct])
  const handedOn = {
    type: 'PAYMENT_GATEWAY',
    parameters: { gateway: 'acquirer', gatewayMerchantId: 'shop-1' },
  }
  assert.deepEqual(specifications({ recipient: 'gateway', google: { ...google, gateway } }), [
    'BCR2DN4T',
    handedOn,
    direct,
  ])
  assert.deepEqual(specifications({ recipient: 'gateway', google: { merchantId: 'BCR2DN4T', gateway } }), [
    'BCR2DN4T',
    handedOn,
    undefined,
  ])
  assert.deepEqual(specifications({ recipient: 'merchant', google: { merchantId: 'BCR2DN4T' } }), [
    'BCR2DN4T',
    undefined,
    undefined,
  ])
})

test('the holder the merchant named is in the entry of each method that asks for one', () => {
  const account_holder = { first_name: 'Ada', last_name: 'Lovelace' }
  for (const method of ['card', 'applepay', 'googlepay'] as const) {
    const configuration = { [method]: { account_holder } }
    assert.deepEqual(entry(method, { configuration })['account_holder'], account_holder)
    assert.ok(!('account_holder' in entry(method)))
  }
})

test('the kind of total shown in a wallet’s sheet follows the session', () => {
  assert.equal((entry('applepay').total as { type: string }).type, 'final')
  assert.equal((entry('googlepay').transaction_info as { total_price_status: string }).total_price_status, 'FINAL')
  const configuration = { applepay: { total_type: 'pending' }, googlepay: { total_price_status: 'estimated' } }
  assert.equal((entry('applepay', { configuration }).total as { type: string }).type, 'pending')
  assert.equal(
    (entry('googlepay', { configuration }).transaction_info as { total_price_status: string }).total_price_status,
    'ESTIMATED',
  )
})

test('Tabby is told the calling code of the country, Remember Me the customer, and the rest nothing', () => {
  const emirates = { currency: 'AED', billing: { address: { country: 'AE' } } }
  assert.deepEqual(entry('tabby', emirates), { type: 'tabby', country_calling_codes: ['971'] })
  const customer = { email: 'jo@example.com', phone: { number: '4155552671' } }
  assert.equal(entry('remember_me', { customer }).email, 'jo@example.com')
  assert.deepEqual(entry('ideal'), { type: 'ideal' })
})

test('every method can stand in a token', () => {
  assert.deepEqual(
    read({ methods: METHOD_NAMES }).payment_methods.map(({ type }) => type),
    METHOD_NAMES,
  )
  assert.deepEqual(read({ methods: [] }).payment_methods, [])
})

test('what is no token reads as none', () => {
  const encoded = (text: string) => `YmFzZTY0:${Buffer.from(text).toString('base64')}`
  for (const token of ['', 'YmFzZTY0:', 'YmFzZTY0:{}', 'eyJ9', encoded('null'), encoded('{'), encoded('7')]) {
    assert.equal(readSessionToken(token), undefined, token)
  }
})

test('base64 of any text is what everybody else makes of it, and reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(base64OfText(text), Buffer.from(text, 'utf8').toString('base64'))
      assert.equal(textOfBase64(base64OfText(text)), text)
    }),
  )
  for (const text of ['\ud800', 'a\udc00b', '\ud83c\ud83c\udf37', 'ÿ'.repeat(10_000)]) {
    assert.equal(base64OfText(text), Buffer.from(text, 'utf8').toString('base64'))
  }
})

test('bytes that are no text, and characters that are no base64, read as nothing', () => {
  for (const encoded of ['/w==', '7aCA', 'YQ', 'YQ=', 'Y Q=', 'YQ==YQ==', 'é===']) {
    assert.equal(textOfBase64(encoded), undefined, encoded)
  }
})
