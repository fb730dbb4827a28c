/** The authenticators Sluice can work with. A new one is added to this list and nowhere else. */
import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Exchange } from '../processors/exchange.ts'
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Authenticator } from './authenticator.ts'
import type { KnownRanges } from './ds/card-ranges.ts'
import { directoryServer } from './ds/ds.ts'

/** What an authenticator gets from the house. */
export interface AuthenticatorHouse {
  exchange: Exchange
  config: Pick<Config, 'urls'>
  /** Real time, milliseconds since 1970. */
  now: () => number
}

const DEFAULT = 'ds'

/** What directory servers have said of card ranges, which is the same for all who ask them. */
const ranges = new Map<string, KnownRanges>()

const AUTHENTICATORS: Readonly<
  Record<string, (house: AuthenticatorHouse, settings: ChannelProcessorSettings) => Authenticator>
> = {
  ds: ({ exchange, config, now }, settings) =>
    directoryServer({
      url: `${config.urls.simulator}/3ds/ds`,
      exchange,
      settings,
      ranges,
      now,
      newTransId: randomUUID,
    }),
}

/** The authenticator of a channel, on a way out of its own: an operation that records what passes watches the exchange. */
export function authenticatorFor(settings: ChannelProcessorSettings, house: AuthenticatorHouse): Authenticator {
  const name = typeof settings['authenticator'] === 'string' ? settings['authenticator'] : DEFAULT
  const make = Object.hasOwn(AUTHENTICATORS, name) ? AUTHENTICATORS[name] : undefined
  if (!make) throw new Error(`no authenticator is called ${name}`)
  return make(house, settings)
}
