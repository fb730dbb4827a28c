/**
 * Our own small supervisor of the embedded PostgreSQL. It makes the database folder once, starts the server in a process
 * group of its own (so that Ctrl-C reaches us first and the database last), adopts one that a killed Sluice left running,
 * and stops it with a fast shutdown. The server listens on a free port of 127.0.0.1 and wants a random password.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ClearError, codeOf, diskFull, fileTrouble, isDiskFull } from './clear-error.ts'
import { makeFolder } from './make-folder.ts'
import { type Account, chooseAccount, SYSTEM_FOLDER, type Way } from './postgres/account.ts'
import { type Binaries, copyBinaries, findBinaries, packageFolder } from './postgres/binaries.ts'
import {
  type Cluster,
  clusterIn,
  openCluster,
  readConnection,
  restoreOrMove,
  writeConnection,
} from './postgres/cluster.ts'

export interface EmbeddedPostgres {
  /** Address of one database for `pg`, password included: never log it. */
  url: (database: string) => string
  /** True when the server was left running by a Sluice that was killed. */
  adopted: boolean
  /** Resolves when the server has ended without being asked. */
  died: Promise<void>
  /** Waits until the server has ended. `immediate` skips the tidy shutdown; the next start then recovers. */
  stop: (how?: 'fast' | 'immediate') => Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The data folder; made when missing. The caller holds its lock, or is its only user. */
  dataDir: string
  log: (line: string) => void
  /** Server settings beside ours, such as `{ fsync: 'off' }` for a database that a test throws away. */
  settings?: Readonly<Record<string, string>>
  /** How a root process starts it, instead of the first way that works. */
  way?: Way
}

const POSTGRES = 'postgres-18.4.0-beta.17'
const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 60_000
const POLL_MS = 15
const WATCH_MS = 1000

/** Throws `ClearError` for whatever a person can mend: full disk, broken or foreign folder, missing permission. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  const account = chooseAccount(options.way)
  let binaries: Binaries | undefined
  const programs = () => (binaries ??= binariesFor(account, dataDir))
  makeFolder(dataDir)

  const cluster = openCluster(dataDir, account, programs)
  const running = await findRunning(cluster)
  if (running) {
    options.log('PostgreSQL was left running by an earlier Sluice; taking it over.')
    return supervise(cluster, running.port, running.pid, true)
  }
  const { port, pid } = await startServer(cluster, account, programs(), options.settings ?? {})
  return supervise(cluster, port, pid, false)
}

/** The server of `dataDir` that another process keeps, or `undefined` when none answers. It is never stopped from here. */
export async function findEmbeddedPostgres(
  dataDir: string,
): Promise<{ url: (database: string) => string } | undefined> {
  const cluster = clusterIn(resolve(dataDir))
  const { pid, port } = readPidFile(cluster) ?? {}
  if (!pid || !port || !isServerOf(pid, cluster) || !(await answers(cluster, port))) return undefined
  return { url: urlsOf(cluster, port) }
}

function supervise(cluster: Cluster, port: number, pid: number, adopted: boolean): EmbeddedPostgres {
  try {
    writeConnection(cluster, { ...readConnection(cluster), port, pid })
  } catch (error) {
    if (!isDiskFull(error)) throw error // the port is in PostgreSQL's own file too; a full disk says so soon enough
  }
  const { promise: died, resolve: tellDied } = Promise.withResolvers<void>()
  const watch = setInterval(() => isServerOf(pid, cluster) || tellDied(), WATCH_MS).unref()
  return {
    url: urlsOf(cluster, port),
    adopted,
    died,
    stop: (how = 'fast') => {
      clearInterval(watch)
      return stopServer(cluster, pid, how)
    },
  }
}

