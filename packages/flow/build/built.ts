/**
 * Where the bundles of Flow are, made first when they are missing or older than their sources: for servers and tests, and
 * `node packages/flow/build/built.ts` for a person.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { FlowManifest } from './manifest.ts'

const PACKAGE = join(import.meta.dirname, '..')
const ROOT = join(PACKAGE, '..', '..')
const DIST = join(PACKAGE, 'dist')
/** Whatever ends up in a bundle, and what decides how. */
const SOURCES = ['packages/{flow,sealing,core}/src/**/*', 'packages/flow/build/*.ts', 'package-lock.json']

/** The folder of the built files; `manifest.json` in it tells them apart. */
export async function builtFlow(): Promise<string> {
  const sources = fingerprint()
  if (builtFrom() === sources) return DIST
  // Beside the folder that is served, and put in its place when it is whole: two builds at once do no harm.
  const folder = `${DIST}.${process.pid}`
  const former = `${folder}.former`
  try {
    const { bundle } = await import('./build.ts') // the bundler takes its time to load
    await bundle(folder, sources)
    if (existsSync(DIST)) renameSync(DIST, former)
    renameSync(folder, DIST)
  } catch (error) {
    if (builtFrom() !== sources) throw error // else another process was quicker
  } finally {
    for (const leftover of [folder, former]) rmSync(leftover, { recursive: true, force: true })
  }
  return DIST
}

function builtFrom(): string | undefined {
  try {
    const manifest: FlowManifest = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8'))
    return manifest.sources
  } catch {
    return undefined
  }
}

/** One hash of every source, with its name. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

if (import.meta.main) process.stdout.write(`${await builtFlow()}\n`)
