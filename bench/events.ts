/** What becomes of a change: its event is published and delivered. Steadily, in a burst, and after a receiver's outage. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RETRY_AFTER_S } from '@sluice/server/operations/deliver-webhooks'
import { newId } from '@sluice/server/operations/ids'
import { SANDBOX_KEYS } from '@sluice/server/operations/seed'
import { systemNow } from '@sluice/server/time'
import pg from 'pg'
import { createSessions, submitOrder } from './loads.ts'
import type { ReceiverOrder, Reception } from './receiver.ts'
import type { SluiceProcess } from './sluice.ts'

export interface EventsPlan {
  /** How long payments come steadily. */
  steadyS: number
  /** Events committed at one moment while the receiver is there, and while it is away. */
  burst: number
  backlog: number
  /** Until Sluice looks again by itself; else the merchant's clock goes past the moment at which it would. */
  waitForBreaker: boolean
}

export interface EventFigures {
  publishedPerSecond: number
  deliveredPerSecond: number
  p50Ms: number
  p99Ms: number
  /** From the receiver's return to the first delivery. */
  noticedS: number
  /** From the receiver's return to the last delivery of the backlog. */
  drainedS: number
}

/** Payments a second of the steady load; each makes two events. */
const STEADY_PER_S = 30
const ENTITY_KEY = 1
/** Events written by one insert. */
const ROWS = 1_000
const POLL_MS = 50
/** As `store/deliveries.ts` and `operations/deliver-webhooks.ts` have it. */
const FAILURES_THAT_OPEN = 5
const BREAKER_S = 30
const FIRST_RETRY_S = RETRY_AFTER_S[0]
/** Without a step forward for so long the run ends with an error: longer than the breaker. */
const STALLED_MS = 45_000

const HEADERS = { authorization: `Bearer ${SANDBOX_KEYS.secret}`, 'content-type': 'application/json' }

/** @param tell says what is being done */
export async function measureEvents(
  sluice: SluiceProcess,
  plan: EventsPlan,
  tell: (line: string) => void,
): Promise<EventFigures> {
  const receiver = startReceiver()
  const db = new pg.Client({ connectionString: sluice.databaseUrl })
  await db.connect()
  try {
    await settled(db) // what other loads have left: nobody subscribes to it
    const { url } = await receiver.tell('start')
    await subscribe(sluice, url)

    tell(`events: ${STEADY_PER_S} payments a second for ${plan.steadyS} s`)
    const latencies = await paySteadily(sluice, db, receiver, plan.steadyS)
    const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
    tell(`events: ${latencies.length} delivered, p50 ${p50Ms} ms, p99 ${p99Ms} ms`)

    tell(`events: ${plan.burst} committed at one moment`)
    const burst = await measureBurst(db, receiver, plan.burst)
    tell(`events: ${inWords(burst)}`)

    tell(`events: ${plan.backlog} committed while the receiver is away`)
    const outage = await measureOutage(sluice, db, receiver, plan, tell)
    tell(`events: ${inWords(outage)}`)
    return { ...burst, p50Ms, p99Ms, ...outage }
  } finally {
    await db.end()
    await receiver.stop()
  }
}

/** An open load: a payment is begun when it is its turn, however long the ones before it take. */
async function paySteadily(sluice: SluiceProcess, db: pg.Client, receiver: Receiver, seconds: number) {
  const sessions = await createSessions(sluice, STEADY_PER_S * seconds)
  const { requests } = await submitOrder(sluice, sessions)
  await receiver.tell('start')
  const before = await lastNumber(db)
  const startedAt = performance.now()
  const payments: Promise<void>[] = []
  for (const [at, { path, ...request }] of requests.entries()) {
    await sleep(Math.max(0, startedAt + (at * 1000) / STEADY_PER_S - performance.now()))
    payments.push(awaitedLater(ask(`${sluice.api}${path}`, request)))
  }
  await Promise.all(payments)
  await delivered(receiver, (await settled(db)) - before)
  const { latencies } = await receiver.tell('report')
  return latencies
}

/** Published and delivered at the same time, as fast as it goes. */
async function measureBurst(db: pg.Client, receiver: Receiver, events: number) {
  await receiver.tell('start')
  const last = await lastNumber(db)
  const committedAt = await commitEvents(db, events)
  await numbered(db, last + events)
  const publishedAt = Date.now()
  const { lastAt } = await delivered(receiver, events)
  const perSecond = (at: number) => (events * 1000) / (at - committedAt)
  return { publishedPerSecond: perSecond(publishedAt), deliveredPerSecond: perSecond(lastAt) }
}

async function measureOutage(
  sluice: SluiceProcess,
  db: pg.Client,
  receiver: Receiver,
  { backlog, waitForBreaker }: EventsPlan,
  tell: (line: string) => void,
) {
  await nothingWaits(db) // else the answer to one that has come could be cut off
  await receiver.tell('start')
  await receiver.tell('switch-off')
  const last = await lastNumber(db)
  const committedAt = await commitEvents(db, backlog)
  await numbered(db, last + backlog)
  await until(async () => {
    const tries = await failed(db)
    return { done: tries >= FAILURES_THAT_OPEN, progress: tries }
  })
  tell(`events: all published after ${inSeconds(Date.now() - committedAt)}; the receiver is back`)
  const backAt = Date.now()
  await receiver.tell('switch-on')
  const moved = waitForBreaker ? undefined : awaitedLater(advance(sluice, `PT${BREAKER_S + 1}S`))
  const { firstAt } = await delivered(receiver, 1)
  const inVain = await failed(db)
  tell(`events: noticed after ${inSeconds(firstAt - backAt)}; ${inVain} were tried in vain`)
  const { lastAt } = await delivered(receiver, backlog - inVain)
  await moved
  // Those have their next try when the schedule says, minutes later.
  await advance(sluice, `PT${FIRST_RETRY_S + BREAKER_S}S`)
  await delivered(receiver, backlog)
  await nothingWaits(db)
  return { noticedS: (firstAt - backAt) / 1000, drainedS: (lastAt - backAt) / 1000 }
}

