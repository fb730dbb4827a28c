/**
 * No secret stays anywhere: recognisable ones go through every route and many failures, and then everything the server
 * wrote is searched: its log at level trace, its metrics, its error answers, both databases and every file on the disk.
 */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { randomBytes, randomInt } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, test } from 'node:test'
import { startEmbeddedPostgres } from '@sluice/cli/embedded-postgres'
import { makeSessionlessData } from '@sluice/sealing/make'
import { type Config, readConfig } from '@sluice/server/config'
import { startSimulator } from '@sluice/simulator/main'
import pg from 'pg'
import pino from 'pino'
import type { FromServer, ToServer } from './crash/server.ts'
import { canaryNumber, encodingsOf, type Find, searchFor } from './support/canary.ts'
import { CARDS } from './support/cards.ts'
import { type Answer, client, eventually, freePort, type Json, SECRET_KEY, SESSION_BODY } from './support/sluice.ts'

/** Looks like a key and opens nothing: what a caller holds who mixed his keys up. */
const STRAY_KEY = `sk_sbox_${letters(27)}`
const NUMBERS = {
  'a card number that is paid with': canaryNumber('4929', randomInt(1e9)),
  'a card number that is kept on file': canaryNumber('5436', randomInt(1e9)),
  'a card number where none belongs': canaryNumber('4716', randomInt(1e9)),
  'a card number that a token stands for': canaryNumber('4485', randomInt(1e9)),
}
const [PAID, KEPT, ASTRAY, TOKENIZED] = Object.values(NUMBERS) as [string, string, string, string]
/** A security code is too short to be told from other digits; a wrong one may be longer, and a right one has a name. */
const LONG_CVV = `Zq${randomInt(1e7)}`.padEnd(10, 'x')
const CVV = '7391'
const NAMED_CVV = /(?:cvv2?|cvc2?|cid|csc|security_?code)\W{1,8}7391\b/i

test('no secret is in any log, metric, error, table or file', async (t) => {
  const house = await startHouse(t)
  const { body: world } = await house.any.post('/sandbox/worlds', { name: 'Secrets' })
  const calls = client(house.config.urls, world.secret_key)
  const secrets: Record<string, string> = {
    ...NUMBERS,
    'a security code': LONG_CVV,
    'a secret key': world.secret_key,
    'a key that opens nothing': STRAY_KEY,
    'a client secret': world.client_secret,
    'Basic credentials': Buffer.from(`${world.client_id}:${world.client_secret}`).toString('base64'),
  }
  const refusals: string[] = []
  const heard = (answer: Answer) => {
    if (answer.status >= 400) refusals.push(answer.text, [...answer.headers].join('\n'))
    return answer
  }

  await useEveryRoute(house, calls, world, secrets, heard)
  await failInManyWays(house, calls, secrets, heard)
  const metrics = (await calls.get('/metrics')).text
  await house.stop()
  // No client could send these; they must not come out all the same.
  secrets['the password of the database'] = new URL(house.config.databaseUrl as string).password
  secrets['the master key'] = readFileSync(join(house.dataDir, 'master.key'), 'utf8').trim()

  const search = searchFor(secrets)
  const places: Record<string, Buffer | string> = {
    'the log of the server': house.log(),
    'the log of the simulator': house.simulatorLog(),
    metrics,
    'error answers': refusals.join('\n'),
    ...(await house.tables()),
  }

  await t.test('the search finds what is there, however it is written', async () => {
    for (const [name, secret] of Object.entries(secrets)) {
      for (const [encoding, written] of Object.entries(encodingsOf(secret))) {
        const planted = Buffer.concat([randomBytes(20), Buffer.from(written), randomBytes(20)])
        assert.ok(
          search('', planted).some((find) => find.secret === name && find.encoding === encoding),
          `${name} as ${encoding}`,
        )
      }
    }
    assert.match('"cvv": "7391"', NAMED_CVV)
  })

  await t.test('everything that should have been written was', () => {
    assert.ok(house.log().split('\n').length > 60, `${house.log().split('\n').length} lines of log`)
    assert.match(house.log(), /"level":(40|50)/)
    assert.ok(refusals.length > 40, `${refusals.length} refusals`)
    assert.match(JSON.stringify(places), /payment_sessions/)
    const tables = Object.keys(places).filter((place) => place.startsWith('table '))
    assert.ok(tables.length > 15, String(tables))
    assert.match(places['table processor_calls of sluice'] as string, /authorize/)
    assert.match(places['table instruments of sluice'] as string, /5436/)
  })

  await t.test('logs, metrics, error answers and tables hold none', () => {
    const finds = Object.entries(places).flatMap(([where, content]) => search(where, content))
    assert.deepEqual(finds, [])
    for (const [where, content] of Object.entries(places)) assert.doesNotMatch(String(content), NAMED_CVV, where)
  })

  await t.test(
    'no file on the disk does: not the database’s, not its write-ahead log, not the data folder’s',
    async () => {
      await house.stopDatabase()
      const { finds, files, walBytes } = searchFolders([house.databaseDir, house.dataDir], search)
      assert.ok(files > 500 && walBytes > 1_000_000, `${files} files, ${walBytes} bytes of write-ahead log`)
      // Its own password is how the server knows its clients; the master key is where it belongs.
      const expected = (find: Find) =>
        (find.secret === 'the master key' && find.where.endsWith('/master.key')) ||
        (find.secret === 'the password of the database' && !find.where.includes('pg_wal'))
      assert.deepEqual(
        finds.filter((find) => !expected(find)),
        [],
      )
    },
  )

  await t.test('what is planted in a table is found in table, file and write-ahead log', async () => {
    await house.startDatabase()
    await house.withDatabase((db) => db.query('create table leak as select $1::text as note', [`card ${PAID}.`]))
    const tables = await house.tables()
    assert.deepEqual(search('table', tables['table leak of sluice'] as string)[0]?.encoding, 'plain')
    await house.stopDatabase()
    const { finds } = searchFolders([house.databaseDir], search)
    const places = finds.filter(({ secret }) => secret in NUMBERS).map(({ where }) => where)
    assert.ok(
      places.some((where) => where.includes('pg_wal')) && places.some((where) => where.includes('/base/')),
      String(places),
    )
  })
})

