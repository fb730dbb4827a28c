/** Runs the real command line as a person would, each test with a data folder and five ports of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates, setDefaultCACertificates } from 'node:tls'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded-postgres.ts'

export const SLUICE = join(import.meta.dirname, '..', 'bin', 'sluice.js')
const READY_TIMEOUT_MS = 60_000

export interface Ended {
  code: number | null
  out: string
  err: string
}

export interface Command {
  child: ChildProcess
  ended: Promise<Ended>
}

/** A data folder that goes, with whatever still runs on it, when the test ends. */
export function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), `sluice-test-${process.pid}-`))
  const dataDir = join(folder, 'data')
  t.after(async () => {
    await killHolder(dataDir)
    if (await findEmbeddedPostgres(dataDir).catch(() => undefined)) {
      await (await startEmbeddedPostgres({ dataDir, log: () => {} })).stop('immediate')
    }
    rmSync(folder, { recursive: true, force: true })
  })
  return dataDir
}

/** Process id of the Sluice that says it runs on the folder. */
export function holderOf(dataDir: string): number {
  return (JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as { pid: number }).pid
}

/** Runs `sluice ARGS`. Of the environment, settings of Sluice are left out. */
export function run(args: readonly string[], env: Record<string, string> = {}): Command {
  return watch(spawn(process.execPath, [SLUICE, ...args], { env: { ...cleanEnvironment(), ...env } }))
}

export function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SLUICE|NODE_TEST|npm)_/.test(name)))
}

export function watch(child: ChildProcess): Command {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, out, err })))
  return { child, ended }
}

/** Starts Sluice and resolves when it is ready. With `SLUICE_TLS`, this process trusts the certificate it makes. */
export async function startSluice(t: TestContext, dataDir: string, port: number, env: Record<string, string> = {}) {
  const since = performance.now()
  const command = run(['start', '--port', String(port), '--data-dir', dataDir, '--log-level', 'warn'], env)
  t.after(() => command.child.kill('SIGKILL'))
  const api = `${env.SLUICE_TLS ? 'https' : 'http'}://localhost:${port}`
  let over: Ended | undefined
  void command.ended.then((ended) => (over = ended))
  while (!over && performance.now() - since < READY_TIMEOUT_MS) {
    if (env.SLUICE_TLS) trust(join(dataDir, 'tls.crt'))
    const answer = await fetch(`${api}/health/ready`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return { ...command, api }
    await sleep(20)
  }
  throw new Error(`Sluice did not become ready: ${over?.err ?? 'no answer'}`)
}

/** Lets calls of this process trust a certificate, once it is there. */
export function trust(file: string) {
  if (existsSync(file)) setDefaultCACertificates([...rootCertificates, readFileSync(file, 'utf8')])
}

/**
 * The first of five neighbouring ports that are free now, below those that the system hands out by itself and those of
 * `test/support/ports.ts`: nobody takes one between the look and the start.
 */
export async function freePorts(): Promise<number> {
  for (let first = 10_000 + (process.pid % 1000) * 10; ; first += 5) {
    if (first > 19_990) first = 10_000
    const free = await Promise.all([0, 1, 2, 3, 4].map((more) => isFree(first + more)))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((done) => {
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

/** A trouble is told in one line on stderr, without a stack trace, and ends with 1. */
export function assertOneLine({ code, err }: Ended, like: RegExp) {
  assert.match(err, like)
  assert.deepEqual(err.trimEnd().split('\n').length, 1, err)
  assert.equal(code, 1)
}

async function killHolder(dataDir: string) {
  try {
    process.kill(holderOf(dataDir), 'SIGKILL')
    await sleep(100)
  } catch {
    // nobody holds it
  }
}
