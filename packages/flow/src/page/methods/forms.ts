/**
 * The form of a method that is no card: fields by what its row in `@sluice/core` collects, a word on what comes next by
 * its kind, and what is shown while its payment waits. The whole module is loaded when a session first offers such a method.
 */
import { collectedOf, collectedProblems } from '@sluice/core/collected'
import { type PaymentMethod, paymentMethod } from '@sluice/core/payment-methods'
import type { Payment } from '../../common/messages.ts'
import type { Texts } from '../../common/texts.ts'
import { element, say } from '../../view/element.ts'
import formStyles from '../../view/form/form.css?inline'
import { methodMark } from '../../view/form/method-marks.ts'
import { placeInOrder } from '../../view/place.ts'
import type { StepView } from '../../view/steps/frame.ts'
import { createStep } from '../../view/steps/step.ts'
import { createSteps, type ShownStep } from '../steps.ts'
import { loadFormTexts } from './form-texts.ts'
import type { ContentModel } from '../../view/model.ts'
import type { Method, MethodHost } from '../methods.ts'
import type { Runtime } from '../runtime.ts'
import { type AnyField, INPUTS, type InputFacts } from './inputs.ts'

export { createSteps }

export interface FormHost extends Pick<MethodHost, 'changed' | 'pressed' | 'begin' | 'look' | 'cancel' | 'options'> {
  runtime: Runtime
  id: string
  /** The shop's prefill. */
  data: Record<string, string>
  /** The shop's texts, by locale and key. */
  translations: Record<string, Record<string, string>>
}

export interface MethodForm extends ContentModel, Pick<Method, 'sheet' | 'available' | 'isHidden'> {
  label: string
  /** Its own first button begins the payment: a code is sent, and typed later. */
  ownButton: boolean
  needsButton(step: ShownStep | undefined): boolean
  isValid(step: ShownStep | undefined): boolean
  /** Whether everything is filled in; shows what is not, and takes the focus there. */
  check(): boolean
  /** Shows what the server refused; `false` when none of it is about a field of this form. */
  refuse(errorCodes: string[]): boolean
  /** The one-time code; `undefined`, and shown to be wrong, when it is not whole. */
  code(): string | undefined
  typed(): Pick<Payment, 'holder' | 'details' | 'settlesLater'>
  /** `loading`, and `broken` when they could not be had: the texts. */
  state(): 'loading' | 'ready' | 'broken'
  retry(): void
  /** As the function of this name, and what ends a payment is told in words. */
  createSteps?: typeof createSteps
  draw(now: Omit<InputFacts, 'texts'> & { locale: string; locked: boolean; step: ShownStep | undefined }): void
}

/** @param name of a method of `@sluice/core`; wallets have code of their own, which is loaded when one is offered */
export async function formOf(name: string): Promise<typeof createForm> {
  return paymentMethod(name)?.kind === 'sdk' || paymentMethod(name)?.wallet
    ? (await import('./wallets/wallet.ts')).createWalletForm
    : createForm
}

