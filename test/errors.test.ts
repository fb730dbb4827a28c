/**
 * One test for each error code of docs/reference/errors.md: a real request that is answered with exactly that code, its
 * status and its type.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { PAYMENT_METHODS, type PaymentMethod } from '@sluice/core/payment-methods'
import { type DETAIL_PROBLEMS, PROBLEMS, type ProblemCode, type TOKEN_PROBLEMS } from '@sluice/core/problems'
import { judgesNames, type JsonSchema, memberCode, membersOf } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { CaptureBody, RefundBody } from '@sluice/core/wire/operations'
import { SearchPaymentsBody } from '@sluice/core/wire/payment-lists'
import { ScenarioRequest } from '@sluice/core/wire/scenarios'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import { type HowPaid, makeSessionData } from '@sluice/sealing/make'
import type { TypedCard } from '@sluice/sealing/payload'
import { ClockRequest } from '@sluice/server/http/routes/clock'
import { HoldRequest } from '@sluice/server/http/routes/holds'
import { WorldRequest } from '@sluice/server/http/routes/worlds'
import { createEntity, DEFAULT_CHANNEL_SETTINGS } from '@sluice/server/operations/create-entity'
import { SANDBOX_CHANNEL } from '@sluice/server/operations/seed'
import { bodyWith, bodyWithout, wrongValues } from '../packages/core/test/bodies.ts'
import { sendRaw } from '../packages/server/test/http/raw.ts'
import { CARDS } from './support/cards.ts'
import { begin, confirmCode, rowOf, sessionFor, typedFor } from './support/methods.ts'
import { listFiles, readSource } from './support/sources.ts'
import {
  type Answer,
  client,
  freePort,
  type Json,
  PUBLIC_KEY,
  type Session,
  SESSION_BODY,
  startSluice,
} from './support/sluice.ts'
import { workflowErrors } from './support/workflow-errors.ts'

/** What needs a server of its own making is shown where that server is made: the file has to name the code. */
const SHOWN_ELSEWHERE: Partial<Record<ProblemCode, string>> = {
  request_headers_too_large: 'packages/server/test/http/sockets.test.ts',
  request_timed_out: 'packages/server/test/http/sockets.test.ts',
  rate_limit_exceeded: 'packages/server/test/http/limits.test.ts',
  service_unavailable: 'packages/server/test/http/problems.test.ts',
  internal_error: 'packages/server/test/http/problems.test.ts',
  flow_not_built: 'test/flow-files.test.ts',
  capture_value_greater_than_authorized: 'test/operations.test.ts',
  capture_value_greater_than_remaining_authorized: 'test/operations.test.ts',
  void_amount_invalid: 'test/operations.test.ts',
  refund_amount_exceeds_balance: 'test/operations.test.ts',
  payment_expired: 'test/operations.test.ts',
  payment_actions_exceeded: 'test/operations.test.ts',
  payment_session_changed: 'test/session-update.test.ts',
  notification_invalid: 'test/notifications.test.ts',
}
/** `<member>_not_allowed`, for every member of a submit. */
const NOT_ALLOWED = 'test/tenancy.test.ts'

/** On the page, and never answered with the methods there are. */
const NOT_YET = {
  national_id_required: 'every method that asks for a national id can do without',
}
/** Of the right form, and signed by nobody. */
const NOBODYS_TOKEN = { protocolVersion: 'ECv1', signature: 'AAAA', signedMessage: '{}' }
/** Any one of them will do, so none is missing by itself: without all, no card is kept, and the method not offered. */
const NEVER_ALONE = [
  'customer_id_required',
  'payment_method_configuration_stored_card_customer_id_required',
  'payment_method_configuration_stored_card_instrument_ids_required',
]

const schemas = {
  create: CreateSessionBody,
  submit: SubmitSessionBody,
  complete: CompleteSessionBody,
  capture: CaptureBody,
  refund: RefundBody,
  worlds: WorldRequest,
  clock: ClockRequest,
  search: SearchPaymentsBody,
  holds: HoldRequest,
  scenarios: ScenarioRequest,
}
const shown = new Set<string>()