type House = Awaited<ReturnType<typeof startHouse>>
type Calls = ReturnType<typeof client>

async function useEveryRoute(
  { config, any }: House,
  calls: Calls,
  world: Json,
  secrets: Record<string, string>,
  heard: (answer: Answer) => Answer,
) {
  const holder = { expiry_month: 12, expiry_year: 2030, name: 'Ada Lovelace' }
  const paid = { ...holder, number: PAID, cvv: '739' }
  const session = await calls.requestSession({ '3ds': { enabled: false }, customer: { email: 'ada@example.com' } })
  secrets['a session secret'] = session.payment_session_secret
  secrets['a session token'] = session['payment_session_token'] as string
  secrets['session_data'] = await calls.seal(session, paid)
  const body = { session_data: secrets['session_data'] }
  const submitted = heard(
    await calls.post(`/payment-sessions/${session.id}/submit`, body, { 'cko-idempotency-key': 'k1' }),
  )
  assert.equal(submitted.status, 201, submitted.text)
  heard(await calls.post(`/payment-sessions/${session.id}/submit`, body))
  heard(await calls.post(`/payment-sessions/${session.id}/submit`, { ...body, reference: 'changed' }))
  await eventually(async () => (await calls.payment(submitted.body.id)).status === 'Captured')

  const keep = {
    payment_method_configuration: { card: { store_payment_details: 'enabled' } },
    customer: { email: 'ada@example.com' },
  }
  const kept = await calls.submit(await calls.requestSession(keep), { ...holder, number: KEPT, cvv: '739' })
  const { source, customer } = await calls.payment(kept.body.id)
  assert.ok(source.id, 'the card is kept')
  await calls.requestSession({ payment_method_configuration: { stored_card: { customer_id: customer.id } } })
  await calls.submit(await calls.requestSession(), { ...CARDS.amex, cvv: CVV })
  const challenged = await calls.requestSession({ '3ds': { enabled: true } })
  await calls.submit(challenged, { ...paid, cvv: '739' })

  const { reference: _, ...complete } = SESSION_BODY
  const sealed = await makeSessionlessData({
    framesUrl: config.urls.frames,
    entityId: world.entity_id,
    card: paid,
    amount: 1000,
    currency: 'GBP',
  })
  const completed = heard(
    await calls.post(
      '/payment-sessions/complete',
      { ...complete, session_data: sealed },
      { 'cko-idempotency-key': 'k2' },
    ),
  )
  assert.equal(completed.status, 201, completed.text)
  secrets['the secret of a completed session'] = completed.body.payment_session_secret
  secrets['session_data of complete'] = sealed

  const browser = { authorization: world.public_key, 'sluice-session-secret': session.payment_session_secret }
  for (const path of [
    `/payment-sessions/${session.id}`,
    `/payment-sessions/${session.id}/eligibility`,
    `/payments/${submitted.body.id}`,
    `/payments/${submitted.body.id}/actions`,
    '/.well-known/jwks.json',
    '/openapi.json',
  ]) {
    heard(await calls.get(path))
    heard(await calls.get(path, browser))
  }
  heard(
    await calls.get(`${config.urls.frames}/frame/payment-sessions/${session.id}`, {
      authorization: world.public_key,
      'sluice-session-secret': session.payment_session_secret,
    }),
  )

  const asPage = { authorization: world.public_key, 'cko-idempotency-key': 'k3' }
  for (const origin of [config.urls.api, config.urls.frames]) {
    const tokenized = heard(
      await calls.post(`${origin}/tokens`, { type: 'card', ...holder, number: TOKENIZED }, asPage),
    )
    secrets[`a token of ${origin}`] = tokenized.body.token
    heard(await calls.post(`${origin}/tokens`, { type: 'cvv', token_data: { cvv: CVV } }, asPage))
    heard(await calls.post(`${origin}/tokens`, { type: 'card', number: TOKENIZED, cvv: LONG_CVV }, asPage))
    heard(await calls.get(`${origin}/tokens/${tokenized.body.token}/metadata`))
  }

  const form = { authorization: '', 'content-type': 'application/x-www-form-urlencoded' }
  const { client_id, client_secret } = world
  const token = heard(
    await any.post(
      '/connect/token',
      new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString(),
      form,
    ),
  )
  secrets['an access token'] = token.body.access_token
  const basic = { ...form, authorization: `Basic ${secrets['Basic credentials']}` }
  assert.equal(heard(await any.post('/connect/token', 'grant_type=client_credentials', basic)).status, 200)
  assert.equal(
    heard(await any.post('/connect/token', 'grant_type=client_credentials&scope=nonsense', basic)).status,
    400,
  )
  assert.equal(
    heard(await calls.get(`/payment-sessions/${session.id}`, { authorization: `Bearer ${token.body.access_token}` }))
      .status,
    200,
  )
}

