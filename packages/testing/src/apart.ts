/**
 * The program of a process beside the test: the database, or a whole server. It ends when the channel to the test does, by
 * `close()` or because the test was killed, and leaves nothing behind.
 */
import { type Database, loadRooms, startDatabase, startRooms } from './parts.ts'

export type What = 'database' | 'server'

/** What it says to the test. */
export type News =
  | { ready: Database | { url: string } }
  | { failed: string }
  | { verified: string[] }
  | { verifyFailed: string }

const [what, logLevel = 'silent'] = process.argv.slice(2) as [What, string?]

// The test decides what Ctrl-C in its terminal means: when it ends by that, the channel does.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('SIGTERM', () => void end())
process.on('disconnect', () => void end())

const starting = what === 'database' ? startDatabaseApart() : startServerApart()
starting.catch(async (cause) => {
  await tell({ failed: messageOf(cause) })
  process.exit(1)
})

async function startDatabaseApart() {
  const { stop, ...database } = await startDatabase()
  await tell({ ready: database })
  return stop
}

async function startServerApart() {
  void loadRooms()
  const database = await startDatabase()
  try {
    const server = await startRooms(database, logLevel)
    process.on('message', () => {
      server.verify().then(
        (verified) => tell({ verified }),
        (cause) => tell({ verifyFailed: messageOf(cause) }),
      )
    })
    await tell({ ready: { url: server.url } })
    return async () => {
      try {
        await server.stop()
      } finally {
        await database.stop()
      }
    }
  } catch (cause) {
    await database.stop()
    throw cause
  }
}

let ending = false

async function end() {
  if (ending) return
  ending = true
  const stop = await starting.catch(() => undefined) // told already
  if (!stop) return
  try {
    await stop()
    process.exit(0)
  } catch (cause) {
    process.stderr.write(`${messageOf(cause)}\n`)
    process.exit(1)
  }
}

/** Resolves also when nobody listens any more. */
function tell(news: News): Promise<void> {
  return new Promise((done) => {
    if (process.connected) process.send?.(news, undefined, undefined, () => done())
    else done()
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
