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

test('third', async (t) => {
  const sluice = await startSluice(t)
  const db = sluice.ctx.store.db
  const world = async (settings: object) => {
    const { body } = await sluice.post('/sandbox/worlds', { channel: { settings: { processor: 'simulator', ...settings } } })
    return { ...client(sluice.urls, body.secret_key), entity: body.entity_id as string }
  }
  await t.test('15 class C, challenge of five minutes, answer of complete is slow', async () => {
    const m = await world({ class: 'C' })
    const session = await m.requestSession({ capture: false, '3ds': { enabled: true }, metadata: { sluice_simulator: 'complete.slow:12000' } })
    const a = await m.submit(session, CARDS.approved)
    await sluice.advance('5 minutes', m.entity)
    const p = await choose(a.body.action.url)
    const t0 = Date.now()
    const r = await fetch(p.headers.get('location') as string, { redirect: 'manual' })
    log('landed after', Date.now() - t0, r.headers.get('location')?.slice(0, 40))
    await sluice.advance('3 seconds', m.entity)
    await sleep(2500)
    log('3 merchant seconds after the doubt began:', (await m.payment(a.body.id)).status)
  })
  await t.test('16 with an idempotency key, in doubt', async () => {
    const m = await world({})
    const session = await m.requestSession({ capture: false, metadata: { sluice_simulator: 'drop_after_booking' } })
    const body = { session_data: await m.seal(session, CARDS.approved) }
    const path = `/payment-sessions/${session.id}/submit`
    const a = await m.post(path, body, { 'cko-idempotency-key': 'K' })
    await eventually(async () => (await m.payment(a.body.id)).status !== 'Pending')
    const b = await m.post(path, body, { 'cko-idempotency-key': 'K' })
    const c = await m.post(path, body)
    log('first', a.status, 'same key', b.status, b.text, 'without key', c.status, c.text)
  })
  await t.test('14 one merchant whose bank hangs, and another', async () => {
    const x = await world({}), y = await world({})
    await Promise.all(Array.from({ length: 60 }, async () => {
      const s = await x.requestSession({ metadata: { sluice_simulator: 'capture.timeout' } })
      await x.submit(s, CARDS.approved)
    }))
    const t0 = Date.now()
    const s = await y.requestSession()
    const a = await y.submit(s, CARDS.approved)
    await eventually(async () => (await y.payment(a.body.id)).status === 'Captured', 90_000).then(() => log('captured after', Date.now() - t0, 'ms'), () => log('not captured within 90 s'))
  })
})
