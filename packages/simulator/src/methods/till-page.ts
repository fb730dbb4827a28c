/** The page of a payment that is paid outside the shop. A tester opens it; whatever can be done there needs no scripts. */
import type { Payment } from '../books.ts'
import { kindOfMethod, labelOf, ONE_TIME_CODE, type PlayedKind } from '../issuer/methods.ts'
import { type Html, html, page } from '../pages/html.ts'
import { outcomeText } from '../pages/outcome-texts.ts'
import { facts, localeOf } from '../pages/shopper.ts'
import { type Texts, textsFor } from '../pages/texts.ts'
import { type TillTexts, tillTextsFor } from './texts.ts'
import type { TillChoice } from './till.ts'

/** What a partner's window beside a shop does once its shopper has decided; a page that no script opened stays. */
export const CLOSE_WINDOW = 'close()'

export function tillPage(payment: Payment): string {
  const { lang, texts } = textsFor(localeOf(payment))
  const till = tillTextsFor(lang, texts)
  const kind = kindOfMethod(payment.method)
  const open = payment.state === 'pending'
  const title = open ? till.title.replace('{method}', labelOf(payment.method)) : texts.doneTitle
  return page(
    lang,
    title,
    html`<main class="sheet">
<p class="bank">Sluice Simulator Bank</p>
<h1>${title}</h1>
<p>${open ? leadOf(kind, till, texts) : outcomeText(payment, lang)}</p>
${facts(payment, texts, lang)}
${open ? stepFacts(payment) : undefined}
${open && kind === 'otp' ? html`<p class="code"><code>${ONE_TIME_CODE}</code></p>` : undefined}
${open && kind !== 'otp' ? choices(kind === 'app' || kind === 'sdk' ? texts.approve : till.pay, till.refuse, kind === 'sdk' ? texts.cancel : undefined) : undefined}
<p class="note">${texts.note}</p>
</main>${!open && kind === 'sdk' ? html`<script>${{ html: CLOSE_WINDOW }}</script>` : undefined}`,
  )
}

function leadOf(kind: PlayedKind | undefined, till: TillTexts, texts: Texts): string {
  return kind === 'sdk' ? texts.redirectLead : till.lead[kind ?? 'app']
}

function choices(yes: string, no: string, cancel: string | undefined): Html {
  const button = (name: string, choice: TillChoice, text: string) =>
    html`<button class="${name}" name="choice" value="${choice}">${text}</button>`
  return html`<form method="post" class="choices">${button('yes', 'approve', yes)}${button('no', 'fail', no)}${cancel === undefined ? undefined : button('', 'cancel', cancel)}</form>`
}

/** The reference to pay stands where a cash machine would ask for it. */
function stepFacts({ answer }: Payment): Html | undefined {
  const step = answer.outcome === 'pending' ? answer.next_step : undefined
  if (step?.type !== 'pay_reference') return undefined
  return html`<p class="code"><code>${step.entity ?? ''} ${step.reference}</code></p>`
}
