/** The hidden frame of one instance: asked and answered here, and put back when a page takes it away. */
import type { Answers, Ask, FromKeeper, KeeperStart, Refusal, ToKeeper } from '../common/messages.ts'
import { createFrame, createLink, type Link, type LinkEvents } from './link.ts'

export interface Keeper {
  /** Puts the frame into the page, unless it is there. Whoever asks or sends something opens it as well. */
  open(): void
  /** @throws {Refused} when it was not done */
  ask<A extends Ask>(ask: A): Promise<Answers[A['what']]>
  /** Waits for the connection. Forms that are open are opened again in a keeper that had to start over. */
  send(message: Exclude<ToKeeper, { type: 'ask' }>): void
  /**
   * After trouble: asks for the session, or loads the frame anew when it never came, or when `anew` says so.
   * @throws {Refused}
   */
  retry(anew?: boolean): Promise<void>
  /** Takes the frame out of the page, and with it all that was typed. What was asked of it is not answered any more. */
  close(): void
}

export interface KeeperEvents {
  message(message: Exclude<FromKeeper, { type: 'answer' | 'refusal' | 'connected' }>): void
  /** The page took the keeper away, and with it all that was typed. A new one stands. */
  restarted(): void
}

/** What a keeper, or the loss of it, has to say about something asked for. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** How often a page may take the frame away before that is an answer. */
const RESTORES = 10

/**
 * A keeper that is not in the page before something opens it.
 * @param url of the keeper's document, with the public key
 */
export function createKeeper(url: string, origin: string, start: KeeperStart, on: KeeperEvents): Keeper {
  const iframe = createFrame('sluice-keeper')
  iframe.hidden = true
  iframe.title = ''
  iframe.tabIndex = -1
  iframe.ariaHidden = 'true'
  iframe.style.display = 'none'

  /** Absent while it is closed. */
  let link: Link | undefined
  let connected = false
  let failed = false
  let restores = RESTORES
  let lastId = 0
  const waiting = new Map<number, { ask: Ask; resolve: (value: never) => void; reject: (reason: Refused) => void }>()
  const forms = new Map<string, Extract<ToKeeper, { type: 'open-form' }>>()
  let queue: ToKeeper[] = []

  const linkEvents: LinkEvents = {
    connected(again) {
      connected = true
      failed = false
      if (again) {
        giveUp()
        // What was asked since is still in the queue, after the forms it may be about.
        queue = [...forms.values(), ...queue.filter((message) => message.type === 'ask')]
      }
      for (const message of queue.splice(0)) link?.send(message)
      if (again) on.restarted()
    },
    message(message) {
      const heard = message as FromKeeper
      if (heard.type === 'answer' || heard.type === 'refusal') {
        const asked = waiting.get(heard.id)
        waiting.delete(heard.id)
        if (heard.type === 'answer') asked?.resolve(heard.value as never)
        else asked?.reject(new Refused(heard.refusal))
      } else if (heard.type !== 'connected') on.message(heard)
    },
    failed() {
      connected = false
      failed = true
      giveUp(true)
      queue = queue.filter((message) => message.type !== 'ask')
      on.message({ type: 'trouble', refusal: NO_KEEPER, final: false })
    },
  }

  /** What was asked of a keeper that is gone is not answered any more; a payment may have been made all the same. */
  function giveUp(andQueued = false) {
    const queued = new Set(queue.map((message) => message.type === 'ask' && message.id))
    for (const [id, { ask, reject }] of waiting) {
      const wasSent = !queued.has(id)
      if (!wasSent && !andQueued) continue
      waiting.delete(id)
      const mayHavePaid = wasSent && (ask.what === 'pay' || ask.what === 'follow')
      reject(new Refused(mayHavePaid ? { code: 'payment_request_failed', fate: 'unknown' } : NO_KEEPER))
    }
  }

  function place() {
    document.body.append(iframe)
  }

  /** Frameworks that own the whole body sweep away what they did not make. */
  const observer = new MutationObserver(() => {
    if (iframe.isConnected) return
    connected = false
    if (restores-- > 0) return place()
    observer.disconnect()
    linkEvents.failed()
  })

  const online = () => failed && void retry()

  async function retry(anew = false) {
    if (!link) return open()
    if (!failed && !anew && start.session) return void (await ask({ what: 'session' }))
    failed = false
    connected = false
    if (!iframe.isConnected) stand()
    link.reload()
  }

  function deliver(message: ToKeeper) {
    open()
    if (connected) link?.send(message)
    else queue.push(message)
  }

  function ask<A extends Ask>(asked: A): Promise<Answers[A['what']]> {
    if (failed) {
      // Not this time, but perhaps the next.
      void retry()
      return Promise.reject(new Refused(NO_KEEPER))
    }
    return new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { ask: asked, resolve, reject })
      deliver({ type: 'ask', id, ask: asked })
    })
  }

  function stand() {
    place()
    observer.observe(document.body, { childList: true })
    observer.observe(document.documentElement, { childList: true })
  }

  function open() {
    if (link) return
    link = createLink(iframe, url, origin, () => ({ type: 'sluice:connect', ...start }), linkEvents)
    if (document.body) stand()
    else document.addEventListener('DOMContentLoaded', stand, { once: true })
    addEventListener('online', online)
  }

  function close() {
    observer.disconnect()
    document.removeEventListener('DOMContentLoaded', stand)
    removeEventListener('online', online)
    link?.close()
    link = undefined
    connected = false
    failed = false
    restores = RESTORES
    waiting.clear()
    forms.clear()
    queue = []
  }

  return {
    open,
    ask,
    send(message) {
      if (message.type === 'open-form') forms.set(message.form, message)
      if (message.type === 'close-form' && message.forget === 'all') forms.delete(message.form)
      deliver(message)
    },
    retry,
    close,
  }
}

/** The frame is not there to ask: nothing was sent. */
const NO_KEEPER: Refusal = { code: 'network_error', fate: 'safe' }
