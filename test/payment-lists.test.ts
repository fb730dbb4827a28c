/** `GET /payments` and `POST /payments/search`: what a merchant finds of the payments it has, and that nobody else does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PAYMENT_PHASES, publicStatus } from '@sluice/core/payment'
import { type Condition, SEARCH_FIELDS } from '@sluice/core/payment-query'
import { createEntity } from '@sluice/server/operations/create-entity'
import { SANDBOX_CHANNEL } from '@sluice/server/operations/seed'
import { Checkout } from 'checkout-sdk-node'
import fc from 'fast-check'
import { CARDS } from './support/cards.ts'
import { freshDatabase15 } from './support/database.ts'
import { readSource } from './support/sources.ts'
import { client, eventually, type Json, PUBLIC_KEY, SECRET_KEY, type Sluice, startSluice } from './support/sluice.ts'

type Calls = ReturnType<typeof client>

/** A payment that is made, with the members given to its session. */
async function pay(calls: Calls, members: Record<string, unknown> = {}, card: keyof typeof CARDS = 'approved') {
  const paid = await calls.submit(await calls.requestSession(members), CARDS[card])
  assert.ok(paid.status < 300, paid.text)
  return paid.body.id as string
}

async function found(calls: Calls, query: string, members: object = {}): Promise<string[]> {
  const answer = await calls.post('/payments/search', { query, limit: 100, ...members })
  assert.equal(answer.status, 200, `${query}: ${answer.text}`)
  return answer.body.data.map(({ id }: Json) => id)
}

/** Every page from the first to the last. */
async function allPages(calls: Calls, body: object, between?: () => Promise<unknown>): Promise<string[][]> {
  const pages: string[][] = []
  for (let path: string | undefined = '/payments/search'; path; ) {
    const { status, text, body: page } = await calls.post(path, body)
    assert.equal(status, 200, text)
    pages.push(page.data.map(({ id }: Json) => id))
    path = page._links.next?.href
    await between?.()
  }
  return pages
}

/** Payments of all kinds by a name for each; nothing of them changes any more. */
async function somePayments(sluice: Sluice) {
  const customer = { email: 'Ada@Example.com', name: 'Ada Lovelace' }
  const ids = {
    captured: await pay(sluice, { reference: "it's 100% \\ done", customer }),
    held: await pay(sluice, { amount: 2500, capture: false, reference: 'HELD' }),
    declined: await pay(sluice, { reference: 'DECLINED' }, 'declined'),
    yen: await pay(sluice, { amount: 1200, currency: 'JPY', capture: false, reference: 'HELD' }),
    amex: await pay(sluice, { amount: 300, capture: false, reference: undefined }, 'amex'),
  }
  await eventually(async () => (await sluice.payment(ids.captured)).status === 'Captured')
  return ids
}