test('every error code, by the request that is answered with it', async (t) => {
  const sluice = await startSluice(t, { authentication: 'integrated' })
  const session = await sluice.requestSession()
  const { body: paid } = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  const paths = {
    create: '/payment-sessions',
    submit: `/payment-sessions/${session.id}/submit`,
    complete: '/payment-sessions/complete',
    capture: `/payments/${paid.id}/captures`,
    refund: `/payments/${paid.id}/refunds`,
    worlds: '/sandbox/worlds',
    clock: '/sandbox/clock',
    search: '/payments/search',
    holds: '/sandbox/holds',
    scenarios: '/sandbox/scenarios',
  }

  function answers(answer: Answer, code: string, status = 422, type = 'request_invalid') {
    assert.equal(answer.status, status, `${answer.status} ${answer.text}`)
    assert.deepEqual(answer.body.error_codes, [code])
    assert.equal(answer.body.error_type, type)
  }

  /** A test of a code with a meaning of its own, with status and type as the catalogue has them. */
  async function shows(code: ProblemCode, how: string, work: () => Promise<Answer>) {
    shown.add(code)
    await t.test(`${code}: ${how}`, async () => {
      const { status, type } = PROBLEMS[code]
      const answer = await work()
      answers(answer, code, status, type)
      assert.equal(answer.headers.has('retry-after'), status === 429 || code === 'payment_session_attempt_pending')
    })
  }

  async function pay(how: HowPaid, members: Record<string, unknown> = {}, overrides: Record<string, unknown> = {}) {
    const to = await sluice.requestSession(members)
    return await submitSealed(to, how, overrides)
  }

  async function submitSealed(to: Session, how: HowPaid, overrides: Record<string, unknown> = {}): Promise<Answer> {
    const session_data = await sealFor(to, how)
    return await sluice.post(`/payment-sessions/${to.id}/submit`, { session_data, ...overrides })
  }

  function sealFor(to: Session, how: HowPaid): Promise<string> {
    return makeSessionData({
      framesUrl: sluice.urls.frames,
      sessionId: to.id,
      secret: to.payment_session_secret,
      ...how,
    })
  }

  for (const [kind, schema] of Object.entries(schemas)) {
    const path = paths[kind as keyof typeof paths]
    const shape = schema as unknown as JsonSchema
    for (const member of membersOf(shape)) {
      const name = member.path.join('.')
      const code = memberCode(member.path, 'invalid')
      if (!shown.has(code)) {
        shown.add(code)
        await t.test(`${code}: a wrong ${name} of ${kind}`, async () => {
          for (const wrong of wrongValues(member.schema).filter(isJson).slice(0, 3)) {
            answers(await sluice.post(path, bodyWith(shape, member.path, wrong)), code)
          }
        })
      }
      const keyCode = memberCode([...member.path, 'key'], 'invalid')
      if (judgesNames(member.schema.items ?? member.schema) && !shown.has(keyCode)) {
        shown.add(keyCode)
        await t.test(`${keyCode}: a wrong name in ${name} of ${kind}`, async () => {
          const map = { '4242424242424242': 'a card number is no name' }
          const value = member.schema.items ? [map] : map
          answers(await sluice.post(path, bodyWith(shape, member.path, value)), keyCode)
        })
      }
      const requiredCode = memberCode(member.path, 'required')
      if (member.required && !shown.has(requiredCode)) {
        shown.add(requiredCode)
        await t.test(`${requiredCode}: no ${name} in ${kind}`, async () => {
          answers(await sluice.post(path, bodyWithout(shape, member.path)), requiredCode)
        })
      }
    }
  }

  await shows('clock_invalid', 'a moment that has passed', () =>
    sluice.post('/sandbox/clock', { to: '2020-02-02T00:00:00Z' }),
  )

  /** Rules that join members: a body of create, and the code it is answered with. */
  const corporate = { account_holder: { type: 'corporate' } }
  const joined: Record<string, Record<string, unknown>> = {
    customer_required: { enabled_payment_methods: ['tamara'] },
    processing_os_type_required: { processing: { terminal_type: 'APP' } },
    payment_method_configuration_card_account_holder_company_name_required: {
      payment_method_configuration: { card: corporate },
    },
    payment_method_configuration_applepay_account_holder_company_name_required: {
      payment_method_configuration: { applepay: corporate },
    },
    payment_method_configuration_googlepay_account_holder_company_name_required: {
      payment_method_configuration: { googlepay: corporate },
    },
    amount_allocations_sum_invalid: { amount_allocations: [{ id: `ent_${'a'.repeat(26)}`, amount: 1 }] },
    sender_first_name_required: { sender: { ...individual(), first_name: undefined } },
    sender_last_name_required: { sender: { ...individual(), last_name: undefined } },
    sender_address_required: { sender: { ...individual(), address: undefined } },
  }
  for (const [code, members] of Object.entries(joined)) {
    shown.add(code)
    await t.test(`${code}: ${JSON.stringify(members)}`, async () => {
      answers(await sluice.post('/payment-sessions', { ...SESSION_BODY, ...members }), code)
    })
  }

  shown.add('processing_channel_id_required')
  await t.test('processing_channel_id_required: a merchant with two channels names none', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', { name: 'Two channels' })
    await createEntity(sluice.ctx, { name: 'Two channels', channel: 'second' })
    const calls = client(sluice.urls, world.secret_key)
    answers(await calls.post('/payment-sessions', SESSION_BODY), 'processing_channel_id_required')
  })

  const played = sluice.ctx.processors(DEFAULT_CHANNEL_SETTINGS).manifest(DEFAULT_CHANNEL_SETTINGS).methods
  // What a payment method needs of its session is told when the shopper has chosen it.
  for (const method of (PAYMENT_METHODS as readonly PaymentMethod[]).filter(({ name }) => played.includes(name))) {
    const needs = method.needs.filter((need) => typeof need === 'string')
    for (const need of needs) {
      const code = `${need.replaceAll('.', '_')}_required`
      if (shown.has(code)) continue
      shown.add(code)
      await t.test(`${code}: ${method.name} needs ${need}`, async () => {
        answers(
          await pay({ method: method.name, ...typedFor(method) }, without(bodyFor(method), need.split('.'))),
          code,
        )
      })
    }
  }

  await shows('resource_not_found', 'a path nobody answers at', () => sluice.get('/no-such-thing'))
  await shows('action_not_allowed', 'a token without the scope', async () => {
    const form = 'grant_type=client_credentials&scope=gateway&client_id=ack_sluicesandboxclientid22224'
    const { body } = await sluice.post('/connect/token', `${form}&client_secret=sluice-sandbox-client-secret`, {
      authorization: '',
      'content-type': 'application/x-www-form-urlencoded',
    })
    return sluice.get(`/payment-sessions/${session.id}`, { authorization: `Bearer ${body.access_token}` })
  })
  await shows('idempotency_key_invalid', 'a key of 256 characters', () =>
    sluice.post('/payment-sessions', SESSION_BODY, { 'cko-idempotency-key': 'k'.repeat(256) }),
  )
  await shows('idempotency_key_reused', 'a key that came with another body', async () => {
    const headers = { 'cko-idempotency-key': 'reused' }
    await sluice.post('/payment-sessions', SESSION_BODY, headers)
    return sluice.post('/payment-sessions', { ...SESSION_BODY, amount: 7 }, headers)
  })
  await shows('request_json_invalid', 'a body that is cut off', () => sluice.post('/payment-sessions', '{"amount":1'))
  await shows('request_body_too_large', 'a body of a megabyte', () =>
    sluice.post('/payment-sessions', { ...SESSION_BODY, description: 'x'.repeat(1_000_000) }),
  )
  await shows('media_type_unsupported', 'a form', () =>
    sluice.post('/payment-sessions', 'amount=1', { 'content-type': 'application/x-www-form-urlencoded' }),
  )
  await shows('request_http_invalid', 'bytes that are no HTTP', () => raw('NO HTTP AT ALL\r\n\r\n'))
  await shows('host_not_served', 'a foreign Host', () => raw('GET /health/live HTTP/1.1\r\nHost: evil.example\r\n\r\n'))

  async function raw(bytes: string): Promise<Answer> {
    const answer = await sendRaw(Number(new URL(sluice.urls.api).port), bytes)
    assert.ok(answer)
    return {
      status: answer.status,
      headers: new Headers(answer.headers),
      text: answer.body,
      body: JSON.parse(answer.body),
    }
  }

  await shows('scenario_invalid', 'a document that is none', () =>
    sluice.post('/sandbox/scenarios', { document: { name: 'Not a name' } }),
  )
  await shows('scenario_unknown', 'a name that is not in the catalogue', () =>
    sluice.post('/sandbox/scenarios', { name: 'nope' }),
  )
  await shows('scenario_limit_exceeded', 'one for each of 201 cards', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', { name: 'Scenarios' })
    const calls = client(sluice.urls, world.secret_key)
    const attach = (number: number) => {
      const card = { last4: String(number).padStart(4, '0') }
      return calls.post('/sandbox/scenarios', { name: 'slow-bank', to: { card } })
    }
    for (let number = 0; number < 200; number++) assert.equal((await attach(number)).status, 201)
    return attach(200)
  })
  await shows('hold_limit_exceeded', 'a hold more than may be', async () => {
    const { body: world } = await sluice.post('/sandbox/worlds', { name: 'Holds' })
    const calls = client(sluice.urls, world.secret_key)
    for (;;) {
      const answer = await calls.post('/sandbox/holds', { at: 'submit.claimed' })
      if (answer.status !== 201) return answer
    }
  })
  await shows('wait_invalid', 'longer than ten seconds', async () => {
    const { body: hold } = await sluice.post('/sandbox/holds', { at: 'event.committed' })
    await sluice.call('DELETE', `/sandbox/holds/${hold.id}`)
    return sluice.get(`/sandbox/holds/${hold.id}?wait=PT11S`)
  })

  await shows('paging_limit_invalid', 'a page of 101', () => sluice.get('/payments?limit=101'))
  await shows('query_invalid', 'a field that is none', () => sluice.post('/payments/search', { query: 'colour:red' }))
  await shows('cursor_invalid', 'what we never made', () => sluice.post('/payments/search?cursor=x', {}))
  await shows('session_data_invalid', 'what nobody sealed', () =>
    sluice.post(paths.submit, { session_data: 'a.b.c.d.e' }),
  )
  await shows('payment_session_not_payable', 'a session that may not be paid', () =>
    pay({ card: CARDS.approved }, { payable: false }),
  )
  await shows('amount_changed', 'the shopper saw another amount', async () => {
    const to = await sluice.requestSession()
    const session_data = await sluice.seal(to, CARDS.approved, { amount: 999, currency: 'GBP' })
    return sluice.post(`/payment-sessions/${to.id}/submit`, { session_data })
  })
  await shows('payment_method_not_supported', 'a method the session does not offer', () => pay({ method: 'ideal' }))
  await shows('currency_not_supported', 'iDEAL in pounds', () =>
    pay({ method: 'ideal' }, { reference: 'ORD1', billing: { address: { country: 'NL' } } }),
  )
  await shows('customer_not_found', 'a customer nobody has', () =>
    sluice.post('/payment-sessions', { ...SESSION_BODY, customer: { id: `cus_${'a'.repeat(26)}` } }),
  )
  await shows('payment_session_already_completed', 'a second payment of an approved session', async () => {
    const to = await sluice.requestSession()
    await submitSealed(to, { card: CARDS.approved })
    return submitSealed(to, { card: CARDS.approved })
  })
  await shows('payment_session_attempts_exceeded', 'a second try where none was granted', async () => {
    const to = await sluice.requestSession({ customer_retry: { max_attempts: 0 } })
    await submitSealed(to, { card: CARDS.declined })
    return submitSealed(to, { card: CARDS.approved })
  })
  await shows('payment_session_attempt_pending', 'another attempt cannot be cancelled', async () => {
    const metadata = { sluice_simulator: 'refuse_cancel' }
    const to = await sluice.requestSession({ metadata, '3ds': { enabled: true } })
    const first = await submitSealed(to, { card: CARDS.approved })
    assert.equal(first.body.status, 'Action Required', first.text)
    return submitSealed(to, { card: CARDS.approved })
  })
  await shows('session_already_in_use', 'the same submit while the first is on its way', async () => {
    const to = await sluice.requestSession({ metadata: { sluice_simulator: 'slow:700' } })
    const session_data = await sealFor(to, { card: CARDS.approved })
    const path = `/payment-sessions/${to.id}/submit`
    const first = sluice.post(path, { session_data })
    await new Promise((resolve) => setTimeout(resolve, 250))
    const second = await sluice.post(path, { session_data })
    await first
    return second
  })
  await shows('payment_session_canceled', 'a session its operator has cancelled', async () => {
    const to = await sluice.requestSession()
    const session_data = await sealFor(to, { card: CARDS.approved })
    await sluice.ctx.store.db.query({
      name: 'cancel_session_of_test',
      text: `update payment_sessions set state = 'cancelled' where id = $1`,
      values: [uuidOf('session', to.id)],
    })
    return sluice.post(`/payment-sessions/${to.id}/submit`, { session_data })
  })

  const card = (changes: Partial<TypedCard>): HowPaid => ({ card: { ...CARDS.approved, ...changes } })
  const { cvv: _, ...noCvv } = CARDS.approved
  /** All that the method asks for, with these changes; `undefined`: left empty. */
  const typedBut = (method: string, changes: Record<string, string | undefined>): HowPaid => {
    const typed = Object.entries({ ...typedFor(rowOf(method)).details, ...changes })
    return {
      method,
      holder: 'Jo Shopper',
      details: Object.fromEntries(typed.map(([name, value = '']) => [name, value])),
    }
  }
  type Typed = Exclude<keyof typeof DETAIL_PROBLEMS, keyof typeof NOT_YET>
  const typed: Record<Typed, HowPaid | (() => Promise<Answer>)> = {
    card_number_invalid: card({ number: '4242424242424241' }),
    card_expiry_month_invalid: card({ expiry_month: 13 }),
    card_expiry_year_invalid: card({ expiry_year: 1999 }),
    card_expired: card({ expiry_year: 2020 }),
    cvv_invalid: card({ cvv: '12' }),
    cvv_required: { card: noCvv },
    card_holder_invalid: card({ name: '4242424242424242' }),
    account_holder_invalid: { card: CARDS.approved, holder: '4242424242424242' },
    account_holder_required: { method: 'ach', details: typedFor(rowOf('ach')).details },
    email_required: typedBut('p24', { email: undefined }),
    email_invalid: typedBut('p24', { email: 'jo' }),
    phone_number_required: typedBut('bizum', { phone_number: undefined }),
    phone_number_invalid: typedBut('bizum', { phone_number: '61234' }),
    phone_country_code_required: typedBut('bizum', { phone_country_code: undefined }),
    phone_country_code_invalid: typedBut('bizum', { phone_country_code: '44' }),
    iban_required: typedBut('sepa', { iban: undefined }),
    iban_invalid: typedBut('sepa', { iban: 'DE00370400440532013000' }),
    account_number_required: typedBut('ach', { account_number: undefined }),
    account_number_invalid: typedBut('ach', { account_number: '123' }),
    bank_code_required: typedBut('ach', { bank_code: undefined }),
    bank_code_invalid: typedBut('ach', { bank_code: '12345' }),
    // An address is taken whole: without its first line, it is that of the session.
    billing_address_address_line1_required: () => {
      const address = { city: 'Berlin', zip: '10115', country: 'DE' }
      return pay(typedBut('sepa', { address_line1: undefined }), { ...sessionFor(rowOf('sepa')), billing: { address } })
    },
    billing_address_city_required: typedBut('sepa', { city: undefined }),
    billing_address_zip_required: typedBut('sepa', { zip: undefined }),
    mandate_consent_required: typedBut('sepa', { mandate_consent: undefined }),
    national_id_invalid: typedBut('qpay', { national_id: '11234567890' }),
    blik_code_required: typedBut('blik', { blik_code: undefined }),
    blik_code_invalid: typedBut('blik', { blik_code: '12345' }),
    otp_invalid: async () => {
      const { session: to, answer } = await begin(sluice, 'stcpay')
      return confirmCode({ ...sluice, publicKey: PUBLIC_KEY }, to, answer.body.id, '12345')
    },
    token_invalid: async () => {
      const { body: world } = await sluice.post('/sandbox/worlds', { channel: { settings: { wallets: 'decrypted' } } })
      const calls = client(sluice.urls, world.secret_key)
      const to = await calls.requestSession()
      const session_data = await sealFor(to, { wallet: { type: 'googlepay', token: NOBODYS_TOKEN } })
      return calls.post(`/payment-sessions/${to.id}/submit`, { session_data })
    },
    validation_url_invalid: () => {
      const body = { validation_url: 'https://evil.example/session', recipient: 'merchant', domain: 'shop.example' }
      const headers = { authorization: `Bearer ${PUBLIC_KEY}` }
      return sluice.post(`${sluice.urls.frames}/frame/wallets/applepay/validate`, body, headers)
    },
    source_id_invalid: { stored: { instrument_id: `src_${'a'.repeat(26)}`, cvv: '100' } },
    preferred_scheme_not_applicable: card({ preferred_scheme: 'cartes_bancaires' }),
  }
  for (const [code, how] of Object.entries(typed)) {
    shown.add(code)
    await t.test(`${code}: as the shopper typed it`, async () => {
      if (typeof how === 'function') return answers(await how(), code)
      const members = how.method === undefined ? {} : { ...sessionFor(rowOf(how.method)), customer: undefined }
      answers(await pay(how, members), code)
    })
  }

  const details = { number: '4242424242424242', expiry_month: 12, expiry_year: 2030 }
  const { number, expiry_month, expiry_year } = details
  const asked: Record<keyof typeof TOKEN_PROBLEMS, unknown> = {
    token_type_required: details,
    token_type_invalid: { type: 'paypal', token_data: {} },
    token_data_invalid: { type: 'cvv' },
    card_number_required: { type: 'card', expiry_month, expiry_year },
    card_expiry_month_required: { type: 'card', number, expiry_year },
    card_expiry_year_required: { type: 'card', number, expiry_month },
  }
  const members = {
    max_usage_attempts_invalid: { max_usage_attempts: 6 },
    phone_invalid: { phone: '+44 7700 900123' },
    phone_country_code_invalid: { phone: { country_code: '' } },
    phone_number_invalid: { phone: { number: '1' } },
  }
  const withMember = Object.entries(members).map(([code, member]) => [code, { type: 'card', ...details, ...member }])
  for (const [code, body] of [...Object.entries(asked), ...withMember] as [string, unknown][]) {
    shown.add(code)
    await t.test(`${code}: of a request for a token`, async () => {
      answers(await sluice.post('/tokens', body, { authorization: `Bearer ${PUBLIC_KEY}` }), code)
    })
  }

  for (const [code, work] of Object.entries(await workflowErrors(sluice))) {
    shown.add(code)
    await t.test(`${code}: of workflows and events`, async () => answers(await work(), code))
  }

  await t.test('the session all these were tried on is still open', async () => {
    assert.equal((await submitSealed(session, { card: CARDS.approved })).status, 201)
    await sluice.assertSound()
  })
})

