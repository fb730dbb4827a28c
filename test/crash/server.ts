/**
 * Sluice as a process of its own, for tests that kill it. It loads everything, then waits for its order; at the seam it
 * is told to hold at, every payment stops for good and its parent is told, who kills the process at that point.
 */
import { type Config } from '@sluice/server/config'
import type { SeamName } from '@sluice/server/context'
import { startServer } from '@sluice/server/main'

export interface Order {
  config: Config
  jobs: boolean
  holdAt: SeamName | undefined
}

export type ToServer = { start: Order } | { holdAt: SeamName }
export type FromServer = { state: 'listening' } | { state: 'failed'; why: string } | { state: 'held'; subject: string }

let holdAt: SeamName | undefined

async function start({ config, jobs, holdAt: first }: Order) {
  holdAt = first
  await startServer(config, {
    jobs,
    seam: (name, subject) => {
      if (name !== holdAt) return
      tell({ state: 'held', subject })
      return new Promise<void>(() => {})
    },
  })
  tell({ state: 'listening' })
}

function tell(message: FromServer) {
  process.send?.(message)
}

process.on('message', (message: ToServer) => {
  if ('holdAt' in message) {
    holdAt = message.holdAt
    return
  }
  start(message.start).catch((cause: Error) => tell({ state: 'failed', why: cause.stack ?? cause.message }))
})
// A test that ended without stopping its server must not leave it running.
process.on('disconnect', () => process.exit())
