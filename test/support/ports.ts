/**
 * Ports for the servers of tests, which have to know their addresses before they listen, and get them again when they are
 * started anew. Below those that the system hands out by itself, and above those of the command line's tests.
 */
import { createServer, type Server } from 'node:net'

const LOWEST = 20_000
const HIGHEST = 32_767
/** A loopback address that nobody serves: who listens there has the port until its process ends, whatever way it ends. */
const RESERVED_AT = '127.83.76.85'

let next = LOWEST + ((process.pid * 64) % (HIGHEST - LOWEST))

/** A port that nobody listens at, and that no other test gets as long as this process lives. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next
    next = port < HIGHEST ? port + 1 : LOWEST
    const reservation = await listenAt(port, RESERVED_AT)
    if (!reservation) continue
    reservation.unref()
    const probe = await listenAt(port, '127.0.0.1')
    if (!probe) {
      reservation.close()
      continue
    }
    await new Promise((closed) => probe.close(closed))
    return port
  }
}

/** @returns nothing where the port is taken */
function listenAt(port: number, host: string): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'EADDRINUSE' ? resolve(undefined) : reject(cause),
    )
    server.listen(port, host, () => resolve(server))
  })
}
