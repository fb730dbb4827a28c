/** What `CheckoutWebComponents(options)` makes: one keeper, and the components that share it. */
import { appearanceFrom } from '../common/appearance.ts'
import { deviceNow } from '../common/clock.ts'
import type { KeeperStart, SessionFacts } from '../common/messages.ts'
import { createTexts, OF_FORMS } from '../common/texts.ts'
import { createComponent, type ShopComponent } from './component.ts'
import { integrationError, validationError } from './errors.ts'
import { refusalError } from './attempt.ts'
import type { ErrorBase } from './callbacks.ts'
import { createKeeper } from './keeper.ts'
import { uuid } from './link.ts'
import { builderOf, isOffered } from './methods.ts'
import { sessionlessAmount, translationsOf, unknownOptions, updateErrors } from './options.ts'
import type { Runtime, RuntimeListener } from './runtime.ts'
import { readToken, type SessionKey, sessionKeyOf } from './session.ts'
import type { Settings } from './settings.ts'

export interface Instance {
  create(name: string, options?: unknown): ShopComponent
  /** Changes what is shown; what is charged is the session's. Rejects with `update_parameters_invalid`. */
  update(details: { amount?: number; currency?: string }): Promise<void>
}

/** Asking again, when the session ought to have expired by this device's clock but has not. */
const EXPIRY_AGAIN_MS = 60_000
/** How long the keeper, with the name that was typed, outlives the last component on the page: one that moves comes back. */
const KEPT_MS = 10_000
/** The same of an instance that has not been on the page yet, since it may be made long before it is needed. */
const KEPT_UNUSED_MS = 300_000
/** How often a session that is looked at is asked for: the shop's server may have changed it. */
const LOOK_AGAIN_MS = 15_000
/** The longest that a timer of a browser can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * @returns the instance at once, and `ready`: resolved when it is known which methods there are, by token or session;
 * rejected with a `CheckoutError` when that cannot be found out
 * @throws `payment_session_invalid` for a session without id and secret, or without a public key (`pk_…`)
 */