test('processor_unreachable: a bank that cannot be reached, and the answer has no body', async (t) => {
  shown.add('processor_unreachable')
  const nobody = `http://localhost:${await freePort()}`
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const session_data = await sluice.seal(session, CARDS.approved)
  const { config } = sluice.ctx as { config: { urls: { simulator: string } } }
  const bank = config.urls.simulator
  config.urls.simulator = nobody
  const answer = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
  config.urls.simulator = bank
  assert.equal(answer.status, PROBLEMS.processor_unreachable.status)
  assert.equal(answer.text, '')
  const again = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
  assert.equal(again.status, 201, again.text)
})

test('payment_session_expired: a session whose time is over', async (t) => {
  shown.add('payment_session_expired')
  const sluice = await startSluice(t)
  const session = await sluice.requestSession()
  const session_data = await sluice.seal(session, CARDS.approved)
  await sluice.advance('61 minutes')
  const answer = await sluice.post(`/payment-sessions/${session.id}/submit`, { session_data })
  assert.equal(answer.status, PROBLEMS.payment_session_expired.status)
  assert.deepEqual(answer.body.error_codes, ['payment_session_expired'])
})

test('request_invalid: a body that is no object never gets as far as a schema', async (t) => {
  shown.add('request_invalid')
  const sluice = await startSluice(t)
  for (const body of ['[]', 'null', '7', '"text"']) {
    const answer = await sluice.post('/payment-sessions', body)
    assert.deepEqual([answer.status, answer.body.error_codes], [422, ['request_json_invalid']])
  }
})

