/** What the bank saw of each payment of a merchant: amounts, the masked card, and every field that merely travels. */
import { responseSummary } from '@sluice/core/response-codes'
import type { Payment } from '../books.ts'
import { labelOf } from '../issuer/methods.ts'
import { pagePathOf } from '../methods/addresses.ts'
import { type Html, html, page } from './html.ts'
import { money } from './shopper.ts'

const LANG = 'en-GB'

/** Members of the request that have a place of their own on the sheet, or say nothing to a reader. */
const SHOWN_APART = ['card', 'method', 'reference', 'return_url', 'notification_url', 'time_url']

export function statementPage(merchant: string, payments: readonly Payment[]): string {
  return page(
    LANG,
    `Statement of ${merchant}`,
    html`<main class="statement">
<p class="bank">Sluice Simulator Bank</p>
<h1>Statement</h1>
<p>What the bank was told and what it booked for <code>${merchant}</code>, newest first.</p>
${payments.length === 0 ? html`<p>No payments yet.</p>` : payments.map(entry)}
</main>`,
  )
}

function entry(payment: Payment): Html {
  const { answer } = payment
  const code = 'code' in answer ? `${answer.code} ${responseSummary(answer.code) ?? ''}` : undefined
  const card = payment.request['card'] as Record<string, unknown> | undefined
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ['Answer', code],
    ['Method', labelOf(payment.method)],
    ['Card', card && `${card['scheme']} ${card['bin']}•••• ${card['last4']}, ${card['expiry']}`],
    ['Holder', typeof card?.['name'] === 'string' ? card['name'] : undefined],
    ['Authorized', money(payment.authorized, payment.currency, LANG)],
    ['Captured', money(payment.captured, payment.currency, LANG)],
    ['Released', money(payment.voided, payment.currency, LANG)],
    ['Refunded', money(payment.refunded, payment.currency, LANG)],
    ['Your key', payment.key],
    ['Our reference', payment.reference],
  ]
  const path = pagePathOf(payment)
  const told = Object.entries(payment.request).filter(([name]) => !SHOWN_APART.includes(name))
  const reference = payment.request['reference']
  return html`<article>
<h2>${money(payment.requested, payment.currency, LANG)}
<span class="state ${payment.state}">${payment.state}</span></h2>
<p>${payment.requested_on}${typeof reference === 'string' ? html` · ${reference}` : undefined}</p>
<dl>${rows.map(([label, value]) => (value === undefined ? html`` : line(label, html`${value}`)))}
${path === undefined ? undefined : line('Its page', html`<a href="${path}">${path}</a>`)}</dl>
<details${told.length === 0 ? undefined : html` open`}><summary>What the merchant told us</summary>
<dl>${told.map(([name, value]) => line(name, valueOf(value)))}</dl></details>
</article>`
}

function line(label: string, value: Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

function valueOf(value: unknown): Html {
  return typeof value === 'object' ? html`<pre>${JSON.stringify(value, null, 1)}</pre>` : html`${String(value)}`
}
