/** `sluice stop`: ends the Sluice of a data folder from another terminal, and a database that a killed one left running. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClearError } from './clear-error.ts'
import { readHolder, tryTake } from './data-folder.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'

const PATIENCE_MS = 60_000

/** Resolves with what was done, in one line. */
export async function stop(dataDir: string): Promise<string> {
  const giveUpAt = performance.now() + PATIENCE_MS
  let asked = false
  for (;;) {
    const folder = tryTake(dataDir, 'stop')
    if (folder) {
      try {
        const left = await stopLeftover(dataDir)
        return asked
          ? 'Stopped. The data stays.'
          : left
            ? 'Stopped the database that was left running.'
            : 'Sluice is not running.'
      } finally {
        folder.release()
      }
    }
    const holder = readHolder(dataDir)
    if (holder && !asked) {
      asked = true
      process.kill(holder.pid, 'SIGTERM')
    }
    if (performance.now() > giveUpAt) throw new ClearError(`Sluice (process ${holder?.pid ?? '?'}) does not stop.`)
    await sleep(50)
  }
}

async function stopLeftover(dataDir: string): Promise<boolean> {
  if (!(await findEmbeddedPostgres(dataDir))) return false
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => {} })
  await postgres.stop()
  return true
}