export function createInstance(options: unknown, settings: Settings): { instance: Instance; ready: Promise<void> } {
  const { publicKey, paymentSession, locale, appearance } = (options ?? {}) as Record<string, unknown>
  const id = uuid()
  const base = (): ErrorBase => ({ browserSessionId: id, ...(sessionKey && { paymentSessionId: sessionKey.id }) })
  const hasSession = paymentSession !== undefined && paymentSession !== null
  const sessionKey = hasSession ? sessionKeyOf(paymentSession) : undefined
  // What is no public key must not become part of an address.
  if ((hasSession && !sessionKey) || typeof publicKey !== 'string' || !publicKey.startsWith('pk_')) {
    if (`${publicKey}`.startsWith('sk_'))
      console.error('Flow was given a secret key: replace it, this page has shown it.')
    throw integrationError('payment_session_invalid', base())
  }

  const hint = sessionKey && readToken(paymentSession, sessionKey)
  const sessionless = sessionlessAmount(options)
  const translations = translationsOf(options)
  const listeners = new Set<RuntimeListener>()
  let session: SessionFacts | undefined
  let texts: ReturnType<Runtime['texts']>
  let trouble: ReturnType<Runtime['trouble']>
  let updated: { amount?: number; currency?: string } = {}
  let paying = false
  /** Sessionless: the session that the shop's server made, and who asks for it. */
  let adoptedKey: SessionKey | undefined
  let adopted: Runtime['keeper'] | undefined
  let expiry: ReturnType<typeof setTimeout> | undefined
  let looking: ReturnType<typeof setInterval> | undefined
  let wasUsed = false
  let closing: ReturnType<typeof setTimeout> | undefined

  const keeperUrl = frameUrl('keeper')
  const didNotCome = () =>
    `Flow's frames did not come. Is ${publicKey} a key of ${settings.frames}, may ${location.origin} use it ("sluice origins"), and is it in the frame-src of this page?`
  const start: KeeperStart = {
    role: 'keeper',
    instance: id,
    ...(sessionKey && { session: sessionKey }),
    ...(typeof locale === 'string' && { locale }),
    translations,
  }

  const keeper = createKeeper(keeperUrl, settings.frames, start, {
    message(message) {
      switch (message.type) {
        case 'session': {
          const { amount, currency } = message.session
          // What the shop wanted shown was about the sum before.
          if (session && (session.amount !== amount || session.currency !== currency)) updated = {}
          session = message.session
          trouble = undefined
          watchExpiry(session.expires_on)
          return changed()
        }
        case 'texts':
          if (!sessionKey) trouble = undefined
          texts = { ...createTexts(message.texts, message.locale), dir: message.dir }
          warnOf(
            Object.values(translations)
              .flatMap((table) => Object.keys(table))
              .filter(isUnknownText(message.texts)),
          )
          return changed()
        case 'trouble':
          // What is shown already stays: each question has its own answer.
          if (!session || !texts) trouble = { refusal: message.refusal, final: message.final }
          // The browser tells a page nothing of why a frame did not come.
          if (settings.sandbox && !texts && message.refusal.code === 'network_error') console.warn(didNotCome())
          return changed()
        case 'form':
          return tell((listener) => listener.form?.(message.form, message.state))
        case 'bin':
          return tell((listener) => listener.bin?.(message.form, message.metadata))
      }
    },
    restarted() {
      trouble = undefined
      tell((listener) => listener.restarted?.())
    },
  })

  const runtime: Runtime = {
    settings,
    options,
    id,
    sessionKey,
    keeper,
    appearance: appearanceFrom(typeof appearance === 'object' && appearance !== null ? appearance : undefined),
    translations,
    sessionKeeper() {
      if (!adoptedKey) return keeper
      const ofSession = { ...start, instance: uuid(), session: adoptedKey }
      adopted ??= createKeeper(keeperUrl, settings.frames, ofSession, NOTHING_TO_HEAR)
      return adopted
    },
    adopt(key) {
      adopted?.close()
      adopted = undefined
      adoptedKey = key
    },
    sessionId: () => (sessionKey ?? adoptedKey)?.id,
    frameUrl,
    session: () => session,
    methods: () => (sessionKey ? (session ?? hint)?.payment_methods : []),
    displayed() {
      const { amount, currency } = session ?? hint ?? sessionless
      return { ...(amount !== undefined && { amount }), ...(currency !== undefined && { currency }), ...updated }
    },
    texts: () => texts,
    trouble: () => trouble,
    whenKnown: () =>
      new Promise((resolve) => {
        const listener = { changed: look }
        function look() {
          if (!runtime.methods() && !trouble) return
          listeners.delete(listener)
          closeLater()
          resolve()
        }
        listeners.add(listener)
        look()
      }),
    retry() {
      const before = trouble
      trouble = undefined
      changed()
      // A browser remembers that a module failed to load, for as long as the document lives.
      keeper.retry(session && !texts).catch(() => {
        trouble ??= before
        changed()
      })
    },
    claim() {
      const free = !paying
      paying = true
      closeLater()
      return free
    },
    release() {
      paying = false
      closeLater()
    },
    paid() {
      if (!session) return
      session = { ...session, status: 'Approved' }
      changed()
    },
    listen(listener) {
      listeners.add(listener)
      wasUsed = true
      keeper.open()
      watchSession()
      closeLater()
      return () => {
        listeners.delete(listener)
        closeLater()
      }
    },
  }

  function frameUrl(document: 'keeper' | 'fields' | 'challenge'): string {
    // A page that is cross-origin isolated can only hold frames that are, too.
    const isolated = window.crossOriginIsolated ? '&isolated' : ''
    return `${settings.frames}/frame/${document}?key=${encodeURIComponent(publicKey as string)}${isolated}`
  }

  function tell(say: (listener: RuntimeListener) => void) {
    for (const listener of listeners) say(listener)
  }

  function changed() {
    tell((listener) => listener.changed?.())
  }

  /** Keepers are closed when nobody needs them: a shop may make an instance at each change of its basket. */
  function closeLater() {
    clearTimeout(closing)
    if (listeners.size > 0 || paying) return
    clearInterval(looking)
    looking = undefined
    document.removeEventListener('visibilitychange', lookAgain)
    closing = setTimeout(
      () => {
        clearTimeout(expiry)
        adopted?.close()
        keeper.close()
      },
      wasUsed ? KEPT_MS : KEPT_UNUSED_MS,
    )
  }

  /** The device's clock may be wrong, so it only says when to ask; the session itself says whether it has expired. */
  function watchExpiry(expiresOn: string) {
    clearTimeout(expiry)
    if (session?.status === 'Expired') return
    const left = Date.parse(expiresOn) - deviceNow()
    if (Number.isNaN(left)) return
    const wait = left > 0 ? Math.min(left + 1000, LONGEST_TIMER_MS) : EXPIRY_AGAIN_MS
    expiry = setTimeout(() => {
      keeper.ask({ what: 'session' }).catch(() => watchExpiry(expiresOn))
    }, wait)
  }

  /** As long as it is on the page, what is shown follows the session. */
  function watchSession() {
    if (looking !== undefined || !sessionKey) return
    looking = setInterval(lookAgain, LOOK_AGAIN_MS)
    document.addEventListener('visibilitychange', lookAgain)
  }

  function lookAgain() {
    if (looking === undefined || paying || document.hidden || !session || !OPEN.test(session.status)) return
    keeper.ask({ what: 'session' }).catch(() => {})
  }

  const warned = new Set<string>()
  /** Once for each, and only where developers look. */
  function warnOf(names: string[]) {
    const fresh = names.filter((name) => !warned.has(name))
    for (const name of fresh) warned.add(name)
    if (settings.sandbox && fresh.length > 0) console.warn(`Flow ignores what it does not know: ${fresh.join(', ')}`)
  }
  warnOf(unknownOptions(options))

  const instance: Instance = {
    create(name, created) {
      const errorBase = { ...base(), type: name }
      if (name === 'flow' && !sessionKey) throw integrationError('payment_session_required', errorBase)
      const built = name === 'flow' || builderOf(name)
      if (!built || !isOffered(runtime, name)) {
        throw integrationError('component_not_supported', errorBase)
      }
      return createComponent(name, runtime, created)
    },
    async update(details) {
      const validationErrors = updateErrors(details)
      if (Object.keys(validationErrors).length > 0) {
        throw validationError('update_parameters_invalid', { ...base(), validationErrors })
      }
      const { amount, currency } = details
      updated = { ...updated, ...(amount !== undefined && { amount }), ...(currency !== undefined && { currency }) }
      changed()
      // The shop's server has changed the session by now, or will.
      lookAgain()
    },
  }

  keeper.open()
  const ready = runtime.whenKnown().then(() => {
    if (!runtime.methods() && trouble) throw refusalError(trouble.refusal, base())
  })
  return { instance, ready }
}

/** A session that may still be changed. */
const OPEN = /^(?:Pending|Action Required)$/

const NOTHING_TO_HEAR = { message() {}, restarted() {} }

function isUnknownText(table: Record<string, string>) {
  return (key: string) => !Object.hasOwn(table, key) && !OF_FORMS.test(key)
}
