/** The official Node SDK, unchanged, against every call it has on this surface. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSessionData, makeSessionlessData } from '@sluice/sealing/make'
import { SANDBOX_ENTITY, SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { Checkout } from 'checkout-sdk-node'
import { CARDS } from './support/cards.ts'
import {
  eventually,
  type Json,
  PUBLIC_KEY,
  SECRET_KEY,
  SESSION_BODY,
  type Sluice,
  startSluice,
} from './support/sluice.ts'

/** What the SDK throws: its classes are told apart by name and status. */
interface SdkError extends Error {
  http_code: number
  body: Json
}

for (const httpClient of [undefined, 'axios'] as const) {
  test(`a session is requested, paid and read back with ${httpClient ?? 'the default transport'}`, async (t) => {
    const sluice = await startSluice(t)
    const sdk: Json = new Checkout(SECRET_KEY, {
      pk: PUBLIC_KEY,
      host: sluice.urls.api,
      ...(httpClient && { httpClient }),
    })

    await payAndReadBack(sluice, sdk)
  })
}

test('OAuth client credentials pay as a secret key does', async (t) => {
  const sluice = await startSluice(t)

  await payAndReadBack(sluice, oauthSdk(sluice, ['gateway', 'payment-sessions']))
})

test('an access token of one’s own is used as it is', async (t) => {
  const sluice = await startSluice(t)
  const sdk = oauthSdk(sluice, ['payment-sessions'])
  const granted = await sdk.access.request({
    grant_type: 'client_credentials',
    client_id: SANDBOX_KEYS.client_id,
    client_secret: SANDBOX_KEYS.client_secret,
    scope: 'payment-sessions',
  })
  assert.equal(granted.token_type, 'Bearer')
  sdk.config.access = {
    token: granted.access_token,
    type: 'Bearer',
    scope: granted.scope,
    expires: new Date('2999-01-01'),
  }
  sdk.config.environment.oAuthAuthorizationApi = 'http://localhost:1/nobody-is-asked-again'

  const session = await sdk.paymentSessions.request(SESSION_BODY)

  assert.match(session.id, /^ps_[a-z2-7]{26}$/)
})

test('complete makes the session and pays it in one call', async (t) => {
  const sluice = await startSluice(t)
  const sdk = keySdk(sluice)
  const session_data = await makeSessionlessData({
    framesUrl: sluice.urls.frames,
    entityId: SANDBOX_ENTITY,
    card: CARDS.approved,
  })

  const completed = await sdk.paymentSessions.complete({ ...SESSION_BODY, session_data })

  assert.equal(completed.status, 'Approved')
  assert.match(completed.payment_session_id, /^ps_[a-z2-7]{26}$/)
  assert.match(completed.payment_session_secret, /^pss_/)
  assert.equal((await sdk.payments.get(completed.id)).amount, SESSION_BODY.amount)
})

test('a decline is an answer and not an error', async (t) => {
  const sluice = await startSluice(t)
  const sdk = keySdk(sluice)
  const session = await sdk.paymentSessions.request(SESSION_BODY)

  const declined = await sdk.paymentSessions.submit(session.id, {
    session_data: await sluice.seal(session, CARDS.insufficientFunds),
  })

  assert.equal(declined.status, 'Declined')
  assert.match(declined.decline_reason, /insufficient funds/i)
  assert.equal((await sdk.payments.get(declined.id)).approved, false)
})

test('a body with several problems is one ValidationError with a code for each', async (t) => {
  const sdk = keySdk(await startSluice(t))

  const error = await thrownBy(
    sdk.paymentSessions.request({
      ...SESSION_BODY,
      amount: -1,
      success_url: 'nowhere',
      billing: { address: {} },
      reference: 'x'.repeat(51),
    }),
  )

  assert.deepEqual([error.name, error.http_code], ['ValidationError', 422])
  assert.equal(error.body.error_type, 'request_invalid')
  assert.deepEqual([...error.body.error_codes].sort(), [
    'amount_invalid',
    'billing_address_country_required',
    'reference_invalid',
    'success_url_invalid',
  ])
  assert.match(error.body.request_id, /^[0-9a-f-]{36}$/)
})

test('a session that is paid already is a ValidationError', async (t) => {
  const sluice = await startSluice(t)
  const sdk = keySdk(sluice)
  const session = await sdk.paymentSessions.request(SESSION_BODY)
  await sdk.paymentSessions.submit(session.id, { session_data: await sluice.seal(session, CARDS.approved) })

  const error = await thrownBy(
    sdk.paymentSessions.submit(session.id, { session_data: await sluice.seal(session, CARDS.approved) }),
  )

  assert.deepEqual([error.name, error.body.error_codes], ['ValidationError', ['payment_session_already_completed']])
})

test('what does not exist is a NotFoundError, also under an id of a foreign shape', async (t) => {
  const sdk = keySdk(await startSluice(t))
  const nobodys = 'a'.repeat(26)
  const session_data = 'x'

  const errors = await Promise.all(
    [
      sdk.paymentSessions.submit(`ps_${nobodys}`, { session_data }),
      sdk.paymentSessions.submit('not_found', { session_data }),
      sdk.payments.get(`pay_${nobodys}`),
      sdk.payments.get('not_found'),
      sdk.payments.getActions(`pay_${nobodys}`),
    ].map(thrownBy),
  )

  for (const error of errors) {
    assert.deepEqual([error.name, error.http_code, error.body.error_type], ['NotFoundError', 404, 'resource_not_found'])
  }
})

