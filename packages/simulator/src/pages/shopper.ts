/**
 * The page to which a shopper is sent: his bank, asking whether he is paying, or the page of a wallet. Works without
 * scripts; each button posts one choice.
 */
import { majorUnits } from '@sluice/core/currencies'
import type { Payment } from '../books.ts'
import { labelOf } from '../issuer/methods.ts'
import { type Html, html, page } from './html.ts'
import type { Locale } from '@sluice/core/locales'
import { outcomeText } from './outcome-texts.ts'
import { type Texts, textsFor } from './texts.ts'

export function shopperPage(payment: Payment): string {
  const { lang, texts } = textsFor(localeOf(payment))
  if (payment.state !== 'action') return donePage(payment, lang, texts)

  const authentication = payment.answer.outcome === 'action' && payment.answer.purpose === 'authentication'
  const title = authentication ? texts.title : texts.redirectTitle.replace('{method}', labelOf(payment.method))
  return page(
    lang,
    title,
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<h1>${title}</h1>
<p>${authentication ? texts.passwordLead : texts.redirectLead}</p>
${facts(payment, texts, lang)}
${authentication ? passwordForm(texts) : undefined}
<form method="post" class="choices">
<button${authentication ? undefined : html` class="yes"`} name="choice" value="approve">${texts.approve}</button>
<button class="no" name="choice" value="fail">${authentication ? texts.fail : texts.decline}</button>
<button name="choice" value="cancel">${texts.cancel}</button>
${authentication ? undefined : html`<button name="choice" value="later">${texts.later}</button>`}
</form>
<p class="note">${texts.note}</p>
</main>`,
  )
}

/** The same form as on the challenge page of 3-D Secure: tests are written for it. */
function passwordForm(texts: Texts): Html {
  return html`<form method="post" data-challenge="password">
<label for="answer">${texts.password}</label>
<input id="answer" name="password" type="password" autocomplete="current-password" maxlength="64" required>
<button type="submit" class="yes" name="action" value="continue">${texts.continue}</button>
</form>`
}

function donePage(payment: Payment, lang: Locale, texts: Texts): string {
  const back = returnUrlOf(payment)
  const title = titleOf(payment, texts)
  return page(
    lang,
    title,
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<h1>${title}</h1>
<p>${outcomeText(payment, lang)}</p>
<p>${texts.doneLead}</p>
${facts(payment, texts, lang)}
${back === undefined ? undefined : html`<p class="choices"><a class="button yes" href="${back}">${texts.back}</a></p>`}
<p class="note">${texts.note}</p>
</main>`,
  )
}

/** One that was left pending is not decided yet. */
function titleOf({ state, method }: Payment, texts: Texts): string {
  return state === 'pending' ? texts.redirectTitle.replace('{method}', labelOf(method)) : texts.doneTitle
}

export function gonePage(locale: string | undefined): string {
  const { lang, texts } = textsFor(locale)
  return page(
    lang,
    texts.goneTitle,
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<h1>${texts.goneTitle}</h1>
<p>${texts.goneLead}</p>
</main>`,
  )
}

/** What a bank shows that is out of order. English: it is the tester who reads it. */
export function downPage(): string {
  return page(
    'en',
    '503 Service Unavailable',
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<h1>503 Service Unavailable</h1>
<p>The page is down because a switch (<code>page:down</code>) or a scenario asks for it.</p>
</main>`,
  )
}

/** Where the shopper goes when he has chosen; checked to be http(s) when the payment was booked. */
export function returnUrlOf(payment: Payment): string | undefined {
  const url = payment.request['return_url']
  return typeof url === 'string' ? url : undefined
}

export function localeOf(payment: Payment): string | undefined {
  const locale = payment.request['locale']
  return typeof locale === 'string' ? locale : undefined
}

export function facts(payment: Payment, texts: Texts, lang: string): Html {
  const details = payment.request['details'] as { display_name?: unknown } | undefined
  const card = payment.request['card'] as { scheme: string; last4: string } | undefined
  const reference = payment.request['reference']
  const rows: ReadonlyArray<readonly [label: string, value: string | undefined]> = [
    [texts.merchant, typeof details?.display_name === 'string' ? details.display_name : undefined],
    [texts.amount, money(payment.requested, payment.currency, lang)],
    [texts.card, card && `${card.scheme} •••• ${card.last4}`],
    [texts.method, card ? undefined : labelOf(payment.method)],
    [texts.reference, typeof reference === 'string' ? reference : undefined],
  ]
  return html`<dl>${rows.map(([label, value]) =>
    value === undefined ? html`` : html`<div><dt>${label}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

/** The digits come from the amount itself: as many decimals as the currency's minor unit has here. */
export function money(amount: number, currency: string, lang: string): string {
  const text = majorUnits(amount, currency)
  const decimals = text.split('.')[1]?.length ?? 0
  const format = new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  return `${format.format(Number(text))} ${currency}`
}
