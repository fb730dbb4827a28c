/** Sluice as its user starts it, `sluice start`, in a process of its own and with its durable default settings. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findEmbeddedPostgres } from '@sluice/cli/embedded-postgres'

const SLUICE = join(import.meta.dirname, '../packages/cli/bin/sluice.js')
const READY_WITHIN_MS = 120_000
const POLL_MS = 10
/** The listeners of a sandbox and the port reserved for the dashboard. */
const PORTS = 5

export interface SluiceProcess {
  api: string
  frames: string
  /** From the start of the process to the first 200 of `/health/ready`. */
  readyMs: number
  /** The database of the embedded PostgreSQL that Sluice uses. */
  databaseUrl: string
  /** How the command line finds this Sluice again. */
  env: Record<string, string>
  /** Memory of the process now, in MB. Simulator and demo shop live in it too. */
  residentMb: () => number
  stop: () => Promise<void>
}

/** @param profile a folder for a CPU profile of the process, written when it stops */
export async function startSluice({ dataDir, profile }: { dataDir: string; profile?: string }): Promise<SluiceProcess> {
  const port = await freePorts()
  const env = { SLUICE_DATA_DIR: dataDir, SLUICE_PORT: String(port) }
  const profiled = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  // One key sends everything: limits made for one merchant's traffic would be all there is to measure.
  const limits = ['--limit-per-key', '1000000', '--limit-per-address', '1000000']
  const logFile = `${dataDir}.log`
  const log = openSync(logFile, 'a')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...profiled, SLUICE, 'start', ...limits], {
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const api = `http://localhost:${port}`
  try {
    await untilReady(api, child)
  } catch (error) {
    await stop(child)
    throw new Error(`Sluice did not start: ${readFileSync(logFile, 'utf8').trim().split('\n').at(-1)}`, {
      cause: error,
    })
  }
  const readyMs = performance.now() - startedAt
  const postgres = await findEmbeddedPostgres(dataDir)
  if (!postgres) throw new Error(`no database answers in ${dataDir}`)
  return {
    api,
    frames: `http://localhost:${port + 1}`,
    readyMs,
    databaseUrl: postgres.url('sluice'),
    env,
    residentMb: () => residentMb(child.pid as number),
    stop: () => stop(child),
  }
}

/** `sluice verify` on the running server. Throws with what is broken. */
export async function verifyBooks({ env }: SluiceProcess): Promise<string> {
  const verify = promisify(execFile)(process.execPath, [SLUICE, 'verify'], { env: { ...process.env, ...env } })
  const { stdout } = await verify.catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`sluice verify: ${error.stdout?.trim() || error.stderr?.trim()}`)
  })
  return stdout.trim()
}

async function untilReady(api: string, child: ChildProcess) {
  const giveUpAt = performance.now() + READY_WITHIN_MS
  while (performance.now() < giveUpAt) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('sluice start ended')
    const ready = await fetch(`${api}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await sleep(POLL_MS)
  }
  throw new Error(`Sluice was not ready within ${READY_WITHIN_MS} ms`)
}

async function stop(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function residentMb(pid: number): number {
  const [, kilobytes] =
    process.platform === 'linux'
      ? (/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [])
      : ['', spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()]
  return Number(kilobytes) / 1024
}

/** The first of enough ports in a row that nobody uses. */
async function freePorts(): Promise<number> {
  for (let first = 10_000 + (process.pid % 4000) * PORTS; first < 32_000; first += PORTS) {
    const free = await Promise.all(Array.from({ length: PORTS }, (_, at) => isFree(first + at)))
    if (free.every(Boolean)) return first
  }
  throw new Error('no free ports')
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise((done) => {
    probe.once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })
}
