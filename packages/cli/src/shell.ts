/** Commands that we print, as they are pasted into a POSIX shell. */
import { resolve } from 'node:path'

export function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** ` --data-dir FOLDER`, or nothing where a command typed here finds the folder by itself. */
export function dataDirFlag(dataDir: string): string {
  return dataDir === resolve('.sluice') ? '' : ` --data-dir ${shellWord(dataDir)}`
}
