/**
 * Whatever a client sends, nothing breaks: no 5xx, no hang, no crash, no lost session, and money adds up afterwards.
 * SLUICE_TEST_SEED repeats a run; the seed of each is told.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { JsonSchema } from '@sluice/core/wire/codes'
import { CreateSessionBody } from '@sluice/core/wire/create'
import { CompleteSessionBody, SubmitSessionBody } from '@sluice/core/wire/submit'
import { fetchSealingKeys } from '@sluice/sealing/frames-api'
import type { SealedDetails } from '@sluice/sealing/payload'
import { chooseSealingKey, seal } from '@sluice/sealing/seal'
import fc from 'fast-check'
import { CARDS } from './support/cards.ts'
import { anyForm, anySealed, mostlyPayable } from './support/hostile-bodies.ts'
import {
  anyBytes,
  anyHeaders,
  anyHeaderValue,
  anyHostileValue,
  anyId,
  anyMethod,
  anyQuery,
  anyWrongBody,
  assertEnvelope,
  closeHostile,
  type HostileRequest,
  sendHostile,
} from './support/hostile.ts'
import { assertConforms, documentOf, type OpenApi, operationAt } from './support/openapi.ts'
import { PUBLIC_KEY, SANDBOX_ENTITY, SECRET_KEY, SESSION_BODY, startSluice } from './support/sluice.ts'

const SEED = Number(process.env.SLUICE_TEST_SEED ?? randomInt(2 ** 31))
/** Each property stops here, however far it came: all of them together take about a minute. */
const PROPERTY_MS = 8_000
/** Requests at once: a server that answers one after the other is not the same server. */
const AT_ONCE = 8

const CREATE = CreateSessionBody as unknown as JsonSchema
const SUBMIT = SubmitSessionBody as unknown as JsonSchema
const COMPLETE = CompleteSessionBody as unknown as JsonSchema
const BODIES: Record<string, JsonSchema> = {
  requestPaymentSession: CREATE,
  submitPaymentSession: SUBMIT,
  completePaymentSession: COMPLETE,
}

