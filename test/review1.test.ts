import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { CARDS } from './support/cards.ts'
import { client, eventually, startSluice } from './support/sluice.ts'
import { verify } from '@sluice/server/operations/verify'

const log = (...a: unknown[]) => console.log('>>', ...a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))))
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms))

test('1 fencing: a stale holder says not_sent', async (t) => {
  let holdFirst: Promise<void> | undefined
  let releaseFirst = () => {}
  let releaseSecond = () => {}
  let n = 0
  let holdSecond: Promise<void> | undefined
  const sluice = await startSluice(t, {
    seam: async (name) => {
      if (name === 'submit.claimed' && n++ === 0 && holdFirst) await holdFirst
      if (name === 'processor.sent' && holdSecond) await holdSecond
    },
  })
  const session = await sluice.requestSession({ capture: false })
  const body = { session_data: await sluice.seal(session, CARDS.approved) }
  const path = `/payment-sessions/${session.id}/submit`
  holdFirst = new Promise((r) => (releaseFirst = r))
  holdSecond = new Promise((r) => (releaseSecond = r))
  const t0 = Date.now(); const first = sluice.post(path, body).catch((e) => ({ status: 'lost connection', text: String(e.cause) + (Date.now() - t0) }) as any)
  await sleep(8000)
  // 30 s of a paused process pass: the lease is over.
  await sluice.ctx.store.db.query({ name: 'x', text: "update payments set lease_until = now() - interval '1 second', ask_on = now() + interval '1 hour'", values: [] })
  const second = sluice.post(path, body).catch((e) => ({ status: 'lost connection', text: String(e.cause) + (Date.now() - t0) }) as any) // takes the lease, sends; bank books; answer held
  await sleep(2500)
  releaseFirst()
  const a1 = await first
  log('first', a1.status, a1.text)
  holdSecond = undefined
  releaseSecond()
  const a2 = await second
  log('second', a2.status, a2.text)
  const a3 = await sluice.post(path, body)
  log('third (identical repeat)', a3.status, a3.text)
  log('ledger', (await sluice.ledger()).map((m: any) => [m.of.slice(-6), m.kind, m.amount]))
  log('breaches', (await verify(sluice.ctx)).breaches)
})

test('2 a changed replay of spent session_data cancels the open challenge', async (t) => {
  const sluice = await startSluice(t)
  const session = await sluice.requestSession({ '3ds': { enabled: true } })
  const session_data = await sluice.seal(session, CARDS.approved)
  const path = `/payment-sessions/${session.id}/submit`
  const first = await sluice.post(path, { session_data })
  log('first', first.status, first.body.status)
  const changed = await sluice.post(path, { session_data, reference: 'OTHER' })
  log('changed', changed.status, changed.text)
  log('payment after', (await sluice.payment(first.body.id)).status)
  const page = await fetch(first.body.action.url, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ choice: 'approve' }) })
  log('shopper approves', page.status, page.headers.get('location'))
  log('session', (await sluice.get(`/payment-sessions/${session.id}`)).body.status)
})

test('3 idempotency over midnight', async (t) => {
  const sluice = await startSluice(t)
  const db = sluice.ctx.store.db
  const real = sluice.ctx.now
  const mutable = sluice.ctx as { now: () => number }
  const DAY = 86_400_000
  // A request of yesterday, 23:59:50, that died: its record is left running.
  const todayStart = Math.floor(Date.now() / DAY) * DAY
  mutable.now = () => todayStart - 10_000
  const session = { amount: 1000, currency: 'GBP', billing: { address: { country: 'GB' } }, success_url: 'https://a.example/', failure_url: 'https://a.example/' }
  const key = { 'cko-idempotency-key': 'k1' }
  const ok = await sluice.post('/payment-sessions', session, key)
  log('first', ok.status)
  mutable.now = real
  await db.query({ name: 'y', text: "update idempotency_records set state = 'running', status = null, body = null, lease_until = now() - interval '60 seconds', created_on = now() - interval '90 seconds'", values: [] })
  for (let i = 0; i < 3; i++) {
    const again = await sluice.post('/payment-sessions', session, key)
    log('repeat, lease long over', again.status, again.text, 'retry-after', again.headers.get('retry-after'))
    await sleep(1100)
  }
})

test('4 NUL / lone surrogate in the bank answer; over-approval', async (t) => {
  const sluice = await startSluice(t)
  const mutable = sluice.ctx as { exchange: any }
  const real = sluice.ctx.exchange
  for (const [what, change] of Object.entries({
    nul: (b: any) => ({ ...b, auth_code: 'A\u0000B' }),
    nulInUnreadMember: (b: any) => ({ ...b, note: '\u0000' }),
    surrogate: (b: any) => ({ ...b, note: '\ud800' }),
    more: (b: any) => ({ ...b, amount: b.amount + 1 }),
  })) {
    mutable.exchange = async (m: any, c: any, s: any) => {
      const r = await real(m, c, s)
      return /payments/.test(m.url) && r.body?.outcome === 'approved' ? { ...r, body: (change as any)(r.body) } : r
    }
    const session = await sluice.requestSession({ capture: false })
    const answer = await sluice.submit(session, CARDS.approved)
    log(what, answer.status, answer.text)
    const { rows } = await sluice.ctx.store.db.query<any>({ name: 'z', text: 'select phase, lease_until > now() as leased, review, ask_on <= now() as due from payments where session_id = $1', values: [uuidOf('session', session.id)] })
    log(rows)
    if (what === 'more') {
      for (let i = 0; i < 3; i++) {
        await sluice.ctx.store.db.query({ name: 'zz', text: "update payments set lease_until = now() - interval '1 s' where phase = 'sending'", values: [] })
        await sleep(1500)
      }
      const { rows } = await sluice.ctx.store.db.query<any>({ name: 'z', text: 'select phase, lease_until > now() as leased, review, ask_on <= now() as due from payments where session_id = $1', values: [uuidOf('session', session.id)] })
      log('after 3 turns of the reconciler', rows)
    }
  }
  mutable.exchange = real
})