test('every code on the reference page has its test', () => {
  const page = readSource('docs/reference/errors.md').matchAll(/^\| `([a-z0-9_]+)` \|/gm)
  const codes = [...page].map(([, code]) => code as string)
  assert.ok(codes.length > 450, `${codes.length} codes on the page`)
  const elsewhere = (code: string) => {
    const file =
      code.endsWith('_not_allowed') && code !== 'action_not_allowed'
        ? NOT_ALLOWED
        : SHOWN_ELSEWHERE[code as ProblemCode]
    if (file === undefined) return false
    assert.deepEqual(listFiles(file), [file])
    return readSource(file).includes(file === NOT_ALLOWED ? '_not_allowed`' : `'${code}'`)
  }
  // The words of the token endpoint are shown in packages/server/test/http/oauth.test.ts.
  const words = ['invalid_request', 'unsupported_grant_type', 'invalid_client', 'invalid_scope']
  const excused = [...words, ...Object.keys(NOT_YET), ...NEVER_ALONE]
  assert.deepEqual(
    excused.filter((code) => shown.has(code)),
    [],
    'excused and shown',
  )
  assert.deepEqual(
    codes.filter((code) => !shown.has(code) && !elsewhere(code) && !excused.includes(code)),
    [],
  )
})

/** Text that JSON cannot carry, or that is refused before any member is looked at, shows another code. */
function isJson(value: unknown): boolean {
  return !/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value) ?? '')
}

