/** A line between a browser and the frames origin that loses what a test wants it to lose. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What happens to one submit. */
type Fault =
  /** Nothing arrives at the server. */
  | 'lose request'
  /** The server answers, and nobody hears it. */
  | 'lose answer'
  /** Half of the answer's body arrives. */
  | 'cut answer'
  /** The server works on it; a gateway before it has no patience and answers 502 with a page of its own. */
  | 'impatient gateway'
  /** A limit before the server. */
  | 'rate limit'

export interface BadLine {
  url: string
  /** Faults of the next submits, one after the other; afterwards they pass. */
  faults: Fault[]
  /** Nothing passes at all. */
  down: boolean
  /** Submits that arrived at this end of the line. */
  submits: number
}

/** @param target origin of the frames listener */
export async function startBadLine(t: TestContext, target: string): Promise<BadLine> {
  const line: BadLine = { url: '', faults: [], down: false, submits: 0 }
  const server = http.createServer((request, reply) => {
    if (line.down) return void request.socket.destroy()
    const submitting = request.method === 'POST' && request.url?.endsWith('/submit')
    if (submitting) line.submits++
    const fault = submitting ? line.faults.shift() : undefined
    if (fault === 'lose request') return void request.socket.destroy()
    if (fault === 'rate limit') return void reply.writeHead(429, { 'retry-after': '1' }).end()
    pass(target, request, reply, fault)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  line.url = `http://localhost:${(server.address() as AddressInfo).port}`
  return line
}

function pass(
  target: string,
  request: http.IncomingMessage,
  reply: http.ServerResponse,
  fault: Fault | undefined,
): void {
  const { method, headers, url } = request
  const onward = http.request(new URL(url ?? '/', target), { method, headers }, (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () => {
      const body = Buffer.concat(chunks)
      if (fault === 'lose answer') return void request.socket.destroy()
      if (fault === 'impatient gateway') return
      reply.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': body.length })
      if (fault !== 'cut answer') return void reply.end(body)
      reply.write(body.subarray(0, body.length / 2), () => request.socket.destroy())
    })
  })
  onward.on('error', () => request.socket.destroy())
  request.pipe(onward)
  if (fault === 'impatient gateway') {
    const give = () => reply.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>')
    setTimeout(give, 50)
  }
}
