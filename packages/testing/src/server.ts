/** A server for one test: in this process, or as a child. Its database is a process of its own either way. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { News, What } from './apart.ts'
import type { Database, Server } from './parts.ts'

export type { Server }

/** What Sluice itself needs; worlds in a running one and the Playwright helpers need less. */
const LEAST_NODE = [22, 19] as const
/** How many of its last words are told of a process that ended by itself. */
const LAST_WORDS = 2000

/** The parts of Sluice are loaded only when they are wanted: who has a `url` needs none of them. */
export async function startInProcess(logLevel: string): Promise<Server> {
  refuseOldNode()
  const { loadRooms, startRooms } = await import('./parts.ts')
  void loadRooms()
  const database = await startApart<Database>('database', process.execPath, 'silent')
  try {
    const server = await startRooms(database.ready, logLevel)
    return {
      ...server,
      async stop() {
        try {
          await server.stop()
        } finally {
          await database.stop()
        }
      },
    }
  } catch (cause) {
    await database.stop()
    throw notStarted(cause)
  }
}

/** @param node the program to run it with */
export async function startChild(logLevel: string, node = process.execPath): Promise<Server> {
  if (node === process.execPath) refuseOldNode()
  const { ready, child, stop } = await startApart<{ url: string }>('server', node, logLevel)
  return {
    url: ready.url,
    stop,
    verify: () =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error('the server has ended'))
        child.once('exit', ended)
        child.once('message', (news: News) => {
          child.off('exit', ended)
          if ('verified' in news) resolve(news.verified)
          else if ('verifyFailed' in news) reject(new Error(news.verifyFailed))
        })
        child.send('verify')
      }),
  }
}

interface Apart<Ready> {
  child: ChildProcess
  /** What it said when it was up. */
  ready: Ready
  /** Resolves when it has ended and removed its folder. */
  stop(): Promise<void>
}

async function startApart<Ready>(what: What, node: string, logLevel: string): Promise<Apart<Ready>> {
  const program = fileURLToPath(new URL('./apart.ts', import.meta.url))
  const child = fork(program, [what, logLevel], {
    execPath: node,
    // Flags of a test runner are not for it.
    execArgv: [],
    stdio: ['ignore', logLevel === 'silent' ? 'ignore' : 'inherit', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-LAST_WORDS)
  })
  /** Why it was not begun. */
  let failed: string | undefined
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', ({ message }) => {
      failed = message
      done()
    })
  })
  // Not its `close`: of a child whose channel we closed, Node tells none.
  const ended = Promise.all([exited, new Promise((done) => child.stderr?.once('close', done))])
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (news: News) => {
      if ('ready' in news) resolve(news.ready as Ready)
      else if ('failed' in news) failed = news.failed
    })
    void ended.then(() => reject(notStarted(failed ?? (said.trim() || 'it ended without a word'))))
  })
  return {
    child,
    ready,
    async stop() {
      if (child.connected) child.disconnect()
      await ended
      if (child.exitCode !== 0) throw new Error(`the ${what} of the test did not end well: ${said.trim()}`)
    },
  }
}

function notStarted(cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(`Sluice cannot be started: ${why}`, { cause })
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [leastMajor, leastMinor] = LEAST_NODE
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new Error(
    `Sluice needs Node ${LEAST_NODE.join('.')} or newer and this is ${process.versions.node}: use a newer one here, ` +
      'or name it with { as: "child", node: "/path/to/node" }, or use a Sluice that runs with { url }.',
  )
}
