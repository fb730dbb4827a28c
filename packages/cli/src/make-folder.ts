import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, fileTrouble } from './clear-error.ts'

/**
 * Makes a folder for its owner only, with those above it. Node's own recursive `mkdir` never returns where a file system
 * refuses with ENOENT, as `/proc` does. Throws `ClearError`.
 */
export function makeFolder(path: string) {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return // another start was quicker
    throw fileTrouble(error, path)
  }
}
