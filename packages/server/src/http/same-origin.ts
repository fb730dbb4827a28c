/** The frames origin answers its own documents. Scripts of another page are refused, also where no answer could be read. */
import { Problem } from '@sluice/core/problems'
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A document that a shop's page holds in a frame: its `frame-ancestors` say whose. */
    embedded?: boolean
  }
}

/** @param origin under which the listener is known; one that is reached by another served name answers that one too */
export function answerOnlyOwnPages(app: FastifyInstance, origin: string) {
  app.addHook('onRequest', (request, _reply, done) => {
    const allowed = request.routeOptions.config?.embedded || comesFromUs(request, origin)
    done(allowed ? undefined : new Problem('action_not_allowed'))
  })
}

/** Browsers say it in one header or the other; whoever is no browser says nothing. */
function comesFromUs({ headers }: FastifyRequest, own: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = headers
  return origin === undefined || origin === own || URL.parse(origin)?.host === host
}