test('hostile requests', async (t) => {
  t.diagnostic(`seed ${SEED}`)
  const sluice = await startSluice(t)
  t.after(closeHostile)
  const document = (await documentOf(sluice.urls.api)) as OpenApi
  const session = await sluice.requestSession()
  const earlier = await sluice.submit(await sluice.requestSession(), CARDS.approved)
  const ids = [session.id, earlier.body.id, SANDBOX_ENTITY]

  /** What was there before works, the server says it is well, and our books and the bank's agree. */
  async function assertUnharmed() {
    assert.equal((await sluice.get('/health/ready')).status, 200)
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).status, 200)
    const fresh = await sluice.requestSession()
    const paid = await sluice.submit(fresh, CARDS.approved)
    assert.equal(paid.status, 201, paid.text)
    await sluice.assertSound()
    assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
  }
  t.afterEach(assertUnharmed)

  async function fire(origin: string, request: HostileRequest) {
    const answer = await sendHostile(origin, request)
    const what = `${request.method} ${request.path.slice(0, 200)}`
    assertEnvelope(`${what} ${String(request.body).slice(0, 1500)}`, answer)
    return answer
  }

  await t.test('every operation of the API takes any method, id, query, header and body', async (t) => {
    const secret = { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' }
    const browser = {
      authorization: PUBLIC_KEY,
      'sluice-session-secret': session.payment_session_secret,
      'content-type': 'application/json',
    }
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ path, method: method.toUpperCase(), operationId })),
    )
    const anyCall = operations.map(({ path, method, operationId }) => {
      const form = operationId === 'createAccessToken'
      const schema = BODIES[operationId]
      const right = form ? { 'content-type': 'application/x-www-form-urlencoded' } : secret
      return fc
        .record({
          id: anyId(ids),
          query: anyQuery,
          method: anyMethod,
          headers: fc.oneof({ weight: 5, arbitrary: anyHeaders(right) }, { weight: 1, arbitrary: anyHeaders(browser) }),
          body: form
            ? anyForm()
            : anyBytes(schema ? anyWrongBody(schema) : fc.dictionary(fc.string(), anyHostileValue)),
        })
        .map(
          (made): HostileRequest => ({
            method: made.method ?? method,
            path: path.replace('{id}', made.id) + made.query,
            headers: made.headers,
            ...((made.method ?? method) !== 'GET' && { body: made.body }),
          }),
        )
    })
    await holds(t, fc.array(fc.oneof(...anyCall), { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      const answers = await Promise.all(requests.map((request) => fire(sluice.urls.api, request)))
      for (const [at, { status, headers, text }] of answers.entries()) {
        const { method, path } = requests[at] as HostileRequest
        // As written: a URL would take `..` out of the path before the server is compared with its description.
        const [written = ''] = path.split(/[?#]/, 1)
        if (!operationAt(document, method, written)) continue
        if (URL.canParse(sluice.urls.api + written) && new URL(sluice.urls.api + written).pathname !== written) continue
        assertConforms(document, { method, url: sluice.urls.api + written, status, headers, text })
      }
    })
  })

  await t.test('a session with whatever its schema allows can be read, explained and paid', async (t) => {
    const anyAttempt = fc.record({
      create: mostlyPayable(CREATE),
      overrides: fc.option(mostlyPayable(SUBMIT), { nil: {} }),
      card: fc.constantFrom(...Object.values(CARDS)),
      switches: fc.option(fc.oneof(anyHeaderValue, anyHostileValue), { nil: undefined, freq: 3 }),
    })
    let paid = 0
    await holds(t, fc.array(anyAttempt, { minLength: 4, maxLength: 4 }), (attempts) =>
      all(attempts, async ({ create, overrides, card, switches }) => {
        const metadata = switches === undefined ? {} : { metadata: { sluice_simulator: switches } }
        const made = await sluice.post('/payment-sessions', { ...create, ...metadata })
        assert.ok(made.status === 201 || made.status === 422, made.text)
        if (made.status === 422) return
        await sluice.get(`/payment-sessions/${made.body.id}/eligibility`)
        const session_data = await sluice.seal(made.body, card, {
          amount: made.body.amount,
          currency: made.body.currency,
        })
        for (const body of [{ ...overrides, session_data }, { session_data }]) {
          const answer = await sluice.post(`/payment-sessions/${made.body.id}/submit`, body)
          assert.ok(answer.status < 500, `${answer.status} to ${JSON.stringify(create)} and ${JSON.stringify(body)}`)
          if (answer.status > 202) continue
          paid += 1
          await sluice.payment(answer.body.id)
          assert.equal((await sluice.get(`/payments/${answer.body.id}/actions`)).status, 200)
        }
      }),
    )
    t.diagnostic(`${paid} attempts reached the bank`)
    assert.ok(paid > 0)
  })

  await t.test('whatever was sealed, with the right key or not, is paid or refused', async (t) => {
    const { keys, issued } = await fetchSealingKeys(sluice.urls.frames)
    const key = await chooseSealingKey(keys)
    const anyDetails = anySealed(issued)
    const mangle = fc.constantFrom<(jwe: string, at: number) => string>(
      (jwe) => jwe,
      (jwe) => jwe,
      (jwe) => jwe,
      (jwe, at) => jwe.slice(0, Math.floor(at * jwe.length)),
      (jwe, at) => jwe.slice(0, Math.floor(at * jwe.length)) + 'A' + jwe.slice(Math.floor(at * jwe.length) + 1),
      (jwe) => jwe.split('.').reverse().join('.'),
      (jwe) => `${jwe}.`,
      (jwe) => jwe.replaceAll('.', '..'),
      (jwe) => Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url') + jwe.slice(jwe.indexOf('.')),
      () => 'a.b.c.d.e',
      () => '....',
      (jwe) => jwe.repeat(20),
      (jwe) => ` ${jwe}`,
    )
    const anyTry = fc.record({
      details: anyDetails,
      mangle,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      complete: fc.boolean(),
    })
    await holds(t, fc.array(anyTry, { minLength: AT_ONCE, maxLength: AT_ONCE }), (tries) =>
      all(tries, async ({ details, mangle, at, complete }) => {
        const target = complete ? { aud: SANDBOX_ENTITY } : { sid: (await sluice.requestSession()).id }
        const sealed = await seal({ ...target, ...details } as unknown as SealedDetails, key)
        const session_data = mangle(sealed, at)
        const { billing, success_url, failure_url, amount, currency } = SESSION_BODY
        const answer = complete
          ? await sluice.post('/payment-sessions/complete', {
              session_data,
              amount,
              currency,
              billing,
              success_url,
              failure_url,
            })
          : await sluice.post(`/payment-sessions/${target.sid}/submit`, { session_data })
        assert.ok(
          [201, 202, 413, 422].includes(answer.status),
          `${answer.status} ${answer.text} to ${JSON.stringify(details)}`,
        )
      }),
    )
  })

  await t.test('the frames origin takes any request', async (t) => {
    const anyRequest = fc
      .record({
        path: fc.oneof(
          fc.constantFrom(
            '/frame/sealing-keys',
            '/',
            '/frame',
            '/frame/',
            '/metrics',
            '/payment-sessions',
            '/flow/index.js',
            '/frame/keeper',
            '/frame/sealing-audience',
          ),
          anyId(ids).map((id) => `/frame/payment-sessions/${id}`),
          anyId(ids).map((id) => `/frame/payment-sessions/${id}/submit`),
          anyId(ids).map((id) => `/frame/assets/${id}`),
          anyId(ids).map((id) => `/${id}`),
        ),
        query: anyQuery,
        method: anyMethod,
        headers: anyHeaders({ 'sluice-session-secret': session.payment_session_secret }),
        body: fc.option(anyBytes(fc.jsonValue()), { nil: undefined }),
      })
      .map(
        ({ path, query, method = 'GET', headers, body }): HostileRequest => ({
          method,
          path: path + query,
          headers,
          ...(body !== undefined && method !== 'GET' && { body }),
        }),
      )
    await holds(t, fc.array(anyRequest, { minLength: AT_ONCE, maxLength: AT_ONCE }), (requests) =>
      all(requests, (request) => fire(sluice.urls.frames, request)),
    )
  })

  await t.test('the simulator takes any request', async (t) => {
    const payment = {
      key: 'k1',
      merchant: 'hostile',
      amount: 1000,
      currency: 'GBP',
      card: { number: '4242424242424242', expiry_month: 12, expiry_year: 2030, cvv: '100' },
      return_url: 'http://localhost/returns/x',
    }
    const members = [
      ...Object.keys(payment),
      'class',
      'method',
      'three_ds',
      'risk',
      'billing',
      'locale',
      'metadata',
      'details',
      'reference',
    ]
    const anyMessage = fc
      .record({
        spoiled: fc.array(fc.tuple(fc.constantFrom(...members), anyHostileValue), { maxLength: 3 }),
        key: fc.stringMatching(/^[a-z0-9]{1,4}$/),
        merchant: fc.constantFrom('hostile', 'hostile2'),
      })
      .map(({ spoiled, key, merchant }) => ({ ...payment, key, merchant, ...Object.fromEntries(spoiled) }))
    const step = fc.constantFrom('', '/complete', '/cancel', '/captures', '/voids', '/refunds', '/reversals')
    const key = fc.oneof(fc.stringMatching(/^[a-z0-9]{1,4}$/), anyId(ids))
    const anyRequest = fc
      .record({
        path: fc.oneof(
          { weight: 3, arbitrary: fc.constant('/acquirer/payments') },
          { weight: 3, arbitrary: fc.tuple(key, step).map(([of, what]) => `/acquirer/payments/${of}${what}`) },
          anyId(ids).map((token) => `/pay/${token}`),
          anyId(ids).map((merchant) => `/statement/${merchant}/${merchant}`),
          anyId(ids).map((merchant) => `/ledger?merchant=${merchant}`),
          fc.constantFrom('/ledger?merchant=hostile&after=9', '/ledger?after=x', '/health', '/pages.css', '/'),
        ),
        query: anyQuery,
        method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'GET', 'DELETE'),
        headers: anyHeaders({ 'content-type': 'application/json', 'sluice-time': '2026-11-22T12:00:00.000Z' }),
        time: fc.oneof(
          { weight: 5, arbitrary: fc.constant({}) },
          anyHeaderValue.map((value) => ({ 'sluice-time': value })),
        ),
        body: anyBytes(anyMessage),
      })
      .map(
        ({ path, query, method, headers, time, body }): HostileRequest => ({
          method,
          path: path.includes('?') ? path : path + query,
          headers: { ...headers, ...time },
          ...(method !== 'GET' && { body }),
        }),
      )
    await holds(t, fc.array(anyRequest, { minLength: AT_ONCE, maxLength: AT_ONCE }), (requests) =>
      all(requests, async (request) => {
        const { status, text } = await sendHostile(sluice.urls.simulator, request)
        const what = `${request.method} ${request.path} ${String(request.body).slice(0, 1000)} answered ${status} ${text}`
        assert.ok(status >= 200 && status < 500, what)
      }),
    )
  })

  await t.test('a session from before all this is paid as if nothing had happened', async () => {
    const answer = await sluice.submit(session, CARDS.approved)
    assert.equal(answer.status, 201, answer.text)
    assert.equal(answer.body.status, 'Approved')
  })
})

async function holds<Value>(
  t: TestContext,
  values: fc.Arbitrary<Value>,
  claim: (value: Value) => Promise<unknown>,
): Promise<void> {
  let runs = 0
  const property = fc.asyncProperty(values, async (value) => {
    runs += 1
    await claim(value)
  })
  await fc.assert(property, { seed: SEED, numRuns: 10_000, interruptAfterTimeLimit: PROPERTY_MS, endOnFailure: true })
  t.diagnostic(`${runs} runs`)
}

/** All at once; the first that fails is told when all have ended, so that none is left running. */
async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(items.map(work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