async function failInManyWays(
  house: House,
  calls: Calls,
  secrets: Record<string, string>,
  heard: (answer: Answer) => Answer,
) {
  const session = await calls.requestSession()
  const path = `/payment-sessions/${session.id}`
  const everything = Object.values(secrets)
  const text = everything.join(' ')
  for (const secret of everything) {
    for (const headers of [
      { authorization: secret },
      { authorization: `Bearer ${secret}` },
      { 'user-agent': secret },
      { 'cko-idempotency-key': secret.slice(0, 255) },
      { 'sluice-session-secret': secret, authorization: 'pk_sbox_sluicesandboxpublickey22222' },
    ]) {
      heard(await calls.get(path, headers))
      heard(await calls.post('/payment-sessions', { amount: secret }, headers))
    }
    heard(await calls.get(`/payments/${encodeURIComponent(secret.slice(0, 200))}`))
    heard(await calls.get(`/returns/${encodeURIComponent(secret.slice(0, 200))}`))
    heard(
      await calls.get(`/no-such-path/${encodeURIComponent(secret.slice(0, 200))}?key=${encodeURIComponent(secret)}`),
    )
    heard(
      await calls.get(
        `${house.config.urls.frames}/frame/payment-sessions/${encodeURIComponent(secret.slice(0, 90))}?x=${encodeURIComponent(secret)}`,
        { 'sluice-session-secret': secret },
      ),
    )
    heard(await calls.post(`${path}/submit`, { session_data: secret }))
    heard(
      await calls.post(`${path}/submit`, {
        session_data: { secret },
        [secret]: secret,
        card: { number: secret, cvv: LONG_CVV },
      }),
    )
    heard(await calls.post('/payment-sessions', `{"amount":"${secret}"`))
    heard(await calls.post('/payment-sessions', `{"a":"${secret}","a":1}`))
    heard(await calls.post('/payment-sessions', secret, { 'content-type': 'text/plain' }))
    heard(
      await calls.post(
        '/connect/token',
        `grant_type=${encodeURIComponent(secret)}&client_secret=${encodeURIComponent(secret)}`,
        { 'content-type': 'application/x-www-form-urlencoded' },
      ),
    )
    heard(
      await calls.post('/sandbox/worlds', {
        name: secret.repeat(4),
        [secret]: secret,
        channel: { settings: { class: secret } },
      }),
    )
  }
  for (const members of [
    { reference: ASTRAY },
    { description: `card ${ASTRAY} cvv ${CVV}` },
    { metadata: { [ASTRAY]: 'x' } },
    { metadata: { note: ASTRAY } },
    { card: { number: ASTRAY, cvv: CVV }, [ASTRAY]: { [ASTRAY]: ASTRAY } },
    { amount: -1, success_url: `javascript:${text}`, failure_url: `https://${world(text)}` },
    { customer: { name: ASTRAY, email: 'ada' } },
  ]) {
    heard(await calls.post('/payment-sessions', { ...SESSION_BODY, ...members }))
    heard(await calls.post(`${path}/submit`, { session_data: secrets['session_data'], ...members }))
  }
  for (const wrong of [{ name: ASTRAY }, { cvv: LONG_CVV }, { number: ASTRAY.slice(0, -1) }, { expiry_year: 2001 }]) {
    const card = { number: ASTRAY, expiry_month: 12, expiry_year: 2030, cvv: '739', ...wrong }
    heard(await calls.post(`${path}/submit`, { session_data: await calls.seal(session, card) }))
  }

  // Banks that fail, each in its own way; what they echo is masked.
  for (const fault of ['garbled', 'http_500', 'drop_after_booking', 'unknown_code', 'drop_before_booking']) {
    const doomed = await calls.requestSession({ metadata: { sluice_simulator: fault } })
    const paid = { number: PAID, expiry_month: 12, expiry_year: 2030, cvv: '739' }
    assert.equal(heard(await calls.submit(doomed, paid)).status, 202, fault)
  }

  // A database that fails under the request: a lock it cannot get, and connections that are cut.
  const paid = { number: PAID, expiry_month: 12, expiry_year: 2030, cvv: '739' }
  const ready = await Promise.all(Array.from({ length: 4 }, () => calls.requestSession()))
  const sealed = await Promise.all(ready.map((one) => calls.seal(one, paid)))
  await house.withDatabase(async (db) => {
    await db.query('begin')
    await db.query('lock table payments in access exclusive mode')
    const blocked = ready.map((one, at) =>
      calls.post(`/payment-sessions/${one.id}/submit`, { session_data: sealed[at] }),
    )
    for (const answer of await Promise.all(blocked)) assert.equal(heard(answer).status, 503, answer.text)
    await db.query('rollback')
    await db.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice'`)
  })
  await sleep(200)
  heard(await calls.get(path))

  await house.closeSimulator()
  const unreachable = await calls.requestSession()
  const answer = heard(await calls.submit(unreachable, paid))
  assert.equal(answer.status, 502, answer.text)
}

