/** The parent's side of `load.ts`. One process for the whole run, so that its code is as warm for each server. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadOrder, LoadResult } from './load.ts'

export interface LoadGenerator {
  /** Throws when an answer was missing or was not a 2xx: a rate of refusals would be none. */
  run: (order: LoadOrder) => Promise<LoadResult>
  stop: () => void
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error('the load generator ended'))
        child.once('exit', ended)
        child.once('message', (result: LoadResult | { error: string }) => {
          child.off('exit', ended)
          if ('error' in result) reject(new Error(result.error))
          else resolve(result)
        })
        child.send(order)
      }),
    stop: () => child.kill(),
  }
}
