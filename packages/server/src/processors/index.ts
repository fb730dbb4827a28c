/** The processors Sluice can work with. A new one is added to this list and nowhere else. */
import type { Config } from '../config.ts'
import type { Vault } from '../vault/vault.ts'
import type { Exchange } from './exchange.ts'
import type { ChannelProcessorSettings, Processor } from './processor.ts'
import { simulator } from './simulator/simulator.ts'

/** What a connector gets from the house: the way out, where things are, and keys that follow from those of the house. */
export interface House {
  exchange: Exchange
  config: Pick<Config, 'urls'>
  vault: Pick<Vault, 'mac'>
}

/** The processor of a channel. Throws on a name that is not in the list. */
export type ProcessorRegistry = (settings: ChannelProcessorSettings) => Processor

const CONNECTORS: Readonly<Record<string, (house: House) => Processor>> = {
  simulator: ({ exchange, config, vault }) => simulator({ url: config.urls.simulator, exchange, vault }),
}

export const PROCESSOR_NAMES: readonly string[] = Object.keys(CONNECTORS)

/** A connector on a way out of its own: an operation that records what passes watches the exchange. */
export function connectorFor(settings: ChannelProcessorSettings, house: House): Processor {
  const make = Object.hasOwn(CONNECTORS, settings.processor) ? CONNECTORS[settings.processor] : undefined
  if (!make) throw new Error(`no processor is called ${settings.processor}`)
  return make(house)
}

export function processors(house: House): ProcessorRegistry {
  return (settings) => connectorFor(settings, house)
}
