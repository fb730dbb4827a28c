/** The data folder: who may use it now, and what the one who does tells the others. */
import { accessSync, closeSync, constants, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClearError, diskFull, fileTrouble, isDiskFull } from './clear-error.ts'
import { dataDirFlag } from './shell.ts'
import { makeFolder } from './make-folder.ts'

/** What the holder of a data folder says about itself, in `running.json`. */
export interface Holder {
  pid: number
  /** `start`, or a command that needs the folder for a moment. */
  command: string
  /** The API's origin, once it listens. */
  api?: string
  stopping?: true
}

export interface DataFolder {
  /** Tells other commands how far we are. */
  say: (news: Partial<Holder>) => void
  release: () => void
}

/** A start waits this long for one that may be ending without having said so, and this long for one that has. */
const GRACE_MS = 1500
const PATIENCE_MS = 30_000

/**
 * Takes the folder for this process, making it when missing. The lock is the kernel's (through SQLite, which knows the
 * right call on every system): it ends with the process, however that ends, so no stale lock can shut anyone out.
 * Throws `ClearError` when another Sluice keeps the folder, or when the folder cannot be used.
 */
export async function takeDataFolder(path: string, command: string): Promise<DataFolder> {
  const since = performance.now()
  for (;;) {
    const folder = tryTake(path, command)
    if (folder) return folder
    const holder = readHolder(path)
    const ending = holder && (holder.stopping || holder.command !== 'start')
    if (performance.now() - since > (ending ? PATIENCE_MS : GRACE_MS)) throw alreadyRunning(path, holder)
    await sleep(50)
  }
}

/** Takes the folder if nobody keeps it. */
export function tryTake(path: string, command: string): DataFolder | undefined {
  const lockFile = join(path, 'lock')
  try {
    makeFolder(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    closeSync(openSync(lockFile, 'a', 0o600)) // here and not later: closing it would give up a lock of this process
  } catch (error) {
    throw error instanceof ClearError ? error : fileTrouble(error, path)
  }
  const lock = lockExclusively(lockFile, path)
  if (!lock) return undefined

  let holder: Holder = { pid: process.pid, command }
  const say = (news: Partial<Holder>) => {
    holder = { ...holder, ...news }
    writeHolder(path, holder)
  }
  try {
    say({})
  } catch (error) {
    lock.close()
    throw fileTrouble(error, path)
  }
  return {
    say,
    release: () => {
      rmSync(holderFile(path), { force: true })
      lock.close()
    },
  }
}

/** Whoever keeps the folder now, by its own word; `undefined` when it has not said or the file is broken. */
export function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(holderFile(path), 'utf8')) as Partial<Holder>
    return typeof holder.pid === 'number' && typeof holder.command === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

function lockExclusively(lockFile: string, path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(lockFile)
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (isDiskFull(error)) throw diskFull(path)
    const reason = error instanceof Error ? error.message : String(error)
    if (/locked|busy/i.test(reason)) return undefined
    throw new ClearError(
      `Cannot lock ${lockFile}: ${reason}. Remove that file if it is not Sluice's, or choose another --data-dir.`,
    )
  }
}

function alreadyRunning(path: string, holder: Holder | undefined): ClearError {
  const at = holder?.api ? ` at ${holder.api}` : ''
  const by = holder ? ` (process ${holder.pid})` : ''
  return new ClearError(
    `Sluice is already running on ${path}${at}${by}. Stop it with: npx --no-install sluice stop${dataDirFlag(path)}`,
  )
}

function holderFile(path: string): string {
  return join(path, 'running.json')
}

function writeHolder(path: string, holder: Holder) {
  const fresh = `${holderFile(path)}.new`
  writeFileSync(fresh, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
  renameSync(fresh, holderFile(path))
}
