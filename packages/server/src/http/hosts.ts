/**
 * Which host names are answered. The sandbox's keys are published and its server listens on the developer's own
 * machine: a web page must not reach it by letting its own name resolve to 127.0.0.1 (DNS rebinding).
 */
import type { IncomingMessage } from 'node:http'
import { Problem } from '@sluice/core/problems'
import type { FastifyInstance } from 'fastify'

const LOCAL =
  /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[(?:::1|::ffff:127(?:\.\d{1,3}){3}|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\])$/
const NAME_AND_PORT = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/
const ABSOLUTE_TARGET = /^https?:\/\/([^/?#]*)/i

/** @param hosts further names, lower case, without port */
export function answerOnlyFor(app: FastifyInstance, hosts: readonly string[]) {
  const served = new Set(hosts)
  const known = new Map<string, boolean>()

  function isServed(authority: string): boolean {
    const remembered = known.get(authority)
    if (remembered !== undefined) return remembered
    const name = NAME_AND_PORT.exec(authority.toLowerCase())?.[1]
    const verdict = name !== undefined && (LOCAL.test(name) || served.has(name))
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
