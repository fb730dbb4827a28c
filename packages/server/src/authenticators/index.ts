/** The authenticators Sluice can work with. A new one is added to this list and nowhere else. */
import type { Config } from '../config.ts'
import type { Exchange } from '../processors/exchange.ts'
import type { ChannelProcessorSettings } from '../processors/processor.ts'
import type { Authenticator } from './authenticator.ts'
import { directoryServer } from './ds/ds.ts'
import type { KnownRanges } from './ds/known-ranges.ts'

type Settings = Pick<Config, 'mode' | 'urls' | 'directoryServerUrl'>

/** What an authenticator gets from the house. */
export interface AuthenticatorHouse {
  exchange: Exchange
  config: Settings
  cardRanges: KnownRanges
  /** Real time, milliseconds since 1970. */
  now: () => number
}

const DEFAULT = 'ds'

interface Kind {
  make: (house: AuthenticatorHouse, settings: ChannelProcessorSettings) => Authenticator
  /** Whether the installation has what it needs. */
  isSetUp: (config: Settings) => boolean
}

const AUTHENTICATORS: Readonly<Record<string, Kind>> = {
  ds: {
    make: ({ exchange, config, cardRanges, now }, settings) =>
      directoryServer({ url: directoryServerOf(config), exchange, settings, ranges: cardRanges, now }),
    isSetUp: (config) => directoryServerOf(config) !== undefined,
  },
}

/** Only a sandbox has one that nobody named: card numbers are sent there. */
function directoryServerOf({ mode, urls, directoryServerUrl }: Settings): string | undefined {
  return directoryServerUrl ?? (mode === 'sandbox' ? `${urls.simulator}/3ds/ds` : undefined)
}

/** The authenticator of a channel, on a way out of its own: an operation that records what passes watches the exchange. */
export function authenticatorFor(settings: ChannelProcessorSettings, house: AuthenticatorHouse): Authenticator {
  const kind = kindOf(settings)
  if (!kind) throw new Error(`no authenticator is called ${nameOf(settings)}`)
  return kind.make(house, settings)
}

/** False: a channel whose authentication is `external` has nobody to ask. */
export function isAuthenticatorSetUp(settings: ChannelProcessorSettings, config: Settings): boolean {
  return kindOf(settings)?.isSetUp(config) ?? false
}

function kindOf(settings: ChannelProcessorSettings): Kind | undefined {
  const name = nameOf(settings)
  return Object.hasOwn(AUTHENTICATORS, name) ? AUTHENTICATORS[name] : undefined
}

function nameOf({ authenticator }: ChannelProcessorSettings): string {
  return typeof authenticator === 'string' ? authenticator : DEFAULT
}
