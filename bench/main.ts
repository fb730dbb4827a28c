/** `npm run bench`: starts its own servers, drives them in turns, prints a table; bench/README.md says what is measured. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureEvents } from './events.ts'
import { type Handlers, startHandlers } from './handlers.ts'
import { createOrder, createSessions, readOrder, submitOrder } from './loads.ts'
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts'
import { machineFacts, median, type Report, table } from './report.ts'
import { type SluiceProcess, startSluice, verifyBooks } from './sluice.ts'
import type { LoadResult } from './load.ts'

/** How long and how often each thing is measured. The whole run stays under five minutes, or a minute. */
const FULL = {
  coldStarts: 2,
  warmStarts: 3,
  warmUpS: 4,
  rounds: 5,
  createS: 4,
  readS: 2,
  submits: 1024,
  events: { steadyS: 10, burst: 20_000, backlog: 100_000, waitForBreaker: true },
}
const QUICK: typeof FULL = {
  coldStarts: 1,
  warmStarts: 1,
  warmUpS: 0.5,
  rounds: 1,
  createS: 1.5,
  readS: 1,
  submits: 256,
  events: { steadyS: 2, burst: 500, backlog: 1_000, waitForBreaker: false },
}

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, profile: { type: 'string' } },
})
const plan = options.quick ? QUICK : FULL
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
/** Undone in the opposite order, whatever happens. */
const undo: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
try {
  const report = await bench()
  process.stdout.write(`${table(report)}\n`)
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
} finally {
  for (const step of undo.reverse()) await step()
}

async function bench(): Promise<Report> {
  const machine = machineFacts()
  const { sluice, coldMs, warmMs } = await measureStarts()
  const load = startLoadGenerator()
  undo.push(async () => load.stop())
  const handlers = await startHandlers(sluice.databaseUrl)
  undo.push(handlers.stop)

  const creates = await measureCreates(load, sluice, handlers)
  const read = await measureReads(load, sluice)
  const submitted = await measureSubmits(load, sluice)
  const rssMb = sluice.residentMb()
  const events = await measureEvents(sluice, plan.events, tell)
  tell('checking every money invariant')
  const verified = await verifyBooks(sluice)

  const ours = median(creates.sluice.map(({ perSecond }) => perSecond))
  const bare = median(creates.bare.map(({ perSecond }) => perSecond))
  const ceiling = median(creates.ceiling.map(({ perSecond }) => perSecond))
  return {
    create_per_s: ours,
    create_p50_ms: median(creates.sluice.map(({ p50Ms }) => p50Ms)),
    create_p99_ms: median(creates.sluice.map(({ p99Ms }) => p99Ms)),
    bare_create_per_s: bare,
    ceiling_create_per_s: ceiling,
    create_vs_bare: ours / bare,
    create_vs_ceiling: ours / ceiling,
    read_per_s: read,
    submit_per_s: submitted,
    rss_mb: rssMb,
    events_published_per_s: events.publishedPerSecond,
    webhooks_delivered_per_s: events.deliveredPerSecond,
    webhook_p50_ms: events.p50Ms,
    webhook_p99_ms: events.p99Ms,
    outage_noticed_s: events.noticedS,
    outage_drained_s: events.drainedS,
    ready_cold_ms: coldMs,
    ready_warm_ms: warmMs,
    verified,
    machine,
  }
}

/** Starts in empty folders, then again and again in the last of them; the last start stays for the loads. */
async function measureStarts(): Promise<{ sluice: SluiceProcess; coldMs: number; warmMs: number }> {
  const cold: number[] = []
  const warm: number[] = []
  let dataDir = ''
  for (let at = 0; at < plan.coldStarts; at++) {
    tell(`start with an empty data folder, ${at + 1} of ${plan.coldStarts}`)
    dataDir = join(folder, `data-${at}`)
    const sluice = await startSluice({ dataDir })
    cold.push(sluice.readyMs)
    await sluice.stop()
  }
  for (let at = 0; ; at++) {
    tell(`start again, ${at + 1} of ${plan.warmStarts}`)
    const last = at + 1 === plan.warmStarts
    const sluice = await startSluice({ dataDir, ...(last && options.profile && { profile: options.profile }) })
    warm.push(sluice.readyMs)
    if (last) {
      undo.push(sluice.stop)
      return { sluice, coldMs: median(cold), warmMs: median(warm) }
    }
    await sluice.stop()
  }
}

/** The three in turns, so that what else the machine does falls on each of them alike. */
async function measureCreates(load: LoadGenerator, sluice: SluiceProcess, { bare, ceiling }: Handlers) {
  const rounds: Record<'sluice' | 'bare' | 'ceiling', LoadResult[]> = { sluice: [], bare: [], ceiling: [] }
  const urls = { sluice: sluice.api, bare: bare.url, ceiling: ceiling.url }
  const sides = ['sluice', 'bare', 'ceiling'] as const
  tell('creates: warming up')
  for (const side of sides) await load.run(createOrder(urls[side], plan.warmUpS))
  for (let round = 1; round <= plan.rounds; round++) {
    for (const side of sides) {
      const result = await load.run(createOrder(urls[side], plan.createS))
      rounds[side].push(result)
      tell(`creates, round ${round} of ${plan.rounds}: ${side} ${Math.round(result.perSecond)}/s`)
    }
  }
  return rounds
}

/** Each connection reads sessions of its own, one after the other. */
async function measureReads(load: LoadGenerator, sluice: SluiceProcess): Promise<number> {
  const sessions = await createSessions(sluice, 1024)
  await load.run(readOrder(sluice, sessions, plan.warmUpS))
  const rates: number[] = []
  for (let round = 1; round <= plan.rounds; round++) {
    const { perSecond } = await load.run(readOrder(sluice, sessions, plan.readS))
    rates.push(perSecond)
    tell(`reads, round ${round} of ${plan.rounds}: ${Math.round(perSecond)}/s`)
  }
  return median(rates)
}

/** Each submit pays a session of its own, which is made and sealed for beforehand. */
async function measureSubmits(load: LoadGenerator, sluice: SluiceProcess): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round <= plan.rounds; round++) {
    const order = await submitOrder(sluice, await createSessions(sluice, plan.submits))
    const { perSecond } = await load.run(order)
    if (round === 0) continue // the first one warms up
    rates.push(perSecond)
    tell(`submits, round ${round} of ${plan.rounds}: ${Math.round(perSecond)}/s`)
  }
  return median(rates)
}

function tell(line: string) {
  process.stderr.write(`${line}\n`)
}
