/** How many requests a second a key or an address may make. Counted in memory: each node counts its own. */
import { isIPv6 } from 'node:net'
import { Problem } from '@sluice/core/problems'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from '../config.ts'

export interface Limits {
  /** @throws Problem `rate_limit_exceeded` */
  countKey(credentialId: string): Promise<void>
  /** @throws Problem `rate_limit_exceeded` */
  countAddress(address: string | undefined): Promise<void>
  /**
   * Counts a credential that turned out to be wrong. Apart from the calls of the address, so that shoppers do not lock
   * out a merchant's server behind the same address.
   * @throws Problem `rate_limit_exceeded`
   */
  countGuess(address: string | undefined): Promise<void>
  /** Refuses an address that has used up its guesses, and counts nothing. */
  refuseGuesser(address: string | undefined): Promise<void>
}

const WINDOW_S = 1

export function openLimits({ perKeyPerSecond, perAddressPerSecond }: Config['limits']): Limits {
  const keys = new RateLimiterMemory({ points: perKeyPerSecond, duration: WINDOW_S })
  const addresses = new RateLimiterMemory({ points: perAddressPerSecond, duration: WINDOW_S })
  const guessers = new RateLimiterMemory({ points: perAddressPerSecond, duration: WINDOW_S })
  return {
    countKey: (credentialId) => count(keys, credentialId),
    countAddress: (address) => count(addresses, network(address)),
    countGuess: (address) => count(guessers, network(address)),
    async refuseGuesser(address) {
      const used = await guessers.get(network(address))
      if (used && used.consumedPoints >= perAddressPerSecond) throw exceeded(used)
    },
  }
}

async function count(limiter: RateLimiterMemory, key: string) {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? exceeded(refusal) : refusal
  }
}

function exceeded({ msBeforeNext }: RateLimiterRes): Problem {
  return new Problem('rate_limit_exceeded', Math.max(1, Math.ceil(msBeforeNext / 1000)))
}

/** Whoever has one IPv6 address has a /64 of them. */
function network(address = 'unknown'): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  while (tail !== undefined && groups.length < 4) groups.push('0')
  return address.startsWith('::ffff:') ? address : groups.slice(0, 4).join(':')
}