test('a merchant lists and searches payments', async (t) => {
  const sluice = await startSluice(t)
  const ids = await somePayments(sluice)
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  const named = async (query: string, members?: object) =>
    (await found(sluice, query, members)).map((id) => names.get(id)).join(' ')

  await t.test('the list is the latest first, by page and by reference', async () => {
    const { body } = await sluice.get('/payments')
    const { data, ...page } = body
    assert.deepEqual(page, { limit: 10, skip: 0, total_count: 5 })
    assert.deepEqual(
      data.map(({ id }: Json) => id),
      Object.values(ids).toReversed(),
    )
    assert.deepEqual(data.at(-1), await sluice.payment(ids.captured), 'each as it is by itself')
    const middle = (await sluice.get('/payments?limit=2&skip=1')).body
    assert.deepEqual(
      middle.data.map(({ id }: Json) => id),
      [ids.yen, ids.declined],
    )
    const held = (await sluice.get('/payments?reference=HELD&limit=1')).body
    assert.deepEqual([held.total_count, held.data[0].id], [2, ids.yen])
    const none = (await sluice.get('/payments?skip=5')).body
    assert.deepEqual([none.total_count, none.data], [5, []])
    assert.equal((await sluice.get('/payments?reference=nothing')).body.total_count, 0)
  })

  await t.test('paging_limit_invalid: a page that is none', async () => {
    for (const page of ['limit=0', 'limit=101', 'limit=x', 'limit=1e1', 'skip=-1', 'skip=1000001', 'limit=1&limit=2']) {
      const { status, body } = await sluice.get(`/payments?${page}`)
      assert.deepEqual([status, body.error_codes], [422, ['paging_limit_invalid']], page)
    }
    const { status, body } = await sluice.get('/payments?reference=%00')
    assert.deepEqual([status, body.error_codes], [422, ['reference_invalid']])
  })

  await t.test('a query finds what it describes', async () => {
    const payment = await sluice.payment(ids.captured)
    const cases: [string, string][] = [
      ['', 'amex yen declined held captured'],
      [`id:'${ids.yen}'`, 'yen'],
      [`id:'${ids.yen}' AND currency:GBP`, ''],
      ["id:'pay_nothing'", ''],
      [`id!='${ids.yen}' AND NOT id:'${ids.amex}'`, 'declined held captured'],
      ["reference:'HELD'", 'yen held'],
      [String.raw`reference:'it\'s 100% \\ done'`, 'captured'],
      ["reference!='HELD'", 'amex declined captured'],
      ["status:'Captured'", 'captured'],
      ['status:authorized OR status:declined', 'amex yen declined held'],
      ['amount>1000', 'yen held'],
      ['amount>=300 AND amount<=1000', 'amex declined captured'],
      ['currency:jpy', 'yen'],
      ["customer.email:'ada@EXAMPLE.com'", 'captured'],
      [`customer.id:'${payment.customer.id}'`, 'captured'],
      ['source.last4:4564', 'amex'],
      [`source.bin:'${payment.source.bin}' AND reference:HELD`, 'yen held'],
      [`source.fingerprint:'${payment.source.fingerprint}' AND amount<2000`, 'yen captured'],
      ["card.scheme:'visa' AND NOT (status:Declined OR amount:2500)", 'yen captured'],
      [`processing_channel_id:'${SANDBOX_CHANNEL}'`, 'amex yen declined held captured'],
      [`payment_session_id:'${payment.metadata.cko_payment_session_id}'`, 'captured'],
      [`requested_on:'${payment.requested_on}' AND reference!=HELD AND amount:1000 AND status:Captured`, 'captured'],
      ["requested_on>'2999-01-01T00:00:00Z'", ''],
      ["response_code:'20005'", 'declined'],
    ]
    for (const [query, expected] of cases) assert.equal(await named(query), expected, query)
  })

  await t.test('a range ends now and begins a year before, if nobody says otherwise', async () => {
    const { requested_on } = await sluice.payment(ids.declined)
    assert.equal(await named('', { from: requested_on }), 'amex yen declined')
    assert.equal(await named('', { to: requested_on }), 'declined held captured')
    assert.equal(await named('', { from: requested_on, to: requested_on }), 'declined')
    const year = { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' }
    assert.equal(await named('', year), '')
    const codes = async (body: object) => (await sluice.post('/payments/search', body)).body.error_codes
    assert.deepEqual(await codes({ ...year, to: '2021-01-03T00:00:00Z' }), ['from_invalid'])
    assert.deepEqual(await codes({ from: year.to, to: year.from }), ['to_invalid'])
    assert.deepEqual(await codes({ from: 'yesterday', limit: 1001, query: 7 }), [
      'query_invalid',
      'limit_invalid',
      'from_invalid',
    ])
  })

  await t.test('query_invalid: a query that cannot be read is answered with its place', async () => {
    const { status, body } = await sluice.post('/payments/search', { query: "status:'Captured' AND colour:'red'" })
    assert.equal(status, 422)
    assert.deepEqual(body.error_codes, ['query_invalid'])
    assert.deepEqual(body.query_error, { position: 23, message: 'there is no such field' })
    const hostile = ["reference:'x'; drop table payments", "' or 1=1 --", "reference:'x') or (1=1", 'id:$1']
    for (const query of hostile) {
      const answer = await sluice.post('/payments/search', { query })
      assert.ok(answer.status === 422 || answer.body.data.length === 0, `${query}: ${answer.text}`)
    }
    assert.equal(await named(String.raw`reference:"' or 1=1 --" OR reference:"\\'); drop table payments; --"`), '')
    assert.deepEqual((await sluice.post('/payments/search', { query: 'x'.repeat(5000) })).body.error_codes, [
      'query_invalid',
    ])
  })

  await t.test('the official SDK lists and searches', async () => {
    const sdk: Json = new Checkout(SECRET_KEY, { pk: PUBLIC_KEY, host: sluice.urls.api })
    const list = await sdk.payments.getPaymentList({ limit: 1, skip: 1, reference: 'HELD' })
    assert.deepEqual([list.total_count, list.data[0].id], [2, ids.held])
    const { data } = await sdk.payments.search({ query: `id:'${ids.yen}'`, limit: 10 })
    assert.equal(data[0].amount, 1200)
    await assert.rejects(sdk.payments.search({ query: 'id' }), (error: Json) => {
      return error.http_code === 422 && error.body.error_codes[0] === 'query_invalid'
    })
  })
  await sluice.assertSound()
})

test('pages stay right while payments are made', async (t) => {
  const sluice = await startSluice(t)
  const before: string[] = []
  for (let made = 0; made < 7; made++) before.unshift(await pay(sluice, { reference: `R${made}` }))
  let later = 0
  const pages = await allPages(sluice, { limit: 2 }, async () => {
    if (later++ < 3) await pay(sluice, { reference: 'LATER' })
  })
  assert.deepEqual(pages.flat(), before)
  assert.deepEqual(
    pages.map(({ length }) => length),
    [2, 2, 2, 1],
  )
  assert.deepEqual(await allPages(sluice, { query: 'reference:LATER', limit: 3 }), [
    await found(sluice, 'reference:LATER'),
  ])

  await sluice.post('/sandbox/clock', { freeze: true })
  const twins: string[] = []
  for (let made = 0; made < 4; made++) twins.unshift(await pay(sluice, { reference: 'TWIN' }))
  const paged = (await allPages(sluice, { query: 'NOT reference:LATER', limit: 1 })).flat()
  assert.deepEqual(paged.slice(4), before)
  assert.deepEqual(paged.slice(0, 4), twins, 'made at one moment: the later id first')

  await t.test('cursor_invalid: a cursor belongs to its search', async () => {
    const body = { query: 'amount>0', limit: 2 }
    const { next } = (await sluice.post('/payments/search', body)).body._links
    assert.equal((await sluice.post(next.href, { ...body, limit: 1 })).status, 200, 'the page may be of another length')
    const others = [{ ...body, query: 'amount>1' }, { limit: 2 }, { ...body, from: '2026-01-01T00:00:00Z' }]
    const { body: world } = await sluice.post('/sandbox/worlds', {})
    const stranger = client(sluice.urls, world.secret_key)
    const answers = [
      ...others.map((other) => sluice.post(next.href, other)),
      stranger.post(next.href, body),
      sluice.post(`${next.href.slice(0, -4)}AAAA`, body),
      sluice.post('/payments/search?cursor=x', body),
      sluice.post('/payments/search?cursor=x&cursor=y', body),
    ]
    for (const { status, body } of await Promise.all(answers)) {
      assert.deepEqual([status, body.error_codes], [422, ['cursor_invalid']])
    }
  })
})

test('what hardly anything matches is looked for in bounded rounds, and in the end found', async (t) => {
  const sluice = await startSluice(t)
  const first = await pay(sluice, { reference: 'NEEDLE', customer: { email: 'needle@example.com', name: 'N' } })
  await eventually(async () => (await sluice.payment(first)).status === 'Captured')
  // Thirty thousand later payments: more than one answer looks at.
  for (let from = 1; from < 40_000; from += 5_000) {
    await sluice.ctx.store.db.query({
      name: 'fill_payments_of_test',
      text: `insert into payments (entity_key, id, session_id, channel_id, phase, method, currency, requested, nonce,
               fingerprint, processor, source, request, requested_on)
             select p.entity_key, gen_random_uuid(), gen_random_uuid(), p.channel_id, 'declined', p.method, p.currency, 1,
               gen_random_uuid(), decode(md5(n::text), 'hex'), p.processor, p.source, '{}',
               p.requested_on + n * interval '1 microsecond'
               from payments p cross join generate_series($1::int, $1 + 4999) n where p.phase = 'authorized'`,
      values: [from],
    })
  }
  const body = { query: "customer.email:'needle@example.com'", limit: 5 }
  const pages = await allPages(sluice, body)
  assert.deepEqual(pages, [[], [first]])
  const long = Array.from({ length: 33 }, (_, n) => `(last4:a OR customer.name:${n} OR status:Captured)`).join(' AND ')
  const answer = await sluice.post('/payments/search', { query: `NOT (${long}) AND amount:1000` })
  assert.deepEqual([answer.status, answer.body.data], [200, []])
  assert.ok(answer.body._links.next, 'it looks at less, and says so')
  assert.deepEqual(await found(sluice, 'reference:NEEDLE'), [first])
  const { body: list } = await sluice.get('/payments?limit=1&skip=40000')
  assert.deepEqual([list.total_count, list.data[0].id], [40_001, first])
})

test('a key sees the payments of its merchant and its channels, and needs the scope', async (t) => {
  const sluice = await startSluice(t)
  const { body: world } = await sluice.post('/sandbox/worlds', { name: 'Two channels' })
  const whole = client(sluice.urls, world.secret_key)
  const second = await createEntity(sluice.ctx, { name: 'Two channels', channel: 'second' })
  const part = client(sluice.urls, second.keys.secret)
  const [theirs, first, other] = [
    await pay(sluice),
    await pay(whole, { processing_channel_id: world.processing_channel_id }),
    await pay(part),
  ]
  const listed = async (calls: Calls, reference = '') => {
    const { data, total_count } = (await calls.get(`/payments${reference}`)).body
    assert.equal(total_count, data.length)
    return data.map(({ id }: Json) => id)
  }
  for (const [calls, seen, unseen] of [
    [whole, [other, first], [theirs]],
    [part, [other], [theirs, first]],
    [sluice, [theirs], [first, other]],
  ] as const) {
    assert.deepEqual(await listed(calls), seen)
    assert.deepEqual(await listed(calls, '?reference=ORD-123A'), seen)
    assert.deepEqual(await found(calls, ''), seen)
    assert.deepEqual(await found(calls, 'reference:ORD-123A'), seen)
    for (const id of unseen) assert.deepEqual(await found(calls, `id:'${id}'`), [])
  }

  const tokenFor = async (scope: string) => {
    const form = `grant_type=client_credentials&scope=${scope}&client_id=ack_sluicesandboxclientid22224&client_secret=sluice-sandbox-client-secret`
    const headers = { authorization: '', 'content-type': 'application/x-www-form-urlencoded' }
    return { authorization: `Bearer ${(await sluice.post('/connect/token', form, headers)).body.access_token}` }
  }
  const may = async (scope: string) => {
    const headers = await tokenFor(scope)
    const answers = [await sluice.get('/payments', headers), await sluice.post('/payments/search', {}, headers)]
    return answers.map(({ status }) => status)
  }
  assert.deepEqual(await may('payments:search'), [403, 200])
  assert.deepEqual(await may('gateway:payment-details'), [200, 403])
  assert.deepEqual(await may('gateway'), [200, 403])
  assert.deepEqual(await may('payment-sessions'), [200, 403])
})

const small = fc.integer({ min: 0, max: 2 })
const FACTS = fc.record({
  reference: fc.option(fc.constantFrom('a', 'b', 'c')),
  amount: small,
  processed_on: fc.option(small),
})
type Facts = Record<string, string | number | null>

const { condition: CONDITION } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      is: fc.constant('comparison' as const),
      field: fc.constant('reference' as const),
      comparator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.constantFrom('a', 'b', 'c'),
    }),
    fc.record({
      is: fc.constant('comparison' as const),
      field: fc.constantFrom('amount' as const, 'processed_on' as const),
      comparator: fc.constantFrom(
        '=' as const,
        '!=' as const,
        '<' as const,
        '<=' as const,
        '>' as const,
        '>=' as const,
      ),
      value: small,
    }),
    fc.record({ is: fc.constant('not' as const), part: tie('condition') }),
    fc.record({
      is: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('condition'), { maxLength: 3 }),
    }),
  ),
}))

