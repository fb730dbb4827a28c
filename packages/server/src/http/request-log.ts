/** One line and one observation for each request. The route's template stands for the path, which may hold an id. */
import { randomUUID } from 'node:crypto'
import { holdsCardNumber } from '@sluice/core/cards'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'

/** Requests that no route takes. */
const NO_ROUTE = '(none)'

/** A UUID. One in some 350 reads like a card number, would be masked in the log, and could not be found there. */
export function newRequestId(): string {
  const id = randomUUID()
  return holdsCardNumber(id) ? newRequestId() : id
}

export function recordRequests(app: FastifyInstance, log: Logger, metrics: Metrics) {
  // All its members are named here, so none has to be looked for by path; the finished line is still searched for secrets.
  const lines = log.child({}, { redact: [] })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, id, caller, unknownMembers } = request
    const route = routeOptions.url ?? NO_ROUTE
    metrics.countRequest(method, route, reply.statusCode, reply.elapsedTime / 1000)
    lines.info(
      {
        request_id: id,
        method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(caller && { entity: caller.entity, key: caller.keyLabel }),
        ...(unknownMembers?.length && { unknown_members: unknownMembers }),
      },
      'request',
    )
    done()
  })
}