function individual() {
  return {
    type: 'individual',
    first_name: 'Ada',
    last_name: 'Lovelace',
    address: { address_line1: '1 Main St', city: 'London', zip: 'N1', country: 'GB' },
  }
}

/** A session on which the method is offered. */
function bodyFor(method: PaymentMethod): Record<string, Json> {
  const country = method.countries === 'all' ? 'GB' : (method.countries[0] ?? 'GB')
  const own = method.currencyOfCountry?.[country]
  return {
    ...SESSION_BODY,
    currency: own ?? (method.currencies === 'all' ? 'GBP' : method.currencies[0]),
    billing: { address: { country } },
    processing_channel_id: SANDBOX_CHANNEL,
    reference: 'ORD123',
    customer: { email: 'ada@example.com', name: 'Ada', phone: { country_code: '+44', number: '4155552671' } },
    shipping: { address: { address_line1: '1 Main St', city: 'London', country: 'GB' } },
    processing: { product_type: 'invoice' },
    items: [
      {
        name: 'Book',
        quantity: 1,
        unit_price: 1000,
        total_amount: 1000,
        type: 'physical',
        reference: 'B1',
        wxpay_goods_id: 'W1',
      },
    ],
  }
}

function without(body: Record<string, Json>, [name = '', ...deeper]: string[]): Record<string, Json> {
  // Not left out: `requestSession` would fill in its own.
  if (deeper.length === 0) return { ...body, [name]: undefined }
  const inner = body[name]
  return { ...body, [name]: Array.isArray(inner) ? inner.map((one) => without(one, deeper)) : without(inner, deeper) }
}
