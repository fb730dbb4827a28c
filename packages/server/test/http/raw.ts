/** A connection on which a test writes bytes and reads whole answers. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface RawConnection {
  write(bytes: string | Buffer): void
  /** The next answer on this connection; `undefined` when it was closed without one. */
  answer(): Promise<RawAnswer | undefined>
  /** Resolves when the server has closed the connection. */
  closed: Promise<void>
  socket: Socket
}

/** @param socket a connection that is opened otherwise, as over TLS */
export function openRaw(port: number, socket: Socket = connect({ port, host: '127.0.0.1' })): RawConnection {
  let received = ''
  let ended = false
  let changed = () => {}
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    changed()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
    changed()
  })

  function take(): RawAnswer | undefined {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    )
    const length = Number(headers['content-length'] ?? 0)
    if (received.length < end + 4 + length) return undefined
    const body = received.slice(end + 4, end + 4 + length)
    received = received.slice(end + 4 + length)
    return { status: Number(statusLine.split(' ')[1]), headers, body }
  }

  return {
    socket,
    closed,
    write: (bytes) => void socket.write(bytes),
    async answer() {
      for (;;) {
        const answer = take()
        if (answer || ended) return answer
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
    },
  }
}

/** One request on a connection of its own. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer | undefined> {
  const connection = openRaw(port)
  connection.write(bytes)
  const answer = await connection.answer()
  connection.socket.destroy()
  return answer
}
