/** A server for one test, with databases of its own, on free ports: in this process, or as a child. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Server {
  /** The API's origin. */
  url: string
  /** What is broken of the money invariants. */
  verify(): Promise<string[]>
  stop(): Promise<void>
}

/** Of a machine that is busy. */
const START_TIMEOUT_MS = 120_000
const LOOK_MS = 50
/** Tests are faster than any merchant. */
const REQUESTS_PER_SECOND = 100_000
/** A port may be taken between the look and the start. */
const MOST_TRIES = 5
/** `sluice start` takes the port that it is given and the four after it. */
const PORTS = 5
const SLUICE = fileURLToPath(import.meta.resolve('@sluice/cli/main'))

/** The parts of Sluice are loaded only when they are wanted: who has a `url` needs none of them. */
export async function startInProcess(logLevel: string): Promise<Server> {
  const [
    { startEmbeddedPostgres },
    { builtFlow },
    { readConfig },
    { startServer },
    { verify },
    { startSimulator },
    pino,
  ] = await Promise.all([
    import('@sluice/cli/embedded-postgres'),
    import('@sluice/flow/built'),
    import('@sluice/server/config'),
    import('@sluice/server/main'),
    import('@sluice/server/operations/verify'),
    import('@sluice/simulator/main'),
    import('pino'),
  ])
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-testing-'))
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } })
    stops.push(() => postgres.stop('immediate'))
    const [api, frames, simulator] = await Promise.all([freePort(), freePort(), freePort()])
    const defaults = readConfig({ SLUICE_LOG_LEVEL: logLevel, SLUICE_DATA_DIR: dataDir })
    const config = {
      ...defaults,
      databaseUrl: postgres.url('sluice'),
      databaseWaitMs: 10_000,
      limits: {
        ...defaults.limits,
        perKeyPerSecond: REQUESTS_PER_SECOND,
        perAddressPerSecond: REQUESTS_PER_SECOND,
      },
      ports: { ...defaults.ports, api, frames, simulator },
      urls: {
        ...defaults.urls,
        api: `http://localhost:${api}`,
        frames: `http://localhost:${frames}`,
        simulator: `http://localhost:${simulator}`,
      },
    }
    const bank = await startSimulator({
      listen: '127.0.0.1',
      port: simulator,
      url: config.urls.simulator,
      databaseUrl: postgres.url('sluice_simulator'),
      hosts: [],
      log: pino.default({ level: 'silent' }),
    })
    stops.push(bank.close)
    const server = await startServer(config, { flow: await builtFlow() })
    stops.push(server.close)
    return {
      url: config.urls.api,
      async verify() {
        const { breaches, unchecked } = await verify(server.ctx)
        return [...breaches, ...unchecked].map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
      },
      stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

export async function startChild(logLevel: string): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await spawnServer(await freePorts(), logLevel)
    } catch (cause) {
      if (tries === MOST_TRIES || !/is in use/.test(String(cause))) throw cause
    }
  }
}

async function spawnServer(port: number, logLevel: string): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-testing-'))
  const settings = ['--data-dir', dataDir, '--port', String(port)]
  const limits = ['--limit-per-key', String(REQUESTS_PER_SECOND), '--limit-per-address', String(REQUESTS_PER_SECOND)]
  const child = spawn(process.execPath, [SLUICE, 'start', ...settings, ...limits, '--log-level', logLevel], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-2000)
  })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true, force: true })
  }
  const url = `http://localhost:${port}`
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await stop()
      throw new Error(`sluice start did not come up: ${said.trim() || 'it said nothing'}`)
    }
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
  return { url, stop, verify: () => verifyByCommand(settings) }
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  )
}

/** `sluice verify` beside the server. */
async function verifyByCommand(settings: readonly string[]): Promise<string[]> {
  const [, dataDir = '', , port = ''] = settings
  const child = spawn(process.execPath, [SLUICE, 'verify', '--data-dir', dataDir, '--port', port], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return code === 0 ? [] : said.trim().split('\n')
}

function freePort(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const { port: found } = probe.address() as { port: number }
      probe.close(() => resolve(found))
    })
  })
}

/** The first of five that follow each other and are free. */
async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = randomInt(20_000, 50_000)
    const free = await Promise.all(
      Array.from({ length: PORTS }, (_, at) =>
        freePort(first + at).then(
          () => true,
          () => false,
        ),
      ),
    )
    if (free.every(Boolean)) return first
  }
  throw new Error('no five ports in a row are free')
}
