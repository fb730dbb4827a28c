/** A page of some shop that holds a frame and writes down what is said to it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** Answers its origin, another one each time: the frame is the `frame` of the query, messages are in `window.heard`. */
export async function framingPage(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    const frame = new URL(request.url ?? '/', 'http://shop').searchParams.get('frame') ?? ''
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Shop</title>
<script>window.heard = []; addEventListener('message', ({ data }) => window.heard.push(data))</script>
<iframe src="${frame.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe>`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  server.unref() // a test that failed while cleaning up must not keep its process alive
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}