/** What the database has to say of a condition. */
function holds(condition: Condition, facts: Facts): boolean {
  if (condition.is === 'not') return !holds(condition.part, facts)
  if (condition.is !== 'comparison') {
    const judged = condition.parts.map((part) => holds(part, facts))
    return condition.is === 'all' ? !judged.includes(false) : judged.includes(true)
  }
  const { comparator, value } = condition
  const known = facts[condition.field] ?? null
  if (known === null) return comparator === '!='
  const order = known < value ? '<' : known > value ? '>' : '='
  return comparator === '!=' ? order !== '=' : comparator.includes(order)
}

for (const version of [18, 15]) {
  test(`a search judges as it says, and by the status that is shown, on PostgreSQL ${version}`, async (t) => {
    const databaseUrl = version === 15 ? await freshDatabase15(t) : undefined
    if (version === 15 && databaseUrl === undefined) return t.diagnostic('there is no PostgreSQL 15 on this machine')
    const sluice = await startSluice(t, databaseUrl === undefined ? {} : { config: { databaseUrl } })
    const id = await pay(sluice, { reference: 'R' })
    assert.deepEqual(await found(sluice, 'reference:R AND status!=Declined'), [id])
    assert.deepEqual(await found(sluice, 'amount:1000 AND NOT currency:EUR'), [id])
    assert.deepEqual(await found(sluice, `id:'${id}' AND (amount<1 OR source.scheme:visa)`), [id])
    for (const path of ['/payments', '/payments?reference=R']) {
      assert.equal((await sluice.get(path)).body.data[0].id, id)
    }
    const { rows } = await sluice.ctx.store.db.query<Json>({
      name: 'statuses_of_test',
      text: `select phase, a as authorized, c as captured, v as voided, ri as refunding, rd as refunded,
                    payment_status(phase, a, c, v, ri, rd) as status
               from unnest($1::text[]) phase, generate_series(0, 2) a, generate_series(0, a) c,
                    generate_series(0, a - c) v, generate_series(0, c) rd, generate_series(0, c - rd) ri`,
      values: [PAYMENT_PHASES],
    })
    assert.ok(rows.length > 200)
    for (const { phase, status, ...amounts } of rows) {
      assert.equal(status, publicStatus(phase, amounts), JSON.stringify({ phase, amounts }))
    }

    const tried = fc.sample(fc.tuple(CONDITION, FACTS), 500)
    const { rows: judged } = await sluice.ctx.store.db.query<Json>({
      name: 'judge_of_test',
      text: `select payment_holds(t -> 0, t -> 1) as holds from jsonb_array_elements($1::jsonb) with ordinality as w (t, n)
              order by n`,
      values: [JSON.stringify(tried)],
    })
    assert.equal(new Set(judged.map(({ holds }) => holds)).size, 2, 'some hold and some do not')
    for (const [at, [condition, facts]] of tried.entries()) {
      assert.equal(judged[at].holds, holds(condition, facts), JSON.stringify({ condition, facts }))
    }
  })
}

test('the page of the search lists its fields', () => {
  const page = readSource('docs/reference/payment-search.md')
  const [, table = ''] = page.split('| field | value |')
  const fields = [...table.matchAll(/^\| `([a-z0-9_.]+)` \|/gm)].map(([, field]) => field)
  assert.deepEqual(fields, SEARCH_FIELDS)
})
