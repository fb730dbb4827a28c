/** One of our frames, and the private channel to it: made anew each time the frame loads, however often that is. */
import type { Connect, FromFrame, ToFrame } from '../common/messages.ts'

export interface Link {
  readonly iframe: HTMLIFrameElement
  /** Lost when the frame is not connected: what has to survive a reload is sent again in `connected`. */
  send(message: ToFrame): void
  /** Loads the document anew, and tries as often as at the start. */
  reload(): void
  /** Drops the channel and the element. */
  close(): void
}

export interface LinkEvents {
  /** The frame believes us. More than once when it was moved, or its document was loaded anew. */
  connected(again: boolean): void
  message(message: FromFrame): void
  /** The frame could not be loaded, or belongs to somebody else now: no more tries are made. */
  failed(): void
}

/** A document that has loaded runs already; it only has to answer. */
const ANSWER_MS = 2500
const LOAD_MS = 20_000
/** Before the second and the third try. */
const PAUSES_MS = [700, 2500]

/**
 * An iframe that is not in the page yet: whoever places it starts its loading.
 * @param origin of our frames: messages go there and nowhere else
 * @param start the first message, asked for at each connection
 */
export function createLink(
  iframe: HTMLIFrameElement,
  url: string,
  origin: string,
  start: () => Connect,
  on: LinkEvents,
): Link {
  let port: MessagePort | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let tries = 0
  let wasConnected = false
  let closed = false

  function drop() {
    clearTimeout(timer)
    port?.close()
    port = undefined
  }

  function load() {
    iframe.src = url
    // A frame that nobody has placed yet is not late.
    if (iframe.isConnected) timer = setTimeout(tryAgain, LOAD_MS)
  }

  function tryAgain() {
    drop()
    const pause = PAUSES_MS[tries++]
    if (pause === undefined) on.failed()
    else timer = setTimeout(load, pause)
  }

  function connect() {
    drop()
    if (closed || !iframe.contentWindow) return
    const channel = new MessageChannel()
    const mine = channel.port1
    port = mine
    mine.addEventListener('message', ({ data }: MessageEvent<FromFrame>) => {
      if (port !== mine) return
      if (data.type !== 'connected') return on.message(data)
      clearTimeout(timer)
      tries = 0
      const again = wasConnected
      wasConnected = true
      on.connected(again)
    })
    mine.start()
    timer = setTimeout(tryAgain, ANSWER_MS)
    iframe.contentWindow.postMessage(start(), origin, [channel.port2])
  }

  iframe.addEventListener('load', connect)
  load()
  return {
    iframe,
    send: (message) => port?.postMessage(message),
    reload() {
      drop()
      tries = 0
      load()
    },
    close() {
      closed = true
      drop()
      iframe.removeEventListener('load', connect)
      iframe.remove()
    },
  }
}

/** Random, by RFC 9562 version 4. `crypto.randomUUID` is missing on plain http, where people test. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 15) | 64
  bytes[8] = ((bytes[8] as number) & 63) | 128
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** An iframe with a name of its own below the given one: `card__<uuid>`. */
export function createFrame(name: string): HTMLIFrameElement {
  const iframe = document.createElement('iframe')
  iframe.name = `${name}__${uuid()}`
  return iframe
}