function urlsOf(cluster: Cluster, port: number) {
  const { user, password } = readConnection(cluster)
  return (database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/** A server of this folder that is up, or coming up. Forgets the traces of one that is gone. */
async function findRunning(cluster: Cluster): Promise<{ port: number; pid: number } | undefined> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  while (performance.now() < giveUpAt) {
    const file = readPidFile(cluster)
    if (!file) return undefined
    if (!isServerOf(file.pid, cluster)) {
      // PostgreSQL would refuse to start if another program had that process id by now. We hold the folder's lock.
      rmSync(join(cluster.data, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (file.ready && file.port && (await answers(cluster, file.port))) return { port: file.port, pid: file.pid }
    await sleep(POLL_MS * 4)
  }
  throw new ClearError(`A PostgreSQL runs on ${cluster.data} but does not let us in. Stop it and start again.`)
}

async function startServer(cluster: Cluster, account: Account, binaries: Binaries, settings: Record<string, string>) {
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const port = await freePort(readConnection(cluster).port)
    const logFrom = startOfNews(cluster)
    const child = spawnServer(cluster, account, binaries, port, settings)
    const pid = await untilReady(cluster, child, giveUpAt)
    if (pid) return { port, pid }

    const news = readFileSync(cluster.log, 'utf8').slice(logFrom)
    // Taken between our look and its start, or children of a killed server that are still ending: try again.
    const passes = /could not bind|Address already in use|shared memory block .* still in use/.test(news)
    if (!passes || performance.now() > giveUpAt) throw whyNot(cluster, news)
    await sleep(200)
  }
}

function spawnServer(
  cluster: Cluster,
  account: Account,
  binaries: Binaries,
  port: number,
  more: Record<string, string>,
) {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    // A new database has no statistics: the sooner it has some, the sooner its plans are right.
    autovacuum_naptime: '5s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off', // our statements are short: compiling them costs more than it gives
    cluster_name: 'sluice',
    ...more,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program = '', ...rest] = [...account.prefix, binaries.postgres, '-D', cluster.data, ...args]
  const log = openSync(cluster.log, 'a', 0o600)
  const child = spawn(program, rest, {
    cwd: cluster.folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    ...(account.way === 'copy' ? account.owner : {}),
  })
  closeSync(log)
  child.unref()
  return child
}

/** The server's process id as soon as it takes connections, or `undefined` when it has ended instead. */
async function untilReady(cluster: Cluster, child: ChildProcess, giveUpAt: number): Promise<number | undefined> {
  let ended = false
  child.once('exit', () => (ended = true))
  child.once('error', () => (ended = true))
  while (!ended && performance.now() < giveUpAt) {
    const file = readPidFile(cluster)
    if (file?.ready && file.pid === child.pid) return file.pid
    await sleep(POLL_MS)
  }
  if (!ended) child.kill('SIGQUIT')
  return undefined
}

async function stopServer(cluster: Cluster, pid: number, how: 'fast' | 'immediate') {
  let giveUpAt = performance.now() + STOP_TIMEOUT_MS
  let signal: NodeJS.Signals = how === 'fast' ? 'SIGINT' : 'SIGQUIT'
  let sent: NodeJS.Signals | undefined
  while (isServerOf(pid, cluster)) {
    if (sent !== signal) process.kill(pid, signal)
    sent = signal
    if (performance.now() > giveUpAt) {
      signal = signal === 'SIGINT' ? 'SIGQUIT' : 'SIGKILL'
      giveUpAt = performance.now() + STOP_TIMEOUT_MS
    }
    await sleep(POLL_MS)
  }
}

/** PostgreSQL's own note of who serves the folder: process id, port (4th line) and whether it takes connections (8th). */
function readPidFile(cluster: Cluster): { pid: number; port: number | undefined; ready: boolean } | undefined {
  let lines: string[]
  try {
    lines = readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw fileTrouble(error, cluster.data)
  }
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!(pid > 0)) return undefined
  return { pid, port: Number.parseInt(lines[3] ?? '', 10) || undefined, ready: lines[7]?.trim() === 'ready' }
}

/** Whether that process is alive and a server of this folder, which is its working directory. */
function isServerOf(pid: number, cluster: Cluster): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  if (process.platform !== 'linux') return true
  try {
    const dead = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return !dead && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster.data)
  } catch (error) {
    return codeOf(error) === 'EACCES' // someone else's process that we may not look into: leave it alone
  }
}

/** Whether our password, which no other server knows, opens the server on that port. */
async function answers(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlsOf(cluster, port)('postgres'), connectionTimeoutMillis: 5000 })
  client.on('error', () => {}) // a connection that breaks is told by connect()
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** The port of the last start when it is free, so that a bookmarked address stays right; else any free one. */
async function freePort(wanted: number | undefined): Promise<number> {
  for (const port of [wanted ?? 0, 0]) {
    const server = createServer()
    const got = await new Promise<number | undefined>((done) => {
      server.once('error', () => done(undefined))
      server.listen(port, '127.0.0.1', () => done((server.address() as { port: number }).port))
    })
    await new Promise((done) => server.close(done))
    if (got) return got
  }
  throw new ClearError('No free port on 127.0.0.1 for PostgreSQL.')
}

/** Length of the server's log before a start; a long one is begun anew. */
function startOfNews(cluster: Cluster): number {
  const size = statSync(cluster.log, { throwIfNoEntry: false })?.size ?? 0
  if (size < 20_000_000) return size
  rmSync(cluster.log)
  return 0
}

function whyNot(cluster: Cluster, news: string): ClearError {
  if (isDiskFull(news)) return diskFull(cluster.folder)
  const complaint =
    /(?:FATAL|PANIC):\s+(.*)/.exec(news)?.[1] ?? news.trim().split('\n').at(-1) ?? 'it ended without a word'
  return new ClearError(`PostgreSQL cannot open ${cluster.data}: ${complaint}. ${restoreOrMove(cluster)}`)
}

function binariesFor(account: Account, dataDir: string): Binaries {
  if (account.way === 'copy') return copyBinaries(packageFolder(), join(SYSTEM_FOLDER, POSTGRES))
  return findBinaries(join(dataDir, POSTGRES))
}
