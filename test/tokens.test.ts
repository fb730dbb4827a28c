/** Tokens: card details handed over by a page, what comes back, and what is kept. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Checkout } from 'checkout-sdk-node'
import pg from 'pg'
import { type Json, PUBLIC_KEY, SECRET_KEY, type Sluice, startSluice } from './support/sluice.ts'

const AS_PAGE = { authorization: `Bearer ${PUBLIC_KEY}` }
const CARD = { type: 'card', number: '4242424242424242', expiry_month: 12, expiry_year: 2030, cvv: '731', name: 'Ada' }
const ADDRESS = { address_line1: '1 High Street', city: 'London', zip: 'W1T 4TJ', country: 'GB' }
const PHONE = { country_code: '+44', number: '7700 900123' }

const tokenize = (sluice: Sluice, body: unknown, headers: Record<string, string> = {}, origin = sluice.urls.api) =>
  sluice.call('POST', `${origin}/tokens`, body, { ...AS_PAGE, ...headers })

test('a card becomes a token, and the answer shows everything but number and security code', async (t) => {
  const sluice = await startSluice(t)

  for (const origin of [sluice.urls.api, sluice.urls.frames]) {
    const { status, body, text, headers } = await tokenize(
      sluice,
      { ...CARD, billing_address: ADDRESS, phone: PHONE },
      {},
      origin,
    )
    assert.equal(status, 201, text)
    const { token, expires_on, ...rest } = body
    assert.match(token, /^tok_[a-z2-7]{26}$/)
    assert.ok(Math.abs(Date.parse(expires_on) - Date.now() - 15 * 60_000) < 60_000)
    assert.deepEqual(rest, {
      type: 'card',
      expiry_month: 12,
      expiry_year: 2030,
      name: 'Ada',
      scheme: 'Visa',
      last4: '4242',
      bin: '42424242',
      card_type: 'CREDIT',
      card_category: 'CONSUMER',
      issuer: 'SLUICE TEST BANK GB',
      issuer_country: 'GB',
      product_id: 'F',
      product_type: 'CLASSIC',
      billing_address: ADDRESS,
      phone: PHONE,
    })
    assert.ok(!text.includes(CARD.number) && !text.includes(CARD.cvv))
    assert.equal(headers.get('cache-control'), 'no-store')
  }
})

test('what a token says of its card is what a payment with the card says', async (t) => {
  const sluice = await startSluice(t)

  for (const number of ['4010061700000021', '4659105569051157', '5436031030606378', '345678901234564']) {
    const cvv = number.length === 15 ? '1000' : '100'
    const card = { number, expiry_month: 12, expiry_year: 2030, cvv, name: 'Ada' }
    const { body: token } = await tokenize(sluice, { type: 'card', ...card })
    const paid = await sluice.submit(await sluice.requestSession({ '3ds': { enabled: false } }), card)
    const { source } = await sluice.payment(paid.body.id)
    for (const member of ['last4', 'bin', 'card_type', 'card_category', 'issuer', 'issuer_country', 'product_id']) {
      assert.equal(token[member], source[member], `${member} of ${number}`)
    }
    assert.deepEqual(token.scheme_local && [token.scheme_local], source.local_schemes)
  }
})

test('a security code becomes a token of its own', async (t) => {
  const sluice = await startSluice(t)
  const { status, body, text } = await tokenize(sluice, { type: 'cvv', token_data: { cvv: '731' } })
  assert.equal(status, 201, text)
  assert.deepEqual(Object.keys(body).sort(), ['expires_on', 'token', 'type'])
  assert.equal(body.type, 'cvv')

  const { body: metadata } = await sluice.get(`/tokens/${body.token}/metadata`)
  assert.deepEqual(metadata, body)
})

test('everything that is wrong is answered at once, in the platform’s own words', async (t) => {
  const sluice = await startSluice(t)
  const refused = async (body: unknown) => {
    const { status, body: answer } = await tokenize(sluice, body)
    assert.equal(status, 422)
    assert.equal(answer.error_type, 'request_invalid')
    return answer.error_codes
  }
  const missing = ['card_number_required', 'card_expiry_month_required', 'card_expiry_year_required']
  assert.deepEqual(await refused({}), ['token_type_required'])
  assert.deepEqual(await refused({ ...CARD, type: 'giftcard' }), ['token_type_invalid'])
  assert.deepEqual(await refused({ type: 'card' }), missing)
  assert.deepEqual(await refused({ ...CARD, number: '4242424242424241' }), ['card_number_invalid'])
  assert.deepEqual(await refused({ ...CARD, number: 4242424242424242 }), ['card_number_invalid'])
  assert.deepEqual(await refused({ ...CARD, expiry_month: 13 }), ['card_expiry_month_invalid'])
  assert.deepEqual(await refused({ ...CARD, expiry_month: '12' }), ['card_expiry_month_invalid'])
  assert.deepEqual(await refused({ ...CARD, expiry_year: 30 }), ['card_expiry_year_invalid'])
  assert.deepEqual(await refused({ ...CARD, expiry_year: 2020 }), ['card_expired'])
  assert.deepEqual(await refused({ ...CARD, cvv: '1000' }), ['cvv_invalid'])
  assert.deepEqual(await refused({ ...CARD, name: 'Ada 4242 4242 4242 4242' }), ['card_holder_invalid'])
  assert.deepEqual(await refused({ ...CARD, billing_address: { country: 'XX' }, phone: { number: '1' } }), [
    'billing_address_country_invalid',
    'phone_number_invalid',
  ])
  assert.deepEqual(
    await refused({ type: 'card', number: 'x', expiry_month: 0, expiry_year: 1, cvv: 'abc', max_usage_attempts: 9 }),
    [
      'card_number_invalid',
      'card_expiry_month_invalid',
      'card_expiry_year_invalid',
      'cvv_invalid',
      'max_usage_attempts_invalid',
    ],
  )
  assert.deepEqual(await refused({ type: 'cvv' }), ['token_data_invalid'])
  assert.deepEqual(await refused({ type: 'cvv', token_data: 'x' }), ['token_data_invalid'])
  assert.deepEqual(await refused({ type: 'cvv', token_data: {} }), ['cvv_invalid'])
  assert.deepEqual(await refused({ type: 'cvv', token_data: { cvv: '12' } }), ['cvv_invalid'])
  for (const wallet of ['googlepay', 'applepay']) {
    assert.deepEqual(await refused({ type: wallet, token_data: { signature: 'x' } }), ['token_data_invalid'])
    assert.deepEqual(await refused({ type: wallet }), ['token_data_invalid'])
  }
})

test('a page’s key makes tokens and does not look at them; a secret key the other way round', async (t) => {
  const sluice = await startSluice(t)
  const made = await tokenize(sluice, CARD)
  const path = `/tokens/${made.body.token}/metadata`

  for (const origin of [sluice.urls.api, sluice.urls.frames]) {
    for (const authorization of [`Bearer ${SECRET_KEY}`, '', 'Bearer pk_sbox_aaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      assert.equal((await tokenize(sluice, CARD, { authorization }, origin)).status, 401, authorization)
    }
  }
  assert.equal((await sluice.get(path, AS_PAGE)).status, 401)
  assert.equal((await sluice.get(path)).status, 200)
  const onFrames = await sluice.call('GET', `${sluice.urls.frames}${path}`)
  assert.equal(onFrames.status, 404)
})

test('metadata shows of an address what tells nobody’s door', async (t) => {
  const sluice = await startSluice(t)
  const { body: made } = await tokenize(sluice, { ...CARD, billing_address: ADDRESS, phone: PHONE })
  const { name: _, phone: __, ...shown } = made
  const { body } = await sluice.get(`/tokens/${made.token}/metadata`)
  assert.deepEqual(body, { ...shown, billing_address: { city: 'London', country: 'GB' } })
})

test('a token is one merchant’s, and gone after a quarter of an hour of that merchant’s clock', async (t) => {
  const sluice = await startSluice(t)
  const { body: world } = await sluice.post('/sandbox/worlds', { name: 'Another' })
  const { body: made } = await tokenize(sluice, CARD)
  const path = `/tokens/${made.token}/metadata`
  const { body: theirs } = await tokenize(sluice, CARD, { authorization: `Bearer ${world.public_key}` })

  assert.equal((await sluice.get(path, { authorization: `Bearer ${world.secret_key}` })).status, 404)
  assert.equal((await sluice.get('/tokens/tok_aaaaaaaaaaaaaaaaaaaaaaaaaa/metadata')).status, 404)
  assert.equal((await sluice.get('/tokens/tok_x/metadata')).status, 404)

  await sluice.advance('14 minutes 30 seconds')
  assert.equal((await sluice.get(path)).status, 200)
  await sluice.advance('40 seconds')
  assert.equal((await sluice.get(path)).status, 404)

  assert.equal(await sluice.ctx.store.deleteExpiredTokens(), 1, 'the other merchant’s clock has not moved')
  assert.equal(await sluice.ctx.store.deleteExpiredTokens(), 0)
  const headers = { authorization: `Bearer ${world.secret_key}` }
  assert.equal((await sluice.get(`/tokens/${theirs.token}/metadata`, headers)).status, 200)
})

test('several uses are for a caller who names himself; else a token is used once', async (t) => {
  const sluice = await startSluice(t)
  const db = databaseOf(t, sluice)
  const identifier = { 'cko-retrieve-identifier': 'vault-7' }
  await tokenize(sluice, { ...CARD, max_usage_attempts: 3 }, identifier)
  await tokenize(sluice, { ...CARD, max_usage_attempts: 3 })
  await tokenize(sluice, CARD, identifier)

  const { rows } = await db.query('select max_uses, retrieve_identifier from tokens order by max_uses desc')
  assert.deepEqual(rows, [
    { max_uses: 3, retrieve_identifier: 'vault-7' },
    { max_uses: 1, retrieve_identifier: null },
    { max_uses: 1, retrieve_identifier: null },
  ])
})

test('neither number, nor security code, nor the token is in the database in a form it can be read from', async (t) => {
  const sluice = await startSluice(t)
  const db = databaseOf(t, sluice)
  const { body } = await tokenize(sluice, { ...CARD, billing_address: ADDRESS }, { 'cko-idempotency-key': 'k' })
  const { body: again } = await tokenize(sluice, CARD, { 'cko-idempotency-key': 'k' })
  assert.notEqual(again.token, body.token, 'an answer with a token is not kept')

  const { rows } = await db.query(`select t::text as row, encode(sealed, 'escape') as sealed from tokens t`)
  assert.equal(rows.length, 2)
  for (const { row, sealed } of rows) {
    for (const secret of [CARD.number, '"731"', body.token, body.token.slice(4), 'High Street', CARD.name]) {
      assert.ok(!row.includes(secret) && !sealed.includes(secret), secret)
    }
  }
  assert.equal((await db.query('select 1 from idempotency_records')).rowCount, 0)
})

test('the official SDK makes a token and reads what it stands for', async (t) => {
  const sluice = await startSluice(t)
  const sdk: Json = new Checkout(SECRET_KEY, { pk: PUBLIC_KEY, host: sluice.urls.api })

  const { type: _, ...details } = CARD
  const made = await sdk.tokens.request(details)
  assert.equal(made.type, 'card')
  assert.match(made.token, /^tok_/)
  const metadata = await sdk.tokens.getTokenMetadata(made.token)
  assert.equal(metadata.last4, '4242')
  await assert.rejects(sdk.tokens.request({ ...details, number: '4242424242424241' }), (error: Json) => {
    assert.deepEqual(error.body.error_codes, ['card_number_invalid'])
    return error.http_code === 422
  })
  await assert.rejects(sdk.tokens.getTokenMetadata('tok_aaaaaaaaaaaaaaaaaaaaaaaaaa'), { name: 'NotFoundError' })
})

function databaseOf(t: TestContext, sluice: Sluice): pg.Pool {
  const pool = new pg.Pool({ connectionString: sluice.config.databaseUrl, max: 1 })
  t.after(() => pool.end())
  return pool
}
