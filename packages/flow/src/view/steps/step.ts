/** What a shopper is shown while a payment waits for him. One view for each kind of step, made anew for each payment. */
import { digitsOf } from '../../frame/format.ts'
import { createIcon } from '../drawings.ts'
import { element, say } from '../element.ts'
import type { Step } from '../model.ts'
import { createField } from '../form/field.ts'
import { qrSvg } from './qr-svg.ts'
import { createReference } from './reference.ts'
import { createStepFrame, type StepView } from './frame.ts'

export interface StepActions {
  /** "I approved it" */
  look(): void
  /** "I cancelled it" */
  cancel(): void
  /** Enter, in the field of the code. */
  pressed(): void
  changed(): void
}

/** More than any method sends. Not `maxlength`, which would cut off what was pasted with blanks in it. */
const LONGEST_CODE = 8

/** @param label of the method, `MB WAY` */
export function createStep(type: Step['type'], id: string, label: string, on: StepActions): StepView {
  if (type === 'pay_reference') return createReference(id)
  if (type === 'enter_code') return createCodeEntry(id, on)
  if (type === 'accepted') return createAccepted(id)
  return createWaiting(type, id, label, on)
}

/** A debit: there is nothing to do, and nothing has been paid yet. */
function createAccepted(id: string): StepView {
  const words = element('span')
  const frame = createStepFrame(id, element('p', { class: 'waits' }, createIcon('tick').element, words))
  return {
    ...frame,
    update(_, { text }) {
      say(frame.lead, text('sluice.debit.accepted'))
      say(words, text('sluice.debit.collected'))
    },
  }
}

/** Approved in the method's app, or after scanning a code with it. */
function createWaiting(
  type: 'approve_in_app' | 'approve_in_window' | 'scan_code',
  id: string,
  label: string,
  on: StepActions,
): StepView {
  const scans = type === 'scan_code'
  const code = element('div', { class: 'scan', role: 'img' })
  const waiting = element('span')
  const waits = element('p', { class: 'waits', role: 'status' }, createIcon('spinner').element, waiting)
  const approved = element('button', { type: 'button', class: 'pay idle' })
  const cancelled = element('button', { type: 'button', class: 'retry' })
  const buttons = element('div', { class: 'buttons' }, ...(scans ? [] : [approved]), cancelled)
  const frame = createStepFrame(id, ...(scans ? [code] : []), waits, buttons)
  approved.addEventListener('click', () => on.look())
  cancelled.addEventListener('click', () => on.cancel())
  let drawn: string | undefined

  return {
    ...frame,
    update({ next, looking }, { text }) {
      const name = { PAYMENT_METHOD: label }
      say(frame.lead, text(scans ? 'sluice.scan_code' : 'payment.approval', name))
      say(waiting, text(looking ? 'sluice.checking' : 'sluice.waiting_for_approval'))
      say(approved, text('payment.approval.confirm_cta'))
      say(cancelled, text(scans ? 'button.cancel' : 'payment.approval.cancel_cta'))
      if (next.type !== 'scan_code') return
      code.setAttribute('aria-label', text('sluice.scan_code', name))
      if (next.data !== drawn) code.replaceChildren(qrSvg(next.data))
      drawn = next.data
    },
  }
}

/** A code that was sent to the shopper. It is confirmed with the pay button. */
function createCodeEntry(id: string, on: StepActions): StepView {
  const attributes = { inputmode: 'numeric', autocomplete: 'one-time-code', dir: 'ltr', spellcheck: 'false' }
  const field = createField({ id: `${id}-code`, name: 'otp-code', attributes })
  const cancel = element('button', { type: 'button', class: 'plain-button' })
  const frame = createStepFrame(id, field.element, cancel)
  const { input } = field
  cancel.addEventListener('click', () => on.cancel())
  input.addEventListener('input', () => {
    const digits = digitsOf(input.value).slice(0, LONGEST_CODE)
    if (digits !== input.value) input.value = digits
    on.changed()
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing) on.pressed()
  })

  return {
    ...frame,
    focus: () => input.focus(),
    code: () => input.value,
    update({ next, looking, wrong }, { text }) {
      if (next.type !== 'enter_code') return
      const length = { DIGITS: `${next.digits}` }
      const sentTo = next.sent_to
      say(frame.lead, sentTo ? text('otp.code.description', { ADDRESS: sentTo }) : text('otp.code.description.phone'))
      say(cancel, text('button.cancel'))
      field.update({ label: text('otp.code') }, wrong ? text(wrong, length) : '', looking)
    },
  }
}
