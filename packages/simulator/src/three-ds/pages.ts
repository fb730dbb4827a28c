/**
 * The pages of the issuer's access control server. The challenge page works without scripts, and its form is a frozen
 * contract that other people's tests rely on: `docs/guide/three-d-secure.md` writes it down.
 */
import { type Html, html, page } from '../pages/html.ts'
import { money } from '../pages/shopper.ts'
import type { Authentication } from './store.ts'
import { type ChallengeTexts, challengeTextsFor } from './texts.ts'
import { threeDsSwitch } from './switches.ts'

/** The one script of these pages: sends the form that has been filled in already. */
export const AUTO_SUBMIT = "document.getElementById('onward').submit()"

/** @param wrong the last answer was, and another one is taken */
export function challengePage(authentication: Authentication, wrong: boolean): string {
  const { lang, texts } = challengeTextsFor(authentication.locale ?? undefined)
  const { kind, window_size: size } = authentication
  const answersItself = threeDsSwitch(authentication.switches, 'challenge') !== undefined
  const path = `/3ds/acs/challenge/${authentication.page_token}`
  return page(
    lang,
    texts.title,
    html`<main class="sheet" data-challenge="${kind}" data-window="${size ?? '05'}">
<p class="bank">Sluice Simulator Bank</p>
<h1>${texts.title}</h1>
${wrong ? html`<p class="wrong" role="alert">${texts.wrong}</p>` : undefined}
${factsOf(authentication, texts, lang)}
<form method="post" action="${path}" class="choices">
${question(authentication, texts)}
</form>
<form method="post" action="${path}" class="choices">
<button name="action" value="cancel">${texts.cancel}</button>
</form>
<p class="note">${texts.note}</p>
</main>
${answersItself ? onward(path, { action: 'auto' }, undefined) : undefined}`,
  )
}

/** Sends the browser on with a form; who has no scripts presses the button. */
export function leavingPage(locale: string | undefined, url: string, members: Record<string, string>): string {
  const { lang, texts } = challengeTextsFor(locale)
  return page(
    lang,
    texts.leaving,
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<p>${texts.leaving}</p>
${onward(url, members, texts.continue)}
</main>`,
  )
}

/** A method page that never comes back. */
export function hangingPage(): string {
  const { lang, texts } = challengeTextsFor(undefined)
  return page(lang, texts.note, html`<main class="sheet"><p class="note">${texts.note}</p></main>`)
}

function question({ kind }: Authentication, texts: ChallengeTexts): Html {
  if (kind === 'oob') {
    return html`<p>${texts.appLead}</p>
<button type="submit" class="yes" name="action" value="approved">${texts.approved}</button>`
  }
  const input =
    kind === 'otp'
      ? html`<input id="answer" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="6" required>`
      : html`<input id="answer" name="password" type="password" autocomplete="current-password" maxlength="64" required>`
  return html`<p>${kind === 'otp' ? texts.codeLead : texts.passwordLead}</p>
<div><label for="answer">${kind === 'otp' ? texts.code : texts.password}</label>
${input}
<button type="submit" class="yes" name="action" value="continue">${texts.continue}</button></div>`
}

function onward(url: string, members: Record<string, string>, button: string | undefined): Html {
  return html`<form method="post" action="${url}" id="onward">${Object.entries(members).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}${button === undefined ? undefined : html`<button class="yes">${button}</button>`}</form>
<script>${{ html: AUTO_SUBMIT }}</script>`
}

function factsOf(authentication: Authentication, texts: ChallengeTexts, lang: string): Html {
  const { amount, currency, scheme, last4, merchant_name: merchant } = authentication
  const rows: ReadonlyArray<readonly [label: string, value: string | undefined]> = [
    [texts.merchant, merchant ?? undefined],
    [texts.amount, amount === null || currency === null ? undefined : money(amount, currency, lang)],
    [texts.card, `${scheme} •••• ${last4}`],
  ]
  return html`<dl>${rows.map(([label, value]) =>
    value === undefined ? html`` : html`<div><dt>${label}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}
