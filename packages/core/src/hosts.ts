/**
 * Which host names are answered. Our keys may be published and our servers listen on the developer's own machine: a web
 * page must not reach them by letting its own name resolve to 127.0.0.1 (DNS rebinding). Only names that nobody can
 * point elsewhere, and those the operator lists, are ours.
 */

const LOCAL =
  /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[(?:::1|::ffff:127(?:\.\d{1,3}){3}|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\])$/
const NAME_AND_PORT = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/

/**
 * @param authority a `Host` header, with or without a port
 * @param hosts further names, lower case, without port
 */
export function isServedHost(authority: string | undefined, hosts: readonly string[]): boolean {
  const name = authority && NAME_AND_PORT.exec(authority.toLowerCase())?.[1]
  return Boolean(name) && (LOCAL.test(name as string) || hosts.includes(name as string))
}
