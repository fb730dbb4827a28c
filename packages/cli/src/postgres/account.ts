/**
 * PostgreSQL refuses to run as root, and root is who runs us in most containers and CI machines. Three ways out, the
 * first that this machine allows:
 * `namespace`: a user namespace in which root goes by another user's name; it still may enter folders that only root may.
 * `capabilities`: another user, who keeps the one power of passing by file permissions. Containers forbid namespaces, not this.
 * `copy`: another user without any power, and so with programs, and if need be data, in a system folder it may enter.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ClearError } from '../clear-error.ts'

export type Way = 'direct' | 'namespace' | 'capabilities' | 'copy'

export interface Account {
  way: Way
  /** Put before the program and its arguments. */
  prefix: readonly string[]
  /** Who owns the data on disk, and whom a `copy` runs as. `undefined` = whoever we are. */
  owner: { uid: number; gid: number } | undefined
}

/** Programs and data for an account that may not enter the folders of this one. */
export const SYSTEM_FOLDER = '/var/lib/sluice'

/** Picks the way for this process. `only` restricts the choice, for tests of ways this machine would not take. */
export function chooseAccount(only?: Way): Account {
  if (process.getuid?.() !== 0) return { way: 'direct', prefix: [], owner: undefined }
  const { uid, gid } = someAccount()
  const namespace = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
  // dac_override: pass by permissions; fowner: be taken for the owner where a file was left by another way
  const powers = '+dac_override,+fowner'
  const capabilities = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', `--inh-caps=${powers}`]
  capabilities.push(`--ambient-caps=${powers}`, '--')

  if ((!only || only === 'namespace') && works(namespace)) {
    return { way: 'namespace', prefix: namespace, owner: { uid: 0, gid: 0 } }
  }
  if ((!only || only === 'capabilities') && works(capabilities)) {
    return { way: 'capabilities', prefix: capabilities, owner: { uid, gid } }
  }
  return { way: 'copy', prefix: [], owner: { uid, gid } }
}

/** The first account of this machine that is not root. initdb asks for its name, so it must have one. */
function someAccount(): { uid: number; gid: number } {
  const passwd = readFileSync('/etc/passwd', 'utf8')
  for (const line of passwd.split('\n')) {
    const [, , uid, gid] = line.split(':')
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new ClearError(
    'PostgreSQL does not run as root and this machine has no other user: add one, or set SLUICE_DATABASE_URL.',
  )
}

function works([command, ...args]: readonly string[]): boolean {
  return command !== undefined && spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0
}

/** Gives a folder and all in it to the account, if it belongs to someone else. */
export function giveTo(account: Account, folder: string) {
  if (!account.owner) return
  const { uid, gid } = account.owner
  const give = (path: string) => {
    const stat = lstatSync(path)
    if (stat.isDirectory()) for (const name of readdirSync(path)) give(join(path, name))
    if (stat.isDirectory() || stat.isFile()) chownSync(path, uid, gid)
  }
  if (statSync(folder).uid !== uid) give(realpathSync(folder))
}

/** Whether every folder down to `path` lets anybody through; what a `copy` needs. */
export function anybodyMayEnter(path: string): boolean {
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** A folder in the system folder for the data of `dataDir`, always the same for the same `dataDir`. */
export function systemFolderFor(dataDir: string): string {
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16)
  const folder = join(SYSTEM_FOLDER, name)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  chmodSync(SYSTEM_FOLDER, 0o755)
  chmodSync(folder, 0o755)
  return folder
}
