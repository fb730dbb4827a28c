/**
 * Where the directory server and the issuer's pages send anything: to Sluice. Anybody may write an address into a message,
 * and whoever posts wherever he is told to posts into networks that the writer cannot reach.
 */

/** @param origins of Sluice, without a trailing slash; none: every loopback address */
export function isOfSluice(address: string, origins: readonly string[]): boolean {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return false
  return origins.length > 0 ? origins.includes(url.origin) : isLoopback(url.hostname)
}

function isLoopback(hostname: string): boolean {
  return /^((.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
