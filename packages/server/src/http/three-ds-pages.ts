/**
 * The pages of the frames origin around those of an issuer: the one that nests a challenge and the one on which its form
 * ends, the one that nests a method page and the one on which that one's form ends. Their scripts are files: nothing is
 * inline.
 */
import { closestLocale } from '@sluice/core/locales'
import { CHALLENGE_TEXTS } from './three-ds-texts.ts'
import { servedFile } from './served-file.ts'

/** The name of the frame that the issuer's page is shown in. */
const ACS_FRAME = 'sluice-acs'
const METHOD_FRAME = 'sluice-method'

/** For so long after the attempt's own deadline the page asks what became of it, where it cannot be heard. */
const GRACE_S = 60

/**
 * The fragment is one half of the key to the card that waits: it is posted to this origin once the challenge has ended,
 * and goes nowhere else. Without it the challenge would come to nothing, and is not begun. In a frame of Flow the page
 * around it goes on to the shop.
 */
const CHALLENGE_SCRIPT = `{
  const { carryOn, landing, back, seconds } = document.currentScript.dataset
  const share = location.hash.slice(1)
  const framed = window !== window.top
  const shown = document.documentElement.dataset

  function leave(url) {
    document.querySelector('a').href = url
    shown.left = ''
    if (!framed) return location.replace(url)
    let ancestor = window
    for (let level = 0; level < 4 && ancestor !== window.top; level++) {
      ancestor = ancestor.parent
      const origins = location.ancestorOrigins
      if (origins && origins[level] !== location.origin) continue
      ancestor.postMessage({ type: 'sluice:returned', url }, location.origin)
    }
  }

  let wake = () => {}
  window.addEventListener('online', () => wake())
  document.addEventListener('visibilitychange', () => document.hidden || wake())
  /** Less when the browser is online again, or the shopper looks at the page again. */
  function pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  let asking = false
  /** The card is kept until the attempt's deadline: so long a line that is down, or a server, is waited for. */
  async function goOn() {
    if (asking) return
    asking = true
    let inTime = true
    setTimeout(() => {
      inTime = false
      wake()
    }, (Number(seconds) + ${GRACE_S}) * 1000)
    let unheard = 0
    let refused = 0
    while (inTime) {
      try {
        const answer = await window.fetch(carryOn, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ share }),
          cache: 'no-store',
          credentials: 'omit',
          signal: AbortSignal.timeout(30000),
        })
        // A key that opens nothing will not open it later: three times is for a page that is open twice. Any other 404
        // is of a proxy that does not find the server.
        refused = answer.status === 404 && answer.headers.has('cko-request-id') ? refused + 1 : 0
        if (refused === 3) break
        const body = answer.ok && (await answer.json())
        if (body && body.landing) return leave(body.landing)
        unheard = answer.ok || refused > 0 ? 0 : unheard + 1
      } catch {
        unheard++
      }
      await pause(unheard > 0 ? Math.min(500 * 2 ** unheard, 10000) : 1000)
    }
    leave(back)
  }

  function end() {
    shown.ended = ''
    void goOn()
  }

  if (landing) leave(landing)
  // Reloaded after its end: nothing is left to ask the shopper.
  else if (document.forms.length === 0) end()
  else if (share === '') shown.stuck = ''
  else {
    window.addEventListener('message', ({ origin, data }) => {
      if (origin === location.origin && data?.type === 'sluice:challenge-ended') end()
    })
    document.querySelector('iframe').addEventListener('load', () => (shown.loaded = ''))
    document.forms[0].submit()
  }
}
`

/** The issuer's page may use frames of its own: whoever is above and of this origin hears it. */
const tellAbove = (message: string) => `{
  const message = ${message}
  let ancestor = window
  for (let level = 0; level < 4 && ancestor !== window.top; level++) {
    ancestor = ancestor.parent
    const origins = location.ancestorOrigins
    if (origins && origins[level] !== location.origin) continue
    ancestor.postMessage(message, location.origin)
  }
}
`

/** Grey around the issuer's window where there is room for it; in the overlay of Flow it is the page. */
const STYLES = `html, body { height: 100%; margin: 0 }
html { background: #fff; color: #16213a; font: 16px/1.5 system-ui, sans-serif }
body { position: relative; display: flex; flex-direction: column; align-items: center; justify-content: center }
iframe { display: block; border: 0; width: 100%; height: 100%; max-width: 100%; max-height: 100%; background: #fff }
.size-01 { width: 250px; height: 400px }
.size-02 { width: 390px; height: 400px }
.size-03 { width: 500px; height: 600px }
.size-04 { width: 600px; height: 400px }
/* On a telephone the window is its whole screen. */
@media (max-width: 499px) { .size-03, .size-04 { width: 100%; height: 100% } }
p { box-sizing: border-box; margin: 0; padding: 1rem; color: #55607a; text-align: center }
:is(.loading, .returning)::before { content: ''; display: block; width: 1.5rem; height: 1.5rem; margin: 0 auto 0.75rem; border: 3px solid #d5dbe8; border-top-color: #55607a; border-radius: 50%; animation: turn 1s linear infinite }
a { display: inline-block; padding: 0.5rem 1rem; border: 1px solid; border-radius: 6px; color: inherit; text-decoration: none }
.loading { position: absolute; inset: 0; display: flex; flex-direction: column; justify-content: center }
.returning, .stuck, .back, [data-loaded] .loading { display: none }
:is([data-ended], [data-left], [data-stuck]) :is(iframe, .loading) { display: none }
:is([data-ended], [data-left]) .returning, [data-stuck] .stuck, :is([data-left], [data-stuck]) .back { display: block }
@media (scripting: none) { iframe, .loading { display: none } }
@keyframes turn { to { rotate: 1turn } }
@media (prefers-reduced-motion: reduce) { :is(.loading, .returning)::before { animation: none } }
@media (min-width: 640px) and (min-height: 640px) {
  html { background: #eef1f7 }
  iframe:not(.size-05) { border-radius: 12px; box-shadow: 0 8px 32px #0b11191f }
}
@media (min-width: 640px) and (min-height: 640px) and (prefers-color-scheme: dark) {
  html { background: #10151f }
  p:not(.loading) { color: #a9b3c9 }
}
`

