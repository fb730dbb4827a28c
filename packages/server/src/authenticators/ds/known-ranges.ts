/** What directory servers said of card ranges: asked for once an hour, by one question for all who want to know. */
import { readMessage } from '@sluice/core/three-ds/check'
import { MESSAGE_VERSIONS } from '@sluice/core/three-ds/messages'
import type { Exchange } from '../../processors/exchange.ts'
import { findRange, indexOf, type RangeIndex, rangesOf } from './card-ranges.ts'
import { SERVER_REFERENCE } from './wire.ts'

/** The specification asks for it once a day at least. */
const LIFE_MS = 3_600_000
/** A directory server that did not answer is not asked at each payment, where an old list is there. */
const PAUSE_MS = 60_000
const DEADLINE_MS = 10_000
const MOST_BYTES = 8 * 1024 * 1024

export interface KnownRanges {
  /**
   * The range of a card at a directory server; `undefined`: it takes no part in 3-D Secure. While a new list is on its
   * way, the old one is good.
   * @param bin six to eight leading digits
   * @param at the merchant's time, ISO 8601
   * @throws when the directory server was never heard of, and does not answer before the signal
   */
  find(url: string, bin: string, at: string, signal: AbortSignal): Promise<ReturnType<typeof findRange>>
}

interface Known {
  index?: RangeIndex
  /** When it is asked for again, real time, milliseconds since 1970. */
  staleOn: number
  coming?: Promise<RangeIndex> | undefined
}

/** @param exchange one that nobody watches: the question is not of one payment */
export function openKnownRanges(house: {
  exchange: Exchange
  now: () => number
  newTransId: () => string
}): KnownRanges {
  const servers = new Map<string, Known>()

  async function ask(url: string, at: string): Promise<RangeIndex> {
    const body = {
      messageType: 'PReq',
      messageVersion: MESSAGE_VERSIONS.at(-1),
      threeDSServerTransID: house.newTransId(),
      threeDSServerRefNumber: SERVER_REFERENCE,
    }
    const headers = { 'content-type': 'application/json;charset=UTF-8', 'sluice-time': at }
    const message = { method: 'POST' as const, url, headers, body, maxAnswerBytes: MOST_BYTES }
    const reply = await house.exchange(message, undefined, AbortSignal.timeout(DEADLINE_MS))
    const read = readMessage('PRes', reply.body)
    if ('problem' in read) throw new Error(`no card ranges: ${read.problem.code} ${read.problem.detail}`)
    return indexOf(rangesOf(read.message))
  }

  function refresh(known: Known, url: string, at: string): Promise<RangeIndex> {
    known.coming ??= ask(url, at)
      .then(
        (index) => {
          known.index = index
          known.staleOn = house.now() + LIFE_MS
          return index
        },
        (cause: unknown) => {
          known.staleOn = house.now() + PAUSE_MS
          throw cause
        },
      )
      .finally(() => {
        known.coming = undefined
      })
    return known.coming
  }

  return {
    async find(url, bin, at, signal) {
      const known = servers.get(url) ?? { staleOn: 0 }
      servers.set(url, known)
      const isStale = house.now() >= known.staleOn
      if (known.index) {
        // What was heard an hour ago is better than nothing, and is there at once.
        if (isStale) refresh(known, url, at).catch(() => undefined)
        return findRange(known.index, bin)
      }
      return findRange(await unlessAborted(refresh(known, url, at), signal), bin)
    },
  }
}

/** Who waits gives up at his own time; what he waits for goes on for the others. */
function unlessAborted<Value>(coming: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    coming.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