/** A Sluice in a process of its own, whose output is kept, on a database server of its own, whose files can be read. */
async function startHouse(t: TestContext) {
  const databaseDir = mkdtempSync(join(tmpdir(), 'sluice-secrets-db-'))
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-secrets-data-'))
  // Uncompressed, so that what is written can be read.
  const settings = { fsync: 'off', wal_compression: 'off', log_min_messages: 'debug1', log_statement: 'none' }
  const startDatabase = () => startEmbeddedPostgres({ dataDir: databaseDir, log: () => {}, settings })
  let postgres = await startDatabase()
  const stops: (() => unknown)[] = [
    () => rmSync(databaseDir, { recursive: true, force: true }),
    () => rmSync(dataDir, { recursive: true, force: true }),
    () => postgres.stop('immediate'),
  ]
  t.after(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  await onDatabase(postgres.url('postgres'), async (db) => {
    await db.query('create database house')
    await db.query('create database bank')
  })
  const [api, frames, simulatorPort] = await Promise.all([freePort(), freePort(), freePort()])
  const base = readConfig({ SLUICE_LOG_LEVEL: 'trace', SLUICE_DATA_DIR: dataDir })
  const config: Config = {
    ...base,
    databaseUrl: postgres.url('house'),
    limits: { ...base.limits, perKeyPerSecond: 100_000, perAddressPerSecond: 100_000 },
    ports: { ...base.ports, api, frames, simulator: simulatorPort },
    urls: {
      ...base.urls,
      api: `http://localhost:${api}`,
      frames: `http://localhost:${frames}`,
      simulator: `http://localhost:${simulatorPort}`,
    },
  }
  let simulatorLog = ''
  const simulator = await startSimulator({
    listen: '127.0.0.1',
    port: simulatorPort,
    url: config.urls.simulator,
    databaseUrl: postgres.url('bank'),
    hosts: [],
    log: pino({ level: 'trace' }, { write: (line: string) => void (simulatorLog += line) }),
  })
  let simulatorOpen = true
  const child = fork(new URL('./crash/server.ts', import.meta.url), { execArgv: [], silent: true })
  const gone = once(child, 'exit')
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => void (log += chunk.toString('latin1')))
  const listening = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromServer) => {
      if (message.state === 'listening') resolve()
      if (message.state === 'failed') reject(new Error(message.why))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${log}`)))
  })
  child.send({ start: { config, jobs: true, holdAt: undefined } } satisfies ToServer)

  async function closeSimulator() {
    if (simulatorOpen) await simulator.close()
    simulatorOpen = false
  }
  async function stop() {
    if (child.connected) child.disconnect()
    await gone
    await closeSimulator()
  }
  stops.push(stop)
  await listening
  return {
    config,
    databaseDir,
    dataDir,
    tables: () => tablesOf({ sluice: postgres.url('house'), bank: postgres.url('bank') }),
    any: client(config.urls, SECRET_KEY),
    log: () => log,
    simulatorLog: () => simulatorLog,
    closeSimulator,
    stop,
    withDatabase: (work: (db: pg.Client) => Promise<unknown>) => onDatabase(postgres.url('house'), work),
    /** A tidy stop: everything is on the disk then. */
    stopDatabase: () => postgres.stop('fast'),
    async startDatabase() {
      postgres = await startDatabase()
    },
  }
}

async function onDatabase(url: string, work: (db: pg.Client) => Promise<unknown>) {
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  try {
    await work(db)
  } finally {
    await db.end()
  }
}

/** Every table of both databases as text: every column of every row. */
async function tablesOf(databases: Record<string, string>): Promise<Record<string, string>> {
  const tables: Record<string, string> = {}
  for (const [database, url] of Object.entries(databases)) {
    await onDatabase(url, async (db) => {
      const { rows } = await db.query(
        `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
      )
      for (const { relname } of rows) {
        const content = await db.query(`select r::text as row, to_json(r)::text as json from ${relname} r`)
        // A partition is shown under the name of its table.
        const name = `table ${relname.replace(/_\d{4}_\d{2}$/, '')} of ${database}`
        tables[name] = (tables[name] ?? '') + content.rows.map(({ row, json }) => `${row}\n${json}`).join('\n')
      }
    })
  }
  return tables
}

function searchFolders(folders: readonly string[], search: ReturnType<typeof searchFor>) {
  const finds: Find[] = []
  let files = 0
  let walBytes = 0
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name)
      if (!statSync(path).isFile()) continue
      const content = readFileSync(path)
      files += 1
      if (path.includes('pg_wal')) walBytes += content.length
      finds.push(...search(path, content))
    }
  }
  return { finds, files, walBytes }
}

/** Text as it might stand in a host name. */
function world(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 60)
}

function letters(length: number): string {
  return Array.from(randomBytes(length), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')
}