const file = (name: string, text: string) => {
  const served = servedFile(name, Buffer.from(text, 'utf8'))
  const [stem, extension] = name.split('.')
  return { served, path: `/3ds/assets/${stem}.${served.hash}.${extension}` }
}

/** What the pages link, to be served under their paths. */
export const THREE_DS_FILES = {
  challenge: file('challenge.js', CHALLENGE_SCRIPT),
  ended: file('ended.js', tellAbove(`{ type: 'sluice:challenge-ended' }`)),
  method: file(
    'method.js',
    tellAbove(`{ type: 'sluice:method-done', transId: document.currentScript.dataset.transId }`),
  ),
  styles: file('challenge.css', STYLES),
}

/** Whose pages may be nested and sent forms: those of issuers, whom only the directory server knows. */
const nestsIssuers = (sandbox: boolean): string[] => {
  const issuers = sandbox ? 'https: http:' : 'https:'
  return [`frame-src ${issuers}`, `form-action ${issuers}`, "base-uri 'none'"]
}

export const challengePolicy = (sandbox: boolean): string =>
  ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", ...nestsIssuers(sandbox)].join(
    '; ',
  )

/** A document without a script: what it sends is put into it by the keeper around it, and by nobody else. */
export const methodPolicy = (sandbox: boolean): string => ["default-src 'none'", ...nestsIssuers(sandbox)].join('; ')

export const ENDED_POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"

/** With neither a challenge nor a landing, the challenge has ended, and what it came to is to be acted upon. */
interface ChallengePage {
  locale: string
  /** Where the share is posted to. */
  carryOn: string
  /** Where the shopper is sent in the end when that comes to nothing. */
  back: string
  /** Seconds until the attempt's own deadline. */
  seconds: number
  challenge?: { url: string; creq: string; size: string }
  /** The attempt went on without the page: where the shopper belongs. */
  landing?: string
}

export function challengePage({ locale, carryOn, back, seconds, challenge, landing }: ChallengePage): string {
  const found = closestLocale(locale)
  const texts = CHALLENGE_TEXTS[found]
  const data = { 'carry-on': carryOn, back, seconds: String(seconds), ...(landing !== undefined && { landing }) }
  const link = `<a href="${escaped(landing ?? back)}" target="_top">${escaped(texts.back)}</a>`
  const form = challenge && [
    `<form method="post" action="${escaped(challenge.url)}" target="${ACS_FRAME}" accept-charset="utf-8">`,
    `<input type="hidden" name="creq" value="${escaped(challenge.creq)}">`,
    '</form>',
    `<iframe name="${ACS_FRAME}" title="${escaped(texts.title)}" class="size-${challenge.size}" allow="payment *; publickey-credentials-get *"></iframe>`,
    `<p class="loading">${escaped(texts.loading)}</p>`,
  ]
  return page(found, texts.title, [
    ...(form ?? []),
    `<p class="returning">${escaped(texts.returning)}</p>`,
    `<p class="stuck">${escaped(texts.stuck)}</p>`,
    `<p class="back">${link}</p>`,
    `<noscript><p>${escaped(texts.scripts)}</p><p>${link}</p></noscript>`,
    scriptOf('challenge', data),
  ])
}

/** Where the issuer's page sends its form: it only tells the page around it. */
export function endedPage(): string {
  return page('en-GB', '', [scriptOf('ended', {})])
}

/** An empty form, into a frame beside it. */
export function methodPage(): string {
  return page('en-GB', '', [
    `<form method="post" target="${METHOD_FRAME}"><input type="hidden" name="threeDSMethodData"></form>`,
    `<iframe name="${METHOD_FRAME}" title=""></iframe>`,
  ])
}

/** Where the method page sends its form: it only tells the pages around it. */
export function methodDonePage(transId: string): string {
  return page('en-GB', '', [scriptOf('method', { 'trans-id': transId })])
}

function page(locale: string, title: string, body: readonly string[]): string {
  const { served, path } = THREE_DS_FILES.styles
  return [
    '<!doctype html>',
    `<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    `<title>${escaped(title)}</title>`,
    ...(title === '' ? [] : [`<link rel="stylesheet" href="${path}" integrity="${served.integrity}">`]),
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function scriptOf(name: 'challenge' | 'ended' | 'method', data: Record<string, string>): string {
  const { served, path } = THREE_DS_FILES[name]
  const said = Object.entries(data).map(([member, value]) => ` data-${member}="${escaped(value)}"`)
  return `<script src="${path}" integrity="${served.integrity}"${said.join('')}></script>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