/** @param name of a method of `@sluice/core` */
export function createForm(name: string, host: FormHost): MethodForm {
  const row = paymentMethod(name) as PaymentMethod
  const inputs = row.collects.flatMap((input) => INPUTS[input]?.({ id: host.id, row, data: host.data, changed }) ?? [])
  const ownButton = row.kind === 'otp'
  const fields = element('div', { class: 'fields' }, ...inputs.flatMap(({ elements }) => elements))
  const note = element('p', { class: 'note' })
  const begin = element('button', { type: 'button', class: 'pay idle' })
  const form = element('div', { class: 'collect' })
  /** Fields the shopper has left, or was shown: only of these it is said what is wrong. */
  const seen = new Set<AnyField>()
  /** Codes the server answered, until something is typed. */
  let refused: string[] = []
  let step: { paymentId: string; type: string; view: StepView } | undefined
  let shown: ShownStep | undefined
  /** The code was not whole when it was to be confirmed. */
  let short = false
  /** It is another one by now than the one that was wrong. */
  let edited = false

  let texts: Texts | undefined
  /** The locale that was asked for. */
  let locale: string | undefined
  let broken = false

  function learn(wanted: string) {
    if (wanted === locale) return
    locale = wanted
    void loadFormTexts(wanted, host.translations)
      .then((found) => {
        texts = found
      })
      .catch(() => {
        broken = true
      })
      .then(changed)
  }

  begin.addEventListener('click', () => host.begin())
  form.addEventListener('input', (event) => {
    if (fields.contains(event.target as Node)) refused = []
    short = false
    edited = true
    changed()
  })
  // Not `blur`, which does not bubble.
  form.addEventListener('focusout', ({ target }) => {
    const left = allFields().find(({ field }) => field.input === target)
    // A field that was only passed through is not wrong yet.
    if (left && left.field.input.value !== '') seen.add(left.field)
    changed()
  })
  fields.addEventListener('keydown', (event) => {
    const isField = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox'
    if (event.key !== 'Enter' || event.isComposing || !isField) return
    event.preventDefault()
    if (ownButton) host.begin()
    else host.pressed()
  })

  function changed() {
    host.changed()
  }

  function allFields() {
    return inputs.flatMap((input) => input.fields)
  }

  function typed(): ReturnType<MethodForm['typed']> {
    const { holder = '', ...rest } = Object.assign({}, ...inputs.map((input) => input.typed())) as Record<
      string,
      string
    >
    const details = Object.fromEntries(Object.entries(rest).filter(([, value]) => value.trim() !== ''))
    return {
      ...(holder.trim() && { holder: holder.trim() }),
      ...(Object.keys(details).length > 0 && { details }),
      ...(row.kind === 'debit' && { settlesLater: true }),
    }
  }

  function problems(): string[] {
    return collectedProblems(row, collectedOf(typed(), {}))
  }

  function wrongOf(field: AnyField, codes: string[], { text }: Texts): string {
    const of = allFields().find((one) => one.field === field)?.codes
    // Core takes an address whole or not at all: what is there is not missing.
    const code = codes.find(
      (one) => of?.test(one) && !(one.endsWith('_required') && field.input.value && !isTick(field)),
    )
    return code === undefined ? '' : wordsOf(code, field.input.value, text)
  }

  function focusFirst(codes: string[]) {
    const first = allFields().find(({ codes: of }) => codes.some((code) => of.test(code)))
    first?.field.input.focus()
  }

  function drawStep(now: ShownStep | undefined, texts: Texts) {
    if (now?.paymentId !== step?.paymentId || now?.next.type !== step?.type) {
      const hadFocus = (form.getRootNode() as Partial<ShadowRoot>).activeElement
      const view = now && createStep(now.next.type, host.id, row.label, host)
      step = now && view && { paymentId: now.paymentId, type: now.next.type, view }
      shown = now
      placeInOrder(form, order())
      // The button that was pressed goes away: the focus goes to what came instead of it.
      if (hadFocus && step) queueMicrotask(step.view.focus)
    }
    shown = now
    if (now?.looking) edited = false
    const wrong = short ? 'sluice.code.incomplete' : edited ? undefined : now?.wrong
    if (now && step) step.view.update({ ...now, wrong }, texts)
  }

  function order() {
    return step
      ? [step.view.element]
      : [inputs.length > 0 && fields, row.kind === 'redirect' && note, ownButton && begin]
  }

  placeInOrder(form, order())
  return {
    element: form,
    mark: methodMark(name, row.kind),
    css: formStyles,
    label: row.label,
    ownButton,
    needsButton: (now) => (now ? now.next.type === 'enter_code' : !ownButton),
    isValid(now) {
      if (now?.next.type === 'enter_code') return step?.view.code?.().length === now.next.digits
      return now === undefined && problems().length === 0
    },
    check() {
      const found = problems()
      for (const { field } of allFields()) seen.add(field)
      changed()
      if (found.length > 0) focusFirst(found)
      return found.length === 0
    },
    // The component has no texts of forms.
    createSteps: (on) => createSteps({ ...on, ended: (answer, why) => on.ended(answer, why && texts?.text(why)) }),
    refuse(errorCodes) {
      refused = errorCodes.filter((code) => allFields().some(({ codes }) => codes.test(code)))
      for (const { field } of allFields()) seen.add(field)
      changed()
      return refused.length > 0
    },
    code() {
      const code = step?.view.code?.() ?? ''
      short = shown?.next.type === 'enter_code' && code.length !== shown.next.digits
      if (!short) return code
      step?.view.focus()
      changed()
      return undefined
    },
    typed,
    state: () => (texts ? 'ready' : broken ? 'broken' : 'loading'),
    retry() {
      if (broken) locale = undefined
      broken = false
      changed()
    },
    draw({ step: now, locked, locale: wanted, ...rest }) {
      learn(wanted)
      if (!texts) return
      const facts = { ...rest, texts }
      const codes = [...refused, ...problems()]
      for (const input of inputs) {
        input.update(facts, (field) => (seen.has(field) ? wrongOf(field, codes, facts.texts) : ''), locked)
      }
      say(note, texts.text('pay_button.redirect_cta'))
      say(begin, texts.text('otp.send.phone'))
      begin.setAttribute('aria-disabled', `${locked}`)
      drawStep(now, texts)
    },
  }
}

function isTick({ input }: AnyField): boolean {
  return input.type === 'checkbox'
}

/** What a person reads of an `error_codes` entry; `value` is what is in the field. */
function wordsOf(code: string, value: string, text: Texts['text']): string {
  if (code.endsWith('_required')) return text('form.required')
  if (code === 'account_holder_invalid') {
    const { length } = [...value.trim()]
    if (length < 3) return text('form.greater_than', { VALUE: '2' })
    return length > 100 ? text('form.less_than', { VALUE: '101' }) : text('sluice.name_not_a_card')
  }
  if (code === 'blik_code_invalid') return text('sluice.code.incomplete', { DIGITS: '6' })
  return text(INVALID[code] ?? 'payment.declined.invalid_customer_data')
}

const INVALID: Record<string, string> = {
  email_invalid: 'form.email.invalid',
  phone_number_invalid: 'form.phone_number.invalid',
  phone_country_code_invalid: 'form.phone_number.invalid',
  iban_invalid: 'sepa.iban.invalid',
  national_id_invalid: 'form.national_id.invalid',
}
