/** One field of the card form: label, input, what is wrong with it. Plain elements, built without a parser. */
import { svgIcon, svgMark } from '../common/marks.ts'
import { sameList } from '../common/same-list.ts'
import type { FieldName } from '../common/messages.ts'
import type { FieldPicture } from './desk.ts'

/** The words of a field in the shopper's language. */
export interface FieldWords {
  label: string
  placeholder: string
  /** Said of the field while nothing is wrong with it. */
  hint?: string
}

export interface FieldInput {
  readonly name: FieldName
  readonly element: HTMLElement
  readonly input: HTMLInputElement
  say(words: FieldWords): void
  show(picture: FieldPicture, error: string, locked: boolean): void
  /** Marks of schemes at the end of the field; one plain card while none is known. */
  mark(schemes: string[]): void
}

interface Kind {
  testId: string
  autocomplete: AutoFill
  digits: boolean
}

const KINDS: Record<FieldName, Kind> = {
  name: { testId: 'cardholder-name', autocomplete: 'cc-name', digits: false },
  number: { testId: 'card-number', autocomplete: 'cc-number', digits: true },
  expiry: { testId: 'card-expiry-date', autocomplete: 'cc-exp', digits: true },
  cvv: { testId: 'card-cvv', autocomplete: 'cc-csc', digits: true },
}

export function createFieldInput(name: FieldName): FieldInput {
  const { testId, autocomplete, digits } = KINDS[name]
  const element = make('div', `field ${name}`)
  const label = make('label', 'label')
  const box = make('div', 'box')
  const input = make('input', 'input')
  const marks = make('span', 'marks')
  const error = make('p', 'error')
  const hint = make('span', 'hidden')

  label.htmlFor = input.id = testId
  error.id = `${testId}-error`
  hint.id = `${testId}-hint`
  input.name = autocomplete
  input.dataset['testid'] = testId
  input.autocomplete = autocomplete
  input.type = 'text'
  input.enterKeyHint = 'go'
  input.spellcheck = false
  input.setAttribute('autocorrect', 'off')
  input.setAttribute('autocapitalize', digits ? 'off' : 'words')
  input.setAttribute('aria-required', 'true')
  input.setAttribute('aria-invalid', 'false')
  input.setAttribute('aria-describedby', `${error.id} ${hint.id}`)
  if (digits) {
    input.inputMode = 'numeric'
    // Digits run from left to right in every language.
    input.dir = 'ltr'
  }
  if (name === 'cvv') marks.append(codeMark())
  box.append(input, marks)
  element.append(label, box, error, hint)
  box.addEventListener('click', (event) => {
    if (event.target !== input) input.focus()
  })

  /** Schemes that the field is marked with; absent before the first time. */
  let marked: string[] | undefined
  return {
    name,
    element,
    input,
    say(words) {
      label.textContent = words.label
      input.placeholder = words.placeholder
      hint.textContent = words.hint ?? ''
      marks.title = words.hint ?? ''
    },
    show(picture, message, locked) {
      error.textContent = message
      element.classList.toggle('wrong', message !== '')
      input.setAttribute('aria-invalid', String(message !== ''))
      // Pasted and filled-in digits come with separators, which a limit would cut before they are formatted.
      if (!digits) input.maxLength = picture.maxLength
      input.readOnly = locked
      if (input.value !== picture.value) input.value = picture.value
    },
    mark(schemes) {
      if (marked && sameList(schemes, marked)) return
      marked = schemes
      marks.replaceChildren(
        ...(schemes.length > 0 ? schemes.map((scheme) => svgMark(document, scheme)) : [svgIcon(document, 'card')]),
      )
    },
  }
}

/** A card with three digits where the code is printed. */
function codeMark(): SVGSVGElement {
  const mark = svgIcon(document, 'card')
  const digits = mark.querySelector('path')?.cloneNode() as SVGPathElement
  digits.setAttribute('d', 'M18.5 13h.1M22 13h.1M25.5 13h.1')
  digits.setAttribute('stroke-width', '2.4')
  mark.append(digits)
  return mark
}

function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className: string): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  element.className = className
  return element
}