/** The events of a payment that was made, again and again under new ids, all committed at one moment. */
async function commitEvents(db: pg.Client, count: number): Promise<number> {
  const { rows: models } = await db.query(
    `select version, source, type, data from events
      where entity_key = $1 and subject_id = (select subject_id from events where entity_key = $1 and type = 'payment_captured'
                                               order by id desc limit 1)
      order by version`,
    [ENTITY_KEY],
  )
  await db.query('begin')
  let written = 0
  while (written < count) {
    const rows: object[] = []
    while (rows.length < ROWS && written < count) {
      const subject = newId({ now: systemNow }, ENTITY_KEY)
      for (const model of models) {
        if (written === count) break
        rows.push({ ...model, id: newId({ now: systemNow }, ENTITY_KEY), subject })
        if (model.source !== 'sluice') written++
      }
    }
    await db.query({
      name: 'bench_events',
      text: `
        insert into events (entity_key, id, subject_id, version, source, type, data, created_on)
        select $1, w.id, w.subject, w.version, w.source, w.type, w.data, clock.now
          from json_to_recordset($2::json) as w (id uuid, subject uuid, version int, source text, type text, data jsonb)
          join entity_now clock on clock.entity_key = $1`,
      values: [ENTITY_KEY, JSON.stringify(rows)],
    })
  }
  await db.query('commit')
  return Date.now()
}

async function subscribe({ api }: SluiceProcess, url: string) {
  const events = { gateway: ['payment_approved', 'payment_capture_pending', 'payment_captured'] }
  const body = JSON.stringify({
    name: 'Bench',
    conditions: [{ type: 'event', events }],
    actions: [{ type: 'webhook', url, signature: { key: 'a key of the bench' } }],
  })
  await ask(`${api}/workflows`, { method: 'POST', headers: HEADERS, body })
}

/** Moves the merchant's clock; answers when what has fallen due is done. */
async function advance({ api }: SluiceProcess, duration: string) {
  await ask(`${api}/sandbox/clock`, { method: 'POST', headers: HEADERS, body: JSON.stringify({ advance: duration }) })
}

async function ask(url: string, request: RequestInit) {
  const answer = await fetch(url, request)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

/** Every payment is captured that is to be, and every event published. Answers the last number given. */
async function settled(db: pg.Client): Promise<number> {
  await until(async () => {
    const unfinished = await count(
      db,
      `select (select count(*) from payments where entity_key = $1 and capturing > 0) +
              (select count(*) from events
                where entity_key = $1 and sequence is null and source <> 'sluice' and not sample) as n`,
    )
    return { done: unfinished === 0, progress: unfinished }
  })
  return lastNumber(db)
}

/** The number is given. */
function numbered(db: pg.Client, last: number): Promise<true> {
  return until(async () => {
    const given = await lastNumber(db)
    return { done: given >= last, progress: given }
  })
}

function lastNumber(db: pg.Client): Promise<number> {
  return count(db, 'select coalesce(max(last), 0) as n from event_counters where entity_key = $1')
}

/** So many deliveries have failed and wait for their next try. */
function failed(db: pg.Client): Promise<number> {
  return count(db, `select count(*) as n from deliveries where entity_key = $1 and state = 'waiting' and tries > 0`)
}

/** Every delivery is recorded. */
function nothingWaits(db: pg.Client): Promise<true> {
  return until(async () => {
    const waiting = await count(db, `select count(*) as n from deliveries where entity_key = $1 and state = 'waiting'`)
    return { done: waiting === 0, progress: waiting }
  })
}

async function count(db: pg.Client, text: string): Promise<number> {
  const { rows } = await db.query<{ n: string }>(text, [ENTITY_KEY])
  return Number(rows[0]?.n)
}

async function delivered(receiver: Receiver, events: number): Promise<Reception> {
  return until(async () => {
    const reception = await receiver.tell('count')
    return { done: reception.events >= events && reception, progress: reception.requests }
  })
}

/** @throws when nothing has moved for long */
async function until<Result>(look: () => Promise<{ done: Result | false; progress: number }>): Promise<Result> {
  let progress = Number.NaN
  let movedAt = 0
  for (;;) {
    const seen = await look()
    if (seen.done !== false) return seen.done
    if (seen.progress !== progress) movedAt = performance.now()
    progress = seen.progress
    if (performance.now() - movedAt > STALLED_MS) throw new Error(`events: nothing moves any more, at ${progress}`)
    await sleep(POLL_MS)
  }
}

/** Its failure is told when it is awaited, and not before. */
function awaitedLater<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function inWords(figures: object): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${Number(figure).toFixed(1)}`)
    .join(', ')
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1] as number
}

interface Receiver {
  tell: (order: ReceiverOrder) => Promise<Reception>
  stop: () => Promise<void>
}

function startReceiver(): Receiver {
  const child: ChildProcess = fork(join(import.meta.dirname, 'receiver.ts'))
  const ended = once(child, 'exit')
  return {
    async tell(order) {
      const answer = once(child, 'message')
      child.send(order)
      const [reception] = await Promise.race([
        answer,
        ended.then(() => Promise.reject(new Error('the receiver ended'))),
      ])
      return reception as Reception
    },
    async stop() {
      child.kill()
      await ended
    },
  }
}
