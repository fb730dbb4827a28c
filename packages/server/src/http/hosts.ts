/** Refuses requests for host names that are not ours, before anything else is looked at. */
import type { IncomingMessage } from 'node:http'
import { isServedHost } from '@sluice/core/hosts'
import { Problem } from '@sluice/core/problems'
import type { FastifyInstance } from 'fastify'

const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i

/** @param hosts further names, lower case, without port */
export function answerOnlyFor(app: FastifyInstance, hosts: readonly string[]) {
  const known = new Map<string, boolean>()

  function isServed(authority: string): boolean {
    const remembered = known.get(authority)
    if (remembered !== undefined) return remembered
    const verdict = isServedHost(authority, hosts)
    if (verdict && known.size < 100) known.set(authority, verdict)
    return verdict
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const authorities = authoritiesOf(request.raw)
    const refused = authorities.length === 0 || !authorities.every(isServed)
    done(refused ? new Problem('host_not_served') : undefined)
  })
}

/** Every name the request gives: two `Host` headers, or a target that says another one, must all be served. */
function authoritiesOf({ rawHeaders, url }: IncomingMessage): string[] {
  const authorities: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') authorities.push(rawHeaders[at + 1] as string)
  }
  if (authorities.length !== 1) return []
  const target = url && url[0] !== '/' ? ABSOLUTE_TARGET.exec(url) : null
  if (target) authorities.push(target[1] as string)
  return authorities
}
