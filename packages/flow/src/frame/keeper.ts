/**
 * The keeper: a hidden document, one for each instance of the component. It asks the server, holds what was typed, seals
 * it, submits it and finds out what became of it. What it offers to the fields beside it is its desk.
 */
import { DEFAULT_LOCALE } from '@sluice/core/locales'
import type { Ask, FromKeeper, Refusal, SessionFacts, ToKeeper } from '../common/messages.ts'
import { browserData } from './browser-data.ts'
import { createCardForm } from './card-form.ts'
import { type Connection, connectFromPage, metaContent } from './connect.ts'
import { elapsedMs } from '../common/clock.ts'
import type { Desk, Texts } from './desk.ts'
import { type AskPlace, answerAsk } from './keeper-asks.ts'
import { keepForms } from './keeper-forms.ts'
import { hasWebCrypto } from './keeper-seal.ts'
import { askSession } from './keeper-session.ts'
import { loadTexts } from './keeper-texts.ts'
import { waitOrOnline } from './patience.ts'
import { prepareThreeDs } from './three-ds.ts'
import { serverCalls } from './server-calls.ts'

const LOCALES = import.meta.glob<{ default: Record<string, string> }>('../locales/*.json')

void connectFromPage('keeper').then(keep)

function keep({ start, port, origin }: Connection<'keeper'>): void {
  const tell = (message: FromKeeper) => port.postMessage(message)
  if (!mayServe(tell)) return

  const calls = serverCalls(new URLSearchParams(location.search).get('key') ?? '')
  const threeDs = prepareThreeDs(
    (bin) => calls.prepareThreeDs(bin, start.session),
    // Without its module the issuer knows less of this browser, and that is all.
    (method) => import('./method-page.ts').then(({ openMethodPage }) => openMethodPage(method)).catch(() => false),
  )
  const forms = keepForms(createCardForm, calls.cardMetadata, (message) => {
    if (message.type === 'form' && message.state.bin !== undefined) threeDs.begin(message.state.bin)
    tell(message)
  })
  const desk = setUpDesk(start.instance, forms.find)
  let facts: SessionFacts | undefined

  const place: AskPlace = {
    calls,
    wait: waitOrOnline,
    now: elapsedMs,
    session: start.session,
    origin,
    browser: browserData(),
    threeDs: threeDs.take,
    forms,
    facts: () => facts,
    seen: seeSession,
  }

  function seeSession(seen: SessionFacts): void {
    facts = seen
    tell({ type: 'session', session: seen })
    void showTexts(start.locale ?? seen.locale)
  }

  /** Once they stand, a session that is asked for again changes nothing about them. */
  let textsShown = false
  async function showTexts(wanted: string | undefined): Promise<void> {
    if (textsShown) return
    textsShown = true
    try {
      const texts = await loadTexts(loadShipped, wanted, start.translations)
      desk.show(texts)
      tell({ type: 'texts', ...texts })
    } catch {
      textsShown = false
      tell({ type: 'trouble', refusal: { code: 'network_error', fate: 'safe' }, final: false })
    }
  }

  async function begin(): Promise<void> {
    if (start.locale !== undefined || !start.session) void showTexts(start.locale)
    if (!start.session) return
    const answer = await askSession(calls, waitOrOnline, start.session)
    if ('facts' in answer) seeSession(answer.facts)
    else tell({ type: 'trouble', ...answer })
  }

  async function answer(id: number, ask: Ask): Promise<void> {
    try {
      const found = await answerAsk(place, ask)
      tell(
        'value' in found ? { type: 'answer', id, value: found.value } : { type: 'refusal', id, refusal: found.refusal },
      )
    } catch (cause) {
      console.error('[sluice] the payment form failed', cause)
      tell({ type: 'refusal', id, refusal: { code: 'payment_request_failed', fate: 'unknown' } })
    }
  }

  port.addEventListener('message', ({ data }: MessageEvent<ToKeeper>) => {
    if (data.type === 'ask') void answer(data.id, data.ask)
    else {
      forms.receive(data)
      // Its nonce stays: it is no card.
      if (data.type === 'close-form') delete place.sealed?.details
    }
  })
  port.start()
  window.addEventListener('online', () => {
    if (start.session && !facts) void begin()
  })
  void begin()
}

async function loadShipped(locale: string): Promise<Record<string, string>> {
  const shipped = await LOCALES[`../locales/${locale}.json`]?.()
  if (!shipped) throw new Error(`no texts for ${locale}`)
  return shipped.default
}

/** Without WebCrypto a sandbox goes on with the slower sealer; in production nobody seals over plain http. */
function mayServe(tell: (message: FromKeeper) => void): boolean {
  if (hasWebCrypto()) return true
  const production = metaContent('sluice-mode') === 'production'
  console.warn(
    production
      ? '[sluice] This page, or one around it, is plain http: cards are taken over https only.'
      : '[sluice] This page, or one around it, is plain http: a slower sealing module is used. In production nothing would be shown.',
  )
  const refusal: Refusal = { code: 'payment_request_failed', errorCodes: ['https_required'], fate: 'safe' }
  if (production) tell({ type: 'trouble', refusal, final: true })
  return !production
}

/** What fields documents find on this window. */
function setUpDesk(instance: string, form: Desk['form']) {
  const listeners = new Set<(texts: Texts) => void>()
  let texts: Texts = { locale: DEFAULT_LOCALE, dir: 'ltr', texts: {} }
  let known = false
  const desk: Desk = {
    instance,
    form,
    texts: () => texts,
    onTexts(listener) {
      listeners.add(listener)
      if (known) listener(texts)
      return () => listeners.delete(listener)
    },
  }
  Object.assign(window, { sluiceDesk: desk })
  return {
    show(found: Texts) {
      texts = found
      known = true
      for (const listener of listeners) listener(found)
    },
  }
}
