/** Takes the place of `@sluice/flow/built` in the published package: its bundles are there, and their sources are not. */
import { join } from 'node:path'

/** The folder of the built files, with their `manifest.json`. */
export async function builtFlow(): Promise<string> {
  return join(import.meta.dirname, '../../flow/dist')
}
