import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { client, eventually, startSluice } from './support/sluice.ts'
import { verify } from '@sluice/server/operations/verify'

const log = (...a: unknown[]) => console.log('>>', ...a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))))
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms))
async function choose(url: string, choice = 'approve') {
  return await fetch(url, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ choice }) })
}

test('second', async (t) => {
  const sluice = await startSluice(t)
  const db = sluice.ctx.store.db
  const world = async (settings: object) => {
    const { body } = await sluice.post('/sandbox/worlds', { channel: { settings: { processor: 'simulator', ...settings } } })
    return { ...client(sluice.urls, body.secret_key), entity: body.entity_id as string }
  }
  await t.test('5 abandoned at class C: late money', async () => {
    for (const cls of ['C', 'D']) {
      const m = await world({ class: cls, on_abandoned: 'allow' })
      const session = await m.requestSession({ '3ds': { enabled: true }, metadata: { sluice_simulator: 'refuse_cancel' } })
      const first = await m.submit(session, CARDS.approved)
      const second = await m.submit(session, CARDS.approved, { '3ds': { enabled: false }, capture: false })
      log(cls, first.body.status, second.status, second.body.status)
      const p = await choose(first.body.action.url)
      await fetch(p.headers.get('location') as string, { redirect: 'manual' })
      await sluice.advance('2 minutes', m.entity); await sleep(1500)
      await sluice.advance('2 hours', m.entity); await sleep(1500)
      log(cls, 'ledger', (await m.ledger(m.entity)).map((x: any) => [x.of.slice(-6), x.kind, x.amount]))
      const { rows } = await db.query<any>({ name: 'q5', text: 'select phase, ask_on, review from payments where id = $1', values: [uuidOf('payment', first.body.id)] })
      log(cls, rows)
    }
    log('breaches', (await verify(sluice.ctx)).breaches)
  })
  await t.test('6 second return while the late money is on its way back', async () => {
    const m = await world({ on_abandoned: 'allow' })
    const session = await m.requestSession({ '3ds': { enabled: true }, metadata: { sluice_simulator: 'refuse_cancel reverse.http_500_before_booking' } })
    const first = await m.submit(session, CARDS.approved)
    const second = await m.submit(session, CARDS.approved, { '3ds': { enabled: false }, capture: false })
    log(first.body.status, second.body.status)
    const p = await choose(first.body.action.url)
    const back = p.headers.get('location') as string
    const r1 = await fetch(back, { redirect: 'manual' })
    await sleep(500)
    const r2 = await fetch(back, { redirect: 'manual' })
    log('return once', r1.status, 'twice', r2.status, await r2.text())
  })
  await t.test('7 pending at class C', async () => {
    for (const cls of ['B', 'C']) {
      const m = await world({ class: cls })
      const session = await m.requestSession({ capture: false, metadata: { sluice_simulator: 'pending:600:approved' } })
      const a = await m.submit(session, CARDS.approved)
      log(cls, a.status, a.body.status)
      await sluice.advance('90 seconds', m.entity)
      await sleep(2500)
      log(cls, 'after 90 s', (await m.payment(a.body.id)).status)
      await sluice.advance('20 minutes', m.entity)
      await sleep(2500)
      log(cls, 'after 20 min', (await m.payment(a.body.id)).status, (await m.ledger(m.entity)).map((x: any) => [x.kind, x.amount]))
    }
  })
  await t.test('8 superseding without end', async () => {
    const session = await sluice.requestSession({ '3ds': { enabled: true }, customer_retry: { max_attempts: 0 } })
    const before = (await sluice.ledger()).length
    let accepted = 0, cancelled = 0
    for (let i = 0; i < 25; i++) {
      const a = await sluice.submit(session, CARDS.approved)
      if (a.status === 202) accepted++
      else log(a.status, a.text)
      if (i % 2) await choose(a.body.action.url, 'fail')
    }
    const { rows } = await db.query<any>({ name: 'q8', text: 'select phase, count(*)::int from payments where session_id = $1 group by 1', values: [uuidOf('session', session.id)] })
    const s = await db.query<any>({ name: 'q8b', text: 'select attempts, max_attempts, state from payment_sessions where id = $1', values: [uuidOf('session', session.id)] })
    log('accepted', accepted, rows, s.rows)
  })
  await t.test('10 a capture that never left', async () => {
    const { rows: [x] } = await db.query<any>({ name: 'q10', text: 'select 1', values: [] })
    const mutable = sluice.ctx as { exchange: any }
    const real = sluice.ctx.exchange
    const { ProcessorError } = await import('@sluice/server/processors/processor')
    mutable.exchange = async (m: any, c: any, s: any) => {
      if (/captures/.test(m.url)) throw new ProcessorError('connect ECONNREFUSED', 'no')
      return real(m, c, s)
    }
    const m = await world({})
    const session = await m.requestSession()
    const a = await m.submit(session, CARDS.approved)
    await sleep(1500)
    // a day of outage passes
    await db.query({ name: 'q10b', text: "update processor_calls set requested_on = requested_on - interval '24 hours' where payment_id = $1 and kind = 'capture'", values: [uuidOf('payment', a.body.id)] })
    mutable.exchange = real
    const c = await db.query<any>({ name: 'q10c', text: "select kind, sent, outcome from processor_calls where payment_id = $1 and kind = 'capture'", values: [uuidOf('payment', a.body.id)] })
    log(c.rows)
    for (let i = 0; i < 4; i++) { await sluice.advance('2 hours', m.entity); await sleep(1200) }
    const d = await db.query<any>({ name: 'q10d', text: "select state, asked, (select review from payments p where p.id = a.payment_id) as review from payment_actions a where payment_id = $1 and kind = 'capture'", values: [uuidOf('payment', a.body.id)] })
    log(d.rows, (await m.payment(a.body.id)).status)
  })
  await t.test('12 newest attempt by id, clocks of two nodes', async () => {
    const mutable = sluice.ctx as { now: () => number }
    const real = sluice.ctx.now
    const session = await sluice.requestSession({ '3ds': { enabled: true } })
    mutable.now = () => real() + 20_000
    log('1', (await sluice.submit(session, CARDS.declined, { '3ds': { enabled: false } })).body.status)
    mutable.now = real
    log('2', (await sluice.submit(session, CARDS.approved)).body.status)
    const third = await sluice.submit(session, CARDS.approved, { '3ds': { enabled: false } })
    log('3', third.status, third.text)
    log('GET payment by ps_', (await sluice.payment(session.id)).status, 'session', (await sluice.get(`/payment-sessions/${session.id}`)).body.status)
  })
  await t.test('13 channel settings change under way', async () => {
    const m = await world({ class: 'D' })
    const session = await m.requestSession({ capture: false, metadata: { sluice_simulator: 'drop_after_booking' } })
    const a = await m.submit(session, CARDS.approved)
    log(a.status, a.body.status)
    await db.query({ name: 'q13', text: `update processing_channels set settings = settings || '{"class":"C"}' where entity_key = (select entity_key from entities where id = $1)`, values: [uuidOf('entity', m.entity)] })
    await sleep(5200)
    await sluice.advance('2 hours', m.entity)
    await sleep(2500)
    log('payment made under class D, channel now C:', (await m.payment(a.body.id)).status)
  })
  await t.test('9 read only database: how often do the jobs turn', async () => {
    let errors = 0
    const l = sluice.ctx.log as any
    const was = l.error
    l.error = () => { errors++ }
    const m = await world({})
    const session = await m.requestSession({ metadata: { sluice_simulator: 'capture.http_500_before_booking' } })
    await m.submit(session, CARDS.approved)
    await sleep(800)
    const { rows: [{ name }] } = await db.query<any>({ name: 'q9', text: 'select current_database() as name', values: [] })
    await db.query({ name: 'q9b', text: `alter database "${name}" set default_transaction_read_only = on`, values: [] })
    await db.query({ name: 'q9c', text: 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = $1', values: ['sluice'] }).catch(() => {})
    await db.query({ name: 'q9e', text: 'set default_transaction_read_only = on', values: [] }).catch(() => {})
    await sluice.advance('1 hour', m.entity).catch((e) => log('expected', e.message))
    const { default: pg } = await import('pg')
    const c = new pg.Client({ connectionString: sluice.config.databaseUrl }); await c.connect()
    await c.query('set default_transaction_read_only = off'); await c.query("update entities set clock_offset = clock_offset + interval '1 hour'")
    errors = 0
    const cpu = process.cpuUsage()
    await sleep(3000)
    log('errors logged in 3 s:', errors, 'cpu ms', (process.cpuUsage(cpu).user / 1000) | 0)
    l.error = was
    await c.query(`alter database "${name}" set default_transaction_read_only = off`); await c.end()
  })
})
