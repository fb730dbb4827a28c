/**
 * The pages of the frames origin around a challenge: the one that nests the issuer's, the one on which its form ends, and
 * the one on which the method page's form ends. Their scripts are files: nothing is inline.
 */
import { closestLocale } from '@sluice/core/locales'
import { CHALLENGE_TEXTS } from './three-ds-texts.ts'
import { servedFile } from './served-file.ts'

/** The name of the frame that the issuer's page is shown in. */
const ACS_FRAME = 'sluice-acs'

/**
 * The fragment is one half of the key to the card that waits: it is posted to this origin once the challenge has ended,
 * and goes nowhere else. In a frame of Flow the page around it goes on to the shop.
 */
const CHALLENGE_SCRIPT = `{
  const { carryOn, landing } = document.currentScript.dataset
  const share = location.hash.slice(1)
  const framed = window !== window.top

  function leave(url) {
    document.querySelector('a').href = url
    document.documentElement.dataset.left = ''
    if (!framed) return location.replace(url)
    let ancestor = window
    for (let level = 0; level < 4 && ancestor !== window.top; level++) {
      ancestor = ancestor.parent
      const origins = location.ancestorOrigins
      if (origins && origins[level] !== location.origin) continue
      ancestor.postMessage({ type: 'sluice:returned', url }, location.origin)
    }
  }

  let asking = false
  async function goOn() {
    if (asking) return
    asking = true
    for (let failures = 0; failures < 10; ) {
      try {
        const answer = await window.fetch(carryOn, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ share }),
          cache: 'no-store',
          credentials: 'omit',
        })
        const body = await answer.json()
        if (body.landing) return leave(body.landing)
        if (answer.status !== 202) failures++
      } catch {
        failures++
      }
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }

  function end() {
    document.documentElement.dataset.ended = ''
    void goOn()
  }

  if (landing) leave(landing)
  // Reloaded after its end: nothing is left to ask the shopper.
  else if (document.forms.length === 0) end()
  else {
    window.addEventListener('message', ({ origin, data }) => {
      if (origin === location.origin && data?.type === 'sluice:challenge-ended') end()
    })
    document.querySelector('iframe').addEventListener('load', () => (document.documentElement.dataset.loaded = ''))
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
body { position: relative; display: flex; align-items: center; justify-content: center }
iframe { display: block; border: 0; width: 100%; height: 100%; max-width: 100%; max-height: 100%; background: #fff }
.size-01 { width: 250px; height: 400px }
.size-02 { width: 390px; height: 400px }
.size-03 { width: 500px; height: 600px }
.size-04 { width: 600px; height: 400px }
/* On a telephone the window is its whole screen. */
@media (max-width: 499px) { .size-03, .size-04 { width: 100%; height: 100% } }
p { box-sizing: border-box; margin: 0; padding: 1rem; color: #55607a; text-align: center }
p::before { content: ''; display: block; width: 1.5rem; height: 1.5rem; margin: 0 auto 0.75rem; border: 3px solid #d5dbe8; border-top-color: #55607a; border-radius: 50%; animation: turn 1s linear infinite }
a { color: inherit }
.loading { position: absolute; inset: 0; display: flex; flex-direction: column; justify-content: center }
.returning, [data-loaded] .loading, [data-ended] :is(iframe, .loading), [data-left] :is(iframe, .loading) { display: none }
[data-ended] .returning, [data-left] .returning { display: block }
@keyframes turn { to { rotate: 1turn } }
@media (prefers-reduced-motion: reduce) { p::before { animation: none } }
@media (min-width: 640px) and (min-height: 640px) {
  html { background: #eef1f7 }
  iframe:not(.size-05) { border-radius: 12px; box-shadow: 0 8px 32px #0b11191f }
}
@media (min-width: 640px) and (min-height: 640px) and (prefers-color-scheme: dark) {
  html { background: #10151f }
  .returning { color: #a9b3c9 }
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

/** @param frames whose pages may be nested and sent forms: those of issuers, whom only the directory server knows */
export const challengePolicy = (sandbox: boolean): string => {
  const issuers = sandbox ? 'https: http:' : 'https:'
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    `frame-src ${issuers}`,
    `form-action ${issuers}`,
    "base-uri 'none'",
  ].join('; ')
}

export const ENDED_POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"

/** With neither a challenge nor a landing, the challenge has ended, and what it came to is to be acted upon. */
interface ChallengePage {
  locale: string
  /** Where the share is posted to. */
  carryOn: string
  challenge?: { url: string; creq: string; size: string }
  /** The attempt went on without the page: where the shopper belongs. */
  landing?: string
}

export function challengePage({ locale, carryOn, challenge, landing }: ChallengePage): string {
  const found = closestLocale(locale)
  const texts = CHALLENGE_TEXTS[found]
  const data = { 'carry-on': carryOn, ...(landing !== undefined && { landing }) }
  const form = challenge && [
    `<form method="post" action="${escaped(challenge.url)}" target="${ACS_FRAME}" accept-charset="utf-8">`,
    `<input type="hidden" name="creq" value="${escaped(challenge.creq)}">`,
    '</form>',
    `<iframe name="${ACS_FRAME}" title="${escaped(texts.title)}" class="size-${challenge.size}" allow="payment *; publickey-credentials-get *"></iframe>`,
    `<p class="loading">${escaped(texts.loading)}</p>`,
  ]
  return page(found, texts.title, [
    ...(form ?? []),
    `<p class="returning"><a href="${escaped(landing ?? '#')}" target="_top">${escaped(texts.returning)}</a></p>`,
    scriptOf('challenge', data),
  ])
}

/** Where the issuer's page sends its form: it only tells the page around it. */
export function endedPage(): string {
  return page('en-GB', '', [scriptOf('ended', {})])
}

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
