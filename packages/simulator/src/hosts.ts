/**
 * Which `Host` names are answered. A web page can make a shopper's browser call any name that resolves to this machine;
 * only names that nobody can point elsewhere, and those the operator lists, are ours.
 */

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i

/** @param host the header, with or without a port */
export function isServedHost(host: string | undefined, hosts: readonly string[]): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return LOOPBACK.test(name) || hosts.some((ours) => ours.toLowerCase() === name)
}
