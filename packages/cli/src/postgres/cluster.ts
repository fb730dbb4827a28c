/**
 * The database folder, made once: `DATA_DIR/postgres` with `data` (PostgreSQL's own), `connection.json` (mode 0600) and
 * `server.log`. It is made under another name and renamed when it is complete, so a start that is killed half-way leaves
 * nothing that could be taken for a database, and a folder that has anything in it is never initialised again.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ClearError, codeOf, diskFull, fileTrouble, isDiskFull } from '../clear-error.ts'
import { type Account, anybodyMayEnter, giveTo, systemFolderFor } from './account.ts'
import type { Binaries } from './binaries.ts'

/** PostgreSQL's major version; a folder of another one cannot be opened. */
const MAJOR = '18'

export interface Cluster {
  folder: string
  data: string
  connection: string
  log: string
}

/** What `connection.json` holds. `port` and `pid` are those of the last start. */
export interface Connection {
  user: string
  password: string
  port?: number
  pid?: number
}

export function clusterIn(dataDir: string): Cluster {
  return clusterAt(join(dataDir, 'postgres'))
}

function clusterAt(folder: string): Cluster {
  return {
    folder,
    data: join(folder, 'data'),
    connection: join(folder, 'connection.json'),
    log: join(folder, 'server.log'),
  }
}

/**
 * Opens the cluster of `dataDir`, making it when there is none. The caller holds the data folder's lock.
 * Throws `ClearError` for a folder that is not a whole cluster, for a full disk and for missing permissions.
 */
export function openCluster(dataDir: string, account: Account, binaries: () => Binaries): Cluster {
  const cluster = clusterIn(dataDir)
  try {
    if (isEmptyOrMissing(cluster.folder)) makeCluster(dataDir, cluster.folder, account, binaries())
    else if (account.owner) giveTo(account, cluster.folder)
  } catch (error) {
    if (error instanceof ClearError) throw error
    throw fileTrouble(error, cluster.folder)
  }
  checkWhole(cluster)
  const real = clusterAt(realpathSync(cluster.folder))
  if (account.way === 'copy' && !anybodyMayEnter(dirname(real.folder))) {
    throw new ClearError(
      `PostgreSQL does not run as root and no other user may enter ${dataDir}: choose another --data-dir.`,
    )
  }
  return real
}

export function readConnection(cluster: Cluster): Connection {
  const broken = () =>
    new ClearError(`${cluster.connection} is broken, so its database cannot be opened. ${restoreOrMove(cluster)}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(cluster.connection, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw broken()
    throw fileTrouble(error, cluster.connection)
  }
  const { user, password } = parsed as Partial<Connection>
  if (typeof user !== 'string' || typeof password !== 'string') throw broken()
  return parsed as Connection
}

/** Replaces `connection.json` as a whole, so that a reader never sees half of it. */
export function writeConnection(cluster: Cluster, connection: Connection) {
  const fresh = `${cluster.connection}.new`
  writeFileSync(fresh, `${JSON.stringify(connection)}\n`, { mode: 0o600 })
  renameSync(fresh, cluster.connection)
}

export function restoreOrMove(cluster: Cluster): string {
  return `Restore a backup of ${cluster.folder}, or move it away to begin with an empty database.`
}

function isEmptyOrMissing(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    throw error
  }
}

function checkWhole(cluster: Cluster) {
  let version: string
  try {
    version = readFileSync(join(cluster.data, 'PG_VERSION'), 'utf8').trim()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw fileTrouble(error, cluster.data)
    throw new ClearError(`${cluster.folder} is not empty and not a whole database. ${restoreOrMove(cluster)}`)
  }
  if (version !== MAJOR) {
    throw new ClearError(
      `${cluster.data} is of PostgreSQL ${version || '?'}, this Sluice brings ${MAJOR}. ${restoreOrMove(cluster)}`,
    )
  }
  if (!existsSync(cluster.connection)) {
    throw new ClearError(
      `${cluster.connection} is missing, so its database cannot be opened. ${restoreOrMove(cluster)}`,
    )
  }
}

/** Initialises beside the final place, with the role and databases we use, and moves it there in one step. */
function makeCluster(dataDir: string, folder: string, account: Account, binaries: Binaries) {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith('postgres.half-')) rmSync(join(dataDir, name), { recursive: true, force: true })
  }
  // An account that may not enter our folders keeps its data where it may; a link shows where that is.
  const elsewhere = account.way === 'copy' && !anybodyMayEnter(dataDir) ? systemFolderFor(dataDir) : undefined
  if (elsewhere && !isEmptyOrMissing(elsewhere)) {
    throw new ClearError(
      `${elsewhere} still holds the database of an earlier ${dataDir}. Move it away and start again.`,
    )
  }
  const half = mkdtempSync(elsewhere ? `${elsewhere}.half-` : join(dataDir, 'postgres.half-'))
  try {
    giveTo(account, half)
    const cluster = clusterAt(half)
    const password = randomBytes(24).toString('base64url')
    initdb(cluster, account, binaries)
    makeRole(cluster, account, binaries, password)
    writeConnection(cluster, { user: 'sluice', password })
    renameSync(half, elsewhere ?? folder)
    if (elsewhere) symlinkSync(elsewhere, folder)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw error
  }
}

/** Checksums on; the text order of C.UTF-8 is PostgreSQL's own, so an upgrade of the machine cannot break an index. */
function initdb(cluster: Cluster, account: Account, binaries: Binaries) {
  // The superuser's password is known to nobody: `postgres --single` serves whoever owns the folder.
  const passwordFile = join(cluster.folder, 'superuser')
  writeFileSync(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 })
  if (account.owner) giveTo(account, passwordFile)
  mkdirSync(cluster.data, { mode: 0o700 })
  giveTo(account, cluster.data)
  const args = ['--pgdata', cluster.data, '--username', 'postgres', '--pwfile', passwordFile]
  args.push('--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale-provider', 'builtin', '--locale', 'C.UTF-8')
  args.push('--data-checksums', '--no-instructions')
  run(cluster, account, [binaries.initdb, ...args], '')
  rmSync(passwordFile)
}

/** Sluice's own role, which owns its databases and may make further ones, but is no superuser. */
function makeRole(cluster: Cluster, account: Account, binaries: Binaries, password: string) {
  const statements = [
    `create role sluice login createdb password '${password}'`, // base64url: nothing to quote
    'create database sluice owner sluice',
    'create database sluice_simulator owner sluice',
  ]
  run(
    cluster,
    account,
    [binaries.postgres, '--single', '-j', '-D', cluster.data, 'postgres'],
    statements.join(';\n\n') + ';\n\n',
  )
}

function run(cluster: Cluster, account: Account, command: readonly string[], input: string) {
  const [program = '', ...args] = [...account.prefix, ...command]
  const asOther = account.way === 'copy' && account.owner ? account.owner : {}
  const { status, stderr, stdout, error } = spawnSync(program, args, {
    cwd: cluster.folder,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    ...asOther,
  })
  const said = `${stderr ?? ''}\n${stdout ?? ''}`
  if (error) throw error
  if (status === 0 && !/^.*(ERROR|FATAL|PANIC): /m.test(said)) return
  if (isDiskFull(said)) throw diskFull(cluster.folder)
  const complaint = /^.*?((?:ERROR|FATAL|PANIC|error|fatal): .*)$/m.exec(said)?.[1] ?? said.trim().split('\n').at(-1)
  throw new ClearError(`${basename(command[0] ?? '')} could not make a database in ${cluster.folder}: ${complaint}`)
}
