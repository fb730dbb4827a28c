/** Behind a balancer: whose word is taken for where a request came from, and what is done with an unreadable one. */
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'

const ADDRESS_AND_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/

/**
 * `request.ip` is made of `X-Forwarded-For` when the peer is trusted (Fastify's `trustProxy`). Some balancers write ports
 * behind addresses; one that names no address has named nobody, and the request is its own. No other header of a proxy
 * means anything here: names are read from `Host`, URLs are made from settings.
 */
export function readForwardedAddresses(app: FastifyInstance) {
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    const named = headers['x-forwarded-for']
    if (named !== undefined) {
      headers['x-forwarded-for'] = String(named).split(',').map(withoutPort).join(',')
      if (isIP(request.ip) === 0) delete headers['x-forwarded-for']
    }
    done()
  })
}

function withoutPort(entry: string): string {
  const named = entry.trim()
  const [, ipv6, ipv4] = ADDRESS_AND_PORT.exec(named) ?? []
  return ipv6 ?? ipv4 ?? named
}
