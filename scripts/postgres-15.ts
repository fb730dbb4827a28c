/** A throw-away PostgreSQL 15 for the tests, from the programs of this machine's own package when it has one. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chooseAccount, giveTo } from '@sluice/cli/postgres/account'

const START_TIMEOUT_MS = 60_000
const ENV = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }

/** The folder with `initdb` and `postgres` of version 15. */
export function findPostgres15(): string | undefined {
  const told = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim()
  return ['/usr/lib/postgresql/15/bin', '/usr/pgsql-15/bin', told].find((folder) => {
    if (!folder || !existsSync(join(folder, 'initdb'))) return false
    return / 15\./.test(spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? '')
  })
}

export async function startPostgres15(programs: string, folder: string) {
  const account = chooseAccount()
  const asOther = account.way === 'copy' && account.owner ? account.owner : {}
  const password = randomBytes(18).toString('base64url')
  const [data, passwordFile, log] = [join(folder, 'data'), join(folder, 'password'), join(folder, 'server.log')]
  mkdirSync(data, { recursive: true, mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  giveTo(account, folder)

  const options = [
    '-D',
    data,
    '-U',
    'sluice',
    '--pwfile',
    passwordFile,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale',
    'C',
  ]
  const [first, ...rest] = [...account.prefix, join(programs, 'initdb'), ...options, '--no-sync']
  const made = spawnSync(first, rest, { cwd: folder, env: ENV, encoding: 'utf8', ...asOther })
  if (made.status !== 0) throw new Error(`initdb of PostgreSQL 15 failed: ${made.stderr}`)

  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: 300,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program = '', ...more] = [...account.prefix, join(programs, 'postgres'), '-D', data, ...args]
  const out = openSync(log, 'a', 0o600)
  const child = spawn(program, more, { cwd: folder, env: ENV, detached: true, stdio: ['ignore', out, out], ...asOther })
  closeSync(out)
  child.unref()
  const ended = new Promise<void>((done) => child.once('exit', () => done()))

  const giveUpAt = performance.now() + START_TIMEOUT_MS
  while (!isReady(data)) {
    if (performance.now() > giveUpAt || child.exitCode !== null) {
      throw new Error(`PostgreSQL 15 did not start: ${readFileSync(log, 'utf8').slice(-500)}`)
    }
    await sleep(20)
  }
  return {
    url: `postgres://sluice:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      child.ref()
      child.kill('SIGQUIT')
      await ended
    },
  }
}

function isReady(data: string): boolean {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port))
  })
  await new Promise((done) => server.close(done))
  return port
}
