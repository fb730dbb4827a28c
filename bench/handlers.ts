/** Starts the two handlers of `handler.ts`, each with an own database of Sluice's schema on Sluice's own server. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { migrate } from '@sluice/server/store/migrate'
import { openPool } from '@sluice/server/store/store'
import { systemNow } from '@sluice/server/time'

export interface Handler {
  url: string
}

export interface Handlers {
  bare: Handler
  ceiling: Handler
  stop: () => Promise<void>
}

/** @param beside a database of the server to use */
export async function startHandlers(beside: string): Promise<Handlers> {
  const bare = await start('bare', await makeDatabase(beside, 'bench_bare'))
  const ceiling = await start('coalescing', await makeDatabase(beside, 'bench_coalescing'))
  return {
    bare: { url: bare.url },
    ceiling: { url: ceiling.url },
    stop: async () => {
      await Promise.all([bare.stop(), ceiling.stop()])
    },
  }
}

async function makeDatabase(beside: string, name: string): Promise<string> {
  const server = openPool(beside, 1, 1_000)
  await server.query(`create database ${name}`)
  await server.end()
  const url = new URL(beside)
  url.pathname = `/${name}`
  await migrate(url.href, systemNow())
  return url.href
}

async function start(kind: 'bare' | 'coalescing', databaseUrl: string) {
  const child = fork(join(import.meta.dirname, 'handler.ts'), [kind], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  })
  const ended = once(child, 'exit')
  const [port] = await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error(`the ${kind} handler ended`))),
  ])
  return {
    url: `http://localhost:${port}`,
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