test('an unknown key, a public key and no key at all are AuthenticationErrors', async (t) => {
  const { api } = (await startSluice(t)).urls
  const strangers: Json[] = [
    new Checkout(`sk_sbox_${'a'.repeat(27)}`, { host: api }),
    new Checkout(PUBLIC_KEY, { host: api }),
    // Without a key the SDK sends the word `null` in Authorization.
    new Checkout(undefined, { host: api }),
  ]

  const errors = await Promise.all(strangers.map((sdk) => thrownBy(sdk.paymentSessions.request(SESSION_BODY))))

  for (const error of errors) assert.deepEqual([error.name, error.http_code], ['AuthenticationError', 401])
})

test('a wrong client secret is an AuthenticationError, a scope that is not granted an ApiError', async (t) => {
  const sluice = await startSluice(t)
  const wrong = oauthSdk(sluice, ['payment-sessions'], 'not-the-secret')
  const greedy = oauthSdk(sluice, ['payment-sessions', 'no-such-scope'])

  const refused = await thrownBy(wrong.paymentSessions.request(SESSION_BODY))
  const denied = await thrownBy(greedy.paymentSessions.request(SESSION_BODY))

  assert.deepEqual([refused.name, refused.body.error], ['AuthenticationError', 'invalid_client'])
  assert.deepEqual([denied.http_code, denied.body.error], [400, 'invalid_scope'])
})

test('a token without the scope is ActionNotAllowed', async (t) => {
  const sluice = await startSluice(t)
  const sdk = oauthSdk(sluice, ['vault'])

  const error = await thrownBy(sdk.paymentSessions.request(SESSION_BODY))

  assert.deepEqual([error.name, error.http_code], ['ActionNotAllowed', 403])
})

test('more requests than a key may make are TooManyRequestsErrors', async (t) => {
  const sluice = await startSluice(t)
  const { config } = await startSluice(t, { config: { limits: { ...sluice.config.limits, perKeyPerSecond: 2 } } })
  const sdk: Json = new Checkout(SECRET_KEY, { host: config.urls.api })

  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => sdk.paymentSessions.request(SESSION_BODY)))

  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as SdkError] : []))
  assert.ok(refused.length >= 2, `${refused.length} of 6 were refused`)
  for (const error of refused) {
    assert.deepEqual([error.name, error.http_code], ['TooManyRequestsError', 429])
    assert.deepEqual(error.body.error_codes, ['rate_limit_exceeded'])
  }
})

test('the same submit again, while the first is under way, is a TooManyRequestsError', async (t) => {
  const sluice = await startSluice(t)
  const sdk = keySdk(sluice)
  const session = await sdk.paymentSessions.request({ ...SESSION_BODY, metadata: { sluice_simulator: 'slow:1000' } })
  const body = { session_data: await sluice.seal(session, CARDS.approved) }

  const first = sdk.paymentSessions.submit(session.id, body)
  await eventually(async () => (await sdk.payments.get(session.id).catch(() => undefined)) !== undefined)
  const error = await thrownBy(sdk.paymentSessions.submit(session.id, body))

  assert.deepEqual([error.name, error.http_code], ['TooManyRequestsError', 429])
  assert.equal(error.body.error_type, 'duplicate_requests_detected')
  assert.deepEqual(error.body.error_codes, ['session_already_in_use'])
  assert.equal((await first).status, 'Approved')
})

/** `sdk` is typed by what this repository needs of it: the SDK's own types name no members of bodies or answers. */
async function payAndReadBack(sluice: Sluice, sdk: Json) {
  const session = await sdk.paymentSessions.request(SESSION_BODY)
  assert.match(session.id, /^ps_[a-z2-7]{26}$/)
  assert.ok(session.payment_session_token)
  assert.ok(session.payment_session_secret)
  assert.equal(session._links.self.href, `${sluice.urls.api}/payment-sessions/${session.id}`)

  const session_data = await makeSessionData({
    framesUrl: sluice.urls.frames,
    sessionId: session.id,
    secret: session.payment_session_secret,
    card: CARDS.approved,
  })
  const attempt = await sdk.paymentSessions.submit(session.id, { session_data, reference: 'ORD-124' })
  assert.equal(attempt.status, 'Approved')
  assert.equal(attempt.type, 'card')

  const payment = await eventually(async () => {
    const now = await sdk.payments.get(attempt.id)
    return now.status === 'Captured' && now
  })
  assert.equal(payment.amount, SESSION_BODY.amount)
  assert.equal(payment.reference, 'ORD-124')
  assert.equal(payment.metadata.cko_payment_session_id, session.id)
  assert.equal((await sdk.payments.get(session.id)).id, payment.id)

  const actions = await sdk.payments.getActions(attempt.id)
  assert.deepEqual(actions.map((action: Json) => [action.type, action.amount, action.approved]).sort(), [
    ['Authorization', SESSION_BODY.amount, true],
    ['Capture', SESSION_BODY.amount, true],
  ])
}

function keySdk({ urls }: Sluice): Json {
  return new Checkout(SECRET_KEY, { pk: PUBLIC_KEY, host: urls.api })
}

function oauthSdk({ urls }: Sluice, scope: string[], secret: string = SANDBOX_KEYS.client_secret): Json {
  const sdk: Json = new Checkout(secret, { client: SANDBOX_KEYS.client_id, scope, host: urls.api })
  sdk.config.environment.oAuthAuthorizationApi = `${urls.api}/connect/token`
  return sdk
}

function thrownBy(call: Promise<unknown>): Promise<SdkError> {
  return call.then(
    (answer) => assert.fail(`no error but ${JSON.stringify(answer)}`),
    (error: SdkError) => error,
  )
}
