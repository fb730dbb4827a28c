/** One thing a method asks for: label, input, and below it what is wrong with it. */
import { element, say } from '../element.ts'

export interface FieldOptions {
  /** Fit for an `id` attribute. */
  id: string
  name: string
  attributes?: Record<string, string>
  /** Something before the input, in the same box: a dialling code, or a choice of them. */
  before?: HTMLElement
  /** Instead of an `input`. */
  input?: HTMLInputElement | HTMLSelectElement
}

export interface FieldWords {
  label: string
  placeholder?: string
  hint?: string
}

export interface Field<Input extends HTMLElement = HTMLInputElement> {
  readonly name: string
  readonly element: HTMLElement
  readonly input: Input
  /** @param wrong what is to be corrected; empty when nothing is */
  update(words: FieldWords, wrong: string, locked: boolean): void
}

export function createField({ id, name, attributes, before }: Omit<FieldOptions, 'input'>): Field {
  const input = element('input', { id, type: 'text', class: 'input', autocapitalize: 'none', ...attributes })
  return dress(input, { id, name, ...(before && { before }) })
}

export function createSelect({ id, name, attributes }: FieldOptions): Field<HTMLSelectElement> {
  return dress(element('select', { id, class: 'input', ...attributes }), { id, name })
}

function dress<Input extends HTMLInputElement | HTMLSelectElement>(
  input: Input,
  { id, name, before }: FieldOptions,
): Field<Input> {
  const label = element('label', { for: id, class: 'label' })
  // A dialling code stands before its number in every script: both are read from left to right.
  const box = before
    ? element('div', { class: 'box', dir: 'ltr' }, before, input)
    : element('div', { class: 'box' }, input)
  const wrongBelow = element('p', { class: 'error', id: `${id}-error` })
  const hintBelow = element('p', { class: 'hint', id: `${id}-hint` })
  const field = element('div', { class: `field ${name}` }, label, box, wrongBelow, hintBelow)
  input.setAttribute('aria-describedby', `${wrongBelow.id} ${hintBelow.id}`)
  input.setAttribute('data-testid', name)

  return {
    name,
    element: field,
    input,
    update(words, wrong, locked) {
      say(label, words.label)
      say(hintBelow, words.hint ?? '')
      say(wrongBelow, wrong)
      field.classList.toggle('wrong', wrong !== '')
      input.setAttribute('aria-invalid', `${wrong !== ''}`)
      input.setAttribute('placeholder', words.placeholder ?? '')
      // Not `disabled`: the focus would be lost, and who hears the page would not hear what was typed.
      if (input instanceof HTMLInputElement) input.readOnly = locked
      else input.setAttribute('aria-disabled', `${locked}`)
    },
  }
}

/** A checkbox with its words beside it. */
export function createTick(id: string, name: string): Field {
  const input = element('input', { type: 'checkbox', id, 'data-testid': name, 'aria-describedby': `${id}-error` })
  const words = element('span')
  const wrongBelow = element('p', { class: 'error', id: `${id}-error` })
  const tick = element(
    'div',
    { class: `field ${name}` },
    element('label', { class: 'consent' }, input, words),
    wrongBelow,
  )
  return {
    name,
    element: tick,
    input,
    update({ label }, wrong, locked) {
      say(words, label)
      say(wrongBelow, wrong)
      input.setAttribute('aria-invalid', `${wrong !== ''}`)
      input.disabled = locked
    },
  }
}
