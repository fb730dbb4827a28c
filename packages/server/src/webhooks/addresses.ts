/** Which addresses the server may be sent to by a URL that a stranger wrote: those of the public internet, and no others. */
import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'

/** IANA's special-purpose registries, and what is reserved: loopback, private, link-local (metadata), shared, multicast. */
const NOT_PUBLIC_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const

/**
 * Of IPv6 only 2000::/3 is given out, so all else is refused; within it, what is special, and what carries an IPv4
 * address inside (6to4, Teredo), which could be any. IPv4-mapped, IPv4-compatible and NAT64 addresses lie outside.
 */
const GIVEN_OUT_6 = ['2000::', 3] as const
const NOT_PUBLIC_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const

const refused4 = new BlockList()
for (const [net, bits] of NOT_PUBLIC_4) refused4.addSubnet(net, bits, 'ipv4')
const givenOut6 = new BlockList()
givenOut6.addSubnet(...GIVEN_OUT_6, 'ipv6')
const refused6 = new BlockList()
for (const [net, bits] of NOT_PUBLIC_6) refused6.addSubnet(net, bits, 'ipv6')

/** @param address an IP address as text, without brackets or zone */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, 'ipv4')
    case 6:
      return givenOut6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
    default:
      return false
  }
}

/** Where to look a name up: the system's resolver, or a test's. */
export type Resolve = (
  name: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

type LookupDone = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/**
 * A `lookup` for sockets that resolves a name once and gives on what it found only when every address of it is public:
 * the socket then connects to the very addresses that were checked, whatever the name says a moment later.
 */
export function publicLookup(resolve: Resolve = systemLookup) {
  return (name: string, options: { all?: boolean; family?: unknown; hints?: number }, done: LookupDone): void => {
    const family = options.family === 4 || options.family === 6 ? options.family : 0
    resolve(
      name,
      { all: true, family, ...(options.hints !== undefined && { hints: options.hints }) },
      (error, found) => {
        if (error) return done(error, [])
        const refusedOne = found.find(({ address }) => !isPublicAddress(address))
        const [first] = found
        if (refusedOne || !first) return done(new AddressRefused(name), [])
        if (options.all) return done(null, found)
        done(null, first.address, first.family)
      },
    )
  }
}

/** The name, or the literal, leads to where the server must not go. The address itself is not told. */
export class AddressRefused extends Error {
  override name = 'AddressRefused'
  readonly code = 'ADDRESS_REFUSED'

  constructor(host: string) {
    super(`${host} is not a public address`)
  }
}
